//! A look at the segment for a person: who is attached, how full the lanes are, who sleeps, what was last written.
//!
//! Read only, and not part of any promise: the numbers are loaded one after the other while both sides go on.

use super::own::Endpoint;
use super::rings::Rings;
use crate::channel::segment_ref::SegmentRef;
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

impl Endpoint {
    /// Looks at the segment, and at up to `records` of each lane's newest records with up to `bytes` bytes of each.
    ///
    /// Between [`arm`](Self::arm) and [`handle_wakeup`](Self::handle_wakeup) this side is found asleep too.
    pub fn inspect(&self, records: usize, bytes: usize) -> Inspection {
        let capacity = self.capacity();
        let lanes = [Lane::Messages, Lane::Replies]
            .map(|lane| newest::look(&self.link.header.0, &LanePlace::in_segment(lane, capacity), records, bytes));
        Inspection {
            at: self.link.segment.clone(),
            stat: segment::stat(self.link.segment.shmid).ok(),
            capacity,
            lanes,
            rings: self.link.rings,
        }
    }
}
