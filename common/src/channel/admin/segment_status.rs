//! What the kernel says about a segment.

use crate::folder::Access;
use crate::key::Key;
use crate::memory::{SegmentId, Stat};

/// What the kernel says about a segment of this user: part of [`Status`](crate::admin::Status) and
/// [`Orphan`](crate::admin::Orphan).
///
/// ```
/// use shmchat::{Access, Channel, Role};
///
/// # let folder = tempfile::tempdir()?;
/// # let channel = Channel::named("lobby".parse()?).dir(folder.path());
/// let writer = channel.attach(Role::Writer)?;
/// let segment = channel.status()?.and_then(|status| status.segment).expect("the writer has made it");
/// assert_eq!((segment.key, segment.shmid), (writer.segment().key, writer.segment().shmid));
/// assert_eq!((segment.mode, segment.access(), segment.attached), (0o600, Access::Owner, 1));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct SegmentStatus {
    /// Its key. 0 if it is marked for removal.
    pub key: Key,
    /// Its number.
    pub shmid: SegmentId,
    /// The size of the whole segment, in bytes.
    pub bytes: usize,
    /// The nine permission bits.
    pub mode: u32,
    /// Its owner's user id.
    pub owner: u32,
    /// Its group's id. It counts only if the mode lets a group in.
    pub group: u32,
    /// How many times it is attached, by anybody but this look.
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
