//! A look at the segment for people: who is attached, how full the lanes are, who is asleep, what was last written.
//!
//! It only reads, and is not part of any promise: the numbers are loaded one after the other while both sides go on.

use super::own::Endpoint;
use super::rings::Rings;
use crate::channel::segment_ref::SegmentRef;
use crate::layout::{Lane, LanePlace};
use crate::memory::Stat;
use crate::ring::newest::{self, LaneSeen};

/// A segment as it was found: [`Endpoint::inspect`]. For people to look at.
///
/// The numbers are read one after the other while both sides go on, so they need not fit together.
///
/// ```
/// use shmchat::{Channel, Role};
///
/// # let folder = tempfile::tempdir()?;
/// # let channel = Channel::named("lobby".parse()?).dir(folder.path());
/// # let (mut writer, mut reader) = (channel.attach(Role::Writer)?, channel.attach(Role::Reader)?);
/// writer.send("hello")?;
/// let seen = writer.inspect(1, 16); // one record of each lane, 16 bytes of it
/// assert_eq!(seen.at, *writer.segment());
/// assert_eq!(seen.stat.and_then(|stat| stat.attached), Some(2));
/// assert_eq!(seen.lanes[0].newest[0].bytes, b"hello");
/// # reader.recv()?;
/// # reader.receiver().acknowledge()?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Inspection {
    /// Which segment of which channel.
    pub at: SegmentRef,
    /// What the kernel knows of it. `None` if it is gone.
    pub stat: Option<Stat>,
    /// The size of each lane, in bytes.
    pub capacity: u64,
    /// The lane of messages, then the lane of replies.
    pub lanes: [LaneSeen; 2],
    /// How often the doorbells have rung.
    pub rings: Rings,
}

impl Endpoint {
    /// Looks at the segment, at up to `records` of each lane's newest records, and at up to `bytes` bytes of each. The
    /// example is at [`Inspection`].
    ///
    /// Between [`arm`](Self::arm) and [`handle_wakeup`](Self::handle_wakeup) it shows this side asleep too.
    pub fn inspect(&self, records: usize, bytes: usize) -> Inspection {
        let capacity = self.capacity();
        let lanes = [Lane::Messages, Lane::Replies]
            .map(|lane| newest::look(&self.link.header.0, &LanePlace::in_segment(lane, capacity), records, bytes));
        Inspection {
            at: self.link.segment.clone(),
            stat: self.link.segment.place.stat().ok(),
            capacity,
            lanes,
            rings: self.link.rings,
        }
    }
}
