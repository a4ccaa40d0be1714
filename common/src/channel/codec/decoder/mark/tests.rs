//! Receivers that stop anywhere, one after the other: together they print exactly what was sent.

use super::super::tests::{CAPACITY, Heap, lane_in, lines, put, successor, text};
use super::super::{Envelope, Part};
use super::*;
use crate::channel::codec::encoder::{Encoder, record_limit};
use crate::channel::codec::outgoing::Outgoing;
use crate::layout::{END_IS_DUE, LanePlace};
use crate::sync::Ordering::Relaxed;
use proptest::prelude::*;

/// What is sent as one.
#[derive(Clone, Debug)]
pub(super) enum Sent {
    /// A text, of one record or several.
    Text { bytes: Vec<u8>, unterminated: bool },
    /// A block of lines.
    Lines(Vec<u8>),
    /// Messages of bytes, all of one length.
    Pack { bytes: Vec<u8>, count: usize },
    /// One message in parts.
    Parts(Vec<Vec<u8>>),
}

impl Sent {
    pub(super) fn messages(&self) -> Vec<Outgoing<'_>> {
        match self {
            Sent::Text { bytes, unterminated } => {
                vec![Outgoing { unterminated: *unterminated, ..text(bytes, Part::Whole) }]
            }
            Sent::Lines(block) => vec![lines(block)],
            Sent::Pack { bytes, count } => vec![bytes.into(); *count],
            Sent::Parts(parts) => {
                let part = |index| Part::of(index == 0, index + 1 == parts.len());
                parts.iter().enumerate().map(|(index, bytes)| text(bytes, part(index))).collect()
            }
        }
    }
}

pub(super) fn anything() -> impl Strategy<Value = Sent> {
    let bytes = |most: usize| prop::collection::vec(any::<u8>(), 0..most);
    let some = |most: usize| prop::collection::vec(any::<u8>(), 1..most);
    let line = prop::collection::vec(b'a'..=b'z', 0..20).prop_map(|mut line| {
        line.push(b'\n');
        line
    });
    prop_oneof![
        (bytes(430), prop::bool::weighted(0.2)).prop_map(|(bytes, unterminated)| Sent::Text { bytes, unterminated }),
        prop::collection::vec(line, 1..8).prop_map(|lines| Sent::Lines(lines.concat())),
        (prop::sample::select(vec![1, 8, 13, 64]), 1..12_usize).prop_map(|(length, count)| Sent::Pack {
            bytes: (0..length).map(|byte| byte as u8 + b'a').collect(),
            count
        }),
        prop::collection::vec(some(record_limit(CAPACITY) - 8), 2..7).prop_map(Sent::Parts),
    ]
}

/// Prints a message, or a part of one.
pub(super) fn print(envelope: &Envelope, bytes: &[u8], out: &mut Vec<u8>) {
    out.extend_from_slice(bytes);
    if envelope.part.is_end() && !envelope.unterminated && envelope.kind != Kind::Lines {
        out.push(b'\n');
    }
}

/// How a receiver works, and where it stops.
#[derive(Clone, Copy, Debug)]
struct Life {
    how: u8,
    /// So many messages.
    count: usize,
    /// Of the last of them so many bytes, where that is told.
    bytes: usize,
}

/// What this receiver prints, all of which it acknowledges.
fn receive(decoder: &mut Decoder<Heap>, life: Life) -> Vec<u8> {
    let mut out = Vec::new();
    decoder.set_message_limit(if life.how.is_multiple_of(2) { 0 } else { usize::MAX });
    for index in 0..life.count {
        match life.how {
            0 | 1 => {
                let Some(envelope) = decoder.next_message().unwrap() else { break };
                print(&envelope, decoder.bytes(), &mut out);
                decoder.acknowledge();
            }
            2 | 3 => {
                let Some(envelope) = decoder.next_block().unwrap() else { break };
                print(&envelope, decoder.bytes(), &mut out);
            }
            _ => {
                let Some(found) = decoder.next_in_place().unwrap() else { break };
                let (view, mut bytes) = (decoder.view(&found), Vec::new());
                view.copy_to(&mut bytes);
                if index + 1 < life.count {
                    print(&view.envelope, &bytes, &mut out);
                    continue;
                }
                let had = life.bytes % (view.len() + 1);
                out.extend_from_slice(&bytes[..had]);
                let reached = view.reached(had);
                decoder.acknowledge_until(reached).unwrap();
                return out;
            }
        }
    }
    decoder.acknowledge();
    out
}

