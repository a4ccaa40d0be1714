//! The writing end of a lane.

use super::record::{Flags, Kind, Pack, RecordHeader, SEAL_BYTES};
use super::{Backlog, Corrupt, Disk, ForeignIndex, Memory, backlog, checked_indices, copy, max_record};
use crate::fault::{Mutant, Point, point, sabotaged};
use crate::layout::LanePlace;
use crate::sync::{AtomicU64, Ordering};
use std::ops::RangeInclusive;
use std::sync::Arc;

mod publish;

/// The one process that writes to a lane.
#[derive(Debug)]
pub struct Producer<M> {
    memory: M,
    place: LanePlace,
    /// Where the next record goes; ahead of `published` while a batch is being written.
    tail: u64,
    /// What the consumer can see: our private copy of the shared `tail`.
    published: u64,
    /// The consumer's `head` when we last looked. The truth may be ahead, which only means more room.
    head: u64,
    max_record: u64,
    /// What every record has: the seal's flag, if the lane's records are sealed.
    seal: Flags,
    /// Where the records must be before they are shown; `None` if the lane is not synced.
    disk: Option<Arc<dyn Disk>>,
    /// The disk that has yet to take that a predecessor's seals are broken.
    unsettled: Option<Arc<dyn Disk>>,
    /// The last record written, as long as messages may be added to it.
    open: OpenPack,
    /// Whether a copy may stand beside the tail, of ours or of a predecessor's.
    has_tail_copy: bool,
    /// Whether the consumer was near when we last looked: it may be waiting for the next record.
    is_consumer_near: bool,
    /// Where we look again.
    next_look: u64,
}

/// A record of bytes that is not published yet: more messages of the same length may be added to it, which makes it a
/// [pack](Flags::PACKED).
#[derive(Clone, Copy, Debug)]
struct OpenPack {
    /// Where it begins.
    start: u64,
    /// The length of each of its messages in bytes; `usize::MAX`, which no message has, if there is no such record.
    message_bytes: usize,
    /// Bytes from one message to the next.
    stride: u64,
    /// How far it may extend: limited by [`MAX_PACK`], the end of the ring, and the room when it began.
    limit: u64,
}

impl OpenPack {
    const NONE: Self = OpenPack { start: 0, message_bytes: usize::MAX, stride: 0, limit: 0 };
}

/// The longest pack, in bytes: it fits in the first-level cache beside what the receiver does with it. Messages of 64
/// bytes in batches, in millions per second: 87 in packs of 2 KiB, 102 of 4, 108 of 8, 108 of 16, 110 of 32; messages
/// of 8 bytes: 193, 184, 206, 183, 182 (medians of `make bench`, section "messages").
const MAX_PACK: u64 = 8 << 10;

/// A place for one record, found by [`Producer::reserve`]. There is no record until [`Producer::commit`].
#[derive(Debug)]
pub struct Reserved {
    /// Where the record begins.
    position: u64,
    /// Where the producer was: in between is padding to the end of the ring.
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

    /// The time that the record will start with.
    pub fn stamp(&self) -> Option<u64> {
        self.stamp
    }
}

impl<M: Memory> Producer<M> {
    /// Continues a lane where its last producer left it.
    pub fn attach(memory: M, place: LanePlace) -> Result<Self, Corrupt> {
        let words = memory.as_ref();
        let tail = words[place.tail].load(Ordering::Acquire);
        let head = words[place.head].load(Ordering::Acquire);
        let (tail, head) = checked_indices(tail, head, place.capacity)?;
        let is_sealed = place.durability.is_sealed();
        let max_record = max_record(place.capacity) + if is_sealed { SEAL_BYTES } else { 0 };
        let has_tail_copy = place.most_copied > 0;
        Ok(Producer {
            memory,
            place,
            tail,
            published: tail,
            head,
            max_record,
            seal: Flags::NONE.with(Flags::SEALED, is_sealed),
            disk: None,
            unsettled: None,
            open: OpenPack::NONE,
            has_tail_copy,
            is_consumer_near: true,
            next_look: tail,
        })
    }

