//! Waiting until the reader has acknowledged everything.

use super::error::Error;
use super::observer::Observer;
use super::outcome::PipeOutcome;
use super::poll::{is_awake, sleep};
use super::presence::report_presence;
use super::replies::Replies;
use crate::signals::Signals;
use log::info;
use nix::poll::{PollFd, PollFlags};
use shmchat::{Endpoint, Interest};
use std::os::fd::AsFd;
use std::time::{Duration, Instant};

/// How many times the lane is looked at within one limit. Only the last acknowledgement wakes us, so the time of the others is
/// known only to within two looks, and giving up may be late by a 16th of the limit.
const LOOKS: u32 = 16;

/// How long to keep waiting: the limit counts from the last acknowledgement.
#[derive(Debug)]
struct Patience {
    limit: Duration,
    /// When the last acknowledgement was seen.
    progress: Instant,
    /// How much was acknowledged by then.
    taken: u64,
}

impl Patience {
    /// How long to sleep before the next look, from `now` on.
    fn nap(&self, now: Instant) -> Duration {
        let left = self.limit.saturating_sub(now.saturating_duration_since(self.progress));
        left.min(self.limit / LOOKS)
    }

    /// Notes how much is acknowledged by `now`. Returns whether to keep waiting.
    fn goes_on(&mut self, taken: u64, now: Instant) -> bool {
        if std::mem::replace(&mut self.taken, taken) != taken {
            self.progress = now;
        }
        now.saturating_duration_since(self.progress) < self.limit
    }
}

/// Sleeps until nothing we sent is waiting in the segment, whoever reads it and however many readers come and go. Gives up if
/// nothing is acknowledged for `limit`. Returns `end` if all goes well.
pub(super) fn deliver(
    endpoint: &mut Endpoint,
    signals: &Signals,
    limit: Option<Duration>,
    observer: &mut dyn Observer,
    replies: &mut Replies<'_>,
    end: PipeOutcome,
) -> Result<PipeOutcome, Error> {
    let mut peer = endpoint.peer().presence;
    let taken = endpoint.sender().acknowledged()?;
    let mut patience = limit.map(|limit| Patience { limit, progress: Instant::now(), taken });
    if !endpoint.sender().is_delivered()? {
        info!("channel {}: everything is sent; waiting for a reader to receive it", endpoint.segment().channel);
    }
    while !endpoint.sender().is_delivered()? {
        if let Some(end) = replies.print(endpoint)? {
            return Ok(end);
        }
        let interest = Interest { message: replies.are_wanted(), ..Interest::DELIVERED };
        if !endpoint.arm(interest)? {
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
        if signal && let Some(signal) = signals.take() {
            return Ok(PipeOutcome::Signal(signal));
        }
        // We are woken only when everything is acknowledged; partial progress is noticed here.
        let taken = endpoint.sender().acknowledged()?;
        if patience.as_mut().is_some_and(|patience| !patience.goes_on(taken, Instant::now())) {
            return Err(undelivered(endpoint)?);
        }
    }
    // Whoever answers does so before it acknowledges: all answers are there now.
    Ok(replies.print(endpoint)?.unwrap_or(end))
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
