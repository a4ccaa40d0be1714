//! From the channel to standard output.

use super::error::Error;
use super::keyboard::{Keyboard, KeyboardRead};
use super::options::{Framing, Printing};
use super::outcome::PipeOutcome;
use super::output::Output;
use super::poll::{is_awake, sleep};
use super::presence::{report_presence, timed_out};
use super::print::Printer;
use super::taken::{Naps, give_back, see_off};
use crate::signals::Signals;
use nix::poll::{PollFd, PollFlags};
use nix::sys::signal::Signal;
use shmchat::{Endpoint, Interest, Presence, TryRecvError};
use std::num::NonZeroU64;
use std::os::fd::AsFd;
use std::time::{Duration, Instant};

/// How long to look for more after a full batch before sleeping: as long as a writer takes to read two of that size. Each sleep
/// costs the writer a ring: 14 µs by `perf record` on two processors of a virtual machine, which halt. 4.2 GB of
/// `--framing raw` to `/dev/null` take 0.81 s without it, 0.68 with 10 µs, 0.65 with 20, 0.64 with 40; `cat` alone reads that
/// file in 0.6.
const LINGER: Duration = Duration::from_micros(20);

/// Prints each message until the writer has quit and everything is printed. A batch is acknowledged only once all of it is
/// written, and taken if that is to a pipe (see `taken`); one that a signal interrupts, as far as it is written (see
/// `written`).
///
/// # Errors
/// [`Error::Torn`] if a message was cut off after a part of it was printed like a line; [`Error::Truncated`] at the end if
/// others were cut off.
pub fn receive(
    endpoint: &mut Endpoint,
    input: impl AsFd,
    output: impl AsFd,
    signals: &Signals,
    printing: Printing,
) -> Result<PipeOutcome, Error> {
    let Printing { framing, to_terminal, count, .. } = printing;
    let output = Output::new(output.as_fd(), signals, endpoint.capacity());
    if output.is_pipe() {
        endpoint.receiver().take_ahead();
    }
    let count = count.map(NonZeroU64::get);
    let mut printer = Printer::new(output, framing, to_terminal, count, endpoint.capacity());
    let mut keyboard = printing.x_quits.then_some(input).and_then(Keyboard::of);
    let mut naps = Naps::new();
    let mut peer = Presence::Absent;
    let mut progress = Instant::now();
    // Until then it is not worth sleeping.
    let mut awake_until = progress;
    loop {
        report_presence(endpoint, &mut peer);
        printer.begin_batch();
        let received = endpoint.receiver().try_recv_views(|view| printer.print(view));
        // Even what was handed over before an error: it counts as received when we end.
        let full = printer.is_full();
        match printer.finish_batch() {
            Ok(None) => {}
            Ok(Some(PipeOutcome::Signal(signal))) => return stop(endpoint, &mut printer, signal, framing),
            // What went to nobody, or to a full disk, was not received.
            not_written => {
                give_back(endpoint, &mut printer, framing)?;
                return not_written.map(|end| end.unwrap_or(PipeOutcome::Done));
            }
        }
        if let Err(TryRecvError::Channel(error)) = received {
            return Err(error.into());
        }
        if printer.is_torn() || printer.has_printed_all() {
            return finish(endpoint, &mut printer, signals, framing, PipeOutcome::Done);
        }
        let nap = naps.settle(endpoint, &mut printer)?;
        match received {
            Ok(_) => {
                progress = Instant::now();
                if full {
                    awake_until = progress + LINGER;
                }
                continue;
            }
            Err(TryRecvError::Quit) if !printing.stay => {
                return match printer.close()? {
                    None => finish(endpoint, &mut printer, signals, framing, PipeOutcome::Done),
                    Some(PipeOutcome::Signal(signal)) => stop(endpoint, &mut printer, signal, framing),
                    Some(end) => give_back(endpoint, &mut printer, framing).map(|()| end),
                };
            }
            Err(TryRecvError::Empty) if Instant::now() < awake_until => {
                std::hint::spin_loop();
                continue;
            }
            Err(_) => {}
        }
        if !endpoint.arm(Interest::MESSAGE)? {
            continue;
        }
        let mut fds = vec![
            PollFd::new(signals.as_fd(), PollFlags::POLLIN),
            PollFd::new(endpoint.as_fd(), PollFlags::POLLIN),
            // No events requested: `poll` always reports that its reader has gone.
            PollFd::new(printer.output().as_fd(), PollFlags::empty()),
        ];
        fds.extend(keyboard.as_ref().map(|keyboard| PollFd::new(keyboard.as_fd(), PollFlags::POLLIN)));
        let left = printing.limit.map(|limit| limit.saturating_sub(progress.elapsed()));
        let in_time = match nap {
            Some(nap) if left.is_none_or(|left| nap < left) => {
                sleep(&mut fds, Some(nap), Instant::now()).map(|_| true)?
            }
            _ => sleep(&mut fds, printing.limit, progress)?,
        };
        let awake: Vec<bool> = fds.iter().map(is_awake).collect();
        endpoint.handle_wakeup()?;
        if awake[0]
            && let Some(signal) = signals.take()
        {
            return stop(endpoint, &mut printer, signal, framing);
        }
        if awake[2] {
            return give_back(endpoint, &mut printer, framing).map(|()| PipeOutcome::OutputClosed);
        }
        if awake.get(3) == Some(&true) {
            match keyboard.as_mut().map(Keyboard::read) {
                Some(KeyboardRead::Quit) => {
                    return finish(endpoint, &mut printer, signals, framing, PipeOutcome::Quit);
                }
                Some(KeyboardRead::Gone) => keyboard = None,
                Some(KeyboardRead::Nothing) | None => {}
            }
        }
        if !in_time {
            leave_off(endpoint, &printer)?;
            let nobody = "timed out: no message arrived and no writer is connected";
            return Err(timed_out(endpoint, "timed out: no message arrived", nobody));
        }
    }
}

