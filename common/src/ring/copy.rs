//! Private bytes to shared words and back.
//!
//! Never a `&[u8]` into shared memory: the other process may write there at any time, which for a plain reference
//! would be undefined behaviour. Relaxed atomic words are plain `mov`s on x86-64.

#![forbid(unsafe_code)]

use crate::sync::{AtomicU64, Ordering::Relaxed};

/// Copies `bytes` into `words`, the last word filled up with zeros. `words` has a word for each 8 bytes begun.
#[inline]
pub(super) fn store(words: &[AtomicU64], bytes: &[u8]) {
    let (whole, rest) = bytes.as_chunks::<8>();
    for (word, chunk) in words.iter().zip(whole) {
        word.store(u64::from_ne_bytes(*chunk), Relaxed);
    }
    if !rest.is_empty() {
        let mut last = [0; 8];
        last[..rest.len()].copy_from_slice(rest);
        words[whole.len()].store(u64::from_ne_bytes(last), Relaxed);
    }
}

/// Appends the first `length` bytes of `words` to `out`.
#[inline]
pub(super) fn load(words: &[AtomicU64], length: usize, out: &mut Vec<u8>) {
    let start = out.len();
    out.resize(start + words.len() * 8, 0);
    let (chunks, _) = out[start..].as_chunks_mut::<8>();
    for (chunk, word) in chunks.iter_mut().zip(words) {
        *chunk = word.load(Relaxed).to_ne_bytes();
    }
    out.truncate(start + length);
}
