//! Whose segment stands at the channel's keys, and making one where none of ours does.
//!
//! PostgreSQL's rule: what is not certainly ours is foreign and stays untouched (`src/backend/port/sysv_shmem.c`). The
//! caller holds the channel's `lock` for all of it, but for what only looks.
//!
//! # Crash behaviour
//! A segment with no magic, and nothing in its header but zeros and what a new one holds, is what a dead creator left: it
//! is finished, but only when no whole one of ours stands at any other key.

use super::Channel;
use super::attach::system;
use super::error::{Corruption, Error, SegmentRef};
use super::header::SegmentHeader;
use super::keys::Keys;
use crate::fault::{Point, point};
use crate::folder::{self, Access, FileId, Folder};
use crate::key::{Identity, Key, PROJECT_IDS};
use crate::layout::{self, Words};
use crate::segment::{self, Segment, SegmentId, Stat, Window};
use log::{info, warn};
use nix::errno::Errno;
use std::io;
use std::os::unix::fs::MetadataExt;

pub(super) const KEY_FILE: &str = "key";

/// Set in the mode of a segment that stands at no key of its channel's own key file: one whose makers agreed on another
/// file. `shmat(2)` asks for the right to execute only with `SHM_EXEC`, so the bit gives nobody anything; but the kernel
/// lists it, so a start knows by it which of a user's segments may be the channel's though their keys say nothing of it,
/// and attaches only those. To attach each of 1,000 takes 10 to 20 ms, to list them 0.6.
const AT_AGREED_KEY: u32 = 0o100;

/// How often a key that was free and then taken by a foreign program is looked at again before the next is tried.
const CREATE_ATTEMPTS: usize = 3;

/// What there is of a channel.
pub(super) enum Found {
    /// No segment.
    Nothing,
    /// A segment at one of the channel's keys, whole by now.
    Here(SegmentRef, SegmentHeader),
    /// None there, but a whole one at a key that was not asked for: whoever made it was told another key.
    Elsewhere(SegmentRef, SegmentHeader<Window>),
}

/// Whose segment to look for, and the segment, attached and checked.
pub(super) fn find(channel: &Channel, keys: Keys, folder: &Folder) -> Result<(Identity, Found), Error> {
    let mut key_file = folder.open_file(KEY_FILE)?;
    let identity = Identity::read_or_fill(&mut key_file).map_err(|error| match error.kind() {
        io::ErrorKind::InvalidData => Error::KeyFile(folder.path().join(KEY_FILE)),
        _ => system(channel, "read or fill the key file", error),
    })?;
    let mut half_made = None;
    for key in keys.of(&identity) {
        match examine(channel, &identity, key)? {
            Candidate::Ours(at, header) => return Ok((identity, Found::Here(at, header))),
            Candidate::HalfMade(half) => half_made = half_made.or(Some(half)),
            Candidate::Nothing | Candidate::Foreign => {}
        }
    }
    if let Some((at, header)) = elsewhere(channel, keys, &identity)? {
        return Ok((identity, Found::Elsewhere(at, header)));
    }
    let Some(half) = half_made else { return Ok((identity, Found::Nothing)) };
    let (at, header) = half.finish(channel, folder, &identity)?;
    Ok((identity, Found::Here(at, header)))
}

