//! From standard input to the channel.

use super::deliver::deliver;
use super::error::Error;
use super::feed::{Feed, Pumped, feed};
use super::observer::Observer;
use super::options::{OnFull, Sending};
use super::outcome::PipeOutcome;
use super::poll::{is_awake, look, sleep};
use super::presence::{report_presence, timed_out};
use super::replies::Replies;
use super::stdio::{ReadOutcome, enlarge_pipe};
use crate::signals::Signals;
use log::warn;
use nix::poll::{PollFd, PollFlags};
use shmchat::{Endpoint, Interest, Presence};
use std::io::IsTerminal;
use std::os::fd::AsFd;
use std::time::Instant;

/// Sends `input` until it ends, while `observer` watches. Prints what comes back on `output`, if that is asked for.
pub fn send(
    endpoint: &mut Endpoint,
    input: impl AsFd,
    output: impl AsFd + IsTerminal,
    signals: &Signals,
    sending: Sending,
    observer: &mut dyn Observer,
) -> Result<PipeOutcome, Error> {
    let mut feed = feed(endpoint, &sending);
    let mut replies = match sending.replies {
        true => Replies::to(output.as_fd(), output.is_terminal(), sending.framing, signals, endpoint),
        false => Replies::none(),
    };
    let end = pump(endpoint, &mut *feed, &input, signals, &sending, observer, &mut replies);
    // What was read but not sent is lost to the input's source, so say so.
    let said = matches!(end, Ok(PipeOutcome::Done | PipeOutcome::Quit) | Err(Error::Input { .. } | Error::Full { .. }));
    if !said && feed.unsent() > 0 {
        warn!("{} bytes were read from standard input and not sent", feed.unsent());
    }
    feed.say_at_the_end();
    match end {
        Ok(end @ (PipeOutcome::Done | PipeOutcome::Quit)) if sending.wait_delivered || sending.replies => {
            deliver(endpoint, signals, sending.limit, observer, &mut replies, end)
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
    observer: &mut dyn Observer,
    replies: &mut Replies<'_>,
) -> Result<PipeOutcome, Error> {
    let limit = sending.limit;
    enlarge_pipe(input);
    let mut input_ended = false;
    let mut progress = Instant::now();
    let mut peer = Presence::Absent;
    loop {
        let mut fds = [PollFd::new(signals.as_fd(), PollFlags::POLLIN), PollFd::new(input.as_fd(), PollFlags::POLLIN)];
        if let Some(end) = replies.print(endpoint)? {
            return Ok(end);
        }
        // Whether there is no room for what comes next.
        let full = match feed.send(endpoint)? {
            Pumped::Quit => return Ok(PipeOutcome::Quit),
            Pumped::All if input_ended => return Ok(PipeOutcome::Done),
            // As long as there is input, this is all we do.
            Pumped::All => {
                look(&mut fds)?;
                let [signal, input_ready] = fds.map(|fd| is_awake(&fd));
                if signal && let Some(signal) = signals.take() {
                    return Ok(PipeOutcome::Signal(signal));
                }
                let readable = input_ready || feed.holds();
                let read = if readable { feed.read(endpoint, input)? } else { ReadOutcome::NotReady };
                if let ReadOutcome::Bytes(bytes) = read {
                    observer.came(bytes, endpoint);
                }
                input_ended = matches!(read, ReadOutcome::Eof);
                let full = matches!(read, ReadOutcome::NoRoom);
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
        // If the lane is full we wait for room, otherwise for input; and always for the other side to come or go.
        let interest = Interest { room: full, message: replies.are_wanted(), ..Interest::NOTHING };
        if !endpoint.arm(interest)? {
            continue;
        }
        report_presence(endpoint, &mut peer);
        let due = observer.due();
        let mut fds = [
            PollFd::new(signals.as_fd(), PollFlags::POLLIN),
            PollFd::new(endpoint.as_fd(), PollFlags::POLLIN),
            PollFd::new(input.as_fd(), PollFlags::POLLIN),
        ];
        let watched = if full { &mut fds[..2] } else { &mut fds[..] };
        if let Some(due) = due
            && !sleep(watched, Some(due), Instant::now())?
        {
            endpoint.handle_wakeup()?;
            observer.show(endpoint);
            continue;
        }
        let in_time = due.is_some() || sleep(watched, limit.filter(|_| full), progress)?;
        let [signal, doorbell, _] = fds.map(|fd| is_awake(&fd));
        if full || doorbell {
            endpoint.handle_wakeup()?;
            report_presence(endpoint, &mut peer);
        }
        if signal && let Some(signal) = signals.take() {
            return Ok(PipeOutcome::Signal(signal));
        }
        if !in_time {
            let nobody = "timed out: the lane stayed full and no reader is connected";
            return Err(timed_out(endpoint, "timed out: the lane stayed full", nobody));
        }
    }
}
