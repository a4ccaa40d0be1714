//! The channel's folder, and how anything in it is opened.
//!
//! `/tmp` belongs to everybody: another user may have put a link, a file or a FIFO where ours should be. So the
//! folder is opened once, without following links, and checked; after that everything is opened relative to it
//! (`openat(2)`), never through a link, and checked after opening, when it can no longer be exchanged. Nothing that
//! fails a check is written or removed.
//!
//! Everything gets its rights by `fchmod(2)`, so they are what [`Access`] says under any umask.

#![forbid(unsafe_code)]

mod access;
mod error;

pub use access::Access;
pub use error::Error;

use crate::fault::{Mutant, Point, point, sabotaged};
use access::{Thing, check, kind_name};
use nix::errno::Errno;
use nix::fcntl::{self, AtFlags, OFlag, RenameFlags, renameat2};
use nix::sys::stat::{FchmodatFlags, FileStat, Mode, SFlag, fchmod, fchmodat, fstat, fstatat, mkdirat};
use nix::unistd::{UnlinkatFlags, fchown, geteuid, getpid, mkfifoat, unlinkat};
use std::fs::File;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::path::{Path, PathBuf};

/// Where channel folders lie when nobody says: `$XDG_RUNTIME_DIR/shmchat` if there is such a folder, else
/// `/tmp/shmchat-<uid>`; for a group, whose members share no runtime folder, `/tmp/shmchat-group-<gid>`.
pub fn default_base(access: Access) -> PathBuf {
    match (access, std::env::var_os("XDG_RUNTIME_DIR").map(PathBuf::from)) {
        (Access::Group(group), _) => PathBuf::from(format!("/tmp/shmchat-group-{group}")),
        (Access::Owner, Some(dir)) if dir.is_absolute() && dir.is_dir() => dir.join("shmchat"),
        (Access::Owner, _) => PathBuf::from(format!("/tmp/shmchat-{}", geteuid())),
    }
}

/// A channel's folder, open and checked.
#[derive(Debug)]
pub struct Folder {
    fd: OwnedFd,
    path: PathBuf,
    access: Access,
}

/// Which file it is: the same place is the same file, whatever it is called.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    /// `st_dev`.
    pub device: u64,
    /// `st_ino`.
    pub inode: u64,
}

/// Which end of a FIFO to open.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// To sleep on. Opened for reading and writing, so that it is never at its end: see [`crate::bell`].
    Own,
    /// To ring.
    Far,
}

impl Folder {
    /// Opens the folder `base/name`, making both where they are missing. The default `base` must be open to no more
    /// than the channel; one that the user named may be any folder, since only what lies in `name` matters.
    pub fn open_or_create(base: &Path, name: &str, access: Access) -> Result<Self, Error> {
        Self::open(base, name, access, true)
    }

    /// Opens the folder `base/name`; `ENOENT` where it is missing.
    pub fn open_existing(base: &Path, name: &str, access: Access) -> Result<Self, Error> {
        Self::open(base, name, access, false)
    }

    fn open(base: &Path, name: &str, access: Access, create: bool) -> Result<Self, Error> {
        let flags = OFlag::O_RDONLY | OFlag::O_DIRECTORY | OFlag::O_CLOEXEC;
        let system = |doing, path: &Path| {
            let path = path.to_path_buf();
            move |errno| Error::System { doing, path, errno }
        };
        if create {
            make_folder(fcntl::AT_FDCWD, base, base, Thing::Base, access)?;
        }
        let ours_by_default = base == default_base(access);
        let follow = if ours_by_default { OFlag::O_NOFOLLOW } else { OFlag::empty() };
        let base_fd = open(base, flags | follow, Mode::empty()).map_err(|errno| not_a_folder(errno, base))?;
        if ours_by_default {
            let stat = fstat(&base_fd).map_err(system("look at", base))?;
            check(&stat, base, Thing::Base, access)?;
        }
        let path = base.join(name);
        if create {
            make_folder(base_fd.as_fd(), Path::new(name), &path, Thing::Folder, access)?;
        }
        let fd = openat(&base_fd, name, flags | OFlag::O_NOFOLLOW, Mode::empty())
            .map_err(|errno| not_a_folder(errno, &path))?;
        let stat = fstat(&fd).map_err(system("look at", &path))?;
        check(&stat, &path, Thing::Folder, access)?;
        Ok(Folder { fd, path, access })
    }

    /// The folder's path, for people to read.
    pub fn path(&self) -> &Path {
        &self.path
    }

    fn system(&self, doing: &'static str, name: &str, errno: Errno) -> Error {
        Error::System { doing, path: self.path.join(name), errno }
    }

