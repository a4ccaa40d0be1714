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
use crate::channel::codec::reached::Reached;
use crate::channel::error::Corruption;
use crate::ring::Memory;
use crate::ring::record::{Flags, Kind};

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
            self.consumer.set_mark(reached.to_mark());
        }
        self.within = self.marked;
        Ok(())
    }
}

#[cfg(test)]
mod tests;
