//! Finds the channel's memory, and creates one if there is none: a segment at one of its keys, POSIX memory with its name, or
//! the file in its folder. Nothing but the memory itself says of which kind it is, so nothing else can be out of date.
//!
//! The caller holds the channel's `lock` for all of this, except for what only looks.
//!
//! # Crash behaviour
//! A segment without a magic, whose header holds nothing but zeros and what a new one holds, was left by a dead
//! creator. It is finished, but only if no complete segment of ours is at any other key.

use super::alone::{adopt, alone, in_use};
use super::files::{KEY_FILE, make_ring_folder, ring_folder};
use super::keys::Keys;
use super::probe::{
    AT_AGREED_KEY, Probe, Verdict, check_blank, classify, is_mine, may_be_a_channels, may_be_ours, probe, refusal,
};
use super::remove::remove_segment;
use crate::channel::config::Config;
use crate::channel::disk::{SegmentDisk, this_boot};
use crate::channel::error::{Error, MemoryError};
use crate::channel::header::SegmentHeader;
use crate::channel::segment_ref::SegmentRef;
use crate::fault::{Point, point};
use crate::folder::{Access, Folder};
use crate::key::{Identity, Key, PROJECT_IDS};
use crate::layout;
use crate::memory::{self, Hold, Location, MemoryKind, Rights, Segment, Slot, Stat, Window};
use log::{info, warn};
use nix::errno::Errno;
use std::io;
use std::path::Path;
use std::sync::Arc;

/// How often to look again at a key that was free and was then taken by another program, before trying the next key.
const CREATE_ATTEMPTS: usize = 3;

/// What exists of a channel.
pub(in crate::channel) enum Found {
    /// No memory.
    Nothing,
    /// One of the kind that was asked for, at one of the channel's keys or with its name, complete by now.
    Here(SegmentRef, SegmentHeader),
    /// None there, but a complete one at another key, or of another kind: its creator was given another key or kind.
    Elsewhere(SegmentRef, SegmentHeader<Window>),
}

impl Found {
    /// A memory that was not asked for; nothing if it has gone.
    fn elsewhere(at: SegmentRef) -> Result<Self, Error> {
        match Window::attach(&at.place) {
            Ok(window) => Ok(Found::Elsewhere(at, SegmentHeader(window))),
            // Somebody in another folder of the channel has just removed it.
            Err(Errno::ENOENT | Errno::EINVAL | Errno::EIDRM) => Ok(Found::Nothing),
            Err(errno) => Err(Error::system(&at.channel, at.place.kind().looking(), errno)),
        }
    }
}

/// The identity to look for, and the memory, attached and checked.
pub(in crate::channel) fn find(config: &Config, keys: Keys, folder: &Folder) -> Result<(Identity, Found), Error> {
    let mut key_file = folder.open_file(KEY_FILE)?;
    let unread = |error: io::Error| match error.kind() {
        io::ErrorKind::InvalidData => Error::KeyFile(folder.path().join(KEY_FILE)),
        _ => Error::io(&config.name, "read or fill the key file", &error),
    };
    let known = Identity::read(&mut key_file).map_err(unread)?;
    let is_new = known.is_none();
    let identity = known.map_or_else(|| Identity::draw(&mut key_file), Ok).map_err(unread)?;
    let ring = ring_folder(config, folder)?;
    // What is not complete, in the order in which to take it up.
    let (mut of_other_kind, mut half_made, mut estranged) = (None, None, None);
    for slot in slots(keys, &identity, ring.as_ref()) {
        match examine(config, &identity, &slot)? {
            Candidate::Ours(at, header) if config.takes(slot.kind()) => return Ok((identity, Found::Here(at, header))),
            Candidate::Ours(at, _) => of_other_kind = of_other_kind.or(Some(at)),
            Candidate::HalfMade(half) => half_made = half_made.or(Some(half)),
            Candidate::Estranged(at) => estranged = estranged.or(Some(at)),
            Candidate::Nothing | Candidate::Foreign => {}
        }
    }
    if let Some(at) = of_other_kind
        && let found @ Found::Elsewhere(..) = Found::elsewhere(at)?
    {
        return Ok((identity, found));
    }
    // No segment has an id that has only just been drawn.
    if !is_new && let Some((at, header)) = elsewhere(config, keys, &identity)? {
        return Ok((identity, Found::Elsewhere(at, header)));
    }
    if let Some(half) = half_made {
        let (at, header) = half.finish(config, folder, &identity)?;
        let is_chosen = config.takes(at.place.kind());
        return Ok((identity, if is_chosen { Found::Here(at, header) } else { Found::elsewhere(at)? }));
    }
    let Some(at) = estranged else { return Ok((identity, Found::Nothing)) };
    if !config.takes(at.place.kind()) {
        return Ok((identity, Found::elsewhere(at)?));
    }
    let adopted = adopt(folder, &identity, &at)?;
    Ok((identity, adopted.map_or(Found::Nothing, |header| Found::Here(at, header))))
}

