//! The same as for copied messages, in any mix with them.

use super::super::tests::{CAPACITY, Heap, lane, lane_in, lines, put, seven, successor, text};
use super::*;
use crate::channel::codec::encoder::{Encoder, record_limit};
use crate::channel::codec::outgoing::Outgoing;
use crate::layout::LanePlace;
use proptest::prelude::*;

/// All bytes of what was handed over in place.
fn copied(decoder: &Decoder<Heap>, found: &InPlace) -> Vec<u8> {
    let mut bytes = Vec::new();
    decoder.view(found).copy_to(&mut bytes);
    bytes
}

/// Sends as `put` does, but written in place.
fn put_in_place(encoder: &mut Encoder<Heap>, message: &Outgoing<'_>) -> bool {
    let length = message.bytes.len();
    let Some(place) = encoder.reserve(&(length..=length + 8), message.sent).unwrap() else { return false };
    assert!(place.length() >= length);
    for (word, bytes) in encoder.reserved(&place).iter().zip(message.bytes.chunks(8)) {
        let mut value = [0xee; 8];
        value[..bytes.len()].copy_from_slice(bytes);
        word.store(u64::from_ne_bytes(value), Ordering::Relaxed);
    }
    encoder.commit(&place, length, message.kind, message.part, message.unterminated);
    true
}

proptest! {
    #[test]
    fn messages_sent_and_received_in_place_and_copied_in_any_mix_come_out_the_same(
        messages in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..2 * (record_limit(CAPACITY) - 8)), 1..30),
        calls in prop::collection::vec((0..3_u8, any::<bool>(), any::<bool>(), any::<bool>()), 1..40),
        limit in prop_oneof![Just(0), 0..600_usize, Just(usize::MAX)],
    ) {
        let (mut encoder, mut decoder, memory) = lane_in();
        decoder.set_message_limit(limit);
        let texts: Vec<_> = messages.iter().flat_map(|message| {
            let halves = message.split_at(message.len() / 2);
            if halves.0.is_empty() {
                vec![text(message, Part::Whole)]
            } else {
                vec![text(halves.0, Part::First), text(halves.1, Part::Last)]
            }
        }).collect();
        let mut waiting = texts.iter().filter(|piece| piece.part != Part::First || !piece.bytes.is_empty()).peekable();
        let (mut got, mut inside, mut restarted) = (Vec::new(), false, false);
        let mut calls = calls.iter().cycle();
        while got.len() < messages.len() || waiting.peek().is_some() || inside {
            let &(how, in_place, restart, publish) = calls.next().unwrap();
            while let Some(&message) = waiting.peek() {
                let sent = if in_place { put_in_place(&mut encoder, message) } else { encoder.put(message).unwrap().is_some() };
                if !sent {
                    break;
                }
                waiting.next();
                if publish {
                    break;
                }
            }
            encoder.publish();
            decoder.acknowledge();
            if restart && !inside && decoder.open.is_none() {
                decoder = successor(&decoder, &memory);
                restarted = true;
                decoder.set_message_limit(limit);
            }
            let next = match how {
                0 => decoder.next_message().unwrap().map(|envelope| (envelope, decoder.bytes().to_vec())),
                1 => decoder.next_block().unwrap().map(|envelope| (envelope, decoder.bytes().to_vec())),
                _ => decoder.next_in_place().unwrap().map(|found| (found.envelope, copied(&decoder, &found))),
            };
            let Some((envelope, bytes)) = next else { continue };
            prop_assert_eq!(envelope.part.is_start(), !inside);
            prop_assert!(!envelope.follows_truncated);
            // The first of a batch may have taken the clock with it to a predecessor.
            prop_assert!(envelope.sent == seven() || restarted);
            if envelope.part.is_start() {
                got.push(bytes);
            } else {
                got.last_mut().unwrap().extend(bytes);
            }
            inside = !envelope.part.is_end();
        }
        prop_assert_eq!(got, messages);
        decoder.acknowledge();
        prop_assert!(decoder.is_empty().unwrap());
    }
}

#[test]
fn what_is_left_of_a_block_stands_in_place_from_the_next_line_on() {
    let (mut encoder, mut decoder, memory) = lane_in();
    put(&mut encoder, lines(b"one\ntwo\nthree\nfour\n"));
    decoder.next_message().unwrap();
    decoder.acknowledge();
    let line = decoder.next_message().unwrap().unwrap();
    let rest = decoder.next_in_place().unwrap().unwrap();
    assert_eq!(copied(&decoder, &rest), b"three\nfour\n");
    assert_eq!(rest.envelope.seq, line.seq + 4);
    // The second line was not acknowledged, and a successor starts with it.
    let mut next = successor(&decoder, &memory);
    let rest = next.next_in_place().unwrap().unwrap();
    assert_eq!((copied(&next, &rest), rest.envelope.kind), (b"two\nthree\nfour\n".to_vec(), Kind::Lines));
    next.acknowledge();
    assert!(next.is_empty().unwrap());
}

#[test]
fn what_stands_in_place_is_seen_again_by_a_successor_until_it_is_acknowledged() {
    let (mut encoder, mut decoder, memory) = lane_in();
    put(&mut encoder, text(b"one", Part::Whole));
    let found = decoder.next_in_place().unwrap().unwrap();
    let mut next = successor(&decoder, &memory);
    assert_eq!(next.next_in_place().unwrap(), Some(found));
    next.acknowledge();
    assert_eq!(successor(&next, &memory).next_in_place().unwrap(), None);
}

