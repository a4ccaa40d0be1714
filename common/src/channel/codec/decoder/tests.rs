//! Messages through a lane on the heap: whole, in parts, in blocks, cut off, and taken up by a successor.

use super::super::encoder::{Encoder, record_limit};
use super::super::outgoing::Outgoing;
use super::*;
use crate::layout::LanePlace;
use crate::ring::Producer;
use crate::sync::AtomicU64;
use proptest::prelude::*;
use std::sync::Arc;

pub(super) const CAPACITY: u64 = 1024;

pub(super) type Heap = Arc<[AtomicU64]>;

pub(super) fn lines(bytes: &[u8]) -> Outgoing<'_> {
    Outgoing { kind: Kind::Lines, ..text(bytes, Part::Whole) }
}

pub(super) fn lane() -> (Encoder<Heap>, Decoder<Heap>) {
    let (encoder, decoder, _) = lane_in();
    (encoder, decoder)
}

pub(super) fn lane_in() -> (Encoder<Heap>, Decoder<Heap>, Heap) {
    let place = LanePlace::alone(CAPACITY);
    let memory: Heap = (0..place.words_needed()).map(|_| AtomicU64::new(0)).collect();
    let encoder = Encoder::new(Producer::attach(memory.clone(), place).unwrap());
    let decoder = Decoder::new(Consumer::attach(memory.clone(), place).unwrap());
    (encoder, decoder, memory)
}

/// A new receiver over the same lane, as after the death of the first.
pub(super) fn successor(decoder: &Decoder<Heap>, memory: &Heap) -> Decoder<Heap> {
    let place = LanePlace::alone(decoder.consumer.capacity());
    Decoder::new(Consumer::attach(memory.clone(), place).unwrap())
}

/// The time at which texts are said.
pub(super) fn seven() -> Option<SystemTime> {
    Some(clock::from_word(7))
}

pub(super) fn text(bytes: &[u8], part: Part) -> Outgoing<'_> {
    Outgoing { kind: Kind::Text, sent: seven(), bytes, part, unterminated: false, from: None }
}

pub(super) fn put(encoder: &mut Encoder<Heap>, message: Outgoing<'_>) {
    encoder.put(&message).unwrap().expect("there is room");
    encoder.publish();
}

/// The pieces that a sender makes of a long message.
fn pieces(bytes: &[u8]) -> Vec<Outgoing<'_>> {
    let size = record_limit(CAPACITY) - 8;
    let count = bytes.len().div_ceil(size).max(1);
    let part = |index| Part::of(index == 0, index + 1 == count);
    (0..count).map(|i| text(&bytes[i * size..bytes.len().min((i + 1) * size)], part(i))).collect()
}

