//! The channel to standard output.

use super::output::Output;
use super::print::Printer;
use super::stdio::{Input, enlarge_pipe, is_foreground_terminal, read_some};
use super::{Error, Framing, PumpEnd, gave_up, is_awake, sleep, system, tell_presence};
use crate::signals::Signals;
use nix::poll::{PollFd, PollFlags};
use shmchat::channel::{Endpoint, Interest, Presence, Received};
use shmchat::ring::record::LINE_FEED;
use std::num::NonZeroU64;
use std::os::fd::AsFd;
use std::time::{Duration, Instant};

/// How long to look for more before sleeping, after a full batch: that long a writer takes to read two as large. Each
/// sleep costs the writer a ring: by `perf record` 14 µs on two processors of a virtual machine, which halt. 4.2 GB of `--framing raw` to
/// `/dev/null` take 0.81 s without, 0.68 with 10 µs, 0.65 with 20, 0.64 with 40; `cat` alone reads that file in 0.6.
const LINGER: Duration = Duration::from_micros(20);

/// How to print.
#[derive(Clone, Copy, Debug, Default)]
pub struct Printing {
    /// What the output is: every message ended as a line, or bytes as they are.
    pub framing: Framing,
    /// Wait for the next writer when one has quit.
    pub stay: bool,
    /// Standard output is a terminal: what it would obey is made visible.
    pub to_terminal: bool,
    /// A line that is just `x` on standard input quits.
    pub x_quits: bool,
    /// End after so many messages, and leave the next one to the next reader. A stream has none, so not with
    /// [`Framing::Raw`].
    pub count: Option<NonZeroU64>,
    /// Give up when no message came for so long.
    pub limit: Option<Duration>,
}

/// Prints each message, until the writer has quit and all is printed. A batch is acknowledged only when all
/// of it is written; what a signal stops in the middle, as far as it is written (see `written`).
///
/// # Errors
/// [`Error::Torn`] where a message was cut off of which a part stands on standard output as a line does, [`Error::Cut`] at the
/// end where others were.
pub fn receive(
    endpoint: &mut Endpoint,
    input: impl AsFd,
    output: impl AsFd,
    signals: &Signals,
    printing: Printing,
) -> Result<PumpEnd, Error> {
    enlarge_pipe(&output);
    let Printing { framing, to_terminal, count, .. } = printing;
    let output_now = Output::new(output.as_fd(), signals);
    let count = count.map(NonZeroU64::get);
    let mut printer = Printer::new(output_now, framing, to_terminal, count, endpoint.capacity());
    let mut input = printing.x_quits.then_some(input).filter(|input| is_foreground_terminal(input));
    let mut typed = Vec::new();
    let mut peer = Presence::Absent;
    let mut progress = Instant::now();
    // Until when it is not worth sleeping.
    let mut awake_until = progress;
    loop {
        tell_presence(endpoint, &mut peer);
        printer.set_from(&endpoint.peer().name);
        printer.begin_batch();
        let received = endpoint.try_recv_views(|view| printer.print(view));
        // Also what was handed over before an error: it counts as taken when we end.
        let full = printer.is_full();
        match printer.finish_batch() {
            Ok(None) => {}
            // A pipe or a terminal has what was written, whoever reads it; the next reader goes on there.
            Ok(Some(PumpEnd::Signal(signal))) => {
                leave_off(endpoint, &printer)?;
                return Ok(PumpEnd::Signal(signal));
            }
            // What went to nobody, or to a full disk, has not been received.
            not_written => {
                endpoint.nack();
                return not_written.map(|end| end.unwrap_or(PumpEnd::Done));
            }
        }
        let received = received?;
        if printer.is_torn() || printer.has_printed_all() {
            leave_off(endpoint, &printer)?;
            return whole(endpoint, &printer, PumpEnd::Done);
        }
        match received {
            Received::Message(_) => {
                progress = Instant::now();
                if full {
                    awake_until = progress + LINGER;
                }
                continue;
            }
            Received::Ended if !printing.stay => {
                let end = printer.close()?;
                return whole(endpoint, &printer, end.unwrap_or(PumpEnd::Done));
            }
            Received::Empty if Instant::now() < awake_until => {
                std::hint::spin_loop();
                continue;
            }
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
            return Ok(PumpEnd::Signal(signal));
        }
        if awake[2] {
            return Ok(PumpEnd::OutputClosed);
        }
        if awake.get(3) == Some(&true) {
            match typed_line(input.as_ref(), &mut typed)? {
                Typed::X => return whole(endpoint, &printer, PumpEnd::Asked),
                Typed::Other => {}
                Typed::NoMore => input = None,
            }
        }
        if !in_time {
            let nobody = "no message came in time, and no writer is here";
            return Err(gave_up(endpoint, "no message came in time", nobody));
        }
    }
}

/// Acknowledges what was handed over as far as it was printed, or may be.
fn leave_off(endpoint: &mut Endpoint, printer: &Printer<'_>) -> Result<(), Error> {
    match printer.reached() {
        Some(reached) => endpoint.acknowledge_until(reached)?,
        None => endpoint.acknowledge()?,
    }
    Ok(())
}

/// The end, unless something that was printed is not whole.
fn whole(endpoint: &Endpoint, printer: &Printer<'_>, end: PumpEnd) -> Result<PumpEnd, Error> {
    let channel = || endpoint.segment().channel.clone();
    match (end, printer.cut()) {
        (PumpEnd::Done | PumpEnd::Asked, 1..) if printer.is_torn() => Err(Error::Torn { channel: channel() }),
        (PumpEnd::Done | PumpEnd::Asked, messages @ 1..) => Err(Error::Cut { channel: channel(), messages }),
        _ => Ok(end),
    }
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
        Ok(Input::Nothing | Input::NoRoom) => {}
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
