//! How far into a record a receiver has come, for its successor: the lane's mark.
//!
//! ```text
//! head                              mark
//!  │ header, clock │ one, two, thr   │ ee, four │ header …
//!                    was had           is handed over again, as the rest of a message
//! ```
//!
//! The mark is the position in the lane of the first byte that was not had. It means something only for the record at
//! `head`, and says itself which that is: positions grow for ever, so a mark of an earlier record lies in no later one. In the
//! other order of the two stores a receiver can die between, it is an old one too. Any byte of the record may be marked, and a message
//! all of whose bytes were had may still owe its end, which is no byte of the record: the line feed behind a printed
//! line. A mark that a broken peer wrote hides bytes of its own, and no more.

use super::Decoder;
use crate::channel::error::Corruption;
use crate::ring::Memory;
use crate::ring::record::{Flags, Kind};

/// How far somebody has come with a message: so many of its bytes, see [`View::reached`](crate::channel::View::reached).
///
/// As the mark says it: the position in the lane of the first byte that was not had, and a bit that says whether only the end is due.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reached(u64);

/// The bit that says: all bytes of a message were had, and its end was not. No position has it: a lane ends before.
const END_IS_DUE: u64 = 1 << 63;

impl Reached {
    #[inline]
    pub(in crate::channel) fn new(position: u64, end_is_due: bool) -> Self {
        Reached(position | if end_is_due { END_IS_DUE } else { 0 })
    }

    /// What a lane's mark says.
    pub(super) fn of_mark(mark: u64) -> Self {
        Reached(mark)
    }

    fn position(self) -> u64 {
        self.0 & !END_IS_DUE
    }

    /// Whether only the end of a message was not had.
    pub(super) fn end_is_due(self) -> bool {
        self.0 & END_IS_DUE != 0
    }

    /// How many bytes were had of a message's `length` bytes at `base`, and whether they are all; none if it does not lie
    /// behind its first byte.
    pub(super) fn within(self, base: u64, length: usize) -> Option<(usize, bool)> {
        let had = self.behind(base, length)?;
        ((had == length) == self.end_is_due()).then_some((had, self.end_is_due()))
    }

    /// How many bytes it lies behind `base`, from 1 to `length`.
    pub(super) fn behind(self, base: u64, length: usize) -> Option<usize> {
        let had = usize::try_from(self.position().checked_sub(base)?).ok()?;
        (1..=length).contains(&had).then_some(had)
    }

    /// Which byte of a message's `length` gives the rest of it its position, of which `had` were had: the first that was not,
    /// and the last where only the end is due, since the next message may begin behind it.
    pub(super) fn rest_at(had: usize, length: usize) -> usize {
        had.min(length.saturating_sub(1))
    }

    /// Bytes of the lane from `start` to here.
    pub fn since(self, start: Self) -> u64 {
        self.position().wrapping_sub(start.position())
    }

    /// The place so many bytes further on, behind which there are more of the same message.
    #[must_use]
    pub fn forward(self, bytes: usize) -> Self {
        if bytes == 0 { self } else { Reached(self.position() + bytes as u64) }
    }
}

impl<M: Memory> Decoder<M> {
    /// Acknowledges what lies before this place of what was handed over, and nothing else; a successor is handed the rest of
    /// that message first. What is handed over later must not be acknowledged.
    ///
    /// # Crash behaviour
    /// Death between the two stores leaves an old mark: the successor is handed the whole record.
    pub fn acknowledge_until(&mut self, reached: Reached) -> Result<(), Corruption> {
        let (mut head, mut marked) = (self.consumer.released(), false);
        while head < reached.position() && head < self.consumer.position() {
            let header = self.consumer.header(head)?;
            let (start, end) =
                (head + if header.flags.has(Flags::STAMPED) { 16 } else { 8 }, head + 8 + header.payload_bytes());
            let is_all = header.kind == Kind::Padding
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
            self.consumer.set_mark(reached.0);
        }
        self.within = self.marked;
        Ok(())
    }
}

#[cfg(test)]
mod tests;
