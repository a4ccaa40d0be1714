//! What a hostile peer writes into a lane: single words anywhere, indices, headers with the right check and wrong
//! fields, and whole records. Random bytes alone would never pass the 16-bit check of a record's header.

use crate::script::Script;
use shmchat::internals::layout::LanePlace;
use shmchat::internals::ring::max_record;
use shmchat::internals::ring::record::{Flags, Kind, LINE_FEED, RecordHeader};
use shmchat::internals::sync::{AtomicU64, Ordering::Relaxed};

/// Every kind of record.
const KINDS: [Kind; 6] = [Kind::Bytes, Kind::Text, Kind::Lines, Kind::Padding, Kind::Name, Kind::Action];

/// One act of a hostile peer on the lane at `place` of `words`; none at the script's end.
pub(crate) fn act(script: &mut Script<'_>, words: &[AtomicU64], place: &LanePlace) -> Option<()> {
    match script.byte()? % 8 {
        0 => write_word(script, words),
        1 => move_index(script, words, place),
        2 => write_header(script, words, place),
        3 => fill(script, words, place),
        // A lane that holds something is where the deeper states are.
        _ => forge(script, words, place),
    }
}

/// Changes any word.
pub(crate) fn write_word(script: &mut Script<'_>, words: &[AtomicU64]) -> Option<()> {
    let word = &words[script.below(words.len())?];
    let old = word.load(Relaxed);
    let new = match script.byte()? % 6 {
        0 => script.word()?,
        1 => u64::from(script.byte()?),
        2 => old ^ 1 << (script.byte()? % 64),
        3 => old.wrapping_add(script.distance()?),
        4 => words[script.below(words.len())?].load(Relaxed),
        _ => 0,
    };
    word.store(new, Relaxed);
    Some(())
}

/// Sets an index, or the mark, at some distance from an index.
fn move_index(script: &mut Script<'_>, words: &[AtomicU64], place: &LanePlace) -> Option<()> {
    let target = script.one_of(&[place.tail, place.head, place.mark])?;
    let base = words[script.one_of(&[place.tail, place.head])?].load(Relaxed);
    words[target].store(base.wrapping_add(script.distance()?), Relaxed);
    Some(())
}

fn header(script: &mut Script<'_>, place: &LanePlace) -> Option<RecordHeader> {
    let kind = script.one_of(&KINDS)?;
    let bits = script.byte()?;
    let flags = [Flags::MORE, Flags::CONTINUES, Flags::UNTERMINATED, Flags::STAMPED];
    let flags = flags.iter().enumerate().fold(Flags::NONE, |set, (bit, flag)| set.with(*flag, bits >> bit & 1 == 1));
    // Mostly lengths that a record may have, now and then one that none has.
    let length = match bits >> 4 {
        0 => script.word()? as u32,
        1..4 => u32::from(script.short()?) % (max_record(place.capacity) as u32 + 16),
        _ => u32::from(script.byte()?) % (max_record(place.capacity) as u32 - 7),
    };
    Some(RecordHeader { length, kind, flags })
}

fn at(place: &LanePlace, position: u64) -> usize {
    place.data + ((position & (place.capacity - 1)) / 8) as usize
}

/// Writes a header whose check is right near one of the indices.
fn write_header(script: &mut Script<'_>, words: &[AtomicU64], place: &LanePlace) -> Option<()> {
    let base = words[script.one_of(&[place.tail, place.head])?].load(Relaxed);
    let position = base.wrapping_add(script.distance()?);
    let header = header(script, place)?;
    words[at(place, position)].store(header.encode(position), Relaxed);
    Some(())
}

/// Fills the lane with one word.
fn fill(script: &mut Script<'_>, words: &[AtomicU64], place: &LanePlace) -> Option<()> {
    let word = script.one_of(&[0, u64::MAX, u64::from_ne_bytes([LINE_FEED; 8]), u64::from_ne_bytes(*b"line of\n")])?;
    for cell in &words[place.data..place.words_needed()] {
        cell.store(word, Relaxed);
    }
    Some(())
}

/// Writes a whole record at the tail, and moves the tail past it.
fn forge(script: &mut Script<'_>, words: &[AtomicU64], place: &LanePlace) -> Option<()> {
    let tail = words[place.tail].load(Relaxed);
    let mut header = header(script, place)?;
    if header.kind == Kind::Padding {
        // To the ring's end, as a sound producer pads.
        header.length = (place.capacity - (tail & (place.capacity - 1) & !7) - 8) as u32;
        header.flags = Flags::NONE;
    }
    if header.kind == Kind::Name {
        header.length %= 65;
        header.flags = Flags::NONE;
    }
    words[at(place, tail)].store(header.encode(tail), Relaxed);
    let length = u64::from(header.length).min(place.capacity);
    let last = (header.kind == Kind::Lines).then_some(LINE_FEED);
    let payload = script.payload(length as usize, last)?;
    for (index, chunk) in payload.chunks(8).enumerate() {
        let mut word = [0; 8];
        word[..chunk.len()].copy_from_slice(chunk);
        words[at(place, tail.wrapping_add(8 + 8 * index as u64))].store(u64::from_ne_bytes(word), Relaxed);
    }
    words[place.tail].store(tail.wrapping_add(header.record_bytes()), Relaxed);
    Some(())
}
