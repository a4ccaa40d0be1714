//! Copies words of the lane into private bytes.

use crate::sync::{AtomicU64, Ordering};
use std::ops::Range;

/// Appends these bytes of `words` to `out`.
pub(super) fn load(words: &[AtomicU64], range: Range<usize>, out: &mut Vec<u8>) {
    let words = &words[range.start / 8..range.end.div_ceil(8).max(range.start / 8)];
    let (start, skip) = (out.len(), range.start % 8);
    out.resize(start + words.len() * 8, 0);
    let (chunks, _) = out[start..].as_chunks_mut::<8>();
    for (chunk, word) in chunks.iter_mut().zip(words) {
        *chunk = word.load(Ordering::Relaxed).to_ne_bytes();
    }
    out.drain(start..start + skip);
    out.truncate(start + range.len());
}
