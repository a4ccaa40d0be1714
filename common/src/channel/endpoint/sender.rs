//! Sending: with and without waiting, singly and in batches, copied and in place.

use super::interest::Interest;
use super::own::Endpoint;
use crate::channel::codec::outgoing::Outgoing;
use crate::channel::codec::part::Part;
use crate::channel::codec::write_slot::WriteSlot;
use crate::channel::error::{Error, SendTimeoutError, TrySendError};
use crate::ring::Reserved;
use std::ops::RangeInclusive;
use std::time::{Duration, Instant, SystemTime};

mod acknowledged;
mod checkpoint;

/// The most bytes of a long message that are shown at once: the other side copies one piece out while the next is copied in.
/// It fits in the first-level cache. A message of 1 MiB costs each side 17.7 µs in pieces of 32 KiB, 18.5 in pieces of 64
/// and 20.8 in pieces of 16 (medians of four runs).
const PIECE: usize = 32 << 10;

impl Endpoint {
    /// Sends a message. While the lane is full, it waits for room. Gives the message's `seq`: its position in the lane.
    ///
    /// Once this returns, the message is accepted: it reaches the other side even if this process dies now, or the other
    /// side starts only later.
    ///
    /// A message longer than half the lane cannot wait there whole. For such a message this returns only when the other
    /// side has begun to take it.
    ///
    /// ```
    /// use shmchat::{Channel, Role};
    ///
    /// # let folder = tempfile::tempdir()?;
    /// # let channel = Channel::named("lobby".parse()?).dir(folder.path());
    /// # let (mut writer, mut reader) = (channel.attach(Role::Writer)?, channel.attach(Role::Reader)?);
    /// let first = writer.send("hello")?;
    /// let second = writer.send(b"any bytes \x00\xff")?;
    /// assert!(second > first);
    /// # while reader.try_recv().is_ok() {}
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// An [`Error`] if the channel cannot be used any more.
    // Left to the compiler, it is a call wherever a program sends in more than one place: 8 B then take 8.9 ns of both
    // processors instead of 8.3, and 43 instead of 33 where these are far apart.
    #[inline(always)]
    pub fn send<'a>(&mut self, message: impl Into<Outgoing<'a>>) -> Result<u64, Error> {
        let message = message.into();
        match self.outbound.send_plain(&mut self.link, &message)? {
            Some(seq) => Ok(seq),
            None => self.send_any(message),
        }
    }

    /// By itself, so that [`send`](Self::send) stays small enough to become part of its caller.
    #[inline(never)]
    fn send_any(&mut self, message: Outgoing<'_>) -> Result<u64, Error> {
        let seq = self.sender().enqueue(message)?;
        self.outbound.flush(&mut self.link)?;
        Ok(seq)
    }

    /// Sends a message if there is room for it now. Gives its `seq`.
    ///
    /// ```
    /// use shmchat::{Channel, Role, TrySendError};
    ///
    /// # let folder = tempfile::tempdir()?;
    /// # let channel = Channel::named("lobby".parse()?).dir(folder.path());
    /// let mut writer = channel.attach(Role::Writer)?;
    /// let mut sent = 0;
    /// let full = loop {
    ///     match writer.try_send(&[7; 100_000]) {
    ///         Ok(_) => sent += 1,
    ///         Err(error) => break error,
    ///     }
    /// };
    /// assert!(matches!(full, TrySendError::Full) && sent > 0);
    /// # drop(writer);
    /// # assert_eq!(channel.attach(Role::Reader)?.iter().count(), sent);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// [`TrySendError::Full`] if there is no room; [`Error::TooLong`] if the message takes more than half the lane.
    pub fn try_send<'a>(&mut self, message: impl Into<Outgoing<'a>>) -> Result<u64, TrySendError> {
        let message = message.into();
        if let Some(seq) = self.outbound.send_plain(&mut self.link, &message)? {
            return Ok(seq);
        }
        let seq = self.sender().try_enqueue(&message);
        self.outbound.flush(&mut self.link)?;
        seq
    }

    /// Sends a message, waiting for room for at most `timeout`. Gives its `seq`.
    ///
    /// ```
    /// use shmchat::{Channel, Role, SendTimeoutError};
    /// use std::time::Duration;
    ///
    /// # let folder = tempfile::tempdir()?;
    /// # let channel = Channel::named("lobby".parse()?).dir(folder.path());
    /// let mut writer = channel.attach(Role::Writer)?; // nobody reads
    /// let full = loop {
    ///     if let Err(error) = writer.send_timeout(&[7; 100_000], Duration::from_millis(1)) {
    ///         break error;
    ///     }
    /// };
    /// assert!(matches!(full, SendTimeoutError::Timeout));
    /// # drop(writer);
    /// # channel.clean(true)?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// [`SendTimeoutError::Timeout`]: the message was not accepted, and the other side does not see it.
    pub fn send_timeout<'a>(
        &mut self,
        message: impl Into<Outgoing<'a>>,
        timeout: Duration,
    ) -> Result<u64, SendTimeoutError> {
        let seq = self.sender().enqueue_before(&message.into(), Instant::now().checked_add(timeout))?;
        self.outbound.flush(&mut self.link)?;
        seq.ok_or(SendTimeoutError::Timeout)
    }

    /// The sending side, for batches, messages in place, and what the other side has acknowledged. It borrows the endpoint
    /// for one call.
    #[inline]
    pub fn sender(&mut self) -> Sender<'_> {
        Sender(self)
    }
}

