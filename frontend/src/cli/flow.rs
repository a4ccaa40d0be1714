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
    /// End after N messages
    ///
    /// The next one stays for the next reader. As with --plain there is no screen. Not with --framing raw.
    #[arg(long, value_name = "N", value_parser = count, help_heading = heading::MESSAGES)]
    pub count: Option<NonZeroU64>,
}

/// What only a writer takes.
#[derive(Clone, Debug, Args)]
pub struct Writing {
    /// In a pipe: end when a reader has taken all
    ///
    /// Readers may come and go meanwhile. With --timeout it gives up when nothing was taken for so long.
    #[arg(long, help_heading = heading::MESSAGES)]
    pub wait_delivered: bool,

    /// In a pipe without room: wait (default), fail, drop
    ///
    /// A message goes in whole or not at all if it is shorter than just under half the lane (507840 bytes of the usual
    /// 1MiB); a longer one goes in parts. To drop is to lose whole messages, never a part of one, and to say at the end how
    /// many; one that would go in parts is always dropped. A stream (--framing raw) has nothing to drop.
    #[arg(long, value_name = "WHAT", value_enum, default_value_t = OnFull::Wait, hide_default_value = true, help_heading = heading::MESSAGES)]
    pub on_full: OnFull,

    /// A line that is no JSON: fail (default), skip
    ///
    /// With --framing json. Each line that is skipped is said, and at the end how many.
    #[arg(long, value_name = "WHAT", value_enum, help_heading = heading::MESSAGES)]
    pub on_error: Option<OnError>,
}

/// How a run goes on, by either program's arguments.
#[derive(Clone, Copy, Debug, Default)]
pub struct Flow {
    /// A reader waits for the next writer when one has quit.
    pub stay: bool,
    /// A reader ends after so many messages.
    pub count: Option<NonZeroU64>,
    /// A writer waits at the end until a reader has taken all.
    pub wait_delivered: bool,
    /// What a writer does with a message that finds no room.
    pub on_full: OnFull,
    /// What a writer does with a line that is no message, if it was told.
    pub on_error: Option<OnError>,
}

impl From<&Reading> for Flow {
    fn from(reading: &Reading) -> Self {
        Flow { count: reading.count, ..Flow::default() }
    }
}

impl From<&Writing> for Flow {
    fn from(writing: &Writing) -> Self {
        let &Writing { wait_delivered, on_full, on_error } = writing;
        Flow { wait_delivered, on_full, on_error, ..Flow::default() }
    }
}

impl Flow {
    /// Whether the arguments go together, before anything is made.
    pub(super) fn check(&self, shared: &Shared) -> Result<(), Failure> {
        let framing = shared.framing();
        if framing == Framing::Raw && self.count.is_some() {
            return Err(Failure::Usage("--count counts messages, and --framing raw has none (see --help)"));
        }
        if framing == Framing::Raw && self.on_full == OnFull::Drop {
            return Err(Failure::Usage("--on-full drop drops messages, and --framing raw has none (see --help)"));
        }
        if framing != Framing::Json && self.on_error.is_some() {
            return Err(Failure::Usage(
                "--on-error is for lines that are no JSON: it needs --framing json (see --help)",
            ));
        }
        Ok(())
    }
}

fn count(text: &str) -> Result<NonZeroU64, String> {
    text.parse().map_err(|_| "expected a number of messages, 1 or more".to_owned())
}
