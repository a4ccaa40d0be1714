//! What the kernel says of a segment.

use crate::folder::Access;
use crate::key::Key;
use crate::segment::{SegmentId, Stat};

/// What the kernel says of a segment of ours.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct SegmentStatus {
    /// Its key; 0 where it has been removed and goes with the last who has it attached.
    pub key: Key,
    /// Its number.
    pub shmid: SegmentId,
    /// Bytes of all of it.
    pub bytes: usize,
    /// The nine permission bits.
    pub mode: u32,
    /// Its owner's user id.
    pub owner: u32,
    /// Its group's id. It counts where the mode lets a group in.
    pub group: u32,
    /// How many times it is attached, by anyone but who looks.
    pub attached: u64,
}

impl SegmentStatus {
    pub(super) fn new(shmid: SegmentId, stat: &Stat) -> Self {
        let &Stat { key, bytes, uid: owner, group, mode, attached, .. } = stat;
        SegmentStatus { key, shmid, bytes, mode, owner, group, attached }
    }

    /// Whom its mode lets in.
    pub fn access(&self) -> Access {
        if self.mode & 0o070 == 0 { Access::Owner } else { Access::Group(self.group) }
    }
}
