//! How long to wait between two attempts, and how long in all.

use std::future::Future;
use std::time::Duration;
use tokio::time::{Instant, sleep, timeout};

/// Before the second attempt. A server that is restarted is away for about as long.
const SHORTEST: Duration = Duration::from_millis(100);

/// Between later attempts: often enough for a person who has just started the server, and no load for one that is gone.
const LONGEST: Duration = Duration::from_secs(4);

/// How long to wait before an attempt, the first of which is 1: twice as long each time, up to [`LONGEST`]. A quarter of it is
/// left to chance, so that all who lost a server don't return to it at once.
pub(super) fn delay(attempt: usize) -> Duration {
    let chance = getrandom::u32().unwrap_or_default();
    delay_by(attempt, f64::from(chance) / f64::from(u32::MAX))
}

fn delay_by(attempt: usize, chance: f64) -> Duration {
    let Some(doublings) = attempt.checked_sub(2) else { return Duration::ZERO };
    let doublings = u32::try_from(doublings).unwrap_or(u32::MAX).min(16);
    let whole = (SHORTEST * 2u32.pow(doublings)).min(LONGEST);
    whole.mul_f64(0.75 + chance / 4.0)
}

/// How long to keep trying: for ever if there is no limit.
#[derive(Clone, Copy, Debug)]
pub(super) struct Patience {
    /// How long in all.
    limit: Option<Duration>,
    since: Instant,
}

impl Patience {
    /// From now on.
    pub(super) fn new(limit: Option<Duration>) -> Self {
        Patience { limit, since: Instant::now() }
    }

    /// The limit, if it has been reached. It has been from the start if it is 0, which allows for one attempt.
    pub(super) fn ended(&self) -> Option<Duration> {
        self.limit.filter(|&limit| self.since.elapsed() >= limit)
    }

    /// Waits before an attempt, or until the end.
    pub(super) async fn wait_before(&self, attempt: usize) {
        let left = self.left().unwrap_or(Duration::MAX);
        sleep(delay(attempt).min(left)).await;
    }

    /// An attempt. `None` if it was still under way at the end. If there was no time to begin with, it has the time it needs.
    pub(super) async fn attempt<T>(&self, attempt: impl Future<Output = T>) -> Option<T> {
        match self.left().filter(|_| self.limit != Some(Duration::ZERO)) {
            Some(left) => timeout(left, attempt).await.ok(),
            None => Some(attempt.await),
        }
    }

    fn left(&self) -> Option<Duration> {
        self.limit.map(|limit| limit.saturating_sub(self.since.elapsed()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_attempt_is_made_at_once_and_later_ones_ever_less_often() {
        assert_eq!(delay(0), Duration::ZERO);
        assert_eq!(delay(1), Duration::ZERO);
        let longest: Vec<_> = (2..40).map(|attempt| delay_by(attempt, 1.0)).collect();
        assert_eq!(longest[0], SHORTEST);
        assert!(longest.is_sorted());
        assert_eq!(longest.last(), Some(&LONGEST));
        assert_eq!(delay_by(usize::MAX, 1.0), LONGEST);
    }

    #[test]
    fn chance_spreads_attempts_over_a_quarter() {
        assert_eq!(delay_by(2, 0.0), SHORTEST * 3 / 4);
        let drawn: std::collections::BTreeSet<_> = (0..20).map(|_| delay(30)).collect();
        assert!(
            drawn.len() > 1 && drawn.iter().all(|&delay| (LONGEST * 3 / 4..=LONGEST).contains(&delay)),
            "{drawn:?}"
        );
    }
}