proptest! {
    #[test]
    fn any_messages_in_any_batches_come_out_the_same(
        messages in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..3 * CAPACITY as usize), 0..20),
        batches in prop::collection::vec(1..6_usize, 1..20),
        reads in prop::collection::vec(0..6_usize, 1..20),
    ) {
        let (mut encoder, mut decoder) = lane();
        let mut to_send: std::collections::VecDeque<_> = messages
            .iter()
            .flat_map(|message| if message.len() <= encoder.whole_limit() {
                vec![text(message, Part::Whole)]
            } else {
                pieces(message)
            })
            .collect();
        let mut got = Vec::new();
        let (mut batches, mut reads) = (batches.iter().cycle(), reads.iter().cycle());
        while got.len() < messages.len() {
            for _ in 0..*batches.next().unwrap() {
                let Some(message) = to_send.front() else { break };
                if encoder.put(message).unwrap().is_none() { break }
                to_send.pop_front();
            }
            encoder.publish();
            for _ in 0..1 + *reads.next().unwrap() {
                decoder.acknowledge();
                match decoder.next_message().unwrap() {
                    Some(envelope) => {
                        prop_assert_eq!(envelope.part, Part::Whole);
                        prop_assert_eq!(envelope.sent, seven());
                        prop_assert!(!envelope.follows_truncated);
                        got.push(decoder.bytes().to_vec());
                    }
                    None => break,
                }
            }
        }
        prop_assert_eq!(got, messages);
        decoder.acknowledge();
        prop_assert!(decoder.is_empty().unwrap());
    }

    #[test]
    fn bytes_of_few_lengths_come_out_the_same_in_order_counted_and_with_the_positions_that_put_said(
        lengths in prop::collection::vec((prop::sample::select(vec![0, 1, 8, 13, 64, 200]), 1..40_usize), 1..12),
        batches in prop::collection::vec(1..30_usize, 1..20),
        deaths in prop::collection::vec(1..25_usize, 1..10),
    ) {
        let (mut encoder, mut decoder, memory) = lane_in();
        let lengths: Vec<usize> = lengths.iter().flat_map(|&(length, count)| vec![length; count]).collect();
        let messages: Vec<Vec<u8>> =
            lengths.iter().enumerate().map(|(index, &length)| vec![index as u8; length]).collect();
        let (mut positions, mut got) = (Vec::new(), 0);
        let (mut batches, mut deaths) = (batches.iter().cycle(), deaths.iter().cycle());
        while got < messages.len() {
            for message in messages.iter().skip(positions.len()).take(*batches.next().unwrap()) {
                let Some(position) = encoder.put(&message.into()).unwrap() else { break };
                positions.push(position);
            }
            encoder.publish();
            for turn in 0..*deaths.next().unwrap() {
                let mut handed = Vec::new();
                // Many at once where there are, and singly.
                if turn % 3 == 0 {
                    let each = |message: Message<'_>| handed.push((message.envelope, message.bytes.to_vec()));
                    let (count, bytes) = decoder.each_short(turn * 8, 4, each);
                    prop_assert_eq!(count, handed.len());
                    prop_assert_eq!(bytes, handed.iter().map(|(_, bytes)| bytes.len() + 4).sum::<usize>());
                }
                if handed.is_empty() {
                    let Some(envelope) = decoder.next_message().unwrap() else { break };
                    handed.push((envelope, decoder.bytes().to_vec()));
                }
                decoder.acknowledge();
                for (envelope, bytes) in handed {
                    prop_assert_eq!(&bytes, &messages[got]);
                    prop_assert_eq!((envelope.seq, envelope.kind), (positions[got], Kind::Bytes));
                    prop_assert_eq!(envelope.part, Part::Whole);
                    got += 1;
                }
                prop_assert_eq!(encoder.lane().backlog().map(|backlog| backlog.messages), Ok((positions.len() - got) as u64));
            }
            // One message more, not acknowledged: the successor gets it again.
            decoder.next_message().unwrap();
            decoder = successor(&decoder, &memory);
        }
        prop_assert!(decoder.is_empty().unwrap());
    }

    #[test]
    fn parts_beyond_the_limit_make_up_the_message(
        message in prop::collection::vec(any::<u8>(), 0..3 * CAPACITY as usize),
        limit in 0..2000_usize,
    ) {
        let (mut encoder, mut decoder) = lane();
        decoder.set_message_limit(limit);
        let (mut got, mut parts) = (Vec::new(), Vec::new());
        for piece in pieces(&message) {
            put(&mut encoder, piece);
            while let Some(envelope) = decoder.next_message().unwrap() {
                got.extend_from_slice(decoder.bytes());
                parts.push(envelope.part);
                decoder.acknowledge();
            }
        }
        prop_assert_eq!(got, message);
        prop_assert!(parts.first().unwrap().is_start() && parts.last().unwrap().is_end());
        prop_assert!(parts[1..].iter().all(|part| !part.is_start()));
    }
}

#[test]
fn what_was_not_acknowledged_is_seen_again_by_the_successor() {
    let (mut encoder, mut decoder, memory) = lane_in();
    put(&mut encoder, text(b"one", Part::Whole));
    put(&mut encoder, text(&[7; 400], Part::Whole));
    let first = decoder.next_message().unwrap().unwrap();
    decoder.acknowledge();
    let second = decoder.next_message().unwrap().unwrap();
    let mut next = successor(&decoder, &memory);
    assert_eq!(next.next_message().unwrap(), Some(second));
    assert_eq!(next.bytes(), [7; 400]);
    assert!(first.seq < second.seq);
}