/// The places in which a memory may be: first those that a name leads to, which costs one call each if there is nothing.
pub(in crate::channel) fn slots(
    keys: Keys,
    identity: &Identity,
    ring: Option<&Arc<Folder>>,
) -> impl Iterator<Item = Slot> {
    let named = [Some(Slot::Posix(identity.id)), ring.map(|folder| Slot::File(Arc::clone(folder)))];
    named.into_iter().flatten().chain(keys.of(identity).map(Slot::SysV))
}

/// The channel's segment at any other key. This searches all segments of the system, so that there is no record of keys
/// that could get lost or out of date. Such a segment has another key of the channel's key file, or the mark
/// [`AT_AGREED_KEY`].
pub(in crate::channel) fn elsewhere(
    config: &Config,
    keys: Keys,
    identity: &Identity,
) -> Result<Option<(SegmentRef, SegmentHeader<Window>)>, Error> {
    let all = memory::segments().map_err(|errno| Error::system(&config.name, "look for the segment", errno))?;
    elsewhere_among(&all, config, keys, identity)
}

/// The same, among these.
pub(in crate::channel) fn elsewhere_among(
    all: &[(Location, Stat)],
    config: &Config,
    keys: Keys,
    identity: &Identity,
) -> Result<Option<(SegmentRef, SegmentHeader<Window>)>, Error> {
    for (place, stat) in all {
        let Some(key) = place.key() else { continue };
        let may_be = !stat.doomed
            && may_be_a_channels(Some(key), stat)
            && may_be_ours(config.access, stat)
            && (identity.makes(key) || stat.mode & AT_AGREED_KEY != 0)
            && keys.of(identity).all(|other| other != key);
        if !may_be {
            continue;
        }
        let header = match Window::attach(place) {
            Ok(window) => SegmentHeader(window),
            // It has gone in the meantime, or we may not look at it.
            Err(Errno::EINVAL | Errno::EIDRM | Errno::EACCES | Errno::EPERM) => continue,
            // It may be the one: not knowing is no reason to create a second one.
            Err(errno) => return Err(Error::system(&config.name, "look at the segment", errno)),
        };
        if header.magic() == layout::MAGIC && header.version() == layout::VERSION && header.belongs_to(identity) {
            return Ok(Some((SegmentRef { channel: config.name.clone(), place: place.clone() }, header)));
        }
    }
    Ok(None)
}

/// Creates a memory of the kind that was chosen, in the first free slot, and reports it as soon as it is there.
pub(in crate::channel) fn create(
    config: &Config,
    keys: Keys,
    folder: &Folder,
    identity: &Identity,
    created: impl FnOnce(Location, Hold),
) -> Result<(SegmentRef, SegmentHeader), Error> {
    match config.chosen().unwrap_or_default() {
        MemoryKind::SysV => create_segment(config, keys, folder, identity, created),
        MemoryKind::Posix => create_named(config, &Slot::Posix(identity.id), folder, identity, created),
        MemoryKind::File => {
            let slot = Slot::File(make_ring_folder(config, folder)?);
            create_named(config, &slot, folder, identity, created)
        }
    }
}

