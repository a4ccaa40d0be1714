//! Memory that both sides share: mapped before they part, and let go once both are done.

use crate::mechanism::Reason;
use nix::errno::Errno;
use nix::sys::mman::{MapFlags, ProtFlags, mmap, munmap};
use std::fs::File;
use std::num::NonZero;
use std::os::fd::AsFd;
use std::ptr::NonNull;
use std::sync::atomic::AtomicU64;

/// Two cache lines, since the processor fetches them in pairs: words that different sides write lie so far apart.
pub(super) const APART: usize = 128;

/// Shared bytes, zero at first, at the start of a page.
pub(super) struct Memory {
    start: NonNull<u8>,
    length: usize,
    kind: Kind,
}

enum Kind {
    Mapped,
    Attached,
}

// SAFETY: the memory is used through atomics, or under the promise that `bytes` asks for.
unsafe impl Send for Memory {}
// SAFETY: as above.
unsafe impl Sync for Memory {}

impl Memory {
    /// Maps a new file, making it as long as is needed.
    pub(super) fn map(file: impl AsFd, length: usize) -> Result<Self, Reason> {
        let file = File::from(file.as_fd().try_clone_to_owned()?);
        file.set_len(length as u64)?;
        let size = NonZero::new(length).ok_or_else(|| Reason("no memory was asked for".into()))?;
        let rights = ProtFlags::PROT_READ | ProtFlags::PROT_WRITE;
        // SAFETY: the kernel chooses a place where nothing lies.
        let start = unsafe { mmap(None, size, rights, MapFlags::MAP_SHARED, file, 0) }?;
        Ok(Memory { start: start.cast(), length, kind: Kind::Mapped })
    }

    /// Makes a System V segment and attaches it. It has no key, and goes when nobody is attached any more.
    pub(super) fn attach(length: usize) -> Result<Self, Reason> {
        // SAFETY: takes no memory of ours.
        let id = Errno::result(unsafe { libc::shmget(libc::IPC_PRIVATE, length, 0o600) })?;
        // SAFETY: the kernel chooses a place where nothing lies.
        let start = unsafe { libc::shmat(id, std::ptr::null(), 0) };
        let error = Errno::last();
        // SAFETY: this command writes nothing, so it takes a null pointer.
        Errno::result(unsafe { libc::shmctl(id, libc::IPC_RMID, std::ptr::null_mut()) })?;
        match NonNull::new(start) {
            Some(start) if start.as_ptr().addr() != usize::MAX => {
                Ok(Memory { start: start.cast(), length, kind: Kind::Attached })
            }
            _ => Err(error.into()),
        }
    }

    /// The word at an offset, which is a multiple of 8.
    #[inline]
    pub(super) fn word(&self, offset: usize) -> &AtomicU64 {
        assert!(offset.is_multiple_of(8) && offset + 8 <= self.length);
        let word = self.at(offset).cast();
        // SAFETY: it lies inside, since that was just checked, and is only ever used as this word.
        unsafe { word.as_ref() }
    }

    /// Some of the bytes.
    ///
    /// # Safety
    /// No other side may use these bytes while the answer is in use, nor any other answer of this side.
    #[expect(clippy::mut_from_ref)]
    #[inline]
    pub(super) unsafe fn bytes(&self, offset: usize, length: usize) -> &mut [u8] {
        debug_assert!(offset + length <= self.length);
        let mut bytes = NonNull::slice_from_raw_parts(self.at(offset), length);
        // SAFETY: they lie inside, and the caller promises that nobody else uses them.
        unsafe { bytes.as_mut() }
    }

    #[inline]
    fn at(&self, offset: usize) -> NonNull<u8> {
        // SAFETY: those who ask have looked that it lies inside.
        unsafe { self.start.add(offset) }
    }
}

impl Drop for Memory {
    fn drop(&mut self) {
        let start = self.start.cast();
        match self.kind {
            // SAFETY: nothing refers to the memory any more, since it is borrowed by all that does.
            Kind::Mapped => drop(unsafe { munmap(start, self.length) }),
            // SAFETY: as above.
            Kind::Attached => drop(Errno::result(unsafe { libc::shmdt(start.as_ptr()) })),
        }
    }
}
