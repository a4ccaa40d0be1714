//! Finds the segment at the channel's keys, and creates one if there is none of ours.
//!
//! The caller holds the channel's `lock` for all of this, except for what only looks.
//!
//! # Crash behaviour
//! A segment without a magic, whose header holds nothing but zeros and what a new one holds, was left by a dead
//! creator. It is finished, but only if no complete segment of ours is at any other key.

use super::files::KEY_FILE;
use super::keys::Keys;
use super::probe::{AT_AGREED_KEY, Probe, Verdict, classify, is_mine, may_be_a_channels, may_be_ours, probe};
use crate::channel::config::Config;
use crate::channel::error::Error;
use crate::channel::header::SegmentHeader;
use crate::channel::segment_ref::SegmentRef;
use crate::fault::{Point, point};
use crate::folder::{Access, Folder};
use crate::key::{Identity, Key, PROJECT_IDS};
use crate::layout;
use crate::memory::{self, Segment, SegmentId, Stat, Window};
use log::{info, warn};
use nix::errno::Errno;
use std::io;

/// How often to look again at a key that was free and was then taken by another program, before trying the next key.
const CREATE_ATTEMPTS: usize = 3;

/// What exists of a channel.
pub(in crate::channel) enum Found {
    /// No segment.
    Nothing,
    /// A segment at one of the channel's keys, complete by now.
    Here(SegmentRef, SegmentHeader),
    /// None there, but a complete one at another key: its creator was given another key.
    Elsewhere(SegmentRef, SegmentHeader<Window>),
}

/// The identity to look for, and the segment, attached and checked.
pub(in crate::channel) fn find(config: &Config, keys: Keys, folder: &Folder) -> Result<(Identity, Found), Error> {
    let mut key_file = folder.open_file(KEY_FILE)?;
    let unread = |error: io::Error| match error.kind() {
        io::ErrorKind::InvalidData => Error::KeyFile(folder.path().join(KEY_FILE)),
        _ => Error::io(&config.name, "read or fill the key file", &error),
    };
    let known = Identity::read(&mut key_file).map_err(unread)?;
    let is_new = known.is_none();
    let identity = known.map_or_else(|| Identity::draw(&mut key_file), Ok).map_err(unread)?;
    let mut half_made = None;
    for key in keys.of(&identity) {
        match examine(config, &identity, key)? {
            Candidate::Ours(at, header) => return Ok((identity, Found::Here(at, header))),
            Candidate::HalfMade(half) => half_made = half_made.or(Some(half)),
            Candidate::Nothing | Candidate::Foreign => {}
        }
    }
    // No segment has an id that has only just been drawn.
    if !is_new && let Some((at, header)) = elsewhere(config, keys, &identity)? {
        return Ok((identity, Found::Elsewhere(at, header)));
    }
    let Some(half) = half_made else { return Ok((identity, Found::Nothing)) };
    let (at, header) = half.finish(config, folder, &identity)?;
    Ok((identity, Found::Here(at, header)))
}

/// The channel's segment at any other key. This searches all segments of the system, so that there is no record of keys
/// that could get lost or out of date. Such a segment has another key of the channel's key file, or the mark
/// [`AT_AGREED_KEY`].
pub(in crate::channel) fn elsewhere(
    config: &Config,
    keys: Keys,
    identity: &Identity,
) -> Result<Option<(SegmentRef, SegmentHeader<Window>)>, Error> {
    let all = memory::all().map_err(|errno| Error::system(&config.name, "look for the segment", errno))?;
    elsewhere_among(&all, config, keys, identity)
}

/// The same, among these.
pub(in crate::channel) fn elsewhere_among(
    all: &[(SegmentId, Stat)],
    config: &Config,
    keys: Keys,
    identity: &Identity,
) -> Result<Option<(SegmentRef, SegmentHeader<Window>)>, Error> {
    for &(shmid, stat) in all {
        let may_be = !stat.doomed
            && may_be_a_channels(&stat)
            && may_be_ours(config.access, &stat)
            && (identity.makes(stat.key) || stat.mode & AT_AGREED_KEY != 0)
            && keys.of(identity).all(|key| key != stat.key);
        if !may_be {
            continue;
        }
        let header = match Window::attach(shmid) {
            Ok(window) => SegmentHeader(window),
            // It has gone in the meantime, or we may not look at it.
            Err(Errno::EINVAL | Errno::EIDRM | Errno::EACCES | Errno::EPERM) => continue,
            // It may be the one: not knowing is no reason to create a second one.
            Err(errno) => return Err(Error::system(&config.name, "look at the segment", errno)),
        };
        if header.magic() == layout::MAGIC && header.version() == layout::VERSION && header.belongs_to(identity) {
            return Ok(Some((SegmentRef { channel: config.name.clone(), key: stat.key, shmid }, header)));
        }
    }
    Ok(None)
}