/// The sending side of an endpoint, for one call: [`Endpoint::sender`]. It has batches, messages in place, and what the other
/// side has acknowledged.
///
/// ```
/// use shmchat::{Channel, Role};
///
/// # let folder = tempfile::tempdir()?;
/// # let channel = Channel::named("lobby".parse()?).dir(folder.path());
/// # let (mut writer, mut reader) = (channel.attach(Role::Writer)?, channel.attach(Role::Reader)?);
/// for number in 0..1000_u32 {
///     writer.sender().enqueue(&number.to_le_bytes())?; // the other side does not see it yet
/// }
/// writer.sender().flush()?; // now all of them are accepted
/// assert_eq!(writer.sender().backlog()?.messages, 1000);
/// # while reader.try_recv().is_ok() {}
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
#[must_use]
pub struct Sender<'e>(pub(super) &'e mut Endpoint);

impl<'e> Sender<'e> {
    /// Sends messages in order, waiting for room while the lane is full. As many as fit at once are shown at once, with
    /// one system call if the other side sleeps. Gives how many there were.
    ///
    /// ```
    /// use shmchat::{Channel, Role};
    ///
    /// # let folder = tempfile::tempdir()?;
    /// # let channel = Channel::named("lobby".parse()?).dir(folder.path());
    /// # let (mut writer, mut reader) = (channel.attach(Role::Writer)?, channel.attach(Role::Reader)?);
    /// assert_eq!(writer.sender().send_batch(["one", "two", "three"])?, 3);
    /// # // What waits would keep the segment.
    /// # writer.quit()?;
    /// # assert_eq!(reader.iter().count(), 3);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn send_batch<'a, M: Into<Outgoing<'a>>>(self, messages: impl IntoIterator<Item = M>) -> Result<usize, Error> {
        let mut count = 0;
        for message in messages {
            self.0.sender().enqueue(message)?;
            count += 1;
        }
        self.flush()?;
        Ok(count)
    }

    /// Sends as many of the messages as there is room for, as one batch. Gives how many that were: none if the lane is full.
    pub fn try_send_batch<'a, M: Into<Outgoing<'a>>>(
        self,
        messages: impl IntoIterator<Item = M>,
    ) -> Result<usize, Error> {
        let mut count = 0;
        for message in messages {
            match self.0.sender().try_enqueue(&message.into()) {
                Ok(_) => count += 1,
                Err(TrySendError::Full) => break,
                Err(TrySendError::Channel(error)) => return Err(error),
            }
        }
        self.flush()?;
        Ok(count)
    }

    /// Writes a message into the lane without showing it yet. [`flush`](Self::flush) ends the batch; only then is the message
    /// accepted. If the lane is full, this first shows what was written before and then waits for room. Gives the message's
    /// `seq`. The example is at [`Sender`].
    #[inline]
    pub fn enqueue<'a>(self, message: impl Into<Outgoing<'a>>) -> Result<u64, Error> {
        let message = message.into();
        match self.0.outbound.encoder.put_short(&message) {
            Ok(Some(seq)) => Ok(seq),
            // Once more, on the path that can also wait for room.
            _ => self.enqueue_waiting(&message),
        }
    }

    /// Like [`enqueue`](Self::enqueue), if there is room now.
    ///
    /// # Errors
    /// [`TrySendError::Full`] if there is no room; [`Error::TooLong`] if the message takes more than half the lane.
    #[inline]
    pub fn try_enqueue(self, message: &Outgoing<'_>) -> Result<u64, TrySendError> {
        self.put(message)?.ok_or(TrySendError::Full)
    }

    /// Shows the other side everything that was enqueued or committed, and wakes it if it sleeps. The example is at [`Sender`].
    #[inline]
    pub fn flush(self) -> Result<(), Error> {
        self.0.outbound.flush(&mut self.0.link)
    }

    /// Like [`reserve`](Self::reserve), if there is room now.
    ///
    /// # Errors
    /// - [`TrySendError::Full`] if there is no room for the shortest length: wait for [`Interest::ROOM`].
    /// - [`Error::TooLong`] if the shortest length is more than [`part_limit`](Self::part_limit): send such a message in parts.
    pub fn try_reserve(
        self,
        lengths: RangeInclusive<usize>,
        sent: Option<SystemTime>,
    ) -> Result<WriteSlot<'e>, TrySendError> {
        let place = self.0.reserve_place(&lengths, sent)?.ok_or(TrySendError::Full)?;
        Ok(WriteSlot::new(&mut self.0.outbound.encoder, place))
    }

    /// Gives a place in the lane for one message, or a part of one, of any of these lengths in bytes: the longest that
    /// there is room for now, up to [`part_limit`](Self::part_limit). While there is no room for the shortest, it waits.
    ///
    /// Ask for `n..=n` if you know the length. For a stream ask for `n..=usize::MAX`: as much as goes, but not less than `n`.
    /// `sent` is the sender's clock, for [`Kind::Text`](crate::Kind::Text) and [`Kind::Lines`](crate::Kind::Lines) where a
    /// message begins.
    ///
    /// ```
    /// use shmchat::{Channel, Kind, Part, Role};
    /// use std::io::{Read, Write};
    ///
    /// # let folder = tempfile::tempdir()?;
    /// # let channel = Channel::named("lobby".parse()?).dir(folder.path());
    /// # let (mut writer, mut reader) = (channel.attach(Role::Writer)?, channel.attach(Role::Reader)?);
    /// # let (input, mut source) = std::io::pipe()?;
    /// # source.write_all(b"straight through")?;
    /// # let (mut sink, output) = std::io::pipe()?;
    /// // As many bytes as one `read` gives, up to a record's size, from a descriptor into the segment.
    /// let mut slot = writer.sender().reserve(1..=usize::MAX, None)?;
    /// let length = slot.read_from(&input)?;
    /// slot.commit(length, Kind::Bytes, Part::Whole, false);
    /// writer.sender().flush()?;
    ///
    /// // In the other process, from the segment to a descriptor.
    /// let view = reader.receiver().try_recv_view()?;
    /// let written = view.span(0..view.len()).write_to(&output)?;
    /// assert_eq!(written, view.len());
    /// reader.receiver().acknowledge()?;
    /// # drop(output);
    /// # let mut bytes = String::new();
    /// # sink.read_to_string(&mut bytes)?;
    /// # assert_eq!(bytes, "straight through");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::TooLong`] if the shortest length is more than [`part_limit`](Self::part_limit).
    ///
    /// # Crash behaviour
    /// As for copied messages: the other side sees nothing of a slot before it is committed and [flushed](Self::flush).
    pub fn reserve(self, lengths: RangeInclusive<usize>, sent: Option<SystemTime>) -> Result<WriteSlot<'e>, Error> {
        let place = loop {
            match self.0.reserve_place(&lengths, sent)? {
                Some(place) => break place,
                None => self.0.wait(Interest::ROOM, None)?,
            };
        };
        Ok(WriteSlot::new(&mut self.0.outbound.encoder, place))
    }

    /// The longest part of a message that goes into one record, in bytes: just under 64 KiB or, if less, a quarter of the lane.
    pub fn part_limit(&self) -> usize {
        self.0.part_limit()
    }

    /// The longest message that goes in whole, in bytes: just under half the lane. A longer one goes in parts.
    ///
    /// ```
    /// use shmchat::{Channel, Role};
    ///
    /// # let folder = tempfile::tempdir()?;
    /// # let channel = Channel::named("lobby".parse()?).dir(folder.path());
    /// let mut writer = channel.capacity(1 << 20)?.attach(Role::Writer)?;
    /// assert!((500_000..1 << 19).contains(&writer.sender().whole_limit()));
    /// assert!((65_000..1 << 16).contains(&writer.sender().part_limit()));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn whole_limit(&self) -> usize {
        self.0.outbound.encoder.whole_limit()
    }

    #[inline]
    fn put(self, message: &Outgoing<'_>) -> Result<Option<u64>, Error> {
        let limit = self.0.outbound.encoder.whole_limit();
        if message.bytes.len() > limit {
            return Err(self.0.too_long(message.bytes.len(), limit));
        }
        self.0.outbound.encoder.put(message).map_err(|what| self.0.link.corrupt(what))
    }

    #[cold]
    fn enqueue_waiting(self, message: &Outgoing<'_>) -> Result<u64, Error> {
        // Without a deadline, there is always an answer.
        self.enqueue_before(message, None).map(Option::unwrap_or_default)
    }

    /// `None` if there was no room in time.
    fn enqueue_before(self, message: &Outgoing<'_>, deadline: Option<Instant>) -> Result<Option<u64>, Error> {
        if message.bytes.len() <= self.whole_limit() {
            return self.enqueue_piece(message, deadline);
        }
        let mut first = None;
        let mut pieces = message.bytes.chunks(self.part_limit().min(PIECE)).peekable();
        while let Some(bytes) = pieces.next() {
            let start = first.is_none() && message.part.is_start();
            let end = pieces.peek().is_none() && message.part.is_end();
            let piece = Outgoing { bytes, part: Part::of(start, end), ..*message };
            match self.0.sender().enqueue_piece(&piece, deadline)? {
                Some(seq) => first = first.or(Some(seq)),
                None => return Ok(None),
            }
            // The other side copies one piece out while the next is copied in.
            self.0.sender().flush()?;
        }
        Ok(first)
    }

    fn enqueue_piece(self, piece: &Outgoing<'_>, deadline: Option<Instant>) -> Result<Option<u64>, Error> {
        loop {
            if let Some(seq) = self.0.sender().put(piece)? {
                return Ok(Some(seq));
            }
            if !self.0.wait(Interest::ROOM, deadline)? {
                // One last look after the last wait: there may be room, though not enough to be woken for.
                return self.put(piece);
            }
        }
    }
}

impl Endpoint {
    fn part_limit(&self) -> usize {
        // Less the time that a first part carries.
        self.outbound.encoder.record_limit() - 8
    }

    fn reserve_place(
        &mut self,
        lengths: &RangeInclusive<usize>,
        sent: Option<SystemTime>,
    ) -> Result<Option<Reserved>, Error> {
        let limit = self.part_limit();
        if *lengths.start() > limit {
            return Err(self.too_long(*lengths.start(), limit));
        }
        self.outbound.encoder.reserve(lengths, sent).map_err(|what| self.link.corrupt(what))
    }

    #[cold]
    fn too_long(&self, bytes: usize, limit: usize) -> Error {
        Error::TooLong { channel: self.link.segment.channel.clone(), bytes, limit }
    }
}
