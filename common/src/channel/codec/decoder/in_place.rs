//! Records in place: the same messages as by copying, but nothing is put together.

use super::Decoder;
use super::multi_record::MultiRecord;
use crate::channel::codec::envelope::Envelope;
use crate::channel::codec::part::Part;
use crate::channel::codec::view::{InPlace, View};
use crate::channel::error::Corruption;
use crate::clock;
use crate::fault::{Mutant, sabotaged};
use crate::ring::record::{Flags, Kind, LINE_FEED};
use crate::ring::{Buffer, Memory, Taken};
use crate::sync::Ordering;

impl MultiRecord {
    /// The next `length` bytes, in place in the lane.
    fn in_place(&self, length: usize) -> InPlace {
        let start = self.done + self.had;
        let position = self.base + (start - start % 8) as u64;
        InPlace { envelope: self.next_envelope(), position, skip: start % 8, length, is_followed: false }
    }
}

impl<M: Memory> Decoder<M> {
    /// Takes the next message, part of one of a record's size, or whole block of lines, and leaves its bytes in the
    /// lane: they are in its [`view`](Self::view) until they are acknowledged. What copying calls have already put
    /// together of it is in [`bytes`](Self::bytes), and comes first; that is empty unless there were such calls.
    #[inline]
    pub fn next_in_place(&mut self) -> Result<Option<InPlace>, Corruption> {
        if self.standing.is_none() {
            let found = match self.block.take() {
                Some(block) => self.rest_in_place(block)?,
                None => self.record_in_place()?,
            };
            if self.standing.is_none() {
                return Ok(found);
            }
        }
        Ok(self.next_in_pack_in_place())
    }

    /// What is left of a block that has been copied out.
    fn rest_in_place(&mut self, block: MultiRecord) -> Result<Option<InPlace>, Corruption> {
        self.current = 0..0;
        if block.pack.is_some() {
            self.standing = Some(block);
            return Ok(None);
        }
        let length = self.buffer.len();
        // The copy was checked; its record is still there, but somebody else may have changed it by now.
        if !self.line_ends_at(block.base, length - 1) {
            return Err(Corruption::Sequence { position: block.envelope.seq });
        }
        self.handed = self.consumer.position();
        Ok(Some(block.in_place(length - block.done)))
    }

    /// The next record, unless it is a pack, which is then `standing`.
    fn record_in_place(&mut self) -> Result<Option<InPlace>, Corruption> {
        if self.open.is_none() || self.handed == self.consumer.position() {
            self.buffer.clear();
        }
        let record = loop {
            let Some(record) = self.consumer.pass()? else { return Ok(None) };
            if record.header.kind != Kind::Name {
                break record;
            }
            self.take_name(&record);
        };
        let Taken { position: seq, header, stamp } = record;
        if let Some(stamp) = stamp {
            self.clock = Some(clock::from_word(stamp));
        }
        let continues = header.flags.has(Flags::CONTINUES);
        let mut envelope = match self.open.take() {
            Some(open) if continues && open.kind == header.kind => open,
            cut => {
                self.buffer.clear();
                let (part, sent) = (Part::of(!continues, true), self.sent(&header));
                Envelope { seq, kind: header.kind, sent, part, unterminated: false, follows_truncated: cut.is_some() }
            }
        };
        self.current = 0..self.buffer.len();
        let (base, length) = (record.payload_position(), record.payload_length());
        let mut block = MultiRecord::new(envelope, base, header.pack());
        if block.pack.is_some() {
            if let Some(mark) = self.resume.take() {
                block.resume(mark, length, |_| false);
            }
            self.standing = Some(block);
            if envelope.follows_truncated {
                self.handed = seq;
            }
            return Ok(None);
        }
        if header.kind == Kind::Lines {
            if length == 0 || !self.line_ends_at(base, length - 1) {
                return Err(Corruption::Sequence { position: seq });
            }
            if let Some(mark) = self.resume.take() {
                block.resume(mark, length, |byte| self.line_ends_at(base, byte));
            }
        } else {
            block.done = self.take_up(&record, &mut envelope).unwrap_or_default();
            let complete = !header.flags.has(Flags::MORE);
            envelope.unterminated = header.flags.has(Flags::UNTERMINATED);
            envelope.part = Part::of(envelope.part.is_start(), complete);
            if !complete {
                self.open = Some(Envelope { part: Part::Middle, follows_truncated: false, ..envelope });
            }
        }
        self.handed = self.consumer.position();
        if sabotaged(Mutant::AcknowledgeEarly) {
            self.acknowledge();
        }
        let found = block.in_place(length - block.done);
        Ok(Some(if header.kind == Kind::Lines { found } else { InPlace { envelope, ..found } }))
    }

    /// The next message of the pack that is being handed over in place.
    fn next_in_pack_in_place(&mut self) -> Option<InPlace> {
        let block = self.standing.as_mut()?;
        let pack = block.pack?;
        let mut found = block.in_place(usize::from(pack.message_bytes) - block.had);
        block.advance(block.done + pack.stride());
        self.within = block.base + block.done as u64;
        found.is_followed = block.done < usize::from(pack.words) * 8;
        if !found.is_followed {
            self.standing = None;
            self.handed = self.consumer.position();
        }
        Some(found)
    }

    #[cold]
    pub(super) fn take_name(&mut self, record: &Taken) {
        let mut name = Buffer::default();
        self.consumer.copy(record.payload_position(), record.payload_length(), &mut name);
        self.names.take(record.position, &name);
    }

    /// Whether a line ends at this byte of the payload at `base`.
    pub(super) fn line_ends_at(&self, base: u64, byte: usize) -> bool {
        let words = self.consumer.words(base, byte + 1);
        words[byte / 8].load(Ordering::Relaxed).to_ne_bytes()[byte % 8] == LINE_FEED
    }

    /// What was last handed over, in place.
    #[inline]
    pub fn view(&self, found: &InPlace) -> View<'_> {
        let words = self.consumer.words(found.position, found.skip + found.length);
        View::new(self.bytes(), words, self.from(), found)
    }
}

#[cfg(test)]
mod tests;
