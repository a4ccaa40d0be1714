//! Acknowledges what was printed into a pipe, as it is taken from there.
//!
//! What lies in a pipe is lost if its reader goes without it, as `head` does. So it stays in the lane until it has been taken:
//!
//! ```text
//! lane     acknowledged │ written, lies in the pipe │ not handed over
//! pipe            taken │ ························· │
//! ```
//!
//! | what ends the program | what is acknowledged |
//! | --- | --- |
//! | the pipe's reader goes | the whole messages that it took; of `--framing raw`, the bytes |
//! | the writer quits, or `--count` is reached | everything, once it is taken, or once its reader has taken nothing for [`PATIENCE`] |
//! | a signal | everything that was written: a pipe keeps it as long as its reader lives |
//! | a kill | what had been acknowledged: the rest comes again, for the next reader |
//!
//! Nobody is told when a pipe empties. So we look now and then while something lies there, and only then.

use super::error::Error;
use super::options::Framing;
use super::outcome::PipeOutcome;
use super::poll::{is_awake, sleep};
use super::print::Printer;
use super::written::Taken;
use crate::signals::Signals;
use nix::poll::{PollFd, PollFlags};
use shmchat::Endpoint;
use std::os::fd::AsFd;
use std::time::{Duration, Instant};

/// How soon to look again at what lies in the pipe. While nothing is taken, each time twice as long, up to the longest.
const SOON: Duration = Duration::from_millis(1);
const LATE: Duration = Duration::from_millis(128);

/// How long to wait at the end while the pipe's reader takes nothing. What lies there then is its own to read, however late.
const PATIENCE: Duration = Duration::from_secs(1);

/// When to look again at what lies in the pipe.
#[derive(Debug)]
pub(super) struct Naps {
    next: Duration,
    /// How much had been taken at the last look.
    taken: Taken,
}

impl Naps {
    pub(super) fn new() -> Self {
        Naps { next: SOON, taken: Taken::All }
    }

    /// Acknowledges what has been taken by now. Returns how long to sleep before the next look; `None` if nothing is left to
    /// look for.
    pub(super) fn settle(
        &mut self,
        endpoint: &mut Endpoint,
        printer: &mut Printer<'_>,
    ) -> Result<Option<Duration>, Error> {
        if !printer.awaits() {
            return Ok(None);
        }
        let taken = printer.taken();
        self.next = if std::mem::replace(&mut self.taken, taken) == taken { (self.next * 2).min(LATE) } else { SOON };
        acknowledge(endpoint, printer, taken)?;
        Ok((taken != Taken::All).then_some(self.next))
    }
}

fn acknowledge(endpoint: &mut Endpoint, printer: &Printer<'_>, taken: Taken) -> Result<(), Error> {
    match (taken, printer.stopped_at()) {
        (Taken::All, None) => endpoint.receiver().acknowledge()?,
        (Taken::Until(reached), _) | (Taken::All, Some(reached)) => endpoint.receiver().release(reached)?,
        (Taken::Nothing, _) => {}
    }
    Ok(())
}

/// Whoever read our output has gone, or it cannot be written: what was not taken stays for the next reader.
pub(super) fn give_back(endpoint: &mut Endpoint, printer: &mut Printer<'_>, framing: Framing) -> Result<(), Error> {
    if printer.output().is_pipe() {
        match (printer.taken(), framing) {
            // A stream has no messages that could be torn.
            (Taken::Until(reached), Framing::Raw) => endpoint.receiver().acknowledge_until(reached)?,
            (taken, _) => acknowledge(endpoint, printer, taken)?,
        }
    }
    endpoint.receiver().take_ahead();
    Ok(())
}

/// Nothing more will be printed: waits until everything is taken from the pipe, or nothing more seems to be. Returns what
/// ended the wait, if it was something else.
pub(super) fn see_off(
    endpoint: &mut Endpoint,
    printer: &mut Printer<'_>,
    signals: &Signals,
) -> Result<Option<PipeOutcome>, Error> {
    let (mut naps, mut progress) = (Naps::new(), Instant::now());
    while let Some(nap) = naps.settle(endpoint, printer)? {
        if nap == SOON {
            progress = Instant::now();
        } else if progress.elapsed() >= PATIENCE {
            break;
        }
        let fd = printer.output().as_fd();
        let mut fds = [PollFd::new(signals.as_fd(), PollFlags::POLLIN), PollFd::new(fd, PollFlags::empty())];
        sleep(&mut fds, Some(nap), Instant::now())?;
        let [signal, closed] = fds.map(|fd| is_awake(&fd));
        if closed {
            return Ok(Some(PipeOutcome::OutputClosed));
        }
        if signal && let Some(signal) = signals.take() {
            return Ok(Some(PipeOutcome::Signal(signal)));
        }
    }
    Ok(None)
}