/// Creates what has only one name.
fn create_named(
    config: &Config,
    slot: &Slot,
    folder: &Folder,
    identity: &Identity,
    created: impl FnOnce(Location, Hold),
) -> Result<(SegmentRef, SegmentHeader), Error> {
    for _ in 0..CREATE_ATTEMPTS {
        match slot.create_held(layout::segment_bytes(config.capacity), config.rights()) {
            Ok((place, hold)) => return begin(config, folder, identity, place, hold, created),
            // A start in another folder of the channel was faster.
            Err(Errno::EEXIST | Errno::EAGAIN) => match examine(config, identity, slot)? {
                Candidate::Nothing => {}
                Candidate::Foreign => break,
                Candidate::Ours(at, header) => return Ok((at, header)),
                Candidate::HalfMade(half) => return half.finish(config, folder, identity),
                Candidate::Estranged(at) => {
                    if let Some(header) = adopt(folder, identity, &at)? {
                        return Ok((at, header));
                    }
                }
            },
            Err(Errno::EREMOTE) => break,
            Err(errno @ (Errno::ENOSPC | Errno::EDQUOT)) => return Err(no_room(config, slot, errno)),
            Err(errno) => match slot.path().filter(|path| path.symlink_metadata().is_ok()) {
                // The kernel refuses to create what another user has put in a directory of everybody's.
                Some(_) if errno == Errno::EACCES => break,
                _ => return Err(Error::system(&config.name, "create the memory", errno)),
            },
        }
    }
    Err(refusal(config, slot))
}

/// The error that says how much room there is.
fn no_room(config: &Config, slot: &Slot, errno: Errno) -> Error {
    let (channel, path) = (config.name.clone(), slot.directory().unwrap_or(Path::new("")).to_path_buf());
    let (free, size) = slot.room().unwrap_or_default();
    MemoryError::NoRoom { channel, path, needed: layout::segment_bytes(config.capacity) as u64, free, size, errno }
        .into()
}

/// Attaches a new memory and writes its header.
fn begin(
    config: &Config,
    folder: &Folder,
    identity: &Identity,
    place: Location,
    hold: Hold,
    created: impl FnOnce(Location, Hold),
) -> Result<(SegmentRef, SegmentHeader), Error> {
    created(place.clone(), hold.clone());
    point(Point::SegmentCreated);
    let doing = place.kind().doing("attach the new segment", "attach the new memory");
    let failed = |errno| Error::system(&config.name, doing, errno);
    let header = SegmentHeader(Segment::attach_held(&place, &hold).map_err(failed)?);
    initialise(config, &header, folder, identity, config.capacity)?;
    header.0.share().map_err(failed)?;
    Ok((SegmentRef { channel: config.name.clone(), place }, header))
}

