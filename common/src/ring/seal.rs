//! The seal of a record: a checksum, by which a start after a power cut tells what reached the disk from what did not.
//!
//! ```text
//! │ header │ payload, padded to 8 │ seal │ header │ …
//! ```
//!
//! A power cut leaves each page of a file as it was at some instant since the last `fdatasync`, each at another one. So in
//! front of a record's end may stand its own bytes, those of the round of the ring before, or a batch that was begun and
//! taken back. The seal is a CRC-32 of the record's position, the padding before it, its header and its payload. It stands
//! behind the payload and is not counted in `length`, so whoever reads records computes as ever, and only
//! [`RecordHeader::record_bytes`] knows of it. It is no defence: whoever may write to the memory can make one.
//!
//! Records are sealed when they are published, and not before. So what was written and then taken back was never sealed,
//! and no power cut brings it to light. One position is sealed once only, as published records never change. Between
//! sealing and publishing a sender can be killed; its successor breaks those seals (`break_from`) before it writes, and
//! brings that to the disk before it seals.
//!
//! Padding has no room for a seal: there may be 8 bytes. Instead, the first record behind it includes its length. So a
//! stale padding is never believed by itself. It only leads to the beginning of the ring, where a record must stand that
//! says the same; one that came behind other records, of which the last page is lost, says otherwise. That length also
//! stands beside the checksum, in the upper half of the word: a receiver gives padding back before the record behind it, so
//! that record may be the first that is looked at.
//!
//! In ordinary running nobody checks a seal: processes that die leave the memory as it is.
//!
//! CRC-32 and not a longer hash, because one wrong record is offered per lane and power cut, not one per message: it is
//! taken for a right one in 1 of 4 billion. `crc32fast` does 64 bytes at a time with the processor's carry-less
//! multiplication, and depends on nothing but `cfg-if`.

use super::consumer::header_at;
use super::record::{Flags, Kind, RecordHeader};
use crate::fault::{Mutant, Point, point, sabotaged};
use crate::layout::{LanePlace, Words};
use crate::sync::{AtomicU64, Ordering};

/// Words that are hashed at a time.
const PIECE: usize = 64;

/// The seal of the record at `position` that has this header, behind so many bytes of padding: the checksum, and the padding
/// in the upper half.
fn seal_of(words: &impl Words, place: &LanePlace, position: u64, padding: u64, header: &RecordHeader) -> u64 {
    let mut crc = crc32fast::Hasher::new();
    let first = if sabotaged(Mutant::SealAnywhere) { 0 } else { position };
    let padding = if sabotaged(Mutant::AnyPadding) { 0 } else { padding };
    let head = [first, padding, header.encode(position)];
    let mut at = place.word_at(position) + 1;
    let end = at + header.payload_bytes().div_ceil(8) as usize;
    let mut piece = [[0; 8]; PIECE];
    // The head and a short payload are one piece: each call takes longer than what it does for a few bytes.
    let mut filled = head.len();
    for (bytes, word) in piece.iter_mut().zip(head) {
        *bytes = word.to_ne_bytes();
    }
    loop {
        let count = (PIECE - filled).min(end - at);
        for (index, bytes) in piece[filled..filled + count].iter_mut().enumerate() {
            *bytes = words.word(at + index).to_ne_bytes();
        }
        crc.update(piece[..filled + count].as_flattened());
        at += count;
        if at == end {
            return u64::from(crc.finalize()) | padding << 32;
        }
        filled = 0;
    }
}

/// Where the seal of the record at `position` is.
fn place_of(place: &LanePlace, position: u64, header: &RecordHeader) -> usize {
    place.word_at(position + header.record_bytes() - 8)
}

/// Seals the records from `published` to `tail`, which are the caller's and not shown yet.
///
/// Their headers are read back, because a batch may have many. A peer that writes over them breaks the lane that it reads.
pub(super) fn seal(memory: &[AtomicU64], place: &LanePlace, published: u64, tail: u64) {
    let (mut position, mut padding) = (published, 0);
    while position != tail {
        let Ok(header) = header_at(&memory, place, position, tail) else { return };
        if header.flags.has(Flags::SEALED) {
            let seal = seal_of(&memory, place, position, padding, &header);
            memory[place_of(place, position, &header)].store(seal, Ordering::Relaxed);
        }
        padding = if header.kind == Kind::Padding { header.record_bytes() } else { 0 };
        position += header.record_bytes();
    }
}

/// The sealed records from `from` on, one after another, up to `end`: position and header of each.
pub(super) fn sealed<'a>(
    words: &'a impl Words,
    place: &'a LanePlace,
    from: u64,
    end: u64,
) -> impl Iterator<Item = (u64, RecordHeader)> + 'a {
    let (mut position, mut padding) = (from, 0);
    std::iter::from_fn(move || {
        while position != end {
            let at = position;
            let header = header_at(words, place, at, end).ok()?;
            position += header.record_bytes();
            if header.kind == Kind::Padding {
                padding = header.record_bytes();
                continue;
            }
            if !header.flags.has(Flags::SEALED) {
                return None;
            }
            let seal = words.word(place_of(place, at, &header));
            // Where the first one begins is known. What stood before it may be written over.
            let is_first = at == from && !sabotaged(Mutant::BehindPadding);
            let before = if is_first { seal >> 32 } else { padding };
            padding = 0;
            let is_whole = seal == seal_of(words, place, at, before, &header) || sabotaged(Mutant::AnySeal);
            return is_whole.then_some((at, header));
        }
        None
    })
}

/// Breaks the seals that a producer left behind the `tail` when it died before it showed the records, the last one first.
///
/// # Crash behaviour
/// Death in between leaves the first ones sealed, up to one that is broken. The next producer finds those from `tail` on. If the
/// first were broken first, it would find nothing, and its own records could come to end where the others begin.
pub(super) fn break_from(memory: &[AtomicU64], place: &LanePlace, tail: u64) {
    // A producer has no more room than this, wherever `head` is.
    let mut left: Vec<u64> =
        sealed(&memory, place, tail, tail + place.capacity).map(|(position, _)| position).collect();
    if !sabotaged(Mutant::BreakFromFront) {
        left.reverse();
    }
    for position in left {
        memory[place.word_at(position)].store(0, Ordering::Relaxed);
        point(Point::SealBroken);
    }
}
