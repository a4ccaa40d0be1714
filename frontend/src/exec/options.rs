//! What a pool is asked to do.

use super::command_line::CommandLine;
use crate::pipe::Framing;
use rustix::process::{Resource, getrlimit};
use std::num::NonZeroU64;
use std::path::PathBuf;
use std::time::Duration;

/// What to run.
#[derive(Clone, Debug)]
pub enum Work {
    /// A process for each message.
    Command(CommandLine),
    /// Long-lived processes, each fed with messages.
    Worker(CommandLine),
}

/// How to run it.
#[derive(Clone, Debug)]
pub struct Pooling {
    /// What to run.
    pub work: Work,
    /// How many at once.
    pub jobs: usize,
    /// How many messages may be taken, from the oldest that is not done: at least as many as there are jobs.
    pub ahead: usize,
    /// How many attempts each has after the first.
    pub retries: u32,
    /// The pause before the second attempt; it doubles each time.
    pub backoff: Duration,
    /// How long an attempt may take.
    pub job_timeout: Option<Duration>,
    /// Where messages go that have had all their attempts.
    pub dead_letter: Option<PathBuf>,
    /// Where a line goes for each attempt.
    pub log_jobs: Option<PathBuf>,
    /// When to stop, beside a failure without a file for it.
    pub halt: Option<Halt>,
    /// Print in the order of the messages, not in that of ending.
    pub keep_order: bool,
    /// Print line by line, mixed.
    pub line_buffer: bool,
    /// Send the output back, instead of printing it.
    pub reply: bool,
    /// How messages and answers stand in a worker's pipes.
    pub framing: Framing,
    /// Wait for the next writer after one quits.
    pub stay: bool,
    /// End after this many messages.
    pub count: Option<NonZeroU64>,
    /// Give up after this long without a message, if nothing runs.
    pub limit: Option<Duration>,
    /// Show on standard error how it goes.
    pub status_line: bool,
}

/// How many descriptors a job may hold: its pidfd, and an end of each of three pipes.
const PER_JOB: u64 = 4;

/// How many are left to everything else: the channel, a writer that arrives, the log, a process that is being started.
const SPARE: u64 = 24;

/// How many of so many jobs the limit on open descriptors leaves room for.
pub fn affordable(jobs: usize) -> usize {
    let limit = getrlimit(Resource::Nofile).current;
    let room = limit.map_or(jobs, |limit| (limit.saturating_sub(SPARE) / PER_JOB) as usize);
    jobs.min(room.max(1))
}

/// When to stop.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Halt {
    /// End what is running, too.
    pub now: bool,
    /// What is counted.
    pub counted: Counted,
    /// How many of them.
    pub limit: u64,
}

/// What `--halt` counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Counted {
    /// Messages that failed for good.
    Fail,
    /// Those that succeeded.
    Success,
    /// Both.
    Done,
}

impl std::str::FromStr for Halt {
    type Err = String;

    /// `now,fail=1`, as GNU parallel has it.
    fn from_str(text: &str) -> Result<Self, String> {
        let halt = || {
            let (when, what) = text.split_once(',')?;
            let (counted, limit) = what.split_once('=')?;
            let now = match when {
                "now" => true,
                "soon" => false,
                _ => return None,
            };
            let counted = match counted {
                "fail" => Counted::Fail,
                "success" => Counted::Success,
                "done" => Counted::Done,
                _ => return None,
            };
            Some(Halt { now, counted, limit: limit.parse().ok().filter(|&limit| limit > 0)? })
        };
        halt().ok_or_else(|| "expected now or soon, then fail, success or done and a number: now,fail=1".to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_halt_is_read_as_parallel_reads_it() {
        let halt = |text: &str| text.parse::<Halt>().ok();
        assert_eq!(halt("now,fail=1"), Some(Halt { now: true, counted: Counted::Fail, limit: 1 }));
        assert_eq!(halt("soon,done=30"), Some(Halt { now: false, counted: Counted::Done, limit: 30 }));
        for wrong in ["", "now", "now,fail", "now,fail=0", "later,fail=1", "now,fail=10%", "soon,lost=1"] {
            assert_eq!(halt(wrong), None, "{wrong}");
        }
    }
}