    pub(super) fn memory(&self) -> &M {
        &self.memory
    }

    pub(super) fn place(&self) -> &LanePlace {
        &self.place
    }

    /// Up to where the consumer can see.
    pub(super) fn published(&self) -> u64 {
        self.published
    }

    /// The size of the lane, in bytes.
    pub fn capacity(&self) -> u64 {
        self.place.capacity
    }

    /// Where the next record goes. It grows for ever, and is never used twice once published.
    pub fn position(&self) -> u64 {
        self.tail
    }

    /// Everything before this has been released by the consumer, as far as we have seen.
    pub fn taken(&self) -> u64 {
        self.head
    }

    /// Whether something is written that [`publish`](Self::publish) has not shown yet.
    pub fn has_unpublished(&self) -> bool {
        self.tail != self.published
    }

    /// Bytes from the next record to the end of the ring.
    #[inline]
    pub fn contiguous(&self) -> u64 {
        self.place.capacity - self.offset()
    }

    #[inline]
    fn offset(&self) -> u64 {
        self.place.offset(self.tail)
    }

    /// Writes one record, of a `stamp` word if there is one and of `payload`, and returns where it is; `None` if there
    /// is no room for it at the moment. Nobody sees it before [`publish`](Self::publish).
    ///
    /// # Panics
    /// If the record is longer than [`max_record`]: the caller has to split it.
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
        let flags = flags.with(Flags::STAMPED, stamp.is_some()).with(self.seal, true);
        let header = RecordHeader { length: (payload.len() + stamp_bytes) as u32, kind, flags };
        let unsealed = 8 + (payload.len() + stamp_bytes).next_multiple_of(8) as u64;
        let bytes = unsealed + header.seal_bytes();
        assert!(bytes <= self.max_record, "a record of {bytes} bytes is not split");
        let fits = bytes <= self.contiguous() && self.fits(bytes);
        if !fits && !self.make_room(bytes)? {
            return Ok(None);
        }
        if sabotaged(Mutant::TailBeforePayload) {
            self.memory.as_ref()[self.place.tail].store(self.tail + bytes, Ordering::Release);
        }
        let at = self.place.data + (self.offset() / 8) as usize;
        let [head, body @ ..] = &self.memory.as_ref()[at..at + (unsealed / 8) as usize] else {
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
    /// same length, and has room. Returns where it is; `None` if it takes a [`put`](Self::put).
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

    /// Ends the open record: nothing more is [appended](Self::append) to it. If it has become a pack, its header is changed
    /// to say so.
    #[inline]
    pub fn close_pack(&mut self) {
        let OpenPack { start, message_bytes, stride, .. } = std::mem::replace(&mut self.open, OpenPack::NONE);
        if message_bytes == usize::MAX || self.tail == start + 8 + stride {
            return;
        }
        let pack = Pack { message_bytes: message_bytes as u16, words: ((self.tail - start - 8) / 8) as u16 };
        let header = RecordHeader { length: pack.length(), kind: Kind::Bytes, flags: Flags::PACKED };
        let at = self.place.word_at(start);
        self.memory.as_ref()[at].store(header.encode(start), Ordering::Relaxed);
    }

    /// How many bytes a record of `bytes` takes from where the producer is: the record, and the padding before it if
    /// the end of the ring is too near.
    pub fn needs(&self, bytes: u64) -> u64 {
        let contiguous = self.contiguous();
        bytes + if bytes > contiguous { contiguous } else { 0 }
    }

    /// Finds a place for one record, of a `stamp` word if there is one and of a payload of any of these lengths: the
    /// longest that there is room for. `None` if there is no room for the shortest at the moment. The caller writes to
    /// the [`reserved`](Self::reserved) words, and then commits.
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
        let seal = self.seal_bytes();
        let bytes = |length: &usize| {
            let unsealed = (*length as u64).saturating_add(before).checked_next_multiple_of(8);
            unsealed.and_then(|bytes| bytes.checked_add(seal))
        };
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
        let length = ((most.min(contiguous).min(free) - seal - before) as usize).min(*lengths.end());
        Ok(Some(Reserved { position, behind: self.tail, stamp, length }))
    }

