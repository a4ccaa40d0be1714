//! Attach: one path for first start, restart and recovery.
//!
//! 1. The folder: created or checked.
//! 2. The role's lock: taken, or it is said who has it.
//! 3. The channel's `lock`: held for steps 4 to 6.
//! 4. The segment: found, finished where its creator died, or created.
//! 5. The lanes: their indices checked, and what the other side's last life left behind tidied.
//! 6. The bells made and our own opened, and only then `state = present`, so that who sees it can ring.
//! 7. Unlocked: the other side's bell opened and rung, so that it opens ours.
//!
//! A killed process leaves nothing that this path does not take up.

#![forbid(unsafe_code)]

use super::endpoint::{Endpoint, Parts};
use super::error::{At, Error, Nonsense};
use super::header::{Card, Header, State};
use super::{Channel, ChannelName, Role};
use crate::bell::{self, Bell};
use crate::fault::{Point, point};
use crate::folder::{self, End, Folder};
use crate::key::{Identity, Key, PROJECT_IDS};
use crate::layout::{self, LanePlace};
use crate::presence::{self, Attempt, BUSY, DYING, Holder, Lock};
use crate::ring::{Consumer, Producer};
use crate::segment::{self, Segment};
use log::{info, warn};
use nix::errno::Errno;
use nix::unistd::{getpid, getuid};
use std::io;
use std::time::{SystemTime, UNIX_EPOCH};

pub(super) const LOCK_FILE: &str = "lock";
pub(super) const KEY_FILE: &str = "key";

/// How often a key that was free and then taken by a foreign program is looked at again before the next is tried.
const CREATE_ATTEMPTS: usize = 3;

/// Opens the channel in `role`.
pub(super) fn attach(channel: &Channel, role: Role) -> Result<Endpoint, Error> {
    let folder = Folder::open_or_create(&channel.base, channel.name.as_str())?;
    point(Point::FolderReady);
    let me = me();
    let mut role_lock = take_role(channel, &folder, role, me)?;
    point(Point::RoleTaken);
    let guard = lock(&channel.name, &folder)?;
    point(Point::ChannelLocked);

    let (identity, found) = find(channel, &folder)?;
    let is_new = found.is_none();
    let (at, header) = match found {
        Some(segment) => segment,
        None => create(channel, &identity)?,
    };
    let corrupt = |what: Nonsense| Error::Corrupt { at: at.clone(), what };
    let capacity = header.capacity();
    let lane = |role: Role| LanePlace::in_segment(role.sends_on(), capacity);
    let producer = Producer::attach(header.0.clone(), lane(role)).map_err(|what| corrupt(what.into()))?;
    let mut consumer = Consumer::attach(header.0.clone(), lane(role.other())).map_err(|what| corrupt(what.into()))?;

    let peer_lock = folder.open_file(role.other().lock_file())?;
    let peer_lives = !presence::is_free(&peer_lock).map_err(|error| system(channel, "look at the locks", error))?;
    let nothing_from_peer = !consumer.has_next().map_err(|what| corrupt(what.into()))?;
    if !peer_lives && nothing_from_peer && header.state(role.other()).map_err(&corrupt)? != State::Absent {
        // Left by an earlier run, and everything of it has been read: it means nothing any more.
        header.set_state(role.other(), State::Absent);
        point(Point::StaleStateReset);
    }

    folder.make_fifo(role.bell_file())?;
    point(Point::FirstBellMade);
    folder.make_fifo(role.other().bell_file())?;
    point(Point::BellsMade);
    let failed = |errno| Error::System { channel: channel.name.clone(), doing: "open the bell", errno };
    let mut bell =
        folder.open_fifo(role.bell_file(), End::Own)?.ok_or(Errno::ENXIO).and_then(Bell::new).map_err(failed)?;
    role_lock.move_up().map_err(|error| system(channel, "lock the role", error))?;
    if is_new
        && peer_lives
        && let Some(far) = folder.open_fifo(role.other().bell_file(), End::Far)?
    {
        // The other side sleeps in a segment that nobody finds any more: let it look at what has become of that.
        bell.connect(far).and_then(|()| bell.ring(bell::LOOK)).map_err(failed)?;
        bell.disconnect();
    }
    point(Point::BellOpened);
    let card = Card { pid: me.pid, uid: getuid().as_raw(), since: me.since, name: channel.display_name.clone() };
    header.present(role, &card);
    point(Point::PresentStored);
    drop(guard);
    point(Point::ChannelUnlocked);

    info!("{at}: attached as {role}, lanes of {capacity} bytes");
    Endpoint::start(Parts { at, role, header, producer, consumer, bell, folder, identity, role_lock, peer_lock })
}

fn now() -> std::time::Duration {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default()
}

/// The number that std hides in a kind.
pub(super) fn errno_of(error: &io::Error) -> Errno {
    Errno::from_raw(error.raw_os_error().unwrap_or_default())
}

/// Wraps an error of std's.
pub(super) fn system(channel: &Channel, doing: &'static str, error: io::Error) -> Error {
    Error::System { channel: channel.name.clone(), doing, errno: errno_of(&error) }
}

/// Takes the role's lock, or says who has it.
pub(super) fn take_role(channel: &Channel, folder: &Folder, role: Role, me: Holder) -> Result<Lock, Error> {
    let file = folder.open_file(role.lock_file())?;
    match Lock::take(file, me, DYING).map_err(|error| system(channel, "lock the role", error))? {
        Attempt::Taken(lock) => Ok(lock),
        Attempt::Held(holder) => Err(Error::RoleTaken { channel: channel.name.clone(), role, holder }),
    }
}

