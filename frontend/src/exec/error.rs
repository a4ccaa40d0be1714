//! Why a pool fails.

use nix::errno::Errno;
use shmchat::ChannelName;
use shmchat::hint::hint;
use std::path::PathBuf;

/// Why a pool failed.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The channel.
    #[error(transparent)]
    Channel(#[from] shmchat::Error),
    /// There is no such program.
    #[error("no command '{program}': give a program and its arguments, or a line for the shell with --shell")]
    NoCommand {
        /// As it was typed.
        program: String,
    },
    /// A message failed for good, and there is no file for it.
    #[error(
        "channel {channel}: message {seq} failed, after {attempts}: {ending}; {stays}. To go on without it, add --dead-letter FILE"
    )]
    Failed {
        /// The channel.
        channel: ChannelName,
        /// The message.
        seq: u64,
        /// How often it was tried, in words.
        attempts: String,
        /// How the last attempt ended.
        ending: String,
        /// What is left of it, in words.
        stays: &'static str,
    },
    /// As many messages failed or succeeded as `--halt` allows.
    #[error("channel {channel}: stopped by --halt after {count}")]
    Halted {
        /// The channel.
        channel: ChannelName,
        /// How many of what.
        count: String,
    },
    /// A worker ends before it is given anything.
    #[error(
        "the worker '{command}' ends as soon as it is started: {ending}; try it by hand, with a line on its standard input"
    )]
    WorkerEnds {
        /// What it is.
        command: String,
        /// How it ended.
        ending: String,
    },
    /// A command cannot be started, although nothing else runs.
    #[error("cannot start '{command}': {}{}", errno.desc(), hint("start a command", *errno))]
    Start {
        /// Which.
        command: String,
        /// Why.
        errno: Errno,
    },
    /// A file cannot be written.
    #[error("cannot write {path}: {}{}", errno.desc(), hint("path", *errno), path = path.display())]
    File {
        /// Which.
        path: PathBuf,
        /// Why.
        errno: Errno,
    },
    /// No message came in time.
    #[error("channel {channel}: timed out: no message arrived")]
    Timeout {
        /// The channel.
        channel: ChannelName,
    },
    /// Standard output, or the wait for all of it.
    #[error("cannot {doing}: {}{}", errno.desc(), hint(doing, *errno))]
    System {
        /// The verb and its object.
        doing: &'static str,
        /// What the system said.
        errno: Errno,
    },
}
