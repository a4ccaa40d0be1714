//! Cleaning up after those who did not leave in good order.
//!
//! Both roles are taken and the channel's `lock`, so that nobody is there and nobody can come; then what is there is looked at
//! as a start would, which also finishes what a killed start has left half made, and removed.
//!
//! The folder stays, with its key and lock files. A start may wait for a lock in a file that is removed meanwhile, and then
//! hold the lock of a file that nobody else finds; and the key file's inode is the key.

use super::attach;
use super::error::{Error, SegmentRef};
use super::find::{Found, existing_folder, find};
use super::header::SegmentHeader;
use super::{Channel, Role};
use super::{orphan, summary};
use crate::fault::{Mutant, Point, point, sabotaged};
use crate::folder::Access;
use crate::layout::Words;
use crate::ring::Backlog;
use crate::{layout, segment};
use nix::errno::Errno;

/// What [`Channel::clean`] removed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cleaned {
    /// The segment, if there was one.
    pub segment: Option<SegmentRef>,
    /// What waited in it and went with it, as far as it could be counted.
    pub waiting: Backlog,
    /// Bells that lay there.
    pub bells: u32,
}

pub(super) fn remove_segment(channel: &Channel, at: &SegmentRef) -> Result<(), Error> {
    let failed = |errno| Error::System { channel: channel.name.clone(), doing: "remove the segment", errno };
    segment::remove(at.shmid).map_err(|errno| match (errno, segment::stat(at.shmid)) {
        (Errno::EPERM, Ok(stat)) if channel.access != Access::Owner => {
            Error::NotOwner { at: at.clone(), owner: stat.uid }
        }
        (errno, _) => failed(errno),
    })?;
    point(Point::CleanSegmentRemoved);
    Ok(())
}

/// What waits in a segment; none where nothing does, which head and tail say.
fn look<W: Words>(header: &SegmentHeader<W>, at: &SegmentRef) -> Result<Option<Backlog>, Error> {
    if summary::is_empty(header, at)? { Ok(None) } else { summary::backlog(header, at).map(Some) }
}

/// Removes what no living process holds; see [`Channel::clean`].
pub(super) fn clean(channel: &Channel, force: bool) -> Result<Option<Cleaned>, Error> {
    let keys = channel.key.keys(&channel.name)?;
    let Some(folder) = existing_folder(channel)? else { return Ok(None) };
    // Both roles, so that nobody can come while we look.
    let _writer = attach::take_role(channel, &folder, Role::Writer, attach::me())?;
    let _reader = attach::take_role(channel, &folder, Role::Reader, attach::me())?;
    let _guard = attach::lock(&channel.name, &folder)?;
    point(Point::CleanLocked);
    for role in [Role::Writer, Role::Reader] {
        // What a start would refuse is not passed over in silence.
        folder.has_fifo(role.bell_file())?;
    }
    let found = match find(channel, keys, &folder) {
        Ok((_, Found::Nothing)) => None,
        Ok((_, Found::Here(at, header))) => Some((look(&header, &at), at)),
        Ok((_, Found::Elsewhere(at, header))) => Some((look(&header, &at), at)),
        // Ours by its id, and of no use to anyone.
        Err(Error::Corrupt { at, what }) => Some((Err(Error::Corrupt { at: at.clone(), what }), at)),
        // One that lives in it holds other locks, perhaps; but whoever uses it is attached.
        Err(Error::Version { at, found })
            if found < layout::VERSION && orphan::attached(at.shmid).is_ok_and(|attached| attached == 0) =>
        {
            Some((Err(Error::Version { at: at.clone(), found }), at))
        }
        Err(error) => return Err(error),
    };
    let force = force || sabotaged(Mutant::CleanIgnoresWhatWaits);
    let mut cleaned = Cleaned { segment: None, waiting: Backlog::default(), bells: 0 };
    let mut not_ours = None;
    if let Some((waiting, at)) = found {
        cleaned.waiting = match waiting {
            Ok(Some(waiting)) if !force => return Err(Error::MessagesWait { at, waiting }),
            Err(error) if !force => return Err(error),
            waiting => waiting.ok().flatten().unwrap_or_default(),
        };
        match remove_segment(channel, &at) {
            Ok(()) => cleaned.segment = Some(at),
            // What we may remove goes all the same.
            Err(error @ Error::NotOwner { .. }) => not_ours = Some(error),
            Err(error) => return Err(error),
        }
    }
    for role in [Role::Writer, Role::Reader] {
        if folder.remove_fifo(role.bell_file())? {
            cleaned.bells += 1;
            point(Point::CleanFirstBellRemoved);
        }
    }
    point(Point::CleanBellsRemoved);
    if let Some(error) = not_ours {
        return Err(error);
    }
    Ok((cleaned.segment.is_some() || cleaned.bells > 0).then_some(cleaned))
}