/// The channel's segment at any key but these. It is looked for among all segments of the system, so that there is no record
/// of keys that could be lost or out of date: it stands at another key of the channel's key file, or bears the mark of
/// [`AT_AGREED_KEY`].
pub(super) fn elsewhere(
    channel: &Channel,
    keys: Keys,
    identity: &Identity,
) -> Result<Option<(SegmentRef, SegmentHeader<Window>)>, Error> {
    let all = segment::all().map_err(|errno| segment_error(channel, "look for the segment", errno))?;
    for (shmid, stat) in all {
        let may_be = !stat.doomed
            && layout::capacity_of(stat.bytes).is_some()
            && may_be_ours(channel.access, &stat)
            && (identity.makes(stat.key) || stat.mode & AT_AGREED_KEY != 0)
            && keys.of(identity).all(|key| key != stat.key);
        if !may_be {
            continue;
        }
        let header = match Window::attach(shmid) {
            Ok(window) => SegmentHeader(window),
            // It has gone meanwhile, or it is not ours to look at.
            Err(Errno::EINVAL | Errno::EIDRM | Errno::EACCES | Errno::EPERM) => continue,
            // It may be the one: not knowing is no reason to make a second.
            Err(errno) => return Err(segment_error(channel, "look at the segment", errno)),
        };
        if header.magic() == layout::MAGIC && header.version() == layout::VERSION && header.belongs_to(identity) {
            return Ok(Some((SegmentRef { channel: channel.name.clone(), key: stat.key, shmid }, header)));
        }
    }
    Ok(None)
}

/// Creates the segment at the first free key, and says which as soon as it is there.
pub(super) fn create(
    channel: &Channel,
    keys: Keys,
    folder: &Folder,
    identity: &Identity,
    created: impl FnOnce(SegmentId),
) -> Result<(SegmentRef, SegmentHeader), Error> {
    let bytes = layout::segment_bytes(channel.capacity);
    for key in keys.of(identity) {
        for _ in 0..CREATE_ATTEMPTS {
            match segment::create(key, bytes, 0o600 | mark(identity, key)) {
                Ok(shmid) => {
                    created(shmid);
                    point(Point::SegmentCreated);
                    let attached = Segment::attach(shmid);
                    let header = SegmentHeader(
                        attached.map_err(|errno| segment_error(channel, "attach the new segment", errno))?,
                    );
                    share(channel, shmid, mark(identity, key))?;
                    header.initialise(identity, folder.path(), channel.capacity);
                    return Ok((SegmentRef { channel: channel.name.clone(), key, shmid }, header));
                }
                Err(Errno::EEXIST) => match examine(channel, identity, key)? {
                    Candidate::Nothing => {}
                    Candidate::Foreign => break,
                    // Nobody of ours creates one while we hold the lock: the look before this one was refused.
                    Candidate::Ours(at, header) => return Ok((at, header)),
                    Candidate::HalfMade(half) => return half.finish(channel, folder, identity),
                },
                Err(errno) => return Err(segment_error(channel, "create the segment", errno)),
            }
        }
        if let Keys::Own = keys {
            warn!("channel {}: the key {key} is another program's, trying the next", channel.name);
        } else {
            return Err(key_taken(channel, key));
        }
    }
    let first = identity.key(*PROJECT_IDS.start());
    Err(Error::NoFreeKey { channel: channel.name.clone(), first })
}

/// The error that says whose segment stands at the one key that may be used.
fn key_taken(channel: &Channel, key: Key) -> Error {
    let all = segment::all().unwrap_or_default();
    let found = all.into_iter().find(|(_, stat)| stat.key == key && !stat.doomed);
    let taken = |(shmid, stat): (SegmentId, Stat)| (SegmentRef { channel: channel.name.clone(), key, shmid }, stat.uid);
    match found.map(taken) {
        Some((at, owner)) => Error::KeyTaken { at, owner },
        None => Error::NoFreeKey { channel: channel.name.clone(), first: key },
    }
}

/// What is to be set in the mode of the channel's segment at this key.
fn mark(identity: &Identity, key: Key) -> u32 {
    if identity.makes(key) { 0 } else { AT_AGREED_KEY }
}

/// Opens a segment of ours to the channel's group, if it has one.
fn share(channel: &Channel, shmid: SegmentId, mark: u32) -> Result<(), Error> {
    match channel.access {
        Access::Owner => Ok(()),
        Access::Group(group) => segment::share(shmid, group, channel.access.segment_mode() | mark)
            .map_err(|errno| segment_error(channel, "give the segment to the group", errno)),
    }
}

