//! The position behind a message: whoever acknowledges it is done with this message, and the next one is untouched.

use super::super::tests::{CAPACITY, Heap, lane_in, put, successor, text};
use super::super::{Envelope, Part};
use super::tests::{Sent, anything};
use super::*;
use crate::channel::codec::outgoing::Outgoing;
use crate::channel::codec::reached::Reached;
use proptest::prelude::*;

/// A message or part as it is handed over: its bytes, its kind, and which part it is.
type Handed = (Vec<u8>, Kind, Part);

fn next(decoder: &mut Decoder<Heap>) -> Option<(Handed, Reached)> {
    let found = decoder.next_in_place().unwrap()?;
    let (view, mut bytes) = (decoder.view(&found), Vec::new());
    view.copy_to(&mut bytes);
    let Envelope { kind, part, .. } = view.envelope;
    Some(((bytes, kind, part), view.end()))
}

fn acknowledge(decoder: &mut Decoder<Heap>, end: Reached, to_the_byte: bool) {
    if to_the_byte {
        decoder.acknowledge_until(end).unwrap();
    } else {
        decoder.acknowledge_whole(end).unwrap();
    }
}

fn rest(decoder: &mut Decoder<Heap>) -> Vec<Handed> {
    std::iter::from_fn(|| next(decoder)).map(|(handed, _)| handed).collect()
}

proptest! {
    #[test]
    fn a_successor_begins_behind_the_last_message_that_was_acknowledged_to_its_end(
        all in prop::collection::vec(anything(), 1..8),
        count in 1..20_usize,
        ahead in 0..4_usize,
        to_the_byte in any::<bool>(),
    ) {
        let (mut encoder, mut decoder, memory) = lane_in();
        for message in all.iter().flat_map(Sent::messages) {
            if encoder.put(&message).unwrap().is_none() {
                break;
            }
        }
        encoder.publish();
        let handed = rest(&mut successor(&decoder, &memory));
        let count = count.min(handed.len());
        let ends: Vec<_> = std::iter::from_fn(|| next(&mut decoder)).take(count + ahead).map(|(_, end)| end).collect();
        if count == 0 {
            return Ok(());
        }
        let end = ends[count - 1];
        acknowledge(&mut decoder, end, to_the_byte);
        // A message in parts stays whole until its last part, unless that is up to the byte, or it is too long to wait there.
        let mut first = count;
        while !to_the_byte && first > 0 && !handed[first - 1].2.is_end() {
            first -= 1;
        }
        let left = rest(&mut successor(&decoder, &memory));
        let from = handed.len() - left.len();
        let is_long = handed[first..].iter().map(|(bytes, ..)| bytes.len() as u64).sum::<u64>() > CAPACITY / 4;
        prop_assert!(from == first || (is_long && (first..=count).contains(&from)), "from {from}, not {first}");
        prop_assert_eq!(&left, &handed[from..]);
        prop_assert_eq!(encoder.is_empty().unwrap(), left.is_empty());
    }
}

/// Sends messages as one batch, and acknowledges the end of each, by a receiver that has taken them all.
fn each_end(send: &[Outgoing<'_>]) {
    let (mut encoder, mut decoder, memory) = lane_in();
    for message in send {
        encoder.put(message).unwrap().expect("there is room");
    }
    encoder.publish();
    let all = rest(&mut successor(&decoder, &memory));
    let ends: Vec<_> = std::iter::from_fn(|| next(&mut decoder)).map(|(_, end)| end).collect();
    for (index, &end) in ends.iter().enumerate() {
        decoder.acknowledge_whole(end).unwrap();
        assert_eq!(rest(&mut successor(&decoder, &memory)), all[index + 1..], "message {index}");
    }
    assert!(encoder.is_empty().unwrap());
}

#[test]
fn the_end_of_the_last_message_gives_back_all_of_it_however_long_it_is() {
    for length in [0, 1, 7, 8, 9, 16, 200] {
        let bytes = vec![b'x'; length];
        each_end(&[text(&bytes, Part::Whole)]); // stamped
        each_end(&[Outgoing { sent: None, ..text(&bytes, Part::Whole) }]);
        each_end(&[bytes.as_slice().into()]);
        each_end(&[text(&bytes, Part::Whole), text(b"", Part::Whole), text(&bytes, Part::Whole)]);
    }
}

#[test]
fn each_message_of_a_pack_has_an_end_of_its_own() {
    for length in [1, 7, 8, 9, 16] {
        let bytes = vec![b'x'; length];
        each_end(&[bytes.as_slice().into(); 5]);
    }
}

#[test]
fn the_end_of_the_rest_of_a_message_is_the_end_of_the_message() {
    for (length, had) in [(20, 3), (20, 8), (20, 20), (24, 24), (16, 15)] {
        let bytes = vec![b'x'; length];
        for (message, to_the_byte) in
            [text(&bytes, Part::Whole), bytes.as_slice().into()].into_iter().zip([true, false])
        {
            let (mut encoder, mut decoder, memory) = lane_in();
            put(&mut encoder, message);
            let found = decoder.next_in_place().unwrap().unwrap();
            let reached = decoder.view(&found).reached(had);
            decoder.acknowledge_until(reached).unwrap();
            let mut decoder = successor(&decoder, &memory);
            let (handed, end) = next(&mut decoder).unwrap();
            assert_eq!((handed.0.len(), handed.2), (length - had, Part::Last));
            acknowledge(&mut decoder, end, to_the_byte);
            assert!(decoder.is_empty().unwrap());
        }
    }
}
