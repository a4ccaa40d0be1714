//! Copies private bytes to shared words and back.
//!
//! There is never a `&[u8]` into shared memory: the other process may write there at any time, which would be undefined
//! behaviour for a plain reference. A relaxed atomic load has a defined result whoever writes in the meantime: some
//! word, of which we check a copy. So a hostile peer can produce garbage and nothing else.
//!
//! There are two ways to do it. `words` is a loop in plain Rust. `vector` is assembler for x86-64, from [`SHORT`] bytes on.
//! It is as sound as the loop, since there too the processor reads each byte once. Other machines have only the loop.
//! So have the model checker, and the sanitizers (`--cfg word_copies`), which see every access in it.
//!
//! What moves saved, between two processors, in GB/s. This is from a prototype in C, medians of five runs, in which each
//! processor also wrote or looked at what it copied:
//!
//! | | loop | vector and string moves | `memcpy` |
//! | --- | --- | --- | --- |
//! | 1 KiB | 12 | 22 | 22 |
//! | 64 KiB | 15 | 24 | 24 |
//! | 64 KiB, the processors far apart | 5.7 | 17 | |

use super::Buffer;
use crate::sync::{AtomicU64, Ordering::Relaxed};

#[cfg(all(target_arch = "x86_64", not(any(loom, miri, word_copies))))]
mod vector;
mod words;

#[cfg(all(target_arch = "x86_64", not(any(loom, miri, word_copies))))]
use vector as long;
#[cfg(not(all(target_arch = "x86_64", not(any(loom, miri, word_copies)))))]
use words as long;

/// Fewer bytes than this are copied by the loop, which becomes part of the caller, who may know how many there are.
const SHORT: usize = 128;

/// Copies `bytes` into `words`, and fills up the last word with zeros. `words` has one word for each 8 bytes or part of them.
#[inline]
pub(crate) fn store(words: &[AtomicU64], bytes: &[u8]) {
    let (whole, rest) = bytes.as_chunks::<8>();
    if bytes.len() < SHORT {
        words::store(words, whole);
    } else {
        long::store(words, whole);
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
    let (whole, _) = out.extend(words.len() * 8).as_chunks_mut::<8>();
    if length < SHORT {
        words::load(words, whole);
    } else {
        long::load(words, whole);
    }
    out.truncate(start + length);
}

/// Fills `bytes` with the first bytes of `words`.
///
/// # Panics
/// If there are not as many.
#[inline]
pub(crate) fn load_into(words: &[AtomicU64], bytes: &mut [u8]) {
    let words = &words[..bytes.len().div_ceil(8)];
    let (whole, rest) = bytes.as_chunks_mut::<8>();
    if 8 * whole.len() < SHORT {
        words::load(words, whole);
    } else {
        long::load(words, whole);
    }
    if !rest.is_empty() {
        let last = words[whole.len()].load(Relaxed).to_ne_bytes();
        rest.copy_from_slice(&last[..rest.len()]);
    }
}

#[cfg(test)]
mod tests;
