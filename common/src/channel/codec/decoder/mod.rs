//! Turns records into messages.
//!
//! The records of a message are put together in private memory. Their room in the lane is given back only after the
//! message has been handed over and acknowledged, so that the next receiver finds it if this one dies. The exception is
//! a message longer than half the lane: it cannot wait there whole, so the part that has been copied is given back
//! while the rest arrives. Hence this receiver never holds on to more than half the lane while it waits, and a sender
//! that waits for half of it gets it.
//!
//! Lines arrive in blocks ([`Kind::Lines`]). They are handed over one by one, or as [blocks](Decoder::next_block) if
//! you ask for those. Short messages of one length arrive in packs ([`Flags::PACKED`]). How far a receiver has got in
//! either is marked in the lane, so that its successor continues there; and how far it has got in any record, if it
//! [acknowledges](Decoder::acknowledge_until) to the byte.
//!
//! A message longer than the *limit* is handed over in parts, so that private memory stays bounded whatever is sent.

use super::envelope::{Envelope, Message};
use super::part::Part;
use super::reached::Reached;
use crate::channel::error::Corruption;
use crate::clock;
use crate::fault::{Mutant, sabotaged};
use crate::ring::record::{Flags, Kind, LINE_FEED, RecordHeader};
use crate::ring::{Buffer, Consumer, Memory, Taken};
use std::ops::Range;
use std::time::SystemTime;

mod in_place;
pub(in crate::channel) mod items;
mod mark;
mod multi_record;
mod names;
mod short;

use multi_record::MultiRecord;
use names::Names;

/// The longest message that is handed over whole, in bytes, unless you set
/// [another limit](crate::Receiver::set_message_limit).
///
/// ```
/// use shmchat::{Channel, DEFAULT_MESSAGE_LIMIT, Part, Role};
///
/// # let folder = tempfile::tempdir()?;
/// # let channel = Channel::named("lobby".parse()?).dir(folder.path());
/// # let (mut writer, mut reader) = (channel.attach(Role::Writer)?, channel.attach(Role::Reader)?);
/// assert_eq!(DEFAULT_MESSAGE_LIMIT, 8 << 20);
/// reader.receiver().set_message_limit(100_000);
/// writer.send(&[7; 150_000])?;
/// let first = reader.recv()?;
/// assert!(first.envelope.part == Part::First && first.bytes.len() >= 100_000);
/// assert_eq!(reader.recv()?.envelope.part, Part::Last);
/// # reader.receiver().acknowledge()?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub const DEFAULT_MESSAGE_LIMIT: usize = 8 << 20;

/// The receiving half of an endpoint.
#[derive(Debug)]
pub struct Decoder<M> {
    consumer: Consumer<M>,
    limit: usize,
    /// The message being put together, or just handed over.
    buffer: Buffer,
    /// Which bytes of the buffer were last handed over.
    current: Range<usize>,
    /// The block in the buffer, until all of it is handed over.
    block: Option<MultiRecord>,
    /// The pack whose messages are being handed over in place: like `block`, but not in the buffer.
    standing: Option<MultiRecord>,
    /// How far a predecessor got, until the first record is taken, which is the only one that this applies to.
    resume: Option<Reached>,
    /// The position after the last message handed over from a block that has more; and how much of that we have marked in the
    /// lane.
    within: u64,
    marked: u64,
    /// The message that is not complete yet.
    open: Option<Envelope>,
    /// Everything before this has been handed over.
    handed: u64,
    /// The time that applies to texts without one; `None` if an earlier receiver got it.
    clock: Option<SystemTime>,
    names: Names,
    /// Room has been given back, and the sender does not know yet.
    gave_room: bool,
}

impl<M: Memory> Decoder<M> {
    /// Receives from this lane.
    pub fn new(consumer: Consumer<M>) -> Self {
        Decoder {
            limit: DEFAULT_MESSAGE_LIMIT,
            buffer: Buffer::default(),
            current: 0..0,
            block: None,
            standing: None,
            resume: Some(Reached::of_mark(consumer.mark())),
            within: 0,
            marked: 0,
            open: None,
            handed: consumer.released(),
            clock: None,
            names: Names::kept_by(&consumer),
            gave_room: false,
            consumer,
        }
    }

