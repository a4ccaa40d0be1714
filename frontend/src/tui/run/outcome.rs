//! What the loop is given, and what it returns.
use crate::tui::archive::Error as ArchiveError;
use nix::sys::signal::Signal;
use std::io;
use std::path::PathBuf;

/// How to run the screen.
#[derive(Clone, Debug)]
pub struct Options {
    /// The name shown at our own messages.
    pub me: String,
    /// Whether to use colours.
    pub color: bool,
    /// Whether to tell the terminal about links, if it knows them.
    pub links: bool,
    /// Whether a reader stays when the writer quits.
    pub stay: bool,
    /// Whether to beep when a message arrives while nobody is looking (`--bell`).
    pub beep: bool,
    /// Whether to tell the other side that the user types, and to show whether theirs does (not with `--no-typing`).
    pub typing: bool,
    /// The command to run then (`--notify`).
    pub notify: Option<String>,
    /// The file that all messages are appended to.
    pub transcript: Option<PathBuf>,
}

/// What to print on the ordinary screen after leaving this one.
#[derive(Debug)]
pub struct Outcome {
    /// The last messages, as lines.
    pub last: Vec<String>,
    /// What was typed and not sent, however we ended.
    pub drafts: Vec<String>,
    /// How many texts were not sent, for lack of room.
    pub unsent: usize,
    /// What became of files that were on offer or on their way, a line each.
    pub unfinished: Vec<String>,
    /// The other side quit, and that ended us.
    pub other_quit: bool,
    /// The signal that ended us; a lost terminal counts as SIGHUP.
    pub signal: Option<Signal>,
    /// The error that ended us. What was read before is in `last` all the same.
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
