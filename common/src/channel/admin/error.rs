//! What can go wrong when somebody looks after channels.

use super::ownership::Ownership;
use crate::channel::error::Error;
use crate::channel::name::ChannelName;
use crate::channel::segment_ref::SegmentRef;
use crate::hint::hint;
use crate::key::Key;
use crate::ring::Backlog;
use crate::segment::SegmentId;
use nix::errno::Errno;

/// Why a channel, or a segment that belongs to none, could not be cleaned.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum AdminError {
    /// As for who opens the channel.
    #[error(transparent)]
    Channel(#[from] Error),
    /// Messages wait where something was to be removed.
    #[error("{at}: {waiting} there")]
    MessagesWait {
        /// Which segment.
        at: SegmentRef,
        /// What waits.
        waiting: Backlog,
    },
    /// Somebody has a segment attached that belongs to no channel that can be found.
    #[error("shmid {shmid}: {attached} {} attached; see who with: grep -lsE ' {shmid} +/SYSV' /proc/[0-9]*/maps", if *attached == 1 { "process has it" } else { "processes have it" })]
    OrphanInUse {
        /// Which segment.
        shmid: SegmentId,
        /// How many times.
        attached: u64,
    },
    /// A segment that belongs to no channel that can be found has something in it.
    #[error("shmid {shmid}: {}; remove it with: ipcrm -m {shmid}", orphan(whose, *.waiting))]
    OrphanWaits {
        /// Which segment.
        shmid: SegmentId,
        /// Why it belongs to none.
        whose: Ownership,
        /// What waits there, if that can be told.
        waiting: Option<Backlog>,
    },
    /// A segment that nobody can tell from another program's stands at a channel's key.
    #[error(
        "shmid {shmid} stands at key {key} of channel {channel}, and nothing in it says whose it is; if no program of yours needs it, remove it with: ipcrm -m {shmid}"
    )]
    OrphanUnknown {
        /// The channel.
        channel: ChannelName,
        /// The key.
        key: Key,
        /// Which segment.
        shmid: SegmentId,
    },
    /// The system says no about segments that are no channel's.
    #[error("cannot {doing}: {errno}{hint}", errno = .errno.desc(), hint = hint(.doing, *.errno))]
    Segments {
        /// The verb and its object.
        doing: &'static str,
        /// What the system said.
        errno: Errno,
    },
}

/// What is to be said of an orphan segment before it is removed.
fn orphan(whose: &Ownership, waiting: Option<Backlog>) -> String {
    match (whose, waiting) {
        (Ownership::Version(version), _) => format!("it has layout version {version}, so what waits in it is unknown"),
        (Ownership::Damaged(channel), _) => {
            format!("it was channel {channel}'s, its header is damaged, and what waits in it is unknown")
        }
        (_, Some(waiting)) => format!("its folder is gone or was renamed, and {waiting} in it"),
        (_, None) => "its folder is gone or was renamed, and what stands in it makes no sense".into(),
    }
}
