//! What can go wrong in looking after channels.

use super::ownership::Ownership;
use crate::channel::error::Error;
use crate::channel::name::ChannelName;
use crate::channel::role::Role;
use crate::channel::segment_ref::SegmentRef;
use crate::hint::hint;
use crate::key::Key;
use crate::memory::SegmentId;
use crate::ring::Backlog;
use nix::errno::Errno;

/// Why a channel, or an orphan segment, could not be cleaned.
///
/// ```
/// use shmchat::{Channel, Role, admin::AdminError};
///
/// # let folder = tempfile::tempdir()?;
/// # let channel = Channel::named("lobby".parse()?).dir(folder.path());
/// let mut writer = channel.attach(Role::Writer)?;
/// writer.send("anybody?")?;
/// writer.quit()?;
/// match channel.clean(false) {
///     Err(AdminError::MessagesWait { waiting, .. }) => assert_eq!(waiting.messages, 1),
///     other => panic!("{other:?}"),
/// }
/// # channel.clean(true)?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum AdminError {
    /// The channel cannot be used, as for a process that opens it.
    #[error(transparent)]
    Channel(#[from] Error),
    /// Messages wait in what was to be removed.
    #[error("{at}: {waiting} there")]
    MessagesWait {
        /// Which segment.
        at: SegmentRef,
        /// What waits.
        waiting: Backlog,
    },
    /// No message waits in what was to be removed, but a sender's checkpoint is kept there:
    /// [`Sender::release_checkpoint`](crate::Sender::release_checkpoint).
    #[error("{at}: a bridge's place is kept there")]
    CheckpointKept {
        /// Which segment.
        at: SegmentRef,
        /// Who sends there.
        role: Role,
    },
    /// An orphan segment is attached by some process.
    #[error("shmid {shmid}: {attached} {} attached; find it with: grep -lsE ' {shmid} +/SYSV' /proc/[0-9]*/maps", if *attached == 1 { "process has it" } else { "processes have it" })]
    OrphanInUse {
        /// Which segment.
        shmid: SegmentId,
        /// How many times it is attached.
        attached: u64,
    },
    /// An orphan segment holds messages, or it cannot be told what it holds.
    #[error("shmid {shmid}: {}; remove it with: ipcrm -m {shmid}", orphan(whose, *.waiting, *.checkpoint))]
    OrphanWaits {
        /// Which segment.
        shmid: SegmentId,
        /// Whose it is.
        whose: Ownership,
        /// What waits there, if that is known.
        waiting: Option<Backlog>,
        /// Whose checkpoint is kept there, if one is.
        checkpoint: Option<Role>,
    },
    /// A segment has a channel's key, and nothing distinguishes it from another program's.
    #[error(
        "shmid {shmid} has key {key} of channel {channel}, but nothing in it says whose it is; if none of your programs needs it, remove it with: ipcrm -m {shmid}"
    )]
    OrphanUnknown {
        /// The channel.
        channel: ChannelName,
        /// The key.
        key: Key,
        /// Which segment.
        shmid: SegmentId,
    },
    /// The system refused something about segments.
    #[error("cannot {doing}: {errno}{hint}", errno = .errno.desc(), hint = hint(.doing, *.errno))]
    Segments {
        /// What was to be done: a verb and its object.
        doing: &'static str,
        /// The system's error number.
        errno: Errno,
    },
}

/// What to say about an orphan segment before it is removed.
fn orphan(whose: &Ownership, waiting: Option<Backlog>, checkpoint: Option<Role>) -> String {
    match (whose, waiting) {
        (Ownership::Version(version), _) => format!("it has layout version {version}, so its contents are unknown"),
        (Ownership::Damaged(channel), _) => {
            format!("it belonged to channel {channel}, its header is damaged, and its contents are unknown")
        }
        (_, Some(waiting)) if waiting.is_empty() && checkpoint.is_some() => {
            "its folder is gone or was renamed, and a bridge's place is kept in it".into()
        }
        (_, Some(waiting)) => format!("its folder is gone or was renamed, and {waiting} in it"),
        (_, None) => "its folder is gone or was renamed, and its contents are corrupt".into(),
    }
}
