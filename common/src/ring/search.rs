//! Finds a byte in shared words, one word at a time.

use crate::sync::{AtomicU64, Ordering::Relaxed};
use std::ops::Range;

/// The last `wanted` among the bytes of `words` in this range, counted from the first word's first byte.
pub fn last(words: &[AtomicU64], range: Range<usize>, wanted: u8) -> Option<usize> {
    let within = |index: usize| within(words, index, wanted).filter(|at| range.contains(at)).last();
    (range.start / 8..range.end.div_ceil(8)).rev().find_map(within)
}

/// The first `wanted` among them.
pub fn first(words: &[AtomicU64], range: Range<usize>, wanted: u8) -> Option<usize> {
    let within = |index: usize| within(words, index, wanted).find(|at| range.contains(at));
    (range.start / 8..range.end.div_ceil(8)).find_map(within)
}

/// The places of `wanted` in one word.
#[inline]
fn within(words: &[AtomicU64], index: usize, wanted: u8) -> impl Iterator<Item = usize> {
    const ONES: u64 = u64::from_ne_bytes([1; 8]);
    const TOPS: u64 = u64::from_ne_bytes([0x80; 8]);
    let word = words[index].load(Relaxed);
    // A byte that is `wanted` is zero in `other`, and then, and only then if none is below it, its top bit comes up.
    let other = word ^ (ONES * u64::from(wanted));
    let any = other.wrapping_sub(ONES) & !other & TOPS != 0;
    let bytes = word.to_ne_bytes().into_iter().enumerate().take(if any { 8 } else { 0 });
    bytes.filter(move |&(_, byte)| byte == wanted).map(move |(at, _)| index * 8 + at)
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn what_is_found_is_what_a_search_byte_by_byte_finds(
            bytes in prop::collection::vec(prop_oneof![Just(b'\n'), Just(0x8a), Just(0), Just(0x0b), any::<u8>()], 0..80),
            ends in (0..81_usize, 0..81_usize),
        ) {
            let words: Vec<_> = bytes.chunks(8).map(|chunk| {
                let mut word = [b'\n'; 8];
                word[..chunk.len()].copy_from_slice(chunk);
                AtomicU64::new(u64::from_ne_bytes(word))
            }).collect();
            let end = ends.0.max(ends.1).min(bytes.len());
            let range = ends.0.min(ends.1).min(end)..end;
            let places = range.clone().filter(|&at| bytes[at] == b'\n');
            prop_assert_eq!(last(&words, range.clone(), b'\n'), places.clone().next_back());
            prop_assert_eq!(first(&words, range, b'\n'), { places }.next());
        }
    }
}
