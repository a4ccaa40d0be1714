//! What waits in a lane, counted by somebody who takes nothing and stores nothing.
//!
//! It walks the records from `head` to `tail` with the consumer's checks. Each takes 8 bytes at least, so a walk ends, whatever
//! stands there.

#![forbid(unsafe_code)]

use super::consumer::header_at;
use super::record::{Flags, Header, Kind, LINE_FEED};
use super::{Corrupt, checked_indices};
use crate::layout::{LanePlace, Words};
use crate::sync::{Ordering::Acquire, fence};

/// How often a lane is counted again whose consumer moved on meanwhile.
const LOOKS: usize = 8;

/// What waits in a lane.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// Messages that begin there: of one that its receiver has begun to take only the rest may be there.
    pub messages: u64,
    /// Their bytes, without headers and clock readings.
    pub bytes: u64,
    /// When the oldest of them was said, in nanoseconds since the epoch; none where it does not carry that.
    pub oldest: Option<u64>,
}

impl Tally {
    /// Whether nothing waits.
    pub fn is_empty(&self) -> bool {
        self.messages == 0 && self.bytes == 0
    }
}

/// Counts what waits in a lane that others may be using. None where its consumer is so busy that no count holds.
///
/// What the producer writes goes behind `tail`, and it may write over a record only when `head` has moved past it. So a
/// count during which `head` stood still is one of whole records, and only such a one is believed, also where it finds
/// nonsense.
pub fn look(words: &impl Words, place: &LanePlace) -> Result<Option<Tally>, Corrupt> {
    for _ in 0..LOOKS {
        let head = words.word(place.head);
        fence(Acquire);
        // (A') pairs with the producer's (A): the records before this tail are whole.
        let tail = words.word(place.tail);
        fence(Acquire);
        let counted = checked_indices(tail, head, place.capacity);
        let counted = counted.and_then(|(tail, head)| tally(words, place, head, tail));
        // The words of the count come before this look at `head`.
        fence(Acquire);
        if words.word(place.head) == head {
            return counted.map(Some);
        }
    }
    Ok(None)
}

/// Counts the records from `head` to `tail`, both checked.
pub(super) fn tally(words: &impl Words, place: &LanePlace, head: u64, tail: u64) -> Result<Tally, Corrupt> {
    let mark = words.word(place.mark);
    let (mut tally, mut position, mut is_first) = (Tally::default(), head, true);
    let mut lines = Vec::new();
    while position != tail {
        let header = header_at(words, place, position, tail)?;
        if header.kind != Kind::Padding {
            let at = place.data + ((position & (place.capacity - 1)) / 8) as usize + 1;
            let stamped = header.flags.has(Flags::STAMPED);
            if is_first && stamped {
                tally.oldest = Some(words.word(at));
            }
            is_first = false;
            let stamp = if stamped { 8 } else { 0 };
            // What the consumer has taken of it already, if it has several messages.
            let taken = mark.checked_sub(position + 8).filter(|&taken| taken < header.payload_bytes());
            let taken = taken.unwrap_or_default();
            let (messages, bytes) = match (header.kind, header.pack()) {
                (Kind::Lines, _) => {
                    load(words, at, &header, &mut lines);
                    let rest = &lines[stamp.max(taken) as usize..];
                    (memchr::memchr_iter(LINE_FEED, rest).count() as u64, rest.len() as u64)
                }
                (_, Some(pack)) => {
                    let left = pack.count() as u64 - taken / pack.stride() as u64;
                    (left, left * u64::from(pack.message_bytes))
                }
                _ => (u64::from(!header.flags.has(Flags::CONTINUES)), header.payload_bytes() - stamp),
            };
            tally.messages += messages;
            tally.bytes += bytes;
        }
        position += header.record_bytes();
    }
    Ok(tally)
}

/// A private copy of a record's payload.
fn load(words: &impl Words, at: usize, header: &Header, out: &mut Vec<u8>) {
    let length = header.payload_bytes() as usize;
    out.clear();
    out.extend((at..at + length.div_ceil(8)).flat_map(|index| words.word(index).to_ne_bytes()));
    out.truncate(length);
}
