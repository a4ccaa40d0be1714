//! A mapped file: `ring`, in a folder of the channel's.
//!
//! It outlives the machine's memory, so it belongs to whoever finds it in the channel's place: the key file may be another one
//! after a reboot. Processes of one machine share it through the page cache. On a network's file system two machines would
//! each have a cache of their own, and neither would see the other's stores: such file systems are refused.
//!
//! # Crash behaviour
//! A creator that dies leaves an empty file, or one of zeros.

use super::opened::{self, again_if_interrupted};
use super::stat::Stat;
use crate::folder::{FileId, Folder};
use nix::errno::Errno;
use nix::fcntl::{OFlag, openat};
use nix::sys::stat::{FileStat, Mode, fstat};
use nix::sys::statfs::{self, FsType, fstatfs};
use nix::unistd::{UnlinkatFlags, fsync, unlinkat};
use std::fmt;
use std::fs::File;
use std::hash::{Hash, Hasher};
use std::os::fd::AsFd;
use std::path::PathBuf;
use std::sync::Arc;

/// Its name in the folder.
pub const RING_FILE: &str = "ring";

/// A mapped file: the folder it is in, and which file it was.
#[derive(Clone, Debug)]
pub struct RingFile(Arc<Ring>);

#[derive(Debug)]
struct Ring {
    folder: Arc<Folder>,
    file: FileId,
}

impl PartialEq for RingFile {
    fn eq(&self, other: &Self) -> bool {
        self.0.file == other.0.file
    }
}

impl Eq for RingFile {}

impl Hash for RingFile {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.0.file.hash(state);
    }
}

impl RingFile {
    fn of(folder: &Arc<Folder>, found: &FileStat) -> Self {
        RingFile(Arc::new(Ring { folder: Arc::clone(folder), file: opened::id_of(found) }))
    }

    /// Its path.
    pub fn path(&self) -> PathBuf {
        self.0.folder.path().join(RING_FILE)
    }

    /// The folder that it is in.
    pub(crate) fn folder(&self) -> &Folder {
        &self.0.folder
    }

    pub(super) fn stat(&self) -> Result<Stat, Errno> {
        let found = self.0.folder.lstat(RING_FILE)?;
        opened::same(opened::id_of(&found), self.0.file)?;
        opened::stat_of(&found)
    }

    pub(super) fn remove(&self) -> Result<(), Errno> {
        self.stat()?;
        unlinkat(self.0.folder.as_fd(), RING_FILE, UnlinkatFlags::NoRemoveDir)
    }

    pub(super) fn sync_name(&self) -> Result<(), Errno> {
        let read = OFlag::O_RDONLY | OFlag::O_DIRECTORY | OFlag::O_CLOEXEC;
        let mut folder = self.0.folder.open_raw(".", read)?;
        let mut known = fstat(&folder)?;
        // The first start may have made every folder on the way, up to the root of the file system.
        loop {
            again_if_interrupted(|| fsync(&folder))?;
            folder = match again_if_interrupted(|| openat(&folder, "..", read, Mode::empty())) {
                // No start has made anything where we may not look.
                Err(Errno::EACCES) => return Ok(()),
                above => above?.into(),
            };
            let above = fstat(&folder)?;
            if above.st_dev != known.st_dev || above.st_ino == known.st_ino {
                return Ok(());
            }
            known = above;
        }
    }

    pub(super) fn open(&self, access: OFlag) -> Result<File, Errno> {
        let file = open(&self.0.folder, access)?;
        opened::same(FileId::of(&file)?, self.0.file)?;
        Ok(file)
    }
}

impl fmt::Display for RingFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.path().display().fmt(f)
    }
}

/// Never through a link, never waiting, never inherited.
fn open(folder: &Folder, access: OFlag) -> Result<File, Errno> {
    folder.open_raw(RING_FILE, access | OFlag::O_NOFOLLOW | OFlag::O_NONBLOCK | OFlag::O_CLOEXEC)
}

/// The file in this folder; `ENOENT` if there is none, `EREMOTE` on a file system that cannot share it.
pub(super) fn find(folder: &Arc<Folder>) -> Result<RingFile, Errno> {
    let found = folder.lstat(RING_FILE)?;
    opened::stat_of(&found)?;
    match shared_with_other_machines(folder)? {
        None => Ok(RingFile::of(folder, &found)),
        Some(_) => Err(Errno::EREMOTE),
    }
}

/// Creates an empty one; `EEXIST` if something has the name, `EREMOTE` as for [`find`].
pub(super) fn create(folder: &Arc<Folder>) -> Result<(RingFile, File), Errno> {
    if shared_with_other_machines(folder)?.is_some() {
        return Err(Errno::EREMOTE);
    }
    let file = open(folder, OFlag::O_RDWR | OFlag::O_CREAT | OFlag::O_EXCL)?;
    let found = fstat(&file).inspect_err(|_| {
        // It was ours a moment ago. If it cannot be removed, that is no news beside what went wrong.
        let _ = unlinkat(folder.as_fd(), RING_FILE, UnlinkatFlags::NoRemoveDir);
    })?;
    Ok((RingFile::of(folder, &found), file))
}

/// The name of the file system, if it may be shared with other machines or does not keep mappings in step.
pub(super) fn shared_with_other_machines(folder: &Folder) -> Result<Option<&'static str>, Errno> {
    let found = again_if_interrupted(|| fstatfs(folder.as_fd()))?;
    Ok(refused(found.filesystem_type()))
}

/// File systems over a network, and those in user space, about which the kernel cannot know: `<linux/magic.h>`, and the
/// modules' own headers.
fn refused(found: FsType) -> Option<&'static str> {
    let known = [
        (statfs::NFS_SUPER_MAGIC.0 as u32, "NFS"),
        (statfs::SMB_SUPER_MAGIC.0 as u32, "SMB"),
        (0xff53_4d42, "CIFS"),
        (0xfe53_4d42, "SMB"),
        (statfs::FUSE_SUPER_MAGIC.0 as u32, "FUSE"),
        (0x0102_1997, "9p"),
        (statfs::AFS_SUPER_MAGIC.0 as u32, "AFS"),
        (0x6b41_4653, "AFS"),
        (statfs::CODA_SUPER_MAGIC.0 as u32, "Coda"),
        (0x00c3_6400, "Ceph"),
        (0x0bd0_0bd0, "Lustre"),
        (0x4750_4653, "GPFS"),
        (0x786f_4256, "vboxsf"),
        (statfs::NCP_SUPER_MAGIC.0 as u32, "NCP"),
    ];
    known.iter().find(|(magic, _)| *magic == found.0 as u32).map(|(_, name)| *name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn file_systems_of_other_machines_are_refused_and_local_ones_are_not() {
        let remote = [0x6969_u32, 0xff53_4d42, 0x6573_5546];
        assert!(remote.iter().all(|&magic| refused(FsType(magic as _)).is_some()));
        for local in
            [statfs::TMPFS_MAGIC, statfs::EXT4_SUPER_MAGIC, statfs::BTRFS_SUPER_MAGIC, statfs::OVERLAYFS_SUPER_MAGIC]
        {
            assert_eq!(refused(local), None);
        }
    }
}