fn segment_error(channel: &Channel, doing: &'static str, errno: Errno) -> Error {
    Error::System { channel: channel.name.clone(), doing, errno }
}

enum Candidate {
    Nothing,
    Foreign,
    HalfMade(HalfMade),
    Ours(SegmentRef, SegmentHeader),
}

/// A segment whose creator died before it was whole.
struct HalfMade {
    at: SegmentRef,
    header: SegmentHeader,
    /// Bytes of a lane, by the segment's size.
    capacity: u64,
    /// Whether the creator was us, who alone can set its rights.
    mine: bool,
}

impl HalfMade {
    fn finish(
        self,
        channel: &Channel,
        folder: &Folder,
        identity: &Identity,
    ) -> Result<(SegmentRef, SegmentHeader), Error> {
        let HalfMade { at, header, capacity, mine } = self;
        warn!("{at}: whoever created it died before it was finished; finishing it");
        if mine {
            share(channel, at.shmid, mark(identity, at.key))?;
        }
        header.initialise(identity, folder.path(), capacity);
        Ok((at, header))
    }
}

/// Whether a segment may be looked into at all: ours, or one that a member of our group has opened to it just as we would.
/// Anyone can make one with these rights, so it is asked whose it is, and who could take it back; then what stands in it
/// decides.
pub(super) fn may_be_ours(access: Access, stat: &Stat) -> bool {
    let shared = match access {
        Access::Owner => false,
        Access::Group(group) => {
            let open = stat.group == group && stat.mode & !AT_AGREED_KEY == access.segment_mode();
            open && access.admits(stat.uid) && access.admits(stat.creator)
        }
    };
    is_mine(stat) || shared
}

pub(super) fn is_mine(stat: &Stat) -> bool {
    let me = nix::unistd::geteuid().as_raw();
    stat.uid == me && stat.creator == me
}

/// A segment at a key.
pub(super) enum Probe<W> {
    Nothing,
    /// Of a size that none of ours has, or not ours to look into.
    Foreign,
    /// It may be ours; with what the kernel said of it before it was attached.
    Attached(SegmentRef, SegmentHeader<W>, Stat),
}

/// Looks whether a segment that may be ours stands at `key`, and attaches that.
pub(super) fn probe<W>(
    channel: &Channel,
    key: Key,
    attach: impl Fn(SegmentId) -> Result<W, Errno>,
) -> Result<Probe<W>, Error> {
    // A segment that goes away between two of these calls, or that we may not look at.
    let unless_gone = |errno| match errno {
        Errno::ENOENT | Errno::EINVAL | Errno::EIDRM => Ok(Probe::Nothing),
        Errno::EACCES | Errno::EPERM => Ok(Probe::Foreign),
        errno => Err(segment_error(channel, "look at the segment", errno)),
    };
    let shmid = match segment::find(key) {
        Ok(shmid) => shmid,
        Err(errno) => return unless_gone(errno),
    };
    let before = match segment::stat(shmid) {
        Ok(stat) => stat,
        Err(errno) => return unless_gone(errno),
    };
    if layout::capacity_of(before.bytes).is_none() || !may_be_ours(channel.access, &before) {
        return Ok(Probe::Foreign);
    }
    let header = match attach(shmid) {
        Ok(segment) => SegmentHeader(segment),
        Err(errno) => return unless_gone(errno),
    };
    // Only now can it no longer go: one marked for removal before we attached would be ours alone, and the key
    // another's.
    match segment::stat(shmid) {
        Ok(stat) if stat.doomed => Ok(Probe::Nothing),
        Ok(_) => Ok(Probe::Attached(SegmentRef { channel: channel.name.clone(), key, shmid }, header, before)),
        Err(errno) => unless_gone(errno),
    }
}

