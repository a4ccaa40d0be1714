//! What a process holds once attached: its two lanes, its bell, and what it knows of the other side.

#![forbid(unsafe_code)]

use super::Role;
use super::attach;
use super::error::{At, Error, Nonsense};
use super::find::KEY_FILE;
use super::header::{Header, State};
use super::inbox::Inbox;
use super::outbox::Outbox;
use crate::bell::{self, Bell, Parking};
use crate::fault::{Mutant, Point, point, sabotaged};
use crate::folder::{End, Folder, Place};
use crate::key::Identity;
use crate::layout::LanePlace;
use crate::presence::{self, Lock};
use crate::ring::{Consumer, Producer};
use crate::segment::{self, Segment};
use nix::errno::Errno;
use std::fs::File;
use std::os::fd::{AsFd, BorrowedFd};
use std::path::Path;
use std::time::Instant;

/// How often the ring is looked at again before a sleep, while the other side is here. Some 2 µs: less than half of
/// what waking from a sleep costs (5 µs), so a spin in vain costs little, and one that succeeds saves both sides the
/// kernel.
const SPINS_BEFORE_SLEEP: u32 = 64;

/// An attached side of a channel: sends on one lane, receives on the other, sleeps on one bell.
///
/// The calls that wait sleep in the kernel without a timer. For a loop of the caller's own: [`arm`](Self::arm), then
/// poll the descriptor of [`as_fd`](AsFd::as_fd) beside others until it is readable, then [`attend`](Self::attend),
/// then look by the calls that do not wait.
///
/// Dropping it quits in good order; [`quit`](Self::quit) does the same and tells what was left. It does not quit in a
/// panic: then nothing more is acknowledged, and the other side learns that this one is gone.
#[derive(Debug)]
pub struct Endpoint {
    pub(super) at: At,
    pub(super) role: Role,
    pub(super) header: Header,
    pub(super) outbox: Outbox<Segment>,
    pub(super) inbox: Inbox<Segment>,
    /// Our flag while we sleep for a message.
    message_flag: Parking<Segment>,
    /// Our flag while we sleep for room.
    room_flag: Parking<Segment>,
    /// The other side's flag while it sleeps for a message of ours.
    peer_message_flag: Parking<Segment>,
    /// The other side's flag while it sleeps for room that we give back.
    peer_room_flag: Parking<Segment>,
    pub(super) bell: Bell,
    pub(super) folder: Folder,
    /// None once we have quit.
    pub(super) role_lock: Option<Lock>,
    pub(super) peer_lock: File,
    /// What the others look for in the header.
    identity: Identity,
    /// Our bell's file: while it has the bell's name, it can be rung.
    own_bell: Place,
    peer: Peer,
    /// The other side's life that `peer` speaks of.
    peer_epoch: u64,
    /// A successor of that life was seen to start.
    peer_is_starting: bool,
}

/// What attach hands over.
pub(super) struct Parts {
    pub(super) at: At,
    pub(super) role: Role,
    pub(super) header: Header,
    pub(super) producer: Producer<Segment>,
    pub(super) consumer: Consumer<Segment>,
    pub(super) bell: Bell,
    pub(super) folder: Folder,
    pub(super) identity: Identity,
    pub(super) role_lock: Lock,
    pub(super) peer_lock: File,
}

/// Whether the other side is there.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Presence {
    /// Nobody has come yet.
    #[default]
    Absent,
    /// Attached and alive.
    Here,
    /// Quit in good order.
    Quit,
    /// Died without quitting.
    Gone,
}

/// The other side, as far as it is known. All but `presence` is what it says of itself: for people to read, and through
/// [`visible`](crate::message::visible) only.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Peer {
    /// Whether it is there.
    pub presence: Presence,
    /// Its display name; empty if it gave none.
    pub name: String,
    /// Its process id.
    pub pid: u32,
    /// Its user id.
    pub uid: u32,
    /// When it attached, in nanoseconds since the epoch.
    pub since: u64,
}

