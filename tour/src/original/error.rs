//! What can go wrong, and the way out.

use nix::errno::Errno;
use shmchat::inspect::Key;
use std::io;
use std::path::PathBuf;

/// Why an end of the original pair stopped.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// `ftok` needs a file that exists.
    #[error("ftok: {}: {}; name a file that exists with --path", .path.display(), .why.desc())]
    NoKey {
        /// The file.
        path: PathBuf,
        /// Why.
        why: Errno,
    },
    /// The writer creates the segment and takes no other.
    #[error("shmget: a segment with key {key} exists already; if nobody uses it, remove it: ipcrm -M {key}")]
    Taken {
        /// Its key.
        key: Key,
    },
    /// Another call about the segment.
    #[error("{call}: key {key}: {}; see what is there: ipcs -m", .why.desc())]
    Segment {
        /// Which call.
        call: &'static str,
        /// The key.
        key: Key,
        /// Why.
        why: Errno,
    },
    /// There is no FIFO for the listener.
    #[error("open: {}: {}; the writer makes it, so start that first: shmchat-tour original writer", .path.display(), Errno::ENOENT.desc())]
    NoWriter {
        /// Where it should be.
        path: PathBuf,
    },
    /// A call about the FIFO.
    #[error("{call}: {}: {}; name another with --fifo", .path.display(), .why.desc())]
    Fifo {
        /// Which call.
        call: &'static str,
        /// Where it is, or should be.
        path: PathBuf,
        /// Why.
        why: Errno,
    },
    /// Something else is in the FIFO's place.
    #[error("mkfifo: {} is there and is no FIFO; name another with --fifo", .path.display())]
    NoFifo {
        /// What is there.
        path: PathBuf,
    },
    /// Nobody reads the FIFO any more.
    #[error("write: the listener has gone; the FIFO and the segment are removed")]
    ListenerGone,
    /// Standard input failed.
    #[error("read: standard input: {0}; it must be a terminal, a pipe or a file with the lines to send")]
    Input(io::Error),
    /// Standard output failed.
    #[error("write: standard output: {0}; send it to a place that takes it")]
    Output(io::Error),
}
