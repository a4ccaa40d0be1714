//! What a pump is asked to do.

use std::num::NonZeroU64;
use std::time::Duration;

/// The format of messages in a pipe.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum Framing {
    /// A message per line
    #[default]
    Line,
    /// A message up to each NUL, as in find -print0 and xargs -0
    Nul,
    /// JSON Lines: one object per message, with text or base64, seq, ts, from
    Json,
    /// A byte stream with no messages in it
    Raw,
}

/// What to do with a message if there is no room.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum OnFull {
    /// Wait for room
    #[default]
    Wait,
    /// End with an error
    Fail,
    /// Drop the whole message, and report at the end how many were dropped
    Drop,
}

/// What to do with a line that is not a message.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum OnError {
    /// End with an error
    #[default]
    Fail,
    /// Skip the line and report it
    Skip,
}

/// How to send.
#[derive(Clone, Copy, Debug, Default)]
pub struct Sending {
    /// The format of the input.
    pub framing: Framing,
    /// Whether a line that [asks to quit](crate::framing::asks_to_quit) quits.
    pub x_quits: bool,
    /// Give up after this long without room or, with `wait_delivered`, without an acknowledgement. Waiting for input does not
    /// count.
    pub limit: Option<Duration>,
    /// What to do if there is no room. [`Drop`](OnFull::Drop) never waits and never tears a message: one that goes in parts,
    /// because it is longer than [`whole_limit`](shmchat::Sender::whole_limit), just under half the lane, is dropped whole,
    /// whether or not there is room for its first part.
    pub on_full: OnFull,
    /// What to do with a line that is not a message.
    pub on_error: OnError,
    /// Wait at the end until the reader has acknowledged everything.
    pub wait_delivered: bool,
    /// Print what the reader sends back, and wait for all of it: it has sent its answers by the time it acknowledges.
    pub replies: bool,
}

/// How to print.
#[derive(Clone, Copy, Debug, Default)]
pub struct Printing {
    /// The format of the output: each message ends like a line, or the bytes are printed as they are.
    pub framing: Framing,
    /// Wait for the next writer after one quits.
    pub stay: bool,
    /// Standard output is a terminal: control characters are made visible.
    pub to_terminal: bool,
    /// Whether a line on standard input that [asks to quit](crate::framing::asks_to_quit) quits.
    pub x_quits: bool,
    /// End after this many messages, and leave the next one to the next reader. Not with [`Framing::Raw`]: a stream has no
    /// messages.
    pub count: Option<NonZeroU64>,
    /// Give up after this long without a message.
    pub limit: Option<Duration>,
}
