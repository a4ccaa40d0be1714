//! Cleaning up after processes that did not leave in good order.
//!
//! It takes both roles and the channel's `lock`, so that nobody is there and nobody can come. Then it looks at what is
//! there as a start would, which also finishes what a killed start left incomplete, and removes it.
//!
//! The folder stays, with its key and lock files, so that the next start has the same key. `forget` removes that too.

use super::error::AdminError;
use super::orphan;
use crate::channel::config::Config;
use crate::channel::error::Error;
use crate::channel::header::{self, SegmentHeader};
use crate::channel::locate::alone::alone;
use crate::channel::locate::files::{existing_folder, waiting_ring};
use crate::channel::locate::find::{Found, find};
use crate::channel::locate::keys::Keys;
use crate::channel::locate::locks::{Entered, enter, me};
use crate::channel::locate::remove::remove_segment;
use crate::channel::role::Role;
use crate::channel::segment_ref::SegmentRef;
use crate::fault::{Mutant, Point, point, sabotaged};
use crate::folder::Folder;
use crate::layout::{self, Words};
use crate::ring::Backlog;

/// What [`Channel::clean`](crate::Channel::clean) or [`Channel::forget`](crate::Channel::forget) removed.
///
/// ```
/// use shmchat::{Channel, Role};
///
/// # let folder = tempfile::tempdir()?;
/// # let channel = Channel::named("lobby".parse()?).dir(folder.path());
/// let mut writer = channel.attach(Role::Writer)?;
/// writer.send("anybody?")?;
/// writer.quit()?;
/// let cleaned = channel.clean(true)?.expect("something was there");
/// assert!(cleaned.segment.is_some());
/// assert_eq!((cleaned.waiting.messages, cleaned.doorbells), (1, 2));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Cleaned {
    /// The segment, if there was one.
    pub segment: Option<SegmentRef>,
    /// What waited in it and is gone, as far as it could be counted.
    pub waiting: Backlog,
    /// Whose checkpoint was kept in it and is gone, if one was.
    pub checkpoint: Option<Role>,
    /// How many doorbells there were.
    pub doorbells: u32,
    /// Whether the folder was removed: only by [`Channel::forget`](crate::Channel::forget).
    pub folder: bool,
}

impl Cleaned {
    /// `None` if there was neither a segment nor a doorbell.
    pub(super) fn if_anything(self) -> Option<Self> {
        (self.segment.is_some() || self.doorbells > 0).then_some(self)
    }
}

/// What is lost if a segment is removed.
struct Loss {
    waiting: Backlog,
    checkpoint: Option<Role>,
}

impl Loss {
    /// Why a segment stays.
    fn refusal(self, at: SegmentRef) -> AdminError {
        match self.checkpoint {
            Some(role) if self.waiting.is_empty() => AdminError::CheckpointKept { at, role },
            _ => AdminError::MessagesWait { at, waiting: self.waiting },
        }
    }
}

/// What is lost with a segment; `None` if nothing is, by head and tail.
fn look<W: Words>(header: &SegmentHeader<W>, at: &SegmentRef) -> Result<Option<Loss>, Error> {
    if header::is_empty(header, at)? {
        return Ok(None);
    }
    Ok(Some(Loss { waiting: header::backlog(header, at)?, checkpoint: header::checkpoint(header) }))
}

/// The channel's folder, and all of its locks, so that nobody is there and nobody can come; `None` if there is no folder.
pub(super) fn lock_out(config: &Config) -> Result<Option<Entered<2>>, Error> {
    let open = || match existing_folder(config)? {
        // Its locks and doorbells are gone, since a reboot or a logout, and its messages are not.
        None if waiting_ring(config)?.is_some() => {
            Ok(Some(Folder::open_or_create(&config.base(), config.name.as_str(), config.access)?))
        }
        found => Ok(found),
    };
    let entered = enter(config, [Role::Writer, Role::Reader], me(), open)?;
    point(Point::CleanLocked);
    Ok(entered)
}

/// Removes what no living process uses; see [`Channel::clean`](crate::Channel::clean).
pub(in crate::channel) fn clean(config: &Config, force: bool) -> Result<Option<Cleaned>, AdminError> {
    let keys = Keys::chosen(config)?;
    let Some(entered) = lock_out(config)? else { return Ok(None) };
    let cleaned = clean_locked(config, keys, &entered.folder, force)?;
    Ok(cleaned.if_anything())
}

/// The same, of a channel that is locked.
pub(super) fn clean_locked(config: &Config, keys: Keys, folder: &Folder, force: bool) -> Result<Cleaned, AdminError> {
    for role in [Role::Writer, Role::Reader] {
        // What a start would refuse is not ignored silently.
        folder.has_fifo(role.doorbell_file()).map_err(Error::from)?;
    }
    let found = match find(config, keys, folder) {
        Ok((_, Found::Nothing)) => None,
        // Attached until it is removed, so nobody takes it over.
        Ok((_, Found::Here(at, header))) => Some((look(&header, &at), at, Some(header))),
        Ok((_, Found::Elsewhere(at, header))) => Some((look(&header, &at), at, None)),
        // Ours by its id, but of no use to anybody.
        Err(Error::Corrupt { at, what }) => Some((Err(Error::Corrupt { at: at.clone(), what }), at, None)),
        // A process that uses it may hold other locks; but it is attached.
        Err(Error::Version { at, found })
            if found < layout::VERSION && orphan::is_in_use(&at.place).is_ok_and(|in_use| !in_use) =>
        {
            Some((Err(Error::Version { at: at.clone(), found }), at, None))
        }
        Err(error) => return Err(error.into()),
    };
    let force = force || sabotaged(Mutant::CleanIgnoresWhatWaits);
    let mut cleaned = Cleaned::default();
    let mut not_ours = None;
    if let Some((loss, at, attached)) = found {
        let _hold = match attached {
            None if !sabotaged(Mutant::CleanInUse) => alone(&at)?,
            _ => None,
        };
        match loss {
            Ok(Some(loss)) if !force => return Err(loss.refusal(at)),
            Err(error) if !force => return Err(error.into()),
            Ok(Some(Loss { waiting, checkpoint })) => (cleaned.waiting, cleaned.checkpoint) = (waiting, checkpoint),
            Ok(None) | Err(_) => {}
        }
        match remove_segment(config, &at) {
            Ok(()) => cleaned.segment = Some(at),
            // We still remove what we may.
            Err(error @ Error::NotOwner { .. }) => not_ours = Some(error),
            Err(error) => return Err(error.into()),
        }
    }
    for role in [Role::Writer, Role::Reader] {
        if folder.remove_fifo(role.doorbell_file()).map_err(Error::from)? {
            cleaned.doorbells += 1;
            point(Point::CleanFirstBellRemoved);
        }
    }
    point(Point::CleanBellsRemoved);
    match not_ours {
        Some(error) => Err(error.into()),
        None => Ok(cleaned),
    }
}
