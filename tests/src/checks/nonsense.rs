//! Words in the segment that no sound program writes.

use crate::{Place, seal_words};
use shmchat::internals::fault::Mutant;
use shmchat::internals::layout::{Lane, LanePlace, MIN_CAPACITY, word};
use shmchat::internals::memory::Segment;
use std::sync::atomic::Ordering::Relaxed;

/// A reader that starts on a segment with nonsense in it ends with code 5, one line, and nothing printed; the command that the line names
/// helps.
pub fn nonsense_is_code_5(sabotage: Option<Mutant>) {
    let lane = LanePlace::in_segment(Lane::Messages, MIN_CAPACITY);
    let mut wrong = Vec::new();
    // Behind the writer's name: 8 bytes of header and one of name.
    let message = lane.data + 2 + seal_words();
    // What is written in the place of what stood there.
    type Write = fn(u64) -> u64;
    let writes: [(&str, usize, Write); 14] = [
        ("a tail far ahead", lane.tail, |_| 1 << 40),
        ("a tail that is not aligned", lane.tail, |_| 13),
        ("a head ahead of the tail", lane.head, |_| 1 << 30),
        ("a capacity that is not the segment's", word::CAPACITY, |_| 1 << 20),
        ("a state that is none", word::ROLES + word::STATE, |_| 77),
        ("a magic that says that it was never finished", word::MAGIC, |_| 0),
        ("a record of ones", message, |_| u64::MAX),
        ("a record of zeros", message, |_| 0),
        ("a record longer than any", message, |header| header | 0xffff_ffff),
        ("a record longer than what was sent", message, |header| header + 64),
        ("a record of another position", message, |header| header ^ 1 << 48),
        ("a record with unknown flags", message, |header| header | 0x80 << 40),
        ("a record too short for its clock", message, |header| header & !0xffff_ffff | 4),
        ("a piece of nothing with more to come", message, |header| header & !0xffff_ffff | 8 | 1 << 40),
    ];
    for (what, index, write) in writes {
        let place = Place::with(sabotage);
        place.writer().args("--capacity 64KiB --name w").input("hello\n").finish().assert_well();
        let segment = Segment::attach(&place.segments()[0]).expect("a segment");
        let word = &segment.as_ref()[index];
        word.store(write(word.load(Relaxed)), Relaxed);
        // Who has it attached uses it.
        drop(segment);
        let reader = place.reader().finish();
        let one_line = reader.stderr.lines().count() == 1 && reader.stderr.contains("--clean --force lobby");
        if (reader.code, one_line, reader.stdout.as_slice()) != (Some(5), true, b"") {
            wrong.push(format!("{what}: {reader:?}"));
        }
        // The way out that the line names.
        let cleaned = place.reader().args("--clean --force lobby").finish();
        if cleaned.code != Some(0) || !place.segments().is_empty() {
            wrong.push(format!("cleaning {what}: {cleaned:?}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