/// What to sleep for. The other side's coming, quitting and dying always wake.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Interest {
    /// A message.
    pub message: bool,
    /// Room for what was last refused.
    pub room: bool,
    /// That the other side acknowledges something: [`Endpoint::taken`] moves.
    pub taken: bool,
}

impl Interest {
    /// A message, and nothing else.
    pub const MESSAGE: Self = Interest { message: true, room: false, taken: false };
    /// Only the other side's coming and going.
    pub const NOTHING: Self = Interest { message: false, room: false, taken: false };
    /// Room, and nothing else: messages that wait meanwhile do not wake.
    pub const ROOM: Self = Interest { message: false, room: true, taken: false };
}

impl Endpoint {
    /// Starts on what attach has made: rings the other side, and looks at it for the first time.
    pub(super) fn start(parts: Parts) -> Result<Self, Error> {
        let Parts { at, role, header, producer, consumer, bell, folder, identity, role_lock, peer_lock } = parts;
        let capacity = header.capacity();
        let out_lane = LanePlace::in_segment(role.sends_on(), capacity);
        let in_lane = LanePlace::in_segment(role.other().sends_on(), capacity);
        let own_bell = bell.own().map_err(|errno| system(&at, "look at the bell", errno))?;
        let flag = |word| Parking::new(header.0.clone(), word);
        let mut endpoint = Endpoint {
            message_flag: flag(in_lane.consumer_parked),
            room_flag: flag(out_lane.producer_parked),
            peer_message_flag: flag(out_lane.consumer_parked),
            peer_room_flag: flag(in_lane.producer_parked),
            at,
            role,
            header,
            outbox: Outbox::new(producer),
            inbox: Inbox::new(consumer),
            bell,
            folder,
            role_lock: Some(role_lock),
            peer_lock,
            identity,
            own_bell,
            peer: Peer::default(),
            peer_epoch: 0,
            peer_is_starting: false,
        };
        // A killed predecessor may have died asleep.
        endpoint.message_flag.unpark();
        endpoint.room_flag.unpark();
        endpoint.look_at_peer()?;
        endpoint.ring(bell::LOOK)?;
        point(Point::Attached);
        Ok(endpoint)
    }

    /// Which segment of which channel this is.
    pub fn at(&self) -> &At {
        &self.at
    }

    /// Which side this is.
    pub fn role(&self) -> Role {
        self.role
    }

    /// Bytes of each lane.
    pub fn capacity(&self) -> u64 {
        self.outbox.capacity()
    }

    /// Bytes of the segment.
    pub fn segment_bytes(&self) -> usize {
        self.header.0.bytes()
    }

    /// The channel's folder.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// The other side, as known since the last call that waited, [`arm`](Self::arm) or [`attend`](Self::attend).
    pub fn peer(&self) -> &Peer {
        &self.peer
    }

    #[cold]
    pub(super) fn corrupt(&self, what: impl Into<Nonsense>) -> Error {
        Error::Corrupt { at: self.at.clone(), what: what.into() }
    }

    pub(super) fn system(&self, doing: &'static str, errno: Errno) -> Error {
        system(&self.at, doing, errno)
    }

    /// Whether the other side has quit in good order. Whoever finds this before finding its lane empty has read
    /// everything.
    pub(super) fn peer_has_quit(&self) -> Result<bool, Error> {
        Ok(self.header.state(self.role.other()).map_err(|what| self.corrupt(what))? == State::Quit)
    }

    /// Brings `peer` up to date with the header, opening the far end where a new life has begun.
    fn look_at_peer(&mut self) -> Result<(), Error> {
        let other = self.role.other();
        let epoch = self.header.epoch(other);
        let state = self.header.state(other).map_err(|what| self.corrupt(what))?;
        let known = epoch == self.peer_epoch;
        self.peer_is_starting &= known;
        let presence = match state {
            State::Absent => Presence::Absent,
            State::Quit => Presence::Quit,
            State::Present if known && self.bell.is_connected() => Presence::Here,
            State::Present if known && self.peer.presence == Presence::Gone => Presence::Gone,
            State::Present => match self.connect()? {
                // It may have quit since the state was read.
                Presence::Gone if self.peer_has_quit()? => Presence::Quit,
                found => found,
            },
        };
        if presence != Presence::Here {
            self.bell.disconnect();
        }
        if !known || presence != self.peer.presence {
            let card = self.header.card(other);
            self.peer = Peer { presence, name: card.name, pid: card.pid, uid: card.uid, since: card.since };
            self.peer_epoch = epoch;
        }
        Ok(())
    }

