//! Which segment of which channel.

use super::name::ChannelName;
use crate::key::Key;
use crate::segment::SegmentId;
use std::fmt;

/// Which segment of which channel.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SegmentRef {
    /// The channel.
    pub channel: ChannelName,
    /// Its key.
    pub key: Key,
    /// Its segment's number.
    pub shmid: SegmentId,
}

impl fmt::Display for SegmentRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "channel {} (key {}, shmid {})", self.channel, self.key, self.shmid)
    }
}
