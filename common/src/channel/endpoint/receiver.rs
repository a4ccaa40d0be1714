//! Receiving: with and without waiting, singly and in batches, copied and in place.
//!
//! Each receiving call first acknowledges what earlier ones handed over. So a message counts as acknowledged when its
//! receiver comes back for more (or calls [`Receiver::acknowledge`], or quits), and one that is killed while it works
//! on a message has not had it.

use super::interest::Interest;
use super::own::Endpoint;
use crate::channel::codec::decoder::Decoder;
use crate::channel::codec::envelope::{Envelope, Message};
use crate::channel::codec::reached::Reached;
use crate::channel::codec::view::{InPlace, View};
use crate::channel::error::{Corruption, Error, RecvError, RecvTimeoutError, TryRecvError};
use crate::segment::Segment;
use std::ops::ControlFlow;
use std::time::{Duration, Instant};

/// What a message counts for in a batch beside its bytes, so that empty ones end a batch too.
const MESSAGE_OVERHEAD: usize = 16;

/// What a look at the lane brings.
enum Found<T> {
    Some(T),
    Nothing,
    Quit,
}

impl<T> Found<T> {
    fn ok(self) -> Result<T, TryRecvError> {
        match self {
            Found::Some(found) => Ok(found),
            Found::Nothing => Err(TryRecvError::Empty),
            Found::Quit => Err(TryRecvError::Quit),
        }
    }
}

impl Endpoint {
    /// Receives the next message, sleeping while there is none.
    ///
    /// A message longer than the limit comes in parts: see [`set_message_limit`](Receiver::set_message_limit).
    ///
    /// # Errors
    /// [`RecvError::Quit`] when the other side has quit and all is received, until its next life begins.
    pub fn recv(&mut self) -> Result<Message<'_>, RecvError> {
        match self.recv_before(None)? {
            Found::Some(envelope) => Ok(Message { envelope, bytes: self.inbound.decoder.bytes() }),
            // Without a deadline it goes on until there is something.
            Found::Quit | Found::Nothing => Err(RecvError::Quit),
        }
    }

    /// Receives the next message if there is one now.
    ///
    /// ```
    /// use shmchat::{Channel, Role, TryRecvError};
    ///
    /// # let folder = tempfile::tempdir()?;
    /// # let channel = Channel::named("lobby".parse()?).dir(folder.path());
    /// # let mut writer = channel.attach(Role::Writer)?;
    /// # let mut reader = channel.attach(Role::Reader)?;
    /// assert!(matches!(reader.try_recv(), Err(TryRecvError::Empty)));
    /// writer.send("hello")?;
    /// writer.quit()?;
    /// assert_eq!(reader.try_recv()?.bytes, b"hello");
    /// assert!(matches!(reader.try_recv(), Err(TryRecvError::Quit)));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn try_recv(&mut self) -> Result<Message<'_>, TryRecvError> {
        let envelope = self.advance()?.ok()?;
        Ok(Message { envelope, bytes: self.inbound.decoder.bytes() })
    }

    /// Receives the next message, waiting `timeout` at the most.
    ///
    /// ```
    /// use shmchat::{Channel, RecvTimeoutError, Role};
    /// use std::time::Duration;
    ///
    /// # let folder = tempfile::tempdir()?;
    /// # let channel = Channel::named("lobby".parse()?).dir(folder.path());
    /// # let mut writer = channel.attach(Role::Writer)?;
    /// # let mut reader = channel.attach(Role::Reader)?;
    /// let soon = Duration::from_millis(1);
    /// assert!(matches!(reader.recv_timeout(soon), Err(RecvTimeoutError::Timeout)));
    /// writer.send("hello")?;
    /// assert_eq!(reader.recv_timeout(soon)?.bytes, b"hello");
    /// writer.quit()?;
    /// assert!(matches!(reader.recv_timeout(soon), Err(RecvTimeoutError::Quit)));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn recv_timeout(&mut self, timeout: Duration) -> Result<Message<'_>, RecvTimeoutError> {
        match self.recv_before(Instant::now().checked_add(timeout))? {
            Found::Some(envelope) => Ok(Message { envelope, bytes: self.inbound.decoder.bytes() }),
            Found::Nothing => Err(RecvTimeoutError::Timeout),
            Found::Quit => Err(RecvTimeoutError::Quit),
        }
    }

    /// The receiving side of this endpoint, for what goes beyond the plain calls. It borrows the endpoint for one call.
    #[inline]
    pub fn receiver(&mut self) -> Receiver<'_> {
        Receiver(self)
    }

    fn advance(&mut self) -> Result<Found<Envelope>, Error> {
        self.inbound.acknowledge(&mut self.link)?;
        // The order matters: what was sent before the quit is there once the quit is seen.
        let quit = self.link.peer_has_quit()?;
        let next = self.inbound.decoder.next_message().map_err(|what| self.link.corrupt(what))?;
        self.inbound.tell_room(&mut self.link)?;
        Ok(match next {
            Some(envelope) => Found::Some(envelope),
            None if quit => Found::Quit,
            None => Found::Nothing,
        })
    }

    /// Nothing where none came in time.
    fn recv_before(&mut self, deadline: Option<Instant>) -> Result<Found<Envelope>, Error> {
        loop {
            self.inbound.coalesce(&self.link)?;
            match self.advance()? {
                Found::Nothing => {}
                found => return Ok(found),
            }
            if !self.wait(Interest::MESSAGE, deadline)? {
                return Ok(Found::Nothing);
            }
        }
    }

    fn advance_in_place(&mut self) -> Result<Found<InPlace>, Error> {
        self.inbound.acknowledge(&mut self.link)?;
        // The order matters: what was sent before the quit is there once the quit is seen.
        let quit = self.link.peer_has_quit()?;
        Ok(match self.inbound.decoder.next_in_place().map_err(|what| self.link.corrupt(what))? {
            Some(found) => Found::Some(found),
            None if quit => Found::Quit,
            None => Found::Nothing,
        })
    }
}

