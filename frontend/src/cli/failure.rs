//! Why a run failed, and its exit code.

use crate::logging::LogTarget;
use crate::{exec, pipe, tui};
use nix::errno::Errno;
use nix::sys::signal::Signal;
use shmchat::admin::AdminError;
use shmchat::hint::hint;
use shmchat::{ChannelName, Error};
use std::fmt::Display;
use std::path::PathBuf;

/// Why a run failed.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// The arguments do not fit together.
    #[error("{0}")]
    Usage(&'static str),
    /// The channel.
    #[error(transparent)]
    Channel(#[from] Error),
    /// A channel, or a segment that belongs to none, could not be cleaned.
    #[error(transparent)]
    Admin(AdminError),
    /// The pipe's pump.
    #[error(transparent)]
    Pipe(#[from] pipe::Error),
    /// The pool of workers.
    #[error(transparent)]
    Pool(exec::Error),
    /// The screen.
    #[error(transparent)]
    Screen(#[from] tui::Error),
    /// One of these, with the command that helps.
    #[error("{failure}; {advice}")]
    Advised {
        /// What went wrong.
        failure: Box<Failure>,
        /// What to type.
        advice: String,
    },
    /// The channels in a directory cannot be listed.
    #[error("cannot list the channels in {path}: {}{}", .errno.desc(), hint("path", *.errno), path = path.display())]
    Folder {
        /// Which.
        path: PathBuf,
        /// Why.
        errno: Errno,
    },
    /// There is no channel of that name.
    #[error("there is no channel {channel} in {path}", path = path.display())]
    NoChannel {
        /// The name.
        channel: ChannelName,
        /// The directory of channels.
        path: PathBuf,
    },
    /// Somebody is in a channel that was to be removed.
    #[error("channel {channel} is in use: {who}")]
    InUse {
        /// The channel.
        channel: ChannelName,
        /// Who is there, and how to end it.
        who: String,
    },
    /// A channel was to be removed with its folder, and that stays.
    #[error("channel {channel}: its folder {path} stays: something else lies in it, or only another user may remove it", path = path.display())]
    FolderStays {
        /// The channel.
        channel: ChannelName,
        /// Its folder.
        path: PathBuf,
    },
    /// The log cannot be written.
    #[error("cannot log to {target}: {error}; choose another place with --log-to", target = match target {
        LogTarget::File(path) | LogTarget::Folder(path) => path.display().to_string(),
        _ => "standard error".to_owned(),
    })]
    Log {
        /// Where to.
        target: LogTarget,
        /// Why.
        error: String,
    },
    /// The output cannot be printed.
    #[error("cannot write standard output: {}{}", .0.desc(), hint("write standard output", *.0))]
    Output(Errno),
    /// Signals cannot be waited for.
    #[error("cannot wait for signals: {}{}", .0.desc(), hint("wait for signals", *.0))]
    Signals(Errno),
    /// A signal ended it in good order.
    #[error("ended by {0}")]
    Signal(Signal),
}

/// The exit codes, as `--help` and the man page tell them.
pub const EXIT_CODES: [(&str, &str); 7] = [
    ("0", "done"),
    ("1", "an error"),
    ("2", "wrong usage"),
    ("3", "timeout"),
    ("4", "the role is taken"),
    ("5", "the segment is foreign, corrupt or of another version"),
    ("128+n", "ended by signal n"),
];

/// How a run ended, if not well. Its text is a line for people: what went wrong, and what to do.
pub trait Ending: Display {
    /// One of [`EXIT_CODES`].
    fn code(&self) -> u8;

    /// Whether a signal ended it in good order, which is no news to whoever sent it.
    fn is_signal(&self) -> bool;
}

impl From<AdminError> for Failure {
    fn from(error: AdminError) -> Self {
        match error {
            AdminError::Channel(error) => Failure::Channel(error),
            error => Failure::Admin(error),
        }
    }
}

impl Ending for Failure {
    fn code(&self) -> u8 {
        match self {
            Failure::Advised { failure, .. } => failure.code(),
            Failure::Usage(_) | Failure::Pool(exec::Error::NoCommand { .. }) => 2,
            Failure::Pipe(pipe::Error::Undelivered { .. } | pipe::Error::Timeout { .. })
            | Failure::Pool(exec::Error::Timeout { .. }) => 3,
            Failure::InUse { .. } | Failure::Admin(AdminError::OrphanInUse { .. }) => 4,
            Failure::Admin(AdminError::OrphanUnknown { .. }) => 5,
            Failure::Signal(signal) => 128 + *signal as u8,
            Failure::Channel(error)
            | Failure::Pipe(pipe::Error::Channel(error))
            | Failure::Pool(exec::Error::Channel(error))
            | Failure::Screen(tui::Error::Channel(error)) => channel_code(error),
            _ => 1,
        }
    }

    fn is_signal(&self) -> bool {
        matches!(self, Failure::Signal(_))
    }
}

fn channel_code(error: &Error) -> u8 {
    match error {
        Error::Name(_) | Error::Capacity(_) => 2,
        Error::RoleTaken { .. } => 4,
        Error::Corrupt { .. }
        | Error::Cut { .. }
        | Error::Version { .. }
        | Error::NoFreeKey { .. }
        | Error::KeyTaken { .. }
        | Error::OtherKey { .. }
        | Error::OtherMemory { .. }
        | Error::InUseElsewhere { .. }
        | Error::TooOpen { .. }
        | Error::KeyGone { .. }
        | Error::LockGone { .. }
        | Error::FolderGone { .. }
        | Error::DoorbellGone { .. } => 5,
        _ => 1,
    }
}
