//! The channel's folder, and how anything in it is opened.
//!
//! `/tmp` belongs to everybody: another user may have put a link, a file or a FIFO where ours should be. So the folder
//! is opened once, without following links, and checked. After that, everything is opened relative to it (`openat(2)`),
//! never through a link, and checked after opening, when it can no longer be exchanged. Nothing that fails a check is
//! written or removed.
//!
//! Everything gets its permissions by `fchmod(2)`, so they are what [`Access`] says under any umask.

mod access;
mod error;
mod make;
mod member;
mod remove;

pub use access::Access;
pub use error::Error;

use crate::fault::{Mutant, sabotaged};
use crate::hint::errno_of;
use access::{Thing, check, kind, kind_name};
use make::{appear, open, openat};
use nix::errno::Errno;
use nix::fcntl::{self, AtFlags, OFlag};
use nix::sys::stat::{FileStat, Mode, fstat, fstatat, lstat};
use std::fs::File;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd};
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};

/// A channel's folder, open and checked.
#[derive(Debug)]
pub struct Folder {
    fd: OwnedFd,
    path: PathBuf,
    access: Access,
}

/// How a plain file is opened. Non-blocking, in case it is a FIFO: then it is refused instead of waited on.
const READ_WRITE: OFlag = OFlag::O_RDWR.union(OFlag::O_NONBLOCK).union(OFlag::O_CLOEXEC);

/// Identifies a file: two files with the same id are the same file, whatever they are called.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct FileId {
    /// `st_dev`.
    pub device: u64,
    /// `st_ino`.
    pub inode: u64,
}

impl FileId {
    /// The id of an open file.
    pub fn of(file: impl AsFd) -> Result<Self, Errno> {
        let stat = fstat(file)?;
        Ok(FileId { device: stat.st_dev, inode: stat.st_ino })
    }
}

/// Which end of a FIFO to open.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FifoEnd {
    /// To sleep on. Opened for reading and writing, so that it never reads as ended: see the module `doorbell`.
    Own,
    /// To ring.
    Far,
}

impl Folder {
    /// Opens the folder `base/name`, and creates both if they are missing. The default `base` must be no more open than
    /// the channel; one that the user named may be any directory, because only the contents of `name` matter.
    pub fn open_or_create(base: &Path, name: &str, access: Access) -> Result<Self, Error> {
        Self::open(base, name, access, true)
    }

    /// Opens the folder `base/name`; `ENOENT` if it is missing.
    pub fn open_existing(base: &Path, name: &str, access: Access) -> Result<Self, Error> {
        Self::open(base, name, access, false)
    }

    fn open(base: &Path, name: &str, access: Access, create: bool) -> Result<Self, Error> {
        if create {
            make_parents(base, access)?;
            make_folder(fcntl::AT_FDCWD, base, base, Thing::Base, access)?;
        }
        let base_fd = open_base(base, access)?;
        let path = base.join(name);
        if create {
            make_folder(base_fd.as_fd(), Path::new(name), &path, Thing::Folder, access)?;
        }
        let fd = openat(&base_fd, name, FOLDER | OFlag::O_NOFOLLOW, Mode::empty())
            .map_err(|errno| not_a_folder(errno, &path))?;
        let stat = fstat(&fd).map_err(|errno| Error::System { doing: "look at", path: path.clone(), errno })?;
        check(&stat, &path, Thing::Folder, access)?;
        Ok(Folder { fd, path, access })
    }

    /// Who may use the channel.
    pub fn access(&self) -> Access {
        self.access
    }

    /// The folder's path, for people to read.
    pub fn path(&self) -> &Path {
        &self.path
    }

    fn system(&self, doing: &'static str, name: &str, errno: Errno) -> Error {
        Error::System { doing, path: self.path.join(name), errno }
    }

    /// Opens the plain file `name` for reading and writing, and creates it empty if it is missing.
    pub fn open_file(&self, name: &str) -> Result<File, Error> {
        if let Some(file) = self.open_if_there(name)? {
            return Ok(file);
        }
        self.make(name, Thing::File)?;
        self.open_checked(name, READ_WRITE, Thing::File).map(File::from)
    }

