//! Whose segment it is, if no start at hand uses it.

use crate::channel::name::ChannelName;
use std::path::PathBuf;

/// Whose an orphan segment is: [`Orphan::whose`](crate::admin::Orphan).
///
/// ```
/// use shmchat::admin::{Orphan, Ownership};
///
/// fn told(orphan: &Orphan) -> String {
///     match &orphan.whose {
///         Ownership::Nobodys => "its folder is gone".to_owned(),
///         Ownership::Elsewhere { base, channel } => format!("channel {channel} in {}", base.display()),
///         Ownership::Version(version) => format!("made by layout version {version}"),
///         other => format!("{other:?}"),
///     }
/// }
/// # let _ = told;
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Ownership {
    /// Nobody can find it any more: its folder is gone, or holds another key file.
    Nobodys,
    /// It belongs to a channel in another directory.
    Elsewhere {
        /// The directory in which its folder lies.
        base: PathBuf,
        /// The channel.
        channel: ChannelName,
    },
    /// It has another layout version: only a program of that version can use it.
    Version(u64),
    /// It belongs to this channel, which cannot find it any more: somebody has written over its header.
    Damaged(ChannelName),
    /// It stands at a key of this channel and has its size, but nothing in it says whose it is.
    AtKey(ChannelName),
    /// It is marked for removal, and goes when the last process detaches it.
    Removed,
    /// It does not say whose it is, or the place that it names cannot be looked at.
    Unknown,
}
