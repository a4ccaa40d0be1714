//! The arguments that ask what is there, instead of a run. Both programs take them.

use super::help::heading;
use clap::Args;

/// What to show instead of a run.
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
