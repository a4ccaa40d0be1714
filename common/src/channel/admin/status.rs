//! The state of a channel, for people to read.
//!
//! It only looks: the segment is attached for reading only, files are opened for reading, nothing is finished, no lock
//! is taken. Checking with `flock` would take the lock for a moment, and another process could draw the wrong
//! conclusion from that. So the doorbells tell who is there: without waiting, a FIFO can be opened for writing only
//! while its owner has it open (`ENXIO`), and that changes nothing for anybody. A process that is still starting has
//! not opened its doorbell yet, and counts as not there.

use super::segment_status::SegmentStatus;
use super::segments::Segments;
use crate::channel::config::Config;
use crate::channel::error::Error;
use crate::channel::header::{self, SegmentHeader};
use crate::channel::locate::alone::in_use;
use crate::channel::locate::files::{KEY_FILE, existing_folder, ring_folder, waiting_ring};
use crate::channel::locate::find::{elsewhere, elsewhere_among, slots};
use crate::channel::locate::keys::Keys;
use crate::channel::locate::probe::{Probe, Verdict, check_blank, classify, probe, refusal};
use crate::channel::name::ChannelName;
use crate::channel::peer::{Peer, Presence};
use crate::channel::role::Role;
use crate::channel::segment_ref::SegmentRef;
use crate::folder::{FifoEnd, Folder};
use crate::key::{ChannelId, Identity};
use crate::layout::Durability;
use crate::memory::{MemoryKind, Slot, Stat, Window};
use crate::presence::{self, DYING, within};
use crate::ring::Backlog;
use std::io;
use std::path::PathBuf;
use std::sync::Arc;

/// What there is of a channel: [`Channel::status`](crate::Channel::status).
///
/// ```
/// use shmchat::{Channel, Presence, Role, admin::Condition};
///
/// # let folder = tempfile::tempdir()?;
/// # let channel = Channel::named("lobby".parse()?).dir(folder.path());
/// assert!(channel.status()?.is_none(), "it has no folder yet");
/// let mut writer = channel.attach(Role::Writer)?;
/// writer.send("anybody?")?;
/// let status = channel.status()?.expect("now it has one");
/// assert!(matches!(status.condition, Condition::Whole));
/// assert_eq!(status.roles.map(|role| role.presence), [Presence::Here, Presence::Absent]);
/// assert_eq!(status.lanes[0].map(|lane| lane.messages), Some(1));
/// # drop(writer);
/// # channel.clean(true)?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
#[non_exhaustive]
pub struct Status {
    /// The channel.
    pub channel: ChannelName,
    /// Its folder.
    pub folder: PathBuf,
    /// Whether it is whole.
    pub condition: Condition,
    /// Its segment, if there is one.
    pub segment: Option<SegmentStatus>,
    /// The writer, then the reader. What they say of themselves may contain control characters: see [`Peer`].
    pub roles: [Peer; 2],
    /// What waits from writer to reader, then from reader to writer, if the segment is sound. `None` for a lane that
    /// changes too fast to be counted.
    pub lanes: [Option<Backlog>; 2],
    /// Whether the writer, and whether the reader, keeps a checkpoint there: see
    /// [`Sender::flush_at`](crate::Sender::flush_at).
    pub checkpoints: [bool; 2],
    /// Whether the channel is [synced](crate::Channel::sync).
    pub synced: bool,
}

/// Whether a channel is whole: part of [`Status`].
///
/// ```
/// use shmchat::{Channel, Role, admin::Condition};
///
/// # let folder = tempfile::tempdir()?;
/// # let channel = Channel::named("lobby".parse()?).dir(folder.path());
/// channel.attach(Role::Writer)?.quit()?;
/// match channel.status()?.map(|status| status.condition) {
///     Some(Condition::Empty) => println!("it is there, and nobody uses it"),
///     Some(Condition::Unusable(error)) => return Err(error.into()),
///     other => panic!("{other:?}"),
/// }
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
#[non_exhaustive]
pub enum Condition {
    /// It has a segment, and the segment is sound.
    Whole,
    /// It has no segment, and nobody is there.
    Empty,
    /// A start was killed, or is still at work. The next one finishes what it has made.
    HalfMade,
    /// Somebody is there, and the segment is gone.
    Removed,
    /// It has a segment that cannot be used. The error says why.
    Unusable(Error),
}

