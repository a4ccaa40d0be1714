//! What runs, and how long is left: on standard error, a line that is written over if that is a terminal, else a line
//! for each part of the bench.

use std::io::{IsTerminal, Write, stderr};
use std::time::{Duration, Instant};

/// How far the bench is.
pub(crate) struct Progress {
    start: Instant,
    /// Sum of what all runs are expected to take, and of those that are done or left out.
    expected: Duration,
    done: Duration,
    is_live: bool,
}

impl Progress {
    /// Nothing is done yet of what is `expected` to take so long.
    pub(crate) fn new(expected: Duration) -> Self {
        Progress { start: Instant::now(), expected, done: Duration::ZERO, is_live: stderr().is_terminal() }
    }

    /// Something new begins.
    pub(crate) fn part(&self, name: &str, runs: usize, rounds: u32) {
        if !self.is_live {
            let left = minutes(self.left());
            eprintln!("{name}: {runs} different runs, {rounds} rounds of each; {left} left in all");
        }
    }

    /// A run begins.
    pub(crate) fn run(&self, section: &str, round: u32, rounds: u32, what: &str) {
        if self.is_live {
            // Back to the line's begin, cut it off where a narrow terminal ends, and clear what stood behind it.
            let text = format!("[{} left] {section}, round {round} of {rounds}: {what}", minutes(self.left()));
            eprint!("\r\x1b[?7l{text}\x1b[K\x1b[?7h");
            let _ = stderr().flush();
        }
    }

    /// A run that was `expected` to take so long is done, or left out.
    pub(crate) fn passed(&mut self, expected: Duration) {
        self.done += expected;
    }

    /// Takes the line away, so that a table can be printed.
    pub(crate) fn clear(&self) {
        if self.is_live {
            eprint!("\r\x1b[K");
            let _ = stderr().flush();
        }
    }

    fn left(&self) -> Duration {
        left(self.expected, self.done, self.start.elapsed())
    }
}

/// What is still expected, stretched as what is done was stretched. The first seconds do not say much about that.
fn left(expected: Duration, done: Duration, passed: Duration) -> Duration {
    const SOON: Duration = Duration::from_secs(5);
    let stretch = (passed + SOON).as_secs_f64() / (done + SOON).as_secs_f64();
    expected.saturating_sub(done).mul_f64(stretch)
}

fn minutes(time: Duration) -> String {
    let seconds = time.as_secs_f64().round() as u64;
    format!("{}:{:02}", seconds / 60, seconds % 60)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seconds(count: u64) -> Duration {
        Duration::from_secs(count)
    }

    #[test]
    fn what_is_left_stretches_as_what_has_passed_did() {
        assert_eq!(left(seconds(100), seconds(0), seconds(0)), seconds(100));
        assert_eq!(left(seconds(100), seconds(45), seconds(95)), seconds(110));
        assert_eq!(left(seconds(100), seconds(120), seconds(60)), seconds(0));
    }

    #[test]
    fn times_are_shown_as_minutes_and_seconds() {
        assert_eq!(minutes(seconds(65)), "1:05");
    }
}