/// Takes the channel's `lock`, which is held only around create, attach and remove, so it is waited for.
pub(super) fn lock(channel: &ChannelName, folder: &Folder) -> Result<Lock, Error> {
    let file = folder.open_file(LOCK_FILE)?;
    match Lock::take(file, me(), BUSY) {
        Ok(Attempt::Taken(lock)) => Ok(lock),
        Ok(Attempt::Held(holder)) => Err(Error::Busy { channel: channel.clone(), holder }),
        Err(error) => {
            Err(Error::System { channel: channel.clone(), doing: "lock the channel", errno: errno_of(&error) })
        }
    }
}

/// This life of this process, told apart from all others by the clock.
pub(super) fn me() -> Holder {
    Holder { pid: getpid().as_raw() as u32, since: now().as_nanos() as u64 }
}

/// Whose segment to look for, and the segment, attached and checked, if there is one at any of the channel's keys. The
/// caller holds `lock`.
pub(super) fn find(channel: &Channel, folder: &Folder) -> Result<(Identity, Option<(At, Header)>), Error> {
    let mut key_file = folder.open_file(KEY_FILE)?;
    let identity = Identity::read_or_fill(&mut key_file).map_err(|error| match error.kind() {
        io::ErrorKind::InvalidData => Error::KeyFile(folder.path().join(KEY_FILE)),
        _ => system(channel, "read the key file", error),
    })?;
    for key in PROJECT_IDS.map(|id| identity.key(id)) {
        if let Candidate::Ours(at, header) = examine(channel, &identity, key)? {
            return Ok((identity, Some((at, header))));
        }
    }
    Ok((identity, None))
}

/// Creates the segment at the first free key.
fn create(channel: &Channel, identity: &Identity) -> Result<(At, Header), Error> {
    let bytes = layout::segment_bytes(channel.capacity);
    for key in PROJECT_IDS.map(|id| identity.key(id)) {
        for _ in 0..CREATE_ATTEMPTS {
            match segment::create(key, bytes, 0o600) {
                Ok(shmid) => {
                    point(Point::SegmentCreated);
                    let attached = Segment::attach(shmid);
                    let header =
                        Header(attached.map_err(|errno| segment_error(channel, "attach the new segment", errno))?);
                    header.initialise(identity, channel.capacity);
                    return Ok((At { channel: channel.name.clone(), key, shmid }, header));
                }
                Err(Errno::EEXIST) => match examine(channel, identity, key)? {
                    Candidate::Nothing => {}
                    Candidate::Foreign => break,
                    // Nobody of ours creates one while we hold the lock.
                    Candidate::Ours(at, header) => return Ok((at, header)),
                },
                Err(errno) => return Err(segment_error(channel, "create the segment", errno)),
            }
        }
        warn!("channel {}: the key {key} is another program's, trying the next", channel.name);
    }
    let first = identity.key(*PROJECT_IDS.start());
    Err(Error::NoFreeKey { channel: channel.name.clone(), first })
}

fn segment_error(channel: &Channel, doing: &'static str, errno: Errno) -> Error {
    Error::System { channel: channel.name.clone(), doing, errno }
}

enum Candidate {
    Nothing,
    Foreign,
    Ours(At, Header),
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
    let me = nix::unistd::geteuid().as_raw();
    let Some(capacity) = layout::capacity_of(stat.bytes) else { return Ok(Candidate::Foreign) };
    if stat.uid != me || stat.creator != me {
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
    judge(channel, identity, At { channel: channel.name.clone(), key, shmid }, header, capacity, stat.mode)
}

/// Decides by its header whose segment this is.
fn judge(
    channel: &Channel,
    identity: &Identity,
    at: At,
    header: Header,
    capacity: u64,
    mode: u32,
) -> Result<Candidate, Error> {
    match header.magic() {
        layout::MAGIC if header.version() != layout::VERSION => {
            let found = header.version();
            Err(Error::Version { at, found })
        }
        layout::MAGIC if !header.belongs_to(identity) => Ok(Candidate::Foreign),
        layout::MAGIC if mode & 0o077 != 0 => Err(Error::TooOpen { at, mode }),
        layout::MAGIC if header.capacity() != capacity => {
            let value = header.capacity();
            Err(Error::Corrupt { at, what: Nonsense::Header { field: "the capacity", value } })
        }
        layout::MAGIC => Ok(Candidate::Ours(at, header)),
        0 if header.belongs_to(identity) || header.is_blank() => {
            warn!("{at}: whoever created it died before it was finished; finishing it");
            header.initialise(identity, capacity);
            Ok(Candidate::Ours(at, header))
        }
        _ => {
            info!("channel {}: shmid {} at key {} is another program's", channel.name, at.shmid, at.key);
            Ok(Candidate::Foreign)
        }
    }
}

/// The folder of a channel that exists; none where there is none.
pub(super) fn existing_folder(channel: &Channel) -> Result<Option<Folder>, Error> {
    match Folder::open_existing(&channel.base, channel.name.as_str()) {
        Ok(folder) => Ok(Some(folder)),
        Err(folder::Error::System { errno: Errno::ENOENT, .. }) => Ok(None),
        Err(error) => Err(error.into()),
    }
}
