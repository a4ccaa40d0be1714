//! What a lane is worth after a power cut, or after any other end of the system.
//!
//! ```text
//!        head                    found              head + capacity
//! ───────▼───────────────────────▼───────────────────▼───
//!        │ sealed │ sealed │ sealed │ no seal, or a wrong one …
//!        ◄─── what is delivered ───►◄──── becomes zero ────►
//! ```
//!
//! A page of 4,096 bytes reaches the disk whole or not at all: so much is relied on, and no order among pages. The header's
//! page may be older or newer than those of the records. So `tail` is not believed: whatever is sealed from
//! `head` on was published, or was just being published, up to the first record that is not whole. In a synced lane the
//! durable head may be past `head`, and then counts. If the header's page is older than the ring's, its `head` is that of
//! records that are written over, and nothing is found. That cannot happen in a synced lane.
//!
//! Behind the end that was found, whole records may stand that were published later than the lost one. Everything there
//! becomes zero, and is brought to the disk as zero before anybody sends: otherwise a message that happens to end where one
//! of those begins would bring it back to life at the next power cut.

use super::record::Kind;
use super::{Backlog, Corrupt, FAR_FUTURE, ForeignIndex, Memory, backlog, checkpoint, names, seal};
use crate::fault::{Mutant, Point, point, sabotaged};
use crate::layout::{Durability, END_IS_DUE, LanePlace, Words};
use crate::sync::Ordering::Relaxed;

/// What was found in a lane.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Found {
    /// Where the first record that waits is.
    pub head: u64,
    /// Where the last whole one ends.
    pub tail: u64,
    /// Bytes that the lane had after that, as far as its header tells.
    pub dropped: u64,
}

fn is_index(word: u64) -> bool {
    word.is_multiple_of(8) && word < FAR_FUTURE
}

/// Looks at a lane that nobody has used in this boot. Changes nothing.
pub fn look(words: &impl Words, place: &LanePlace) -> Result<Found, Corrupt> {
    let (tail, head) = (words.word(place.tail), words.word(place.head));
    if !is_index(head) || !is_index(tail) {
        return Err(Corrupt::Indices { tail, head, capacity: place.capacity });
    }
    let durable = Some(words.word(place.durable_head)).filter(|&durable| {
        place.durability == Durability::Synced
            && ForeignIndex(durable).between(head, head + place.capacity).is_some()
            && is_index(durable)
    });
    let head = durable.unwrap_or(head);
    let mut found = head;
    for (position, header) in seal::sealed(words, place, head, head + place.capacity) {
        // A name is of no use without the message after it.
        if header.kind != Kind::Name {
            found = position + header.record_bytes();
        }
    }
    if sabotaged(Mutant::BelieveTail) {
        found = tail;
    }
    Ok(Found { head, tail: found, dropped: tail.saturating_sub(found) })
}

/// What waits in such a lane.
pub fn backlog(words: &impl Words, place: &LanePlace) -> Result<Backlog, Corrupt> {
    let found = look(words, place)?;
    backlog::count(words, place, found.head, found.tail)
}

/// Makes a lane sound again that nobody has used in this boot, and says what was found. The caller holds the channel's
/// `lock`, and brings all of it to the disk before anybody sends.
///
/// # Crash behaviour
/// A start that dies in between leaves a lane in which the next one finds the same, except for what was dropped: that is 0
/// once `tail` is stored.
pub fn recover<M: Memory>(memory: &M, place: &LanePlace, dropped: impl FnOnce(u64)) -> Result<Found, Corrupt> {
    let found = look(memory, place)?;
    let words = memory.as_ref();
    dropped(found.dropped);
    if !sabotaged(Mutant::KeepStaleRecords) {
        clear(memory, place, found.tail, found.head + place.capacity);
    }
    point(Point::LaneCleared);
    names::fit(words, place, found.tail);
    checkpoint::fit(words, place, found.tail);
    if memory.word(place.mark) & !END_IS_DUE > found.tail {
        words[place.mark].store(0, Relaxed);
    }
    for flag in [place.tail_copy, place.consumer_parked, place.producer_parked] {
        words[flag].store(0, Relaxed);
    }
    words[place.durable_head].store(found.head, Relaxed);
    words[place.head].store(found.head, Relaxed);
    words[place.tail].store(found.tail, Relaxed);
    point(Point::LaneRecovered);
    Ok(found)
}

/// Fills these positions with zeros. What is zero already stays untouched, so that no page is written without need.
fn clear<M: Memory>(memory: &M, place: &LanePlace, from: u64, until: u64) {
    for position in (from..until).step_by(8) {
        let word = &memory.as_ref()[place.word_at(position)];
        if word.load(Relaxed) != 0 {
            word.store(0, Relaxed);
        }
    }
}

#[cfg(all(test, not(loom)))]
mod tests;
