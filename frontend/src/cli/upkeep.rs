//! The arguments that look after channels, instead of a run.

use super::help::heading;
use clap::Args;

/// What both programs take.
#[derive(Clone, Debug, Args)]
pub struct Looking {
    /// Show which channels there are, who is there, and what is waiting
    ///
    /// With CHANNEL, show that one only. Otherwise show every channel in the directory, and the segments that belong to
    /// none. Changes nothing.
    #[arg(long, help_heading = heading::UPKEEP)]
    pub status: bool,

    /// With --status: print one JSON object per line
    #[arg(long, requires = "status", help_heading = heading::UPKEEP)]
    pub json: bool,
}

/// What only a reader takes.
#[derive(Clone, Debug, Args)]
pub struct Cleaning {
    /// Remove what no living process uses, and report it
    ///
    /// With CHANNEL, clean that one only; otherwise every channel in the directory. Where messages are waiting, nothing is
    /// removed unless you add --force.
    #[arg(long, conflicts_with_all = ["stay", "status"], help_heading = heading::UPKEEP)]
    pub clean: bool,

    /// With --clean: even where messages are waiting
    #[arg(long, requires = "clean", conflicts_with = "status", help_heading = heading::UPKEEP)]
    pub force: bool,
}