#[test]
fn of_a_block_only_the_lines_before_a_place_are_acknowledged_wherever_it_stands() {
    for moved in 0..40 {
        let (mut encoder, mut decoder, memory) = lane_in();
        // So that the block stands everywhere in the ring, also behind padding.
        for _ in 0..moved {
            put(&mut encoder, text(&[1; 20], Part::Whole));
            decoder.next_in_place().unwrap().unwrap();
            decoder.acknowledge();
        }
        put(&mut encoder, text(b"before", Part::Whole));
        put(&mut encoder, lines(b"one\ntwo\nthree\n"));
        decoder.next_in_place().unwrap().unwrap();
        let block = decoder.next_in_place().unwrap().unwrap();
        decoder.acknowledge_until(decoder.view(&block).reached(4)).unwrap();
        // As who quits does.
        decoder.acknowledge();
        assert!(!decoder.is_empty().unwrap());
        let mut next = successor(&decoder, &memory);
        let rest = next.next_in_place().unwrap().unwrap();
        assert_eq!(copied(&next, &rest), b"two\nthree\n");
        assert_eq!(next.view(&rest).position(), decoder.view(&block).position() + 4);
        next.acknowledge_until(next.view(&rest).reached(4)).unwrap();
        let mut last = successor(&next, &memory);
        let seq = last.next_message().unwrap().unwrap().seq;
        assert_eq!((seq, last.bytes()), (decoder.view(&block).position() + 8, b"three".as_slice()));
        last.acknowledge();
        assert!(last.is_empty().unwrap());
    }
}

#[test]
fn nonsense_in_place_is_refused_like_any_other() {
    let (mut encoder, mut decoder) = lane();
    put(&mut encoder, lines(b"one\ntwo"));
    assert!(matches!(decoder.next_in_place(), Err(Corruption::Sequence { .. })));
}

/// Found by fuzzing: the check was that of the copy.
#[test]
fn a_block_that_was_changed_since_its_first_line_was_handed_over_is_refused_in_place() {
    let (mut encoder, mut decoder, memory) = lane_in();
    put(&mut encoder, lines(b"one\ntwo\nthr\n"));
    decoder.next_message().unwrap().unwrap();
    let last = LanePlace::alone(CAPACITY).data + 3;
    memory[last].store(0, Ordering::Relaxed);
    assert!(matches!(decoder.next_in_place(), Err(Corruption::Sequence { .. })));
}

#[test]
fn a_cut_off_message_is_told_in_place_too() {
    let (mut encoder, mut decoder) = lane();
    put(&mut encoder, text(b"half a mess", Part::First));
    assert!(decoder.next_in_place().unwrap().is_some_and(|found| found.envelope.part == Part::First));
    put(&mut encoder, text(b"whole", Part::Whole));
    let found = decoder.next_in_place().unwrap().unwrap();
    assert!(found.envelope.follows_truncated && copied(&decoder, &found) == b"whole");
}

#[test]
fn a_reserved_place_that_is_dropped_leaves_no_trace_and_what_it_needs_is_what_is_waited_for() {
    let (mut encoder, mut decoder) = lane();
    // To near the ring's end, so that a place needs padding.
    put(&mut encoder, text(&[1; 248], Part::Whole));
    decoder.next_message().unwrap();
    decoder.acknowledge();
    while encoder.reserve(&(200..=200), None).unwrap().is_some() {
        let _ = encoder.reserve(&(200..=200), None).unwrap();
        put(&mut encoder, text(&[1; 200], Part::Whole));
    }
    assert!(!encoder.has_room().unwrap());
    let before = encoder.lane().position();
    while !encoder.has_room().unwrap() {
        decoder.next_message().unwrap().expect("the lane is full");
        decoder.acknowledge();
    }
    let place = encoder.reserve(&(200..=200), None).unwrap().expect("what was waited for is enough");
    assert_eq!(encoder.lane().position(), before);
    assert_eq!(encoder.reserved(&place).len(), 25);
    assert!(!encoder.publish(), "nothing was put");
}

proptest! {
    #[test]
    fn messages_of_a_pack_come_one_by_one_whichever_way_each_is_taken(
        lengths in prop::collection::vec((0..20_usize, 1..12_usize), 1..12),
        calls in prop::collection::vec((0..3_u8, any::<bool>(), any::<bool>()), 1..30),
    ) {
        let (mut encoder, mut decoder, memory) = lane_in();
        let messages: Vec<Vec<u8>> =
            lengths.iter().flat_map(|&(length, times)| (0..times).map(move |time| vec![time as u8; length])).collect();
        let mut waiting = messages.iter().peekable();
        let (mut got, mut last, mut calls): (Vec<Vec<u8>>, _, _) = (Vec::new(), None, calls.iter().cycle());
        while got.len() < messages.len() {
            let &(how, restart, acknowledge) = calls.next().unwrap();
            while let Some(message) = waiting.next_if(|message| encoder.put(&message[..].into()).unwrap().is_some()) {
                let _ = message;
            }
            encoder.publish();
            if acknowledge {
                decoder.acknowledge();
            }
            if restart && acknowledge {
                decoder = successor(&decoder, &memory);
            }
            let next = match how {
                0 => decoder.next_message().unwrap().map(|envelope| (envelope, decoder.bytes().to_vec())),
                1 => decoder.next_block().unwrap().map(|envelope| (envelope, decoder.bytes().to_vec())),
                _ => decoder.next_in_place().unwrap().map(|found| (found.envelope, copied(&decoder, &found))),
            };
            if let Some((envelope, bytes)) = next {
                prop_assert!(last.is_none_or(|last| envelope.seq > last));
                prop_assert_eq!((envelope.kind, envelope.part), (Kind::Bytes, Part::Whole));
                last = Some(envelope.seq);
                got.push(bytes);
            } else {
                decoder.acknowledge();
            }
        }
        prop_assert_eq!(got, messages);
        decoder.acknowledge();
        prop_assert!(decoder.is_empty().unwrap());
    }
}
