//! What the loop is given, and what it returns.
use crate::tui::archive::Error as ArchiveError;
use nix::sys::signal::Signal;
use std::io;
use std::path::PathBuf;

/// How to run the screen.
#[derive(Clone, Debug)]
pub struct Options {
    /// The name that stands at our own messages.
    pub me: String,
    /// Whether to use colours.
    pub color: bool,
    /// A reader stays when the writer quits.
    pub stay: bool,
    /// Whether to beep when a message comes and nobody looks (`--bell`).
    pub beep: bool,
    /// The file that all messages are appended to.
    pub transcript: Option<PathBuf>,
}

/// What is to be printed on the ordinary screen once this one is left.
#[derive(Debug)]
pub struct Outcome {
    /// The last messages, as lines.
    pub last: Vec<String>,
    /// What stood in the input line when something else than the user ended us.
    pub draft: Option<String>,
    /// Texts that found no room and were not sent.
    pub unsent: usize,
    /// The other side quit, and that ended us.
    pub other_quit: bool,
    /// The signal that ended us; a lost terminal counts as SIGHUP.
    pub signal: Option<Signal>,
    /// The error that ended us: what was read before it stands in `last` all the same.
    pub error: Option<Error>,
}

/// Why the screen failed.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The channel.
    #[error(transparent)]
    Channel(#[from] shmchat::Error),
    /// The transcript's file.
    #[error(transparent)]
    Transcript(#[from] ArchiveError),
    /// The terminal.
    #[error("the terminal: {0}")]
    Terminal(#[from] io::Error),
}
