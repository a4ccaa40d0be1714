//! What moving the bytes takes: by `memcpy`, and word by word as the ring moves short messages, where `memcpy` may not be
//! used.

use crate::measure::now;
use crate::mechanism::Reason;
use nix::sys::mman::{MapFlags, ProtFlags, mmap, munmap};
use std::fs::File;
use std::hint::black_box;
use std::num::NonZeroUsize;
use std::path::Path;
use std::ptr::NonNull;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

/// Bytes copied between two readings of the clock, at least.
const BURST: usize = 1 << 20;

/// Pieces of a copy that is larger than the caches. It goes from place to place without a pause, so that their size does
/// not show.
const PIECE: usize = 1 << 20;

/// Copies `bytes` from one place to one other for about `time` nanoseconds; nanoseconds for each copy.
pub(super) fn memcpy(bytes: usize, time: u64) -> f64 {
    let source = vec![1_u8; bytes];
    let mut target = vec![2_u8; bytes];
    again(bytes, time, || black_box(&mut target[..]).copy_from_slice(black_box(&source)))
}

/// The same out of atomic words, a word at a time.
pub(super) fn copy_of_words(bytes: usize, time: u64) -> f64 {
    let source: Vec<_> = (0..bytes as u64 / 8).map(AtomicU64::new).collect();
    let mut target = vec![2_u8; bytes];
    again(bytes, time, || {
        for (to, from) in black_box(&mut target[..]).as_chunks_mut::<8>().0.iter_mut().zip(black_box(&source[..])) {
            *to = from.load(Relaxed).to_ne_bytes();
        }
    })
}

fn again(bytes: usize, time: u64, mut copy: impl FnMut()) -> f64 {
    let burst = BURST.div_ceil(bytes) as u64;
    let start = now();
    let mut copies = 0;
    loop {
        for _ in 0..burst {
            copy();
        }
        copies += burst;
        let passed = now() - start;
        if passed >= time {
            return passed as f64 / copies as f64;
        }
    }
}

/// Copies all of a file that lies in memory once, to a place of the same size; bytes a second. The pages of both are there
/// and mapped before the clock starts.
pub(crate) fn copy_file(path: &Path) -> Result<f64, Reason> {
    let source = Mapped::new(&File::open(path)?)?;
    let source = source.bytes();
    let mut target = vec![1; source.len()];
    let start = now();
    for (from, to) in source.chunks(PIECE).zip(target.chunks_mut(PIECE)) {
        black_box(to).copy_from_slice(from);
    }
    Ok(source.len() as f64 * 1e9 / (now() - start) as f64)
}

/// A file's bytes, in place.
struct Mapped {
    start: NonNull<u8>,
    length: NonZeroUsize,
}

impl Mapped {
    fn new(file: &File) -> Result<Self, Reason> {
        let length = NonZeroUsize::new(file.metadata()?.len() as usize).ok_or_else(|| Reason("it is empty".into()))?;
        let flags = MapFlags::MAP_SHARED | MapFlags::MAP_POPULATE;
        // SAFETY: a new mapping, at an address that the kernel chooses, touches no memory of ours.
        let start = unsafe { mmap(None, length, ProtFlags::PROT_READ, flags, file, 0) }?;
        Ok(Mapped { start: start.cast(), length })
    }

    fn bytes(&self) -> &[u8] {
        // SAFETY: so many bytes are mapped until `drop`. Nobody changes the file: it lies in the bench's own folder.
        unsafe { std::slice::from_raw_parts(self.start.as_ptr(), self.length.get()) }
    }
}

impl Drop for Mapped {
    fn drop(&mut self) {
        // SAFETY: mapped by `new` with this length, and no reference outlives `self`.
        let _ = unsafe { munmap(self.start.cast(), self.length.get()) };
    }
}
