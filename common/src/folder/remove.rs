//! Removing what is in a folder, and the folder itself. What is not ours stays.

use super::access::{Thing, check};
use super::{Error, Folder};
use crate::hint::errno_of;
use nix::errno::Errno;
use nix::sys::stat::fstat;
use nix::unistd::{UnlinkatFlags, geteuid, unlinkat};

impl Folder {
    /// Removes the FIFO `name`; false if it is not there, or if it is something that is not ours to remove. Only those
    /// who share the channel can write to the folder, so nobody else can exchange it in between.
    pub fn remove_fifo(&self, name: &str) -> Result<bool, Error> {
        self.remove_thing(name, Thing::Fifo)
    }

    /// Removes the plain file `name`, in the same way.
    pub fn remove_file(&self, name: &str) -> Result<bool, Error> {
        self.remove_thing(name, Thing::File)
    }

    fn remove_thing(&self, name: &str, thing: Thing) -> Result<bool, Error> {
        let Some(found) = self.stat(name)? else { return Ok(false) };
        if check(&found, &self.path.join(name), thing, self.access).is_err() {
            return Ok(false);
        }
        match unlinkat(&self.fd, name, UnlinkatFlags::NoRemoveDir) {
            Ok(()) => Ok(true),
            Err(Errno::ENOENT) => Ok(false),
            Err(errno) => Err(self.system("remove", name, errno)),
        }
    }

    /// Whether the folder is ours to remove, is where it was opened, and holds only files with these names.
    pub fn may_be_removed(&self, files: &[&str]) -> Result<bool, Error> {
        let failed = |errno| self.system("look at", "", errno);
        let stat = fstat(&self.fd).map_err(failed)?;
        if stat.st_uid != geteuid().as_raw() && !geteuid().is_root() || !self.is_at(&self.path) {
            return Ok(false);
        }
        let entries = loop {
            match std::fs::read_dir(&self.path).map_err(|error| errno_of(&error)) {
                Ok(entries) => break entries,
                Err(Errno::EINTR) => {}
                Err(errno) => return Err(failed(errno)),
            }
        };
        for entry in entries {
            let entry = entry.map_err(|error| failed(errno_of(&error)))?;
            let name = entry.file_name();
            let is_known = files.iter().any(|file| name == *file);
            if !is_known || !entry.file_type().is_ok_and(|kind| kind.is_file()) {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// Removes the folder, if it is empty and ours to remove; otherwise false.
    pub fn remove(&self) -> Result<bool, Error> {
        match std::fs::remove_dir(&self.path).map_err(|error| errno_of(&error)) {
            Ok(()) => Ok(true),
            Err(Errno::ENOENT | Errno::ENOTEMPTY | Errno::EEXIST | Errno::EPERM | Errno::EACCES | Errno::EBUSY) => {
                Ok(false)
            }
            Err(errno) => Err(self.system("remove", "", errno)),
        }
    }
}