    /// Opens the plain file `name` for reading and writing, making it empty where it is missing.
    pub fn open_file(&self, name: &str) -> Result<File, Error> {
        // Not blocking, in case a FIFO stands there: it is then refused instead of waited on.
        let flags = OFlag::O_RDWR | OFlag::O_NONBLOCK | OFlag::O_CLOEXEC;
        match self.open_checked(name, flags, Thing::File) {
            Err(Error::System { errno: Errno::ENOENT, .. }) => {}
            found => return found.map(File::from),
        }
        let create = flags | OFlag::O_CREAT | OFlag::O_EXCL | OFlag::O_NOFOLLOW;
        self.make(name, Thing::File, |name| openat(&self.fd, name, create, self.access.mode(Thing::File)))?;
        self.open_checked(name, flags, Thing::File).map(File::from)
    }

    /// Makes the FIFO `name` unless it is there already: whether it was made. Something else there is an error.
    pub fn make_fifo(&self, name: &str) -> Result<bool, Error> {
        if let Some(stat) = self.stat(name)? {
            return check(&stat, &self.path.join(name), Thing::Fifo, self.access).map(|()| false);
        }
        self.make(name, Thing::Fifo, |name| {
            mkfifoat(&self.fd, name, self.access.mode(Thing::Fifo))?;
            let flags = OFlag::O_RDWR | OFlag::O_NONBLOCK | OFlag::O_NOFOLLOW | OFlag::O_CLOEXEC;
            open_made(self.fd.as_fd(), name, flags, self.access.mode(Thing::Fifo))
        })
    }

    fn make(&self, name: &str, thing: Thing, make: impl Fn(&Path) -> Result<OwnedFd, Errno>) -> Result<bool, Error> {
        appear(self.fd.as_fd(), Path::new(name), thing, self.access, make)
            .map_err(|errno| self.system("make", name, errno))
    }

    /// Opens one end of the FIFO `name`, never blocking; none where it is the far end and nobody has its own open
    /// (`ENXIO`), or no FIFO is there.
    pub fn open_fifo(&self, name: &str, end: End) -> Result<Option<File>, Error> {
        let access = match end {
            End::Own => OFlag::O_RDWR,
            End::Far => OFlag::O_WRONLY,
        };
        let flags = access | OFlag::O_NONBLOCK | OFlag::O_CLOEXEC;
        match self.open_checked(name, flags, Thing::Fifo) {
            Ok(file) => Ok(Some(File::from(file))),
            Err(Error::System { errno: Errno::ENXIO | Errno::ENOENT, .. }) if end == End::Far => Ok(None),
            Err(error) => Err(error),
        }
    }

    fn open_checked(&self, name: &str, flags: OFlag, thing: Thing) -> Result<OwnedFd, Error> {
        let wanted = kind_name(thing.kind());
        let path = self.path.join(name);
        let flags = flags | if sabotaged(Mutant::FollowLinks) { OFlag::empty() } else { OFlag::O_NOFOLLOW };
        let fd = match openat(&self.fd, name, flags, Mode::empty()) {
            Ok(fd) => fd,
            Err(Errno::ELOOP) => {
                return Err(Error::WrongKind { path, found: "a symbolic link", wanted });
            }
            Err(Errno::EISDIR) => return Err(Error::WrongKind { path, found: "a folder", wanted }),
            Err(errno) => return Err(self.system("open", name, errno)),
        };
        let stat = fstat(&fd).map_err(|errno| self.system("look at", name, errno))?;
        check(&stat, &path, thing, self.access)?;
        Ok(fd)
    }

    /// Removes the FIFO `name`; false where it is not there, or something that is not ours to remove. In a folder that
    /// only those can write to who share the channel, nobody exchanges it in between.
    pub fn remove_fifo(&self, name: &str) -> Result<bool, Error> {
        let Some(found) = self.stat(name)? else { return Ok(false) };
        if check(&found, &self.path.join(name), Thing::Fifo, self.access).is_err() {
            return Ok(false);
        }
        match unlinkat(&self.fd, name, UnlinkatFlags::NoRemoveDir) {
            Ok(()) => Ok(true),
            Err(Errno::ENOENT) => Ok(false),
            Err(errno) => Err(self.system("remove", name, errno)),
        }
    }

    /// Which file is called `name`; none where there is none.
    pub fn place(&self, name: &str) -> Result<Option<Place>, Error> {
        Ok(self.stat(name)?.map(|stat| Place { device: stat.st_dev, inode: stat.st_ino }))
    }

