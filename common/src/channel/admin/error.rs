//! What can go wrong in looking after channels.

use super::ownership::Ownership;
use crate::channel::error::Error;
use crate::channel::name::ChannelName;
use crate::channel::role::Role;
use crate::channel::segment_ref::SegmentRef;
use crate::hint::hint;
use crate::memory::Location;
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
    #[error("{}: {} attached; find it with: {}", short(.place), holders(*.attached), .place.search())]
    OrphanInUse {
        /// Which memory.
        place: Location,
        /// How many times it is attached, if the kernel counts that.
        attached: Option<u64>,
    },
    /// An orphan segment holds messages, or it cannot be told what it holds.
    #[error("{}: {}; remove it with: {}", short(.place), orphan(whose, *.waiting, *.checkpoint), .place.removal())]
    OrphanWaits {
        /// Which memory.
        place: Location,
        /// Whose it is.
        whose: Ownership,
        /// What waits there, if that is known.
        waiting: Option<Backlog>,
        /// Whose checkpoint is kept there, if one is.
        checkpoint: Option<Role>,
    },
    /// A segment has a channel's key, and nothing distinguishes it from another program's.
    #[error(
        "{} is where channel {channel} looks for its own ({place}), but nothing in it says whose it is; if none of your programs needs it, remove it with: {}",
        short(.place), .place.removal()
    )]
    OrphanUnknown {
        /// The channel.
        channel: ChannelName,
        /// Which memory.
        place: Location,
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

/// What a memory is called where its key says nothing any more.
fn short(place: &Location) -> String {
    place.shmid().map_or_else(|| place.to_string(), |shmid| format!("shmid {shmid}"))
}

/// Who has it attached.
fn holders(attached: Option<u64>) -> String {
    match attached {
        None => "a process has it".into(),
        Some(1) => "1 process has it".into(),
        Some(attached) => format!("{attached} processes have it"),
    }
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
