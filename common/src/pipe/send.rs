//! Standard input to the channel.

#![forbid(unsafe_code)]

use super::stdio::{Input, enlarge_pipe, read_some};
use super::{End, Error, is_awake, sleep, system, tell_presence};
use crate::channel::{self, Endpoint, Interest, Presence};
use crate::message::clock;
use crate::message::lines::{BLOCK, Splitter};
use crate::signals::Signals;
use log::warn;
use nix::poll::{PollFd, PollFlags};
use std::os::fd::AsFd;
use std::time::{Duration, Instant};

/// Sends each line of `input` as a message, until it ends. With `x_quits` a line that is just `x` ends it too. Gives
/// up when no room came for `limit`; waiting for input does not count.
pub fn send(
    endpoint: &mut Endpoint,
    input: impl AsFd,
    signals: &Signals,
    x_quits: bool,
    limit: Option<Duration>,
) -> Result<End, Error> {
    let mut lines = Splitter::new(endpoint.part_limit(), x_quits);
    let end = pump(endpoint, &mut lines, input, signals, x_quits, limit);
    if !matches!(end, Ok(End::Done | End::Asked)) {
        say_unsent(&lines);
    }
    end
}

fn pump(
    endpoint: &mut Endpoint,
    lines: &mut Splitter,
    input: impl AsFd,
    signals: &Signals,
    x_quits: bool,
    limit: Option<Duration>,
) -> Result<End, Error> {
    enlarge_pipe(&input, BLOCK);
    let mut input_ended = false;
    let mut progress = Instant::now();
    let mut peer = Presence::Absent;
    loop {
        let sent = send_batch(endpoint, lines, x_quits)?;
        let full = match sent {
            Batch::Quit => return Ok(End::Asked),
            Batch::All if input_ended => return Ok(End::Done),
            Batch::All => false,
            Batch::Full { .. } => true,
        };
        if !matches!(sent, Batch::Full { some: false }) {
            progress = Instant::now();
        }
        // While the lane is full we wait for room, else for input; for the other side's coming and going always.
        if !endpoint.arm(if full { Interest::ROOM } else { Interest::NOTHING })? {
            continue;
        }
        tell_presence(endpoint, &mut peer);
        let mut fds = [
            PollFd::new(signals.as_fd(), PollFlags::POLLIN),
            PollFd::new(endpoint.as_fd(), PollFlags::POLLIN),
            PollFd::new(input.as_fd(), PollFlags::POLLIN),
        ];
        let watched = if full { &mut fds[..2] } else { &mut fds[..] };
        let in_time = sleep(watched, limit.filter(|_| full), progress)?;
        let [signal, bell, input_ready] = fds.map(|fd| is_awake(&fd));
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
        if input_ready && !full {
            match read_some(&input, lines.space()).map_err(system("read standard input"))? {
                Input::Bytes(bytes) => lines.filled(bytes),
                Input::Nothing => {}
                Input::End => {
                    lines.end();
                    input_ended = true;
                }
            }
        }
    }
}

enum Batch {
    All,
    Full { some: bool },
    Quit,
}

/// Sends all lines that are complete and for which there is room, with one clock reading, one fence and at most one
/// ring.
fn send_batch(endpoint: &mut Endpoint, lines: &mut Splitter, x_quits: bool) -> Result<Batch, Error> {
    let clock = clock();
    let mut some = false;
    let mut result = Batch::All;
    while let Some(piece) = lines.piece() {
        let message = lines.message(piece, clock);
        if x_quits && message.bytes == b"x" && message.part.is_start() && message.part.is_end() {
            result = Batch::Quit;
            break;
        }
        if endpoint.put(&message)?.is_none() {
            result = Batch::Full { some };
            break;
        }
        lines.sent(piece);
        some = true;
    }
    endpoint.flush()?;
    Ok(result)
}

/// What was read and not sent is lost to the input's source: that is not kept quiet.
fn say_unsent(lines: &Splitter) {
    if lines.unsent() > 0 {
        warn!("{} bytes were read from standard input and not sent", lines.unsent());
    }
}
