//! POSIX memory: an object that `shm_open` makes in `/dev/shm`.
//!
//! Its name comes from the channel's id, so no two channels have the same one. But `/dev/shm` belongs to everybody: another
//! user may have put a file, a link or a FIFO there under that name. So it is never followed, never waited for, and looked at
//! after opening. <https://man7.org/linux/man-pages/man7/shm_overview.7.html>
//!
//! # Crash behaviour
//! A creator that dies leaves an empty file, or one of zeros. The memory outlives its processes, and disappears with the
//! last of them once its name is removed.

use super::opened::{self, again_if_interrupted};
use super::stat::Stat;
use crate::folder::FileId;
use crate::key::ChannelId;
use nix::errno::Errno;
use nix::fcntl::OFlag;
use nix::sys::mman::{shm_open, shm_unlink};
use nix::sys::stat::{FileStat, Mode, fstat, lstat};
use std::fmt;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Where the C library keeps POSIX memory on Linux.
const DIRECTORY: &str = "/dev/shm";

/// What a name of ours begins with.
const PREFIX: &str = "shmchat-";

/// POSIX memory: its name, and which file that was.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct PosixObject(Arc<Object>);

#[derive(Debug, PartialEq, Eq, Hash)]
struct Object {
    id: ChannelId,
    file: FileId,
}

impl PosixObject {
    fn of(id: ChannelId, found: &FileStat) -> Self {
        PosixObject(Arc::new(Object { id, file: opened::id_of(found) }))
    }

    /// Its name, as `shm_open` takes it.
    pub fn name(&self) -> String {
        name(self.0.id)
    }

    /// Where to see it.
    pub fn path(&self) -> PathBuf {
        path(self.0.id)
    }

    pub(super) fn stat(&self) -> Result<Stat, Errno> {
        let found = lstat(&self.path())?;
        opened::same(opened::id_of(&found), self.0.file)?;
        opened::stat_of(&found)
    }

    /// <https://man7.org/linux/man-pages/man3/shm_unlink.3.html>
    pub(super) fn remove(&self) -> Result<(), Errno> {
        self.stat()?;
        shm_unlink(self.name().as_str())
    }

    pub(super) fn open(&self, access: OFlag) -> Result<File, Errno> {
        let file = open(self.0.id, access)?;
        opened::same(FileId::of(&file)?, self.0.file)?;
        Ok(file)
    }
}

impl fmt::Display for PosixObject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.path().display().fmt(f)
    }
}

fn name(id: ChannelId) -> String {
    format!("/{PREFIX}{id}")
}

/// Where the memory of this channel is, if there is any.
pub(super) fn path(id: ChannelId) -> PathBuf {
    Path::new(DIRECTORY).join(format!("{PREFIX}{id}"))
}

/// The directory of all of them.
pub(super) fn directory() -> &'static Path {
    Path::new(DIRECTORY)
}

/// Opens what has this channel's name. Never waits, in case it is a FIFO, and never follows a link (`ELOOP`).
fn open(id: ChannelId, access: OFlag) -> Result<File, Errno> {
    let flags = access | OFlag::O_NOFOLLOW | OFlag::O_NONBLOCK | OFlag::O_CLOEXEC;
    match again_if_interrupted(|| shm_open(name(id).as_str(), flags, Mode::S_IRUSR | Mode::S_IWUSR)) {
        // A link, a folder, a socket or a FIFO: whatever it is, it is not ours.
        Err(Errno::ELOOP | Errno::EISDIR | Errno::ENXIO) => Err(Errno::EACCES),
        result => result.map(File::from),
    }
}

/// The memory of this channel; `ENOENT` if there is none.
pub(super) fn find(id: ChannelId) -> Result<PosixObject, Errno> {
    let found = lstat(&path(id))?;
    opened::stat_of(&found)?;
    Ok(PosixObject::of(id, &found))
}

/// Creates an empty one; `EEXIST` if something has the name. The caller has looked for it before: in a sticky directory the
/// kernel refuses `O_CREAT` on what another user has put there (`EACCES`, `fs.protected_regular`).
/// <https://man7.org/linux/man-pages/man3/shm_open.3.html>
pub(super) fn create(id: ChannelId) -> Result<(PosixObject, File), Errno> {
    let file = open(id, OFlag::O_RDWR | OFlag::O_CREAT | OFlag::O_EXCL)?;
    let found = fstat(&file).inspect_err(|_| {
        // It was ours a moment ago. If it cannot be removed, that is no news beside what went wrong.
        let _ = shm_unlink(name(id).as_str());
    })?;
    Ok((PosixObject::of(id, &found), file))
}

/// All memory in `/dev/shm` that has a channel's name. It may change while we read it.
pub(super) fn all() -> Result<Vec<(PosixObject, Stat)>, Errno> {
    let entries = loop {
        match std::fs::read_dir(DIRECTORY).map_err(|error| crate::hint::errno_of(&error)) {
            Ok(entries) => break entries,
            Err(Errno::EINTR) => {}
            // Nobody has POSIX memory where there is no place for it.
            Err(Errno::ENOENT | Errno::EACCES | Errno::ENOTDIR) => return Ok(Vec::new()),
            Err(errno) => return Err(errno),
        }
    };
    let mut all = Vec::new();
    for entry in entries.flatten() {
        let name = entry.file_name();
        let id = name.to_str().and_then(|name| name.strip_prefix(PREFIX)).and_then(ChannelId::from_hex);
        if let Some(object) = id.and_then(|id| find(id).ok())
            && let Ok(stat) = object.stat()
        {
            all.push((object, stat));
        }
    }
    Ok(all)
}