#[test]
fn a_block_of_lines_is_handed_over_line_by_line_with_growing_positions() {
    let (mut encoder, mut decoder) = lane();
    put(&mut encoder, lines(b"one\n\nthree\n"));
    put(&mut encoder, text(b"four", Part::Whole));
    let (mut got, mut last) = (Vec::new(), 0);
    while let Some(envelope) = decoder.next_message().unwrap() {
        assert!(envelope.seq > last && envelope.kind == Kind::Text && envelope.sent == seven());
        last = envelope.seq;
        got.push(decoder.bytes().to_vec());
        decoder.acknowledge();
    }
    assert_eq!(got, [&b"one"[..], b"", b"three", b"four"]);
    assert!(decoder.is_empty().unwrap());
}

#[test]
fn a_block_is_handed_over_whole_to_who_asks_for_blocks() {
    let (mut encoder, mut decoder) = lane();
    put(&mut encoder, lines(b"one\ntwo\nthree\n"));
    decoder.next_message().unwrap();
    assert_eq!(decoder.next_block().unwrap().unwrap().kind, Kind::Lines);
    assert_eq!(decoder.bytes(), b"two\nthree\n", "what is left of it");
    decoder.acknowledge();
    assert!(decoder.is_empty().unwrap());
}

/// Found by fuzzing: it had the position of the whole block, which is before that of the line handed over last.
#[test]
fn what_is_left_of_a_block_has_a_position_after_the_lines_handed_over() {
    let (mut encoder, mut decoder, memory) = lane_in();
    put(&mut encoder, lines(b"one\ntwo\nthree\n"));
    let line = decoder.next_message().unwrap().unwrap();
    decoder.acknowledge();
    let rest = decoder.next_block().unwrap().unwrap();
    assert_eq!(rest.seq, line.seq + 4);
    let mut next = successor(&decoder, &memory);
    assert_eq!(next.next_block().unwrap(), Some(rest), "the same again for a successor");
}

#[test]
fn a_successor_goes_on_in_the_middle_of_a_block() {
    let (mut encoder, mut decoder, memory) = lane_in();
    put(&mut encoder, lines(b"one\ntwo\nthree\n"));
    assert_eq!(encoder.lane().backlog().map(|backlog| backlog.messages), Ok(3));
    decoder.next_message().unwrap();
    decoder.acknowledge();
    decoder.next_message().unwrap(); // handed over, not acknowledged
    assert_eq!(encoder.lane().backlog().map(|backlog| backlog.messages), Ok(2));
    let mut next = successor(&decoder, &memory);
    next.next_message().unwrap().unwrap();
    assert_eq!(next.bytes(), b"two");
    next.next_message().unwrap().unwrap();
    assert_eq!(next.bytes(), b"three");
    next.acknowledge();
    assert!(next.is_empty().unwrap());
}

#[test]
fn a_mark_that_is_old_or_nonsense_hides_no_line() {
    // 24 is the block's end: found by fuzzing, as the block went and with it the word that a message was cut off before.
    for mark in [0, 1, 9, 15, 16, 24, 25, 1 << 40, 17 | 1 << 63, u64::MAX] {
        let (mut encoder, decoder, memory) = lane_in();
        put(&mut encoder, lines(b"one\ntwo\n"));
        memory[LanePlace::alone(CAPACITY).mark].store(mark, crate::sync::Ordering::Relaxed);
        assert_eq!(encoder.lane().backlog().map(|backlog| backlog.messages), Ok(2), "mark {mark}");
        let mut next = successor(&decoder, &memory);
        next.next_message().unwrap().unwrap();
        assert_eq!(next.bytes(), b"one", "mark {mark}");
    }
}

