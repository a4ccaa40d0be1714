//! Standard input to the channel.

#![forbid(unsafe_code)]

use super::feed::{Feed, Sent, feed};
use super::stdio::{Input, enlarge_pipe};
use super::watch::Watch;
use super::{End, Error, Framing, is_awake, look, sleep, system, tell_presence};
use crate::channel::{self, Endpoint, Interest, Presence};
use crate::signals::Signals;
use log::warn;
use nix::poll::{PollFd, PollFlags};
use std::os::fd::AsFd;
use std::time::{Duration, Instant};

/// How to send.
#[derive(Clone, Copy, Debug, Default)]
pub struct Sending {
    /// What the input is.
    pub framing: Framing,
    /// Lines: one that is just `x` quits.
    pub x_quits: bool,
    /// Give up when no room came for so long; waiting for input does not count.
    pub limit: Option<Duration>,
}

/// Sends `input` until it ends, while `watch` looks on.
pub fn send(
    endpoint: &mut Endpoint,
    input: impl AsFd,
    signals: &Signals,
    sending: Sending,
    watch: &mut dyn Watch,
) -> Result<End, Error> {
    let mut feed = feed(endpoint, sending.framing, sending.x_quits);
    let end = pump(endpoint, &mut *feed, &input, signals, sending.limit, watch);
    // What was read and not sent is lost to the input's source: that is not kept quiet.
    if !matches!(end, Ok(End::Done | End::Asked)) && feed.unsent() > 0 {
        warn!("{} bytes were read from standard input and not sent", feed.unsent());
    }
    end
}

fn pump(
    endpoint: &mut Endpoint,
    feed: &mut dyn Feed,
    input: &dyn AsFd,
    signals: &Signals,
    limit: Option<Duration>,
    watch: &mut dyn Watch,
) -> Result<End, Error> {
    enlarge_pipe(input);
    let mut input_ended = false;
    let mut progress = Instant::now();
    let mut peer = Presence::Absent;
    loop {
        let mut fds = [PollFd::new(signals.as_fd(), PollFlags::POLLIN), PollFd::new(input.as_fd(), PollFlags::POLLIN)];
        // Whether there is no room for what is to be sent next.
        let full = match feed.send(endpoint)? {
            Sent::Quit => return Ok(End::Asked),
            Sent::All if input_ended => return Ok(End::Done),
            // While there is input, nothing is done but this.
            Sent::All => {
                look(&mut fds)?;
                let [signal, input_ready] = fds.map(|fd| is_awake(&fd));
                if signal && let Some(signal) = signals.take().map_err(system("read signals"))? {
                    return Ok(End::Signal(signal));
                }
                let readable = input_ready || feed.holds();
                let read = if readable { feed.read(endpoint, input)? } else { Input::Nothing };
                if let Input::Bytes(bytes) = read {
                    watch.came(bytes, endpoint);
                }
                input_ended = matches!(read, Input::End);
                let full = matches!(read, Input::NoRoom);
                if !full {
                    progress = Instant::now();
                }
                if readable && !full {
                    continue;
                }
                full
            }
            Sent::Full { some } => {
                if some {
                    progress = Instant::now();
                }
                true
            }
        };
        // While the lane is full we wait for room, else for input; for the other side's coming and going always.
        if !endpoint.arm(if full { Interest::ROOM } else { Interest::NOTHING })? {
            continue;
        }
        tell_presence(endpoint, &mut peer);
        let due = watch.due();
        let mut fds = [
            PollFd::new(signals.as_fd(), PollFlags::POLLIN),
            PollFd::new(endpoint.as_fd(), PollFlags::POLLIN),
            PollFd::new(input.as_fd(), PollFlags::POLLIN),
        ];
        let watched = if full { &mut fds[..2] } else { &mut fds[..] };
        if let Some(due) = due
            && !sleep(watched, Some(due), Instant::now())?
        {
            endpoint.attend()?;
            watch.show(endpoint);
            continue;
        }
        let in_time = due.is_some() || sleep(watched, limit.filter(|_| full), progress)?;
        let [signal, bell, _] = fds.map(|fd| is_awake(&fd));
        if full || bell {
            endpoint.attend()?;
            tell_presence(endpoint, &mut peer);
        }
        if signal && let Some(signal) = signals.take().map_err(system("read signals"))? {
            return Ok(End::Signal(signal));
        }
        if !in_time {
            let channel = endpoint.at().channel.clone();
            return Err(channel::Error::Timeout { channel, what: "no room came in time" }.into());
        }
    }
}
