//! What is wrong with a config file.

use nix::errno::Errno;
use shmchat::hint::{hint, shell_word, user_text};
use std::path::PathBuf;

/// What is wrong with a config file. Each message names the file and the way out.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub(in crate::cli) enum ConfigError {
    /// It cannot be read.
    #[error("cannot read the config file {}: {}{}", path.display(), errno.desc(), hint("path", *errno))]
    Read {
        /// Which.
        path: PathBuf,
        /// Why.
        errno: Errno,
    },
    /// It belongs to somebody else.
    #[error("the config file {} belongs to {}, and only yours or root's is read ({WITHOUT})", path.display(), user_text(*owner))]
    Foreign {
        /// Which.
        path: PathBuf,
        /// Whose.
        owner: u32,
    },
    /// Others can write to it.
    #[error(
        "others can write to the config file {} (mode {mode:04o}), and it decides what runs; close it with: chmod go-w {}",
        path.display(), shell_word(path)
    )]
    Open {
        /// Which.
        path: PathBuf,
        /// How far.
        mode: u32,
    },
    /// It has more than [`LONGEST`](super::file::LONGEST) bytes.
    #[error("the config file {} has more than 1 MiB ({WITHOUT})", path.display())]
    Long {
        /// Which.
        path: PathBuf,
    },
    /// Something in it.
    #[error("{}:{line}: {what} ({WITHOUT})", path.display())]
    At {
        /// Which.
        path: PathBuf,
        /// The line, counted from 1.
        line: usize,
        /// What is wrong there.
        what: String,
    },
}

const WITHOUT: &str = "--no-config skips the file";

impl ConfigError {
    /// The exit code, as [`EXIT_CODES`](crate::cli::EXIT_CODES) lists them: a file that cannot be used is an error, a wrong
    /// setting is wrong usage.
    pub(in crate::cli) fn code(&self) -> u8 {
        match self {
            ConfigError::At { .. } => 2,
            _ => 1,
        }
    }
}
