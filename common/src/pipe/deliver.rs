//! Waiting until the reader has acknowledged all.

#![forbid(unsafe_code)]

use super::watch::Watch;
use super::{End, Error, is_awake, sleep, system, tell_presence};
use crate::channel::{Endpoint, Interest};
use crate::signals::Signals;
use log::info;
use nix::poll::{PollFd, PollFlags};
use std::os::fd::AsFd;
use std::time::{Duration, Instant};

/// Sleeps until nothing of ours waits in the segment: whoever reads it, and however many readers come and go meanwhile.
/// Gives up when nothing was acknowledged for `limit`. Who ends in order says `end`.
pub(super) fn deliver(
    endpoint: &mut Endpoint,
    signals: &Signals,
    limit: Option<Duration>,
    watch: &mut dyn Watch,
    end: End,
) -> Result<End, Error> {
    let mut peer = endpoint.peer().presence;
    let (mut progress, mut taken) = (Instant::now(), endpoint.taken()?);
    if !endpoint.is_delivered()? {
        info!("channel {}: all is sent, waiting until a reader has taken it", endpoint.at().channel);
    }
    while !endpoint.is_delivered()? {
        if !endpoint.arm(Interest::DELIVERED)? {
            continue;
        }
        tell_presence(endpoint, &mut peer);
        let mut fds = [signals.as_fd(), endpoint.as_fd()].map(|fd| PollFd::new(fd, PollFlags::POLLIN));
        let due = watch.due();
        if let Some(due) = due
            && !sleep(&mut fds, Some(due), Instant::now())?
        {
            endpoint.attend()?;
            watch.show(endpoint);
            continue;
        }
        let in_time = due.is_some() || sleep(&mut fds, limit, progress)?;
        let signal = is_awake(&fds[0]);
        endpoint.attend()?;
        tell_presence(endpoint, &mut peer);
        if signal && let Some(signal) = signals.take().map_err(system("read signals"))? {
            return Ok(End::Signal(signal));
        }
        // We are woken when all is taken: that some was is found out here.
        let now = endpoint.taken()?;
        if std::mem::replace(&mut taken, now) != now {
            progress = Instant::now();
        } else if !in_time {
            return Err(undelivered(endpoint)?);
        }
    }
    Ok(end)
}

fn undelivered(endpoint: &mut Endpoint) -> Result<Error, Error> {
    let (channel, waiting) = (endpoint.at().channel.clone(), endpoint.backlog()?);
    Ok(Error::Undelivered { channel, waiting, reader: endpoint.peer().presence })
}