    /// The same; `None` if it is missing.
    pub fn open_if_there(&self, name: &str) -> Result<Option<File>, Error> {
        match self.open_checked(name, READ_WRITE, Thing::File) {
            Ok(file) => Ok(Some(File::from(file))),
            Err(Error::System { errno: Errno::ENOENT, .. }) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Opens the plain file `name` for reading only; `None` if it is missing.
    pub fn open_to_read(&self, name: &str) -> Result<Option<File>, Error> {
        let flags = OFlag::O_RDONLY | OFlag::O_NONBLOCK | OFlag::O_CLOEXEC;
        match self.open_checked(name, flags, Thing::File) {
            Ok(file) => Ok(Some(File::from(file))),
            Err(Error::System { errno: Errno::ENOENT, .. }) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Creates the FIFO `name` unless it exists. Returns whether it was created. Anything else there is an error.
    pub fn make_fifo(&self, name: &str) -> Result<bool, Error> {
        if self.has_fifo(name)? {
            return Ok(false);
        }
        self.make(name, Thing::Fifo)
    }

    /// Whether the FIFO `name` exists. Anything else there is an error.
    pub fn has_fifo(&self, name: &str) -> Result<bool, Error> {
        let Some(stat) = self.stat(name)? else { return Ok(false) };
        check(&stat, &self.path.join(name), Thing::Fifo, self.access).map(|()| true)
    }

    fn make(&self, name: &str, thing: Thing) -> Result<bool, Error> {
        appear(self.fd.as_fd(), Path::new(name), thing, self.access).map_err(|errno| self.system("make", name, errno))
    }

    /// Opens one end of the FIFO `name`, without ever blocking. `None` for the far end if nobody has the FIFO open as
    /// its own (`ENXIO`), or if there is no FIFO.
    pub fn open_fifo(&self, name: &str, end: FifoEnd) -> Result<Option<File>, Error> {
        let access = match end {
            FifoEnd::Own => OFlag::O_RDWR,
            FifoEnd::Far => OFlag::O_WRONLY,
        };
        let flags = access | OFlag::O_NONBLOCK | OFlag::O_CLOEXEC;
        match self.open_checked(name, flags, Thing::Fifo) {
            Ok(file) => Ok(Some(File::from(file))),
            Err(Error::System { errno: Errno::ENXIO | Errno::ENOENT, .. }) if end == FifoEnd::Far => Ok(None),
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

    /// Whether `path` still leads to this folder; true if we cannot tell.
    pub fn is_at(&self, path: &Path) -> bool {
        match (lstat(path), FileId::of(&self.fd)) {
            (Ok(stat), Ok(place)) => place == FileId { device: stat.st_dev, inode: stat.st_ino },
            (Err(Errno::ENOENT | Errno::ENOTDIR | Errno::ELOOP), _) => false,
            _ => true,
        }
    }

    /// Where the folder is now, if it still exists and the kernel tells.
    /// <https://man7.org/linux/man-pages/man5/proc_pid_fd.5.html>
    pub fn whereabouts(&self) -> Option<PathBuf> {
        let path = std::fs::read_link(format!("/proc/self/fd/{}", self.fd.as_raw_fd())).ok()?;
        self.is_at(&path).then_some(path)
    }

    /// Which file is called `name`; `None` if there is none.
    pub fn place(&self, name: &str) -> Result<Option<FileId>, Error> {
        Ok(self.stat(name)?.map(|stat| FileId { device: stat.st_dev, inode: stat.st_ino }))
    }

    /// What `lstat(2)` says of `name`.
    pub(crate) fn lstat(&self, name: &str) -> Result<FileStat, Errno> {
        fstatat(&self.fd, name, AtFlags::AT_SYMLINK_NOFOLLOW)
    }

    /// Opens `name` with these flags and checks nothing; a new file is its owner's alone.
    pub(crate) fn open_raw(&self, name: &str, flags: OFlag) -> Result<File, Errno> {
        openat(&self.fd, name, flags, Mode::S_IRUSR | Mode::S_IWUSR).map(File::from)
    }

    /// The same folder once more.
    pub(crate) fn try_clone(&self) -> Result<Self, Error> {
        let fd = self.fd.try_clone().map_err(|error| self.system("open the folder", "", errno_of(&error)))?;
        Ok(Folder { fd, path: self.path.clone(), access: self.access })
    }

    fn stat(&self, name: &str) -> Result<Option<FileStat>, Error> {
        match self.lstat(name) {
            Ok(stat) => Ok(Some(stat)),
            Err(Errno::ENOENT) => Ok(None),
            Err(errno) => Err(self.system("look at", name, errno)),
        }
    }
}

/// Whether `base`, the directory that holds the channels, exists. If so, it may be used, as by [`Folder::open_existing`].
pub fn base_exists(base: &Path, access: Access) -> Result<bool, Error> {
    match open_base(base, access) {
        Ok(_) => Ok(true),
        Err(Error::System { errno: Errno::ENOENT, .. }) => Ok(false),
        Err(error) => Err(error),
    }
}

impl AsFd for Folder {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.fd.as_fd()
    }
}

/// Looks whether a file at this path could be used, and says why not.
pub(crate) fn look_at_file(path: &Path, access: Access) -> Result<(), Error> {
    let stat = lstat(path).map_err(|errno| Error::System { doing: "look at", path: path.into(), errno })?;
    check(&stat, path, Thing::File, access)
}

/// How a folder is opened.
const FOLDER: OFlag = OFlag::O_RDONLY.union(OFlag::O_DIRECTORY).union(OFlag::O_CLOEXEC);

fn open_base(base: &Path, access: Access) -> Result<OwnedFd, Error> {
    let ours_by_default = base == access.default_dir() || access.state_dir().as_deref() == Some(base);
    let follow = if ours_by_default { OFlag::O_NOFOLLOW } else { OFlag::empty() };
    let fd = open(base, FOLDER | follow, Mode::empty()).map_err(|errno| not_a_folder(errno, base))?;
    if ours_by_default {
        let stat = fstat(&fd).map_err(|errno| Error::System { doing: "look at", path: base.into(), errno })?;
        check(&stat, base, Thing::Base, access)?;
    }
    Ok(fd)
}

/// Creates what leads to the folder for what outlives a reboot: nobody else may have made `~/.local/state` yet. Any other
/// directory that holds channels must be in one that exists.
fn make_parents(base: &Path, access: Access) -> Result<(), Error> {
    if access.state_dir().as_deref() != Some(base) {
        return Ok(());
    }
    let Some(parent) = base.parent().filter(|parent| !parent.is_dir()) else { return Ok(()) };
    let made = std::fs::DirBuilder::new().recursive(true).mode(0o700).create(parent);
    made.map_err(|error| Error::System { doing: "make the folder", path: parent.into(), errno: errno_of(&error) })
}

/// Creates a folder unless something is there already. It checks first: if one exists, nothing has to be created beside
/// it, which may not be allowed there.
fn make_folder(parent: BorrowedFd<'_>, name: &Path, path: &Path, thing: Thing, access: Access) -> Result<(), Error> {
    let (doing, errno) = match fstatat(parent, name, AtFlags::AT_SYMLINK_NOFOLLOW) {
        Ok(_) => return Ok(()),
        Err(Errno::ENOENT) => match appear(parent, name, thing, access) {
            Ok(_) => return Ok(()),
            Err(errno) => ("make the folder", errno),
        },
        Err(errno) => ("look at", errno),
    };
    Err(Error::System { doing, path: path.to_path_buf(), errno })
}

fn not_a_folder(errno: Errno, path: &Path) -> Error {
    let (path, wanted) = (path.to_path_buf(), "a folder");
    let found = lstat(&path).map(|stat| kind_name(kind(&stat)));
    match (errno, found) {
        // With O_DIRECTORY a link that is not followed shows as ENOTDIR.
        (Errno::ENOTDIR | Errno::ELOOP, Ok(found)) if found != wanted => Error::WrongKind { path, found, wanted },
        (Errno::ENOENT, Ok("a symbolic link")) => {
            Error::WrongKind { path, found: "a symbolic link to nothing", wanted }
        }
        (errno, _) => Error::System { doing: "open the folder", path, errno },
    }
}

#[cfg(test)]
mod tests;
