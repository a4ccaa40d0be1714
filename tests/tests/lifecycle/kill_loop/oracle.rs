//! What the rounds accept of readers, tried without any: stretches of 100-byte messages, from a lane that holds ten of them.

use super::streams::{Framing, Given, Streams};
use std::ops::Range;

/// Of the lane.
const CAPACITY: usize = 1024;

/// What each life of a writer is given, far more than goes into the lane.
const GIVEN: usize = 30;

/// In these two, input and text have different lengths, and the same.
const FRAMINGS: [Framing; 2] = [Framing::Json, Framing::Line];

fn message(life: usize, number: usize) -> Vec<u8> {
    format!("{:a<99}", format!("<{life}.{number}>")).into_bytes()
}

/// These messages of these lives, as they are printed.
fn text(stretches: &[(usize, Range<usize>)]) -> Vec<u8> {
    let messages = stretches.iter().flat_map(|(life, numbers)| numbers.clone().map(|number| message(*life, number)));
    messages.flat_map(|message| [message, vec![b'\n']].concat()).collect()
}

/// A life that read all it was given, and sent so many of its messages at least and at most.
fn live(streams: &mut Streams, framing: Framing, sent: Range<usize>) {
    let life = streams.lives.len();
    let mut given = Given::default();
    (0..GIVEN).for_each(|number| given.push(framing, &message(life, number)));
    let input = given.input.len() / GIVEN;
    streams.lives.push(given);
    streams.accepted(sent.start * input, sent.end * input);
}

#[test]
fn a_killed_reader_may_be_repeated_whatever_was_given_to_a_writer_that_did_not_send_it() {
    for framing in FRAMINGS {
        for killed_writer in [true, false] {
            let mut streams = Streams::new(framing, CAPACITY);
            live(&mut streams, framing, if killed_writer { 0..GIVEN } else { 2..2 });
            live(&mut streams, framing, 3..3);
            assert!(streams.go_on(&text(&[(0, 0..2), (1, 0..1)]), false));
            assert!(streams.go_on(&text(&[(0, 0..2), (1, 0..3)]), true), "{framing:?}, {killed_writer}");
            assert!(streams.is_all());
        }
    }
}

#[test]
fn what_no_longer_fitted_in_the_lane_must_not_be_repeated() {
    for framing in FRAMINGS {
        for (from, is_right) in [(1, false), (2, true)] {
            let mut streams = Streams::new(framing, CAPACITY);
            live(&mut streams, framing, 0..GIVEN);
            live(&mut streams, framing, 4..4);
            assert!(streams.go_on(&text(&[(0, 0..8), (1, 0..4)]), false));
            assert_eq!(streams.go_on(&text(&[(0, from..8), (1, 0..4)]), true), is_right, "{framing:?}");
        }
    }
}

#[test]
fn what_lies_before_the_place_where_a_killed_reader_began_must_not_be_repeated() {
    for framing in FRAMINGS {
        for (from, is_right) in [(0, false), (1, false), (2, true), (4, true), (5, false)] {
            let mut streams = Streams::new(framing, CAPACITY);
            live(&mut streams, framing, 6..6);
            // The first ended in good order, the second was killed.
            assert!(streams.go_on(&text(&[(0, 0..2)]), true));
            assert!(streams.go_on(&text(&[(0, 2..4)]), false));
            assert_eq!(streams.go_on(&text(&[(0, from..6)]), true), is_right, "{framing:?} from {from}");
        }
    }
}

#[test]
fn what_a_reader_acknowledged_at_its_end_must_not_be_repeated() {
    for framing in FRAMINGS {
        for (from, is_right) in [(3, false), (4, true), (5, false)] {
            let mut streams = Streams::new(framing, CAPACITY);
            live(&mut streams, framing, 6..6);
            assert!(streams.go_on(&text(&[(0, 0..4)]), true));
            assert_eq!(streams.go_on(&text(&[(0, from..6)]), true), is_right, "{framing:?} from {from}");
        }
    }
}

#[test]
fn a_life_ends_where_it_was_seen_to_end() {
    for framing in FRAMINGS {
        for (to, is_right) in [(2, false), (3, true), (4, false)] {
            let mut streams = Streams::new(framing, CAPACITY);
            live(&mut streams, framing, 0..GIVEN);
            live(&mut streams, framing, 1..1);
            assert!(streams.go_on(&text(&[(0, 0..3), (1, 0..1)]), false));
            assert_eq!(streams.go_on(&text(&[(0, 0..to), (1, 0..1)]), true), is_right, "{framing:?} to {to}");
        }
    }
}

#[test]
fn what_a_writer_did_not_send_must_not_be_shown() {
    for framing in FRAMINGS {
        for (to, is_right) in [(2, true), (3, false)] {
            let mut streams = Streams::new(framing, CAPACITY);
            live(&mut streams, framing, 0..2);
            assert_eq!(streams.go_on(&text(&[(0, 0..to)]), true), is_right, "{framing:?} to {to}");
        }
    }
}

#[test]
fn a_killed_reader_may_be_repeated_even_if_nobody_can_tell_which_killed_writer_sent_what() {
    let mut streams = Streams::new(Framing::Raw, CAPACITY);
    // Of "xaaaac", the first may have sent "xaaa" and the second "a", or the first "xaa" and the second "aa".
    for begin in ["xaaa", "aa", "c"] {
        let mut given = Given::default();
        given.push(Framing::Raw, format!("{begin:b<3000}").as_bytes());
        streams.lives.push(given);
        streams.accepted(0, usize::MAX);
    }
    // All that a lane holds.
    let printed = format!("{:b<CAPACITY$}", "xaaaac");
    assert!(streams.go_on(printed.as_bytes(), false));
    assert_eq!(streams.places().len(), 2);
    assert!(streams.go_on(printed.as_bytes(), false));
}

#[test]
fn a_killed_writer_has_sent_what_was_shown_so_it_cannot_have_ended_before() {
    let mut streams = Streams::new(Framing::Raw, CAPACITY);
    for life in 0..2 {
        let mut given = Given::default();
        given.push(Framing::Raw, &text(&[(life, 0..GIVEN)]));
        streams.lives.push(given);
        streams.accepted(0, usize::MAX);
    }
    assert!(streams.go_on(&text(&[(0, 0..5)]), false));
    // It begins with the next writer's, so the first sent nothing more: not one byte less, and nothing else is thought of.
    assert!(streams.go_on(&text(&[(1, 0..1)]), false));
    assert_eq!(streams.places().len(), 1, "{:?}", streams.places());
    assert!(!streams.go_on(&text(&[(0, 3..4), (1, 0..1)]), false));
}