    /// Opens the other side's bell; where nobody listens there, finds out whether it is dead.
    fn connect(&mut self) -> Result<Presence, Error> {
        if self.open_far_bell()? {
            return Ok(Presence::Here);
        }
        // Who was found starting at the last look has had its time to die.
        let look = if self.peer_is_starting { presence::is_free } else { presence::has_died };
        if look(&self.peer_lock)
            .map_err(|error| self.system("look at the other side's lock", attach::errno_of(&error)))?
        {
            return Ok(Presence::Gone);
        }
        let role = self.role.other();
        if self.peer_holds_its_lock() {
            // Whoever has written its card has opened its bell before. It may have come only now: look once more.
            return if self.open_far_bell()? { Ok(Presence::Here) } else { Err(self.bell_gone(role)) };
        }
        // It died, and a successor is starting already: that one rings when it is ready.
        self.peer_is_starting = true;
        Ok(Presence::Absent)
    }

    /// Whether the life that the header speaks of holds the other side's lock.
    pub(super) fn peer_holds_its_lock(&self) -> bool {
        self.header.card(self.role.other()).holds(&self.peer_lock)
    }

    fn open_far_bell(&mut self) -> Result<bool, Error> {
        let Some(far) = self.folder.open_fifo(self.role.other().bell_file(), End::Far)? else { return Ok(false) };
        self.bell.connect(far).map_err(|errno| self.system("watch the other side's bell", errno))?;
        point(Point::FarBellOpened);
        Ok(true)
    }

    fn bell_gone(&self, role: Role) -> Error {
        Error::BellGone { at: self.at.clone(), role, path: self.folder.path().join(role.bell_file()) }
    }

    /// Rings the other side, if it is there.
    pub(super) fn ring(&mut self, byte: u8) -> Result<(), Error> {
        if !self.bell.is_connected() {
            // Someone raised the flag that brought us here: perhaps a new life that we have not looked at yet.
            self.look_at_peer()?;
        }
        // Nobody there to hear: whoever comes looks at the ring before sleeping.
        self.bell.ring(byte).map_err(|errno| self.system("ring the other side", errno))?;
        point(Point::Rung);
        Ok(())
    }

    /// Shows the other side all that was [`put`](Self::put), and rings it if it sleeps.
    pub fn flush(&mut self) -> Result<(), Error> {
        if self.outbox.publish() && self.peer_message_flag.wake() {
            self.ring(bell::LOOK)?;
        }
        Ok(())
    }

    /// Rings a sender that waits for room, if there is enough of it again.
    pub(super) fn tell_room(&mut self) -> Result<(), Error> {
        if self.inbox.owes_wake() && self.peer_room_flag.wake() {
            self.ring(bell::LOOK)?;
        }
        Ok(())
    }

    /// Whether what is waited for is there.
    fn is_ready(&mut self, interest: Interest) -> Result<bool, Error> {
        Ok(self.message_is_there(interest)? || self.release_is_there(interest)?)
    }

    fn message_is_there(&mut self, interest: Interest) -> Result<bool, Error> {
        Ok(interest.message && self.inbox.has_next().map_err(|what| self.corrupt(what))?)
    }

    fn release_is_there(&mut self, interest: Interest) -> Result<bool, Error> {
        let taken = interest.taken && self.outbox.lane().look().map_err(|what| self.corrupt(what))?;
        Ok(taken || (interest.room && self.outbox.has_room().map_err(|what| self.corrupt(what))?))
    }

