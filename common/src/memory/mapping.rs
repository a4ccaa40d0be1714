//! Attached memory: where it becomes a slice of atomic words.
//!
//! This is one of the four modules of the library that contain `unsafe`: for attaching, and for the one place where the
//! mapping becomes that slice. Everything above works on it in safe code, but for two: [`crate::descriptor`] lets the
//! kernel read and write it, and `ring::copy::vector` copies it in assembler.

#![allow(unsafe_code)]

use super::sysv::{SegmentId, stat};
use crate::layout::{WORD, Words};
use crate::sync::AtomicU64;
use nix::errno::Errno;
use std::fmt;
use std::ptr::NonNull;
use std::sync::Arc;

/// An attached segment. Clones share one mapping, which is detached with the last of them.
#[derive(Clone)]
pub struct Segment {
    mapping: Arc<Mapping>,
}

struct Mapping {
    id: SegmentId,
    base: NonNull<AtomicU64>,
    words: usize,
}

// SAFETY: a mapping is shared memory of atomic words; it may be used and detached from any thread.
unsafe impl Send for Mapping {}
// SAFETY: as above: all access is through `&[AtomicU64]`.
unsafe impl Sync for Mapping {}

impl Mapping {
    fn attach(id: SegmentId, flags: i32) -> Result<Self, Errno> {
        // SAFETY: with a null address the kernel maps the segment where nothing of ours is.
        let address = unsafe { libc::shmat(id.0, std::ptr::null(), flags) };
        if address as isize == -1 {
            return Err(Errno::last());
        }
        let base = NonNull::new(address.cast::<AtomicU64>()).ok_or(Errno::EFAULT)?;
        let mut mapping = Mapping { id, base, words: 0 };
        // Read the size after attaching: a segment never changes it, and this one cannot disappear while we hold it.
        mapping.words = stat(id)?.bytes / WORD;
        Ok(mapping)
    }
}

impl Segment {
    /// Attaches a segment for reading and writing, at an address that the kernel chooses. `EIDRM` or `EINVAL` if it has
    /// gone. <https://man7.org/linux/man-pages/man2/shmat.2.html>
    pub fn attach(id: SegmentId) -> Result<Self, Errno> {
        Ok(Segment { mapping: Arc::new(Mapping::attach(id, 0)?) })
    }

    /// The segment's number.
    pub fn id(&self) -> SegmentId {
        self.mapping.id
    }

    /// Bytes of the mapping, in whole words.
    pub fn bytes(&self) -> usize {
        self.mapping.words * WORD
    }
}

impl AsRef<[AtomicU64]> for Segment {
    #[inline]
    fn as_ref(&self) -> &[AtomicU64] {
        let mapping = &*self.mapping;
        // SAFETY: `base` is page-aligned and stays mapped for `words` words while `self.mapping` lives, which the
        // slice's lifetime is bound to; every bit pattern is an AtomicU64, and other processes' writes to it are
        // atomic words too, or at worst garbage in them.
        unsafe { std::slice::from_raw_parts(mapping.base.as_ptr(), mapping.words) }
    }
}

impl fmt::Debug for Segment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Segment").field("id", &self.id()).field("bytes", &self.bytes()).finish()
    }
}

/// A segment attached for reading only: its words can be loaded but never stored to, which would be a fault.
///
/// Only relaxed loads of words that the machine loads in one go are allowed on read-only memory (`std::sync::atomic`,
/// "Atomic accesses to read-only memory"). Machines whose pointers are shorter than a word may need a store for such a
/// load; there, the mapping is for reading and writing, but nobody writes to it.
#[derive(Debug)]
pub struct Window(Segment);

impl Window {
    /// Attaches a segment for reading. Errors as for [`Segment::attach`].
    /// <https://man7.org/linux/man-pages/man2/shmat.2.html>
    pub fn attach(id: SegmentId) -> Result<Self, Errno> {
        let flags = if cfg!(target_pointer_width = "64") { libc::SHM_RDONLY } else { 0 };
        Ok(Window(Segment { mapping: Arc::new(Mapping::attach(id, flags)?) }))
    }

    /// Bytes of the mapping, in whole words.
    pub fn bytes(&self) -> usize {
        self.0.bytes()
    }
}

impl Words for Window {
    #[inline]
    fn word(&self, index: usize) -> u64 {
        self.0.word(index)
    }

    fn count(&self) -> usize {
        self.0.count()
    }
}

impl Drop for Mapping {
    /// <https://man7.org/linux/man-pages/man2/shmdt.2.html>
    fn drop(&mut self) {
        // SAFETY: `base` is what shmat gave, and the last handle to it is going.
        let result = unsafe { libc::shmdt(self.base.as_ptr().cast()) };
        debug_assert_eq!(result, 0, "detached twice");
    }
}
