//! Receiving: with and without waiting, singly and in batches, copied and in place.
//!
//! Each receiving call first acknowledges what earlier ones handed over. So a message counts as acknowledged when its
//! receiver comes back for more (or calls [`Receiver::acknowledge`], or quits). A receiver that is killed while it
//! works on a message has not received it.

use super::interest::Interest;
use super::own::Endpoint;
use crate::channel::codec::decoder::Decoder;
use crate::channel::codec::envelope::{Envelope, Message};
use crate::channel::codec::reached::Reached;
use crate::channel::codec::view::View;
use crate::channel::error::{Corruption, Error, RecvError, RecvTimeoutError, TryRecvError};
use crate::memory::Segment;
use std::ops::ControlFlow;
use std::time::{Duration, Instant};

mod advance;
mod ahead;

/// The result of a look at the lane.
pub(super) enum Found<T> {
    Some(T),
    Nothing,
    Quit,
}

impl<T> Found<T> {
    pub(super) fn ok(self) -> Result<T, TryRecvError> {
        match self {
            Found::Some(found) => Ok(found),
            Found::Nothing => Err(TryRecvError::Empty),
            Found::Quit => Err(TryRecvError::Quit),
        }
    }
}

impl Endpoint {
    /// Receives the next message. While there is none, it sleeps.
    ///
    /// A message longer than the limit comes in parts: see [`set_message_limit`](Receiver::set_message_limit).
    ///
    /// ```
    /// use shmchat::{Channel, RecvError, Role};
    ///
    /// # let folder = tempfile::tempdir()?;
    /// # let channel = Channel::named("lobby".parse()?).dir(folder.path());
    /// # let (mut writer, mut reader) = (channel.attach(Role::Writer)?, channel.attach(Role::Reader)?);
    /// writer.send("hello")?;
    /// writer.quit()?;
    /// loop {
    ///     match reader.recv() {
    ///         Ok(message) => assert_eq!(message.bytes, b"hello"),
    ///         Err(RecvError::Quit) => break, // and nothing more is there
    ///         Err(error) => return Err(error.into()),
    ///     }
    /// }
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// [`RecvError::Quit`] if the other side has quit and everything is received, until its next life begins.
    pub fn recv(&mut self) -> Result<Message<'_>, RecvError> {
        match self.recv_before(None)? {
            Found::Some(envelope) => Ok(self.inbound.decoder.message(envelope)),
            // Without a deadline, it waits until there is something.
            Found::Quit | Found::Nothing => Err(RecvError::Quit),
        }
    }

    /// Receives the next message if there is one now.
    ///
    /// # Errors
    /// [`TryRecvError::Empty`] if there is none; [`TryRecvError::Quit`] if none will come, as for [`recv`](Self::recv).
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
        Ok(self.inbound.decoder.message(envelope))
    }

    /// Receives the next message, waiting for at most `timeout`.
    ///
    /// # Errors
    /// [`RecvTimeoutError::Timeout`] if none came; [`RecvTimeoutError::Quit`] if none will, as for [`recv`](Self::recv).
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
            Found::Some(envelope) => Ok(self.inbound.decoder.message(envelope)),
            Found::Nothing => Err(RecvTimeoutError::Timeout),
            Found::Quit => Err(RecvTimeoutError::Quit),
        }
    }

    /// The receiving side, for batches, messages in place, and acknowledging by yourself. It borrows the endpoint for one call.
    #[inline]
    pub fn receiver(&mut self) -> Receiver<'_> {
        Receiver(self)
    }
}

/// The receiving side of an endpoint, for one call: [`Endpoint::receiver`]. It has batches, messages in place, and
/// acknowledging by yourself.
///
/// ```
/// use shmchat::{Channel, Role};
///
/// # let folder = tempfile::tempdir()?;
/// # let channel = Channel::named("lobby".parse()?).dir(folder.path());
/// # let (mut writer, mut reader) = (channel.attach(Role::Writer)?, channel.attach(Role::Reader)?);
/// writer.sender().send_batch(["one", "two"])?;
/// let count = reader.receiver().try_recv_batch(64 << 10, |message| println!("{:?}", message.bytes))?;
/// reader.receiver().acknowledge()?; // not only when we come back for more
/// assert!(count == 2 && writer.sender().is_delivered()?);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
#[must_use]
pub struct Receiver<'e>(pub(super) &'e mut Endpoint);

