//! Whose segment stands at the channel's keys, and making one where none of ours does.
//!
//! PostgreSQL's rule: what is not certainly ours is foreign and stays untouched (`src/backend/port/sysv_shmem.c`). The
//! caller holds the channel's `lock` for all of it.
//!
//! # Crash behaviour
//! A segment with no magic, and nothing in its header but zeros and what a new one holds, is what a dead creator left: it
//! is finished, but only when no whole one of ours stands at any other key.

#![forbid(unsafe_code)]

use super::Channel;
use super::attach::system;
use super::error::{At, Error, Nonsense};
use super::header::Header;
use crate::fault::{Point, point};
use crate::folder::{self, Access, Folder};
use crate::key::{Identity, Key, PROJECT_IDS};
use crate::layout;
use crate::segment::{self, Segment, SegmentId, Stat};
use log::{info, warn};
use nix::errno::Errno;
use std::io;

pub(super) const KEY_FILE: &str = "key";

/// How often a key that was free and then taken by a foreign program is looked at again before the next is tried.
const CREATE_ATTEMPTS: usize = 3;

/// Whose segment to look for, and the segment, attached and checked, if there is one at any of the channel's keys.
pub(super) fn find(channel: &Channel, folder: &Folder) -> Result<(Identity, Option<(At, Header)>), Error> {
    let mut key_file = folder.open_file(KEY_FILE)?;
    let identity = Identity::read_or_fill(&mut key_file).map_err(|error| match error.kind() {
        io::ErrorKind::InvalidData => Error::KeyFile(folder.path().join(KEY_FILE)),
        _ => system(channel, "read or fill the key file", error),
    })?;
    let mut half_made = None;
    for key in PROJECT_IDS.map(|id| identity.key(id)) {
        match examine(channel, &identity, key)? {
            Candidate::Ours(at, header) => return Ok((identity, Some((at, header)))),
            Candidate::HalfMade(half) => half_made = half_made.or(Some(half)),
            Candidate::Nothing | Candidate::Foreign => {}
        }
    }
    let finished = half_made.map(|half| half.finish(channel, folder, &identity)).transpose()?;
    Ok((identity, finished))
}

