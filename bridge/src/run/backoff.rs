//! How long to wait before trying again: at first not at all, then longer and longer, up to some seconds, and never the same for
//! two bridges.

use std::time::Duration;

/// The first wait that is one.
const FIRST: Duration = Duration::from_millis(50);

/// The longest wait.
const LONGEST: Duration = Duration::from_secs(4);

/// How often something failed in a row.
#[derive(Debug, Default)]
pub(super) struct Backoff(u32);

impl Backoff {
    /// It worked.
    pub(super) fn reset(&mut self) {
        self.0 = 0;
    }

    /// It failed: how long to wait.
    pub(super) fn next(&mut self) -> Duration {
        let wait = match self.0 {
            0 => Duration::ZERO,
            failures => LONGEST.min(FIRST * 2_u32.pow((failures - 1).min(10))),
        };
        self.0 = self.0.saturating_add(1);
        // From three quarters of it up to all of it.
        let quarter = wait / 4;
        wait - quarter.mul_f64(f64::from(getrandom::u32().unwrap_or(0)) / f64::from(u32::MAX))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_tries_again_at_once_then_waits_longer_and_longer_but_not_for_ever() {
        let mut backoff = Backoff::default();
        let waits: Vec<Duration> = (0..40).map(|_| backoff.next()).collect();
        assert_eq!(waits[0], Duration::ZERO);
        assert!(waits[1] >= FIRST * 3 / 4 && waits[5] > waits[2]);
        assert!(waits.iter().all(|&wait| wait <= LONGEST) && waits[39] >= LONGEST * 3 / 4);
        backoff.reset();
        assert_eq!(backoff.next(), Duration::ZERO);
    }
}
