//! The arguments that say how messages flow through a pipe.

use super::args::Shared;
use super::failure::Failure;
use super::help::heading;
use crate::pipe::{Framing, OnError, OnFull};
use clap::Args;
use std::num::NonZeroU64;

/// What only a reader takes.
#[derive(Clone, Debug, Args)]
pub struct Reading {
    /// Wait for the next writer after one quits
    #[arg(long, conflicts_with = "status", help_heading = heading::MESSAGES)]
    pub stay: bool,

    /// Exit after N messages
    ///
    /// Anything after that stays for the next reader. Like --plain, this opens no screen. Not with --framing raw.
    #[arg(long, value_name = "N", value_parser = count, allow_negative_numbers = true, help_heading = heading::MESSAGES)]
    pub count: Option<NonZeroU64>,
}

/// What only a writer takes.
#[derive(Clone, Debug, Args)]
pub struct Writing {
    /// In a pipe: exit once a reader has received everything
    ///
    /// Readers may come and go in the meantime. With --timeout, give up after SECONDS in which nothing is received.
    #[arg(long, help_heading = heading::MESSAGES)]
    pub wait_delivered: bool,

    /// Print the reader's answers, and exit after the last
    ///
    /// For a reader with --reply, which answers each message before it counts as received. In a pipe, or with the input typed:
    /// like --plain, this opens no screen. Readers may come and go in the meantime. Not with --framing raw.
    #[arg(long, help_heading = heading::MESSAGES)]
    pub replies: bool,

    /// When the lane is full: wait (default), fail or drop
    ///
    /// A message shorter than just under half the lane (507840 bytes of the default 1MiB) goes in whole or not at all; a
    /// longer one goes in parts. drop loses whole messages, never part of one, and reports at the end how many; a message
    /// that would go in parts is always dropped. A stream (--framing raw) has nothing to drop.
    #[arg(long, value_name = "WHAT", value_enum, default_value_t = OnFull::Wait, hide_default_value = true, help_heading = heading::MESSAGES)]
    pub on_full: OnFull,

    /// On a line that isn't JSON: fail (default) or skip
    ///
    /// With --framing json. Each skipped line is reported, and at the end how many there were.
    #[arg(long, value_name = "WHAT", value_enum, help_heading = heading::MESSAGES)]
    pub on_error: Option<OnError>,
}

/// How messages flow, by either program's arguments.
#[derive(Clone, Copy, Debug, Default)]
pub struct Flow {
    /// A reader waits for the next writer after one quits.
    pub stay: bool,
    /// A reader ends after this many messages.
    pub count: Option<NonZeroU64>,
    /// A writer waits at the end until a reader has received everything.
    pub wait_delivered: bool,
    /// A writer prints what comes back, and waits at the end for all of it.
    pub replies: bool,
    /// What a writer does with a message if there is no room.
    pub on_full: OnFull,
    /// What a writer does with a line that is not a message, if you chose.
    pub on_error: Option<OnError>,
}

impl From<&Reading> for Flow {
    fn from(reading: &Reading) -> Self {
        let &Reading { stay, count } = reading;
        Flow { stay, count, ..Flow::default() }
    }
}

impl From<&Writing> for Flow {
    fn from(writing: &Writing) -> Self {
        let &Writing { wait_delivered, replies, on_full, on_error } = writing;
        Flow { wait_delivered, replies, on_full, on_error, ..Flow::default() }
    }
}

impl Flow {
    /// Checks that the arguments fit together, before anything is created.
    pub(super) fn check(&self, shared: &Shared) -> Result<(), Failure> {
        let framing = shared.framing();
        if framing == Framing::Raw && self.count.is_some() {
            return Err(Failure::Usage("--count counts messages, and --framing raw has none (see --help)"));
        }
        if framing == Framing::Raw && self.replies {
            return Err(Failure::Usage("--replies prints messages, and --framing raw has none (see --help)"));
        }
        if framing == Framing::Raw && self.on_full == OnFull::Drop {
            return Err(Failure::Usage("--on-full drop drops messages, and --framing raw has none (see --help)"));
        }
        if framing != Framing::Json && self.on_error.is_some() {
            return Err(Failure::Usage(
                "--on-error is for lines that aren't JSON: it needs --framing json (see --help)",
            ));
        }
        Ok(())
    }
}

fn count(text: &str) -> Result<NonZeroU64, String> {
    text.parse().map_err(|_| "expected a number of messages, 1 or more".to_owned())
}
