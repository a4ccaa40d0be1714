//! What a process holds once attached: its two lanes, its bell, and what it knows of the other side.

use super::Role;
use super::decoder::Decoder;
use super::encoder::Encoder;
use super::error::{Corruption, Error, SegmentRef};
use super::header::SegmentHeader;
use super::inspect::Rings;
use super::peer::Peer;
use crate::doorbell::{self, Doorbell, Parking};
use crate::fault::{Point, point};
use crate::folder::{FileId, Folder};
use crate::key::Identity;
use crate::layout::LanePlace;
use crate::presence::Lock;
use crate::ring::{Consumer, Producer};
use crate::segment::Segment;
use nix::errno::Errno;
use std::fs::File;
use std::os::fd::{AsFd, BorrowedFd};
use std::path::{Path, PathBuf};

/// An attached side of a channel: sends on one lane, receives on the other, sleeps on one bell.
///
/// The calls that wait sleep in the kernel without a timer. For a loop of the caller's own: [`arm`](Self::arm), then
/// poll the descriptor of [`as_fd`](AsFd::as_fd) beside others until it is readable, then [`attend`](Self::attend),
/// then look by the calls that do not wait.
///
/// ```
/// use shmchat::{Channel, Interest, Received, Role};
/// use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
/// use std::os::fd::AsFd;
///
/// # let folder = tempfile::tempdir()?;
/// # let channel = Channel::named("lobby".parse()?).dir(folder.path());
/// # let mut writer = channel.attach(Role::Writer)?;
/// # writer.send_batch(["one", "two"])?;
/// # writer.quit()?;
/// let (more, _) = std::io::pipe()?; // whatever else is waited for
/// let mut reader = channel.attach(Role::Reader)?;
/// # let mut count = 0;
/// loop {
///     match reader.try_recv()? {
///         Received::Message(message) => {
///             println!("{} bytes", message.bytes.len());
/// #           count += 1;
///             continue;
///         }
///         Received::Ended => break,
///         Received::Empty => {}
///     }
///     if reader.arm(Interest::MESSAGE)? {
///         let bell = PollFd::new(reader.as_fd(), PollFlags::POLLIN);
///         poll(&mut [bell, PollFd::new(more.as_fd(), PollFlags::POLLIN)], PollTimeout::NONE)?;
///         reader.attend()?;
///     }
/// }
/// # assert_eq!(count, 2);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// Dropping it quits in good order; [`quit`](Self::quit) does the same and tells what was left. It does not quit in a
/// panic: then nothing more is acknowledged, and the other side learns that this one is gone.
#[derive(Debug)]
pub struct Endpoint {
    pub(super) at: SegmentRef,
    pub(super) role: Role,
    pub(super) header: SegmentHeader,
    pub(super) encoder: Encoder<Segment>,
    pub(super) decoder: Decoder<Segment>,
    /// Our flag while we sleep for a message.
    pub(super) message_flag: Parking<Segment>,
    /// Our flag while we sleep for room.
    pub(super) room_flag: Parking<Segment>,
    /// The other side's flag while it sleeps for a message of ours.
    peer_message_flag: Parking<Segment>,
    /// The other side's flag while it sleeps for room that we give back.
    peer_room_flag: Parking<Segment>,
    pub(super) bell: Doorbell,
    pub(super) folder: Folder,
    /// None once we have quit.
    pub(super) role_lock: Option<Lock>,
    pub(super) peer_lock: File,
    /// What the others look for in the header.
    pub(super) identity: Identity,
    /// Our bell's file: while it has the bell's name, it can be rung.
    pub(super) own_bell: FileId,
    /// Our lock's file: while it has the lock's name, others find that we are here.
    pub(super) own_lock: FileId,
    /// Which life of our role this is.
    pub(super) own_epoch: u64,
    /// Something has happened in the folder, and nobody has looked what it means to us.
    pub(super) stirred: bool,
    /// The folder's path from the root, at which others look for it.
    pub(super) home: PathBuf,
    pub(super) peer: Peer,
    /// The other side's life that `peer` speaks of.
    pub(super) peer_epoch: u64,
    /// A successor of that life was seen to start.
    pub(super) peer_is_starting: bool,
    /// How many looks at the lane have each found something new.
    pub(super) looks_in_a_row: u32,
    /// How often the bells rang, for people to see.
    pub(super) rings: Rings,
}

