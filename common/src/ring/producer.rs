//! The writing end of a lane.

use super::record::{Flags, Kind, Pack, RecordHeader};
use super::{Backlog, Corrupt, ForeignIndex, Memory, backlog, checked_indices, copy, max_record};
use crate::fault::{Mutant, Point, point, sabotaged};
use crate::layout::LanePlace;
use crate::sync::{AtomicU64, Ordering};
use std::ops::RangeInclusive;

/// The one process that writes to a lane.
#[derive(Debug)]
pub struct Producer<M> {
    memory: M,
    place: LanePlace,
    /// Where the next record goes; ahead of `published` while a batch is being written.
    tail: u64,
    /// What the consumer has been shown: our private copy of the shared `tail`.
    published: u64,
    /// The consumer's `head` when we last looked. The truth may be ahead, which only means more room.
    head: u64,
    max_record: u64,
    /// The record written last, while messages may be added to it.
    open: OpenPack,
}

/// A record of bytes that is not published yet: more messages of its length may follow in it, as a
/// [pack](Flags::PACKED).
#[derive(Clone, Copy, Debug)]
struct OpenPack {
    /// Where it stands.
    start: u64,
    /// Bytes of each of its messages; `usize::MAX`, which no message has, where there is no such record.
    message_bytes: usize,
    /// Bytes from one message to the next.
    stride: u64,
    /// How far it may reach: [`MAX_PACK`], the ring's end, and the room that there was when it began.
    limit: u64,
}

impl OpenPack {
    const NONE: Self = OpenPack { start: 0, message_bytes: usize::MAX, stride: 0, limit: 0 };
}

/// The longest pack, in bytes, so that it lies in the first-level cache beside what the receiver does with it. Messages
/// of 64 bytes in batches, in millions a second: 87 in packs of 2 KiB, 102 of 4, 108 of 8, 108 of 16, 110 of 32; of 8
/// bytes 193, 184, 206, 183, 182 (medians of `make bench`'s section "messages").
const MAX_PACK: u64 = 8 << 10;

/// A place for one record, found by [`Producer::reserve`]. Nothing stands there until [`Producer::commit`].
#[derive(Debug)]
pub struct Reserved {
    /// Where the record begins.
    position: u64,
    /// Where the producer stood: what is between is padding to the ring's end.
    behind: u64,
    stamp: Option<u64>,
    /// The most bytes of payload, without the stamp.
    length: usize,
}

impl Reserved {
    /// The most bytes of payload that the place holds.
    pub fn length(&self) -> usize {
        self.length
    }

    /// The clock reading that the record will start with.
    pub fn stamp(&self) -> Option<u64> {
        self.stamp
    }
}

impl<M: Memory> Producer<M> {
    /// Takes up a lane where its last producer left it.
    pub fn attach(memory: M, place: LanePlace) -> Result<Self, Corrupt> {
        let words = memory.as_ref();
        let tail = words[place.tail].load(Ordering::Acquire);
        let head = words[place.head].load(Ordering::Acquire);
        let (tail, head) = checked_indices(tail, head, place.capacity)?;
        let max_record = max_record(place.capacity);
        Ok(Producer { memory, place, tail, published: tail, head, max_record, open: OpenPack::NONE })
    }

    /// Bytes of the lane.
    pub fn capacity(&self) -> u64 {
        self.place.capacity
    }

    /// Where the next record goes. Grows for ever, is never used twice once published.
    pub fn position(&self) -> u64 {
        self.tail
    }

    /// Everything before this has been taken by the consumer, as far as we have looked.
    pub fn taken(&self) -> u64 {
        self.head
    }

    /// Whether something is written that [`publish`](Self::publish) has not shown yet.
    pub fn has_unpublished(&self) -> bool {
        self.tail != self.published
    }

    /// Bytes from the next record to the ring's end.
    #[inline]
    pub fn contiguous(&self) -> u64 {
        self.place.capacity - self.offset()
    }

    #[inline]
    fn offset(&self) -> u64 {
        self.place.offset(self.tail)
    }

