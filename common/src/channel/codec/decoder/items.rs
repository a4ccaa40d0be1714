//! Items of one size, many in a record: what [`Encoder::put_items`](crate::channel::Encoder) has put there, or a plain
//! message of bytes whose length is a whole number of them.
//!
//! A record stands in the lane while its items are copied out, straight to where the caller wants them. It is `standing`, like
//! a pack that is handed over in place: a plain message is a pack of one. So what is left of it when other calls come is handed
//! over by them as the rest of a message; and a mark inside it is on a whole item, because only whole items are taken.

use super::multi_record::MultiRecord;
use super::{Decoder, clock};
use crate::channel::codec::envelope::Envelope;
use crate::channel::codec::part::Part;
use crate::channel::error::{Corruption, Misfit};
use crate::fault::{Mutant, Point, point, sabotaged};
use crate::ring::record::{Flags, Kind, Pack, RecordHeader};
use crate::ring::{MAX_RECORD, Memory, Taken};

// A plain message becomes a `Pack` of one.
const _: () = assert!(MAX_RECORD - 8 <= u16::MAX as u64);

/// Why there are no items to take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoItems {
    /// What comes next is no items. It stays where it is, for other calls.
    Misfit {
        /// Where it is in the lane.
        position: u64,
        /// What is wrong with it.
        misfit: Misfit,
    },
    /// The lane is corrupt.
    Corrupt(Corruption),
}

impl<T: Into<Corruption>> From<T> for NoItems {
    fn from(corruption: T) -> Self {
        NoItems::Corrupt(corruption.into())
    }
}

/// What is wrong with a record's messages, each of `bytes` bytes, as items of `size` bytes.
fn misfit(header: &RecordHeader, bytes: usize, size: usize) -> Option<Misfit> {
    if header.kind != Kind::Bytes {
        Some(Misfit::Kind(header.kind))
    } else if !header.flags.is_whole() {
        Some(Misfit::Part)
    } else if bytes == 0 || (!bytes.is_multiple_of(size) && !sabotaged(Mutant::TakeAnyLength)) {
        Some(Misfit::Length(bytes))
    } else {
        None
    }
}

/// A record's messages; a single one as a pack of one.
fn pack_of(header: &RecordHeader) -> Pack {
    header.pack().unwrap_or_else(|| {
        let stamp = if header.flags.has(Flags::STAMPED) { 8 } else { 0 };
        let bytes = header.payload_bytes() as usize - stamp;
        Pack { message_bytes: bytes as u16, words: bytes.div_ceil(8) as u16 }
    })
}

impl<M: Memory> Decoder<M> {
    /// How many bytes of items of `size` bytes stand in the next record; `None` if there is none at the moment.
    /// [`take_items`](Self::take_items) takes them.
    ///
    /// # Errors
    /// [`NoItems::Misfit`] if a message that is no items comes next. Nothing has changed then.
    #[inline]
    pub fn next_items(&mut self, size: usize) -> Result<Option<usize>, NoItems> {
        loop {
            if self.standing.is_none() && !self.stand(size)? {
                return Ok(None);
            }
            let left = self.items_left(size)?;
            if left > 0 {
                return Ok(Some(left));
            }
            // A predecessor has received all of its bytes, and items have no end beside them.
            self.standing = None;
            self.handed = self.consumer.position();
        }
    }

    /// How much of the standing record was not taken.
    #[inline]
    fn items_left(&self, size: usize) -> Result<usize, NoItems> {
        let Some(MultiRecord { envelope, done, had, pack: Some(pack), .. }) = &self.standing else { return Ok(0) };
        let each = usize::from(pack.message_bytes);
        if !each.is_multiple_of(size) && !sabotaged(Mutant::TakeAnyLength) {
            return Err(NoItems::Misfit { position: envelope.seq, misfit: Misfit::Length(each) });
        }
        let messages = (usize::from(pack.words) * 8 - done) / pack.stride();
        // A predecessor may have received a part of an item: that one comes again.
        Ok(messages * each - had / size * size)
    }