/// Creates the segment at the first free key, and says which as soon as it is there.
pub(super) fn create(
    channel: &Channel,
    folder: &Folder,
    identity: &Identity,
    created: impl FnOnce(SegmentId),
) -> Result<(At, Header), Error> {
    let bytes = layout::segment_bytes(channel.capacity);
    for key in PROJECT_IDS.map(|id| identity.key(id)) {
        for _ in 0..CREATE_ATTEMPTS {
            match segment::create(key, bytes, 0o600) {
                Ok(shmid) => {
                    created(shmid);
                    point(Point::SegmentCreated);
                    let attached = Segment::attach(shmid);
                    let header =
                        Header(attached.map_err(|errno| segment_error(channel, "attach the new segment", errno))?);
                    share(channel, shmid)?;
                    header.initialise(identity, folder.path(), channel.capacity);
                    return Ok((At { channel: channel.name.clone(), key, shmid }, header));
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
        warn!("channel {}: the key {key} is another program's, trying the next", channel.name);
    }
    let first = identity.key(*PROJECT_IDS.start());
    Err(Error::NoFreeKey { channel: channel.name.clone(), first })
}

/// Opens a segment of ours to the channel's group, if it has one.
fn share(channel: &Channel, shmid: SegmentId) -> Result<(), Error> {
    match channel.access {
        Access::Owner => Ok(()),
        Access::Group(group) => segment::share(shmid, group, channel.access.segment_mode())
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
    Ours(At, Header),
}

/// A segment whose creator died before it was whole.
struct HalfMade {
    at: At,
    header: Header,
    /// Bytes of a lane, by the segment's size.
    capacity: u64,
    /// Whether the creator was us, who alone can set its rights.
    mine: bool,
}

impl HalfMade {
    fn finish(self, channel: &Channel, folder: &Folder, identity: &Identity) -> Result<(At, Header), Error> {
        let HalfMade { at, header, capacity, mine } = self;
        warn!("{at}: whoever created it died before it was finished; finishing it");
        if mine {
            share(channel, at.shmid)?;
        }
        header.initialise(identity, folder.path(), capacity);
        Ok((at, header))
    }
}

/// Whether a segment may be looked into at all: ours, or one that is open to our group just as ours would be. Anyone
/// can make one of that kind, so what stands in it decides.
fn may_be_ours(access: Access, stat: &Stat) -> bool {
    let shared = match access {
        Access::Owner => false,
        Access::Group(group) => stat.group == group && stat.mode == access.segment_mode(),
    };
    is_mine(stat) || shared
}

fn is_mine(stat: &Stat) -> bool {
    let me = nix::unistd::geteuid().as_raw();
    stat.uid == me && stat.creator == me
}

/// Decides whose segment stands at `key`. What is not certainly ours is foreign and stays untouched.
fn examine(channel: &Channel, identity: &Identity, key: Key) -> Result<Candidate, Error> {
    // A segment that goes away between two of these calls, or that we may not look at.
    let unless_gone = |errno| match errno {
        Errno::ENOENT | Errno::EINVAL | Errno::EIDRM => Ok(Candidate::Nothing),
        Errno::EACCES | Errno::EPERM => Ok(Candidate::Foreign),
        errno => Err(segment_error(channel, "look at the segment", errno)),
    };
    let shmid = match segment::find(key) {
        Ok(shmid) => shmid,
        Err(errno) => return unless_gone(errno),
    };
    let stat = match segment::stat(shmid) {
        Ok(stat) => stat,
        Err(errno) => return unless_gone(errno),
    };
    let Some(capacity) = layout::capacity_of(stat.bytes) else { return Ok(Candidate::Foreign) };
    if !may_be_ours(channel.access, &stat) {
        return Ok(Candidate::Foreign);
    }
    let header = match Segment::attach(shmid) {
        Ok(segment) => Header(segment),
        Err(errno) => return unless_gone(errno),
    };
    // Only now can it no longer go: one marked for removal before we attached would be ours alone, and the key
    // another's.
    match segment::stat(shmid) {
        Ok(stat) if stat.doomed => return Ok(Candidate::Nothing),
        Ok(_) => {}
        Err(errno) => return unless_gone(errno),
    }
    judge(channel, identity, At { channel: channel.name.clone(), key, shmid }, header, capacity, &stat)
}

/// Decides by its header whose segment this is.
fn judge(
    channel: &Channel,
    identity: &Identity,
    at: At,
    header: Header,
    capacity: u64,
    stat: &Stat,
) -> Result<Candidate, Error> {
    match header.magic() {
        layout::MAGIC if header.version() != layout::VERSION => {
            let found = header.version();
            Err(Error::Version { at, found })
        }
        layout::MAGIC if !header.belongs_to(identity) => Ok(Candidate::Foreign),
        layout::MAGIC if stat.mode & !channel.access.segment_mode() != 0 => Err(Error::TooOpen { at, mode: stat.mode }),
        layout::MAGIC if header.capacity() != capacity => {
            let value = header.capacity();
            Err(Error::Corrupt { at, what: Nonsense::Header { field: "the capacity", value } })
        }
        layout::MAGIC => Ok(Candidate::Ours(at, header)),
        // Less than the whole identity proves nothing, so its maker must be us.
        0 if header.is_unfinished(identity, capacity) && (is_mine(stat) || header.belongs_to(identity)) => {
            Ok(Candidate::HalfMade(HalfMade { at, header, capacity, mine: is_mine(stat) }))
        }
        // Ours, and used: to make it anew would throw away what waits there, under a living peer even.
        value @ 0 if header.belongs_to(identity) => {
            Err(Error::Corrupt { at, what: Nonsense::Header { field: "the magic number", value } })
        }
        _ => {
            info!("channel {}: shmid {} at key {} is another program's", channel.name, at.shmid, at.key);
            Ok(Candidate::Foreign)
        }
    }
}

/// The folder of a channel that exists; none where there is none.
pub(super) fn existing_folder(channel: &Channel) -> Result<Option<Folder>, Error> {
    match Folder::open_existing(&channel.base(), channel.name.as_str(), channel.access) {
        Ok(folder) => Ok(Some(folder)),
        Err(folder::Error::System { errno: Errno::ENOENT, .. }) => Ok(None),
        Err(error) => Err(error.into()),
    }
}
