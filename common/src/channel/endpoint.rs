//! What a process holds once attached: its two lanes, its bell, and what it knows of the other side.

#![forbid(unsafe_code)]

use super::Role;
use super::error::{At, Error, Nonsense};
use super::header::{Header, State};
use super::inbox::Inbox;
use super::outbox::Outbox;
use crate::bell::{self, Bell, Parking};
use crate::fault::{Mutant, Point, point, sabotaged};
use crate::folder::{End, Folder};
use crate::layout::LanePlace;
use crate::presence::{self, RoleLock};
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
    pub(super) role_lock: Option<RoleLock>,
    pub(super) peer_lock: File,
    peer: Peer,
    /// The other side's life that `peer` speaks of.
    peer_epoch: u64,
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
    pub(super) role_lock: RoleLock,
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
        let Parts { at, role, header, producer, consumer, bell, folder, role_lock, peer_lock } = parts;
        let capacity = header.capacity();
        let out_lane = LanePlace::in_segment(role.sends_on(), capacity);
        let in_lane = LanePlace::in_segment(role.other().sends_on(), capacity);
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
            peer: Peer::default(),
            peer_epoch: 0,
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
        Error::System { channel: self.at.channel.clone(), doing, errno }
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
        let presence = match state {
            State::Absent => Presence::Absent,
            State::Quit => Presence::Quit,
            State::Present if known && self.bell.is_connected() => Presence::Here,
            State::Present if known && self.peer.presence == Presence::Gone => Presence::Gone,
            State::Present => self.connect()?,
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
        if let Some(far) = self.folder.open_fifo(self.role.other().bell_file(), End::Far)? {
            self.bell.connect(far).map_err(|errno| self.system("watch the other side's bell", errno))?;
            return Ok(Presence::Here);
        }
        let died = presence::has_died(&self.peer_lock).map_err(|error| {
            self.system("look at the other side's lock", Errno::from_raw(error.raw_os_error().unwrap_or_default()))
        })?;
        // Alive without a bell: it is starting, and rings when it is ready.
        Ok(if died { Presence::Gone } else { Presence::Absent })
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
        self.check_not_removed()?;
        point(Point::FallingAsleep);
        Ok(true)
    }

    /// A removed segment lives on for who has it attached, but nobody else can find it any more: whoever starts next makes a
    /// second one at the same key. So who is about to sleep in it would sleep for ever.
    fn check_not_removed(&self) -> Result<(), Error> {
        match segment::stat(self.at.shmid) {
            Ok(stat) if !stat.doomed || sabotaged(Mutant::IgnoreRemoval) => Ok(()),
            Ok(_) | Err(Errno::EIDRM | Errno::EINVAL) => Err(Error::Removed { at: self.at.clone() }),
            Err(errno) => Err(self.system("look at the segment", errno)),
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

impl AsFd for Endpoint {
    /// The bell: readable when it rings or the other side has hung up, after [`Endpoint::arm`] said true. The same
    /// for the endpoint's whole life.
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.bell.as_fd()
    }
}
