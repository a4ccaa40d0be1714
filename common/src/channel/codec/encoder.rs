//! Turns messages into records.
//!
//! A message goes in whole or not at all. If it needs several records, they are written one by one after the published
//! tail, and taken back if there is no room for the last one; nobody has seen any of them by then. A message longer
//! than [`Encoder::whole_limit`] goes in several parts, which is up to the sender.

use super::outgoing::Outgoing;
use super::part::Part;
use super::sender_name::SenderName;
use crate::clock;
use crate::fault::{Mutant, Point, point, sabotaged};
use crate::layout::NAME_BYTES;
use crate::ring::record::{Flags, Kind};
use crate::ring::{Checkpoint, Checkpoints, Corrupt, Memory, Producer, Reserved, max_record};
use crate::sync::AtomicU64;
use std::ops::RangeInclusive;
use std::time::SystemTime;

mod items;

pub use items::WhenTight;

/// The sending half of an endpoint.
#[derive(Debug)]
pub struct Encoder<M> {
    producer: Producer<M>,
    /// The most bytes that the last refused message needs.
    refused: u64,
    /// The time that applies to the texts of this batch, once the first of them is written.
    batch_clock: Option<u64>,
    names: SenderName,
    checkpoints: Checkpoints,
}

/// The most that a name takes in a lane, with header, seal and padding.
const fn most_name_bytes(seal: u64) -> u64 {
    2 * (8 + NAME_BYTES as u64 + seal)
}

impl<M: Memory> Encoder<M> {
    /// Sends on this lane.
    pub fn new(producer: Producer<M>) -> Self {
        let (names, checkpoints) = (SenderName::of(&producer), Checkpoints::of(&producer));
        Encoder { producer, refused: 0, batch_clock: None, names, checkpoints }
    }

    /// Sets the name of this end, for the messages from now on that do not say who they are from. At most 64 bytes of it
    /// count.
    pub fn set_name(&mut self, name: &str) {
        self.producer.close_pack();
        self.names.set_own(name);
    }

    /// The size of the lane, in bytes.
    pub fn capacity(&self) -> u64 {
        self.producer.capacity()
    }

    /// The longest message that goes in whole, in bytes.
    pub fn whole_limit(&self) -> usize {
        whole_limit(self.producer.capacity())
    }

    /// The longest part that fits one record, in bytes.
    pub fn record_limit(&self) -> usize {
        record_limit(self.producer.capacity())
    }

    /// The lane.
    pub fn lane(&mut self) -> &mut Producer<M> {
        &mut self.producer
    }

    /// Writes a message, or a part of one, and returns where it begins; `None` if there is no room for all of it at the
    /// moment. Nobody sees it before [`publish`](Self::publish).
    ///
    /// # Panics
    /// If it is longer than [`whole_limit`](Self::whole_limit).
    #[inline]
    pub fn put(&mut self, message: &Outgoing<'_>) -> Result<Option<u64>, Corrupt> {
        match self.put_short(message)? {
            None => self.put_record(message),
            position => Ok(position),
        }
    }

    /// The fast path for a message of bytes; `None` if there is no room, or if it is not a whole message of bytes that
    /// fits in a record. Always inlined, so that the compiler knows here what the caller knows about the message.
    #[inline(always)]
    pub fn put_short(&mut self, message: &Outgoing<'_>) -> Result<Option<u64>, Corrupt> {
        if !is_plain(message) {
            return Ok(None);
        }
        match self.producer.append(message.bytes) {
            None => self.put_first(message.bytes),
            position => Ok(position),
        }
    }

    /// Writes and publishes a message by itself, if it is a whole one of bytes that fits in a record and needs no name, there
    /// is room, and nothing else waits to be published. `None` if not: then it takes [`put`](Self::put) and
    /// [`publish`](Self::publish).
    #[inline(always)]
    pub fn send_plain(&mut self, message: &Outgoing<'_>) -> Option<u64> {
        if !is_plain(message) || !self.names.is_own_record(message.bytes.len()) {
            return None;
        }
        self.producer.send_plain(message.bytes)
    }

    #[inline(never)]
    fn put_first(&mut self, bytes: &[u8]) -> Result<Option<u64>, Corrupt> {
        if !self.names.is_own_record(bytes.len()) {
            return Ok(None);
        }
        self.producer.put(Kind::Bytes, Flags::NONE, None, bytes)
    }

