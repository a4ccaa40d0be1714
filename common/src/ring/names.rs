//! Who sent what lies at the head of a lane.
//!
//! A sender writes its name into the lane, as a record before its first message ([`Kind::Name`]). Once the consumer gives
//! back that record, the name would be gone while the messages after it still wait. So the consumer first keeps it in the
//! header, for its successor:
//!
//! ```text
//! slot 0: holds from 4,096   "bob"           ◄── the one that holds at head
//! slot 1: holds from 9,000   "carol"         ◄── kept, and head not moved there yet
//!
//!               head
//! ──────────────▼───────────────────────────────
//!   … bob's │ bob's │ name "carol" │ carol's │ …
//! ```
//!
//! The name that holds at `head` is in the slot with the largest start that is not past `head`. A new name goes into the
//! other slot, then `head` moves. In fresh memory both slots say that from 0 on nobody has a name.
//!
//! # Crash behaviour
//! A consumer that dies while it writes a slot leaves a start past every head there, and one that dies before it moves `head`
//! leaves a start past `head`: either way the other slot still holds. Its successor writes over the slot.

use super::{Consumer, Memory};
use crate::fault::{Mutant, Point, point, sabotaged};
use crate::layout::{LanePlace, NAME_BYTES, NAME_SLOT_WORDS, NAME_SLOTS, WORD, Words};
use crate::ring::record::Kind;
use crate::sync::{AtomicU64, Ordering, fence};

/// The start of a slot that is being written: past every head.
const UNFINISHED: u64 = u64::MAX;

/// Where in a slot its words are.
const START: usize = 0;
const LENGTH: usize = 1;
const NAME: usize = 2;

fn slot(place: &LanePlace, index: usize) -> usize {
    place.names + index * NAME_SLOT_WORDS
}

/// The slot that holds at `head`. What a broken peer wrote there gives another slot, and no more.
fn holding(words: &impl Words, place: &LanePlace, head: u64) -> usize {
    let start = |index: usize| words.word(slot(place, index) + START);
    (0..NAME_SLOTS).filter(|&index| start(index) <= head).max_by_key(|&index| start(index)).unwrap_or_default()
}

/// Forgets names that hold only after a tail that a power cut has moved back.
pub(super) fn fit(memory: &[AtomicU64], place: &LanePlace, tail: u64) {
    for index in 0..NAME_SLOTS {
        let start = &memory[slot(place, index) + START];
        if start.load(Ordering::Relaxed) > tail {
            start.store(UNFINISHED, Ordering::Relaxed);
        }
    }
}

impl<M: Memory> Consumer<M> {
    /// The name that holds at `head`, as bytes that nobody has checked; empty for none.
    pub fn kept_name(&self) -> Vec<u8> {
        let words = self.memory();
        let at = slot(self.place(), holding(&words, self.place(), self.released()));
        let length = words.word(at + LENGTH).min(NAME_BYTES as u64) as usize;
        let mut name: Vec<u8> =
            (0..NAME_BYTES / WORD).flat_map(|word| words.word(at + NAME + word).to_ne_bytes()).collect();
        name.truncate(length);
        name
    }

    /// Keeps the last name between `from` and `until`, which are positions of records that were taken and not given back,
    /// for whoever starts with `head` at `until` or after it. Does nothing if there is none. The caller gives back
    /// everything before `until` next.
    pub fn keep_name(&mut self, from: u64, until: u64) {
        let (mut position, mut last) = (from, None);
        while position < until {
            // These headers were checked when the records were taken. A peer that has broken one since loses its name.
            let Ok(header) = self.header(position) else { break };
            let start = position + header.record_bytes();
            if header.kind == Kind::Name {
                last = Some((position + 8, header.payload_bytes(), start));
            }
            position = start;
        }
        let Some((payload, bytes, start)) = last.filter(|_| !sabotaged(Mutant::ForgetName)) else { return };
        let words = self.memory().as_ref();
        let holding = holding(&words, self.place(), self.released());
        let at = slot(self.place(), if sabotaged(Mutant::OneNameSlot) { holding } else { 1 - holding });
        words[at + START].store(UNFINISHED, Ordering::Relaxed);
        // Release: whoever finds a word of the new name finds that the slot is unfinished.
        fence(Ordering::Release);
        point(Point::NameBegun);
        let length = bytes.min(NAME_BYTES as u64) as usize;
        words[at + LENGTH].store(length as u64, Ordering::Relaxed);
        for (word, from) in self.words(payload, length).iter().enumerate() {
            words[at + NAME + word].store(from.load(Ordering::Relaxed), Ordering::Relaxed);
        }
        words[at + START].store(start, Ordering::Release);
        point(Point::NameKept);
    }
}