    /// The payload words of a reserved place, without the stamp. Except for a broken peer, nobody else reads or writes
    /// them until they are published.
    pub fn reserved(&self, place: &Reserved) -> &[AtomicU64] {
        let stamp = usize::from(place.stamp.is_some());
        let at = self.index(place.position) + 1 + stamp;
        &self.memory.as_ref()[at..at + place.length.div_ceil(8)]
    }

    /// Makes a record from the first `length` bytes of a reserved place, and returns where it is. Nobody sees it before
    /// [`publish`](Self::publish).
    ///
    /// # Panics
    /// If the place does not hold that much, or if something was written since it was reserved.
    pub fn commit(&mut self, place: &Reserved, length: usize, kind: Kind, flags: Flags) -> u64 {
        assert_eq!(place.behind, self.tail, "something was put meanwhile");
        assert!(length <= place.length, "{length} bytes where {} were reserved", place.length);
        let words = self.memory.as_ref();
        if place.position > self.tail {
            // Less than a record, so the length fits in a padding header.
            let padding = (place.position - self.tail - 8) as u32;
            let filler = RecordHeader { length: padding, kind: Kind::Padding, flags: Flags::NONE };
            words[self.index(self.tail)].store(filler.encode(self.tail), Ordering::Relaxed);
        }
        let stamp_bytes = if place.stamp.is_some() { 8 } else { 0 };
        let flags = flags.with(Flags::STAMPED, place.stamp.is_some()).with(self.seal, true);
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

    /// The word at a position in the lane.
    fn index(&self, position: u64) -> usize {
        self.place.word_at(position)
    }

    /// Looks for room for a record of `bytes`, and pads if the end of the ring is too near.
    #[cold]
    fn make_room(&mut self, bytes: u64) -> Result<bool, Corrupt> {
        let contiguous = self.contiguous();
        let padding = if bytes > contiguous { contiguous } else { 0 };
        if !self.has_room(padding + bytes)? {
            return Ok(false);
        }
        if padding > 0 {
            // Less than a record, so the length fits in a padding header.
            let filler = RecordHeader { length: (padding - 8) as u32, kind: Kind::Padding, flags: Flags::NONE };
            let at = self.place.data + (self.offset() / 8) as usize;
            self.memory.as_ref()[at].store(filler.encode(self.tail), Ordering::Relaxed);
            self.tail += padding;
        }
        Ok(true)
    }

    #[inline]
    fn fits(&self, bytes: u64) -> bool {
        bytes <= self.free()
    }

    /// Whether a record of `bytes` and the padding before it fit at the moment. Looks at the shared `head` only if the
    /// last look does not answer that.
    pub fn has_room(&mut self, bytes: u64) -> Result<bool, Corrupt> {
        Ok(self.fits(bytes) || (self.look()? && self.fits(bytes)))
    }

    /// Bytes that are free, as far as we have seen.
    #[inline]
    pub fn free(&self) -> u64 {
        self.place.capacity - (self.tail - self.head)
    }

    /// Looks at the consumer's `head` again. Returns whether it has moved.
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

    /// Takes back what was written since [`position`](Self::position) was `mark`. It must not be published yet.
    pub fn rewind(&mut self, mark: u64) {
        assert!((self.published..=self.tail).contains(&mark), "rewound over published records");
        self.close_pack();
        self.tail = mark;
    }

    /// Whether the consumer has given back everything that was written: like [`super::is_empty`], but with our own
    /// tail, which nobody else can overwrite.
    pub fn is_empty(&mut self) -> Result<bool, Corrupt> {
        self.look()?;
        Ok(self.head == self.tail)
    }

    /// What is waiting for the consumer, by walking the records between the consumer's `head` and our `tail`. Its time
    /// grows with their number: it is for people to look at, not for each message.
    pub fn backlog(&mut self) -> Result<Backlog, Corrupt> {
        self.look()?;
        backlog::count(&self.memory, &self.place, self.head, self.published)
    }
}
