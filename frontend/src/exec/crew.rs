//! Those who do the work: a process for each message, or long-lived workers.

use super::child::Ending;
use super::error::Error;
use super::output::Output;
use super::task::Task;
use nix::errno::Errno;
use nix::poll::PollFd;
use std::time::{Duration, Instant};

/// An attempt that ended.
#[derive(Debug)]
pub(super) struct Ended {
    pub(super) number: u64,
    /// How; `None` if it was cut short through no fault of the message's.
    pub(super) ending: Option<Ending>,
    /// What it printed, as far as that has not been passed on.
    pub(super) output: Vec<u8>,
    /// The last of what it printed on standard error.
    pub(super) errors: String,
    pub(super) took: Duration,
}

/// Why an attempt could not begin.
#[derive(Debug)]
pub(super) enum Refusal {
    /// The system has no room for another process now.
    Later(Errno),
    /// Something about this attempt.
    Failed(Ending),
}

/// How soon to try again if the system had no room for another process.
pub(super) const LATER: Duration = Duration::from_millis(100);

/// How often to try that while nothing else runs.
pub(super) const TRIES: u32 = 50;

/// Processes that work on messages.
pub(super) trait Crew {
    /// Whether another message can be started now.
    fn has_a_hand(&self) -> bool;

    /// Starts an attempt.
    fn start(&mut self, number: u64, attempt: u32, task: &Task) -> Result<(), Refusal>;

    /// To be called before each sleep: writes what it can, and chooses what to wait for.
    fn prepare(&mut self, now: Instant, output: &mut Output<'_>) -> Result<(), Error>;

    /// What to wait for.
    fn descriptors<'a>(&'a self, fds: &mut Vec<PollFd<'a>>);

    /// After the sleep: whether each of those descriptors is ready, in the same order.
    fn advance(
        &mut self,
        ready: &mut dyn Iterator<Item = bool>,
        now: Instant,
        output: &mut Output<'_>,
        ended: &mut Vec<Ended>,
    ) -> Result<(), Error>;

    /// When something has to be done without a descriptor being ready.
    fn due(&self) -> Option<Instant>;

    /// Ends everything that runs.
    fn terminate(&mut self, now: Instant);

    /// Nothing more is to be started.
    fn close(&mut self, now: Instant);

    /// Whether a process is there.
    fn is_busy(&self) -> bool;
}
