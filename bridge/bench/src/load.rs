//! What is sent, and that it arrives.

use crate::outcome::Result;
use nix::time::{ClockId, clock_gettime};
use std::thread::sleep;
use std::time::Duration;

/// The number of the message that goes ahead, to show that all parts are there.
const FIRST: u64 = 0;

/// The number of the last message.
const LAST: u64 = u64::MAX;

/// Between two typed lines: long enough that everybody sleeps again.
const PAUSE: Duration = Duration::from_millis(5);

/// Looking at the clock costs as much as some messages do.
const CLOCK: u64 = 64;

/// What a sender has to do.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Load {
    /// As many messages as it can.
    Stream { size: usize, time: Duration, most: u64 },
    /// One line at a time.
    Typed { size: usize, lines: u64 },
}

/// What one run found.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Figure {
    /// Messages a second.
    Rate(f64),
    /// From sending to receiving, in nanoseconds: the median, and 99 of 100 are below the other.
    Latency(f64, f64),
}

/// The clock that all processes of a machine share, in nanoseconds.
pub(crate) fn now() -> Result<u64> {
    Ok(u64::try_from(Duration::from(clock_gettime(ClockId::CLOCK_MONOTONIC)?).as_nanos())?)
}

/// Makes the messages. Each has its number at both ends, and the time when it was made, if that matters.
pub(crate) struct Maker {
    load: Load,
    message: Vec<u8>,
    number: u64,
    begun: u64,
    ended: bool,
}

impl Maker {
    pub(crate) fn new(load: Load) -> Maker {
        let (Load::Stream { size, .. } | Load::Typed { size, .. }) = load;
        Maker { load, message: vec![b'.'; size], number: FIRST, begun: 0, ended: false }
    }

    /// The message that goes ahead.
    pub(crate) fn first(&mut self) -> &[u8] {
        self.fill(FIRST, 0)
    }

    /// When the first of the others was made.
    pub(crate) fn begun(&self) -> u64 {
        self.begun
    }

    /// The next message. None after the last.
    pub(crate) fn next(&mut self) -> Result<Option<&[u8]>> {
        if self.ended {
            return Ok(None);
        }
        if let Load::Typed { .. } = self.load {
            sleep(PAUSE);
        }
        if self.number == FIRST {
            self.begun = now()?;
        }
        self.number += 1;
        let stamp = match self.load {
            Load::Stream { time, most, .. } => {
                let is_over = self.number.is_multiple_of(CLOCK) && now()? - self.begun > time.as_nanos() as u64;
                self.ended = self.number >= most || is_over;
                0
            }
            Load::Typed { lines, .. } => {
                self.ended = self.number >= lines;
                now()?
            }
        };
        let number = if self.ended { LAST } else { self.number };
        Ok(Some(self.fill(number, stamp)))
    }

    fn fill(&mut self, number: u64, stamp: u64) -> &[u8] {
        self.message[..8].copy_from_slice(&number.to_le_bytes());
        self.message[8..16].copy_from_slice(&stamp.to_le_bytes());
        let end = self.message.len() - 8;
        self.message[end..].copy_from_slice(&number.to_le_bytes());
        &self.message
    }
}

/// Takes the messages.
#[derive(Default)]
pub(crate) struct Taker {
    count: u64,
    last: u64,
    late: Vec<u64>,
    ended: u64,
}

impl Taker {
    /// Takes one; true if it was the last.
    pub(crate) fn take(&mut self, message: &[u8]) -> Result<bool> {
        let word = |at: usize| -> Result<u64> {
            Ok(u64::from_le_bytes(message.get(at..at + 8).ok_or("a message is cut off")?.try_into()?))
        };
        let (number, stamp) = (word(0)?, word(8)?);
        if number != word(message.len() - 8)? {
            return Err(format!("message {number} is torn").into());
        }
        if number == FIRST {
            return Ok(false);
        }
        if number != LAST && number != self.last + 1 {
            return Err(format!("message {number} follows {}", self.last).into());
        }
        if stamp > 0 {
            self.late.push(now()?.saturating_sub(stamp));
        }
        self.count += 1;
        self.last = number;
        if number == LAST {
            self.ended = now()?;
        }
        Ok(number == LAST)
    }

    /// What was found, given when sending began, for [`Figure::read`].
    pub(crate) fn words(mut self) -> String {
        self.late.sort_unstable();
        let at = |percent: usize| self.late.get(self.late.len() * percent / 100).copied().unwrap_or(0);
        format!("{} {} {} {}", self.count, self.ended, at(50), at(99))
    }
}

impl Figure {
    /// From what the sender and the receiver say.
    pub(crate) fn read(begun: &str, words: &str) -> Result<Figure> {
        let begun: u64 = begun.trim().parse()?;
        let words = words.split_whitespace().map(str::parse).collect::<std::result::Result<Vec<u64>, _>>()?;
        let &[count, ended, median, most] = &words[..] else { return Err(format!("{words:?} is no figure").into()) };
        if median > 0 {
            return Ok(Figure::Latency(median as f64, most as f64));
        }
        Ok(Figure::Rate(count as f64 / Duration::from_nanos(ended - begun).as_secs_f64()))
    }
}
