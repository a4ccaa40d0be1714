//! Why a pump fails.

use crate::framing::InputError;
use crate::text::messages_waiting;
use nix::errno::Errno;
use shmchat::Backlog;
use shmchat::hint::hint;
use shmchat::{ChannelName, Presence};

/// Why a pump failed.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The channel.
    #[error(transparent)]
    Channel(#[from] shmchat::Error),
    /// Standard input holds something that is not a message in its format.
    #[error(
        "standard input, {what}; {unsent} bytes were read and not sent, starting with that line; fix it, or skip such lines with --on-error skip"
    )]
    Input {
        /// What and where.
        what: InputError,
        /// Bytes that were read and not sent.
        unsent: usize,
    },
    /// There is no room, and you chose not to wait for it.
    #[error(
        "channel {channel}: its lane of {capacity} bytes is full; {unsent} bytes were read from standard input and not sent. Start a reader, wait for room with --on-full wait, or create the channel with a larger --capacity"
    )]
    Full {
        /// The channel.
        channel: ChannelName,
        /// Bytes of the lane.
        capacity: u64,
        /// Bytes that were read and not sent.
        unsent: usize,
    },
    /// There was no room, or no message, in time.
    #[error("channel {channel}: {what}")]
    Timeout {
        /// The channel.
        channel: ChannelName,
        /// What it timed out on.
        what: &'static str,
    },
    /// The other side has not acknowledged everything in time.
    #[error("channel {channel}: timed out with {} not yet received, {}; what was sent stays there", messages_waiting(.waiting.messages), match .reader {
        Presence::Here => "although a reader is connected",
        _ => "and no reader is connected",
    })]
    Undelivered {
        /// The channel.
        channel: ChannelName,
        /// What is not acknowledged.
        waiting: Backlog,
        /// The reader.
        reader: Presence,
    },
    /// What was printed on standard output ends in the middle of a message.
    #[error(
        "channel {channel}: the last message on standard output was cut off: its writer died or quit before the end; nothing more is printed, so that nobody takes it for a whole one"
    )]
    Torn {
        /// The channel.
        channel: ChannelName,
    },
    /// Some of what was printed is incomplete.
    #[error("channel {channel}: {}", truncated(*.messages))]
    Truncated {
        /// The channel.
        channel: ChannelName,
        /// How many.
        messages: u64,
    },
    /// Standard input, standard output, or the wait for them.
    #[error("cannot {doing}: {errno}{hint}", errno = .errno.desc(), hint = hint(.doing, *.errno))]
    System {
        /// The verb and its object.
        doing: &'static str,
        /// What the system said.
        errno: Errno,
    },
}

/// How messages were cut off.
fn truncated(messages: u64) -> String {
    match messages {
        1 => "a message was cut off: its writer died or quit before the end; the part that arrived was printed"
            .to_owned(),
        _ => format!(
            "{messages} messages were cut off: their writers died or quit before the end; the parts that arrived were printed"
        ),
    }
}

/// The error of a system call.
pub(super) fn system(doing: &'static str) -> impl FnOnce(Errno) -> Error {
    move |errno| Error::System { doing, errno }
}
