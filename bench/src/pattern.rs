//! What is sent: every byte of every message is written by the sender and looked at by the receiver.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

/// Set in the first word of the last message of a run.
const LAST: u64 = 1 << 63;

/// Odd, so that no two words of neighbouring messages are alike.
const STEP: u64 = 0x9E37_79B9_7F4A_7C15;

/// Up to so many bytes it is quicker as a part of the caller, who may know how many there are.
const SHORT: usize = 64;

/// One message: its bytes follow from its number.
#[derive(Clone, Copy)]
pub(crate) struct Pattern {
    /// Counted from 0.
    pub(crate) number: u64,
    /// No more come after it.
    pub(crate) last: bool,
    /// Its bytes, a multiple of 8.
    pub(crate) length: usize,
}

impl Pattern {
    fn first_word(self) -> u64 {
        self.number | if self.last { LAST } else { 0 }
    }

    /// Writes the message's bytes from `offset` on, a multiple of 8.
    #[inline]
    pub(crate) fn fill(self, offset: usize, bytes: &mut [u8]) {
        let mut value = self.first_word().wrapping_add((offset as u64 / 8).wrapping_mul(STEP));
        if bytes.len() <= SHORT {
            for word in bytes.as_chunks_mut::<8>().0 {
                *word = value.to_ne_bytes();
                value = value.wrapping_add(STEP);
            }
            return;
        }
        fill_long(value, bytes);
    }

    /// The same into shared words.
    #[inline]
    pub(crate) fn fill_words(self, offset: usize, words: &[AtomicU64]) {
        let mut value = self.first_word().wrapping_add((offset as u64 / 8).wrapping_mul(STEP));
        for word in words {
            word.store(value, Relaxed);
            value = value.wrapping_add(STEP);
        }
    }
}

/// Writes the words from `value` on.
///
/// This and [`differences`] are functions of their own, so that all ways have the same machine code: where they were made
/// part of their callers, the compiler used vector instructions in some and not in others. To look at 64 KiB then took
/// some 2,000 ns, two thirds of what the receiver did (by samples of `perf record`).
#[inline(never)]
fn fill_long(mut value: u64, bytes: &mut [u8]) {
    for word in bytes.as_chunks_mut::<8>().0 {
        *word = value.to_ne_bytes();
        value = value.wrapping_add(STEP);
    }
}

/// The bits in which these bytes differ anywhere from the words from `value` on.
#[inline(never)]
fn differences(mut value: u64, bytes: &[u8]) -> u64 {
    let (words, rest) = bytes.as_chunks::<8>();
    let mut wrong = rest.len() as u64;
    for word in words {
        wrong |= u64::from_ne_bytes(*word) ^ value;
        value = value.wrapping_add(STEP);
    }
    wrong
}

/// What the receiver keeps: which message comes next, and whether all were right so far.
pub(crate) struct Check {
    next: u64,
    length: usize,
    /// Bytes of the message that have come, where it comes in parts.
    done: usize,
    /// The first word of the message that is coming.
    first: u64,
    /// Bits in which anything ever differed.
    wrong: u64,
    /// The last message has come.
    pub(crate) ended: bool,
}

impl Check {
    pub(crate) fn new(length: usize) -> Self {
        Check { next: 0, length, done: 0, first: 0, wrong: 0, ended: false }
    }

    /// Bytes of each message.
    pub(crate) fn length(&self) -> usize {
        self.length
    }

    /// Messages that came whole.
    pub(crate) fn count(&self) -> u64 {
        self.next
    }

    /// Whether all bytes of all messages were right.
    pub(crate) fn is_right(&self) -> bool {
        self.wrong == 0
    }

    /// Looks at a message, or at the next part of one.
    #[inline]
    pub(crate) fn bytes(&mut self, bytes: &[u8]) {
        let value = self.start(bytes.first_chunk().map_or(0, |word| u64::from_ne_bytes(*word)));
        if bytes.len() <= SHORT {
            let mut wrong = (bytes.len() % 8) as u64;
            for (index, word) in bytes.as_chunks::<8>().0.iter().enumerate() {
                wrong |= u64::from_ne_bytes(*word) ^ value.wrapping_add((index as u64).wrapping_mul(STEP));
            }
            return self.took(bytes.len(), wrong);
        }
        self.took(bytes.len(), differences(value, bytes));
    }

    /// The same in shared words.
    #[inline]
    pub(crate) fn words(&mut self, words: &[AtomicU64]) {
        let mut value = self.start(words.first().map_or(0, |word| word.load(Relaxed)));
        let mut wrong = 0;
        for word in words {
            wrong |= word.load(Relaxed) ^ value;
            value = value.wrapping_add(STEP);
        }
        self.took(words.len() * 8, wrong);
    }

    /// What the first word of this part must be.
    #[inline]
    fn start(&mut self, found: u64) -> u64 {
        if self.done == 0 {
            self.first = self.next | (found & LAST);
        }
        self.first.wrapping_add((self.done as u64 / 8).wrapping_mul(STEP))
    }

    #[inline]
    fn took(&mut self, bytes: usize, wrong: u64) {
        self.wrong |= wrong;
        self.done += bytes;
        if self.done >= self.length {
            self.wrong |= (self.done - self.length) as u64;
            self.done = 0;
            self.next += 1;
            self.ended = self.first & LAST != 0;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// More than one step of the quick way, and a rest.
    const LENGTH: usize = 152;

    fn check_after(spoil: impl Fn(&mut Vec<u8>), part: usize) -> Check {
        let mut check = Check::new(LENGTH);
        for number in 0..3 {
            let mut bytes = vec![0; LENGTH];
            Pattern { number, last: number == 2, length: LENGTH }.fill(0, &mut bytes);
            spoil(&mut bytes);
            bytes.chunks(part).for_each(|part| check.bytes(part));
        }
        check
    }

    #[test]
    fn what_was_sent_is_right() {
        for part in [LENGTH, 72, 32, 8] {
            let check = check_after(|_| {}, part);
            assert!(check.is_right() && check.ended && check.count() == 3, "{part}");
        }
    }

    #[test]
    fn any_changed_byte_is_noticed() {
        for at in 0..LENGTH {
            let check = check_after(|bytes| bytes[at] ^= 1, LENGTH);
            assert!(!check.is_right(), "{at}");
        }
    }

    #[test]
    fn a_message_twice_short_or_missing_is_noticed() {
        assert!(
            !check_after(|bytes| bytes.truncate(56), LENGTH).is_right()
                || !check_after(|bytes| bytes.truncate(56), LENGTH).ended
        );
        let mut check = Check::new(8);
        check.bytes(&0_u64.to_ne_bytes());
        check.bytes(&0_u64.to_ne_bytes());
        assert!(!check.is_right());
        let mut check = Check::new(8);
        check.bytes(&1_u64.to_ne_bytes());
        assert!(!check.is_right());
    }

    #[test]
    fn words_and_bytes_are_the_same_pattern() {
        let words: Vec<_> = (0..LENGTH / 8).map(|_| AtomicU64::new(0)).collect();
        let pattern = Pattern { number: 0, last: true, length: LENGTH };
        pattern.fill_words(0, &words[..3]);
        pattern.fill_words(24, &words[3..]);
        let mut bytes = vec![0; LENGTH];
        pattern.fill(0, &mut bytes);
        let loaded: Vec<u8> = words.iter().flat_map(|word| word.load(Relaxed).to_ne_bytes()).collect();
        assert_eq!(loaded, bytes);
        let mut check = Check::new(LENGTH);
        check.words(&words[..3]);
        check.words(&words[3..]);
        assert!(check.is_right() && check.ended);
    }
}