/// What attach hands over.
pub(super) struct Parts {
    pub(super) at: SegmentRef,
    pub(super) role: Role,
    pub(super) header: SegmentHeader,
    pub(super) producer: Producer<Segment>,
    pub(super) consumer: Consumer<Segment>,
    pub(super) bell: Doorbell,
    pub(super) own_bell: FileId,
    pub(super) own_lock: FileId,
    pub(super) folder: Folder,
    pub(super) identity: Identity,
    pub(super) role_lock: Lock,
    pub(super) peer_lock: File,
}

impl Endpoint {
    /// Starts on what attach has made: rings the other side, and looks at it for the first time.
    pub(super) fn start(parts: Parts) -> Result<Self, Error> {
        let Parts { at, role, header, producer, consumer, bell, own_bell, own_lock, .. } = parts;
        let Parts { folder, identity, role_lock, peer_lock, .. } = parts;
        // Not from the header again: what was found good when it was read may be another word by now.
        let capacity = producer.capacity();
        let out_lane = LanePlace::in_segment(role.sends_on(), capacity);
        let in_lane = LanePlace::in_segment(role.other().sends_on(), capacity);
        let flag = |word| Parking::new(header.0.clone(), word);
        let mut endpoint = Endpoint {
            message_flag: flag(in_lane.consumer_parked),
            room_flag: flag(out_lane.producer_parked),
            peer_message_flag: flag(out_lane.consumer_parked),
            peer_room_flag: flag(in_lane.producer_parked),
            // Where that cannot be told (the current folder is gone) its parts are all there is to go by.
            home: std::path::absolute(folder.path()).unwrap_or_else(|_| folder.path().into()),
            own_epoch: header.epoch(role),
            at,
            role,
            header,
            encoder: Encoder::new(producer),
            decoder: Decoder::new(consumer),
            bell,
            folder,
            role_lock: Some(role_lock),
            peer_lock,
            identity,
            own_bell,
            own_lock,
            stirred: false,
            peer: Peer::default(),
            peer_epoch: 0,
            peer_is_starting: false,
            looks_in_a_row: 0,
            rings: Rings::default(),
        };
        // A killed predecessor may have died asleep.
        endpoint.message_flag.unpark();
        endpoint.room_flag.unpark();
        endpoint.look_at_peer()?;
        endpoint.ring(doorbell::LOOK)?;
        point(Point::Attached);
        Ok(endpoint)
    }

    /// Which segment of which channel this is.
    pub fn segment(&self) -> &SegmentRef {
        &self.at
    }

    /// Which side this is.
    pub fn role(&self) -> Role {
        self.role
    }

    /// Bytes of each lane.
    pub fn capacity(&self) -> u64 {
        self.encoder.capacity()
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
    pub(super) fn corrupt(&self, what: impl Into<Corruption>) -> Error {
        Error::Corrupt { at: self.at.clone(), what: what.into() }
    }

    pub(super) fn system(&self, doing: &'static str, errno: Errno) -> Error {
        Error::System { channel: self.at.channel.clone(), doing, errno }
    }

    /// Rings the other side, if it is there.
    pub(super) fn ring(&mut self, byte: u8) -> Result<(), Error> {
        if !self.bell.is_connected() {
            // Someone raised the flag that brought us here: perhaps a new life that we have not looked at yet.
            self.look_at_peer()?;
        }
        // Nobody there to hear: whoever comes looks at the ring before sleeping.
        let heard = self.bell.ring(byte).map_err(|errno| self.system("ring the other side", errno))?;
        self.rings.given += u64::from(heard);
        point(Point::Rung);
        Ok(())
    }

    /// Shows the other side all that was [`put`](Self::put), and rings it if it sleeps.
    #[inline]
    pub fn flush(&mut self) -> Result<(), Error> {
        if self.encoder.publish() && self.peer_message_flag.wake() {
            self.ring(doorbell::LOOK)?;
        }
        Ok(())
    }

    /// Rings a sender that waits for room, if there is enough of it again, or until all is taken, if it is.
    pub(super) fn tell_room(&mut self) -> Result<(), Error> {
        if self.decoder.should_wake_sender() && self.peer_room_flag.wake_by_release(self.decoder.gave_all_back()) {
            self.ring(doorbell::LOOK)?;
        }
        Ok(())
    }
}

impl AsFd for Endpoint {
    /// The bell: readable when it rings or the other side has hung up, after [`Endpoint::arm`] said true. The same
    /// for the endpoint's whole life.
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.bell.as_fd()
    }
}
