//! Waiting until the reader has acknowledged all.

use super::error::{Error, system};
use super::observer::Observer;
use super::outcome::PipeOutcome;
use super::poll::{is_awake, sleep};
use super::presence::report_presence;
use crate::signals::Signals;
use log::info;
use nix::poll::{PollFd, PollFlags};
use shmchat::{Endpoint, Interest};
use std::os::fd::AsFd;
use std::time::{Duration, Instant};

/// While a limit holds, the lane is looked at so many times as often: acknowledgements but the last wake nobody, and
/// when one came is known to the time between two looks. Giving up comes late by a 16th of the limit at the most.
const LOOKS: u32 = 16;

/// Until when it is worth waiting: the limit counts from the last acknowledgement.
#[derive(Debug)]
struct Patience {
    limit: Duration,
    /// When the last acknowledgement was seen.
    progress: Instant,
    /// What was acknowledged by then.
    taken: u64,
}

impl Patience {
    /// How long to sleep from `now` on before the next look.
    fn nap(&self, now: Instant) -> Duration {
        let left = self.limit.saturating_sub(now.saturating_duration_since(self.progress));
        left.min(self.limit / LOOKS)
    }

    /// Looks: so much is taken by `now`. Whether it goes on.
    fn goes_on(&mut self, taken: u64, now: Instant) -> bool {
        if std::mem::replace(&mut self.taken, taken) != taken {
            self.progress = now;
        }
        now.saturating_duration_since(self.progress) < self.limit
    }
}

/// Sleeps until nothing of ours waits in the segment: whoever reads it, and however many readers come and go meanwhile.
/// Gives up when nothing was acknowledged for `limit`. Who ends in order says `end`.
pub(super) fn deliver(
    endpoint: &mut Endpoint,
    signals: &Signals,
    limit: Option<Duration>,
    observer: &mut dyn Observer,
    end: PipeOutcome,
) -> Result<PipeOutcome, Error> {
    let mut peer = endpoint.peer().presence;
    let taken = endpoint.sender().acknowledged()?;
    let mut patience = limit.map(|limit| Patience { limit, progress: Instant::now(), taken });
    if !endpoint.sender().is_delivered()? {
        info!("channel {}: everything is sent; waiting for a reader to receive it", endpoint.segment().channel);
    }
    while !endpoint.sender().is_delivered()? {
        if !endpoint.arm(Interest::DELIVERED)? {
            continue;
        }
        report_presence(endpoint, &mut peer);
        let mut fds = [signals.as_fd(), endpoint.as_fd()].map(|fd| PollFd::new(fd, PollFlags::POLLIN));
        let due = observer.due();
        if let Some(due) = due
            && !sleep(&mut fds, Some(due), Instant::now())?
        {
            endpoint.handle_wakeup()?;
            observer.show(endpoint);
            continue;
        }
        if due.is_none() {
            let now = Instant::now();
            sleep(&mut fds, patience.as_ref().map(|patience| patience.nap(now)), now)?;
        }
        let signal = is_awake(&fds[0]);
        endpoint.handle_wakeup()?;
        report_presence(endpoint, &mut peer);
        if signal && let Some(signal) = signals.take().map_err(system("read signals"))? {
            return Ok(PipeOutcome::Signal(signal));
        }
        // We are woken when all is taken: that some was is found out here.
        let taken = endpoint.sender().acknowledged()?;
        if patience.as_mut().is_some_and(|patience| !patience.goes_on(taken, Instant::now())) {
            return Err(undelivered(endpoint)?);
        }
    }
    Ok(end)
}

fn undelivered(endpoint: &mut Endpoint) -> Result<Error, Error> {
    let (channel, waiting) = (endpoint.segment().channel.clone(), endpoint.sender().backlog()?);
    Ok(Error::Undelivered { channel, waiting, reader: endpoint.peer().presence })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// How long after the last acknowledgement somebody gives up who never sleeps longer than a nap: the acknowledgements
    /// come at these milliseconds.
    fn given_up_after(limit: Duration, acknowledged: &[u64]) -> Duration {
        let start = Instant::now();
        let mut patience = Patience { limit, progress: start, taken: 0 };
        let mut now = start;
        loop {
            now += patience.nap(now);
            let taken = acknowledged.iter().filter(|&&at| start + Duration::from_millis(at) <= now).count() as u64;
            if !patience.goes_on(taken, now) {
                let last = acknowledged.last().map_or(0, |&at| at);
                return now - start - Duration::from_millis(last);
            }
            // As coarse as the clock of `poll`.
            now += Duration::from_millis(1);
        }
    }

    #[test]
    fn giving_up_counts_from_the_last_acknowledgement_and_once() {
        let limit = Duration::from_secs(10);
        // Just after the wait began: it took nearly twice the limit.
        for acknowledged in [&[][..], &[1], &[1, 2, 3], &[100, 9_000], &[9_999], &[5_000, 10_000, 15_000]] {
            let after = given_up_after(limit, acknowledged);
            assert!(after >= limit, "{acknowledged:?}: {after:?}, too early");
            assert!(after <= limit + limit / LOOKS + Duration::from_millis(3), "{acknowledged:?}: {after:?}");
        }
    }

    #[test]
    fn without_patience_one_look_is_enough() {
        assert_eq!(given_up_after(Duration::ZERO, &[]), Duration::ZERO);
    }
}