pub(super) fn send<'a>(
    encoder: &mut Encoder<Heap>,
    waiting: &mut std::iter::Peekable<impl Iterator<Item = Outgoing<'a>>>,
) {
    while waiting.next_if(|message| encoder.put(message).unwrap().is_some()).is_some() {}
    encoder.publish();
}

proptest! {
    #[test]
    fn who_stops_anywhere_and_who_goes_on_print_together_what_was_sent(
        all in prop::collection::vec(anything(), 1..12),
        lives in prop::collection::vec((4..6_u8, 1..6_usize, any::<u16>(), any::<bool>()), 1..40),
        others in prop::collection::vec(0..4_u8, 1..8),
    ) {
        let (mut encoder, mut decoder, memory) = lane_in();
        let mut waiting = all.iter().flat_map(Sent::messages).peekable();
        let mut expected = Vec::new();
        for message in all.iter().flat_map(Sent::messages) {
            let Outgoing { kind, part, unterminated, bytes, .. } = message;
            print(&Envelope { seq: 0, kind, sent: None, part, unterminated, follows_truncated: false }, bytes, &mut expected);
        }
        let (mut out, mut others) = (Vec::new(), others.into_iter().cycle());
        for (how, count, bytes, killed) in lives {
            send(&mut encoder, &mut waiting);
            if killed {
                // One that prints and acknowledges nothing leaves all as it was.
                decoder.next_in_place().unwrap();
            } else {
                out.extend(receive(&mut decoder, Life { how, count, bytes: bytes.into() }));
                prop_assert!(expected.starts_with(&out), "{:?}", out.escape_ascii().to_string());
                // Who quits acknowledges once more.
                decoder.acknowledge();
            }
            decoder = successor(&decoder, &memory);
            if bytes % 4 == 0 {
                // A message may be longer than what is there: one that is put together is not received yet.
                let how = others.next().unwrap() & 2;
                out.extend(receive(&mut decoder, Life { how, count: 1, bytes: 0 }));
                decoder = successor(&decoder, &memory);
            }
        }
        let how = others.next().unwrap();
        while waiting.peek().is_some() || !decoder.is_empty().unwrap() {
            send(&mut encoder, &mut waiting);
            out.extend(receive(&mut decoder, Life { how, count: 100, bytes: 0 }));
        }
        prop_assert_eq!(out, expected);
    }

    #[test]
    fn whatever_the_mark_says_what_is_handed_over_is_an_end_of_what_was_sent(
        all in prop::collection::vec(anything(), 1..3),
        mark in prop_oneof![0..600_u64, any::<u64>(), (0..600_u64).prop_map(|mark| mark | END_IS_DUE)],
        how in 0..5_u8,
    ) {
        let (mut encoder, decoder, memory) = lane_in();
        let mut sent = Vec::new();
        for message in all.iter().flat_map(Sent::messages) {
            if encoder.put(&message).unwrap().is_none() {
                break;
            }
            sent.extend_from_slice(message.bytes);
        }
        encoder.publish();
        memory[LanePlace::alone(CAPACITY).mark].store(mark, Relaxed);
        let (mut next, mut got) = (successor(&decoder, &memory), Vec::new());
        next.set_message_limit(0);
        loop {
            let found = match how {
                0..2 => next.next_message().unwrap().map(|_| next.bytes().to_vec()),
                2..4 => next.next_block().unwrap().map(|_| next.bytes().to_vec()),
                _ => next.next_in_place().unwrap().map(|found| {
                    let mut bytes = Vec::new();
                    next.view(&found).copy_to(&mut bytes);
                    bytes
                }),
            };
            let Some(found) = found else { break };
            got.extend(found);
            if how < 2 {
                // Lines come without their ends.
                let without = |bytes: &[u8]| bytes.iter().copied().filter(|&byte| byte != b'\n').collect::<Vec<_>>();
                prop_assert!(without(&sent).len() >= without(&got).len());
            }
        }
        if how >= 2 {
            prop_assert!(sent.ends_with(&got));
            // No further than the first record.
            prop_assert!(sent.len() - got.len() <= record_limit(CAPACITY));
        }
    }
}

/// One life after the other, each of which has so many bytes of what comes first in place.
fn rests(memory: &Heap, first: &Decoder<Heap>, had: &[usize]) -> Vec<(Vec<u8>, Part)> {
    let mut rests = Vec::new();
    for &bytes in had {
        let mut decoder = successor(first, memory);
        let found = decoder.next_in_place().unwrap().unwrap();
        let (view, mut rest) = (decoder.view(&found), Vec::new());
        view.copy_to(&mut rest);
        rests.push((rest, view.envelope.part));
        let reached = view.reached(bytes);
        decoder.acknowledge_until(reached).unwrap();
    }
    rests
}

