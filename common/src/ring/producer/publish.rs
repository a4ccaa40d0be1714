//! Showing what was written, and a short message by itself on the shortest way.

use super::Producer;
use crate::fault::{Mutant, Point, point, sabotaged};
use crate::layout::{Durability, PAGE_WORDS};
use crate::ring::record::{Flags, Kind, RecordHeader, SEAL_BYTES};
use crate::ring::{Disk, Memory, checkpoint, copy, seal, tail_copy};
use crate::sync::Ordering;
use std::sync::Arc;

/// A consumer that has this many bytes or less before it may be waiting for the next record. What it has received and not
/// acknowledged yet counts.
const NEAR: u64 = 512;

/// How many bytes are sent before we look again.
const LOOK_EVERY: u64 = 1 << 10;

impl<M: Memory> Producer<M> {
    /// Bytes of each record's seal; 0 if the lane has none.
    #[inline]
    pub fn seal_bytes(&self) -> u64 {
        if self.seal == Flags::NONE { 0 } else { SEAL_BYTES }
    }

    /// Shows the consumer all records written so far. After this, [`crate::doorbell::Parking::wake`] rings a sleeper.
    /// `false` if they could not be brought to the disk, where they must be first in a synced lane: then nothing is shown.
    #[inline]
    pub fn publish(&mut self) -> bool {
        self.close_pack();
        if self.seal != Flags::NONE && !self.seal() {
            return false;
        }
        self.show();
        true
    }

    /// Brings what is shown next to the disk first, from now on, if the lane is synced. The caller holds the channel's `lock`.
    ///
    /// A predecessor that died between sealing records and showing them has left some that nobody is to see: they go now,
    /// and on the disk [before we seal any](Self::settle).
    #[must_use]
    pub fn keep_on(mut self, disk: Arc<dyn Disk>) -> Self {
        let memory = self.memory.as_ref();
        checkpoint::take_back(memory, &self.place, self.published);
        if !sabotaged(Mutant::LeaveSealed) {
            seal::break_from(memory, &self.place, self.published);
        }
        self.disk = (self.place.durability == Durability::Synced).then(|| disk.clone());
        self.unsettled = Some(disk);
        self
    }

    /// Brings to the disk, the first time, that nothing is left of a predecessor: otherwise a power cut could bring it back
    /// among what we seal next. Who never sends never waits for it. `false` if the disk refuses.
    ///
    /// # Crash behaviour
    /// Death before this leaves nothing to find of what was broken. So the next one goes to the disk whatever it finds.
    #[cold]
    pub fn settle(&mut self) -> bool {
        let Some(disk) = &self.unsettled else { return true };
        if !sabotaged(Mutant::BreakInMemory) && !disk.sync() {
            // The system takes for written what the disk has refused. Stored again, it is there for the next one.
            let (memory, place) = (self.memory.as_ref(), &self.place);
            let data = &memory[place.data..place.data + (place.capacity / 8) as usize];
            for word in data.iter().step_by(PAGE_WORDS).chain([&memory[place.tail]]) {
                word.store(word.load(Ordering::Relaxed), Ordering::Relaxed);
            }
            return false;
        }
        self.unsettled = None;
        point(Point::SealsGone);
        true
    }

    /// Seals what is not shown yet and, if the lane is synced, brings it to the disk. `false` if the disk refuses.
    #[cold]
    fn seal(&mut self) -> bool {
        if !self.settle() {
            return false;
        }
        seal::seal(self.memory.as_ref(), &self.place, self.published, self.tail);
        point(Point::Sealed);
        self.persist()
    }

    /// Brings to the disk what is written, if the lane is synced. `false` if the disk refuses.
    pub fn persist(&self) -> bool {
        let is_there = sabotaged(Mutant::TailBeforeDisk) || self.disk.as_ref().is_none_or(|disk| disk.sync());
        point(Point::Persisted);
        is_there
    }

    #[inline(always)]
    pub(super) fn show(&mut self) {
        let memory = self.memory.as_ref();
        let bytes = self.tail - self.published;
        let is_short = (1..=self.place.most_copied.min(self.place.contiguous(self.published))).contains(&bytes);
        let is_copied = is_short && self.is_consumer_near;
        if is_copied {
            let at = self.place.word_at(self.published);
            tail_copy::store(memory, &self.place, &memory[at..at + (bytes / 8) as usize]);
        } else if self.has_tail_copy && !sabotaged(Mutant::StaleTailCopy) {
            tail_copy::clear(memory, &self.place);
        }
        self.has_tail_copy = is_copied;
        // (A) pairs with the consumer's (A'): the payload is there before the tail says so.
        let order = if sabotaged(Mutant::RelaxedTail) { Ordering::Relaxed } else { Ordering::Release };
        memory[self.place.tail].store(self.tail, order);
        self.published = self.tail;
        point(Point::TailStored);
        if self.tail >= self.next_look {
            self.look_how_near();
        }
    }

    /// Looks whether the consumer takes records as they come. In a stream that it does not keep up with, copies beside the
    /// tail would cost a third of the throughput (48 B: 104 million a second instead of 159) and help nobody.
    #[cold]
    fn look_how_near(&mut self) {
        let head = self.memory.as_ref()[self.place.head].load(Ordering::Relaxed);
        self.is_consumer_near = self.tail.wrapping_sub(head) < NEAR;
        self.next_look = self.tail + LOOK_EVERY;
    }

    /// Writes a plain record, a whole message of bytes, and publishes it at once. Returns where it is; `None` if there is no
    /// room for it, or if something is written that is not published: then it takes a [`put`](Self::put). Not for a lane
    /// whose records are sealed.
    ///
    /// # Panics
    /// If the record is longer than [`max_record`](crate::ring::max_record).
    #[inline(always)]
    pub fn send_plain(&mut self, payload: &[u8]) -> Option<u64> {
        let position = self.tail;
        let bytes = 8 + payload.len().next_multiple_of(8) as u64;
        assert!(bytes <= self.max_record, "a record of {bytes} bytes is not split");
        debug_assert_eq!(self.seal, Flags::NONE, "a plain record has no seal");
        if position != self.published || bytes > self.contiguous() || !self.fits(bytes) {
            return None;
        }
        self.tail += bytes;
        if sabotaged(Mutant::TailBeforePayload) {
            self.memory.as_ref()[self.place.tail].store(self.tail, Ordering::Release);
            point(Point::TailStored);
        }
        let at = self.place.word_at(position);
        if let [head, body @ ..] = &self.memory.as_ref()[at..at + (bytes / 8) as usize] {
            let header = RecordHeader { length: payload.len() as u32, kind: Kind::Bytes, flags: Flags::NONE };
            head.store(header.encode(position), Ordering::Relaxed);
            copy::store(body, payload);
        }
        point(Point::PayloadStored);
        self.show();
        Some(position)
    }
}
