//! What POSIX memory and a mapped file have in common: both are a file, and its descriptor does the work.
//!
//! The kernel does not count who has a file mapped. So whoever attaches one keeps it open, with a read lock on it that ends
//! with its holder (`F_OFD_SETLK`). Nobody ever waits for this lock: it only shows that the memory is in use. Whoever must
//! be alone takes a write lock instead. <https://man7.org/linux/man-pages/man2/fcntl_locking.2.html>

use super::stat::Stat;
use crate::fault::{Mutant, Point, point, sabotaged};
use crate::folder::FileId;
use crate::hint::errno_of;
use nix::errno::Errno;
use nix::fcntl::{FcntlArg, fcntl, posix_fallocate};
use nix::sys::stat::{FileStat, Mode, SFlag, fchmod};
use nix::unistd::{Gid, fchown};
use std::fs::File;
use std::os::fd::AsFd;
use std::os::unix::fs::FileExt;
use std::sync::Arc;

/// What a new memory is to have: its permission bits, and its group if it is not the creator's own.
#[derive(Clone, Copy, Debug)]
pub struct Rights {
    /// The nine permission bits.
    pub mode: u32,
    /// The group's id.
    pub group: Option<u32>,
}

impl Rights {
    /// For the creator's own group.
    pub fn only(mode: u32) -> Self {
        Rights { mode, group: None }
    }
}

/// Keeps others from using a memory that is a file, while this or a mapping that was made with it is there, or until that is
/// [shared](super::Segment::share). Nobody is kept from a segment.
#[derive(Clone, Debug, Default)]
pub struct Hold(Option<Arc<File>>);

impl Hold {
    /// By this file, which others are [excluded](exclude_others) from.
    pub(super) fn new(file: File) -> Self {
        Hold(Some(Arc::new(file)))
    }

    /// The file. `EINVAL` for a segment.
    pub(super) fn file(&self) -> Result<Arc<File>, Errno> {
        self.0.clone().ok_or(Errno::EINVAL)
    }
}

/// Gives a file that was just created its rights, its size, and all of its room.
pub(super) fn make(file: &File, bytes: usize, rights: Rights) -> Result<(), Errno> {
    share(file, rights)?;
    point(Point::MemoryNamed);
    reserve(file, bytes)
}

/// Sets the group and the permissions of a file that was just created.
pub(super) fn share(file: &File, rights: Rights) -> Result<(), Errno> {
    if let Some(group) = rights.group {
        fchown(file, None, Some(Gid::from_raw(group)))?;
    }
    // Last, also because chown clears some of the permissions.
    fchmod(file, Mode::from_bits_truncate(rights.mode))
}

/// Gives an empty file its size, and reserves all of its room: in a file with holes on a full file system, a store to a hole
/// is a SIGBUS. <https://man7.org/linux/man-pages/man3/posix_fallocate.3.html>
fn reserve(file: &File, bytes: usize) -> Result<(), Errno> {
    if sabotaged(Mutant::SparseMemory) {
        return nix::unistd::ftruncate(file, bytes as libc::off_t);
    }
    match again_if_interrupted(|| posix_fallocate(file, 0, bytes as libc::off_t)) {
        // The C library may leave it to us where the file system cannot do it.
        Err(Errno::EOPNOTSUPP | Errno::ENOSYS) => fill(file, bytes),
        result => result,
    }
}

/// Makes a call until no signal interrupts it: those of files may be, even where they never wait.
pub(super) fn again_if_interrupted<T>(mut call: impl FnMut() -> Result<T, Errno>) -> Result<T, Errno> {
    loop {
        match call() {
            Err(Errno::EINTR) => {}
            result => return result,
        }
    }
}

fn fill(file: &File, bytes: usize) -> Result<(), Errno> {
    let zeros = [0; 1 << 16];
    let mut at = 0;
    while at < bytes {
        let chunk = &zeros[..zeros.len().min(bytes - at)];
        file.write_all_at(chunk, at as u64).map_err(|error| errno_of(&error))?;
        at += chunk.len();
    }
    Ok(())
}

/// What `stat(2)` says of a memory.
///
/// # Errors
/// `EACCES` for anything but a plain file: nobody may use that as a memory.
pub(super) fn stat_of(found: &FileStat) -> Result<Stat, Errno> {
    if SFlag::from_bits_truncate(found.st_mode & SFlag::S_IFMT.bits()) != SFlag::S_IFREG {
        return Err(Errno::EACCES);
    }
    Ok(Stat {
        bytes: usize::try_from(found.st_size).unwrap_or_default(),
        uid: found.st_uid,
        creator: found.st_uid,
        group: found.st_gid,
        mode: found.st_mode & 0o777,
        attached: None,
        doomed: false,
    })
}

/// Which file it is.
pub(super) fn id_of(found: &FileStat) -> FileId {
    FileId { device: found.st_dev, inode: found.st_ino }
}

/// `EIDRM` unless what was found under a memory's name is still that file.
pub(super) fn same(found: FileId, known: FileId) -> Result<(), Errno> {
    if found == known { Ok(()) } else { Err(Errno::EIDRM) }
}

fn whole_file(kind: i32) -> libc::flock {
    libc::flock {
        l_type: kind as libc::c_short,
        l_whence: libc::SEEK_SET as libc::c_short,
        l_start: 0,
        l_len: 0,
        l_pid: 0,
    }
}

/// Shows that the memory is in use, for as long as this descriptor is open. `EAGAIN` if somebody is alone with it.
pub(super) fn show_use(file: impl AsFd) -> Result<(), Errno> {
    again_if_interrupted(|| fcntl(&file, FcntlArg::F_OFD_SETLK(&whole_file(libc::F_RDLCK)))).map(drop)
}

/// Makes sure that nobody else uses the memory until [`show_use`]. `EAGAIN` if somebody does.
pub(super) fn exclude_others(file: impl AsFd) -> Result<(), Errno> {
    again_if_interrupted(|| fcntl(&file, FcntlArg::F_OFD_SETLK(&whole_file(libc::F_WRLCK)))).map(drop)
}

/// Whether anybody uses the memory. This changes nothing for anybody.
pub(super) fn is_in_use(file: impl AsFd) -> Result<bool, Errno> {
    let mut asked = whole_file(libc::F_WRLCK);
    again_if_interrupted(|| fcntl(&file, FcntlArg::F_OFD_GETLK(&mut asked)))?;
    Ok(asked.l_type != libc::F_UNLCK as libc::c_short)
}