    fn stat(&self, name: &str) -> Result<Option<FileStat>, Error> {
        match fstatat(&self.fd, name, AtFlags::AT_SYMLINK_NOFOLLOW) {
            Ok(stat) => Ok(Some(stat)),
            Err(Errno::ENOENT) => Ok(None),
            Err(errno) => Err(self.system("look at", name, errno)),
        }
    }
}

/// Makes a folder unless something is there already.
fn make_folder(parent: BorrowedFd<'_>, name: &Path, path: &Path, thing: Thing, access: Access) -> Result<(), Error> {
    let made = appear(parent, name, thing, access, |name| {
        mkdirat(parent, name, access.mode(thing))?;
        point(Point::FolderMade);
        let flags = OFlag::O_RDONLY | OFlag::O_DIRECTORY | OFlag::O_NOFOLLOW | OFlag::O_CLOEXEC;
        open_made(parent, name, flags, access.mode(thing))
    });
    made.map(drop).map_err(|errno| Error::System { doing: "make the folder", path: path.to_path_buf(), errno })
}

/// Makes `name` by `make`, and gives it its group and rights; false if something is there already.
///
/// What is for a group gets its name only when all is set: another member who found it earlier would be refused. What
/// is for its owner alone has its name at once, since a process that dies in between then leaves no other.
fn appear(
    parent: BorrowedFd<'_>,
    name: &Path,
    thing: Thing,
    access: Access,
    make: impl Fn(&Path) -> Result<OwnedFd, Errno>,
) -> Result<bool, Errno> {
    let Some(group) = access.group() else {
        return match make(name) {
            Ok(made) => fchmod(&made, access.mode(thing)).map(|()| true),
            Err(Errno::EEXIST) => Ok(false),
            Err(errno) => Err(errno),
        };
    };
    let file_name = name.file_name().unwrap_or_default().to_string_lossy();
    let first_name = name.with_file_name(format!(".{file_name}.{}", getpid()));
    let remove = || {
        let how = if thing.kind() == SFlag::S_IFDIR { UnlinkatFlags::RemoveDir } else { UnlinkatFlags::NoRemoveDir };
        // What could not be removed stays, hidden and empty: no reason to fail.
        let _ = unlinkat(parent, &first_name, how);
    };
    // Left by a process that had our id and died here.
    remove();
    let made = make(&first_name)?;
    let done = fchown(&made, None, Some(group.into()))
        .and_then(|()| fchmod(&made, access.mode(thing)))
        .and_then(|()| renameat2(parent, &first_name, parent, name, RenameFlags::RENAME_NOREPLACE));
    if done.is_err() {
        remove();
    }
    match done {
        Err(Errno::EEXIST) => Ok(false),
        done => done.map(|()| true),
    }
}

/// Opens what was just made. A strict umask may have taken our own rights to it away: those are given back first, by
/// name and never through a link.
fn open_made(parent: BorrowedFd<'_>, name: &Path, flags: OFlag, mode: Mode) -> Result<OwnedFd, Errno> {
    match openat(parent, name, flags, Mode::empty()) {
        Err(Errno::EACCES) => {
            fchmodat(parent, name, mode & Mode::S_IRWXU, FchmodatFlags::NoFollowSymlink)?;
            openat(parent, name, flags, Mode::empty())
        }
        result => result,
    }
}

/// `open(2)`, again while a signal interrupts it: on a network's or a user's own file system it may wait.
fn open(path: &Path, flags: OFlag, mode: Mode) -> Result<OwnedFd, Errno> {
    openat(fcntl::AT_FDCWD, path, flags, mode)
}

/// `openat(2)`, in the same way.
fn openat<Fd: AsFd, P: AsRef<Path>>(parent: Fd, name: P, flags: OFlag, mode: Mode) -> Result<OwnedFd, Errno> {
    loop {
        match fcntl::openat(&parent, name.as_ref(), flags, mode) {
            Err(Errno::EINTR) => {}
            result => return result,
        }
    }
}

fn not_a_folder(errno: Errno, path: &Path) -> Error {
    let path = path.to_path_buf();
    match errno {
        // With O_DIRECTORY a link that is not followed shows as ENOTDIR.
        Errno::ENOTDIR | Errno::ELOOP => {
            let link = path.symlink_metadata().is_ok_and(|found| found.is_symlink());
            let found = if link { "a symbolic link" } else { "no folder" };
            Error::WrongKind { path, found, wanted: "a folder" }
        }
        errno => Error::System { doing: "open the folder", path, errno },
    }
}

#[cfg(test)]
mod tests;
