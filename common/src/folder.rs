//! The channel's folder, and how anything in it is opened.
//!
//! `/tmp` belongs to everybody: another user may have put a link, a file or a FIFO where ours should be. So the
//! folder is opened once, without following links, and checked; after that everything is opened relative to it
//! (`openat(2)`), never through a link, and checked after opening, when it can no longer be exchanged. Nothing that
//! fails a check is written or removed.

#![forbid(unsafe_code)]

use crate::fault::{Mutant, sabotaged};
use nix::errno::Errno;
use nix::fcntl::{AtFlags, OFlag, open, openat};
use nix::sys::stat::{FileStat, Mode, SFlag, fchmod, fstat, fstatat, mkdirat};
use nix::unistd::{UnlinkatFlags, geteuid, mkfifoat, unlinkat};
use std::fs::File;
use std::os::fd::{AsFd, OwnedFd};
use std::path::{Path, PathBuf};

/// Rights of the folder.
const FOLDER_MODE: Mode = Mode::S_IRWXU;

/// Rights of all that lies in it.
const FILE_MODE: Mode = Mode::S_IRUSR.union(Mode::S_IWUSR);

/// Why something in the file system is not used.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Somebody else's.
    #[error("{path} belongs to uid {owner}, not to you (uid {me}); choose another place with --dir", path = path.display())]
    NotOurs {
        /// What.
        path: PathBuf,
        /// Whose it is.
        owner: u32,
        /// Who we are.
        me: u32,
    },
    /// Others could read or write it.
    #[error("{path} is open to others (mode {mode:04o}); close it with: chmod {wanted:o} {path}", path = path.display())]
    TooOpen {
        /// What.
        path: PathBuf,
        /// Its rights.
        mode: u32,
        /// The rights it should have.
        wanted: u32,
    },
    /// Another kind of file stands there.
    #[error("{path} is {found}, not {wanted}; move it away or choose another place with --dir", path = path.display())]
    WrongKind {
        /// What.
        path: PathBuf,
        /// What it is.
        found: &'static str,
        /// What it should be.
        wanted: &'static str,
    },
    /// The system said no.
    #[error("cannot {doing} {path}: {errno}", path = path.display(), errno = errno.desc())]
    System {
        /// The verb.
        doing: &'static str,
        /// What with.
        path: PathBuf,
        /// What the system said.
        #[source]
        errno: Errno,
    },
}

fn kind_name(kind: SFlag) -> &'static str {
    match kind {
        SFlag::S_IFDIR => "a folder",
        SFlag::S_IFREG => "a plain file",
        SFlag::S_IFIFO => "a FIFO",
        SFlag::S_IFLNK => "a symbolic link",
        SFlag::S_IFSOCK => "a socket",
        _ => "a device",
    }
}

/// Whether what was opened is of this kind, ours, and closed to others.
fn check(stat: &FileStat, path: &Path, kind: SFlag, wanted_mode: Mode) -> Result<(), Error> {
    let path = path.to_path_buf();
    let found = SFlag::from_bits_truncate(stat.st_mode & SFlag::S_IFMT.bits());
    let me = geteuid().as_raw();
    let mode = stat.st_mode & 0o7777;
    if found != kind {
        return Err(Error::WrongKind { path, found: kind_name(found), wanted: kind_name(kind) });
    }
    if sabotaged(Mutant::TrustRights) {
        return Ok(());
    }
    if stat.st_uid != me {
        return Err(Error::NotOurs { path, owner: stat.st_uid, me });
    }
    if mode & 0o077 != 0 {
        return Err(Error::TooOpen { path, mode, wanted: wanted_mode.bits() });
    }
    Ok(())
}

/// Where channel folders lie when nobody says: `$XDG_RUNTIME_DIR/shmchat` if there is such a folder, else
/// `/tmp/shmchat-<uid>`.
pub fn default_base() -> PathBuf {
    match std::env::var_os("XDG_RUNTIME_DIR").map(PathBuf::from) {
        Some(dir) if dir.is_absolute() && dir.is_dir() => dir.join("shmchat"),
        _ => PathBuf::from(format!("/tmp/shmchat-{}", geteuid())),
    }
}

/// A channel's folder, open and checked.
#[derive(Debug)]
pub struct Folder {
    fd: OwnedFd,
    path: PathBuf,
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
    /// Opens the folder `base/name`, making both where they are missing. A `base` of our own making must be ours
    /// alone; one that the user named may be any folder, since only what lies in `name` matters.
    pub fn open_or_create(base: &Path, name: &str) -> Result<Self, Error> {
        Self::open(base, name, true)
    }