    /// Sets the longest message that is handed over whole; longer ones are handed over in parts of about this size.
    pub fn set_message_limit(&mut self, bytes: usize) {
        self.limit = bytes;
    }

    /// Whether a message, or a part of one, is there without another look at the lane.
    #[inline]
    pub fn has_seen(&self) -> bool {
        self.block.is_some() || self.standing.is_some() || self.consumer.has_seen()
    }

    /// Whether a record is there.
    #[inline]
    pub fn has_next(&mut self) -> Result<bool, Corruption> {
        Ok(self.consumer.has_next()?)
    }

    /// Whether the lane holds nothing, not even what was handed over without being acknowledged.
    pub fn is_empty(&mut self) -> Result<bool, Corruption> {
        Ok(!self.consumer.has_next()? && self.consumer.released() == self.consumer.position())
    }

    /// Bytes in the lane, with headers.
    pub fn bytes_waiting(&mut self) -> Result<u64, Corruption> {
        self.consumer.has_next()?;
        Ok(self.consumer.capacity() - self.consumer.free_for_producer())
    }

    /// Takes the next message, or part of one; [`bytes`](Self::bytes) then has its bytes. `None` if there is none at
    /// the moment.
    #[inline]
    pub fn next_message(&mut self) -> Result<Option<Envelope>, Corruption> {
        if self.block.is_none() {
            let taken = self.take()?;
            if self.block.is_none() {
                return Ok(taken);
            }
        }
        Ok(self.next_in_block())
    }

    /// Takes the next message, part of one, or whole block of lines.
    #[inline]
    pub fn next_block(&mut self) -> Result<Option<Envelope>, Corruption> {
        let next = if self.block.is_some() { None } else { self.take()? };
        if self.block.as_ref().is_some_and(|block| block.pack.is_some()) {
            return Ok(self.next_in_block());
        }
        Ok(match self.block.take() {
            Some(block) => {
                self.current = block.done..self.buffer.len();
                self.handed = self.consumer.position();
                // The rest of a block whose first lines were handed over one by one comes after them.
                Some(block.next_envelope())
            }
            None => next,
        })
    }

    /// Hands over the next message of the block.
    #[inline]
    fn next_in_block(&mut self) -> Option<Envelope> {
        let block = self.block.as_mut()?;
        let (message, next) = block.next(&self.buffer)?;
        let (seq, kind) = match block.pack {
            Some(_) => (block.next_envelope().seq, Kind::Bytes),
            None => (block.base + message.start as u64, Kind::Text),
        };
        let envelope = Envelope { seq, kind, ..block.next_envelope() };
        block.advance(next);
        self.current = message;
        self.within = block.base + next as u64;
        if block.done == self.buffer.len() {
            self.block = None;
            self.handed = self.consumer.position();
        }
        Some(envelope)
    }

    /// Takes records until they make a message, a part of one, or a block of lines; a block is then in `block`, not yet
    /// handed over.
    #[inline]
    fn take(&mut self) -> Result<Option<Envelope>, Corruption> {
        if self.open.is_none() || self.handed == self.consumer.position() {
            self.buffer.clear();
        }
        if let Some(pack) = self.standing.take() {
            return Ok(Some(self.copy_in(pack)));
        }
        loop {
            let before = self.buffer.len();
            let Some(record) = self.consumer.take(&mut self.buffer)? else { return Ok(None) };
            let Taken { position: seq, header, stamp } = record;
            if let Some(stamp) = stamp {
                self.clock = Some(clock::from_word(stamp));
            }
            if header.kind == Kind::Name {
                self.names.take(seq, &self.buffer[before..]);
                self.buffer.truncate(before);
                continue;
            }
            let several = header.kind == Kind::Lines || header.flags.has(Flags::PACKED);
            let simple = self.open.is_none() && header.flags.is_whole() && !several && self.resume.is_none();
            let envelope = if simple {
                self.handed = self.consumer.position();
                let (part, unterminated) = (Part::Whole, header.flags.has(Flags::UNTERMINATED));
                Some(Envelope {
                    seq,
                    kind: header.kind,
                    sent: self.sent(&header),
                    part,
                    unterminated,
                    follows_truncated: false,
                })
            } else {
                self.gather(record, before)?
            };
            if envelope.is_some() {
                if sabotaged(Mutant::AcknowledgeEarly) {
                    self.acknowledge();
                }
                self.current = 0..self.buffer.len();
                return Ok(envelope);
            }
        }
    }

