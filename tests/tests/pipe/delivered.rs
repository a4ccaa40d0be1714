//! `writer --wait-delivered`: it ends when a reader has acknowledged all, whoever that is and however many it takes.

use nix::sys::signal::Signal;
use shmchat_tests::{Place, Process, assert_same_bytes, numbered_lines};

/// A writer that has read all of `input` and waits.
fn waiting(place: &Place, input: impl Into<Vec<u8>>) -> Process {
    let writer = place.writer().args("-v --wait-delivered").input(input).start();
    writer.stderr.wait_for("everything is sent; waiting");
    writer
}

#[test]
fn it_waits_for_the_reader_that_comes_and_ends_when_all_is_taken() {
    let place = Place::new();
    let writer = waiting(&place, "one\ntwo\n");
    let reader = place.reader().start();
    assert_eq!(writer.wait().code, Some(0));
    assert_eq!(reader.wait().assert_well().stdout, b"one\ntwo\n");
    place.assert_nothing_left();
}

#[test]
fn when_it_ends_nothing_waits() {
    for framing in ["line", "nul", "raw"] {
        let place = Place::new();
        let lines = numbered_lines(100_000);
        // It stays, so that neither its quit nor its death wakes the writer.
        let reader = place.reader().args("-v --stay --framing").arg(framing).start();
        reader.wait_attached();
        let writer = place.writer().args("--wait-delivered --framing").arg(framing).input(lines.clone());
        writer.finish().assert_well();
        let shown = reader.kill().stdout;
        assert_same_bytes(&shown, &lines, framing);
        let next = place.reader().args("--timeout 0").finish();
        assert_eq!(next.stdout, b"", "all was taken");
    }
}

#[test]
fn a_reader_that_dies_or_quits_before_is_waited_out() {
    let place = Place::new();
    let writer = waiting(&place, "one\ntwo\nthree\n");
    // One that has printed all, and acknowledged nothing.
    let reader = place.reader().env("SHMCHAT_CRASH_AT", "before-acknowledge:1").finish();
    assert_eq!((reader.signal, reader.stdout.as_slice()), (Some(Signal::SIGABRT), b"one\ntwo\nthree\n".as_slice()));
    writer.stderr.wait_for("disconnected unexpectedly");
    assert!(writer.is_alive());
    // One that takes a part and quits.
    assert_eq!(place.reader().args("--count 2").finish().assert_well().stdout, b"one\ntwo\n");
    writer.stderr.wait_for("the reader has quit");
    writer.wait_asleep();
    let reader = place.reader().start();
    assert_eq!(writer.wait().code, Some(0));
    assert_eq!(reader.wait().assert_well().stdout, b"three\n");
    place.assert_nothing_left();
}

#[test]
fn what_an_earlier_writer_left_is_waited_for_too() {
    let place = Place::new();
    place.writer().input("earlier\n").finish().assert_well();
    let writer = waiting(&place, "");
    assert_eq!(place.reader().args("--count 1").finish().stdout, b"earlier\n");
    assert_eq!(writer.wait().code, Some(0));
    place.assert_nothing_left();
}

#[test]
fn without_input_there_is_nothing_to_wait_for() {
    let place = Place::new();
    place.writer().args("--wait-delivered").finish().assert_well();
    place.assert_nothing_left();
}

#[test]
fn who_waits_too_long_gives_up_and_says_what_waits() {
    let place = Place::new();
    let writer = place.writer().args("--wait-delivered --timeout 0.1").input("one\ntwo\n").finish();
    writer.assert_one_line(3, &["lobby", "2 messages", "and no reader is connected", "stays"]);
    assert_eq!(place.reader().finish().assert_well().stdout, b"one\ntwo\n");
    // One is there, and stopped.
    let reader = place.reader().args("-v").start();
    reader.wait_attached();
    reader.wait_asleep();
    reader.signal(Signal::SIGSTOP);
    let writer = place.writer().args("--wait-delivered --timeout 0.1").input("three\n").finish();
    writer.assert_one_line(3, &["1 message ", "although a reader is connected"]);
    reader.signal(Signal::SIGCONT);
    assert_eq!(reader.wait().stdout, b"three\n");
}

#[test]
fn signals_end_the_wait_and_what_waits_stays() {
    for (signal, code) in [(Signal::SIGTERM, 143), (Signal::SIGINT, 130), (Signal::SIGHUP, 129)] {
        let place = Place::new();
        let writer = waiting(&place, "one\n");
        writer.signal(signal);
        assert_eq!(writer.wait().code, Some(code));
        assert_eq!(place.reader().finish().assert_well().stdout, b"one\n");
        place.assert_nothing_left();
    }
}

#[test]
fn it_does_not_count_as_quit_before() {
    let place = Place::new();
    let writer = waiting(&place, "one\n");
    // A reader that comes finds a writer, and one that came before it was done would wait for more.
    let reader = place.reader().args("-v").start();
    reader.stderr.wait_for("is here");
    assert_eq!(writer.wait().code, Some(0));
    assert_eq!(reader.wait().code, Some(0));
}

#[test]
fn it_is_the_writers() {
    Place::new().reader().args("--wait-delivered").finish().assert_one_line(2, &["--wait-delivered"]);
}
