//! Sending: with and without waiting, singly and in batches.

use super::encoder::{Outgoing, Part};
use super::endpoint::Endpoint;
use super::error::Error;
use super::sleep::Interest;
use crate::ring::Backlog;
use std::time::{Duration, Instant};

impl Endpoint {
    /// Sends a message, waiting for room while the lane is full. Gives its `seq`: its position in the lane.
    ///
    /// Once this returns the message is accepted: it reaches the other side, also if this process dies now, or the
    /// other side starts only later.
    ///
    /// A message longer than half the lane cannot wait there whole, so this returns only when the other side has
    /// begun to take it.
    #[inline]
    pub fn send<'a>(&mut self, message: impl Into<Outgoing<'a>>) -> Result<u64, Error> {
        let seq = self.queue(message)?;
        self.flush()?;
        Ok(seq)
    }

    /// Sends a message, waiting for room `timeout` at the most.
    ///
    /// # Errors
    /// [`Error::Timeout`]: the message was not accepted, and the other side does not see it.
    pub fn send_timeout<'a>(&mut self, message: impl Into<Outgoing<'a>>, timeout: Duration) -> Result<u64, Error> {
        self.send_before(&message.into(), Instant::now().checked_add(timeout))
    }

    /// Sends a message if there is room for it now; none where there is not.
    ///
    /// # Errors
    /// [`Error::TooLong`] for one that takes more than half the lane.
    pub fn try_send<'a>(&mut self, message: impl Into<Outgoing<'a>>) -> Result<Option<u64>, Error> {
        let seq = self.put(&message.into())?;
        self.flush()?;
        Ok(seq)
    }

    /// Sends messages in order, waiting for room while the lane is full, with one fence and at most one ring for as
    /// many as fit at once. Gives how many they were.
    ///
    /// ```
    /// use shmchat::{Channel, Role};
    ///
    /// # let folder = tempfile::tempdir()?;
    /// # let channel = Channel::named("lobby".parse()?).dir(folder.path());
    /// # let (mut writer, mut reader) = (channel.attach(Role::Writer)?, channel.attach(Role::Reader)?);
    /// assert_eq!(writer.send_batch(["one", "two", "three"])?, 3);
    /// # // What waits would keep the segment.
    /// # writer.quit()?;
    /// # assert_eq!(reader.iter().count(), 3);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn send_batch<'a, M: Into<Outgoing<'a>>>(
        &mut self,
        messages: impl IntoIterator<Item = M>,
    ) -> Result<usize, Error> {
        let mut count = 0;
        for message in messages {
            self.queue(message)?;
            count += 1;
        }
        self.flush()?;
        Ok(count)
    }

    /// Sends as many of the messages as there is room for now, with one fence and at most one ring. Gives how many
    /// they were.
    pub fn try_send_batch<'a, M: Into<Outgoing<'a>>>(
        &mut self,
        messages: impl IntoIterator<Item = M>,
    ) -> Result<usize, Error> {
        let mut count = 0;
        for message in messages {
            if self.put(&message.into())?.is_none() {
                break;
            }
            count += 1;
        }
        self.flush()?;
        Ok(count)
    }

    /// Writes a message into the lane without showing it yet: it is accepted by the [`flush`](Self::flush) that ends
    /// the batch. None where there is no room for it now.
    ///
    /// # Errors
    /// [`Error::TooLong`] for one that takes more than half the lane.
    #[inline]
    pub fn put(&mut self, message: &Outgoing<'_>) -> Result<Option<u64>, Error> {
        let limit = self.encoder.whole_limit();
        if message.bytes.len() > limit {
            return Err(Error::TooLong { channel: self.at.channel.clone(), bytes: message.bytes.len(), limit });
        }
        self.encoder.put(message).map_err(|what| self.corrupt(what))
    }

    /// The same, waiting for room while the lane is full: what was written before is shown then.
    #[inline]
    pub fn queue<'a>(&mut self, message: impl Into<Outgoing<'a>>) -> Result<u64, Error> {
        let message = message.into();
        match self.encoder.put_short(&message) {
            Ok(Some(seq)) => Ok(seq),
            // Again, by the way that also knows what to do if it cannot be.
            _ => self.put_waiting(&message, None),
        }
    }

    /// The longest part of a message that is worth putting at once: one record's, in bytes.
    pub fn part_limit(&self) -> usize {
        // Less the stamp that a first part carries.
        self.encoder.record_limit() - 8
    }

    /// The longest message that goes in whole, in bytes: just under half the lane. A longer one goes in parts.
    pub fn whole_limit(&self) -> usize {
        self.encoder.whole_limit()
    }

    /// Whether the other side has acknowledged all that was sent, by us and by those before us in this role.
    pub fn is_delivered(&mut self) -> Result<bool, Error> {
        self.encoder.is_empty().map_err(|what| self.corrupt(what))
    }

    /// All of our messages whose `seq` is below this have been taken and acknowledged by the other side.
    pub fn taken(&mut self) -> Result<u64, Error> {
        self.encoder.lane().look().map_err(|what| self.corrupt(what))?;
        Ok(self.encoder.lane().taken())
    }

    /// Bytes of our lane that hold what the other side has not acknowledged.
    pub fn waiting_bytes(&mut self) -> Result<u64, Error> {
        let taken = self.taken()?;
        Ok(self.encoder.lane().position() - taken)
    }

    /// What of our messages, and our predecessors', the other side has not acknowledged. Walks them one by one, so it is
    /// for people to look at; whether there is anything, [`is_delivered`](Self::is_delivered) says.
    pub fn backlog(&mut self) -> Result<Backlog, Error> {
        self.encoder.lane().backlog().map_err(|what| self.corrupt(what))
    }

    fn send_before(&mut self, message: &Outgoing<'_>, deadline: Option<Instant>) -> Result<u64, Error> {
        let seq = self.put_waiting(message, deadline)?;
        self.flush()?;
        Ok(seq)
    }

    #[cold]
    fn put_waiting(&mut self, message: &Outgoing<'_>, deadline: Option<Instant>) -> Result<u64, Error> {
        if message.bytes.len() <= self.encoder.whole_limit() {
            return self.put_piece(message, deadline);
        }
        let mut first = None;
        let mut pieces = message.bytes.chunks(self.part_limit()).peekable();
        while let Some(bytes) = pieces.next() {
            let start = first.is_none() && message.part.is_start();
            let end = pieces.peek().is_none() && message.part.is_end();
            let seq = self.put_piece(&Outgoing { bytes, part: Part::of(start, end), ..*message }, deadline)?;
            first = first.or(Some(seq));
        }
        Ok(first.unwrap_or_default())
    }

    fn put_piece(&mut self, piece: &Outgoing<'_>, deadline: Option<Instant>) -> Result<u64, Error> {
        loop {
            if let Some(seq) = self.put(piece)? {
                return Ok(seq);
            }
            if !self.wait(Interest::ROOM, deadline)? {
                // The last look after the last wait: room may have come, if not as much as one is woken for.
                let what = "no room came in time";
                let timeout = Error::Timeout { channel: self.at.channel.clone(), what };
                return self.put(piece)?.ok_or(timeout);
            }
        }
    }
}
