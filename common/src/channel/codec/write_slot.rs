//! A place in the lane to fill with a message.

use super::copy::load;
use super::encoder::Encoder;
use super::part::Part;
use crate::descriptor;
use crate::ring::record::Kind;
use crate::ring::{Corrupt, Memory, Reserved, search};
use crate::segment::Segment;
use crate::sync::{AtomicU64, Ordering};
use nix::errno::Errno;
use std::ops::{Range, RangeInclusive};
use std::os::fd::AsFd;
use std::time::SystemTime;

/// A place in the segment for one message, or a part of one. Dropped without a [`commit`](Self::commit), nothing has
/// happened.
#[derive(Debug)]
#[must_use = "nothing is sent before it is committed"]
pub struct WriteSlot<'a, M = Segment> {
    encoder: &'a mut Encoder<M>,
    place: Reserved,
    /// Bytes that stand in it.
    filled: usize,
}

impl<'a, M: Memory> WriteSlot<'a, M> {
    pub(in crate::channel) fn new(encoder: &'a mut Encoder<M>, place: Reserved) -> Self {
        WriteSlot { encoder, place, filled: 0 }
    }

    /// The most bytes that it holds.
    pub fn size(&self) -> usize {
        self.place.length()
    }

    /// Bytes that [`fill`](Self::fill) and [`read_from`](Self::read_from) have put there.
    pub fn filled(&self) -> usize {
        self.filled
    }

    /// Its words, to be written to: the first byte of the message is the first word's first in memory.
    pub fn words(&self) -> &[AtomicU64] {
        self.encoder.reserved(&self.place)
    }

    /// Appends these bytes; fewer where it gets full. Gives how many.
    pub fn fill(&mut self, bytes: &[u8]) -> usize {
        let count = bytes.len().min(self.size() - self.filled);
        let mut at = self.filled;
        let mut rest = &bytes[..count];
        while !rest.is_empty() {
            let within = at % 8;
            let (now, later) = rest.split_at(rest.len().min(8 - within));
            let word = &self.words()[at / 8];
            let mut value = word.load(Ordering::Relaxed).to_ne_bytes();
            value[within..within + now.len()].copy_from_slice(now);
            word.store(u64::from_ne_bytes(value), Ordering::Relaxed);
            at += now.len();
            rest = later;
        }
        self.filled += count;
        count
    }

    /// Appends what one `read` gives; none is the end of the input, or a full room.
    /// <https://man7.org/linux/man-pages/man2/read.2.html>
    pub fn read_from(&mut self, fd: impl AsFd) -> Result<usize, Errno> {
        self.fill_by(|words, space| descriptor::read(fd, words, space))
    }

    /// Appends what `read` puts into these bytes of the words, which says how many they were.
    pub fn fill_by<E>(
        &mut self,
        read: impl FnOnce(&[AtomicU64], Range<usize>) -> Result<usize, E>,
    ) -> Result<usize, E> {
        let space = self.filled..self.size();
        let bytes = read(self.words(), space.clone())?.min(space.len());
        self.filled += bytes;
        Ok(bytes)
    }

    /// The last of these bytes, among those that stand in it, that is `wanted`.
    pub fn find_last(&self, range: Range<usize>, wanted: u8) -> Option<usize> {
        search::last(self.words(), range.start..range.end.min(self.filled), wanted)
    }

    /// The first of these bytes, among those that stand in it, that is `wanted`.
    pub fn find_first(&self, range: Range<usize>, wanted: u8) -> Option<usize> {
        search::first(self.words(), range.start..range.end.min(self.filled), wanted)
    }

    /// Appends these bytes to `out`.
    ///
    /// # Panics
    /// If it does not hold as much.
    pub fn copy_to(&self, range: Range<usize>, out: &mut Vec<u8>) {
        load(self.words(), range, out);
    }

    /// Makes a message, or a part of one, of the first `length` bytes. Gives its `seq`. It is accepted by the
    /// [`flush`](crate::Sender::flush) that follows, like what was [`enqueued`](crate::Sender::enqueue).
    ///
    /// # Panics
    /// If it does not hold as much, or no bytes are to be a part that more follows.
    pub fn commit(self, length: usize, kind: Kind, part: Part, unterminated: bool) -> u64 {
        self.encoder.commit(&self.place, length, kind, part, unterminated)
    }
}

impl<M: Memory> Encoder<M> {
    /// A place to fill with one record of any of these lengths: [`reserve`](Self::reserve).
    pub fn write_slot(
        &mut self,
        lengths: &RangeInclusive<usize>,
        sent: Option<SystemTime>,
    ) -> Result<Option<WriteSlot<'_, M>>, Corrupt> {
        let place = self.reserve(lengths, sent)?;
        Ok(place.map(|place| WriteSlot::new(self, place)))
    }
}
