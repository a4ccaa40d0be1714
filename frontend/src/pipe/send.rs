//! Standard input to the channel.

use super::deliver::deliver;
use super::feed::{Feed, Pumped, feed};
use super::stdio::{Input, enlarge_pipe};
use super::watch::Observer;
use super::{Error, Framing, PumpEnd, gave_up, is_awake, look, sleep, system, tell_presence};
use crate::signals::Signals;
use log::warn;
use nix::poll::{PollFd, PollFlags};
use shmchat::channel::{Endpoint, Interest, Presence};
use std::os::fd::AsFd;
use std::time::{Duration, Instant};

/// What to do with a message that finds no room.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum OnFull {
    /// Wait for room
    #[default]
    Wait,
    /// End with an error
    Fail,
    /// Drop it whole, and say at the end how many were
    Drop,
}

/// What to do with a line that is no message.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum OnError {
    /// End with an error
    #[default]
    Fail,
    /// Leave it out, and say so
    Skip,
}

/// How to send.
#[derive(Clone, Copy, Debug, Default)]
pub struct Sending {
    /// What the input is.
    pub framing: Framing,
    /// Lines: one that is just `x` quits.
    pub x_quits: bool,
    /// Give up when no room came for so long, or with `wait_delivered` nothing was acknowledged; waiting for input does
    /// not count.
    pub limit: Option<Duration>,
    /// What to do where there is no room. To [`Drop`](OnFull::Drop) never waits and never tears a message: one that goes in parts because it is
    /// longer than [`Endpoint::whole_limit`], just under half the lane, is dropped whole, whether or not its first part would find room.
    pub on_full: OnFull,
    /// What to do with a line that is no message.
    pub on_error: OnError,
    /// Wait at the end until the reader has acknowledged all.
    pub wait_delivered: bool,
}

/// Sends `input` until it ends, while `watch` looks on.
pub fn send(
    endpoint: &mut Endpoint,
    input: impl AsFd,
    signals: &Signals,
    sending: Sending,
    watch: &mut dyn Observer,
) -> Result<PumpEnd, Error> {
    let mut feed = feed(endpoint, &sending);
    let end = pump(endpoint, &mut *feed, &input, signals, &sending, watch);
    // What was read and not sent is lost to the input's source: that is not kept quiet.
    let said = matches!(end, Ok(PumpEnd::Done | PumpEnd::Asked) | Err(Error::Input { .. } | Error::Full { .. }));
    if !said && feed.unsent() > 0 {
        warn!("{} bytes were read from standard input and not sent", feed.unsent());
    }
    feed.say_at_the_end();
    match end {
        Ok(end @ (PumpEnd::Done | PumpEnd::Asked)) if sending.wait_delivered => {
            deliver(endpoint, signals, sending.limit, watch, end)
        }
        end => end,
    }
}

fn pump(
    endpoint: &mut Endpoint,
    feed: &mut dyn Feed,
    input: &dyn AsFd,
    signals: &Signals,
    sending: &Sending,
    watch: &mut dyn Observer,
) -> Result<PumpEnd, Error> {
    let limit = sending.limit;
    enlarge_pipe(input);
    let mut input_ended = false;
    let mut progress = Instant::now();
    let mut peer = Presence::Absent;
    loop {
        let mut fds = [PollFd::new(signals.as_fd(), PollFlags::POLLIN), PollFd::new(input.as_fd(), PollFlags::POLLIN)];
        // Whether there is no room for what is to be sent next.
        let full = match feed.send(endpoint)? {
            Pumped::Quit => return Ok(PumpEnd::Asked),
            Pumped::All if input_ended => return Ok(PumpEnd::Done),
            // While there is input, nothing is done but this.
            Pumped::All => {
                look(&mut fds)?;
                let [signal, input_ready] = fds.map(|fd| is_awake(&fd));
                if signal && let Some(signal) = signals.take().map_err(system("read signals"))? {
                    return Ok(PumpEnd::Signal(signal));
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
            Pumped::Full { some } => {
                if some {
                    progress = Instant::now();
                }
                true
            }
        };
        if full && sending.on_full != OnFull::Wait {
            let (channel, capacity) = (endpoint.segment().channel.clone(), endpoint.capacity());
            return Err(Error::Full { channel, capacity, unsent: feed.unsent() });
        }
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
            return Ok(PumpEnd::Signal(signal));
        }
        if !in_time {
            return Err(gave_up(endpoint, "no room came in time", "no room came in time, and no reader is here"));
        }
    }
}
