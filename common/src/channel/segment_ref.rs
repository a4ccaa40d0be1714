//! Which memory of which channel.

use super::name::ChannelName;
use crate::key::Key;
use crate::memory::{Location, SegmentId};
use std::fmt;

/// Which memory of which channel: [`Endpoint::segment`](crate::Endpoint::segment). Most errors carry one.
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
/// let (key, shmid) = (at.key().expect("a segment"), at.shmid().expect("a segment"));
/// assert_eq!(at.to_string(), format!("channel lobby (key {key}, shmid {shmid})"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SegmentRef {
    /// The channel.
    pub channel: ChannelName,
    /// Its memory.
    pub place: Location,
}

impl SegmentRef {
    /// The key, if it is a System V segment.
    pub fn key(&self) -> Option<Key> {
        self.place.key()
    }

    /// The number, if it is a System V segment.
    pub fn shmid(&self) -> Option<SegmentId> {
        self.place.shmid()
    }
}

impl fmt::Display for SegmentRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "channel {} ({})", self.channel, self.place)
    }
}
