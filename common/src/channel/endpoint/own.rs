//! The endpoint itself.

use super::inbound::Inbound;
use super::link::{Link, Own, PeerWatch};
use super::outbound::Outbound;
use super::rings::Rings;
use crate::barrier::Barrier;
use crate::channel::codec::decoder::Decoder;
use crate::channel::codec::encoder::Encoder;
use crate::channel::disk::SegmentDisk;
use crate::channel::error::Error;
use crate::channel::header::{SegmentHeader, StandIn};
use crate::channel::peer::{Peer, Presence};
use crate::channel::role::Role;
use crate::channel::segment_ref::SegmentRef;
use crate::doorbell::{self, Doorbell, Parking};
use crate::fault::{Point, point};
use crate::folder::{FileId, Folder};
use crate::key::Identity;
use crate::layout::{LanePlace, word};
use crate::memory::Segment;
use crate::presence::Lock;
use crate::ring::{Consumer, Producer};
use std::fs::File;
use std::os::fd::{AsFd, BorrowedFd};
use std::path::Path;
use std::sync::Arc;

/// One side of a channel, attached: it sends on one lane, receives on the other, and sleeps on one doorbell.
///
/// The plain calls are here. For batches, messages in place and acknowledging by yourself, see [`sender`](Self::sender) and
/// [`receiver`](Self::receiver).
///
/// Dropping an endpoint quits in good order. [`quit`](Self::quit) does the same and says what was left. One that
/// [stands in](Self::stand_in) for somebody is [withdrawn](Self::withdraw) instead. In a panic it does
/// not quit: nothing more is acknowledged, and the other side learns that this one is gone.
///
/// The calls that wait sleep in the kernel, without a timer. For an event loop of your own: [`arm`](Self::arm), poll
/// the descriptor of [`as_fd`](AsFd::as_fd) beside your others until it is readable,
/// [`handle_wakeup`](Self::handle_wakeup), and then look by the calls that do not wait.
///
/// ```
/// use shmchat::{Channel, Interest, Role, TryRecvError};
/// use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
/// use std::os::fd::AsFd;
///
/// # let folder = tempfile::tempdir()?;
/// # let channel = Channel::named("lobby".parse()?).dir(folder.path());
/// # let mut writer = channel.attach(Role::Writer)?;
/// # writer.sender().send_batch(["one", "two"])?;
/// # writer.quit()?;
/// let (more, _) = std::io::pipe()?; // whatever else is waited for
/// let mut reader = channel.attach(Role::Reader)?;
/// # let mut count = 0;
/// loop {
///     match reader.try_recv() {
///         Ok(message) => {
///             println!("{} bytes", message.bytes.len());
/// #           count += 1;
///             continue;
///         }
///         Err(TryRecvError::Empty) => {}
///         Err(TryRecvError::Quit) => break,
///         Err(error) => return Err(error.into()),
///     }
///     if reader.arm(Interest::MESSAGE)? {
///         let doorbell = PollFd::new(reader.as_fd(), PollFlags::POLLIN);
///         poll(&mut [doorbell, PollFd::new(more.as_fd(), PollFlags::POLLIN)], PollTimeout::NONE)?;
///         reader.handle_wakeup()?;
///     }
/// }
/// # assert_eq!(count, 2);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
#[must_use = "dropping it quits the channel at once"]
pub struct Endpoint {
    pub(super) link: Link,
    pub(super) outbound: Outbound,
    pub(super) inbound: Inbound,
}

/// What attach hands over.
pub(in crate::channel) struct Parts {
    pub(in crate::channel) at: SegmentRef,
    pub(in crate::channel) role: Role,
    pub(in crate::channel) header: SegmentHeader,
    pub(in crate::channel) producer: Producer<Segment>,
    pub(in crate::channel) consumer: Consumer<Segment>,
    pub(in crate::channel) disk: Option<Arc<SegmentDisk>>,
    pub(in crate::channel) doorbell: Doorbell,
    pub(in crate::channel) own_doorbell: FileId,
    pub(in crate::channel) own_lock: FileId,
    pub(in crate::channel) folder: Folder,
    pub(in crate::channel) identity: Identity,
    pub(in crate::channel) role_lock: Lock,
    pub(in crate::channel) peer_lock: File,
    pub(in crate::channel) peer_at_attach: Peer,
    pub(in crate::channel) stand_in: Option<StandIn>,
    pub(in crate::channel) barrier: Barrier,
    pub(in crate::channel) name: String,
}

