//! What a pump is asked to do.

use std::num::NonZeroU64;
use std::time::Duration;

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

/// What to do with a message that finds no room.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum OnFull {
    /// Wait for room
    #[default]
    Wait,
    /// End with an error
    Fail,
    /// Drop it whole, and say at the end how many were
    Drop,
}

/// What to do with a line that is no message.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum OnError {
    /// End with an error
    #[default]
    Fail,
    /// Leave it out, and say so
    Skip,
}

/// How to send.
#[derive(Clone, Copy, Debug, Default)]
pub struct Sending {
    /// What the input is.
    pub framing: Framing,
    /// Lines: one that [asks to quit](crate::framing::asks_to_quit) does.
    pub x_quits: bool,
    /// Give up when no room came for so long, or with `wait_delivered` nothing was acknowledged; waiting for input does
    /// not count.
    pub limit: Option<Duration>,
    /// What to do where there is no room. To [`Drop`](OnFull::Drop) never waits and never tears a message: one that goes in
    /// parts because it is longer than [`whole_limit`](shmchat::Sender::whole_limit), just under half the lane, is
    /// dropped whole, whether or not its first part would find room.
    pub on_full: OnFull,
    /// What to do with a line that is no message.
    pub on_error: OnError,
    /// Wait at the end until the reader has acknowledged all.
    pub wait_delivered: bool,
}

/// How to print.
#[derive(Clone, Copy, Debug, Default)]
pub struct Printing {
    /// What the output is: every message ended as a line, or bytes as they are.
    pub framing: Framing,
    /// Wait for the next writer when one has quit.
    pub stay: bool,
    /// Standard output is a terminal: what it would obey is made visible.
    pub to_terminal: bool,
    /// A line on standard input that [asks to quit](crate::framing::asks_to_quit) does.
    pub x_quits: bool,
    /// End after so many messages, and leave the next one to the next reader. A stream has none, so not with
    /// [`Framing::Raw`].
    pub count: Option<NonZeroU64>,
    /// Give up when no message came for so long.
    pub limit: Option<Duration>,
}
