//! Receivers that acknowledge whole messages later than they receive: a successor begins with a whole one, and none is lost.

use super::super::tests::{CAPACITY, lane_in, put, successor, text};
use super::tests::{Sent, anything, print, send};
use super::*;
use crate::channel::codec::envelope::Envelope;
use crate::channel::codec::part::Part;
use proptest::prelude::*;
use std::collections::HashMap;

/// What is sent, as it is printed, and where in that a successor may begin: where a message does, or anywhere in one that may be
/// too long to wait whole, with all its headers.
fn printed(all: &[Sent]) -> (Vec<u8>, Vec<usize>) {
    let (mut out, mut starts) = (Vec::new(), Vec::new());
    for sent in all {
        let messages = sent.messages();
        let length: usize = messages.iter().map(|message| message.bytes.len()).sum();
        let is_short = length as u64 <= CAPACITY / 4
            || messages.iter().all(|message| message.part == Part::Whole && message.bytes.len() as u64 <= CAPACITY / 4);
        for message in messages {
            if is_short && message.part.is_start() {
                starts.push(out.len());
            } else if !is_short {
                starts.extend(out.len()..=out.len() + message.bytes.len());
            }
            if message.kind == Kind::Lines {
                starts.extend(memchr::memchr_iter(b'\n', message.bytes).map(|at| out.len() + at + 1));
            }
            let (kind, part, unterminated) = (message.kind, message.part, message.unterminated);
            let envelope = Envelope { seq: 0, kind, sent: None, part, unterminated, follows_truncated: false };
            print(&envelope, message.bytes, &mut out);
        }
    }
    starts.push(out.len());
    (out, starts)
}

proptest! {
    /// As a pipe does it: what is taken, up to any byte, is less than what has been received by then.
    #[test]
    fn acknowledging_whole_messages_late_loses_none_and_tears_none(
        all in prop::collection::vec(anything(), 1..12),
        lives in prop::collection::vec((1..9_usize, prop::collection::vec(any::<u16>(), 9)), 1..30),
    ) {
        let (mut encoder, mut decoder, memory) = lane_in();
        let mut waiting = all.iter().flat_map(Sent::messages).peekable();
        let (expected, starts) = printed(&all);
        // Which byte of the output stands where in the lane; how much was printed; how much of that was taken.
        let (mut bytes_at, mut end, mut taken) = (HashMap::new(), 0, 0);
        for (count, takes) in lives {
            send(&mut encoder, &mut waiting);
            let mut positions = Vec::new();
            let mut now = None;
            for take in &takes[..count] {
                let Some(found) = decoder.next_in_place().unwrap() else { break };
                let (view, mut bytes) = (decoder.view(&found), Vec::new());
                view.copy_to(&mut bytes);
                let start = *bytes_at.entry(view.position()).or_insert(end);
                prop_assert!(start <= taken || now.is_some(), "a successor begins at {start}, and {taken} was taken");
                prop_assert!(now.is_some() || starts.contains(&start), "a successor begins inside a message, at {start}");
                prop_assert!(now.is_none_or(|now| now == start), "{now:?} {start}");
                positions.extend((0..=bytes.len()).map(|had| (start + had, view.reached(had))));
                bytes_at.extend((0..bytes.len()).map(|at| (view.position() + at as u64, start + at)));
                let mut out = Vec::new();
                print(&view.envelope, &bytes, &mut out);
                prop_assert!(expected[start..].starts_with(&out));
                now = Some(start + out.len());
                end = end.max(start + out.len());
                let (at, reached) = positions[usize::from(*take) % positions.len()];
                decoder.acknowledge_whole(reached).unwrap();
                taken = taken.max(at);
            }
            decoder = successor(&decoder, &memory);
        }
        while waiting.peek().is_some() || !decoder.is_empty().unwrap() {
            send(&mut encoder, &mut waiting);
            while let Some(found) = decoder.next_in_place().unwrap() {
                let view = decoder.view(&found);
                let start = *bytes_at.entry(view.position()).or_insert(end);
                prop_assert!(start <= end);
                let (mut bytes, mut out) = (Vec::new(), Vec::new());
                view.copy_to(&mut bytes);
                print(&view.envelope, &bytes, &mut out);
                prop_assert!(expected[start..].starts_with(&out));
                end = end.max(start + out.len());
            }
            decoder.acknowledge();
        }
        prop_assert_eq!(end, expected.len());
    }
}

#[test]
fn a_line_that_was_received_in_part_stays_whole_and_the_lines_before_it_are_done() {
    let (mut encoder, mut decoder, memory) = lane_in();
    put(&mut encoder, super::super::tests::lines(b"one\ntwo\nthree\n"));
    let found = decoder.next_in_place().unwrap().unwrap();
    let reached = decoder.view(&found).reached(6);
    decoder.acknowledge_whole(reached).unwrap();
    // Receiving went on, and nothing of it counts.
    put(&mut encoder, text(b"four", Part::Whole));
    decoder.next_in_place().unwrap().unwrap();
    let mut next = successor(&decoder, &memory);
    let found = next.next_in_place().unwrap().unwrap();
    let (mut rest, view) = (Vec::new(), next.view(&found));
    view.copy_to(&mut rest);
    assert_eq!((rest.as_slice(), view.envelope.part), (&b"two\nthree\n"[..], Part::Whole));
}

#[test]
fn a_message_in_parts_stays_until_all_of_it_is_received() {
    let (mut encoder, mut decoder, memory) = lane_in();
    for (index, bytes) in [b"first, ", b"second,", b"third. "].into_iter().enumerate() {
        put(&mut encoder, text(bytes, Part::of(index == 0, index == 2)));
    }
    decoder.next_in_place().unwrap().unwrap();
    let found = decoder.next_in_place().unwrap().unwrap();
    let reached = decoder.view(&found).reached(7);
    decoder.acknowledge_whole(reached).unwrap();
    let mut next = successor(&decoder, &memory);
    let found = next.next_in_place().unwrap().unwrap();
    assert_eq!(next.view(&found).envelope.part, Part::First);
}
