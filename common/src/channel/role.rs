//! The two sides of a channel, and which of its files and lanes belong to which.

use crate::layout::Lane;
use std::fmt;

/// One of the two sides of a channel. A channel has one living process in each role.
///
/// Both roles send and receive. They differ only in which lane they send on, and in their names.
///
/// ```
/// use shmchat::Role;
///
/// assert_eq!(Role::Writer.other(), Role::Reader);
/// assert_eq!(Role::Reader.to_string(), "reader");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// Sends on the lane of messages, receives on the lane of replies.
    Writer = 0,
    /// Sends on the lane of replies, receives on the lane of messages.
    Reader = 1,
}

impl Role {
    /// The other side.
    #[must_use]
    pub fn other(self) -> Self {
        match self {
            Role::Writer => Role::Reader,
            Role::Reader => Role::Writer,
        }
    }

    /// The lane that this role sends on.
    pub(super) fn sends_on(self) -> Lane {
        match self {
            Role::Writer => Lane::Messages,
            Role::Reader => Lane::Replies,
        }
    }

    /// The file that this role locks for its whole life.
    pub(super) const fn lock_file(self) -> &'static str {
        match self {
            Role::Writer => "writer.lock",
            Role::Reader => "reader.lock",
        }
    }

    /// The FIFO that this role sleeps on.
    pub(super) fn doorbell_file(self) -> &'static str {
        match self {
            Role::Writer => "to-writer",
            Role::Reader => "to-reader",
        }
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Role::Writer => "writer",
            Role::Reader => "reader",
        })
    }
}