/// Decides whose segment stands at `key`. What is not certainly ours is foreign and stays untouched.
fn examine(channel: &Channel, identity: &Identity, key: Key) -> Result<Candidate, Error> {
    let (at, header, stat) = match probe(channel, key, Segment::attach)? {
        Probe::Nothing => return Ok(Candidate::Nothing),
        Probe::Foreign => return Ok(Candidate::Foreign),
        Probe::Attached(at, header, stat) => (at, header, stat),
    };
    match classify(channel.access, identity, &at, &header, &stat)? {
        Verdict::Ours => Ok(Candidate::Ours(at, header)),
        Verdict::HalfMade { capacity } => {
            Ok(Candidate::HalfMade(HalfMade { at, header, capacity, mine: is_mine(&stat) }))
        }
        Verdict::Foreign => {
            info!("channel {}: shmid {} at key {} is another program's", channel.name, at.shmid, at.key);
            Ok(Candidate::Foreign)
        }
    }
}

/// Whose a segment is, by its header.
pub(super) enum Verdict {
    Ours,
    HalfMade {
        /// Bytes of a lane, by the segment's size.
        capacity: u64,
    },
    Foreign,
}

/// Decides by its header whose segment this is. Nothing is written to it.
///
/// # Errors
/// Where it is ours and cannot be used.
pub(super) fn classify<W: Words>(
    access: Access,
    identity: &Identity,
    at: &SegmentRef,
    header: &SegmentHeader<W>,
    stat: &Stat,
) -> Result<Verdict, Error> {
    let Some(capacity) = layout::capacity_of(stat.bytes) else { return Ok(Verdict::Foreign) };
    let corrupt = |field, value| Error::Corrupt { at: at.clone(), what: Corruption::Header { field, value } };
    match header.magic() {
        // All layouts up to ours have the identity in the same place. Where a newer one has it we do not know.
        layout::MAGIC if header.version() > layout::VERSION => {
            Err(Error::Version { at: at.clone(), found: header.version() })
        }
        layout::MAGIC if header.version() < layout::VERSION && header.belongs_to(identity) => {
            Err(Error::Version { at: at.clone(), found: header.version() })
        }
        layout::MAGIC if !header.belongs_to(identity) => Ok(Verdict::Foreign),
        layout::MAGIC if stat.mode & !(access.segment_mode() | AT_AGREED_KEY) != 0 => {
            Err(Error::TooOpen { at: at.clone(), mode: stat.mode })
        }
        layout::MAGIC => match header.capacity() {
            Ok(_) => Ok(Verdict::Ours),
            Err(what) => Err(Error::Corrupt { at: at.clone(), what }),
        },
        // Less than the whole identity proves nothing, so its maker must be us.
        0 if header.is_unfinished(identity, capacity) && (is_mine(stat) || header.belongs_to(identity)) => {
            Ok(Verdict::HalfMade { capacity })
        }
        // Ours, and used: to make it anew would throw away what waits there, under a living peer even.
        0 if header.belongs_to(identity) => Err(corrupt("the magic number", 0)),
        _ => Ok(Verdict::Foreign),
    }
}

/// Whether the header says that the segment's channel lies in this folder, by whatever spelling.
pub(super) fn says_folder<W: Words>(header: &SegmentHeader<W>, folder: &Folder) -> Result<bool, Error> {
    let Some(Ok(said)) = header.folder().map(|path| path.symlink_metadata()) else { return Ok(false) };
    Ok(folder.place(".")? == Some(FileId { device: said.dev(), inode: said.ino() }))
}

/// The folder of a channel that exists; none where there is none.
pub(super) fn existing_folder(channel: &Channel) -> Result<Option<Folder>, Error> {
    match Folder::open_existing(&channel.base(), channel.name.as_str(), channel.access) {
        Ok(folder) => Ok(Some(folder)),
        Err(folder::Error::System { errno: Errno::ENOENT, .. }) => Ok(None),
        Err(error) => Err(error.into()),
    }
}
