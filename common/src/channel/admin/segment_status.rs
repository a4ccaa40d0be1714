//! What the kernel says about a memory.

use crate::folder::Access;
use crate::memory::{Location, Stat};

/// What the kernel says about a memory of this user: part of [`Status`](crate::admin::Status) and
/// [`Orphan`](crate::admin::Orphan).
///
/// ```
/// use shmchat::{Access, Channel, Role};
///
/// # let folder = tempfile::tempdir()?;
/// # let channel = Channel::named("lobby".parse()?).dir(folder.path());
/// let writer = channel.attach(Role::Writer)?;
/// let segment = channel.status()?.and_then(|status| status.segment).expect("the writer has made it");
/// assert_eq!(segment.place, writer.segment().place);
/// assert_eq!((segment.mode, segment.access(), segment.attached), (0o600, Access::Owner, Some(1)));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct SegmentStatus {
    /// Where it is, and of which kind.
    pub place: Location,
    /// The size of the whole, in bytes.
    pub bytes: usize,
    /// The nine permission bits.
    pub mode: u32,
    /// Its owner's user id.
    pub owner: u32,
    /// Its group's id. It counts only if the mode lets a group in.
    pub group: u32,
    /// How many times it is attached, by anybody but this look. `None` if the kernel does not count that: it does for a
    /// System V segment only.
    pub attached: Option<u64>,
}

impl SegmentStatus {
    pub(super) fn new(place: &Location, stat: &Stat) -> Self {
        let &Stat { bytes, uid: owner, group, mode, attached, .. } = stat;
        SegmentStatus { place: place.clone(), bytes, mode, owner, group, attached }
    }

    /// Whom its mode lets in.
    pub fn access(&self) -> Access {
        if self.mode & 0o070 == 0 { Access::Owner } else { Access::Group(self.group) }
    }
}