    fn put_record(&mut self, message: &Outgoing<'_>) -> Result<Option<u64>, Corrupt> {
        let needs_name = message.part.is_start() && (message.from.is_some() || !self.names.is_own());
        if needs_name && !self.names.put(&mut self.producer, message.from)? {
            self.refuse(message);
            return Ok(None);
        }
        let stamp = match message.kind {
            Kind::Bytes => None,
            _ if message.part.is_start() => message.sent.map(clock::to_word),
            _ => None,
        }
        .filter(|&stamp| Some(stamp) != self.batch_clock);
        let stamp_bytes = if stamp.is_some() { 8 } else { 0 };
        let flags = flags(message.part, message.unterminated);
        let position = if message.bytes.len() + stamp_bytes <= self.record_limit() {
            self.producer.put(message.kind, flags, stamp, message.bytes)?
        } else {
            self.put_split(message, flags, stamp)?
        };
        if position.is_none() {
            self.refuse(message);
            return Ok(None);
        }
        self.names.confirm();
        if message.from.is_some() {
            // What this end sends by itself next is not from the same sender.
            self.producer.close_pack();
        }
        self.batch_clock = stamp.or(self.batch_clock);
        Ok(position)
    }

    /// There is no room for a message: nothing of it stays, not even a name.
    fn refuse(&mut self, message: &Outgoing<'_>) {
        self.names.take_back(&mut self.producer);
        let seal = self.producer.seal_bytes();
        self.refused = most_ring_bytes(message.bytes.len(), self.producer.capacity(), seal) + most_name_bytes(seal);
    }

    /// Finds a place for one record of any of these lengths, for a message sent at `sent`; `None` if there is no room
    /// for the shortest at the moment. [`commit`](Self::commit) turns the contents of [`reserved`](Self::reserved) into
    /// a message.
    ///
    /// # Panics
    /// If the shortest is longer than [`record_limit`](Self::record_limit), less 8 if `sent` is given.
    pub fn reserve(
        &mut self,
        lengths: &RangeInclusive<usize>,
        sent: Option<SystemTime>,
    ) -> Result<Option<Reserved>, Corrupt> {
        let stamp = sent.map(clock::to_word).filter(|&stamp| Some(stamp) != self.batch_clock);
        let named = self.names.is_own() || self.names.put(&mut self.producer, None)?;
        let place = if named { self.producer.reserve(lengths, stamp)? } else { None };
        if place.is_none() {
            let stamp_bytes = if stamp.is_some() { 8 } else { 0 };
            let seal = self.producer.seal_bytes();
            let least = 8 + (*lengths.start() as u64 + stamp_bytes).next_multiple_of(8) + seal;
            let name_bytes = if named { 0 } else { most_name_bytes(seal) + least };
            // The producer does not move before there is room, so with the name written this is exactly what it takes.
            let end = self.producer.position() + self.producer.needs(least) + name_bytes;
            self.names.take_back(&mut self.producer);
            self.refused = end - self.producer.position();
        }
        Ok(place)
    }

    /// The words of a reserved place.
    pub fn reserved(&self, place: &Reserved) -> &[AtomicU64] {
        self.producer.reserved(place)
    }

    /// Turns the first `length` bytes of a reserved place into a message, or a part of one, and returns where it
    /// begins. Nobody sees it before [`publish`](Self::publish).
    ///
    /// # Panics
    /// If the place does not hold that much, if something was written since it was reserved, or if `length` is 0 and more is to
    /// follow.
    pub fn commit(&mut self, place: &Reserved, length: usize, kind: Kind, part: Part, unterminated: bool) -> u64 {
        assert!(length > 0 || part.is_end(), "a part of nothing, with more to follow");
        let flags = flags(part, unterminated);
        self.batch_clock = place.stamp().or(self.batch_clock);
        self.names.confirm();
        self.producer.commit(place, length, kind, flags)
    }

    /// Shows the other side everything that was written. Returns whether it has anything new to see.
    #[inline]
    pub fn publish(&mut self) -> bool {
        self.names.take_back(&mut self.producer);
        let anything = self.producer.has_unpublished() && self.producer.publish();
        if anything {
            // The next batch starts with its own time, so that a receiver that starts there knows it.
            self.batch_clock = None;
        }
        anything
    }

    /// The same, and stores a checkpoint in one step with it.
    pub fn publish_at(&mut self, checkpoint: &Checkpoint) -> bool {
        // What is not shown is not counted.
        self.names.take_back(&mut self.producer);
        if sabotaged(Mutant::CheckpointAfterTail) {
            let anything = self.publish();
            self.checkpoints.store(&self.producer, checkpoint);
            return anything;
        }
        // What a dead sender left must not reach to where this one holds.
        if !self.producer.settle() {
            return false;
        }
        self.checkpoints.store(&self.producer, checkpoint);
        if !self.producer.has_unpublished() {
            // The checkpoint holds already, and there is nothing to bring to the disk after it.
            self.producer.persist();
        }
        self.publish()
    }

    /// The sender's checkpoints.
    pub fn checkpoints(&self) -> &Checkpoints {
        &self.checkpoints
    }