/// A segment that was found at one of the keys.
enum Seen {
    Whole(SegmentRef, SegmentHeader<Window>, Stat),
    /// The same, made for another key file.
    Estranged(SegmentRef, SegmentHeader<Window>, Stat),
    HalfMade(SegmentRef, Stat),
    Unusable(Error, SegmentRef, Stat),
}

/// With the segments `listed`, or those that there are.
pub(in crate::channel) fn status(config: &Config, mut listed: Option<&Segments>) -> Result<Option<Status>, Error> {
    let keys = Keys::chosen(config)?;
    let mut status = None;
    // A process that quits removes the segment before it closes its doorbell. Only if this lasts was the segment
    // removed while in use. And a process may have come after the segments were listed: to look again, they are listed again.
    within(DYING, || {
        status = match existing_folder(config)? {
            Some(folder) => Some(look(config, keys, &folder, listed.take())?),
            None => waiting_ring(config)?.map(|ring| look_at_ring(config, ring)).transpose()?,
        };
        Ok::<_, Error>(!status.as_ref().is_some_and(|status| matches!(status.condition, Condition::Removed)))
    })?;
    Ok(status)
}

/// What is known of a channel whose folder is here, before anything else is looked at.
fn nothing_yet(config: &Config, folder: PathBuf) -> Status {
    Status {
        channel: config.name.clone(),
        folder,
        condition: Condition::HalfMade,
        segment: None,
        roles: Default::default(),
        lanes: [Some(Backlog::default()); 2],
        checkpoints: [false; 2],
        synced: false,
    }
}

/// For a mapped file, whatever key file it was made for.
const ANY: Identity = Identity { id: ChannelId([0; 2]), device: 0, inode: 0 };

/// A mapped file whose channel has no folder: nobody can be there, since a reboot or a logout, and what waits there waits for
/// the next start.
fn look_at_ring(config: &Config, ring: Arc<Folder>) -> Result<Status, Error> {
    let mut status = nothing_yet(config, config.base().join(config.name.as_str()));
    match see_in(config, &ANY, &Slot::File(ring))? {
        Some(seen) => describe(&mut status, seen, [false; 2]),
        None => status.condition = Condition::Empty,
    }
    Ok(status)
}

fn look(config: &Config, keys: Keys, folder: &Folder, listed: Option<&Segments>) -> Result<Status, Error> {
    let mut status = nothing_yet(config, folder.path().into());
    let Some(identity) = read_identity(config, folder)? else {
        // A start draws an id, and takes over the file.
        if let Some(ring) = ring_folder(config, folder)?
            && let Some(seen) = see_in(config, &ANY, &Slot::File(ring))?
        {
            describe(&mut status, seen, [false; 2]);
        }
        return Ok(status);
    };
    let mut doorbells = [false; 2];
    for role in [Role::Writer, Role::Reader] {
        // A doorbell that nobody sleeps on cannot be opened, which would check it.
        let doorbell = role.doorbell_file();
        doorbells[role as usize] = folder.has_fifo(doorbell)? && folder.open_fifo(doorbell, FifoEnd::Far)?.is_some();
    }
    match see(config, keys, &identity, ring_folder(config, folder)?.as_ref(), listed)? {
        None if doorbells == [false; 2] => status.condition = Condition::Empty,
        None => {
            status.condition = Condition::Removed;
            for role in [Role::Writer, Role::Reader].into_iter().filter(|&role| doorbells[role as usize]) {
                status.roles[role as usize] = by_its_lock(config, folder, role)?;
            }
        }
        Some(seen) => describe(&mut status, seen, doorbells),
    }
    Ok(status)
}

/// Adds what was seen. A role whose doorbell is open is here.
fn describe(status: &mut Status, seen: Seen, doorbells: [bool; 2]) {
    match seen {
        Seen::HalfMade(at, stat) => status.segment = Some(SegmentStatus::new(&at.place, &stat)),
        Seen::Unusable(error, at, stat) => {
            status.segment = Some(SegmentStatus::new(&at.place, &stat));
            status.condition = Condition::Unusable(error);
        }
        Seen::Whole(at, header, stat) | Seen::Estranged(at, header, stat) => {
            status.segment = Some(SegmentStatus::new(&at.place, &stat));
            let mut read = || {
                for role in [Role::Writer, Role::Reader] {
                    status.roles[role as usize] = header::role(&header, role, doorbells[role as usize])?;
                }
                status.lanes = header::lanes(&header)?;
                status.checkpoints = header::checkpoints(&header)?;
                status.synced = header.durability()? == Durability::Synced;
                Ok(())
            };
            status.condition = match read() {
                Ok(()) => Condition::Whole,
                Err(what) => Condition::Unusable(Error::Corrupt { at, what }),
            };
        }
    }
}

