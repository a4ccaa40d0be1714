//! Times as stored in shared words and lock files: nanoseconds since the epoch, in 64 bits, until the year 2554.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// The word for a time; 0 for one before the epoch.
#[cfg_attr(loom, allow(dead_code))]
#[inline]
pub(crate) fn to_word(time: SystemTime) -> u64 {
    time.duration_since(UNIX_EPOCH).map_or(0, |since| since.as_nanos() as u64)
}

/// The time that a word says, whoever wrote it.
#[inline]
pub(crate) fn from_word(word: u64) -> SystemTime {
    UNIX_EPOCH + Duration::from_nanos(word)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_word_is_a_time_and_the_same_word_again() {
        for word in [0, 1, 1 << 62, u64::MAX] {
            assert_eq!(to_word(from_word(word)), word);
        }
        assert_eq!(to_word(UNIX_EPOCH - Duration::from_secs(1)), 0);
    }
}
