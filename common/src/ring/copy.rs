//! Copies private bytes to shared words and back.
//!
//! There is never a `&[u8]` into shared memory: the other process may write there at any time, which would be undefined
//! behaviour for a plain reference. A relaxed atomic load has a defined result whoever writes in the meantime: some
//! word, of which we check a copy. So a hostile peer can produce garbage and nothing else. On x86-64 it is a plain
//! `mov`.
//!
//! # Why not faster
//! `memcpy` moves more at a time. This is what it would save, in nanoseconds (`make bench`, section "limits";
//! everything in the first-level caches of one processor):
//!
//! | | atomic words | `memcpy` |
//! | --- | --- | --- |
//! | 64 B | 2.2 | 1.6 |
//! | 1 KiB | 20 | 7.6 |
//! | 64 KiB | 1,760 | 1,430 |
//!
//! Between two processors, a message of 1 KiB costs some 110 in all, most of it for cache lines on their way from one
//! to the other, however it is copied. We also tried assembler, which would be just as sound (the processor reads each
//! byte once): `rep movsb` takes 3.1, 15.5 and 1,430; 16-byte moves 1.4, 11.9 and 1,380. Neither is worth giving up a
//! loop in plain Rust: it is safe code, and the model checker and the sanitizers can see into it.

use super::Buffer;
use crate::sync::{AtomicU64, Ordering::Relaxed};

/// Copies `bytes` into `words`, and fills up the last word with zeros. `words` has one word for each 8 bytes or part of them.
#[inline]
pub(super) fn store(words: &[AtomicU64], bytes: &[u8]) {
    let (whole, rest) = bytes.as_chunks::<8>();
    for (word, chunk) in words.iter().zip(whole) {
        word.store(u64::from_ne_bytes(*chunk), Relaxed);
    }
    if !rest.is_empty() {
        words[whole.len()].store(last_word(rest), Relaxed);
    }
}

/// Up to 7 bytes as a word, filled up with zeros. It is put together in registers. If the bytes were copied to the
/// stack and loaded back as a word, the load would wait for the store buffer, which took half the time of sending a
/// short line.
#[inline]
fn last_word(rest: &[u8]) -> u64 {
    let mut word = 0;
    let mut at = 0;
    if let Some(four) = rest.first_chunk::<4>() {
        word = u64::from(u32::from_le_bytes(*four));
        at = 4;
    }
    if let Some(two) = rest[at..].first_chunk::<2>() {
        word |= u64::from(u16::from_le_bytes(*two)) << (8 * at);
        at += 2;
    }
    if let Some(one) = rest.get(at) {
        word |= u64::from(*one) << (8 * at);
    }
    // The first byte is the word's first in memory, whatever the machine's byte order.
    u64::from_le(word)
}

/// Appends the first `length` bytes of `words` to `out`.
#[inline]
pub(super) fn load(words: &[AtomicU64], length: usize, out: &mut Buffer) {
    let start = out.len();
    let (chunks, _) = out.extend(words.len() * 8).as_chunks_mut::<8>();
    for (chunk, word) in chunks.iter_mut().zip(words) {
        *chunk = word.load(Relaxed).to_ne_bytes();
    }
    out.truncate(start + length);
}

/// Copies the first bytes of `words` to `bytes`, which is no longer than they are.
#[inline]
pub(super) fn load_into(words: &[AtomicU64], bytes: &mut [u8]) {
    let (whole, rest) = bytes.as_chunks_mut::<8>();
    for (chunk, word) in whole.iter_mut().zip(words) {
        *chunk = word.load(Relaxed).to_ne_bytes();
    }
    if !rest.is_empty() {
        rest.copy_from_slice(&words[whole.len()].load(Relaxed).to_ne_bytes()[..rest.len()]);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_length_comes_back_with_zeros_behind_it() {
        let bytes: Vec<u8> = (1..=200).collect();
        for length in 0..=bytes.len() {
            let words: Vec<_> = (0..length.div_ceil(8)).map(|_| AtomicU64::new(u64::MAX)).collect();
            store(&words, &bytes[..length]);
            let mut out = Buffer::default();
            out.extend(1).fill(0xee);
            load(&words, length, &mut out);
            assert_eq!((out[0], &out[1..]), (0xee, &bytes[..length]));
            let mut exact = vec![0xee; length];
            load_into(&words, &mut exact);
            assert_eq!(exact, bytes[..length]);
            let mut padded = Buffer::default();
            load(&words, words.len() * 8, &mut padded);
            assert!(padded[length..].iter().all(|&byte| byte == 0), "{length}");
        }
    }
}