    /// Writes one record, of a `stamp` word if there is one and `payload`, and says where it stands; none where there
    /// is no room for it now. Nobody sees it before [`publish`](Self::publish).
    ///
    /// # Panics
    /// If the record is longer than [`max_record`]: splitting is the caller's.
    #[inline]
    pub fn put(
        &mut self,
        kind: Kind,
        flags: Flags,
        stamp: Option<u64>,
        payload: &[u8],
    ) -> Result<Option<u64>, Corrupt> {
        self.close_pack();
        let stamp_bytes = if stamp.is_some() { 8 } else { 0 };
        let flags = flags.with(Flags::STAMPED, stamp.is_some());
        let header = RecordHeader { length: (payload.len() + stamp_bytes) as u32, kind, flags };
        let bytes = 8 + (payload.len() + stamp_bytes).next_multiple_of(8) as u64;
        assert!(bytes <= self.max_record, "a record of {bytes} bytes is not split");
        let fits = bytes <= self.contiguous() && self.fits(bytes);
        if !fits && !self.make_room(bytes)? {
            return Ok(None);
        }
        if sabotaged(Mutant::TailBeforePayload) {
            self.memory.as_ref()[self.place.tail].store(self.tail + bytes, Ordering::Release);
        }
        let at = self.place.data + (self.offset() / 8) as usize;
        let [head, body @ ..] = &self.memory.as_ref()[at..at + (bytes / 8) as usize] else {
            unreachable!("8 bytes at least")
        };
        head.store(header.encode(self.tail), Ordering::Relaxed);
        match (stamp, body) {
            (Some(stamp), [first, rest @ ..]) => {
                first.store(stamp, Ordering::Relaxed);
                copy::store(rest, payload);
            }
            _ => copy::store(body, payload),
        }
        point(Point::PayloadStored);
        let position = self.tail;
        self.tail += bytes;
        if kind == Kind::Bytes && flags == Flags::NONE && !payload.is_empty() {
            let most = MAX_PACK.min(self.max_record).min(self.place.contiguous(position));
            let limit = (position + most).min(self.head + self.place.capacity);
            self.open = OpenPack { start: position, message_bytes: payload.len(), stride: bytes - 8, limit };
        }
        Ok(Some(position))
    }

    /// Writes a whole message of bytes into the record before it, if that is not published yet, holds messages of the
    /// same length, and has room; says where it stands. Else it takes a [`put`](Self::put).
    #[inline(always)]
    pub fn append(&mut self, payload: &[u8]) -> Option<u64> {
        let position = self.tail;
        if payload.len() != self.open.message_bytes || position + self.open.stride > self.open.limit {
            return None;
        }
        if sabotaged(Mutant::TailBeforePayload) {
            self.memory.as_ref()[self.place.tail].store(position + self.open.stride, Ordering::Release);
        }
        let at = self.place.data + (self.offset() / 8) as usize;
        copy::store(&self.memory.as_ref()[at..at + (self.open.stride / 8) as usize], payload);
        point(Point::PayloadStored);
        self.tail = position + self.open.stride;
        Some(position)
    }

    /// Ends the pack that is open: where it has become one, its header is made to say so.
    #[inline]
    fn close_pack(&mut self) {
        let OpenPack { start, message_bytes, stride, .. } = std::mem::replace(&mut self.open, OpenPack::NONE);
        if message_bytes == usize::MAX || self.tail == start + 8 + stride {
            return;
        }
        let pack = Pack { message_bytes: message_bytes as u16, words: ((self.tail - start - 8) / 8) as u16 };
        let header = RecordHeader { length: pack.length(), kind: Kind::Bytes, flags: Flags::PACKED };
        let at = self.place.word_at(start);
        self.memory.as_ref()[at].store(header.encode(start), Ordering::Relaxed);
    }

    /// Bytes that a record of `bytes` takes from where the producer stands: itself, and the padding before it where the
    /// ring's end is too near.
    pub fn needs(&self, bytes: u64) -> u64 {
        let contiguous = self.contiguous();
        bytes + if bytes > contiguous { contiguous } else { 0 }
    }

    /// Finds a place for one record of a `stamp` word if there is one and a payload of any of these lengths, the
    /// longest there is room for now; none where there is no room for the shortest. Its words are
    /// [`reserved`](Self::reserved), to be written there by the caller, and then committed.
    ///
    /// # Panics
    /// If the shortest is longer than [`max_record`].
    pub fn reserve(
        &mut self,
        lengths: &RangeInclusive<usize>,
        stamp: Option<u64>,
    ) -> Result<Option<Reserved>, Corrupt> {
        self.close_pack();
        let before = if stamp.is_some() { 16 } else { 8 };
        let bytes = |length: &usize| (*length as u64).saturating_add(before).checked_next_multiple_of(8);
        let least = bytes(lengths.start()).unwrap_or(u64::MAX);
        let most = bytes(lengths.end()).unwrap_or(u64::MAX).clamp(least, self.max_record.max(least));
        assert!(least <= self.max_record, "a record of {least} bytes is not split");
        let padding = self.needs(least) - least;
        if !self.fits(padding + most) {
            self.look()?;
        }
        if !self.fits(padding + least) {
            return Ok(None);
        }
        let position = self.tail + padding;
        let contiguous = self.place.contiguous(position);
        let free = self.place.capacity - (position - self.head);
        let length = ((most.min(contiguous).min(free) - before) as usize).min(*lengths.end());
        Ok(Some(Reserved { position, behind: self.tail, stamp, length }))
    }

    /// The words of a reserved place's payload, without the stamp. Nobody else reads or writes them until they are
    /// published, but for a broken peer.
    pub fn reserved(&self, place: &Reserved) -> &[AtomicU64] {
        let stamp = usize::from(place.stamp.is_some());
        let at = self.index(place.position) + 1 + stamp;
        &self.memory.as_ref()[at..at + place.length.div_ceil(8)]
    }

