//! The channel to standard output.

#![forbid(unsafe_code)]

use super::stdio::{Input, is_foreground_terminal, read_some, write_limit};
use super::{End, Error, is_awake, sleep, system, tell_presence};
use crate::channel::{self, Endpoint, Interest, Message, Presence, Received};
use crate::message::lines::Joiner;
use crate::message::visible;
use crate::ring::record::LINE_FEED;
use crate::signals::Signals;
use log::warn;
use nix::errno::Errno;
use nix::poll::{PollFd, PollFlags};
use nix::unistd::write;
use std::os::fd::AsFd;
use std::time::{Duration, Instant};

/// Bytes gathered before they are written. As much as a pipe holds: the reader behind it then works while the next
/// batch is gathered.
const BATCH: usize = 64 << 10;

/// How to print.
#[derive(Clone, Copy, Debug, Default)]
pub struct Printing {
    /// Wait for the next writer when one has quit.
    pub stay: bool,
    /// Standard output is a terminal: what it would obey is made visible.
    pub to_terminal: bool,
    /// A line that is just `x` on standard input quits.
    pub x_quits: bool,
    /// Give up when no message came for so long.
    pub limit: Option<Duration>,
}

/// Prints each message as a line, until the writer has quit and all is printed. A batch is acknowledged only when all
/// of it is written.
pub fn receive(
    endpoint: &mut Endpoint,
    input: impl AsFd,
    output: impl AsFd,
    signals: &Signals,
    printing: Printing,
) -> Result<End, Error> {
    // Each record as it comes: a long line is printed in parts and never put together in memory.
    endpoint.set_message_limit(0);
    let mut printer = Printer { joiner: Joiner::default(), tail: Vec::new(), to_terminal: printing.to_terminal };
    let mut out = Vec::with_capacity(2 * BATCH);
    let at_once = write_limit(&output);
    let mut input = printing.x_quits.then_some(input).filter(|input| is_foreground_terminal(input));
    let mut typed = Vec::new();
    let mut peer = Presence::Absent;
    let mut progress = Instant::now();
    loop {
        tell_presence(endpoint, &mut peer);
        let received = endpoint.try_recv_blocks(BATCH, |message| printer.print(message, &mut out));
        // Also what was handed over before an error: it counts as taken when we end.
        if !out.is_empty() {
            match write_all(&output, &out, at_once, signals) {
                Ok(None) => out.clear(),
                // What could not be written has not been received.
                not_written => {
                    endpoint.disclaim();
                    return not_written.map(|end| end.unwrap_or(End::Done));
                }
            }
        }
        match received? {
            Received::Message(_) => {
                progress = Instant::now();
                continue;
            }
            Received::Ended if !printing.stay => return Ok(End::Done),
            Received::Ended | Received::Empty => {}
        }
        if !endpoint.arm(Interest::MESSAGE)? {
            continue;
        }
        let mut fds = vec![
            PollFd::new(signals.as_fd(), PollFlags::POLLIN),
            PollFd::new(endpoint.as_fd(), PollFlags::POLLIN),
            // No events asked for: that its reader has gone is always told.
            PollFd::new(output.as_fd(), PollFlags::empty()),
        ];
        fds.extend(input.as_ref().map(|input| PollFd::new(input.as_fd(), PollFlags::POLLIN)));
        let in_time = sleep(&mut fds, printing.limit, progress)?;
        let awake: Vec<bool> = fds.iter().map(is_awake).collect();
        endpoint.attend()?;
        if awake[0]
            && let Some(signal) = signals.take().map_err(system("read signals"))?
        {
            return Ok(End::Signal(signal));
        }
        if awake[2] {
            return Ok(End::OutputClosed);
        }
        if awake.get(3) == Some(&true) {
            match typed_line(input.as_ref(), &mut typed)? {
                Typed::X => return Ok(End::Asked),
                Typed::Other => {}
                Typed::NoMore => input = None,
            }
        }
        if !in_time {
            let channel = endpoint.at().channel.clone();
            return Err(channel::Error::Timeout { channel, what: "no message came in time" }.into());
        }
    }
}

struct Printer {
    joiner: Joiner,
    /// The last bytes of a part, where a character has begun that the next part ends.
    tail: Vec<u8>,
    to_terminal: bool,
}