/// Everything is printed that will be: sees it off, and acknowledges it. Returns `end`, unless something else comes first.
fn finish(
    endpoint: &mut Endpoint,
    printer: &mut Printer<'_>,
    signals: &Signals,
    framing: Framing,
    end: PipeOutcome,
) -> Result<PipeOutcome, Error> {
    match see_off(endpoint, printer, signals)? {
        None => {
            leave_off(endpoint, printer)?;
            whole(endpoint, printer, end)
        }
        Some(PipeOutcome::Signal(signal)) => stop(endpoint, printer, signal, framing),
        Some(end) => give_back(endpoint, printer, framing).map(|()| end),
    }
}

/// A signal ends the program. A pipe or a terminal keeps what was written, whoever reads it, and the next reader continues
/// there; unless nobody is left to read it.
fn stop(
    endpoint: &mut Endpoint,
    printer: &mut Printer<'_>,
    signal: Signal,
    framing: Framing,
) -> Result<PipeOutcome, Error> {
    if printer.output().is_closed()? {
        give_back(endpoint, printer, framing)?;
    } else {
        leave_off(endpoint, printer)?;
    }
    Ok(PipeOutcome::Signal(signal))
}

/// Acknowledges what was handed over, as far as it was printed or may be.
fn leave_off(endpoint: &mut Endpoint, printer: &Printer<'_>) -> Result<(), Error> {
    match printer.reached() {
        Some(reached) => endpoint.receiver().acknowledge_until(reached)?,
        None => endpoint.receiver().acknowledge()?,
    }
    Ok(())
}

/// Returns `end`, unless something that was printed is incomplete.
fn whole(endpoint: &Endpoint, printer: &Printer<'_>, end: PipeOutcome) -> Result<PipeOutcome, Error> {
    let channel = || endpoint.segment().channel.clone();
    match (end, printer.truncated()) {
        (PipeOutcome::Done | PipeOutcome::Quit, 1..) if printer.is_torn() => Err(Error::Torn { channel: channel() }),
        (PipeOutcome::Done | PipeOutcome::Quit, messages @ 1..) => {
            Err(Error::Truncated { channel: channel(), messages })
        }
        _ => Ok(end),
    }
}
