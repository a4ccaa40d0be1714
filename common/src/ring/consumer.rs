//! The reading end of a lane.

use super::record::{Flags, Kind, RecordHeader, UncheckedHeader};
use super::{Buffer, Corrupt, Disk, ForeignIndex, Memory, checked_indices, copy, max_record, tail_copy};
use crate::fault::{Mutant, Point, point, sabotaged};
use crate::layout::{Durability, LanePlace, Words};
use crate::sync::{AtomicU64, Ordering};
use std::sync::Arc;

/// The one process that reads from a lane.
///
/// Reading and giving back are two steps: [`take`](Self::take) copies a record out and moves on,
/// [`release`](Self::release) gives the room back. If this consumer dies, the next one reads again what was taken but
/// not released.
#[derive(Debug)]
pub struct Consumer<M> {
    memory: M,
    place: LanePlace,
    /// What has been given back: our private copy of the shared `head`.
    head: u64,
    /// Where the next record is read.
    position: u64,
    /// The producer's `tail` when we last looked. The truth may be ahead.
    tail: u64,
    /// The longest record that is copied together with others, in bytes.
    longest_of_many: u64,
    /// Where `head` must be before it is shown; `None` if the lane is not synced.
    disk: Option<Arc<dyn Disk>>,
}

/// How much of the lane is copied out at once if it holds short messages: it fits in the first-level cache beside what the
/// receiver does with it.
const MOST_AT_ONCE: u64 = 8 << 10;

/// A record that has been copied out, or passed in place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Taken {
    /// Where it was in the lane, in bytes ever written.
    pub position: u64,
    /// Its checked header.
    pub header: RecordHeader,
    /// The sender's time, if the record starts with one.
    pub stamp: Option<u64>,
}

impl Taken {
    /// Where the payload starts in the lane, without the stamp.
    pub fn payload_position(&self) -> u64 {
        self.position + if self.stamp.is_some() { 16 } else { 8 }
    }

    /// Bytes of the payload, without the stamp.
    pub fn payload_length(&self) -> usize {
        self.header.payload_bytes() as usize - if self.stamp.is_some() { 8 } else { 0 }
    }
}

impl<M: Memory> Consumer<M> {
    /// Continues a lane where its last consumer left it.
    pub fn attach(memory: M, place: LanePlace) -> Result<Self, Corrupt> {
        let words = memory.as_ref();
        let tail = words[place.tail].load(Ordering::Acquire);
        let head = words[place.head].load(Ordering::Acquire);
        let (tail, head) = checked_indices(tail, head, place.capacity)?;
        let longest_of_many = max_record(place.capacity).min(MOST_AT_ONCE / 8);
        Ok(Consumer { memory, place, head, position: head, tail, longest_of_many, disk: None })
    }

    /// Brings `head` to the disk before it is shown, from now on, if the lane is synced.
    ///
    /// A predecessor that died in between has left a durable head past `head`. We may acknowledge less than it did, and keep a
    /// name for that where the one for its head is; so its head is taken back first.
    #[must_use]
    pub fn keep_on(self, disk: Arc<dyn Disk>) -> Self {
        let disk = (self.place.durability == Durability::Synced).then_some(disk);
        if disk.is_some() && !sabotaged(Mutant::OldDurableHead) {
            self.memory.as_ref()[self.place.durable_head].store(self.head, Ordering::Release);
        }
        Consumer { disk, ..self }
    }

    pub(super) fn memory(&self) -> &M {
        &self.memory
    }

    pub(super) fn place(&self) -> &LanePlace {
        &self.place
    }

    /// The size of the lane, in bytes.
    pub fn capacity(&self) -> u64 {
        self.place.capacity
    }

    /// Everything before this has been given back.
    pub fn released(&self) -> u64 {
        self.head
    }

    /// Where the next record is read.
    pub fn position(&self) -> u64 {
        self.position
    }

    /// Whether there is a record to take without another look at the producer's `tail`.
    #[inline]
    pub fn has_seen(&self) -> bool {
        self.position != self.tail
    }

    /// Whether there is a record to take.
    #[inline]
    pub fn has_next(&mut self) -> Result<bool, Corrupt> {
        Ok(self.position != self.tail || self.look()?)
    }

    /// Looks at the producer's `tail` again. Returns whether there is a record now.
    fn look(&mut self) -> Result<bool, Corrupt> {
        // (A') pairs with the producer's (A): the records before this tail are whole.
        let found = self.memory.as_ref()[self.place.tail].load(Ordering::Acquire);
        let full = self.head.wrapping_add(self.place.capacity);
        self.tail = ForeignIndex(found).between(self.tail, full).ok_or(Corrupt::Indices {
            tail: found,
            head: self.head,
            capacity: self.place.capacity,
        })?;
        Ok(self.position != self.tail)
    }

