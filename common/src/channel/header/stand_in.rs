//! What a process shows in place of its own presence, when it stands for one that is somewhere else.
//!
//! It is one word, so nobody ever finds half of it: in the lowest three bits 1 + the presence, in the others the microseconds
//! since the epoch at which the life that is shown began. 0: the process stands for itself.
//!
//! # Crash behaviour
//! The word stays when its owner dies. A quit, or that nobody was there, remains true. That somebody was there does not: the
//! death of the stand-in looks like the death of whoever it stood for.

use crate::channel::error::Corruption;
use crate::channel::peer::Presence;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// How many bits the presence has.
const BITS: u32 = 3;

/// In the order of their numbers in the word, which begin at 1.
const SHOWN: [Presence; 4] = [Presence::Absent, Presence::Here, Presence::Quit, Presence::Gone];

/// What a process shows in place of its own presence.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::channel) struct StandIn {
    pub(in crate::channel) shows: Presence,
    /// When the life that is shown began, in microseconds since the epoch.
    since: u64,
}

impl StandIn {
    /// What is shown after `before`. Whoever is here after they were not has begun a new life, later than the one before.
    pub(in crate::channel) fn after(before: Option<StandIn>, shows: Presence) -> Self {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_micros() as u64;
        let since = match before {
            None => now,
            Some(before) if shows == Presence::Here && before.shows != Presence::Here => now.max(before.since + 1),
            Some(before) => before.since,
        };
        StandIn { shows, since }
    }

    /// When the life that is shown began.
    pub(in crate::channel) fn since(self) -> SystemTime {
        UNIX_EPOCH + Duration::from_micros(self.since)
    }

    pub(super) fn to_word(self) -> u64 {
        let number = SHOWN.iter().position(|&shown| shown == self.shows).unwrap_or_default() as u64 + 1;
        self.since << BITS | number
    }

    pub(super) fn from_word(word: u64) -> Result<Option<Self>, Corruption> {
        let number = word & ((1 << BITS) - 1);
        match SHOWN.get((number as usize).wrapping_sub(1)) {
            Some(&shows) => Ok(Some(StandIn { shows, since: word >> BITS })),
            None if word == 0 => Ok(None),
            None => Err(Corruption::Header { field: "a role's stand-in", value: word }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_says_what_it_was_made_of_and_any_other_is_an_error() {
        for shows in SHOWN {
            let stand_in = StandIn::after(None, shows);
            assert_eq!(StandIn::from_word(stand_in.to_word()), Ok(Some(stand_in)));
        }
        assert_eq!(StandIn::from_word(0), Ok(None));
        for word in [5, 6, 7, 8, u64::MAX, 1 << 63] {
            assert!(
                matches!(StandIn::from_word(word), Err(Corruption::Header { value, .. }) if value == word),
                "{word}"
            );
        }
    }

    #[test]
    fn a_life_begins_where_somebody_is_here_who_was_not_and_each_later_than_the_last() {
        let mut shown = StandIn::after(None, Presence::Here);
        for end in [Presence::Quit, Presence::Gone, Presence::Absent] {
            for _ in 0..100 {
                let (still, ended) = (StandIn::after(Some(shown), Presence::Here), StandIn::after(Some(shown), end));
                assert_eq!((still, ended.since), (shown, shown.since));
                let next = StandIn::after(Some(ended), Presence::Here);
                assert!(next.since > shown.since);
                shown = next;
            }
        }
    }
}