    /// Makes a record of the first `length` bytes that stand in a reserved place, and says where it stands. Nobody sees
    /// it before [`publish`](Self::publish).
    ///
    /// # Panics
    /// If the place does not hold as much, or something was put since it was reserved.
    pub fn commit(&mut self, place: &Reserved, length: usize, kind: Kind, flags: Flags) -> u64 {
        assert_eq!(place.behind, self.tail, "something was put meanwhile");
        assert!(length <= place.length, "{length} bytes where {} were reserved", place.length);
        let words = self.memory.as_ref();
        if place.position > self.tail {
            // Less than a record, so a padding header can say its length.
            let padding = (place.position - self.tail - 8) as u32;
            let filler = RecordHeader { length: padding, kind: Kind::Padding, flags: Flags::NONE };
            words[self.index(self.tail)].store(filler.encode(self.tail), Ordering::Relaxed);
        }
        let stamp_bytes = if place.stamp.is_some() { 8 } else { 0 };
        let flags = flags.with(Flags::STAMPED, place.stamp.is_some());
        let header = RecordHeader { length: (length + stamp_bytes) as u32, kind, flags };
        if sabotaged(Mutant::TailBeforePayload) {
            words[self.place.tail].store(place.position + header.record_bytes(), Ordering::Release);
        }
        let at = self.index(place.position);
        words[at].store(header.encode(place.position), Ordering::Relaxed);
        if let Some(stamp) = place.stamp {
            words[at + 1].store(stamp, Ordering::Relaxed);
        }
        point(Point::PayloadStored);
        self.tail = place.position + header.record_bytes();
        place.position
    }

    /// The word at a position of the lane.
    fn index(&self, position: u64) -> usize {
        self.place.word_at(position)
    }

    /// Looks for room for a record of `bytes`, and pads where the ring's end is too near for it.
    #[cold]
    fn make_room(&mut self, bytes: u64) -> Result<bool, Corrupt> {
        let contiguous = self.contiguous();
        let padding = if bytes > contiguous { contiguous } else { 0 };
        if !self.has_room(padding + bytes)? {
            return Ok(false);
        }
        if padding > 0 {
            // Less than a record, so a padding header can say its length.
            let filler = RecordHeader { length: (padding - 8) as u32, kind: Kind::Padding, flags: Flags::NONE };
            let at = self.place.data + (self.offset() / 8) as usize;
            self.memory.as_ref()[at].store(filler.encode(self.tail), Ordering::Relaxed);
            self.tail += padding;
        }
        Ok(true)
    }

    #[inline]
    fn fits(&self, bytes: u64) -> bool {
        bytes <= self.place.capacity - (self.tail - self.head)
    }

    /// Whether a record of `bytes` and the padding before it fit now; looks at the shared `head` only where the last
    /// look does not answer.
    pub fn has_room(&mut self, bytes: u64) -> Result<bool, Corrupt> {
        Ok(self.fits(bytes) || (self.look()? && self.fits(bytes)))
    }

    /// Looks at the consumer's `head` anew; whether it has moved.
    pub fn look(&mut self) -> Result<bool, Corrupt> {
        // (C') pairs with the consumer's (C): it has copied what it gives back.
        let found = self.memory.as_ref()[self.place.head].load(Ordering::Acquire);
        let head = ForeignIndex(found).between(self.head, self.published).ok_or(Corrupt::Indices {
            tail: self.published,
            head: found,
            capacity: self.place.capacity,
        })?;
        Ok(std::mem::replace(&mut self.head, head) != head)
    }

    /// Shows the consumer all records put so far. Who sleeps is rung by [`crate::doorbell::Parking::wake`], after this.
    #[inline]
    pub fn publish(&mut self) {
        self.close_pack();
        // (A) pairs with the consumer's (A'): the payload is there before the tail says so.
        self.memory.as_ref()[self.place.tail].store(self.tail, Ordering::Release);
        self.published = self.tail;
        point(Point::TailStored);
    }

    /// Takes back what has been put since [`position`](Self::position) was `mark`, which must not be published yet.
    pub fn rewind(&mut self, mark: u64) {
        assert!((self.published..=self.tail).contains(&mark), "rewound over published records");
        self.close_pack();
        self.tail = mark;
    }

    /// Whether the consumer has given back all that was put: [`super::is_empty`] by our own tail, which nobody else can
    /// have written over.
    pub fn is_empty(&mut self) -> Result<bool, Corrupt> {
        self.look()?;
        Ok(self.head == self.tail)
    }

    /// What waits for the consumer, by walking the records between the consumer's `head` and our `tail`. Takes as long as
    /// there are records: for people to look at, not for each message.
    pub fn backlog(&mut self) -> Result<Backlog, Corrupt> {
        self.look()?;
        backlog::count(&self.memory, &self.place, self.head, self.published)
    }
}
