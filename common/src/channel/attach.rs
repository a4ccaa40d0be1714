//! Attach: one path for first start, restart and recovery.
//!
//! 1. The folder: created or checked.
//! 2. The role's lock: taken, or the error says who has it.
//! 3. The channel's `lock`: held for steps 4 to 6. If somebody has removed the folder meanwhile, back to 1.
//! 4. The segment: found, finished if its creator died, or created.
//! 5. The lanes: made sound if the memory is from another boot, their indices are checked, and what the other side's last life left behind is tidied up.
//! 6. The doorbells are created and our own is opened; only then `state = present`, so that whoever sees that can ring.
//! 7. The lock is released. The other side's doorbell is opened and rung, so that it opens ours.
//!
//! This path takes up everything that a killed process can leave. A start that fails between 4 and 6 undoes what it has
//! made: see [`Rollback`].

use super::config::Config;
use super::endpoint::{Endpoint, Parts};
use super::error::{Corruption, Error};
use super::header::{self, PeerRecord, SegmentHeader, StandIn, State};
use super::locate::alone::alone;
use super::locate::files::says_folder;
use super::locate::find::{Found, create, find};
use super::locate::keys::Keys;
use super::locate::locks::{Entered, enter, me};
use super::locate::remove::remove_segment;
use super::outlive::take_up;
use super::role::Role;
use super::segment_ref::SegmentRef;
use crate::barrier::Barrier;
use crate::doorbell::{self, Doorbell, FolderWatch};
use crate::fault::{Mutant, Point, point, sabotaged};
use crate::folder::{FifoEnd, Folder};
use crate::memory::{Hold, Location, Window};
use crate::presence::{self, DYING, Holder, within};
use crate::ring::{Consumer, Producer};
use log::info;
use nix::errno::Errno;
use nix::unistd::getuid;
use std::fs::File;

/// Opens the channel in `role`.
pub(super) fn attach(config: &Config, role: Role) -> Result<Endpoint, Error> {
    let keys = Keys::chosen(config)?;
    // Opened before the locks, so that a dying process closes it after them.
    let watch = FolderWatch::new();
    let me = me();
    // Before the locks: with several threads it takes the kernel some milliseconds.
    let barrier = Barrier::register();
    let open = || Ok(Some(Folder::open_or_create(&config.base(), config.name.as_str(), config.access)?));
    let Some(Entered { folder, roles: [mut role_lock], guard }) = enter(config, [role], me, open)? else {
        return Err(Error::system(&config.name, "open the folder", Errno::ENOENT));
    };

    let mut undo = Rollback { folder: &folder, segment: None, doorbells: Vec::new() };
    let peer_lock = folder.open_file(role.other().lock_file())?;
    let (identity, at, header) = loop {
        let (identity, found) = find(config, keys, &folder)?;
        let (at, header) = match found {
            Found::Here(at, header) => (at, header),
            Found::Nothing => {
                create(config, keys, &folder, &identity, |place, hold| undo.segment = Some((place, hold)))?
            }
            Found::Elsewhere(at, header) => {
                retire_other(config, role, at, &header, &peer_lock)?;
                continue;
            }
        };
        break (identity, at, header);
    };
    let is_new = undo.segment.is_some();
    if !is_new && !says_folder(&header, &folder)? {
        // It was moved, or the creator of the segment sees it at another path.
        header.store_path(folder.path());
    }
    let corrupt = |what: Corruption| Error::Corrupt { at: at.clone(), what };
    let unlooked = |error| Error::io(&config.name, "look at the locks", &error);
    let peer_lives = !presence::is_free(&peer_lock).map_err(unlooked)?;
    // A process that holds the lock but is not the one named in the header is starting: it waits for the channel's lock.
    let peer_is_in = peer_lives && header.peer_record(role.other()).holds(&peer_lock).map_err(unlooked)?;
    let disk = take_up(config, &at, &header, peer_is_in.then(|| role.other()))?;
    let lane = |role: Role| header.lane(role).map_err(&corrupt);
    let mut producer = Producer::attach(header.0.clone(), lane(role)?).map_err(|what| corrupt(what.into()))?;
    let mut consumer = Consumer::attach(header.0.clone(), lane(role.other())?).map_err(|what| corrupt(what.into()))?;
    let capacity = producer.capacity();
    if let Some(disk) = &disk {
        producer = producer.keep_on(disk.clone());
        consumer = consumer.keep_on(disk.clone());
    }
    let nothing_from_peer = !consumer.has_next().map_err(|what| corrupt(what.into()))?;
    let peer_at_attach = header::role(&header, role.other(), peer_is_in).map_err(&corrupt)?;
    let is_stale = !peer_is_in && nothing_from_peer && !sabotaged(Mutant::StaleStateStays);
    if is_stale && header.state(role.other()).map_err(&corrupt)? != State::Absent {
        // Left by an earlier run, of which everything has been read: it no longer means anything.
        header.set_state(role.other(), State::Absent);
        point(Point::StaleStateReset);
    }
    if peer_is_in && nothing_from_peer && !sabotaged(Mutant::StaleStateStays) {
        // The same for a quit that its process shows for somebody elsewhere.
        header.forget_shown_quit(role.other());
    }

    if header.state(role).map_err(&corrupt)? == State::Present && has_open_doorbell(&folder, role)? {
        let PeerRecord { pid, since, .. } = header.peer_record(role);
        return Err(Error::RoleTaken { channel: config.name.clone(), role, holder: Some(Holder { pid, since }) });
    }
    undo.make_doorbell(role)?;
    point(Point::FirstBellMade);
    undo.make_doorbell(role.other())?;
    point(Point::BellsMade);
    let failed = |errno| Error::system(&config.name, "open the doorbell", errno);
    let own = folder.open_fifo(role.doorbell_file(), FifoEnd::Own)?.ok_or(Errno::ENXIO);
    let mut doorbell = own.and_then(|own| Doorbell::new(own, watch)).map_err(failed)?;
    let own_doorbell = doorbell.own().map_err(failed)?;
    let own_lock = role_lock.place().map_err(failed)?;
    // If there is no spare descriptor, the lock is released some milliseconds after the doorbell hangs up, which others
    // wait for.
    let _ = role_lock.move_above(doorbell.own_end());
    if is_new
        && peer_lives
        && let Some(far) = folder.open_fifo(role.other().doorbell_file(), FifoEnd::Far)?
    {
        // The other side sleeps in a segment that nobody can find any more: make it look at what happened to that.
        doorbell.connect(far).and_then(|()| doorbell.ring(doorbell::LOOK)).map_err(failed)?;
        doorbell.disconnect();
    }
    point(Point::BellOpened);
    let peer_record =
        PeerRecord { pid: me.pid, uid: getuid().as_raw(), since: me.since, name: config.display_name.clone() };
    let stand_in = config.shows.map(|shows| StandIn::after(None, shows));
    undo.nothing();
    header.set_relies(role, barrier.relies());
    header.present(role, &peer_record, stand_in);
    point(Point::PresentStored);
    drop(guard);
    point(Point::ChannelUnlocked);

    info!("{at}: attached as {role}, lanes of {capacity} bytes");
    Endpoint::start(Parts {
        at,
        role,
        header,
        producer,
        consumer,
        disk,
        doorbell,
        own_doorbell,
        own_lock,
        folder,
        identity,
        role_lock,
        peer_lock,
        peer_at_attach,
        stand_in,
        barrier,
        name: config.display_name.clone(),
    })
}

