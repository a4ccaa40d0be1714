//! What both ends share: the key, the segment, and how lines go into the slot and come out of it.

use super::error::Failure;
use crate::segments;
use nix::errno::Errno;
use nix::sys::stat::stat;
use shmchat::inspect::{Key, SegmentId};
use shmchat::internals::key::ftok;
use shmchat::internals::memory::Segment;
use std::io;
use std::path::PathBuf;
use std::sync::atomic::Ordering::Relaxed;
use std::time::Duration;

/// How long the slot is.
pub const SLOT: usize = 1024;

/// The rights of the segment and of the FIFO: everybody may read and write them.
pub(super) const MODE: u32 = 0o666;

/// Where the two ends meet.
#[derive(Clone, Debug)]
pub struct Files {
    /// The file that the key is made from.
    pub path: PathBuf,
    /// The other half of the key; its low eight bits count.
    pub project_id: i32,
    /// The FIFO.
    pub fifo: PathBuf,
    /// The size of the segment.
    pub size: usize,
    /// How long each end sleeps after a message.
    pub sleep: Duration,
}

/// What `ftok` makes of a file.
///
/// # Errors
/// If there is no such file.
pub fn key_of(files: &Files) -> Result<Key, Failure> {
    let found = stat(&files.path).map_err(|why| Failure::NoKey { path: files.path.clone(), why })?;
    Ok(ftok(found.st_dev, found.st_ino, files.project_id as u8))
}

/// An error of the standard library, as the system's.
pub(super) fn errno_of(error: &io::Error) -> Errno {
    Errno::from_raw(error.raw_os_error().unwrap_or(0))
}

/// `shmget` without `IPC_EXCL`: the segment that is there, or a new one.
pub(super) fn find_or_create(key: Key, size: usize) -> Result<SegmentId, Errno> {
    loop {
        match segments::create(key, size, MODE) {
            Err(Errno::EEXIST) => {}
            made => return made,
        }
        match segments::find(key) {
            // It went in between.
            Err(Errno::ENOENT) => {}
            Ok(found) if segments::stat(found).is_ok_and(|(_, stat)| stat.bytes < size) => return Err(Errno::EINVAL),
            found => return found,
        }
    }
}

/// Copies bytes into the slot, from byte `from` of it on, as `memcpy` would: what is behind them stays.
pub(super) fn put(slot: &Segment, from: usize, bytes: &[u8]) {
    let words = slot.as_ref();
    for (at, &byte) in (from..).zip(bytes) {
        let word = &words[at / 8];
        let mut whole = word.load(Relaxed).to_ne_bytes();
        whole[at % 8] = byte;
        word.store(u64::from_ne_bytes(whole), Relaxed);
    }
}

/// A copy of the slot.
pub(super) fn get(slot: &Segment) -> Vec<u8> {
    let words = slot.as_ref().iter().take(SLOT / 8);
    words.flat_map(|word| word.load(Relaxed).to_ne_bytes()).collect()
}