/// An endpoint's receiving side, for the length of one call: batches, messages in place, and acknowledging by itself.
#[derive(Debug)]
#[must_use]
pub struct Receiver<'e>(&'e mut Endpoint);

impl<'e> Receiver<'e> {
    /// Hands messages to `each` until `bytes` of them or more have been handed over (each counted with 16 bytes for
    /// itself), or none is left of those found by one look. Gives how many they were. They are acknowledged together, by
    /// the next receiving call.
    ///
    /// # Errors
    /// [`TryRecvError::Empty`] where there is none.
    pub fn try_recv_batch(self, bytes: usize, each: impl FnMut(Message<'_>)) -> Result<usize, TryRecvError> {
        self.batch(bytes, Decoder::next_message, each)
    }

    /// The same, sleeping while there is none.
    ///
    /// # Errors
    /// [`RecvError::Quit`] when the other side has quit and all is received, until its next life begins.
    ///
    /// ```
    /// use shmchat::{Channel, RecvError, Role};
    ///
    /// # let folder = tempfile::tempdir()?;
    /// # let channel = Channel::named("lobby".parse()?).dir(folder.path());
    /// # let mut writer = channel.attach(Role::Writer)?;
    /// # let mut reader = channel.attach(Role::Reader)?;
    /// writer.sender().send_batch((0..1000).map(|_| "one of many"))?;
    /// writer.quit()?;
    ///
    /// let (mut batches, mut bytes) = (0, 0);
    /// let end = loop {
    ///     match reader.receiver().recv_batch(16 << 10, |message| bytes += message.bytes.len()) {
    ///         Ok(messages) => batches += usize::from(messages > 1), // the next call acknowledges them together
    ///         Err(end) => break end,
    ///     }
    /// };
    /// assert!(bytes == 11_000 && batches == 2 && matches!(end, RecvError::Quit));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn recv_batch(self, bytes: usize, mut each: impl FnMut(Message<'_>)) -> Result<usize, RecvError> {
        loop {
            self.0.inbound.coalesce(&self.0.link)?;
            match self.0.receiver().try_recv_batch(bytes, &mut each) {
                Ok(count) => return Ok(count),
                Err(TryRecvError::Empty) => self.0.wait(Interest::MESSAGE, None)?,
                Err(TryRecvError::Quit) => return Err(RecvError::Quit),
                Err(TryRecvError::Channel(error)) => return Err(error.into()),
            };
        }
    }

