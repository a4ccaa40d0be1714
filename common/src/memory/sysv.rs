//! System V segments: create, find, attach, mark for removal.
//!
//! A thin layer over the kernel's calls, which `nix` does not wrap: the docs of each function end with its man page.
//! `crate::layout` and `crate::channel` say what a segment *means*.
//!
//! This is one of the five modules of the library that contain `unsafe`: for the calls, which get an address at most.
//! Attaching is in `mapping`.
//!
//! # Crash behaviour
//! A segment outlives its processes. A process that dies after [`create`] leaves a segment of zeros. The kernel
//! detaches a dead process by itself, and destroys a segment that was marked by [`remove`] at the last detach.

#![allow(unsafe_code)]

use super::opened::Rights;
use super::stat::Stat;
use crate::key::Key;
use nix::errno::Errno;
use std::fmt;

/// The number of a segment, its `shmid`, as `ipcs -m` shows it and `ipcrm -m` takes it.
///
/// ```
/// use shmchat::inspect::SegmentId;
///
/// assert_eq!(SegmentId(42).to_string(), "42");
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct SegmentId(pub i32);

impl fmt::Display for SegmentId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

impl fmt::Debug for SegmentId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

/// `SHM_DEST` of `<linux/shm.h>`, which `libc` does not name: set in the mode by `IPC_RMID`.
const SHM_DEST: u32 = 0o1000;

/// From `<linux/shm.h>` too: returns the highest index of the kernel's table.
const SHM_INFO: i32 = 14;

/// Like `IPC_STAT` for an index of that table, even if we may not read the segment (Linux 4.17). Returns the segment's number.
const SHM_STAT_ANY: i32 = 15;

/// Creates a new segment of zeros; `EEXIST` if the key is taken. <https://man7.org/linux/man-pages/man2/shmget.2.html>
pub fn create(key: Key, bytes: usize, mode: u32) -> Result<SegmentId, Errno> {
    let flags = libc::IPC_CREAT | libc::IPC_EXCL | (mode & 0o777) as i32;
    // SAFETY: shmget takes three integers and touches no memory of ours.
    let id = unsafe { libc::shmget(key.0, bytes, flags) };
    Errno::result(id).map(SegmentId)
}

/// Creates one with these rights, or none.
pub(super) fn create_for(key: Key, bytes: usize, rights: Rights) -> Result<SegmentId, Errno> {
    let Some(group) = rights.group else { return create(key, bytes, rights.mode) };
    // For ourselves alone until it is the group's: until then it is open to whatever group we happen to be in.
    let id = create(key, bytes, rights.mode & !0o077)?;
    match share(id, group, rights.mode) {
        Ok(()) => Ok(id),
        Err(errno) => {
            // It was ours a moment ago. If it cannot be removed, that is no news beside what went wrong.
            let _ = remove(id);
            Err(errno)
        }
    }
}

/// The segment at a key; `ENOENT` if there is none. <https://man7.org/linux/man-pages/man2/shmget.2.html>
pub fn find(key: Key) -> Result<SegmentId, Errno> {
    // SAFETY: shmget takes three integers and touches no memory of ours.
    let id = unsafe { libc::shmget(key.0, 0, 0) };
    Errno::result(id).map(SegmentId)
}

/// Asks the kernel about a segment; `EINVAL` or `EIDRM` if there is none of this number, `EACCES` if this process may not
/// read it. <https://man7.org/linux/man-pages/man2/shmctl.2.html>
pub fn stat(id: SegmentId) -> Result<Stat, Errno> {
    ask(id.0, libc::IPC_STAT).map(|(_, found)| stat_of(&found))
}

/// All segments, including those that we may not read: the table that `ipcs -m` shows. It may change while we read it.
/// <https://man7.org/linux/man-pages/man2/shmctl.2.html>
pub fn all() -> Result<Vec<(Key, SegmentId, Stat)>, Errno> {
    // SHM_INFO writes a `struct shm_info`, which is shorter than what the other commands write.
    let (highest, _) = ask(0, SHM_INFO)?;
    let mut found = Vec::new();
    for index in 0..=highest {
        match ask(index, SHM_STAT_ANY) {
            Ok((id, stat)) => found.push((Key(stat.shm_perm.__key), SegmentId(id), stat_of(&stat))),
            // There is nothing at that index, or it has just gone, or a security module hides it.
            Err(Errno::EINVAL | Errno::EIDRM | Errno::EACCES | Errno::EPERM) => {}
            Err(errno) => return Err(errno),
        }
    }
    Ok(found)
}

fn stat_of(found: &libc::shmid_ds) -> Stat {
    let mode = u32::from(found.shm_perm.mode);
    Stat {
        bytes: found.shm_segsz,
        uid: found.shm_perm.uid,
        creator: found.shm_perm.cuid,
        group: found.shm_perm.gid,
        mode: mode & 0o777,
        attached: Some(found.shm_nattch),
        doomed: mode & SHM_DEST != 0,
    }
}

/// The key of a segment; 0 if it is marked for removal.
pub fn key_of(id: SegmentId) -> Result<Key, Errno> {
    ask(id.0, libc::IPC_STAT).map(|(_, found)| Key(found.shm_perm.__key))
}

/// What `shmctl` returns and writes for one of the commands that do not change anything.
fn ask(id: i32, command: i32) -> Result<(i32, libc::shmid_ds), Errno> {
    let mut buffer = std::mem::MaybeUninit::<libc::shmid_ds>::zeroed();
    // SAFETY: the commands that this is called with write at most one shmid_ds to the pointer, which points to room for one.
    let result = unsafe { libc::shmctl(id, command, buffer.as_mut_ptr()) };
    let answer = Errno::result(result)?;
    // SAFETY: it is made of integers, and all of it was zero before the call.
    Ok((answer, unsafe { buffer.assume_init() }))
}

/// Gives a segment of ours to a group, with these permission bits.
/// <https://man7.org/linux/man-pages/man2/shmctl.2.html>
pub fn share(id: SegmentId, group: u32, mode: u32) -> Result<(), Errno> {
    let (_, mut rights) = ask(id.0, libc::IPC_STAT)?;
    rights.shm_perm.gid = group;
    rights.shm_perm.mode = (mode & 0o777) as _;
    // SAFETY: IPC_SET reads one shmid_ds from the pointer, which points to one.
    let result = unsafe { libc::shmctl(id.0, libc::IPC_SET, &raw mut rights) };
    Errno::result(result).map(drop)
}

/// Marks a segment for removal: its key is free at once, its memory is freed at the last detach.
/// <https://man7.org/linux/man-pages/man2/shmctl.2.html>
pub fn remove(id: SegmentId) -> Result<(), Errno> {
    // SAFETY: IPC_RMID ignores the pointer.
    let result = unsafe { libc::shmctl(id.0, libc::IPC_RMID, std::ptr::null_mut()) };
    Errno::result(result).map(drop)
}
