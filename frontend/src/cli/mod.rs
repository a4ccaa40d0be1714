//! The command line that both binaries share: arguments, exit codes, and the choice between screen and pipe.
//!
//! | file | what it does |
//! | --- | --- |
//! | `args` | the options, and what their values mean |
//! | `flow` | how messages flow through a pipe |
//! | `status`, `clean` | what there is, and clearing it away |
//! | `help` | headings, examples, completions, the man page |
//! | `exit` | the exit codes, and the one line that says what went wrong |
//! | `progress` | the bar of a long transfer |
//! | `size` | sizes as people write them |
//! | `typed` | the commands that help, with this run's own arguments |
//!
//! A binary's `main` parses its arguments, calls [`run`], [`status()`] or [`clean()`], and turns what comes of it into an
//! exit code
//! by [`finish`].

mod args;
mod clean;
mod exit;
mod flow;
mod help;
mod progress;
mod size;
mod status;
mod typed;

pub use args::{Color, Shared, parse};
pub use clean::clean;
pub use exit::{EXIT_CODES, Failure, finish};
pub use flow::{Flow, Reading, Writing};
pub use help::heading;
pub use status::status;

use exit::finish_with;
use progress::Progress;
use typed::Typed;

use crate::logging::{self, Target};
use crate::pipe::{self, Printing, PumpEnd, Sending};
use crate::signals::Signals;
use crate::text::visible;
use crate::tui;
use log::{debug, warn};
use nix::sys::stat::{Mode, umask};
use shmchat::channel::{Channel, Endpoint, QuitReport, Role};
use shmchat::folder;
use shmchat::hint::{errno_of, user_text};
use std::io::{self, IsTerminal, Write};
use std::path::PathBuf;
use std::time::Duration;

/// Attaches to the channel in `role` and runs the screen, or the pipe where one of standard input and output is no
/// terminal.
pub fn run(role: Role, shared: &Shared, flow: &Flow) -> Result<(), Failure> {
    let typed = Typed::of(shared);
    run_channel(role, shared, flow, &typed).map_err(|failure| typed.advise(failure))
}

fn run_channel(role: Role, shared: &Shared, flow: &Flow, typed: &Typed) -> Result<(), Failure> {
    // Before anything is made, the log's folder too: arguments that do not go together end it here.
    flow.check(shared)?;
    let channel = channel(shared)?;
    let terminals = io::stdin().is_terminal() && io::stdout().is_terminal();
    let dumb = terminals && !shared.plain && flow.count.is_none() && is_dumb_terminal();
    let plain = shared.plain || flow.count.is_some() || !terminals || dumb;
    if plain && shared.transcript.is_some() {
        return Err(Failure::Usage("--transcript is the screen's: in a pipe redirect standard output (see --help)"));
    }
    // Before any thread is started, so that none is left to be interrupted.
    let signals = if plain { Signals::ending() } else { Signals::ending_and_resize() };
    let signals = signals.map_err(Failure::Signals)?;
    keep_to_ourselves();
    start_logging(shared, !plain)?;
    if dumb {
        warn!("the terminal cannot place a cursor (TERM is dumb or not set): going on as with --plain");
    }
    let mut endpoint = channel.display_name(shared.display_name()).attach(role)?;
    debug!("{}: {} bytes, its folder is {}", endpoint.segment(), endpoint.segment_bytes(), endpoint.folder().display());
    let ended = match plain {
        true => run_pipe(&mut endpoint, shared, flow, &signals),
        false => run_screen(&mut endpoint, shared, flow.stay, &signals),
    };
    leave(ended, endpoint, typed, shared.quiet)
}

/// How a run ended, to be told once the channel is left.
struct Ended {
    signal: Option<nix::sys::signal::Signal>,
    /// Whether a person looks on, who wants to know what waits.
    tell: bool,
}

/// Quits the channel, however the run ended, and says what stays there.
fn leave(ended: Result<Ended, Failure>, endpoint: Endpoint, typed: &Typed, quiet: bool) -> Result<(), Failure> {
    let (role, at) = (endpoint.role(), endpoint.segment().clone());
    let left = endpoint.quit();
    if let Ok(QuitReport { left_to: Some(owner), .. }) = left
        && !quiet
    {
        let (owner, command) = (user_text(owner), typed.reader("--clean", Some(&at.channel)));
        say(&format!("{at} stays, empty: only {owner}, who created it, can remove it, with: {command}"));
    }
    // What ended the run is most often what hinders it from quitting, too.
    let ended = ended?;
    let QuitReport { waiting, .. } = left?;
    if ended.tell && !waiting.is_empty() {
        say(&format!("{waiting} in {} for a {}", at.channel, role.other()));
    }
    match ended.signal {
        Some(signal) => Err(Failure::Signal(signal)),
        None => Ok(()),
    }
}