    /// Appends the next record's payload to `out`; `None` if the lane is empty at the moment.
    #[inline]
    pub fn take(&mut self, out: &mut Buffer) -> Result<Option<Taken>, Corrupt> {
        while self.has_next()? {
            let position = self.position;
            if self.tail - position <= self.place.most_copied
                && let Some(taken) = self.take_tail_copy(out)
            {
                return Ok(Some(taken));
            }
            let header = header_at(&self.memory, &self.place, position, self.tail)?;
            self.position += header.record_bytes();
            if sabotaged(Mutant::HeadBeforeCopy) {
                self.memory.as_ref()[self.place.head].store(self.position, Ordering::Release);
                point(Point::HeadStored);
            }
            if header.kind == Kind::Padding {
                continue;
            }
            let at = self.place.word_at(position) + 1;
            let length = header.payload_bytes() as usize;
            let words = &self.memory.as_ref()[at..at + length.div_ceil(8)];
            let stamp = match words {
                [stamp, rest @ ..] if header.flags.has(Flags::STAMPED) => {
                    copy::load(rest, length - 8, out);
                    Some(stamp.load(Ordering::Relaxed))
                }
                all => {
                    copy::load(all, length, out);
                    None
                }
            };
            point(Point::RecordCopied);
            return Ok(Some(Taken { position, header, stamp }));
        }
        Ok(None)
    }

    /// The same for a record that is the only one there and stands beside the tail.
    #[inline]
    fn take_tail_copy(&mut self, out: &mut Buffer) -> Option<Taken> {
        let (position, before) = (self.position, out.len());
        let memory = self.memory.as_ref();
        if sabotaged(Mutant::HeadBeforeCopy) {
            memory[self.place.head].store(self.tail, Ordering::Release);
            point(Point::HeadStored);
        }
        let header = tail_copy::load(memory, &self.place, position, self.tail, out)?;
        self.position = self.tail;
        let stamp = header.flags.has(Flags::STAMPED).then(|| {
            let stamp = out[before..].first_chunk().map_or(0, |word| u64::from_ne_bytes(*word));
            out.remove(before..before + 8);
            stamp
        });
        point(Point::RecordCopied);
        Some(Taken { position, header, stamp })
    }

    /// Takes plain records, which are whole messages of bytes, one after another while `each` says so: as many as one copy of
    /// at most `MOST_AT_ONCE` bytes of the lane has. `each` is given the position and the payload. Returns how many bytes
    /// of the lane that were: 0 if the next record is not plain, or not short, or not there without another look.
    #[inline]
    pub fn take_plain(&mut self, out: &mut Buffer, mut each: impl FnMut(u64, &[u8]) -> bool) -> u64 {
        let position = self.position;
        let offset = self.place.offset(position);
        let room = MOST_AT_ONCE.min(self.place.capacity - offset).min(self.tail - position);
        let at = self.place.data + (offset / 8) as usize;
        let words = &self.memory.as_ref()[at..at + (room / 8) as usize];
        let is_short = |header: &AtomicU64| {
            let header = UncheckedHeader(header.load(Ordering::Relaxed));
            header.plain(position, room.min(self.longest_of_many)).is_some()
        };
        // A single one may stand beside the tail, which `take` knows.
        if room <= self.place.most_copied || !words.first().is_some_and(is_short) {
            return 0;
        }
        out.clear();
        copy::load(words, room as usize, out);
        let mut done = 0;
        while let Some((header, rest)) = out[done..].split_first_chunk() {
            let room = self.longest_of_many.min(rest.len() as u64 + 8);
            // What is anything else, or broken, is left to `take`.
            let Some(length) = UncheckedHeader(u64::from_ne_bytes(*header)).plain(position + done as u64, room) else {
                break;
            };
            let at = position + done as u64;
            done += 8 + length.next_multiple_of(8);
            point(Point::RecordCopied);
            if !each(at, &rest[..length]) {
                break;
            }
        }
        self.position += done as u64;
        if sabotaged(Mutant::HeadBeforeCopy) {
            self.memory.as_ref()[self.place.head].store(self.position, Ordering::Release);
        }
        done as u64
    }

    /// Moves past the next record and returns where it is, for working on it in place: its [`words`](Self::words) stay
    /// until it is [released](Self::release). `None` if the lane is empty at the moment.
    #[inline]
    pub fn pass(&mut self) -> Result<Option<Taken>, Corrupt> {
        while self.has_next()? {
            let header = header_at(&self.memory, &self.place, self.position, self.tail)?;
            let record = self.pass_peeked(header);
            if header.kind != Kind::Padding {
                return Ok(Some(record));
            }
        }
        Ok(None)
    }

    /// Moves past the next record, of which this is the checked header: what [`peek`](Self::peek) gave for
    /// [`position`](Self::position).
    #[inline]
    pub fn pass_peeked(&mut self, header: RecordHeader) -> Taken {
        let position = self.position;
        self.position += header.record_bytes();
        if sabotaged(Mutant::HeadBeforeCopy) {
            self.memory.as_ref()[self.place.head].store(self.position, Ordering::Release);
        }
        let stamped = header.flags.has(Flags::STAMPED);
        let stamp = stamped.then(|| self.words(position + 8, 8)[0].load(Ordering::Relaxed));
        Taken { position, header, stamp }
    }

