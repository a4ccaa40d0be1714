//! Standard input to the channel, the channel to standard output: what a script uses.
//!
//! ```text
//! stdin ─► Feed ─► Endpoint … segment … Endpoint ─► Printer ─► Output ─► stdout
//! ```
//!
//! | file | what it does |
//! | --- | --- |
//! | `send`, `receive` | the two pumps |
//! | `feed` | standard input into messages, by framing; where they are to stand, if that can be |
//! | `private` | the same through private memory |
//! | `deliver` | waiting for the reader to have taken all |
//! | `print` | messages into what is printed |
//! | `written` | how far they went |
//! | `output` | standard output, written as far as it goes without waiting |
//! | `stdio` | standard input, and what it is |
//! | `watch` | looking on, for who shows how far it is |
//!
//! Both pumps are one loop around one `poll` and never block outside it: not in reading (they read what `poll` says
//! is there) and not in writing (what goes without waiting), so a signal ends them at any time.

mod buffered;
mod deliver;
mod feed;
mod output;
mod print;
mod receive;
mod send;
mod stdio;
mod watch;
mod written;

pub use receive::{Printing, receive};
pub use send::{OnError, OnFull, Sending, send};
pub use watch::Observer;

use crate::framing::InputError;
use log::{info, warn};
use nix::errno::Errno;
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::sys::signal::Signal;
use shmchat::channel::{self, ChannelName, Endpoint, Presence};
use shmchat::hint::hint;
use shmchat::ring::Backlog;
use std::time::{Duration, Instant};

/// How messages stand in a pipe.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum Framing {
    /// A message per line
    #[default]
    Line,
    /// A message up to each NUL, as find -print0 and xargs -0 have it
    Nul,
    /// JSON Lines: an object per message, with text or base64, seq, ts, from
    Json,
    /// A stream of bytes with no messages in it
    Raw,
}

/// How a pump ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PumpEnd {
    /// All done: the input ended, or the other side quit.
    Done,
    /// The user asked for it, by `x`.
    Asked,
    /// Whoever read our standard output is gone.
    OutputClosed,
    /// A signal came.
    Signal(Signal),
}

/// Why a pump failed.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The channel.
    #[error(transparent)]
    Channel(#[from] channel::Error),
    /// Standard input is no message in its framing.
    #[error(
        "standard input, {wrong}; {unsent} bytes were read and not sent, that line first. Mend it, or have such lines left out by --on-error skip"
    )]
    Input {
        /// What and where.
        wrong: InputError,
        /// Bytes that were read and not sent.
        unsent: usize,
    },
    /// There is no room, and nobody wants to wait for it.
    #[error(
        "channel {channel}: its lane of {capacity} bytes is full; {unsent} bytes were read from standard input and not sent. Start a reader, wait for room by --on-full wait, or begin the channel with a larger --capacity"
    )]
    Full {
        /// The channel.
        channel: ChannelName,
        /// Bytes of the lane.
        capacity: u64,
        /// Bytes that were read and not sent.
        unsent: usize,
    },
    /// The other side has not acknowledged all in the time given.
    #[error("channel {channel}: gave up, {} still to be taken by a reader, {}; what was sent stays there", left(.waiting), match .reader {
        Presence::Here => "who is here",
        _ => "and none is here",
    })]
    Undelivered {
        /// The channel.
        channel: ChannelName,
        /// What is not taken.
        waiting: Backlog,
        /// The reader.
        reader: Presence,
    },
    /// What stands on standard output does not end where a message ends.
    #[error(
        "channel {channel}: the last message on standard output was cut off: its writer died or quit before the end; nothing more is printed, so that it is not taken for a whole one"
    )]
    Torn {
        /// The channel.
        channel: ChannelName,
    },
    /// What was printed is not all whole.
    #[error("channel {channel}: {} cut off: its writer died or quit before the end; what came of it was printed", match .messages {
        1 => "a message was".to_owned(),
        messages => format!("{messages} messages were each"),
    })]
    Cut {
        /// The channel.
        channel: ChannelName,
        /// How many.
        messages: u64,
    },
    /// Standard input, standard output, or the wait for them.
    #[error("cannot {doing}: {errno}{hint}", errno = .errno.desc(), hint = hint(.doing, *.errno))]
    System {
        /// The verb and its object.
        doing: &'static str,
        /// What the system said.
        errno: Errno,
    },
}

fn system(doing: &'static str) -> impl FnOnce(Errno) -> Error {
    move |errno| Error::System { doing, errno }
}

const WAITING: &str = "wait for standard input, standard output and the doorbell";

/// Sleeps until one of `fds` has something; false if nothing came for `limit` since `since`. Wakes for nothing when a
/// signal handler ran.
fn sleep(fds: &mut [PollFd<'_>], limit: Option<Duration>, since: Instant) -> Result<bool, Error> {
    let timeout = match limit {
        None => PollTimeout::NONE,
        Some(limit) => {
            let left = limit.saturating_sub(since.elapsed()).as_millis() + 1;
            PollTimeout::try_from(left).unwrap_or(PollTimeout::MAX)
        }
    };
    match poll(fds, timeout) {
        Ok(0) => Ok(limit.is_none_or(|limit| since.elapsed() < limit)),
        Ok(_) | Err(Errno::EINTR) => Ok(true),
        Err(errno) => Err(Error::System { doing: WAITING, errno }),
    }
}

/// Looks at `fds` without sleeping.
fn look(fds: &mut [PollFd<'_>]) -> Result<(), Error> {
    match poll(fds, PollTimeout::ZERO) {
        Ok(_) | Err(Errno::EINTR) => Ok(()),
        Err(errno) => Err(Error::System { doing: WAITING, errno }),
    }
}

/// Whether `poll` reported anything for this descriptor.
fn is_awake(fd: &PollFd<'_>) -> bool {
    fd.revents().is_some_and(|events| events != PollFlags::empty())
}

/// What is still to be taken.
fn left(waiting: &Backlog) -> String {
    if waiting.messages == 0 { "the rest of a message".into() } else { number(waiting.messages, "message") }
}

/// A number of things.
fn number(count: u64, of: &str) -> String {
    format!("{count} {of}{}", if count == 1 { "" } else { "s" })
}

/// The error of who gave up: what did not come, or that nobody is there from whom it could.
fn gave_up(endpoint: &Endpoint, what: &'static str, and_nobody_here: &'static str) -> Error {
    let what = if endpoint.peer().presence == Presence::Here { what } else { and_nobody_here };
    channel::Error::Timeout { channel: endpoint.segment().channel.clone(), what }.into()
}

/// Says on standard error when the other side comes, quits, or dies.
fn tell_presence(endpoint: &Endpoint, known: &mut Presence) {
    let now = endpoint.peer();
    if now.presence == std::mem::replace(known, now.presence) {
        return;
    }
    let (peer, channel) = (endpoint.role().other(), &endpoint.segment().channel);
    match now.presence {
        Presence::Here => info!("channel {channel}: the {peer} \"{}\" is here (pid {})", now.name, now.pid),
        Presence::Quit => info!("channel {channel}: the {peer} has quit"),
        Presence::Gone => {
            warn!("channel {channel}: the {peer} (pid {}) died without quitting; waiting for one to return", now.pid);
        }
        Presence::Absent => {}
    }
}