fn run_pipe(endpoint: &mut Endpoint, shared: &Shared, flow: &Flow, signals: &Signals) -> Result<Ended, Failure> {
    let (input, output) = (io::stdin(), io::stdout());
    let (framing, x_quits) = (shared.framing(), input.is_terminal());
    let &Flow { stay, count, wait_delivered, on_full, on_error } = flow;
    let limit = shared.timeout.map(Duration::from_secs_f64);
    let end = match endpoint.role() {
        Role::Writer => {
            let on_error = on_error.unwrap_or_default();
            let sending = Sending { framing, x_quits, limit, on_full, on_error, wait_delivered };
            match Progress::of(&input).filter(|_| !shared.quiet) {
                Some(mut progress) => pipe::send(endpoint, input, signals, sending, &mut progress)?,
                None => pipe::send(endpoint, input, signals, sending, &mut ())?,
            }
        }
        Role::Reader => {
            let printing = Printing { framing, stay, to_terminal: output.is_terminal(), x_quits, count, limit };
            pipe::receive(endpoint, input, output, signals, printing)?
        }
    };
    debug!("{}: the end: {end:?}", endpoint.segment());
    let signal = if let PumpEnd::Signal(signal) = end { Some(signal) } else { None };
    Ok(Ended { signal, tell: x_quits && !shared.quiet })
}

fn run_screen(endpoint: &mut Endpoint, shared: &Shared, stay: bool, signals: &Signals) -> Result<Ended, Failure> {
    let options = tui::Options {
        me: shared.display_name(),
        color: shared.color.is_on(),
        stay,
        beep: shared.bell,
        transcript: shared.transcript.clone(),
    };
    let goodbye = tui::run(endpoint, signals, options)?;
    goodbye.last.iter().for_each(|line| print(line));
    if goodbye.other_quit {
        say(&format!("the {} has quit", endpoint.role().other()));
    }
    if let Some(draft) = goodbye.draft {
        say(&format!("not sent: {draft}"));
    }
    if goodbye.unsent > 0 {
        say(&format!("{} of your messages found no room and were not sent", goodbye.unsent));
    }
    match goodbye.error {
        Some(error) => Err(error.into()),
        None => Ok(Ended { signal: goodbye.signal, tell: !shared.quiet }),
    }
}

/// The folder of channels that the arguments name, and the channels in it to look at: the one that was named, or all.
fn channels(shared: &Shared) -> Result<(PathBuf, Vec<Channel>), Failure> {
    let access = shared.access()?;
    let base = shared.dir.clone().unwrap_or_else(|| folder::default_base(access));
    // Refused as it would be by a start.
    folder::base_exists(&base, access).map_err(shmchat::channel::Error::from)?;
    let names = match &shared.channel {
        Some(name) => vec![name.clone()],
        None => Channel::all_in(&base, access).or_else(|error| match error.kind() {
            io::ErrorKind::NotFound => Ok(Vec::new()),
            _ => Err(Failure::Folder { path: base.clone(), errno: errno_of(&error) }),
        })?,
    };
    let channels = names.into_iter().map(|name| with_key(Channel::named(name).dir(&base).access(access), shared));
    let channels = channels.collect();
    Ok((base, channels))
}

/// One line that the user came for, so only a closed pipe is no failure.
fn tell(line: &str) -> Result<(), Failure> {
    match writeln!(io::stdout(), "{line}") {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => Err(Failure::Output(errno_of(&error))),
        _ => Ok(()),
    }
}

/// The channel that the arguments name.
fn channel(shared: &Shared) -> Result<Channel, Failure> {
    let channel = Channel::named(shared.channel.clone().unwrap_or_default()).access(shared.access()?);
    let mut channel = with_key(channel, shared);
    if let Some(dir) = &shared.dir {
        channel = channel.dir(dir);
    }
    if let Some(bytes) = shared.capacity {
        channel = channel.capacity(bytes)?;
    }
    Ok(channel)
}

/// The same channel, by the key that the arguments name.
fn with_key(mut channel: Channel, shared: &Shared) -> Channel {
    if let Some(file) = &shared.key_file {
        channel = channel.key_file(file);
    }
    if let Some(id) = shared.project_id {
        channel = channel.project_id(id);
    }
    channel
}

/// What we make is ours alone from its first moment on, whatever the user's umask lets through or takes away: it may
/// take rights from us too, and then of two that start at once one finds a folder that it may not enter yet.
fn keep_to_ourselves() {
    umask(Mode::S_IRWXG | Mode::S_IRWXO);
}

fn start_logging(shared: &Shared, screen_is_taken: bool) -> Result<(), Failure> {
    let target = match &shared.log_to {
        Target::Screen if screen_is_taken => Target::Nowhere,
        target => target.clone(),
    };
    logging::start(&target, shared.log_level()).map_err(|error| Failure::Log { target, error: error.to_string() })
}

/// A terminal that cannot place a cursor has no screen to draw on.
fn is_dumb_terminal() -> bool {
    std::env::var_os("TERM").is_none_or(|term| term.is_empty() || term == "dumb")
}

/// One line on standard output; that nobody reads it any more (a closed pipe, a lost terminal) is no reason to fail.
fn print(line: &str) {
    let _ = writeln!(io::stdout(), "{line}");
}

/// One line on standard error; that nobody can read it any more is no reason to fail.
fn say(line: &str) {
    let program = std::env::args_os().next().unwrap_or_default();
    let program = std::path::Path::new(&program).file_name().unwrap_or_default().to_string_lossy();
    logging::to_screen(&format!("{program}: {}\n", visible(line).replace('\n', "␊")));
}