impl Endpoint {
    /// Starts with what attach has made: rings the other side, and looks at it for the first time.
    pub(in crate::channel) fn start(parts: Parts) -> Result<Self, Error> {
        let Parts { at, role, header, producer, consumer, doorbell, own_doorbell, own_lock, .. } = parts;
        let Parts { folder, identity, role_lock, peer_lock, peer_at_attach, stand_in, barrier, name, disk, .. } = parts;
        // Not from the header again: the word that was checked may have changed since.
        let capacity = producer.capacity();
        let out_lane = LanePlace::in_segment(role.sends_on(), capacity);
        let in_lane = LanePlace::in_segment(role.other().sends_on(), capacity);
        let relies = word::RELIES + role.other() as usize;
        let flag = |word| Parking::between(header.0.clone(), word, barrier, relies);
        let outbound = Outbound {
            encoder: Encoder::new(producer),
            room_flag: flag(out_lane.producer_parked),
            peer_message_flag: flag(out_lane.consumer_parked),
            agreed: None,
        };
        let inbound = Inbound {
            decoder: Decoder::new(consumer),
            message_flag: flag(in_lane.consumer_parked),
            peer_room_flag: flag(in_lane.producer_parked),
            looks_in_a_row: 0,
            takes_ahead: false,
            agreed: None,
        };
        let epoch = header.epoch(role);
        let generation = header.generation();
        let role_lock = Some(role_lock);
        let own = Own { role_lock, identity, doorbell: own_doorbell, lock: own_lock, epoch, generation, stand_in };
        let link = Link {
            segment: at,
            role,
            header,
            disk,
            doorbell,
            // If that is unknown (the current directory is gone), the path as given is all we have.
            home: std::path::absolute(folder.path()).unwrap_or_else(|_| folder.path().into()),
            folder,
            own,
            peer: PeerWatch {
                known: Peer::default(),
                process: Presence::Absent,
                stand_in: None,
                at_attach: peer_at_attach,
                lock: peer_lock,
                epoch: 0,
                renamed: 0,
                is_starting: false,
            },
            stirred: false,
            rings: Rings::default(),
        };
        let mut endpoint = Endpoint { link, outbound, inbound };
        endpoint.outbound.encoder.set_name(&name);
        // A predecessor may have been killed while asleep.
        endpoint.inbound.message_flag.unpark();
        endpoint.outbound.room_flag.unpark();
        endpoint.link.look_at_peer()?;
        endpoint.link.ring(doorbell::LOOK)?;
        point(Point::Attached);
        Ok(endpoint)
    }

    /// Which segment of which channel this is. The example is at [`SegmentRef`].
    pub fn segment(&self) -> &SegmentRef {
        &self.link.segment
    }

