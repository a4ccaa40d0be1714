//! Standard input to the channel.

#![forbid(unsafe_code)]

use super::stdio::{Input, enlarge_pipe, read_some};
use super::{End, Error, is_awake, sleep, system};
use crate::channel::{self, Endpoint, Interest};
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
    enlarge_pipe(&input, BLOCK);
    let mut input_ended = false;
    let mut progress = Instant::now();
    loop {
        let sent = send_batch(endpoint, &mut lines, x_quits)?;
        match sent {
            Batch::Quit => return Ok(End::Asked),
            Batch::All if input_ended => return Ok(End::Done),
            Batch::All => progress = Instant::now(),
            Batch::Full { some } => {
                if some {
                    progress = Instant::now();
                }
                if !endpoint.arm(Interest::ROOM)? {
                    continue;
                }
            }
        }
        let full = matches!(sent, Batch::Full { .. });
        let mut fds = [
            PollFd::new(signals.as_fd(), PollFlags::POLLIN),
            // A full lane waits for room, an empty block for input: never both.
            if full {
                PollFd::new(endpoint.as_fd(), PollFlags::POLLIN)
            } else {
                PollFd::new(input.as_fd(), PollFlags::POLLIN)
            },
        ];
        let in_time = sleep(&mut fds, limit.filter(|_| full), progress)?;
        let [signal, other] = fds.map(|fd| is_awake(&fd));
        if signal && let Some(signal) = signals.take().map_err(system("read signals"))? {
            say_unsent(&lines);
            return Ok(End::Signal(signal));
        }
        if full {
            endpoint.attend()?;
            if !in_time {
                say_unsent(&lines);
                let channel = endpoint.at().channel.clone();
                return Err(channel::Error::Timeout { channel, what: "no room came in time" }.into());
            }
        } else if other {
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