    /// Makes the next record stand, if it holds items; false if there is none at the moment.
    #[inline(never)]
    fn stand(&mut self, size: usize) -> Result<bool, NoItems> {
        if let Some(block) = self.block.take() {
            if block.pack.is_none() {
                let position = block.next_envelope().seq;
                self.block = Some(block);
                return Err(NoItems::Misfit { position, misfit: Misfit::Kind(Kind::Lines) });
            }
            self.current = 0..0;
            self.standing = Some(block);
            return Ok(true);
        }
        let mut position = self.consumer.position();
        let header = loop {
            let Some(header) = self.consumer.peek(position)? else {
                self.pass_between(position)?;
                return Ok(false);
            };
            if !matches!(header.kind, Kind::Padding | Kind::Name) {
                break header;
            }
            position += header.record_bytes();
        };
        let pack = pack_of(&header);
        if let Some(misfit) = misfit(&header, pack.message_bytes.into(), size) {
            return Err(NoItems::Misfit { position, misfit });
        }
        self.pass_between(position)?;
        let record = self.consumer.pass_peeked(header);
        self.begin_items(&record, pack);
        Ok(true)
    }

    /// Passes the names and the padding before this position.
    fn pass_between(&mut self, position: u64) -> Result<(), Corruption> {
        while self.consumer.position() < position {
            let at = self.consumer.position();
            match self.consumer.peek(at)? {
                Some(header) if header.kind == Kind::Name => {
                    let record = self.consumer.pass_peeked(header);
                    self.take_name(&record);
                }
                Some(header) if header.kind == Kind::Padding => drop(self.consumer.pass_peeked(header)),
                // It was one of these just now.
                _ => return Err(Corruption::Sequence { position: at }),
            }
        }
        Ok(())
    }

    fn begin_items(&mut self, record: &Taken, pack: Pack) {
        if let Some(stamp) = record.stamp {
            self.clock = Some(clock::from_word(stamp));
        }
        let is_cut = self.open.take().is_some();
        self.buffer.clear();
        self.current = 0..0;
        let envelope = Envelope {
            seq: record.position,
            kind: Kind::Bytes,
            sent: None,
            part: Part::Whole,
            unterminated: record.header.flags.has(Flags::UNTERMINATED),
            follows_truncated: is_cut,
        };
        let mut block = MultiRecord::new(envelope, record.payload_position(), Some(pack));
        if let Some(mark) = self.resume.take() {
            block.resume(mark, usize::from(pack.words) * 8, |_| false);
        }
        if is_cut {
            self.handed = record.position;
        }
        self.standing = Some(block);
    }

    /// Copies items of `size` bytes to `out`, a whole number of them: as many as are left of the record that
    /// [`next_items`](Self::next_items) has found. Gives how many bytes.
    #[inline]
    pub fn take_items(&mut self, size: usize, out: &mut [u8]) -> usize {
        let Some(MultiRecord { base, pack: Some(pack), .. }) = self.standing else { return 0 };
        let each = usize::from(pack.message_bytes);
        let mut filled = 0;
        while let Some(block) = self.standing.as_mut().filter(|_| filled < out.len()) {
            let had = block.had / size * size;
            let bytes = (each - had).min(out.len() - filled);
            self.consumer.copy_to(base + (block.done + had) as u64, &mut out[filled..filled + bytes]);
            filled += bytes;
            if had + bytes < each {
                (block.had, block.is_rest) = (had + bytes, true);
            } else {
                block.advance(block.done + pack.stride());
            }
            self.within = base + (block.done + block.had) as u64;
            if sabotaged(Mutant::MarkInsideItem) {
                self.within -= size as u64 / 2;
            }
            if block.done == usize::from(pack.words) * 8 {
                self.standing = None;
                self.handed = self.consumer.position();
            }
        }
        point(Point::RecordCopied);
        if sabotaged(Mutant::AcknowledgeEarly) {
            self.acknowledge();
        }
        filled
    }
}

#[cfg(test)]
mod tests;
