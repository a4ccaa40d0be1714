//! What is to be done with each message, as plain state: no process, no clock, no channel. Time comes in as a value.
//!
//! ```text
//!            ┌───────────── again, after a pause ────────────┐
//!            ▼                                               │
//! taken ─► ready ─► running ─► succeeded, output written ─► done ─► released, in the order of the ring
//!                      └─────► failed for good ─► in the dead letters ─┘
//! ```
//!
//! Messages have numbers, in the order in which they were taken. The ring's head can only move over a prefix, so a message
//! that is done waits for all before it. That is what a killed pool's successor runs again, and why there is a bound on it:
//! from the oldest unfinished message on, at most `ahead` are taken.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, VecDeque};
use std::time::{Duration, Instant};

/// The longest pause before another attempt.
const LONGEST_PAUSE: Duration = Duration::from_secs(60);

/// What a plan may do.
#[derive(Clone, Copy, Debug)]
pub(super) struct Limits {
    /// How many messages may be taken, from the oldest that is not done.
    pub(super) ahead: usize,
    /// How many attempts each has after the first.
    pub(super) retries: u32,
    /// The pause before the second attempt. It doubles each time.
    pub(super) backoff: Duration,
}

/// Where a message is on its way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    Ready,
    Running,
    Paused,
    /// It failed for good, and stays.
    Failed,
    Done,
}

/// A message that was taken.
#[derive(Debug)]
struct Taken<T> {
    stage: Stage,
    /// How many attempts have begun.
    attempts: u32,
    task: T,
}

/// What becomes of a message whose attempt failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// It is tried again after this pause.
    Again(Duration),
    /// It has had all its attempts.
    GiveUp,
}

/// The messages that were taken and are not released.
#[derive(Debug)]
pub(super) struct Plan<T> {
    limits: Limits,
    /// The number of the first of them.
    first: u64,
    taken: VecDeque<Taken<T>>,
    /// Those that can start, oldest first.
    ready: BinaryHeap<Reverse<u64>>,
    /// Those that wait for another attempt, by the time when it is due.
    paused: BinaryHeap<Reverse<(Instant, u64)>>,
    running: usize,
    done: usize,
}

impl<T> Plan<T> {
    pub(super) fn new(limits: Limits) -> Self {
        Plan {
            limits,
            first: 0,
            taken: VecDeque::new(),
            ready: BinaryHeap::new(),
            paused: BinaryHeap::new(),
            running: 0,
            done: 0,
        }
    }

    /// Whether another message may be taken.
    pub(super) fn has_room(&self) -> bool {
        self.taken.len() < self.limits.ahead
    }

    /// Takes a message, if there [is room](Self::has_room). Gives its number: one more than the last one's.
    pub(super) fn take(&mut self, task: T) -> u64 {
        let number = self.first + self.taken.len() as u64;
        self.taken.push_back(Taken { stage: Stage::Ready, attempts: 0, task });
        self.ready.push(Reverse(number));
        number
    }

    /// Starts an attempt at the oldest message that can have one. Gives its number.
    pub(super) fn start(&mut self, now: Instant) -> Option<u64> {
        self.wake(now);
        let Reverse(number) = self.ready.pop()?;
        self.set(number, Stage::Running);
        self.at(number).attempts += 1;
        self.running += 1;
        Some(number)
    }

    /// Those whose pause is over can start.
    fn wake(&mut self, now: Instant) {
        while let Some(&Reverse((due, number))) = self.paused.peek()
            && due <= now
        {
            self.paused.pop();
            self.set(number, Stage::Ready);
            self.ready.push(Reverse(number));
        }
    }

    /// An attempt could not begin, or was no fault of this message's: it does not count.
    pub(super) fn put_back(&mut self, number: u64) {
        self.at(number).attempts -= 1;
        self.running -= 1;
        self.set(number, Stage::Ready);
        self.ready.push(Reverse(number));
    }

    /// An attempt failed. `chance`, from 0 to 1, spreads the pauses of messages that fail together.
    pub(super) fn failed(&mut self, number: u64, now: Instant, chance: f64) -> Verdict {
        let attempts = self.at(number).attempts;
        if attempts > self.limits.retries {
            return Verdict::GiveUp;
        }
        let doubled = self.limits.backoff.saturating_mul(1_u32.checked_shl(attempts - 1).unwrap_or(u32::MAX));
        let pause = doubled.min(LONGEST_PAUSE).mul_f64(1.0 - chance.clamp(0.0, 1.0) / 4.0);
        self.running -= 1;
        self.set(number, Stage::Paused);
        self.paused.push(Reverse((now + pause, number)));
        Verdict::Again(pause)
    }

    /// It failed for good, and nobody takes it: it stays where it is, and so does everything behind it.
    pub(super) fn stays(&mut self, number: u64) {
        self.running -= 1;
        self.set(number, Stage::Failed);
    }

    /// Everything is done that will be about a running message.
    pub(super) fn done(&mut self, number: u64) {
        self.running -= 1;
        self.done += 1;
        self.set(number, Stage::Done);
    }

    /// Hands over the messages that are done and have none before them that is not, oldest first.
    pub(super) fn release(&mut self) -> Option<T> {
        self.taken.front().filter(|front| front.stage == Stage::Done)?;
        self.first += 1;
        self.done -= 1;
        self.taken.pop_front().map(|taken| taken.task)
    }

    /// A message that was taken and is not released.
    pub(super) fn task(&self, number: u64) -> &T {
        &self.taken[self.place(number)].task
    }

    /// How many attempts at it have begun.
    pub(super) fn attempts(&self, number: u64) -> u32 {
        self.taken[self.place(number)].attempts
    }

    /// Whether everything that was taken is released.
    pub(super) fn is_empty(&self) -> bool {
        self.taken.is_empty()
    }

    /// How many are running.
    pub(super) fn running(&self) -> usize {
        self.running
    }

    /// How many wait to run, for the first time or again, or stay for the next start.
    pub(super) fn waiting(&self) -> usize {
        self.taken.len() - self.running - self.done
    }

    /// Whether the oldest message that can start is the one for which all others wait.
    pub(super) fn oldest_is_ready(&mut self, now: Instant) -> bool {
        self.wake(now);
        self.ready.peek() == Some(&Reverse(self.first))
    }

    /// When the next pause ends.
    pub(super) fn due(&self) -> Option<Instant> {
        self.paused.peek().map(|Reverse((due, _))| *due)
    }

    fn place(&self, number: u64) -> usize {
        (number - self.first) as usize
    }

    fn at(&mut self, number: u64) -> &mut Taken<T> {
        let place = self.place(number);
        &mut self.taken[place]
    }

    fn set(&mut self, number: u64, stage: Stage) {
        self.at(number).stage = stage;
    }
}

#[cfg(test)]
mod tests;
