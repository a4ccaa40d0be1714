//! System V segments: create, find, attach, mark for removal.
//!
//! A thin layer over the kernel's calls, which `nix` does not wrap: the docs of each function end with its man page.
//! [`crate::layout`] and [`crate::channel`] say what a segment *means*.
//!
//! This is one of the four modules of the library that contain `unsafe`: for the calls, which get an address at most.
//! Attaching is in `mapping`.
//!
//! # Crash behaviour
//! A segment outlives its processes. A process that dies after [`create`] leaves a segment of zeros. The kernel
//! detaches a dead process by itself, and destroys a segment that was marked by [`remove`] at the last detach.

#![allow(unsafe_code)]

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

/// What the kernel knows of a segment: [`stat`] has the example.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stat {
    /// Its key. 0 if it is marked for removal.
    pub key: Key,
    /// The size of the whole segment, in bytes.
    pub bytes: usize,
    /// The user id that owns it.
    pub uid: u32,
    /// The user id that created it.
    pub creator: u32,
    /// Its group id.
    pub group: u32,
    /// The nine permission bits.
    pub mode: u32,
    /// How many times it is attached, by anybody.
    pub attached: u64,
    /// Whether it is marked for removal (`SHM_DEST`) and goes with the last detach.
    pub doomed: bool,
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

/// The segment at a key; `ENOENT` if there is none. <https://man7.org/linux/man-pages/man2/shmget.2.html>
pub fn find(key: Key) -> Result<SegmentId, Errno> {
    // SAFETY: shmget takes three integers and touches no memory of ours.
    let id = unsafe { libc::shmget(key.0, 0, 0) };
    Errno::result(id).map(SegmentId)
}

/// Asks the kernel about a segment. <https://man7.org/linux/man-pages/man2/shmctl.2.html>
///
/// ```
/// use shmchat::{Channel, Role, inspect};
///
/// # let folder = tempfile::tempdir()?;
/// # let channel = Channel::named("lobby".parse()?).dir(folder.path());
/// let writer = channel.attach(Role::Writer)?;
/// let stat = inspect::stat(writer.segment().shmid)?;
/// assert_eq!(inspect::capacity_of(stat.bytes), Some(writer.capacity()));
/// assert_eq!((stat.mode, stat.attached, stat.doomed), (0o600, 1, false));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// EINVAL or EIDRM if there is no such segment; EACCES if this process may not read it.
pub fn stat(id: SegmentId) -> Result<Stat, Errno> {
    ask(id.0, libc::IPC_STAT).map(|(_, found)| Stat::of(&found))
}

/// All segments, including those that we may not read: the table that `ipcs -m` shows. It may change while we read it.
/// <https://man7.org/linux/man-pages/man2/shmctl.2.html>
pub fn all() -> Result<Vec<(SegmentId, Stat)>, Errno> {
    // SHM_INFO writes a `struct shm_info`, which is shorter than what the other commands write.
    let (highest, _) = ask(0, SHM_INFO)?;
    let mut found = Vec::new();
    for index in 0..=highest {
        match ask(index, SHM_STAT_ANY) {
            Ok((id, stat)) => found.push((SegmentId(id), Stat::of(&stat))),
            // There is nothing at that index, or it has just gone, or a security module hides it.
            Err(Errno::EINVAL | Errno::EIDRM | Errno::EACCES | Errno::EPERM) => {}
            Err(errno) => return Err(errno),
        }
    }
    Ok(found)
}

impl Stat {
    fn of(found: &libc::shmid_ds) -> Self {
        let mode = u32::from(found.shm_perm.mode);
        Stat {
            key: Key(found.shm_perm.__key),
            bytes: found.shm_segsz,
            uid: found.shm_perm.uid,
            creator: found.shm_perm.cuid,
            group: found.shm_perm.gid,
            mode: mode & 0o777,
            attached: found.shm_nattch,
            doomed: mode & SHM_DEST != 0,
        }
    }
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