impl Printer {
    #[inline]
    fn print(&mut self, message: Message<'_>, out: &mut Vec<u8>) {
        if message.envelope.after_cut {
            warn!("a message was cut off: its writer died before the end");
        }
        if self.to_terminal {
            self.print_visibly(message, out);
        } else {
            self.joiner.join(message, out);
        }
    }

    fn print_visibly(&mut self, message: Message<'_>, out: &mut Vec<u8>) {
        if message.envelope.part.is_start() {
            self.tail.clear();
        }
        let mut bytes = std::mem::take(&mut self.tail);
        bytes.extend_from_slice(message.bytes);
        if !message.envelope.part.is_end() {
            self.tail = bytes.split_off(complete_characters(&bytes));
        }
        let text = String::from_utf8_lossy(&bytes);
        self.joiner.join(Message { bytes: visible(&text).as_bytes(), ..message }, out);
    }
}

/// How many of the bytes are whole characters, or will never be one.
fn complete_characters(bytes: &[u8]) -> usize {
    match bytes.utf8_chunks().last() {
        // At most three bytes that the next part may complete.
        Some(chunk) if !chunk.invalid().is_empty() => match std::str::from_utf8(chunk.invalid()) {
            Err(error) if error.error_len().is_none() => bytes.len() - chunk.invalid().len(),
            _ => bytes.len(),
        },
        _ => bytes.len(),
    }
}

/// Writes all of it, unless the reader of it goes or a signal comes.
fn write_all(output: impl AsFd, mut rest: &[u8], at_once: usize, signals: &Signals) -> Result<Option<End>, Error> {
    while !rest.is_empty() {
        let mut fds =
            [PollFd::new(signals.as_fd(), PollFlags::POLLIN), PollFd::new(output.as_fd(), PollFlags::POLLOUT)];
        sleep(&mut fds, None, Instant::now())?;
        let [signal, writable] = fds.map(|fd| is_awake(&fd));
        if signal && let Some(signal) = signals.take().map_err(system("read signals"))? {
            return Ok(Some(End::Signal(signal)));
        }
        if !writable {
            continue;
        }
        match write(&output, &rest[..rest.len().min(at_once)]) {
            Ok(bytes) => rest = &rest[bytes..],
            Err(Errno::EINTR | Errno::EAGAIN) => {}
            Err(Errno::EPIPE) => return Ok(Some(End::OutputClosed)),
            Err(errno) => return Err(Error::System { doing: "write standard output", errno }),
        }
    }
    Ok(None)
}

enum Typed {
    X,
    Other,
    NoMore,
}

/// Longest line typed that is kept: only `x` counts.
const TYPED_LIMIT: usize = 4096;

/// Reads what was typed at a terminal and looks for a line that is just `x`.
fn typed_line(input: Option<&impl AsFd>, typed: &mut Vec<u8>) -> Result<Typed, Error> {
    let Some(input) = input.filter(|input| is_foreground_terminal(input)) else { return Ok(Typed::NoMore) };
    let mut space = [0; 256];
    match read_some(input, &mut space) {
        Ok(Input::Bytes(bytes)) => typed.extend_from_slice(&space[..bytes]),
        Ok(Input::Nothing) => {}
        // Ctrl-D at a terminal, on an empty line: it always quits.
        Ok(Input::End) => return Ok(Typed::X),
        Err(_) => return Ok(Typed::NoMore),
    }
    while let Some(end) = typed.iter().position(|&byte| byte == LINE_FEED) {
        let line: Vec<u8> = typed.drain(..=end).collect();
        if line == b"x\n" {
            return Ok(Typed::X);
        }
    }
    if typed.len() > TYPED_LIMIT {
        typed.clear();
    }
    Ok(Typed::Other)
}

#[cfg(test)]
mod tests {
    use super::complete_characters;

    #[test]
    fn a_character_that_a_part_begins_is_kept_for_the_next() {
        let text = "aé你👩".as_bytes();
        for end in 0..=text.len() {
            let whole = complete_characters(&text[..end]);
            assert!(end - whole <= 3 && std::str::from_utf8(&text[..whole]).is_ok(), "{end}");
        }
        assert_eq!(complete_characters(b"a\xff"), 2);
        assert_eq!(complete_characters(b"a\xff\xe4\xbd"), 2);
    }
}
