//! Any order of starting: every line arrives, in order, and nothing is left behind. Each order 50 times, with real processes.

use shmchat_tests::{Ended, Place, assert_same_bytes, numbered_lines};

const TIMES: usize = 50;

/// The smallest lane there is: what fits and what does not are both small.
const CAPACITY: &str = "--capacity 64KiB";

/// Fits a lane of 64 KiB.
const FEW: usize = 1_000;

/// Eight times a lane of 64 KiB.
const MANY: usize = 12_000;

/// Runs one order again and again in the same place, so that what one run leaves would be met by the next.
fn again_and_again(lines: usize, order: impl Fn(&Place, &[u8]) -> (Ended, Ended)) {
    let place = Place::new();
    let lines = numbered_lines(lines);
    for time in 1..=TIMES {
        let (writer, reader) = order(&place, &lines);
        assert_eq!((writer.code, reader.code), (Some(0), Some(0)), "{}{}", writer.stderr, reader.stderr);
        assert_same_bytes(&reader.stdout, &lines, &format!("time {time}"));
        assert!(!writer.stderr.contains("[warning]") && !reader.stderr.contains("[warning]"), "{}", reader.stderr);
        place.assert_nothing_left();
    }
}

#[test]
fn reader_first() {
    again_and_again(MANY, |place, lines| {
        let reader = place.reader().args(CAPACITY).args("-v").start();
        reader.wait_attached();
        let writer = place.writer().args(CAPACITY).input(lines).start();
        (writer.wait(), reader.wait())
    });
}

#[test]
fn writer_first_and_the_reader_comes_while_it_sends_more_than_fits() {
    again_and_again(MANY, |place, lines| {
        let writer = place.writer().args(CAPACITY).args("-v").input(lines).start();
        writer.wait_attached();
        let reader = place.reader().args(CAPACITY).start();
        (writer.wait(), reader.wait())
    });
}

#[test]
fn both_at_once() {
    again_and_again(MANY, |place, lines| {
        let writer = place.writer().args(CAPACITY).input(lines).start();
        let reader = place.reader().args(CAPACITY).start();
        (writer.wait(), reader.wait())
    });
}

#[test]
fn both_at_once_with_little_to_say() {
    again_and_again(1, |place, lines| {
        let reader = place.reader().args(CAPACITY).start();
        let writer = place.writer().args(CAPACITY).input(lines).start();
        (writer.wait(), reader.wait())
    });
}

#[test]
fn writer_gone_before_the_reader_starts() {
    again_and_again(FEW, |place, lines| {
        let writer = place.writer().args(CAPACITY).input(lines).finish();
        assert_eq!(place.segments().len(), 1, "the lines wait in the segment");
        (writer, place.reader().args(CAPACITY).finish())
    });
}
