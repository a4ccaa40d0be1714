//! Whose a segment is that no start at hand uses.

use crate::channel::name::ChannelName;
use std::path::PathBuf;

/// Whose an orphan segment is.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Ownership {
    /// Nobody finds it any more: its folder is gone, or holds another key file.
    Nobodys,
    /// Of a channel whose folder lies in `base`.
    Elsewhere {
        /// The directory in which its folder lies.
        base: PathBuf,
        /// The channel.
        channel: ChannelName,
    },
    /// Of another layout version: only that one's program knows.
    Version(u64),
    /// Of this channel, which does not find it any more: somebody has written over its header.
    Damaged(ChannelName),
    /// At a key of this channel, of its size, and with nothing in it that says whose it is.
    AtKey(ChannelName),
    /// It is marked for removal and goes with the last who has it attached.
    Removed,
    /// It does not say, or where it says cannot be looked at.
    Unknown,
}