    /// Opens the folder `base/name`; `ENOENT` where it is missing.
    pub fn open_existing(base: &Path, name: &str) -> Result<Self, Error> {
        Self::open(base, name, false)
    }

    fn open(base: &Path, name: &str, create: bool) -> Result<Self, Error> {
        let flags = OFlag::O_RDONLY | OFlag::O_DIRECTORY | OFlag::O_CLOEXEC;
        let system = |doing, path: &Path| {
            let path = path.to_path_buf();
            move |errno| Error::System { doing, path, errno }
        };
        if create {
            make_folder(nix::fcntl::AT_FDCWD, base, base)?;
        }
        let ours_by_default = base == default_base();
        let follow = if ours_by_default { OFlag::O_NOFOLLOW } else { OFlag::empty() };
        let base_fd = open(base, flags | follow, Mode::empty()).map_err(|errno| not_a_folder(errno, base))?;
        if ours_by_default {
            let stat = fstat(&base_fd).map_err(system("look at", base))?;
            check(&stat, base, SFlag::S_IFDIR, FOLDER_MODE)?;
        }
        let path = base.join(name);
        if create {
            make_folder(base_fd.as_fd(), Path::new(name), &path)?;
        }
        let fd = openat(&base_fd, name, flags | OFlag::O_NOFOLLOW, Mode::empty())
            .map_err(|errno| not_a_folder(errno, &path))?;
        let stat = fstat(&fd).map_err(system("look at", &path))?;
        check(&stat, &path, SFlag::S_IFDIR, FOLDER_MODE)?;
        Ok(Folder { fd, path })
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
        let flags = OFlag::O_RDWR | OFlag::O_CREAT | OFlag::O_NONBLOCK | OFlag::O_CLOEXEC;
        let file = self.open_checked(name, flags, SFlag::S_IFREG)?;
        Ok(File::from(file))
    }

    /// Makes the FIFO `name` unless it is there already.
    pub fn make_fifo(&self, name: &str) -> Result<(), Error> {
        match mkfifoat(&self.fd, name, FILE_MODE) {
            Ok(()) | Err(Errno::EEXIST) => Ok(()),
            Err(errno) => Err(self.system("make", name, errno)),
        }
    }

    /// Opens one end of the FIFO `name`, never blocking; none where it is the far end and nobody has its own open
    /// (`ENXIO`), or no FIFO is there.
    pub fn open_fifo(&self, name: &str, end: End) -> Result<Option<File>, Error> {
        let access = match end {
            End::Own => OFlag::O_RDWR,
            End::Far => OFlag::O_WRONLY,
        };
        let flags = access | OFlag::O_NONBLOCK | OFlag::O_CLOEXEC;
        match self.open_checked(name, flags, SFlag::S_IFIFO) {
            Ok(file) => Ok(Some(File::from(file))),
            Err(Error::System { errno: Errno::ENXIO | Errno::ENOENT, .. }) if end == End::Far => Ok(None),
            Err(error) => Err(error),
        }
    }

    fn open_checked(&self, name: &str, flags: OFlag, kind: SFlag) -> Result<OwnedFd, Error> {
        let path = self.path.join(name);
        let flags = flags | if sabotaged(Mutant::FollowLinks) { OFlag::empty() } else { OFlag::O_NOFOLLOW };
        let fd = match openat(&self.fd, name, flags, FILE_MODE) {
            Ok(fd) => fd,
            Err(Errno::ELOOP) => {
                return Err(Error::WrongKind { path, found: "a symbolic link", wanted: kind_name(kind) });
            }
            Err(Errno::EISDIR) => return Err(Error::WrongKind { path, found: "a folder", wanted: kind_name(kind) }),
            Err(errno) => return Err(self.system("open", name, errno)),
        };
        let stat = fstat(&fd).map_err(|errno| self.system("look at", name, errno))?;
        check(&stat, &path, kind, FILE_MODE)?;
        Ok(fd)
    }

    /// Removes `name`; that it is not there is as good.
    pub fn remove(&self, name: &str) -> Result<(), Error> {
        match unlinkat(&self.fd, name, UnlinkatFlags::NoRemoveDir) {
            Ok(()) | Err(Errno::ENOENT) => Ok(()),
            Err(errno) => Err(self.system("remove", name, errno)),
        }
    }

