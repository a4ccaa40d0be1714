//! What becomes of a message whose attempt has ended, and when a pool stops.

use super::{Pool, Stop};
use crate::exec::child::Ending;
use crate::exec::crew::Ended;
use crate::exec::error::Error;
use crate::exec::options::{Counted, Halt};
use crate::exec::plan::Verdict;
use crate::pipe::PipeOutcome;
use crate::signals::Signals;
use crate::text::counted;
use log::{info, warn};
use std::time::{Instant, SystemTime};

/// What becomes of a message for whose failures there is no file.
const STAYS: &str = "it stays in the channel, for the next start";
const END_STAYS: &str = "only its end stays in the channel, since it doesn't fit in half the lane";

impl Pool<'_> {
    /// An attempt has ended.
    pub(super) fn settle(&mut self, ended: Ended, now: Instant) -> Result<(), Error> {
        let number = ended.number;
        let Some(ending) = ended.ending.clone() else {
            self.plan.put_back(number);
            return Ok(());
        };
        self.tally.changed();
        if let Some(log) = &mut self.job_log {
            log.note(self.plan.task(number), &ended, &ending, SystemTime::now())?;
        }
        if ending.is_success() {
            self.tally.done += 1;
            self.output.finish(number, ended.output);
            self.halt();
            return Ok(());
        }
        // It was we who ended it: it stays in the channel.
        if self.stop.as_ref().is_some_and(|stop| stop.now) {
            return Ok(());
        }
        let chance = chance();
        let again = match ending {
            Ending::Never(_) => Verdict::GiveUp,
            _ => self.plan.failed(number, now, chance),
        };
        match again {
            Verdict::Again(pause) => {
                self.output.gives_up_floor(number);
                let (seq, attempt) = (self.plan.task(number).seq, self.plan.attempts(number));
                info!("message {seq}: attempt {attempt} failed: {}; again in {pause:.1?}", ending.shown());
                Ok(())
            }
            Verdict::GiveUp => self.give_up(number, ended, &ending),
        }
    }

    /// A message has had all its attempts.
    fn give_up(&mut self, number: u64, ended: Ended, ending: &Ending) -> Result<(), Error> {
        let (task, attempts) = (self.plan.task(number), self.plan.attempts(number));
        self.tally.failed += 1;
        let Some(letters) = &mut self.dead_letters else {
            let failed = Error::Failed {
                channel: self.endpoint.segment().channel.clone(),
                seq: task.seq,
                attempts: counted(attempts.into(), "attempt"),
                ending: ending.shown(),
                stays: if task.is_long { END_STAYS } else { STAYS },
            };
            self.plan.stays(number);
            let now = self.options.halt.is_some_and(|halt| halt.now && self.has_reached(halt));
            self.stop(Err(failed), now);
            return Ok(());
        };
        letters.bury(task, attempts, ending, &ended.errors)?;
        warn!("message {}: given up after {}: {}", task.seq, counted(attempts.into(), "attempt"), ending.shown());
        self.output.finish_failed(number, ended.output);
        self.halt();
        Ok(())
    }

    /// How many there are by now of what `--halt` counts.
    fn count(&self, what: Counted) -> u64 {
        match what {
            Counted::Fail => self.tally.failed,
            Counted::Success => self.tally.done,
            Counted::Done => self.tally.done + self.tally.failed,
        }
    }

    fn has_reached(&self, halt: Halt) -> bool {
        self.count(halt.counted) >= halt.limit
    }

    /// Stops if as many are done or have failed as `--halt` allows.
    fn halt(&mut self) {
        let Some(halt) = self.options.halt.filter(|&halt| self.has_reached(halt)) else { return };
        let count = self.count(halt.counted);
        let channel = self.endpoint.segment().channel.clone();
        let why = match halt.counted {
            Counted::Fail => Err(Error::Halted { channel, count: counted(count, "failure") }),
            Counted::Success | Counted::Done => Ok(PipeOutcome::Done),
        };
        self.stop(why, halt.now);
    }

    /// The first reason to stop is the one that is told.
    pub(super) fn stop(&mut self, why: Result<PipeOutcome, Error>, now: bool) {
        let stop = self.stop.get_or_insert(Stop { why, now });
        stop.now |= now;
        if stop.now {
            self.crew.terminate(Instant::now());
        }
    }

    /// The first signal lets what runs finish, the second ends it.
    pub(super) fn interrupt(&mut self, signals: &Signals, now: Instant) {
        let Some(signal) = signals.take() else { return };
        match &mut self.stop {
            Some(stop) => {
                stop.now = true;
                self.crew.terminate(now);
            }
            None => {
                let running = self.plan.running();
                if running > 0 && self.options.status_line {
                    warn!("{signal}: waiting for {}; again to end them", counted(running as u64, "command"));
                }
                self.stop(Ok(PipeOutcome::Signal(signal)), false);
            }
        }
    }
}

/// A number from 0 to 1; 0 if the system has none.
fn chance() -> f64 {
    getrandom::u64().unwrap_or_default() as f64 / u64::MAX as f64
}