    /// When a text was sent.
    #[inline]
    fn sent(&self, header: &RecordHeader) -> Option<SystemTime> {
        if header.kind == Kind::Bytes { None } else { self.clock }
    }

    /// Adds a record to the message being put together, whose bytes in the buffer end at `before`. Returns the envelope
    /// if it is to be handed over.
    fn gather(&mut self, record: Taken, before: usize) -> Result<Option<Envelope>, Corruption> {
        let Taken { position: seq, header, .. } = record;
        let flags = header.flags;
        let mut envelope = match self.open.take() {
            Some(open) if flags.has(Flags::CONTINUES) && open.kind == header.kind => open,
            cut => {
                self.buffer.remove_front(before);
                let part = Part::of(!flags.has(Flags::CONTINUES), true);
                let sent = self.sent(&header);
                Envelope { seq, kind: header.kind, sent, part, unterminated: false, follows_truncated: cut.is_some() }
            }
        };
        if header.kind == Kind::Lines || header.flags.has(Flags::PACKED) {
            return self.open_block(record, envelope).map(Some);
        }
        if let Some(had) = self.take_up(&record, &mut envelope) {
            self.buffer.remove_front(had);
        }
        envelope.unterminated = flags.has(Flags::UNTERMINATED);
        let complete = !flags.has(Flags::MORE);
        if complete || self.buffer.len() >= self.limit {
            envelope.part = Part::of(envelope.part.is_start(), complete);
            self.handed = self.consumer.position();
            if !complete {
                self.open = Some(Envelope { part: Part::Middle, follows_truncated: false, ..envelope });
            }
            return Ok(Some(envelope));
        }
        self.open = Some(envelope);
        if self.consumer.position() - self.consumer.released() > self.consumer.capacity() / 2 {
            self.release(self.consumer.position());
        }
        Ok(None)
    }

    /// Begins a block, at the place where a predecessor stopped if that is inside it.
    fn open_block(&mut self, record: Taken, envelope: Envelope) -> Result<Envelope, Corruption> {
        let pack = record.header.pack();
        if pack.is_none() && self.buffer.last() != Some(&LINE_FEED) {
            return Err(Corruption::Sequence { position: record.position });
        }
        let mut block = MultiRecord::new(envelope, record.payload_position(), pack);
        if let Some(mark) = self.resume.take() {
            block.resume(mark, self.buffer.len(), |byte| self.buffer[byte] == LINE_FEED);
        }
        self.block = Some(block);
        if envelope.follows_truncated {
            // An unfinished part of a message before it is done with: a mark applies to the first record after `head`.
            self.handed = record.position;
        }
        Ok(envelope)
    }

    /// How much of the first record a predecessor received, if any: then this is the rest of its message.
    fn take_up(&mut self, record: &Taken, envelope: &mut Envelope) -> Option<usize> {
        let base = record.payload_position();
        let length = record.payload_length();
        let (had, is_all) = self.resume.take()?.within(base, length)?;
        if is_all && record.header.flags.has(Flags::MORE) {
            return None;
        }
        envelope.seq = base + Reached::rest_at(had, length) as u64;
        envelope.part = Part::of(false, envelope.part.is_end());
        Some(had)
    }

    /// Copies out a pack that has been handed over in place so far.
    #[cold]
    fn copy_in(&mut self, pack: MultiRecord) -> Envelope {
        let length = pack.pack.map_or(0, |pack| usize::from(pack.words) * 8);
        self.consumer.copy(pack.base, length, &mut self.buffer);
        self.block.insert(pack).envelope
    }

    /// The bytes that were last handed over.
    pub fn bytes(&self) -> &[u8] {
        &self.buffer[self.current.clone()]
    }

    /// What was last handed over, of which this is known.
    #[inline]
    pub fn message(&self, envelope: Envelope) -> Message<'_> {
        Message { envelope, from: self.from(), bytes: self.bytes() }
    }

    /// The name of whoever sent what was last handed over; empty if it gave none.
    #[inline]
    pub fn from(&self) -> &str {
        self.names.current()
    }
}

#[cfg(test)]
mod tests;
