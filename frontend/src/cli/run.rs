//! A run on a channel: attach, the screen or the pipe, quit.

use super::advisor::Advisor;
use super::args::{Color, Shared};
use super::channels::channel;
use super::console::{is_dumb_terminal, on_terminals, print, say, say_lines};
use super::failure::Failure;
use super::flow::Flow;
use super::prepare::{set_up_process, start_logging};
use super::transfer_bar::TransferBar;
use crate::pipe::{self, PipeOutcome, Printing, Sending};
use crate::signals::Signals;
use crate::text::counted;
use crate::tui;
use log::{debug, warn};
use nix::sys::signal::Signal;
use shmchat::hint::user_text;
use shmchat::{Endpoint, QuitReport, Role};
use std::io::{self, IsTerminal};
use std::time::Duration;

/// Attaches to the channel in `role` and runs the screen, or the pipe if standard input or output is not a terminal.
pub fn run(role: Role, shared: &Shared, flow: &Flow) -> Result<(), Failure> {
    let advisor = Advisor::of(shared);
    run_channel(role, shared, flow, &advisor).map_err(|failure| advisor.advise(failure))
}

fn run_channel(role: Role, shared: &Shared, flow: &Flow, advisor: &Advisor) -> Result<(), Failure> {
    // Before anything is created, even the log's directory: arguments that do not fit together end the run here.
    flow.check(shared)?;
    let channel = channel(shared)?;
    let terminals = on_terminals();
    let asked = shared.plain || flow.count.is_some() || flow.replies;
    let dumb = terminals && !asked && is_dumb_terminal();
    let plain = asked || !terminals || dumb;
    if plain && shared.transcript.is_some() {
        return Err(Failure::Usage(
            "--transcript works on the screen only: in a pipe, redirect standard output (see --help)",
        ));
    }
    // Before anything is created: from here on they end us in good order.
    let signals = if plain { Signals::ending() } else { Signals::ending_and_resize() };
    let signals = signals.map_err(Failure::Signals)?;
    set_up_process()?;
    start_logging(&shared.log, !plain)?;
    if dumb {
        warn!("the terminal cannot place a cursor (TERM is dumb or not set): continuing as with --plain");
    }
    let mut endpoint = channel.display_name(shared.display_name()).attach(role)?;
    debug!(
        "{}: lanes of {} bytes, its folder is {}",
        endpoint.segment(),
        endpoint.capacity(),
        endpoint.folder().display()
    );
    let ended = match plain {
        true => run_pipe(&mut endpoint, shared, flow, &signals),
        false => run_screen(&mut endpoint, shared, flow.stay, &signals),
    };
    leave(checked(ended, &endpoint), endpoint, advisor, shared.log.quiet)
}

/// The same, but what is wrong with the memory if that is why it failed: a system call that works on it knows less.
pub(super) fn checked<T>(ended: Result<T, Failure>, endpoint: &Endpoint) -> Result<T, Failure> {
    ended.map_err(|failure| endpoint.check().map_or_else(Failure::from, |()| failure))
}

/// How a run ended, to be reported after leaving the channel.
pub(super) struct RunOutcome {
    pub(super) signal: Option<Signal>,
    /// Whether a person is watching, who wants to know what is waiting.
    pub(super) attended: bool,
}

/// Quits the channel, however the run ended, and reports what stays there.
pub(super) fn leave(
    ended: Result<RunOutcome, Failure>,
    endpoint: Endpoint,
    advisor: &Advisor,
    quiet: bool,
) -> Result<(), Failure> {
    let (role, at) = (endpoint.role(), endpoint.segment().clone());
    let left = endpoint.quit();
    if let Ok(QuitReport { left_to: Some(owner), .. }) = left
        && !quiet
    {
        let (owner, command) = (user_text(owner), advisor.reader("--clean", Some(&at.channel)));
        say(&format!("{at} is empty but stays: only {owner}, who created it, can remove it, with: {command}"));
    }
    // What ended the run is usually what keeps it from quitting, too.
    let ended = ended?;
    let QuitReport { waiting, .. } = left?;
    if ended.attended && !waiting.is_empty() {
        say(&format!("{waiting} in {} for a {}", at.channel, role.other()));
    }
    match ended.signal {
        Some(signal) => Err(Failure::Signal(signal)),
        None => Ok(()),
    }
}

fn run_pipe(endpoint: &mut Endpoint, shared: &Shared, flow: &Flow, signals: &Signals) -> Result<RunOutcome, Failure> {
    let (input, output) = (io::stdin(), io::stdout());
    let (framing, x_quits) = (shared.framing(), input.is_terminal());
    let &Flow { stay, count, wait_delivered, replies, on_full, on_error } = flow;
    let limit = shared.timeout.map(Duration::from_secs_f64);
    let end = match endpoint.role() {
        Role::Writer => {
            let on_error = on_error.unwrap_or_default();
            let sending = Sending { framing, x_quits, limit, on_full, on_error, wait_delivered, replies };
            match TransferBar::of(&input).filter(|_| !shared.log.quiet) {
                Some(mut bar) => pipe::send(endpoint, input, output, signals, sending, &mut bar)?,
                None => pipe::send(endpoint, input, output, signals, sending, &mut ())?,
            }
        }
        Role::Reader => {
            let printing = Printing { framing, stay, to_terminal: output.is_terminal(), x_quits, count, limit };
            pipe::receive(endpoint, input, output, signals, printing)?
        }
    };
    debug!("{}: the end: {end:?}", endpoint.segment());
    let signal = if let PipeOutcome::Signal(signal) = end { Some(signal) } else { None };
    Ok(RunOutcome { signal, attended: x_quits && !shared.log.quiet })
}

fn run_screen(endpoint: &mut Endpoint, shared: &Shared, stay: bool, signals: &Signals) -> Result<RunOutcome, Failure> {
    let options = tui::Options {
        me: shared.display_name(),
        color: shared.color.is_on(),
        links: shared.color != Color::Never,
        stay,
        beep: shared.bell,
        typing: !shared.no_typing,
        notify: shared.notify.clone(),
        transcript: shared.transcript.clone(),
    };
    let outcome = tui::run(endpoint, signals, options)?;
    outcome.last.iter().for_each(|line| print(line));
    if outcome.other_quit {
        say(&format!("the {} has quit", endpoint.role().other()));
    }
    outcome.drafts.iter().for_each(|draft| say_lines("not sent:", draft.trim_end_matches('\n')));
    if outcome.unsent > 0 {
        say(&format!("not sent, because the channel was full: {}", counted(outcome.unsent as u64, "message")));
    }
    outcome.unfinished.iter().for_each(|line| say(line));
    match outcome.error {
        Some(error) => Err(error.into()),
        None => Ok(RunOutcome { signal: outcome.signal, attended: !shared.log.quiet }),
    }
}
