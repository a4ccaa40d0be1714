//! Receiving: with and without waiting, singly and in batches.
//!
//! Each receiving call first acknowledges what earlier ones handed over. So a message counts as taken when its
//! receiver comes back for more (or calls [`Endpoint::acknowledge`], or quits), and one that is killed while it works
//! on a message has not had it.

use super::decoder::{Decoder, Envelope, Message, Reached};
use super::endpoint::Endpoint;
use super::error::{Corruption, Error};
use super::sleep::Interest;
use crate::segment::Segment;
use std::time::{Duration, Instant};

/// After so many looks at the lane that each found something new at once, messages come in a stream.
const LOOKS_OF_A_STREAM: u32 = 4;

/// How long a stream is given to gather. Messages of 64 bytes, each sent by itself, and a receiver that keeps up: 13
/// million a second without, 47 with half a microsecond, 49 with one, 49 with two (medians of `make bench`'s section
/// "messages", two processors of a virtual machine). It is a small part of what a sleep and a wake cost.
const COALESCE: Duration = Duration::from_micros(1);

/// What a message counts for in a batch beside its bytes, so that empty ones end a batch too.
const MESSAGE_OVERHEAD: usize = 16;

/// What a look at the lane brings.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Received<T> {
    /// This.
    Message(T),
    /// Nothing now.
    Empty,
    /// Nothing more: the other side has quit, and all it sent has been handed over.
    Ended,
}

