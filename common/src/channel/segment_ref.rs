//! Which segment of which channel.

use super::name::ChannelName;
use crate::key::Key;
use crate::memory::SegmentId;
use std::fmt;

/// Which segment of which channel: [`Endpoint::segment`](crate::Endpoint::segment). Most errors carry one.
///
/// ```
/// use shmchat::{Channel, Role};
///
/// # let folder = tempfile::tempdir()?;
/// # let channel = Channel::named("lobby".parse()?).dir(folder.path());
/// let writer = channel.attach(Role::Writer)?;
/// let at = writer.segment();
/// assert_eq!(at.channel.as_str(), "lobby");
/// // As `ipcs -m` shows them: "channel lobby (key 0x6e0312ab, shmid 42)"
/// assert_eq!(at.to_string(), format!("channel lobby (key {}, shmid {})", at.key, at.shmid));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SegmentRef {
    /// The channel.
    pub channel: ChannelName,
    /// Its key.
    pub key: Key,
    /// The number of its segment.
    pub shmid: SegmentId,
}

impl fmt::Display for SegmentRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "channel {} (key {}, shmid {})", self.channel, self.key, self.shmid)
    }
}
