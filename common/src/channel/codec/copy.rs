//! Copies bytes out of and into the words of a place in the lane, which need not begin or end with a word.

use crate::ring::copy;
use crate::sync::{AtomicU64, Ordering::Relaxed};
use std::ops::Range;

/// Bytes that are private at a time while a message is made or looked at in place. The processor works on a piece this short
/// while lines of the last one are still on their way. So far only a prototype in C says so, by its best milliseconds on a busy
/// machine (the 90th percentile), for messages of 64 KiB between two processors, in GB/s: 38.8 in pieces of 512 bytes, 36.5 of
/// 1 KiB; 35.6 where both sides work on shared memory as if it were their own. With the two processors far apart that is
/// 8.2 and 8.6, and pieces of 16 KiB that are stored by string moves make 18.
const PIECE: usize = 512;

/// Bytes by which a private copy grows at a time: what is zeroed is still in the first-level cache when it is written to.
const GROWTH: usize = 4 << 10;

/// Appends these bytes of `words` to `out`.
pub(super) fn load(words: &[AtomicU64], range: Range<usize>, out: &mut Vec<u8>) {
    let mut at = range.start;
    if !at.is_multiple_of(8) && at < range.end {
        let count = (8 - at % 8).min(range.len());
        out.extend_from_slice(&words[at / 8].load(Relaxed).to_ne_bytes()[at % 8..at % 8 + count]);
        at += count;
    }
    while at < range.end {
        let (start, count) = (out.len(), GROWTH.min(range.end - at));
        out.resize(start + count, 0);
        copy::load_into(&words[at / 8..], &mut out[start..]);
        at += count;
    }
}

/// Writes these bytes to `words`, from byte `at` on. In the last word, what is behind them becomes zero.
pub(super) fn store(words: &[AtomicU64], at: usize, bytes: &[u8]) {
    let (first, rest) = bytes.split_at(bytes.len().min(at.wrapping_neg() % 8));
    if !first.is_empty() {
        let mut word = words[at / 8].load(Relaxed).to_ne_bytes();
        word[at % 8..at % 8 + first.len()].copy_from_slice(first);
        words[at / 8].store(u64::from_ne_bytes(word), Relaxed);
    }
    if !rest.is_empty() {
        copy::store(&words[(at + first.len()) / 8..][..rest.len().div_ceil(8)], rest);
    }
}

/// Hands over these bytes of `words`, a piece at a time, in private memory.
#[inline]
pub(super) fn load_pieces(words: &[AtomicU64], range: Range<usize>, mut each: impl FnMut(&[u8])) {
    let mut space = [0; PIECE];
    let (mut at, mut skip) = (range.start / 8 * 8, range.start % 8);
    while at + skip < range.end {
        let count = PIECE.min(range.end - at);
        copy::load_into(&words[at / 8..], &mut space[..count]);
        each(&space[skip..count]);
        at += count;
        skip = 0;
    }
}

/// Writes to these bytes of `words` what `make` writes to private memory, a piece at a time. `make` also gets the place of
/// the piece in the range. In the last word, what is behind the bytes becomes zero.
#[inline]
pub(super) fn store_pieces(words: &[AtomicU64], range: Range<usize>, mut make: impl FnMut(usize, &mut [u8])) {
    let mut space = [0; PIECE];
    let mut at = range.start;
    while at < range.end {
        // Each piece after the first begins with a word.
        let piece = &mut space[..(PIECE - at % 8).min(range.end - at)];
        make(at - range.start, piece);
        store(words, at, piece);
        at += piece.len();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pattern(count: usize) -> Vec<u8> {
        (0..count).map(|index| (index * 37 + index / 251) as u8).collect()
    }

    fn shared(bytes: &[u8]) -> Vec<AtomicU64> {
        let (whole, _) = bytes.as_chunks::<8>();
        whole.iter().map(|word| AtomicU64::new(u64::from_ne_bytes(*word))).collect()
    }

    fn ranges() -> impl Iterator<Item = Range<usize>> {
        let lengths = (0..40).chain([503, 504, 505, 511, 512, 513, 600, 1024, 4095, 4096, 4097, 20_001]);
        lengths.flat_map(|length| (0..10).map(move |start| start..start + length))
    }

    #[test]
    fn any_bytes_are_loaded_whole_or_in_pieces() {
        let bytes = pattern(20_024);
        let words = shared(&bytes);
        for range in ranges() {
            let mut out = vec![7];
            load(&words, range.clone(), &mut out);
            assert_eq!((out[0], &out[1..]), (7, &bytes[range.clone()]), "{range:?}");
            let mut pieces = Vec::new();
            load_pieces(&words, range.clone(), |piece| {
                assert!(!piece.is_empty() && piece.len() <= PIECE);
                pieces.extend_from_slice(piece);
            });
            assert_eq!(pieces, bytes[range.clone()], "{range:?}");
        }
    }

    #[test]
    fn any_bytes_are_stored_whole_or_in_pieces_and_only_their_words_change() {
        let (before, bytes) = (vec![0xee; 20_024], pattern(20_001));
        for range in ranges() {
            let (whole, pieces) = (shared(&before), shared(&before));
            store(&whole, range.start, &bytes[..range.len()]);
            let mut made = 0;
            store_pieces(&pieces, range.clone(), |at, piece| {
                assert_eq!(at, made, "{range:?}");
                piece.copy_from_slice(&bytes[at..at + piece.len()]);
                made += piece.len();
            });
            for words in [whole, pieces] {
                let mut found = Vec::new();
                load(&words, 0..20_024, &mut found);
                let end = if range.is_empty() { range.end } else { range.end.next_multiple_of(8) };
                assert_eq!(found[range.clone()], bytes[..range.len()], "{range:?}");
                assert!(found[..range.start].iter().chain(&found[end..]).all(|&byte| byte == 0xee), "{range:?}");
            }
        }
    }
}