impl Endpoint {
    /// Receives the next message, sleeping while there is none. None when the other side has quit and all is
    /// received, until its next life begins.
    ///
    /// A message longer than the limit comes in parts: see [`set_message_limit`](Self::set_message_limit).
    pub fn recv(&mut self) -> Result<Option<Message<'_>>, Error> {
        self.recv_before(None)
    }

    /// Receives the next message, waiting `timeout` at the most.
    ///
    /// # Errors
    /// [`Error::Timeout`] when none came.
    ///
    /// ```
    /// use shmchat::{Channel, Error, Role};
    /// use std::time::Duration;
    ///
    /// # let folder = tempfile::tempdir()?;
    /// # let channel = Channel::named("lobby".parse()?).dir(folder.path());
    /// # let mut writer = channel.attach(Role::Writer)?;
    /// # let mut reader = channel.attach(Role::Reader)?;
    /// let soon = Duration::from_millis(1);
    /// assert!(matches!(reader.recv_timeout(soon), Err(Error::Timeout { .. })));
    /// writer.send("hello")?;
    /// assert_eq!(reader.recv_timeout(soon)?.unwrap().bytes, b"hello");
    /// writer.quit()?;
    /// assert_eq!(reader.recv_timeout(soon)?, None);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn recv_timeout(&mut self, timeout: Duration) -> Result<Option<Message<'_>>, Error> {
        self.recv_before(Instant::now().checked_add(timeout))
    }

    /// Receives the next message if there is one now.
    ///
    /// ```
    /// use shmchat::{Channel, Received, Role};
    ///
    /// # let folder = tempfile::tempdir()?;
    /// # let channel = Channel::named("lobby".parse()?).dir(folder.path());
    /// # let mut writer = channel.attach(Role::Writer)?;
    /// # let mut reader = channel.attach(Role::Reader)?;
    /// assert_eq!(reader.try_recv()?, Received::Empty);
    /// writer.send("hello")?;
    /// writer.quit()?;
    /// let Received::Message(message) = reader.try_recv()? else { panic!("it was sent") };
    /// assert_eq!(message.bytes, b"hello");
    /// assert_eq!(reader.try_recv()?, Received::Ended);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn try_recv(&mut self) -> Result<Received<Message<'_>>, Error> {
        Ok(match self.advance()? {
            Received::Message(envelope) => Received::Message(Message { envelope, bytes: self.decoder.bytes() }),
            Received::Empty => Received::Empty,
            Received::Ended => Received::Ended,
        })
    }

    /// Hands messages to `each` until `bytes` of them or more have been handed over (each counted with 16 bytes for
    /// itself), or none is left of those found by one look. Gives how many they were, as a message, unless there was
    /// none. They are acknowledged together, by the next receiving call.
    pub fn try_recv_batch(&mut self, bytes: usize, each: impl FnMut(Message<'_>)) -> Result<Received<usize>, Error> {
        self.batch(bytes, Decoder::next_message, each)
    }

    /// The same, sleeping while there is none. None when the other side has quit and all is received, until its next
    /// life begins.
    ///
    /// ```
    /// use shmchat::{Channel, Role};
    ///
    /// # let folder = tempfile::tempdir()?;
    /// # let channel = Channel::named("lobby".parse()?).dir(folder.path());
    /// # let mut writer = channel.attach(Role::Writer)?;
    /// # let mut reader = channel.attach(Role::Reader)?;
    /// writer.send_batch((0..1000).map(|_| "one of many"))?;
    /// writer.quit()?;
    ///
    /// let (mut batches, mut bytes) = (0, 0);
    /// while let Some(messages) = reader.recv_batch(16 << 10, |message| bytes += message.bytes.len())? {
    ///     batches += 1; // of so many messages; the next call acknowledges them together
    /// #   assert!(messages > 1);
    /// }
    /// assert!(bytes == 11_000 && batches == 2);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn recv_batch(&mut self, bytes: usize, mut each: impl FnMut(Message<'_>)) -> Result<Option<usize>, Error> {
        loop {
            self.coalesce()?;
            match self.try_recv_batch(bytes, &mut each)? {
                Received::Message(count) => return Ok(Some(count)),
                Received::Ended => return Ok(None),
                Received::Empty => self.wait(Interest::MESSAGE, None)?,
            };
        }
    }

    /// The same as [`try_recv_batch`](Self::try_recv_batch), with lines in the blocks that they were sent in: one message of
    /// [`Kind::Lines`](crate::ring::record::Kind::Lines) is several lines, each ended by a line feed. For who copies
    /// lines from one place to another.
    pub fn try_recv_blocks(&mut self, bytes: usize, each: impl FnMut(Message<'_>)) -> Result<Received<usize>, Error> {
        self.batch(bytes, Decoder::next_block, each)
    }

    #[inline]
    fn batch(
        &mut self,
        bytes: usize,
        next: impl Fn(&mut Decoder<Segment>) -> Result<Option<Envelope>, Corruption>,
        mut each: impl FnMut(Message<'_>),
    ) -> Result<Received<usize>, Error> {
        let (mut count, mut taken) = (0, 0);
        self.acknowledge()?;
        // The order matters: what was sent before the quit is there once the quit is seen.
        let ended = self.peer_has_quit()?;
        // One look at the lane for all of them: see `coalesce`.
        while count == 0 || (taken < bytes && self.decoder.has_seen()) {
            let (several, their_bytes) = self.decoder.each_in_pack(bytes - taken, MESSAGE_OVERHEAD, &mut each);
            if several > 0 {
                count += several;
                taken += their_bytes;
                continue;
            }
            let Some(envelope) = next(&mut self.decoder).map_err(|what| self.corrupt(what))? else {
                self.tell_room()?;
                break;
            };
            let message = Message { envelope, bytes: self.decoder.bytes() };
            taken += message.bytes.len() + MESSAGE_OVERHEAD;
            count += 1;
            each(message);
        }
        Ok(match count {
            0 if ended => Received::Ended,
            0 => Received::Empty,
            count => Received::Message(count),
        })
    }

    /// Acknowledges all that was handed over: the other side counts it as taken, and a successor does not see it again.
    pub fn acknowledge(&mut self) -> Result<(), Error> {
        self.decoder.acknowledge();
        self.tell_room()
    }

    /// Acknowledges exactly what lies before this place: a [`View`](super::View) that was handed over since the last acknowledgement says which
    /// it is. A successor gets all behind it, the rest of that message first, as a part without its start. Quit after this;
    /// what is received later is acknowledged past it.
    ///
    /// ```
    /// use shmchat::{Channel, Part, Received, Role};
    ///
    /// # let folder = tempfile::tempdir()?;
    /// # let channel = Channel::named("lobby".parse()?).dir(folder.path());
    /// # let mut writer = channel.attach(Role::Writer)?;
    /// let mut reader = channel.attach(Role::Reader)?;
    /// writer.send("one message")?;
    /// let Received::Message(view) = reader.try_recv_view()? else { panic!("it was sent") };
    /// let reached = view.reached(4); // as far as it went before somebody said stop
    /// reader.acknowledge_until(reached)?;
    /// reader.quit()?;
    ///
    /// let mut successor = channel.attach(Role::Reader)?;
    /// let rest = successor.recv()?.unwrap();
    /// assert_eq!((rest.bytes, rest.envelope.part), (&b"message"[..], Part::Last));
    /// # drop(writer);
    /// # successor.acknowledge()?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn acknowledge_until(&mut self, reached: Reached) -> Result<(), Error> {
        self.decoder.acknowledge_until(reached).map_err(|what| self.corrupt(what))?;
        self.tell_room()
    }

    /// The opposite of [`acknowledge`](Self::acknowledge), for who was handed messages and could not do with them
    /// what they are for: they stay in the segment, and a successor gets them again. Quit after this; what is
    /// received later is acknowledged past them.
    pub fn nack(&mut self) {
        self.decoder.nack();
    }

    /// Sets the longest message that is handed over whole, in bytes; longer ones come in parts of about this size,
    /// marked as [`First`](super::Part::First), [`Middle`](super::Part::Middle) and [`Last`](super::Part::Last). 8
    /// MiB if never set.
    ///
    /// Up to half the lane's capacity a message stays in the lane until it is acknowledged whole. A longer one
    /// cannot: if its receiver dies while putting it together, its successor gets only the rest. With a limit of less
    /// than half the capacity that does not happen, since each part is acknowledged by itself.
    pub fn set_message_limit(&mut self, bytes: usize) {
        self.decoder.set_message_limit(bytes);
    }

    /// Before the lane is looked at again, all that was seen of it being taken. A receiver that keeps up with its sender
    /// would find one message each time, and take the line that holds `tail`, and the one that is being written, out of
    /// the sender's hands for each.
    #[inline]
    pub(super) fn coalesce(&mut self) -> Result<(), Error> {
        if self.decoder.has_seen() {
            return Ok(());
        }
        if self.looks_in_a_row >= LOOKS_OF_A_STREAM {
            let start = Instant::now();
            while start.elapsed() < COALESCE {
                std::hint::spin_loop();
            }
        }
        let found = self.decoder.has_next().map_err(|what| self.corrupt(what))?;
        self.looks_in_a_row = if found { self.looks_in_a_row.saturating_add(1) } else { 0 };
        Ok(())
    }

    fn advance(&mut self) -> Result<Received<Envelope>, Error> {
        self.acknowledge()?;
        // The order matters: what was sent before the quit is there once the quit is seen.
        let ended = self.peer_has_quit()?;
        let next = self.decoder.next_message().map_err(|what| self.corrupt(what))?;
        self.tell_room()?;
        Ok(match next {
            Some(envelope) => Received::Message(envelope),
            None if ended => Received::Ended,
            None => Received::Empty,
        })
    }

    fn recv_before(&mut self, deadline: Option<Instant>) -> Result<Option<Message<'_>>, Error> {
        loop {
            self.coalesce()?;
            match self.advance()? {
                Received::Message(envelope) => return Ok(Some(Message { envelope, bytes: self.decoder.bytes() })),
                Received::Ended => return Ok(None),
                Received::Empty => {}
            }
            if !self.wait(Interest::MESSAGE, deadline)? {
                let what = "no message came in time";
                return Err(Error::Timeout { channel: self.at.channel.clone(), what });
            }
        }
    }
}