    /// Says that the last checkpoint is kept elsewhere now.
    pub fn release_checkpoint(&self) {
        self.checkpoints.release(&self.producer);
    }

    #[cold]
    fn put_split(&mut self, message: &Outgoing<'_>, flags: Flags, stamp: Option<u64>) -> Result<Option<u64>, Corrupt> {
        assert!(message.bytes.len() <= self.whole_limit(), "a message that long is sent in parts");
        let mark = self.producer.position();
        let mut start = None;
        let mut rest = message.bytes;
        while !rest.is_empty() {
            let stamp = if start.is_none() { stamp } else { None };
            let stamp_bytes = stamp.map_or(0, |_| 8);
            // Up to the ring's end rather than padding, unless hardly anything would fit there.
            let span = match self.producer.contiguous() - self.producer.contiguous().min(self.producer.seal_bytes()) {
                0..24 => u64::MAX,
                contiguous => contiguous - 8,
            };
            let payload = span.min(self.record_limit() as u64) as usize - stamp_bytes;
            let (piece, after) = rest.split_at(payload.min(rest.len()));
            let flags = Flags::NONE
                .with(Flags::MORE, flags.has(Flags::MORE) || !after.is_empty())
                .with(Flags::CONTINUES, flags.has(Flags::CONTINUES) || start.is_some())
                .with(Flags::UNTERMINATED, flags.has(Flags::UNTERMINATED) && after.is_empty());
            match self.producer.put(message.kind, flags, stamp, piece)? {
                Some(position) => start = start.or(Some(position)),
                None => {
                    self.producer.rewind(mark);
                    return Ok(None);
                }
            }
            point(Point::MessageHalfStored);
            rest = after;
        }
        Ok(start)
    }

    /// Whether the lane is empty: the other side has acknowledged everything that was published.
    pub fn is_empty(&mut self) -> Result<bool, Corrupt> {
        self.producer.is_empty()
    }

    /// Whether there is now room for what was last refused.
    pub fn has_room(&mut self) -> Result<bool, Corrupt> {
        self.producer.has_room(self.refused)
    }
}

/// Whether it is a whole message of bytes of this end's own.
#[inline(always)]
fn is_plain(message: &Outgoing<'_>) -> bool {
    message.kind == Kind::Bytes && message.part == Part::Whole && !message.unterminated && message.from.is_none()
}

/// How a record says which part of a message it is.
#[inline]
fn flags(part: Part, unterminated: bool) -> Flags {
    Flags::NONE
        .with(Flags::MORE, !part.is_end())
        .with(Flags::CONTINUES, !part.is_start())
        .with(Flags::UNTERMINATED, unterminated)
}

/// The longest part that fits one record of a lane of `capacity` bytes.
pub(in crate::channel) const fn record_limit(capacity: u64) -> usize {
    max_record(capacity) as usize - 8
}

/// The longest message that goes in whole: with everything that is added to it, it takes at most half the lane. So a
/// sender that waits until half the lane is free never waits for more than the receiver will give back (see
/// [`Decoder`](super::decoder::Decoder)).
pub(in crate::channel) const fn whole_limit(capacity: u64) -> usize {
    (capacity / 2 - capacity / 64).saturating_sub(64) as usize
}

/// The most that a message of `length` bytes takes in a lane of `capacity` bytes, with stamp, headers, seals and padding.
const fn most_ring_bytes(length: usize, capacity: u64, seal: u64) -> u64 {
    let length = length as u64;
    let record = max_record(capacity);
    if length + 16 <= record {
        // One record and, before it, padding shorter than the record.
        2 * ((length + 16).next_multiple_of(8) + seal)
    } else {
        // A header and a seal per record, one more at the ring's end, the stamp, and padding of less than 24 and a seal.
        length.next_multiple_of(8) + (length / (record - 8) + 2) * (8 + seal) + 8 + 24 + seal
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::layout::MIN_CAPACITY;
    use crate::ring::record::SEAL_BYTES;

    #[test]
    fn what_goes_in_whole_takes_at_most_half_the_lane() {
        for (shift, seal) in (6..=30).flat_map(|shift| [(shift, 0), (shift, SEAL_BYTES)]) {
            let capacity = 1 << shift;
            if capacity < MIN_CAPACITY && seal > 0 {
                continue;
            }
            let name = if capacity < MIN_CAPACITY { 0 } else { most_name_bytes(seal) };
            let limit = whole_limit(capacity);
            if limit > record_limit(capacity) {
                assert!(most_ring_bytes(limit, capacity, seal) + name <= capacity / 2, "capacity {capacity}");
            }
            let most = most_ring_bytes(record_limit(capacity) - 8, capacity, seal) + name;
            assert!(most <= capacity / 2, "capacity {capacity}");
        }
    }
}