impl<'e> Receiver<'e> {
    /// Hands messages to `each` until it has handed over `bytes` bytes or more, counting 16 bytes extra for each
    /// message, or until nothing is left of what one look at the lane found. Gives how many there were. The next
    /// receiving call acknowledges them together. The example is at [`Receiver`].
    ///
    /// # Errors
    /// [`TryRecvError::Empty`] if there is none; [`TryRecvError::Quit`] if none will come.
    pub fn try_recv_batch(self, bytes: usize, each: impl FnMut(Message<'_>)) -> Result<usize, TryRecvError> {
        self.batch(bytes, Decoder::next_message, each)
    }

    /// Like [`try_recv_batch`](Self::try_recv_batch), but while there is no message it sleeps.
    ///
    /// # Errors
    /// [`RecvError::Quit`] if the other side has quit and everything is received, until its next life begins.
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

    /// Like [`try_recv_batch`](Self::try_recv_batch), but lines stay together as they were sent: one message of
    /// [`Kind::Lines`](crate::Kind::Lines) is several lines, each ended by a line feed. For a program that copies lines
    /// from one place to another. The example is at [`Kind`](crate::Kind).
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
        inbound.acknowledge_earlier(link)?;
        // The order matters: what was sent before the quit is there once the quit is seen.
        let quit = link.peer_has_quit()?;
        // One look at the lane for all of them: see `coalesce`.
        while count == 0 || (taken < bytes && inbound.decoder.has_seen()) {
            let believed = |message: Message<'_>| {
                if link.is_whole() {
                    each(message);
                }
            };
            let (several, their_bytes) = inbound.decoder.each_short(bytes - taken, Message::OVERHEAD, believed);
            if several > 0 {
                count += several;
                taken += their_bytes;
                continue;
            }
            let Some(envelope) = next(&mut inbound.decoder).map_err(|what| link.corrupt(what))? else {
                inbound.tell_room(link)?;
                break;
            };
            link.check_whole()?;
            let message = inbound.decoder.message(envelope);
            taken += message.bytes.len() + Message::OVERHEAD;
            count += 1;
            each(message);
        }
        link.check_whole()?;
        match count {
            0 if quit => Err(TryRecvError::Quit),
            0 => Err(TryRecvError::Empty),
            count => Ok(count),
        }
    }

    /// Receives the next message if there is one now, and leaves it where it stands. A message longer than a record comes in
    /// parts, whatever the [limit](Self::set_message_limit) is. Lines come in the blocks that they were sent in. The example
    /// is at [`View`].
    ///
    /// # Errors
    /// [`TryRecvError::Empty`] if there is none; [`TryRecvError::Quit`] if none will come.
    pub fn try_recv_view(self) -> Result<View<'e>, TryRecvError> {
        let found = self.0.advance_in_place()?.ok()?;
        Ok(self.0.inbound.decoder.view(&found))
    }

    /// Like [`try_recv_view`](Self::try_recv_view), but while there is no message it sleeps.
    ///
    /// # Errors
    /// [`RecvError::Quit`] if the other side has quit and everything is received, until its next life begins.
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

    /// Hands views to `each` while it says [`ControlFlow::Continue`], as many as one look at the lane found. Gives how
    /// many there were. The next receiving call acknowledges them together. The crate page has an example, under "By
    /// position".
    ///
    /// # Errors
    /// [`TryRecvError::Empty`] if there is none; [`TryRecvError::Quit`] if none will come.
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

    /// Acknowledges everything that was handed over: the other side counts it as delivered, and a successor does not get it
    /// again. After [`acknowledge_until`](Self::acknowledge_until) it has nothing to acknowledge before you receive more.
    pub fn acknowledge(self) -> Result<(), Error> {
        self.0.inbound.acknowledge(&mut self.0.link)
    }

    /// Acknowledges everything before this position, and nothing behind it. A [`View`] gives the position, of something that
    /// is not acknowledged yet. If it lies inside a message, a successor first gets the rest of that message, as a part
    /// without its start.
    ///
    /// You can call it again, further on, as your work goes on; then quit. If you receive more instead, what you took before
    /// is acknowledged too. The crate page has an example with several messages, under "By position".
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
        inbound.tell_room(link)?;
        link.check_disk()
    }

    /// Sets the longest message that is handed over whole, in bytes; 8 MiB
    /// ([`DEFAULT_MESSAGE_LIMIT`](crate::DEFAULT_MESSAGE_LIMIT)) if never set. A longer one comes in parts of about
    /// this size, marked as [`First`](crate::Part::First), [`Middle`](crate::Part::Middle) and
    /// [`Last`](crate::Part::Last). The example is at [`DEFAULT_MESSAGE_LIMIT`](crate::DEFAULT_MESSAGE_LIMIT).
    ///
    /// A message of up to half the capacity stays in the lane until all of it is acknowledged. A longer one cannot: if its
    /// receiver dies while putting it together, the successor gets only the rest. A limit below half the capacity avoids that,
    /// since each part is acknowledged by itself.
    pub fn set_message_limit(self, bytes: usize) {
        self.0.inbound.decoder.set_message_limit(bytes);
    }
}
