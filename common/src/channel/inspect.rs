//! A look at the segment for a person: who is attached, how full the lanes are, who sleeps, what was last written.
//!
//! Read only, and not part of any promise: the numbers are loaded one after the other while both sides go on.

use super::endpoint::Endpoint;
use super::error::SegmentRef;
use crate::layout::{Lane, LanePlace};
use crate::ring::newest::{self, LaneSeen};
use crate::segment::{self, Stat};

/// The segment as it was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Inspection {
    /// Which segment of which channel.
    pub at: SegmentRef,
    /// What the kernel knows of it; none where it has gone.
    pub stat: Option<Stat>,
    /// Bytes of each lane.
    pub capacity: u64,
    /// The lane of messages and that of replies.
    pub lanes: [LaneSeen; 2],
    /// How often the bells rang.
    pub rings: Rings,
}

/// How often the bells rang since this side attached.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Rings {
    /// The other side was rung.
    pub given: u64,
    /// This side was woken by the other one's ringing: several rings that came together are one.
    pub heard: u64,
}

impl Endpoint {
    /// Looks at the segment, and at up to `records` of each lane's newest records with up to `bytes` bytes of each.
    ///
    /// Between [`arm`](Self::arm) and [`attend`](Self::attend) this side is found asleep too.
    pub fn inspect(&self, records: usize, bytes: usize) -> Inspection {
        let capacity = self.capacity();
        let lanes = [Lane::Messages, Lane::Replies]
            .map(|lane| newest::look(&self.header.0, &LanePlace::in_segment(lane, capacity), records, bytes));
        Inspection { at: self.at.clone(), stat: segment::stat(self.at.shmid).ok(), capacity, lanes, rings: self.rings }
    }
}