/// Creates a segment at the first free key.
fn create_segment(
    config: &Config,
    keys: Keys,
    folder: &Folder,
    identity: &Identity,
    created: impl FnOnce(Location, Hold),
) -> Result<(SegmentRef, SegmentHeader), Error> {
    let bytes = layout::segment_bytes(config.capacity);
    for key in keys.of(identity) {
        let slot = Slot::SysV(key);
        for _ in 0..CREATE_ATTEMPTS {
            match slot.create(bytes, marked(config, mark(identity, Some(key)))) {
                Ok(place) => return begin(config, folder, identity, place, Hold::default(), created),
                Err(Errno::EEXIST) => match examine(config, identity, &slot)? {
                    Candidate::Nothing => {}
                    Candidate::Foreign | Candidate::Estranged(_) => break,
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
    let all = memory::segments().unwrap_or_default();
    let found = all.into_iter().find(|(place, stat)| place.key() == Some(key) && !stat.doomed);
    let taken = |(place, stat): (Location, Stat)| (SegmentRef { channel: config.name.clone(), place }, stat.uid);
    match found.map(taken) {
        Some((at, owner)) => Error::KeyTaken { at, owner },
        None => Error::NoFreeKey { channel: config.name.clone(), first: key },
    }
}

/// What to set in the mode of the channel's segment at this key.
fn mark(identity: &Identity, key: Option<Key>) -> u32 {
    if key.is_none_or(|key| identity.makes(key)) { 0 } else { AT_AGREED_KEY }
}

/// What a segment gets, with this mark in its mode.
fn marked(config: &Config, mark: u32) -> Rights {
    let rights = config.rights();
    Rights { mode: rights.mode | mark, ..rights }
}

enum Candidate {
    Nothing,
    Foreign,
    HalfMade(HalfMade),
    /// Sound, and made for another key file.
    Estranged(SegmentRef),
    Ours(SegmentRef, SegmentHeader),
}

/// A memory whose creator died before completing it.
struct HalfMade {
    at: SegmentRef,
    header: SegmentHeader,
    /// The size of a lane in bytes, from the size of the memory.
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
        if mine && config.access != Access::Owner {
            let shared = at.place.share(marked(config, mark(identity, at.key())));
            let doing = at.place.kind().doing("give the segment to the group", "give the memory to the group");
            shared.map_err(|errno| Error::system(&config.name, doing, errno))?;
        }
        // A start in another folder of the channel may be finishing it too.
        header.0.exclude().map_err(|errno| match errno {
            Errno::EAGAIN => in_use(&at),
            errno => Error::system(&config.name, "attach the memory", errno),
        })?;
        if header.0.outlives_boot() {
            // After a power cut, the header may be all that is new; after another one, it would be again.
            header.clear_lanes();
            let disk = SegmentDisk::under(&header.0);
            if !header.persist(&disk) {
                return Err(disk.refused(config));
            }
        }
        initialise(config, &header, folder, identity, capacity)?;
        let shared = header.0.share();
        shared.map_err(|errno| Error::system(&config.name, "attach the memory", errno))?;
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
    let boot = if header.0.outlives_boot() { Some(this_boot(config)?) } else { None };
    let made = header.initialise(identity, folder.path(), capacity, boot);
    made.map_err(|error| Error::io(&config.name, "draw a random number", &error))
}

/// Decides whose memory is in `slot`. What is not certainly ours is foreign, and stays untouched.
fn examine(config: &Config, identity: &Identity, slot: &Slot) -> Result<Candidate, Error> {
    let (at, header, stat) = match probe(config, slot, Segment::attach)? {
        Probe::Nothing => return Ok(Candidate::Nothing),
        // Whatever is in the channel's own folder, or what was asked for, is not passed over silently.
        Probe::Foreign if slot.kind() == MemoryKind::File => return Err(refusal(config, slot)),
        Probe::Foreign if slot.kind() != MemoryKind::SysV && config.chosen() == Some(slot.kind()) => {
            return Err(refusal(config, slot));
        }
        Probe::Foreign => return Ok(Candidate::Foreign),
        Probe::WrongSize(at, stat) => {
            check_blank(&at, &stat)?;
            let Some(hold) = alone(&at)? else { return Ok(Candidate::Nothing) };
            if at.place.stat().is_ok_and(|now| now.bytes != stat.bytes) {
                // Its creator lives, in another folder of the channel, and has it finished by now.
                drop(hold);
                return examine(config, identity, slot);
            }
            warn!("{at}: its creator died before finishing it; it is removed");
            remove_segment(config, &at)?;
            return Ok(Candidate::Nothing);
        }
        Probe::Attached(at, header, stat) => (at, header, stat),
    };
    match classify(config.access, identity, &at, &header, &stat)? {
        Verdict::Ours => Ok(Candidate::Ours(at, header)),
        Verdict::Estranged => Ok(Candidate::Estranged(at)),
        Verdict::HalfMade { capacity } => {
            Ok(Candidate::HalfMade(HalfMade { at, header, capacity, mine: is_mine(&stat) }))
        }
        Verdict::Foreign => {
            info!("{at}: it belongs to another program");
            Ok(Candidate::Foreign)
        }
    }
}