    /// The same as [`try_recv_batch`](Self::try_recv_batch), with lines in the blocks that they were sent in: one message of
    /// [`Kind::Lines`](crate::Kind::Lines) is several lines, each ended by a line feed. For who copies lines from one place
    /// to another.
    pub fn try_recv_blocks(self, bytes: usize, each: impl FnMut(Message<'_>)) -> Result<usize, TryRecvError> {
        self.batch(bytes, Decoder::next_block, each)
    }

    #[inline]
    fn batch(
        self,
        bytes: usize,
        next: impl Fn(&mut Decoder<Segment>) -> Result<Option<Envelope>, Corruption>,
        mut each: impl FnMut(Message<'_>),
    ) -> Result<usize, TryRecvError> {
        let Endpoint { link, inbound, .. } = self.0;
        let (mut count, mut taken) = (0, 0);
        inbound.acknowledge(link)?;
        // The order matters: what was sent before the quit is there once the quit is seen.
        let quit = link.peer_has_quit()?;
        // One look at the lane for all of them: see `coalesce`.
        while count == 0 || (taken < bytes && inbound.decoder.has_seen()) {
            let (several, their_bytes) = inbound.decoder.each_in_pack(bytes - taken, MESSAGE_OVERHEAD, &mut each);
            if several > 0 {
                count += several;
                taken += their_bytes;
                continue;
            }
            let Some(envelope) = next(&mut inbound.decoder).map_err(|what| link.corrupt(what))? else {
                inbound.tell_room(link)?;
                break;
            };
            let message = Message { envelope, bytes: inbound.decoder.bytes() };
            taken += message.bytes.len() + MESSAGE_OVERHEAD;
            count += 1;
            each(message);
        }
        match count {
            0 if quit => Err(TryRecvError::Quit),
            0 => Err(TryRecvError::Empty),
            count => Ok(count),
        }
    }

    /// Receives the next message if there is one now, and leaves it where it stands. One that is longer than a record
    /// comes in parts, whatever the [limit](Self::set_message_limit) is; lines come in the blocks that they were sent in.
    pub fn try_recv_view(self) -> Result<View<'e>, TryRecvError> {
        let found = self.0.advance_in_place()?.ok()?;
        Ok(self.0.inbound.decoder.view(&found))
    }

    /// The same, sleeping while there is none.
    ///
    /// # Errors
    /// [`RecvError::Quit`] when the other side has quit and all is received, until its next life begins.
    pub fn recv_view(self) -> Result<View<'e>, RecvError> {
        let found = loop {
            self.0.inbound.coalesce(&self.0.link)?;
            match self.0.advance_in_place()? {
                Found::Some(found) => break found,
                Found::Quit => return Err(RecvError::Quit),
                Found::Nothing => self.0.wait(Interest::MESSAGE, None)?,
            };
        };
        Ok(self.0.inbound.decoder.view(&found))
    }

    /// Hands views to `each` as long as that says so and there are any of those found by one look. Gives how many they
    /// were. They are acknowledged together, by the next receiving call.
    ///
    /// # Errors
    /// [`TryRecvError::Empty`] where there is none.
    pub fn try_recv_views(self, mut each: impl FnMut(View<'_>) -> ControlFlow<()>) -> Result<usize, TryRecvError> {
        let mut next = Some(self.0.advance_in_place()?.ok()?);
        let Endpoint { link, inbound, .. } = self.0;
        let mut count = 0;
        while let Some(found) = next {
            count += 1;
            // One look at the lane for all of them: see `coalesce`.
            if each(inbound.decoder.view(&found)).is_break() || !inbound.decoder.has_seen() {
                break;
            }
            next = inbound.decoder.next_in_place().map_err(|what| link.corrupt(what))?;
        }
        Ok(count)
    }

    /// Acknowledges all that was handed over: the other side counts it as delivered, and a successor does not see it again.
    pub fn acknowledge(self) -> Result<(), Error> {
        self.0.inbound.acknowledge(&mut self.0.link)
    }

    /// Acknowledges exactly what lies before this place: a [`View`] that was handed over since the last acknowledgement says which
    /// it is. A successor gets all behind it, the rest of that message first, as a part without its start. Quit after this;
    /// what is received later is acknowledged past it.
    ///
    /// ```
    /// use shmchat::{Channel, Part, Role};
    ///
    /// # let folder = tempfile::tempdir()?;
    /// # let channel = Channel::named("lobby".parse()?).dir(folder.path());
    /// # let mut writer = channel.attach(Role::Writer)?;
    /// let mut reader = channel.attach(Role::Reader)?;
    /// writer.send("one message")?;
    /// let view = reader.receiver().try_recv_view()?;
    /// let reached = view.reached(4); // as far as it went before somebody said stop
    /// reader.receiver().acknowledge_until(reached)?;
    /// reader.quit()?;
    ///
    /// let mut successor = channel.attach(Role::Reader)?;
    /// let rest = successor.recv()?;
    /// assert_eq!((rest.bytes, rest.envelope.part), (&b"message"[..], Part::Last));
    /// # drop(writer);
    /// # successor.receiver().acknowledge()?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn acknowledge_until(self, reached: Reached) -> Result<(), Error> {
        let Endpoint { link, inbound, .. } = self.0;
        inbound.decoder.acknowledge_until(reached).map_err(|what| link.corrupt(what))?;
        inbound.tell_room(link)
    }

    /// The opposite of [`acknowledge`](Self::acknowledge), for who was handed messages and could not do with them
    /// what they are for: they stay in the segment, and a successor gets them again. Quit after this; what is
    /// received later is acknowledged past them.
    pub fn nack(self) {
        self.0.inbound.decoder.nack();
    }

    /// Sets the longest message that is handed over whole, in bytes; longer ones come in parts of about this size,
    /// marked as [`First`](crate::Part::First), [`Middle`](crate::Part::Middle) and [`Last`](crate::Part::Last). 8
    /// MiB if never set.
    ///
    /// Up to half the lane's capacity a message stays in the lane until it is acknowledged whole. A longer one
    /// cannot: if its receiver dies while putting it together, its successor gets only the rest. With a limit of less
    /// than half the capacity that does not happen, since each part is acknowledged by itself.
    pub fn set_message_limit(self, bytes: usize) {
        self.0.inbound.decoder.set_message_limit(bytes);
    }
}