#[test]
fn the_rest_of_a_message_is_a_part_without_its_start_until_its_end_is_had_too() {
    let (mut encoder, decoder, memory) = lane_in();
    put(&mut encoder, text(b"hello", Part::Whole));
    let rest = |bytes: &[u8], part| (bytes.to_vec(), part);
    let expected =
        [rest(b"hello", Part::Whole), rest(b"hello", Part::Whole), rest(b"llo", Part::Last), rest(b"", Part::Last)];
    assert_eq!(rests(&memory, &decoder, &[0, 2, 3, 0]), expected);
    let mut last = successor(&decoder, &memory);
    assert_eq!(last.next_message().unwrap().unwrap().part, Part::Last);
    assert_eq!(last.bytes(), b"");
    last.acknowledge();
    assert!(last.is_empty().unwrap());
}

/// Found by fuzzing: the rest of nothing had the position at which the next message begins.
#[test]
fn a_message_of_which_only_the_end_is_due_has_a_position_before_the_next_one() {
    let eight = b"8 bytes.";
    for in_place in [false, true] {
        for message in [text(eight, Part::Whole), eight.into()] {
            let (mut encoder, decoder, memory) = lane_in();
            for _ in 0..3 {
                encoder.put(&message).unwrap().unwrap();
            }
            encoder.publish();
            rests(&memory, &decoder, &[eight.len()]);
            let mut next = successor(&decoder, &memory);
            let seqs: Vec<u64> = (0..3)
                .map(|_| match in_place {
                    true => next.next_in_place().unwrap().unwrap().envelope.seq,
                    false => next.next_message().unwrap().unwrap().seq,
                })
                .collect();
            assert!(seqs.is_sorted_by(|one, other| one < other), "{seqs:?}");
        }
    }
}

#[test]
fn what_waits_is_counted_without_a_message_of_which_only_the_end_is_due() {
    for message in [text(b"8 bytes.", Part::Whole), b"8 bytes.".into()] {
        let (mut encoder, inbox, memory) = lane_in();
        for _ in 0..3 {
            encoder.put(&message).unwrap().unwrap();
        }
        encoder.publish();
        let mut waiting = || encoder.lane().backlog().unwrap().messages;
        assert_eq!(waiting(), 3);
        rests(&memory, &inbox, &[3]);
        let begun = if message.kind == Kind::Text { 2 } else { 3 };
        assert_eq!(waiting(), begun, "{message:?}");
        rests(&memory, &inbox, &[5]);
        assert_eq!(waiting(), 2, "{message:?}");
    }
}

#[test]
fn an_empty_message_is_had_with_its_end_or_not_at_all() {
    let (mut encoder, decoder, memory) = lane_in();
    put(&mut encoder, text(b"", Part::Whole));
    assert_eq!(rests(&memory, &decoder, &[0, 0]), vec![(vec![], Part::Whole); 2]);
}

#[test]
fn between_two_messages_of_a_pack_without_padding_the_end_of_the_first_is_not_forgotten() {
    let (mut encoder, decoder, memory) = lane_in();
    for message in [b"message1", b"message2"] {
        encoder.put(&message.into()).unwrap().unwrap();
    }
    encoder.publish();
    assert_eq!(rests(&memory, &decoder, &[8, 0]), [(b"message1".to_vec(), Part::Whole), (vec![], Part::Last)]);
    let mut next = successor(&decoder, &memory);
    assert_eq!((next.next_message().unwrap().unwrap().part, next.bytes()), (Part::Last, &b""[..]));
    next.acknowledge();
    assert_eq!((next.next_message().unwrap().unwrap().part, next.bytes()), (Part::Whole, &b"message2"[..]));
}

#[test]
fn a_mark_is_believed_for_the_first_record_only() {
    for kind in [text(b"second, and long", Part::Whole), lines(b"second,\nand long\n")] {
        let (mut encoder, decoder, memory) = lane_in();
        put(&mut encoder, text(b"first", Part::Whole));
        put(&mut encoder, kind);
        // Into the second one: nobody writes that, since head is not there.
        memory[LanePlace::alone(CAPACITY).mark].store(24 + 16 + 3, Relaxed);
        let mut next = successor(&decoder, &memory);
        next.next_message().unwrap().unwrap();
        next.next_block().unwrap().unwrap();
        assert!(next.bytes().starts_with(b"second"), "{:?}", next.bytes());
    }
}
