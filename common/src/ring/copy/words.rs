//! Copies word by word: short messages, all messages where there is no assembler for the machine, and all of them for those
//! who have to see each access, the model checker and the sanitizers.

use crate::sync::{AtomicU64, Ordering::Relaxed};

/// Copies as many words as both sides have.
#[inline]
pub(super) fn store(words: &[AtomicU64], whole: &[[u8; 8]]) {
    for (word, chunk) in words.iter().zip(whole) {
        word.store(u64::from_ne_bytes(*chunk), Relaxed);
    }
}

/// The same, out of the shared words.
#[inline]
pub(super) fn load(words: &[AtomicU64], whole: &mut [[u8; 8]]) {
    for (chunk, word) in whole.iter_mut().zip(words) {
        *chunk = word.load(Relaxed).to_ne_bytes();
    }
}