/// Creates the segment at the first free key, and reports it as soon as it is there.
pub(in crate::channel) fn create(
    config: &Config,
    keys: Keys,
    folder: &Folder,
    identity: &Identity,
    created: impl FnOnce(SegmentId),
) -> Result<(SegmentRef, SegmentHeader), Error> {
    let bytes = layout::segment_bytes(config.capacity);
    for key in keys.of(identity) {
        for _ in 0..CREATE_ATTEMPTS {
            match memory::create(key, bytes, 0o600 | mark(identity, key)) {
                Ok(shmid) => {
                    created(shmid);
                    point(Point::SegmentCreated);
                    let attached = Segment::attach(shmid);
                    let header = SegmentHeader(
                        attached.map_err(|errno| Error::system(&config.name, "attach the new segment", errno))?,
                    );
                    share(config, shmid, mark(identity, key))?;
                    initialise(config, &header, folder, identity, config.capacity)?;
                    return Ok((SegmentRef { channel: config.name.clone(), key, shmid }, header));
                }
                Err(Errno::EEXIST) => match examine(config, identity, key)? {
                    Candidate::Nothing => {}
                    Candidate::Foreign => break,
                    // None of us creates one while we hold the lock: the earlier look was refused.
                    Candidate::Ours(at, header) => return Ok((at, header)),
                    Candidate::HalfMade(half) => return half.finish(config, folder, identity),
                },
                Err(errno) => return Err(Error::system(&config.name, "create the segment", errno)),
            }
        }
        if let Keys::Own = keys {
            warn!("channel {}: key {key} belongs to another program, trying the next one", config.name);
        } else {
            return Err(key_taken(config, key));
        }
    }
    let first = identity.key(*PROJECT_IDS.start());
    Err(Error::NoFreeKey { channel: config.name.clone(), first })
}

/// The error that says whose segment has the only key that may be used.
fn key_taken(config: &Config, key: Key) -> Error {
    let all = memory::all().unwrap_or_default();
    let found = all.into_iter().find(|(_, stat)| stat.key == key && !stat.doomed);
    let taken = |(shmid, stat): (SegmentId, Stat)| (SegmentRef { channel: config.name.clone(), key, shmid }, stat.uid);
    match found.map(taken) {
        Some((at, owner)) => Error::KeyTaken { at, owner },
        None => Error::NoFreeKey { channel: config.name.clone(), first: key },
    }
}

/// What to set in the mode of the channel's segment at this key.
fn mark(identity: &Identity, key: Key) -> u32 {
    if identity.makes(key) { 0 } else { AT_AGREED_KEY }
}

/// Opens a segment of ours to the channel's group, if it has one.
fn share(config: &Config, shmid: SegmentId, mark: u32) -> Result<(), Error> {
    match config.access {
        Access::Owner => Ok(()),
        Access::Group(group) => memory::share(shmid, group, config.access.segment_mode() | mark)
            .map_err(|errno| Error::system(&config.name, "give the segment to the group", errno)),
    }
}

enum Candidate {
    Nothing,
    Foreign,
    HalfMade(HalfMade),
    Ours(SegmentRef, SegmentHeader),
}

/// A segment whose creator died before completing it.
struct HalfMade {
    at: SegmentRef,
    header: SegmentHeader,
    /// The size of a lane in bytes, from the size of the segment.
    capacity: u64,
    /// Whether we created it: only its creator can set its permissions.
    mine: bool,
}

impl HalfMade {
    fn finish(
        self,
        config: &Config,
        folder: &Folder,
        identity: &Identity,
    ) -> Result<(SegmentRef, SegmentHeader), Error> {
        let HalfMade { at, header, capacity, mine } = self;
        warn!("{at}: its creator died before finishing it; finishing it now");
        if mine {
            share(config, at.shmid, mark(identity, at.key))?;
        }
        initialise(config, &header, folder, identity, capacity)?;
        Ok((at, header))
    }
}

fn initialise(
    config: &Config,
    header: &SegmentHeader,
    folder: &Folder,
    identity: &Identity,
    capacity: u64,
) -> Result<(), Error> {
    let made = header.initialise(identity, folder.path(), capacity);
    made.map_err(|error| Error::io(&config.name, "draw a random number", &error))
}

/// Decides whose segment is at `key`. What is not certainly ours is foreign, and stays untouched.
fn examine(config: &Config, identity: &Identity, key: Key) -> Result<Candidate, Error> {
    let (at, header, stat) = match probe(config, key, Segment::attach)? {
        Probe::Nothing => return Ok(Candidate::Nothing),
        Probe::Foreign => return Ok(Candidate::Foreign),
        Probe::Attached(at, header, stat) => (at, header, stat),
    };
    match classify(config.access, identity, &at, &header, &stat)? {
        Verdict::Ours => Ok(Candidate::Ours(at, header)),
        Verdict::HalfMade { capacity } => {
            Ok(Candidate::HalfMade(HalfMade { at, header, capacity, mine: is_mine(&stat) }))
        }
        Verdict::Foreign => {
            info!("channel {}: shmid {} at key {} belongs to another program", config.name, at.shmid, at.key);
            Ok(Candidate::Foreign)
        }
    }
}