#[test]
fn short_messages_of_one_length_in_a_batch_cost_no_header_each() {
    let (mut encoder, _, memory) = lane_in();
    for _ in 0..10 {
        encoder.put(&b"message!".into()).unwrap().unwrap();
    }
    encoder.publish();
    let tail = memory[LanePlace::alone(CAPACITY).tail].load(crate::sync::Ordering::Relaxed);
    assert_eq!(tail, 8 + 10 * 8);
}

#[test]
fn a_mark_between_the_messages_of_a_pack_or_nowhere_hides_nothing() {
    // 17 is behind the first message, and says not that its end is due; 18 to 23 is padding.
    for mark in [0, 1, 7, 8, 17, 18, 20, 23, 41, 1 << 40, 16 | 1 << 63, 18 | 1 << 63, u64::MAX] {
        let (mut encoder, decoder, memory) = lane_in();
        for message in [b"123456789", b"abcdefghi"] {
            encoder.put(&message.into()).unwrap().unwrap();
        }
        encoder.publish();
        memory[LanePlace::alone(CAPACITY).mark].store(mark, crate::sync::Ordering::Relaxed);
        let mut next = successor(&decoder, &memory);
        next.next_message().unwrap().unwrap();
        assert_eq!(next.bytes(), b"123456789", "mark {mark}");
    }
}

#[test]
fn a_block_that_does_not_end_in_a_line_end_is_refused() {
    let (mut encoder, mut decoder) = lane();
    put(&mut encoder, lines(b"one\ntwo"));
    assert!(matches!(decoder.next_message(), Err(Corruption::Sequence { .. })));
}

#[test]
fn a_message_that_its_sender_did_not_finish_is_dropped_and_said() {
    let (mut encoder, mut decoder) = lane();
    put(&mut encoder, text(b"half a mess", Part::First));
    assert_eq!(decoder.next_message().unwrap(), None);
    put(&mut encoder, text(b"whole", Part::Whole));
    let envelope = decoder.next_message().unwrap().unwrap();
    assert!(envelope.follows_truncated);
    assert_eq!(decoder.bytes(), b"whole");
}

#[test]
fn a_part_whose_beginning_is_gone_is_shown_as_such() {
    let (mut encoder, mut decoder) = lane();
    put(&mut encoder, text(b"end", Part::Last));
    let envelope = decoder.next_message().unwrap().unwrap();
    assert_eq!((envelope.part, decoder.bytes()), (Part::Last, &b"end"[..]));
}

#[test]
fn a_part_of_another_kind_goes_on_with_another_message() {
    for in_place in [false, true] {
        let (mut encoder, mut decoder) = lane();
        decoder.set_message_limit(0);
        put(&mut encoder, text(b"text", Part::First));
        put(&mut encoder, Outgoing { part: Part::Last, ..b"bytes".into() });
        let mut next = || match in_place {
            true => decoder.next_in_place().unwrap().unwrap().envelope,
            false => decoder.next_message().unwrap().unwrap(),
        };
        assert_eq!(next().part, Part::First);
        let rest = next();
        assert_eq!((rest.part, rest.kind, rest.follows_truncated), (Part::Last, Kind::Bytes, true));
    }
}

#[test]
fn a_receiver_that_waits_for_the_rest_holds_at_most_half_the_lane() {
    let (mut encoder, mut decoder) = lane();
    for piece in pieces(&[1; 3000]) {
        put(&mut encoder, piece);
        if decoder.next_message().unwrap().is_none() {
            assert!(decoder.consumer.free_for_producer() >= CAPACITY / 2);
        }
    }
}

#[test]
fn a_message_that_fits_half_the_lane_stays_in_it_until_acknowledged() {
    let (mut encoder, mut decoder) = lane();
    let message = vec![3; encoder.whole_limit()];
    put(&mut encoder, text(&message, Part::Whole));
    decoder.next_message().unwrap().unwrap();
    assert_eq!(decoder.consumer.released(), 0);
    assert_eq!(decoder.bytes(), message);
}
