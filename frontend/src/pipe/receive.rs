//! From the channel to standard output.

use super::error::{Error, system};
use super::keyboard::{Keyboard, KeyboardRead};
use super::options::Printing;
use super::outcome::PipeOutcome;
use super::output::Output;
use super::poll::{is_awake, sleep};
use super::presence::{report_presence, timed_out};
use super::print::Printer;
use super::stdio::enlarge_pipe;
use crate::signals::Signals;
use nix::poll::{PollFd, PollFlags};
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
/// written; one that a signal interrupts, as far as it is written (see `written`).
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
    enlarge_pipe(&output);
    let Printing { framing, to_terminal, count, .. } = printing;
    let output_now = Output::new(output.as_fd(), signals);
    let count = count.map(NonZeroU64::get);
    let mut printer = Printer::new(output_now, framing, to_terminal, count, endpoint.capacity());
    let mut keyboard = printing.x_quits.then_some(input).and_then(Keyboard::of);
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
            // A pipe or a terminal keeps what was written, whoever reads it; the next reader continues there.
            Ok(Some(PipeOutcome::Signal(signal))) => {
                leave_off(endpoint, &printer)?;
                return Ok(PipeOutcome::Signal(signal));
            }
            // What went to nobody, or to a full disk, was not received.
            not_written => {
                endpoint.receiver().nack();
                return not_written.map(|end| end.unwrap_or(PipeOutcome::Done));
            }
        }
        if let Err(TryRecvError::Channel(error)) = received {
            return Err(error.into());
        }
        if printer.is_torn() || printer.has_printed_all() {
            leave_off(endpoint, &printer)?;
            return whole(endpoint, &printer, PipeOutcome::Done);
        }
        match received {
            Ok(_) => {
                progress = Instant::now();
                if full {
                    awake_until = progress + LINGER;
                }
                continue;
            }
            Err(TryRecvError::Quit) if !printing.stay => {
                let end = printer.close()?;
                return whole(endpoint, &printer, end.unwrap_or(PipeOutcome::Done));
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
            PollFd::new(output.as_fd(), PollFlags::empty()),
        ];
        fds.extend(keyboard.as_ref().map(|keyboard| PollFd::new(keyboard.as_fd(), PollFlags::POLLIN)));
        let in_time = sleep(&mut fds, printing.limit, progress)?;
        let awake: Vec<bool> = fds.iter().map(is_awake).collect();
        endpoint.handle_wakeup()?;
        if awake[0]
            && let Some(signal) = signals.take().map_err(system("read signals"))?
        {
            return Ok(PipeOutcome::Signal(signal));
        }
        if awake[2] {
            return Ok(PipeOutcome::OutputClosed);
        }
        if awake.get(3) == Some(&true) {
            match keyboard.as_mut().map(Keyboard::read) {
                Some(KeyboardRead::Quit) => return whole(endpoint, &printer, PipeOutcome::Quit),
                Some(KeyboardRead::Gone) => keyboard = None,
                Some(KeyboardRead::Nothing) | None => {}
            }
        }
        if !in_time {
            let nobody = "timed out waiting for a message, and no writer is here";
            return Err(timed_out(endpoint, "timed out waiting for a message", nobody));
        }
    }
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
