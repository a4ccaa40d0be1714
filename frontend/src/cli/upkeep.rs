//! The arguments that look after channels, instead of a run.

use super::failure::Failure;
use super::help::heading;
use clap::Args;

/// What both programs take.
#[derive(Clone, Debug, Args)]
pub struct Looking {
    /// Show which channels there are, who is there, and what is waiting
    ///
    /// With CHANNEL, show that one only. Otherwise show every channel in use in the directory, and the segments that belong
    /// to none. Changes nothing.
    #[arg(long, help_heading = heading::UPKEEP)]
    pub status: bool,

    /// With --status: also show channels not in use
    #[arg(long, help_heading = heading::UPKEEP)]
    pub all: bool,

    /// With --status: print one JSON object per line
    #[arg(long, help_heading = heading::UPKEEP)]
    pub json: bool,
}

impl Looking {
    /// Whether to show the status.
    ///
    /// # Errors
    /// If `--all` or `--json` stands alone.
    pub fn is_asked(&self) -> Result<bool, Failure> {
        match self {
            Looking { status: true, .. } => Ok(true),
            Looking { all: true, .. } => Err(Failure::Usage("--all goes with --status (see --help)")),
            Looking { json: true, .. } => Err(Failure::Usage("--json goes with --status (see --help)")),
            Looking { .. } => Ok(false),
        }
    }
}

/// What only a reader takes.
#[derive(Clone, Debug, Args)]
pub struct Cleaning {
    /// Remove what no living process uses, and report it
    ///
    /// With CHANNEL, clean that one only; otherwise every channel in the directory. Where somebody is there, or messages are
    /// waiting, nothing is removed; add --force to remove the messages too.
    #[arg(long, conflicts_with_all = ["stay", "status"], help_heading = heading::UPKEEP)]
    pub clean: bool,

    /// Remove CHANNEL with all its files, and report it
    ///
    /// Like --clean CHANNEL, but it's an error if anything has to stay.
    #[arg(long, conflicts_with_all = ["stay", "status", "clean"], requires = "channel", help_heading = heading::UPKEEP, hide_short_help = true)]
    pub forget: bool,

    /// With --clean or --forget: even where messages are waiting
    #[arg(long, conflicts_with = "status", help_heading = heading::UPKEEP)]
    pub force: bool,
}

impl Cleaning {
    /// What to remove, if anything.
    ///
    /// # Errors
    /// If `--force` stands alone.
    pub fn extent(&self) -> Result<Option<Extent>, Failure> {
        match self {
            Cleaning { clean: true, force, .. } => Ok(Some(Extent { force: *force, all: false })),
            Cleaning { forget: true, force, .. } => Ok(Some(Extent { force: *force, all: true })),
            Cleaning { force: true, .. } => Err(Failure::Usage("--force goes with --clean or --forget (see --help)")),
            Cleaning { .. } => Ok(None),
        }
    }
}

/// How much to remove.
#[derive(Clone, Copy, Debug)]
pub struct Extent {
    /// Messages that are waiting, too.
    pub force: bool,
    /// All of it, or it is an error.
    pub all: bool,
}
