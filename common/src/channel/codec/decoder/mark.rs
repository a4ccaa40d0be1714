//! Acknowledging; and how far into a record a receiver has got, for its successor: the lane's mark.
//!
//! ```text
//! head                              mark
//!  │ header, clock │ one, two, thr   │ ee, four │ header …
//!                    received          is handed over again, as the rest of a message
//! ```
//!
//! The mark is the position in the lane of the first byte that was not received. It has a meaning only for the record
//! at `head`, and says by itself which record that is: positions grow for ever, so the mark of an earlier record is
//! never inside a later one. If a receiver dies between the two stores, in their other order, the mark is an old one
//! too. Any byte of the record may be marked. A message whose bytes were all received may still owe its end, which is
//! not a byte of the record: the line feed after a printed line. A mark written by a broken peer hides bytes of its
//! own, and no more.

use super::Decoder;
use crate::channel::codec::reached::Reached;
use crate::channel::error::Corruption;
use crate::fault::{Mutant, Point, point, sabotaged};
use crate::ring::Memory;
use crate::ring::record::{Flags, Kind, RecordHeader};

/// Where the payload of the record at `position` begins, without the stamp.
fn payload_start(position: u64, header: &RecordHeader) -> u64 {
    position + if header.flags.has(Flags::STAMPED) { 16 } else { 8 }
}

impl<M: Memory> Decoder<M> {
    /// Acknowledges what was handed over before this position, and nothing else; a successor first gets the rest of
    /// that message. What is handed over later must not be acknowledged.
    ///
    /// # Crash behaviour
    /// Death between the two stores leaves an old mark: the successor gets the whole record.
    pub fn acknowledge_until(&mut self, reached: Reached) -> Result<(), Corruption> {
        let (mut head, mut marked) = (self.consumer.released(), false);
        while head < reached.position() && head < self.consumer.position() {
            let header = self.consumer.header(head)?;
            let (start, end) = (payload_start(head, &header), head + 8 + header.payload_bytes());
            let is_all = matches!(header.kind, Kind::Padding | Kind::Name)
                || reached.position() > end
                || (reached.position() == end
                    && start < end
                    && (header.kind == Kind::Lines || header.flags.has(Flags::MORE)));
            if !is_all {
                marked = reached.position() > start;
                break;
            }
            head += header.record_bytes();
        }
        (self.handed, self.block, self.standing) = (head, None, None);
        self.acknowledge();
        if marked {
            self.consumer.set_mark(reached.to_mark());
        }
        self.within = self.marked;
        Ok(())
    }

    /// Acknowledges the whole messages before this position, while receiving goes on: a message that it lies inside stays
    /// whole, with all its records. The exception is one that is too long to wait in the lane.
    ///
    /// # Crash behaviour
    /// As for [`acknowledge`](Self::acknowledge): death between the two stores leaves an old mark.
    pub fn acknowledge_whole(&mut self, reached: Reached) -> Result<(), Corruption> {
        point(Point::BeforeAcknowledge);
        let mut record = self.consumer.released();
        let (mut whole, mut mark, mut is_open) = (record, None, false);
        while record < reached.position() && record < self.consumer.position() {
            let header = self.consumer.header(record)?;
            let end = record + 8 + header.payload_bytes();
            // Behind the last byte of a message, its end may still be due.
            let is_between = matches!(header.kind, Kind::Padding | Kind::Name);
            let is_all =
                is_between || reached.position() > end || (reached.position() == end && header.kind == Kind::Lines);
            if !is_all {
                mark = self.last_message(record, &header, reached);
                break;
            }
            record += header.record_bytes();
            // These may lie inside a message.
            is_open = if is_between { is_open } else { header.flags.has(Flags::MORE) };
            if !is_open || record - whole > self.consumer.capacity() / 2 {
                whole = record;
            }
        }
        if whole > self.consumer.released() {
            self.release(whole);
        }
        if let Some(mark) = mark.filter(|&mark| mark > self.marked) {
            self.marked = mark;
            self.consumer.set_mark(mark);
        }
        Ok(())
    }

    /// Where in this record, which is a block, the last message ends that was received before this position; `None` if none
    /// was.
    fn last_message(&self, record: u64, header: &RecordHeader, reached: Reached) -> Option<u64> {
        let base = payload_start(record, header);
        let had = usize::try_from(reached.position().checked_sub(base)?).ok()?;
        let done = match header.pack() {
            Some(pack) => (had - usize::from(reached.end_is_due()).min(had)) / pack.stride() * pack.stride(),
            None if header.kind == Kind::Lines => (1..=had).rfind(|&bytes| self.line_ends_at(base, bytes - 1))?,
            None => return None,
        };
        (done > 0).then_some(base + done as u64)
    }

    /// Gives back the room of everything that was handed over.
    #[inline]
    pub fn acknowledge(&mut self) {
        point(Point::BeforeAcknowledge);
        if self.handed > self.consumer.released() {
            self.release(self.handed);
        }
        if self.within > self.marked && (self.block.is_some() || self.standing.is_some()) {
            self.marked = self.within;
            self.consumer.set_mark(self.within);
        }
    }

    #[inline]
    pub(super) fn release(&mut self, position: u64) {
        if sabotaged(Mutant::HeadBeforeName) {
            self.consumer.release(position);
        }
        self.names.keep(&mut self.consumer, position);
        self.consumer.release(position);
        self.gave_room = true;
    }

    /// Whether nothing is waiting in the lane, as far as we have seen; exact if what we have seen is up to date.
    #[inline]
    pub fn gave_all_back(&self) -> bool {
        self.consumer.free_for_producer() == self.consumer.capacity()
    }

    /// Whether enough of the lane is free to wake its sender for: half of it, which keeps a full lane from waking its
    /// sender once per message. What was handed over and is not acknowledged yet counts as free, as long as a quarter
    /// is: a receiver that acknowledges late would otherwise run dry before its sender comes back (raw bytes into a
    /// pipe, which are acknowledged as they are taken from there: 1.8 GB/s without this, 3.2 with it).
    #[inline]
    fn is_worth_waking(&self) -> bool {
        let (free, capacity) = (self.consumer.free_for_producer(), self.consumer.capacity());
        free >= capacity / 4 && free + self.consumer.held() >= capacity / 2
    }

    /// Whether to look for a sender that waits for room: room was given back, and enough is free.
    #[inline]
    pub fn should_wake_sender(&mut self) -> bool {
        self.gave_room && self.is_worth_waking() && std::mem::take(&mut self.gave_room)
    }
}

#[cfg(test)]
mod end_tests;
#[cfg(test)]
mod tests;
#[cfg(test)]
mod whole_tests;