fn read_identity(config: &Config, folder: &Folder) -> Result<Option<Identity>, Error> {
    let Some(mut file) = folder.open_to_read(KEY_FILE)? else { return Ok(None) };
    Identity::read(&mut file).map_err(|error| match error.kind() {
        io::ErrorKind::InvalidData => Error::KeyFile(folder.path().join(KEY_FILE)),
        _ => Error::io(&config.name, "read the key file", &error),
    })
}

/// The channel's memory, at whatever key: the one that a start would use.
fn see(
    config: &Config,
    keys: Keys,
    identity: &Identity,
    ring: Option<&Arc<Folder>>,
    listed: Option<&Segments>,
) -> Result<Option<Seen>, Error> {
    let (mut half_made, mut estranged) = (None, None);
    for slot in slots(keys, identity, ring).filter(|slot| listed.is_none_or(|listed| listed.may_have(slot))) {
        match see_in(config, identity, &slot)? {
            Some(seen @ Seen::HalfMade(..)) => half_made = half_made.or(Some(seen)),
            Some(seen @ Seen::Estranged(..)) => estranged = estranged.or(Some(seen)),
            // A start would use it, or stop there.
            Some(seen) => return Ok(Some(seen)),
            None => {}
        }
    }
    let other = half_made.or(estranged);
    let found = match listed {
        Some(listed) => elsewhere_among(&listed.all, config, keys, identity)?,
        None => elsewhere(config, keys, identity)?,
    };
    let Some((at, header)) = found else { return Ok(other) };
    let Ok(mut stat) = at.place.stat() else { return Ok(other) };
    stat.attached = stat.attached.map(|attached| attached.saturating_sub(1));
    Ok(Some(match classify(config.access, identity, &at, &header, &stat) {
        Ok(_) => Seen::Whole(at, header, stat),
        Err(error) => Seen::Unusable(error, at, stat),
    }))
}

/// The channel's memory in this slot.
fn see_in(config: &Config, identity: &Identity, slot: &Slot) -> Result<Option<Seen>, Error> {
    let (at, header, stat) = match probe(config, slot, Window::attach)? {
        Probe::Attached(at, header, stat) => (at, header, stat),
        Probe::WrongSize(at, stat) => {
            return Ok(Some(match check_blank(&at, &stat) {
                Ok(()) => Seen::HalfMade(at, stat),
                Err(error) => Seen::Unusable(error, at, stat),
            }));
        }
        Probe::Foreign if slot.kind() == MemoryKind::File => return Err(refusal(config, slot)),
        Probe::Nothing | Probe::Foreign => return Ok(None),
    };
    Ok(match classify(config.access, identity, &at, &header, &stat) {
        Ok(Verdict::Ours) => Some(Seen::Whole(at, header, stat)),
        // Who is there cannot be told: their locks and doorbells are in another folder. A start is refused.
        Ok(Verdict::Estranged) if at.place.is_in_use().unwrap_or(false) => Some(Seen::Unusable(in_use(&at), at, stat)),
        Ok(Verdict::Estranged) => Some(Seen::Estranged(at, header, stat)),
        Ok(Verdict::HalfMade { .. }) => Some(Seen::HalfMade(at, stat)),
        Ok(Verdict::Foreign) => None,
        Err(error) => Some(Seen::Unusable(error, at, stat)),
    })
}

/// A role whose segment nobody can find any more, from what its lock file says.
fn by_its_lock(config: &Config, folder: &Folder, role: Role) -> Result<Peer, Error> {
    let holder = match folder.open_to_read(role.lock_file())? {
        Some(file) => presence::holder(&file).map_err(|error| Error::io(&config.name, "look at the locks", &error))?,
        None => None,
    };
    let (pid, since) = holder.map_or((0, None), |holder| (holder.pid, Some(holder.since)));
    Ok(Peer { presence: Presence::Here, pid, since, ..Peer::default() })
}