    /// Which file is called `name`; none where there is none.
    pub fn place(&self, name: &str) -> Result<Option<Place>, Error> {
        match fstatat(&self.fd, name, AtFlags::AT_SYMLINK_NOFOLLOW) {
            Ok(stat) => Ok(Some(Place { device: stat.st_dev, inode: stat.st_ino })),
            Err(Errno::ENOENT) => Ok(None),
            Err(errno) => Err(self.system("look at", name, errno)),
        }
    }
}

/// Makes a folder for us alone unless something is there already.
fn make_folder<Fd: AsFd>(parent: Fd, name: &Path, path: &Path) -> Result<(), Error> {
    let system = |doing, errno| Error::System { doing, path: path.to_path_buf(), errno };
    match mkdirat(&parent, name, FOLDER_MODE) {
        Ok(()) => {
            // A strict umask may have taken our own rights away.
            let flags = OFlag::O_RDONLY | OFlag::O_DIRECTORY | OFlag::O_NOFOLLOW | OFlag::O_CLOEXEC;
            let fd = openat(&parent, name, flags, Mode::empty()).map_err(|errno| system("open", errno))?;
            fchmod(&fd, FOLDER_MODE).map_err(|errno| system("set the rights of", errno))
        }
        Err(Errno::EEXIST) => Ok(()),
        Err(errno) => Err(system("make the folder", errno)),
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
mod tests {
    use super::*;
    use std::fs;
    use std::os::unix::fs::{PermissionsExt, symlink};

    fn folder() -> (tempfile::TempDir, Folder) {
        let base = tempfile::tempdir().unwrap();
        let folder = Folder::open_or_create(base.path(), "lobby").unwrap();
        (base, folder)
    }

    #[test]
    fn the_folder_and_what_lies_in_it_are_for_us_alone() {
        let (_base, folder) = folder();
        folder.open_file("key").unwrap();
        folder.make_fifo("to-reader").unwrap();
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode(folder.path()), 0o700);
        assert_eq!(mode(&folder.path().join("key")), 0o600);
        assert_eq!(mode(&folder.path().join("to-reader")), 0o600);
    }

    #[test]
    fn links_are_not_followed() {
        let (base, folder) = folder();
        let target = base.path().join("target");
        fs::write(&target, "").unwrap();
        symlink(&target, folder.path().join("key")).unwrap();
        assert!(matches!(folder.open_file("key"), Err(Error::WrongKind { found: "a symbolic link", .. })));
        symlink(folder.path(), base.path().join("other")).unwrap();
        let through_link = Folder::open_or_create(base.path(), "other");
        assert!(matches!(through_link, Err(Error::WrongKind { found: "a symbolic link", .. })));
    }

    #[test]
    fn what_is_open_to_others_is_refused() {
        let (base, folder) = folder();
        fs::write(folder.path().join("key"), "").unwrap();
        fs::set_permissions(folder.path().join("key"), fs::Permissions::from_mode(0o644)).unwrap();
        assert!(matches!(folder.open_file("key"), Err(Error::TooOpen { mode: 0o644, .. })));
        fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o755)).unwrap();
        let again = Folder::open_or_create(base.path(), "lobby").unwrap_err();
        assert!(again.to_string().contains("chmod 700"), "{again}");
    }

    #[test]
    fn a_plain_file_is_no_bell_and_a_fifo_no_key() {
        let (_base, folder) = folder();
        folder.open_file("to-reader").unwrap();
        folder.make_fifo("to-reader").unwrap();
        assert!(matches!(folder.open_fifo("to-reader", End::Own), Err(Error::WrongKind { .. })));
        folder.make_fifo("key").unwrap();
        assert!(matches!(folder.open_file("key"), Err(Error::WrongKind { found: "a FIFO", .. })));
    }

    #[test]
    fn a_far_end_that_nobody_listens_at_is_no_error() {
        let (_base, folder) = folder();
        assert!(folder.open_fifo("to-reader", End::Far).unwrap().is_none());
        folder.make_fifo("to-reader").unwrap();
        assert!(folder.open_fifo("to-reader", End::Far).unwrap().is_none());
        let own = folder.open_fifo("to-reader", End::Own).unwrap();
        assert!(own.is_some());
        assert!(folder.open_fifo("to-reader", End::Far).unwrap().is_some());
    }
}
