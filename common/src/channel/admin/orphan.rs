//! Segments of ours that belong to no channel in the directory at hand: their folder is gone or elsewhere, or another
//! version made them.
//!
//! The magic number says that a segment is ours, and its owner says that we may decide about it. Its header says where
//! it belongs, and we check that: only if that folder is gone, or has another key file, can nobody find the segment any
//! more. If we cannot find out, it counts as in use. A segment whose creator died before storing the magic cannot be
//! distinguished from another program's.

use super::error::AdminError;
use super::ownership::Ownership;
use super::segment_status::SegmentStatus;
use super::segments::Segments;
use crate::channel::header::{self, SegmentHeader};
use crate::channel::locate::files::KEY_FILE;
use crate::channel::locate::probe::{is_mine, may_be_a_channels};
use crate::channel::name::ChannelName;
use crate::channel::role::Role;
use crate::fault::{Mutant, sabotaged};
use crate::folder::{self, Access, Folder};
use crate::key::Identity;
use crate::layout;
use crate::memory::{Location, Stat, Window};
use crate::presence::{DYING, within};
use crate::ring::Backlog;
use nix::errno::Errno;
use std::collections::HashSet;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

/// A segment of this user that belongs to no channel at hand: [`orphans`] and
/// [`Channel::damaged`](crate::Channel::damaged) find it.
///
/// ```
/// use shmchat::{Channel, Role, admin::{self, Ownership}};
///
/// # let folder = tempfile::tempdir()?;
/// # let channel = Channel::named("lobby".parse()?).dir(folder.path());
/// let mut writer = channel.attach(Role::Writer)?;
/// writer.send("anybody?")?;
/// writer.quit()?;
/// std::fs::remove_dir_all(folder.path().join("lobby"))?; // so nobody finds the segment any more
///
/// let orphans = admin::orphans(Some(folder.path()), &[])?;
/// assert_eq!((orphans.len(), &orphans[0].whose), (1, &Ownership::Nobodys));
/// assert!(!orphans[0].is_empty() && orphans[0].clean(false).is_err(), "a message is waiting there");
/// assert!(orphans[0].clean(true)?);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
#[non_exhaustive]
pub struct Orphan {
    /// The segment.
    pub segment: SegmentStatus,
    /// Whose it is.
    pub whose: Ownership,
    /// The folder that it was made for, as its creator said. Do not print it to a terminal as it is: it may contain control
    /// characters.
    pub folder: Option<PathBuf>,
    /// What waits in it. `None` if that cannot be told.
    pub waiting: Option<Backlog>,
    /// Whose checkpoint is kept in it, if one is: see [`Sender::flush_at`](crate::Sender::flush_at).
    pub checkpoint: Option<Role>,
}

/// All orphan segments of this user, except those in `known`. With `within`, only those that were made for a channel in that
/// directory. The example is at [`Orphan`].
///
/// # Errors
/// [`AdminError::Segments`] if the system does not list its segments.
pub fn orphans(within: Option<&Path>, known: &[Location]) -> Result<Vec<Orphan>, AdminError> {
    Ok(Segments::list()?.orphans(within, known))
}

impl Segments {
    /// Does what [`orphans`] does.
    pub fn orphans(&self, within: Option<&Path>, known: &[Location]) -> Vec<Orphan> {
        let within = within.map(Place::of);
        let known: HashSet<_> = known.iter().collect();
        let mut orphans = Vec::new();
        for (place, stat) in &self.all {
            if is_mine(stat)
                && !known.contains(place)
                && let Some(header) = look(place, stat)
                && within.as_ref().is_none_or(|base| folder(&header).is_some_and(|folder| base.holds(&folder)))
            {
                orphans.push(describe(place, stat, &header));
            }
        }
        orphans.sort_by_key(|orphan| (orphan.segment.place.shmid().map(|id| id.0), orphan.segment.place.path()));
        orphans
    }
}

/// The header of a segment of ours; `None` if it is not, or has gone.
fn look(place: &Location, stat: &Stat) -> Option<SegmentHeader<Window>> {
    if !may_be_a_channels(place.key(), stat) {
        return None;
    }
    let header = SegmentHeader(Window::attach(place).ok()?);
    (header.magic() == layout::MAGIC).then_some(header)
}

/// The folder that a segment was made for, if its version is ours: we do not know where another one has it.
fn folder(header: &SegmentHeader<Window>) -> Option<PathBuf> {
    if header.version() == layout::VERSION { header.folder() } else { None }
}

/// What there is to say about a segment that has the magic number.
pub(in crate::channel) fn describe(place: &Location, stat: &Stat, header: &SegmentHeader<Window>) -> Orphan {
    let segment = SegmentStatus::new(place, stat);
    let mut orphan = Orphan { segment, whose: Ownership::Unknown, folder: None, waiting: None, checkpoint: None };
    let version = header.version();
    if version != layout::VERSION {
        orphan.whose = Ownership::Version(version);
        return orphan;
    }
    orphan.folder = folder(header);
    orphan.whose = match &orphan.folder {
        _ if stat.doomed => Ownership::Removed,
        Some(folder) => whose(folder, header, orphan.segment.access()),
        None => Ownership::Unknown,
    };
    if let Ok([messages, replies]) = header::lanes(header) {
        orphan.waiting = messages.zip(replies).map(|(messages, replies)| messages.and(replies));
        orphan.checkpoint = header::checkpoint(header);
    }
    orphan
}

