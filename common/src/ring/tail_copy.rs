//! The newest record once more, beside the tail: a message that travels in one cache line.
//!
//! ```text
//! the line of the tail (64 bytes, the producer's):
//! │ tail │ header │ payload: up to 48 bytes              │
//!    ▲       └── 0: nothing is here
//!    └────────── stored last, as ever
//! ```
//!
//! A receiver that waits for one short message would have to fetch two cache lines from the other processor, one after the
//! other: that of the tail, then that of the record. So a producer that publishes a single record of at most [`MOST`] bytes
//! writes it here too. The ring stays the truth: it is written as always, and whoever finds more than one record, or nothing
//! sound here, reads the ring.
//!
//! | the producer | the consumer |
//! | --- | --- |
//! | header = 0; fence(Release) | tail, then header, by Acquire |
//! | payload; header, by Release | payload; fence(Acquire) |
//! | tail, by Release (A) | header and tail again: both as before, or nothing was read |
//!
//! The header's check comes from the record's position, and positions grow for ever. A header that was there before and after
//! the payload was copied belongs to that payload. It belongs to the record at the consumer's position if the tail, also the
//! same before and after, is where that record ends: a header that is ahead of the tail is of the record that begins there,
//! and one behind it was taken back by whoever moved the tail without a copy. A broken peer can put other bytes here than in
//! the ring; they are checked as if they came from the ring.
//!
//! Half a round trip of 8 B takes a line less with this: see `docs/BENCHMARKS.md`.
//!
//! # Crash behaviour
//! A producer that dies before it stores the tail leaves a copy of a record that nobody sees yet, or a header of 0. Its
//! successor takes back the copy with whatever it publishes first.

use super::record::{Kind, RecordHeader, UncheckedHeader};
use super::{Buffer, copy, max_record};
use crate::fault::{Mutant, Point, point, sabotaged};
use crate::layout::{LanePlace, TAIL_COPY_WORDS};
use crate::sync::{AtomicU64, Ordering, fence};

/// The longest record that is copied, in bytes, with its header.
pub(super) const MOST: u64 = 8 * TAIL_COPY_WORDS as u64;

/// In place of a header: nothing is here.
const NOTHING: u64 = 0;

/// Takes back what is there. The caller stores the tail next.
#[inline]
pub(super) fn clear(memory: &[AtomicU64], place: &LanePlace) {
    memory[place.tail_copy].store(NOTHING, Ordering::Relaxed);
}

/// Copies a record here, whose words stand in the ring. The caller stores the tail next.
#[inline]
pub(super) fn store(memory: &[AtomicU64], place: &LanePlace, record: &[AtomicU64]) {
    let [header, payload @ ..] = record else { return };
    let copy = &memory[place.tail_copy..place.tail_copy + TAIL_COPY_WORDS];
    let marked_first = sabotaged(Mutant::CopyMarkedFirst);
    let mark = |header: u64| copy[0].store(header, Ordering::Release);
    copy[0].store(NOTHING, Ordering::Relaxed);
    // Release: whoever finds a word of the new payload finds that the old header is gone.
    fence(Ordering::Release);
    if marked_first {
        mark(header.load(Ordering::Relaxed));
    }
    for (to, from) in copy[1..].iter().zip(payload) {
        to.store(from.load(Ordering::Relaxed), Ordering::Relaxed);
    }
    if !marked_first {
        mark(header.load(Ordering::Relaxed));
    }
    point(Point::TailCopied);
}

/// Appends the payload of the record at `position` to `out`, if it is the only one before `tail` and stands here.
#[inline]
pub(super) fn load(
    memory: &[AtomicU64],
    place: &LanePlace,
    position: u64,
    tail: u64,
    out: &mut Buffer,
) -> Option<RecordHeader> {
    let copy = &memory[place.tail_copy..place.tail_copy + TAIL_COPY_WORDS];
    let word = copy[0].load(Ordering::Acquire);
    let there = tail - position;
    let header = UncheckedHeader(word).check(position, place.contiguous(position), there, max_record(place.capacity));
    let header = header.ok().filter(|header| header.record_bytes() == there && header.kind != Kind::Padding)?;
    let (before, length) = (out.len(), header.payload_bytes() as usize);
    copy::load(&copy[1..1 + length.div_ceil(8)], length, out);
    // Acquire: if a word of a later payload was copied, the header is not the same any more.
    fence(Ordering::Acquire);
    let is_same = copy[0].load(Ordering::Relaxed) == word && memory[place.tail].load(Ordering::Relaxed) == tail;
    if !is_same && !sabotaged(Mutant::TrustTailCopy) {
        out.truncate(before);
        return None;
    }
    Some(header)
}
