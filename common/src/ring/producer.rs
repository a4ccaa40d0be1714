//! The writing end of a lane.

#![forbid(unsafe_code)]

use super::record::{Flags, Header, Kind};
use super::{Corrupt, ForeignIndex, Memory, checked_indices, copy, max_record};
use crate::layout::LanePlace;
use crate::sync::{Mutant, Ordering, sabotaged};

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
}

impl<M: Memory> Producer<M> {
    /// Takes up a lane where its last producer left it.
    pub fn attach(memory: M, place: LanePlace) -> Result<Self, Corrupt> {
        let words = memory.as_ref();
        let tail = words[place.tail].load(Ordering::Acquire);
        let head = words[place.head].load(Ordering::Acquire);
        let (tail, head) = checked_indices(tail, head, place.capacity)?;
        Ok(Producer { memory, place, tail, published: tail, head })
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
    pub fn contiguous(&self) -> u64 {
        self.place.capacity - self.offset()
    }

    fn offset(&self) -> u64 {
        self.tail & (self.place.capacity - 1)
    }

    /// Writes one record, of a `stamp` word if there is one and `payload`, and says where it stands; none where there is no room for it now.
    /// Nobody sees it before [`publish`](Self::publish).
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
        let stamp_bytes = if stamp.is_some() { 8 } else { 0 };
        let header = Header { length: (payload.len() + stamp_bytes) as u32, kind, flags };
        let bytes = header.record_bytes();
        assert!(bytes <= max_record(self.place.capacity), "a record of {bytes} bytes is not split");
        debug_assert_eq!(header.has_stamp(), stamp.is_some());

        let contiguous = self.contiguous();
        let padding = if bytes > contiguous { contiguous } else { 0 };
        if !self.has_room(padding + bytes)? {
            return Ok(None);
        }
        if sabotaged(Mutant::TailBeforePayload) {
            let early = self.tail + padding + bytes;
            self.memory.as_ref()[self.place.tail].store(early, Ordering::Release);
        }
        if padding > 0 {
            // At most a record's size, so it fits what a padding header can say.
            let filler = Header { length: (padding - 8) as u32, kind: Kind::Padding, flags: Flags::default() };
            let at = self.place.data + (self.offset() / 8) as usize;
            self.memory.as_ref()[at].store(filler.encode(self.tail), Ordering::Relaxed);
            self.tail += padding;
        }
        let at = self.place.data + (self.offset() / 8) as usize;
        let record = &self.memory.as_ref()[at..at + (bytes / 8) as usize];
        record[0].store(header.encode(self.tail), Ordering::Relaxed);
        if let Some(stamp) = stamp {
            record[1].store(stamp, Ordering::Relaxed);
        }
        copy::store(&record[1 + stamp_bytes / 8..], payload);
        let position = self.tail;
        self.tail += bytes;
        Ok(Some(position))
    }

    /// Whether a record of `bytes` and the padding before it fit now; looks at the shared `head` only where the last look does not answer.
    #[inline]
    pub fn has_room(&mut self, bytes: u64) -> Result<bool, Corrupt> {
        let fits = |producer: &Self| bytes <= producer.place.capacity - (producer.tail - producer.head);
        Ok(fits(self) || (self.look()? && fits(self)))
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

    /// Shows the consumer all records put so far. Who sleeps is rung by [`crate::bell::Parking::wake`], after this.
    #[inline]
    pub fn publish(&mut self) {
        // (A) pairs with the consumer's (A'): the payload is there before the tail says so.
        self.memory.as_ref()[self.place.tail].store(self.tail, Ordering::Release);
        self.published = self.tail;
    }

    /// Takes back what has been put since [`position`](Self::position) was `mark`, which must not be published yet.
    pub fn rewind(&mut self, mark: u64) {
        assert!((self.published..=self.tail).contains(&mark), "rewound over published records");
        self.tail = mark;
    }

    /// Counts the messages that wait for the consumer, by walking the records between the consumer's `head` and our `tail`.
    /// Takes as long as there are records: for people to look at, not for each message.
    pub fn count_waiting(&mut self) -> Result<u64, Corrupt> {
        self.look()?;
        let (mut position, mut messages) = (self.head, 0);
        while position != self.published {
            let header = super::consumer::header_at(&self.memory, &self.place, position, self.published)?;
            messages += u64::from(header.kind != Kind::Padding && !header.flags.continues);
            position += header.record_bytes();
        }
        Ok(messages)
    }
}