    /// Prepares to sleep. True: nothing is there, and the descriptor becomes readable as soon as it is, or when the
    /// other side comes, quits or dies. False: look again at once.
    ///
    /// What was handed over should be acknowledged before: a full lane's sender waits for that.
    pub fn arm(&mut self, interest: Interest) -> Result<bool, Error> {
        self.flush()?;
        self.tell_room()?;
        self.look_at_peer()?;
        let worth_it = interest != Interest::NOTHING && self.peer.presence == Presence::Here;
        let spins = if worth_it { SPINS_BEFORE_SLEEP } else { 0 };
        for _ in 0..spins {
            if self.is_ready(interest)? {
                return Ok(false);
            }
            std::hint::spin_loop();
        }
        let parked = self.park(interest)?;
        if !parked {
            self.unpark();
            return Ok(false);
        }
        self.check_findable()?;
        self.check_ringable()?;
        point(Point::FallingAsleep);
        Ok(true)
    }

    /// A removed segment lives on for who has it attached, and so does a removed key file; but nobody else finds them
    /// any more, and whoever starts next makes others. So who slept here would sleep for ever, and what waits here is
    /// lost. A start that makes others rings the old bell, so that its owner comes to look here too.
    pub(super) fn check_findable(&self) -> Result<(), Error> {
        match segment::stat(self.at.shmid) {
            Ok(stat) if !stat.doomed || sabotaged(Mutant::IgnoreRemoval) => {}
            Ok(_) | Err(Errno::EIDRM | Errno::EINVAL) => return Err(Error::Removed { at: self.at.clone() }),
            Err(errno) => return Err(self.system("look at the segment", errno)),
        }
        let Identity { device, inode, .. } = self.identity;
        if self.folder.place(KEY_FILE)? != Some(Place { device, inode }) {
            return Err(Error::KeyGone { at: self.at.clone(), path: self.folder.path().join(KEY_FILE) });
        }
        // Somebody has written over it: to all others it is another program's now.
        self.header.check_identity(&self.identity).map_err(|what| self.corrupt(what))
    }

    /// The same goes for a bell: where it has been removed or replaced, or where the header does not say that we are
    /// here, we are rung no more.
    fn check_ringable(&self) -> Result<(), Error> {
        if self.folder.place(self.role.bell_file())? != Some(self.own_bell) {
            return Err(self.bell_gone(self.role));
        }
        match self.header.state(self.role).map_err(|what| self.corrupt(what))? {
            State::Present => Ok(()),
            state => Err(self.corrupt(Nonsense::Header { field: "our own state", value: state as u64 })),
        }
    }

    fn park(&mut self, interest: Interest) -> Result<bool, Error> {
        if (interest.room || interest.taken)
            && !self.room_flag.clone().park_unless(|| self.release_is_there(interest))?
        {
            return Ok(false);
        }
        Ok(!interest.message || self.message_flag.clone().park_unless(|| self.message_is_there(interest))?)
    }

    fn unpark(&self) {
        self.message_flag.unpark();
        self.room_flag.unpark();
    }

    /// After a sleep: empties the bell, lowers the flags, and looks at the other side. Then look at the ring.
    pub fn attend(&mut self) -> Result<(), Error> {
        point(Point::Woken);
        self.bell.listen().map_err(|errno| self.system("listen to the bell", errno))?;
        point(Point::BellEmptied);
        self.unpark();
        point(Point::FlagLowered);
        self.look_at_peer()
    }

    /// Sleeps until there may be something to do; false if `deadline` came first.
    pub(super) fn wait(&mut self, interest: Interest, deadline: Option<Instant>) -> Result<bool, Error> {
        if !self.arm(interest)? {
            return Ok(true);
        }
        let in_time = self.bell.sleep(deadline).map_err(|errno| self.system("sleep on the bell", errno))?;
        self.attend()?;
        Ok(in_time)
    }
}

fn system(at: &At, doing: &'static str, errno: Errno) -> Error {
    Error::System { channel: at.channel.clone(), doing, errno }
}

impl AsFd for Endpoint {
    /// The bell: readable when it rings or the other side has hung up, after [`Endpoint::arm`] said true. The same
    /// for the endpoint's whole life.
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.bell.as_fd()
    }
}
