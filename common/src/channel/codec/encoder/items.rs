//! Items of one size, many in a record, and whole ones only.

use super::{Encoder, most_name_bytes, most_ring_bytes};
use crate::fault::{Mutant, sabotaged};
use crate::ring::record::{Flags, Kind};
use crate::ring::{Corrupt, Memory};

/// What to do if there is no room for as many items as a record takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WhenTight {
    /// Nothing: the caller waits.
    Wait,
    /// Write fewer.
    Fewer,
}

/// How many of these bytes are whole items of `size` bytes.
fn whole(bytes: usize, size: usize) -> usize {
    if sabotaged(Mutant::PartOfAnItem) { bytes } else { bytes - bytes % size }
}

impl<M: Memory> Encoder<M> {
    /// Writes a record of items of `size` bytes each, from the front of `items`, and gives how many bytes of them it holds;
    /// 0 if there is no room. To whoever receives messages, it is one of [`Kind::Bytes`]. Nobody sees it before
    /// [`publish`](Self::publish).
    ///
    /// # Panics
    /// If an item is longer than [`record_limit`](Self::record_limit).
    pub fn put_items(&mut self, size: usize, items: &[u8], when_tight: WhenTight) -> Result<usize, Corrupt> {
        assert!(size <= self.record_limit(), "an item of {size} bytes does not fit in a record");
        let needs_name = !self.names.is_own();
        let is_named = !needs_name || self.names.put(&mut self.producer, None)?;
        let contiguous = self.producer.contiguous();
        // To the end of the ring, unless no item fits there: then padding fills it.
        let seal = self.producer.seal_bytes();
        let (padding, span) = match contiguous.saturating_sub(8 + seal) as usize {
            span if span < size => (contiguous, self.record_limit()),
            span => (0, span),
        };
        let needs = |bytes: usize| padding + 8 + bytes.next_multiple_of(8) as u64 + seal;
        let mut bytes = whole(items.len().min(self.record_limit()).min(span), size);
        if is_named && when_tight == WhenTight::Fewer && !self.producer.has_room(needs(bytes))? {
            let room = self.producer.free().saturating_sub(padding + 8 + seal) as usize;
            bytes = whole(bytes.min(room), size);
        }
        let is_put =
            is_named && bytes > 0 && self.producer.put(Kind::Bytes, Flags::NONE, None, &items[..bytes])?.is_some();
        if is_put {
            self.names.confirm();
            return Ok(bytes);
        }
        self.names.take_back(&mut self.producer);
        let least = bytes.max(size);
        self.refused = if needs_name {
            most_ring_bytes(least, self.capacity(), seal) + most_name_bytes(seal)
        } else {
            needs(least)
        };
        Ok(0)
    }
}