    /// Which creation of the segment this is: a random number. A position in a lane means something only in the segment that
    /// it was taken in, and a segment that was removed begins again at 0. If this number is the same, so is the segment.
    ///
    /// ```
    /// use shmchat::{Channel, Role};
    ///
    /// # let folder = tempfile::tempdir()?;
    /// # let channel = Channel::named("lobby".parse()?).dir(folder.path());
    /// let (writer, reader) = (channel.attach(Role::Writer)?, channel.attach(Role::Reader)?);
    /// let generation = writer.generation();
    /// assert_eq!(reader.generation(), generation);
    /// writer.quit()?;
    /// assert!(reader.quit()?.removed);
    /// assert_ne!(channel.attach(Role::Writer)?.generation(), generation);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn generation(&self) -> u64 {
        self.link.own.generation
    }

    /// How many bytes of what `sender` had sent were lost when the machine last went down, headers included, as far as is
    /// known: they had not reached the disk. 0 unless the channel's memory is a mapped file; and 0 if it is
    /// [synced](crate::Channel::sync).
    ///
    /// ```
    /// use shmchat::{Channel, Role};
    ///
    /// # let folder = tempfile::tempdir()?;
    /// # let channel = Channel::named("lobby".parse()?).dir(folder.path());
    /// let reader = channel.attach(Role::Reader)?;
    /// if reader.dropped(Role::Writer) > 0 {
    ///     eprintln!("a power cut has taken some messages");
    /// }
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn dropped(&self, sender: Role) -> u64 {
        self.link.header.dropped(sender)
    }

    /// Which side this is.
    pub fn role(&self) -> Role {
        self.link.role
    }

    /// The size of each lane, in bytes.
    ///
    /// ```
    /// use shmchat::{Channel, Role};
    ///
    /// # let folder = tempfile::tempdir()?;
    /// # let channel = Channel::named("lobby".parse()?).dir(folder.path());
    /// let reader = channel.capacity(256 << 10)?.attach(Role::Reader)?;
    /// assert_eq!((reader.role(), reader.capacity()), (Role::Reader, 262_144));
    /// assert_eq!(reader.folder().file_name(), Some("lobby".as_ref()));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn capacity(&self) -> u64 {
        self.outbound.encoder.capacity()
    }

    /// The channel's folder. The example is at [`capacity`](Self::capacity).
    pub fn folder(&self) -> &Path {
        self.link.folder.path()
    }

    /// The other side, as it was at the last call that waited, [`arm`](Self::arm) or
    /// [`handle_wakeup`](Self::handle_wakeup). The example is at [`Presence`].
    pub fn peer(&self) -> &Peer {
        &self.link.peer.known
    }

    /// The other side as this start found it, before it tidied up. A start forgets that the other side has quit or died, if
    /// nobody is there and nothing of theirs waits, because it must not end a receiver that has only just come. For a
    /// program that passes on what happens here, and may itself have been dead when it happened.
    ///
    /// ```
    /// use shmchat::{Channel, Presence, Role};
    ///
    /// # let folder = tempfile::tempdir()?;
    /// # let channel = Channel::named("lobby".parse()?).dir(folder.path());
    /// let mut reader = channel.attach(Role::Reader)?;
    /// reader.send("a reply that keeps the segment")?;
    /// channel.clone().display_name("Ada").attach(Role::Writer)?.quit()?;
    /// reader.quit()?;
    ///
    /// let reader = channel.attach(Role::Reader)?;
    /// assert_eq!(reader.peer().presence, Presence::Absent, "nobody is there");
    /// let before = reader.peer_at_attach();
    /// assert_eq!((before.presence, before.name.as_str()), (Presence::Quit, "Ada"));
    /// # drop(reader);
    /// # channel.clean(true)?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn peer_at_attach(&self) -> &Peer {
        &self.link.peer.at_attach
    }

    /// Whether the memory is all there: to be asked where [`View::span`](crate::View::span) or
    /// [`WriteSlot::read_from`](crate::WriteSlot::read_from) meets EFAULT.
    ///
    /// ```
    /// use shmchat::{Channel, Role};
    ///
    /// # let folder = tempfile::tempdir()?;
    /// # let channel = Channel::named("lobby".parse()?).dir(folder.path());
    /// assert!(channel.attach(Role::Writer)?.check().is_ok());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::Cut`] if an access has met the end of a file that somebody has cut short.
    pub fn check(&self) -> Result<(), Error> {
        self.link.check_whole()
    }
}

impl AsFd for Endpoint {
    /// The doorbell. Once [`Endpoint::arm`] has returned true, it becomes readable when it rings or the other side hangs up.
    /// The same descriptor for the endpoint's whole life.
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.link.doorbell.as_fd()
    }
}