    /// The checked header of the record at `position`, which was not taken or passed yet, padding included; `None` if the
    /// lane ends there at the moment. It stays where it is.
    #[inline]
    pub fn peek(&mut self, position: u64) -> Result<Option<RecordHeader>, Corrupt> {
        if position == self.tail {
            self.look()?;
            if position == self.tail {
                return Ok(None);
            }
        }
        header_at(&self.memory, &self.place, position, self.tail).map(Some)
    }

    /// The words of `length` bytes from `position` on, inside the payload of a record that was passed or taken but not
    /// released. A broken peer may change them at any time.
    #[inline]
    pub fn words(&self, position: u64, length: usize) -> &[AtomicU64] {
        let at = self.place.word_at(position);
        &self.memory.as_ref()[at..at + length.div_ceil(8)]
    }

    /// Appends the bytes of [`words`](Self::words) to `out`.
    pub fn copy(&self, position: u64, length: usize, out: &mut Buffer) {
        copy::load(self.words(position, length), length, out);
    }

    /// Copies bytes to `out`, from any `position` on, inside the payload of a record that was passed or taken but not released.
    #[inline]
    pub fn copy_to(&self, position: u64, out: &mut [u8]) {
        let within = (position % 8) as usize;
        let (first, rest) = out.split_at_mut(if within == 0 { 0 } else { out.len().min(8 - within) });
        if !first.is_empty() {
            let word = self.words(position, 1)[0].load(Ordering::Relaxed).to_ne_bytes();
            first.copy_from_slice(&word[within..within + first.len()]);
        }
        copy::load_into(self.words(position + first.len() as u64, rest.len()), rest);
    }

    /// The checked header of the record at `position`, which was passed or taken but not released: read again, as it is now.
    pub fn header(&self, position: u64) -> Result<RecordHeader, Corrupt> {
        header_at(&self.memory, &self.place, position, self.position)
    }

    /// Gives back the room of all records before `position`, which were taken. After this,
    /// [`crate::doorbell::Parking::wake`] rings whoever waits for room. Gives nothing back if a synced lane's disk refuses.
    #[inline]
    pub fn release(&mut self, position: u64) {
        assert!((self.head..=self.position).contains(&position), "released what was not taken");
        if self.disk.is_some() && !self.persist(position) {
            return;
        }
        self.head = position;
        // (C) pairs with the producer's (C'): what it may overwrite from now on has been copied.
        self.memory.as_ref()[self.place.head].store(position, Ordering::Release);
        point(Point::HeadStored);
    }

    /// Brings the next `head` to the disk, in a word of its own. `false` if the disk refuses.
    ///
    /// Only then may the producer see it and write over the records before it: a power cut could leave those on the disk
    /// together with the `head` before, at which nothing would be found that is whole.
    #[cold]
    fn persist(&self, position: u64) -> bool {
        self.memory.as_ref()[self.place.durable_head].store(position, Ordering::Relaxed);
        let is_there = sabotaged(Mutant::HeadBeforeDisk) || self.disk.as_ref().is_none_or(|disk| disk.sync());
        point(Point::HeadPersisted);
        is_there
    }

    /// Stores how far into the record at `head` the receiver has got, for a successor. It is one store beside `head`,
    /// so that no crash can leave both wrong: a mark outside that record is an old one. The contents of the word are up
    /// to the receiver, as long as a position in the record can be distinguished from one in any other.
    #[inline]
    pub fn set_mark(&mut self, position: u64) {
        self.memory.as_ref()[self.place.mark].store(position, Ordering::Release);
        point(Point::MarkStored);
    }

    /// What [`set_mark`](Self::set_mark) last stored, or anything that a broken peer wrote there.
    pub fn mark(&self) -> u64 {
        self.memory.as_ref()[self.place.mark].load(Ordering::Acquire)
    }

    /// Bytes of the records that were taken and not given back.
    pub fn held(&self) -> u64 {
        self.position - self.head
    }

    /// A lower bound for how much of the lane is free for the producer. It is exact while the producer waits for room,
    /// because then its tail does not move.
    pub fn free_for_producer(&self) -> u64 {
        self.place.capacity - (self.tail - self.head)
    }
}

/// The checked header of the record at `position`, with everything up to `tail` published.
#[inline]
pub(super) fn header_at<W: Words>(
    words: &W,
    place: &LanePlace,
    position: u64,
    tail: u64,
) -> Result<RecordHeader, Corrupt> {
    let offset = place.offset(position);
    let word = words.word(place.data + (offset / 8) as usize);
    UncheckedHeader(word).check(position, place.capacity - offset, tail - position, max_record(place.capacity))
}