/// Whose segment it is, if it says that it was made for this folder.
fn whose(folder: &Path, header: &SegmentHeader<Window>, access: Access) -> Ownership {
    let name = folder.file_name().and_then(|name| name.to_str()).and_then(|name| name.parse::<ChannelName>().ok());
    let (Some(base), Some(channel)) = (folder.parent(), name) else { return Ownership::Unknown };
    let key_file = match Folder::open_existing(base, channel.as_str(), access) {
        Ok(folder) => folder.open_to_read(KEY_FILE),
        Err(folder::Error::System { errno: Errno::ENOENT, .. }) => Ok(None),
        Err(error) => Err(error),
    };
    match key_file.map(|file| file.map(|mut file| Identity::read(&mut file))) {
        Ok(None | Some(Ok(None))) => Ownership::Nobodys,
        Ok(Some(Ok(Some(identity)))) if header.belongs_to(&identity) => {
            Ownership::Elsewhere { base: base.into(), channel }
        }
        Ok(Some(Ok(Some(_)))) => Ownership::Nobodys,
        Ok(Some(Err(_))) | Err(_) => Ownership::Unknown,
    }
}

/// A directory in which channels' folders lie.
struct Place {
    /// Device and inode; `None` if it is gone.
    found: Option<(u64, u64)>,
    path: Option<PathBuf>,
}

impl Place {
    fn of(base: &Path) -> Self {
        Place { found: inode(base), path: std::path::absolute(base).ok() }
    }

    /// Whether a channel's folder is, or was, in it.
    fn holds(&self, folder: &Path) -> bool {
        let Some(parent) = folder.parent() else { return false };
        match (inode(parent), self.found) {
            (Some(one), Some(other)) => one == other,
            _ => self.path.as_deref() == Some(parent),
        }
    }
}

/// The device and inode of a directory, however its path is spelled.
fn inode(path: &Path) -> Option<(u64, u64)> {
    path.metadata().map(|found| (found.dev(), found.ino())).ok()
}

/// Whether a memory is in use for longer than a look takes: every start that creates a segment, and every `--status`,
/// attaches segments of its user for a moment, to see whose they are.
pub(in crate::channel) fn is_in_use(place: &Location) -> Result<bool, Errno> {
    within(DYING, || Ok(!place.is_in_use()?)).map(|is_free| !is_free)
}

impl Orphan {
    /// Whether certainly nothing waits in it, and no checkpoint is kept there.
    pub fn is_empty(&self) -> bool {
        self.checkpoint.is_none()
            && self.waiting.is_some_and(|waiting| match sabotaged(Mutant::CountDecides) {
                true => waiting.messages == 0,
                false => waiting.is_empty(),
            })
    }

    /// Removes the segment, if nobody can find it any more and nobody has it attached. False if it is not this user's
    /// to remove. With `force` it also removes a segment that has messages in it, makes no sense, or has an older
    /// layout. The example is at [`Orphan`].
    ///
    /// # Errors
    /// - [`AdminError::OrphanInUse`] if a process has it attached.
    /// - [`AdminError::OrphanWaits`] if it needs `force`.
    /// - [`AdminError::OrphanUnknown`] if nothing says that it is this library's.
    pub fn clean(&self, force: bool) -> Result<bool, AdminError> {
        let place = &self.segment.place;
        match &self.whose {
            Ownership::Nobodys | Ownership::Damaged(_) => {}
            Ownership::Version(version) if *version < layout::VERSION => {}
            Ownership::AtKey(channel) => {
                return Err(AdminError::OrphanUnknown { channel: channel.clone(), place: place.clone() });
            }
            Ownership::Version(_) | Ownership::Elsewhere { .. } | Ownership::Removed | Ownership::Unknown => {
                return Ok(false);
            }
        }
        let failed = |errno| AdminError::Segments {
            doing: place.kind().doing("remove the segment", "remove the memory"),
            errno,
        };
        // Nobody can come any more: a new process finds another id, or another layout.
        match is_in_use(place) {
            Ok(false) => {}
            Ok(true) => {
                let attached = place.stat().ok().and_then(|stat| stat.attached);
                return Err(AdminError::OrphanInUse { place: place.clone(), attached });
            }
            Err(Errno::EINVAL | Errno::EIDRM | Errno::ENOENT) => return Ok(false),
            Err(errno) => return Err(failed(errno)),
        }
        // A process that was attached when we found the segment may have left something since.
        let now = place.stat().ok();
        let now = now.and_then(|stat| look(place, &stat).map(|header| describe(place, &stat, &header)));
        let waiting = match now {
            // The contents of a damaged one are unknown.
            _ if matches!(self.whose, Ownership::Damaged(_)) => Some((None, None)),
            Some(now) if now.is_empty() => None,
            Some(now) => Some((now.waiting, now.checkpoint)),
            None => return Ok(false),
        };
        if let Some((waiting, checkpoint)) = waiting.filter(|_| !force) {
            return Err(AdminError::OrphanWaits {
                place: place.clone(),
                whose: self.whose.clone(),
                waiting,
                checkpoint,
            });
        }
        place.remove().map_err(failed)?;
        Ok(true)
    }
}