/// Whether a process sleeps on our role's doorbell and keeps doing so, although the role's lock was free: its lock file
/// was removed while it was in use, and it is stopped or has not looked yet. A process that has just died releases its
/// lock first.
fn has_open_doorbell(folder: &Folder, role: Role) -> Result<bool, Error> {
    let closed = within(DYING, || Ok::<_, Error>(folder.open_fifo(role.doorbell_file(), FifoEnd::Far)?.is_none()))?;
    Ok(!closed)
}

/// Removes the channel's memory at a key or of a kind that was not chosen, if nobody needs it. We hold our role and `lock`, so only
/// the other side can be using it.
///
/// # Errors
/// [`Error::OtherKey`] or [`Error::OtherMemory`] if the other side is alive, something is waiting, or a checkpoint is kept: going on would create a second segment.
fn retire_other(
    config: &Config,
    role: Role,
    at: SegmentRef,
    header: &SegmentHeader<Window>,
    peer_lock: &File,
) -> Result<(), Error> {
    let unlooked = |error| Error::io(&config.name, "look at the locks", &error);
    // A process that holds the lock but is not the one named in this header is only starting, and waits for `lock`.
    let is_in = header.peer_record(role.other()).holds(peer_lock).map_err(unlooked)?;
    let lives = is_in && !presence::has_died(peer_lock).map_err(unlooked)?;
    let living = lives.then(|| role.other());
    if living.is_some() || !header::is_empty(header, &at)? {
        let waiting = header::backlog(header, &at)?;
        let holder = living.and_then(|_| presence::holder(peer_lock).unwrap_or_default());
        let checkpoint = header::checkpoint(header);
        return Err(match config.chosen() {
            Some(chosen) if chosen != at.place.kind() => {
                Error::OtherMemory { at, chosen, living, holder, waiting, checkpoint }
            }
            _ => Error::OtherKey { at, living, holder, waiting, checkpoint },
        });
    }
    let Some(_hold) = alone(&at)? else { return Ok(()) };
    info!("{at}: removed, because another one was chosen; nobody was there and nothing was waiting");
    remove_segment(config, &at)
}

/// What a start has made so far, which dropping this undoes: nobody else knows of it yet, because we hold `lock`.
struct Rollback<'a> {
    folder: &'a Folder,
    /// Held, so that nobody takes it over before it is removed.
    segment: Option<(Location, Hold)>,
    doorbells: Vec<&'static str>,
}

impl Rollback<'_> {
    fn make_doorbell(&mut self, role: Role) -> Result<(), Error> {
        if self.folder.make_fifo(role.doorbell_file())? {
            self.doorbells.push(role.doorbell_file());
        }
        Ok(())
    }

    /// From here on, all of it stays.
    fn nothing(mut self) {
        self.segment = None;
        self.doorbells.clear();
    }
}

impl Drop for Rollback<'_> {
    fn drop(&mut self) {
        // A start that dies leaves what it has made; the next one takes it up.
        if std::thread::panicking() {
            return;
        }
        // If it cannot be removed either, that is no news beside the reason why the start failed.
        if let Some((place, _)) = &self.segment {
            let _ = place.remove();
        }
        for doorbell in &self.doorbells {
            let _ = self.folder.remove_fifo(doorbell);
        }
    }
}
