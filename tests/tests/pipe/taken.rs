//! What a closed pipe never took is still there: `reader | head -1` uses up what `head` read, and nothing more.

use nix::sys::signal::Signal;
use rustix::io::ioctl_fionread;
use shmchat_tests::{LIMIT, Place, Process, assert_same_bytes, numbered_lines};
use std::io::{PipeReader, Read, pipe};
use std::time::Instant;

/// A reader that prints into a pipe.
fn piped(place: &Place, args: &str) -> (Process, PipeReader) {
    let (from, to) = pipe().expect("a pipe");
    (place.reader().args(args).output_of(to).start(), from)
}

/// The next so many bytes.
fn take(from: &mut PipeReader, bytes: usize) -> Vec<u8> {
    let mut taken = vec![0; bytes];
    from.read_exact(&mut taken).expect("as much as was asked for");
    taken
}

/// What the next reader prints, which leaves nothing.
#[track_caller]
fn rest(place: &Place, args: &str) -> Vec<u8> {
    place.writer().finish().assert_well();
    let reader = place.reader().args(args).finish();
    reader.assert_well();
    place.assert_nothing_left();
    reader.stdout
}

/// How much `head` reads at once.
const HEAD: usize = 8192;

/// The lines of `all` that begin at byte `from`, or in which that byte is.
fn whole_from(all: &[u8], from: usize) -> &[u8] {
    let start = all[..from].iter().rposition(|&byte| byte == b'\n').map_or(0, |end| end + 1);
    &all[start..]
}

#[test]
fn a_pipe_that_is_closed_early_uses_up_only_the_lines_that_were_taken_from_it() {
    // Less than a pipe holds, which the reader has written when the pipe is closed; and more.
    for lines in [3_000, 100_000] {
        for taken in [1, HEAD, HEAD + 1] {
            let place = Place::new();
            let all = numbered_lines(lines);
            place.writer().args("--capacity 4MiB").input(all.clone()).finish().assert_well();
            let (reader, mut from) = piped(&place, "");
            assert_eq!(take(&mut from, taken), all[..taken]);
            drop(from);
            reader.wait().assert_well();
            assert_same_bytes(
                &rest(&place, ""),
                whole_from(&all, taken),
                &format!("{lines} lines, {taken} bytes taken"),
            );
        }
    }
}

#[test]
fn lines_beside_a_living_writer_stay_too_if_they_were_not_taken() {
    let place = Place::new();
    let all = numbered_lines(1_000);
    let mut writer = place.writer().held_input().start();
    let (reader, mut from) = piped(&place, "-v");
    writer.send(all.clone());
    assert_eq!(take(&mut from, 100), all[..100]);
    drop(from);
    assert_eq!(reader.wait().code, Some(0));
    writer.end_input();
    writer.wait().assert_well();
    assert_same_bytes(&rest(&place, ""), whole_from(&all, 100), "what was not taken");
}

#[test]
fn messages_of_any_framing_stay_whole_if_they_were_taken_in_part() {
    let long = |number: usize| format!("{number}: {}\n", "x".repeat(20_000));
    let all: String = (0..20).map(long).collect();
    for framing in ["line", "nul"] {
        let place = Place::new();
        place.writer().input(all.clone()).finish().assert_well();
        let (reader, mut from) = piped(&place, &format!("--framing {framing}"));
        take(&mut from, 50_000);
        drop(from);
        reader.wait().assert_well();
        assert_same_bytes(&rest(&place, ""), whole_from(all.as_bytes(), 50_000), framing);
    }
    let place = Place::new();
    let all = numbered_lines(2_000);
    place.writer().input(all.clone()).finish().assert_well();
    let (reader, mut from) = piped(&place, "--framing json");
    let objects = String::from_utf8(take(&mut from, HEAD)).expect("text");
    drop(from);
    reader.wait().assert_well();
    let whole = objects.lines().count() - 1;
    let expected: Vec<u8> = all.split_inclusive(|&byte| byte == b'\n').skip(whole).flatten().copied().collect();
    assert_same_bytes(&rest(&place, ""), &expected, "json");
}

#[test]
fn a_stream_stays_to_the_byte() {
    let place = Place::new();
    let all = numbered_lines(100_000);
    place.writer().args("--capacity 4MiB --framing raw").input(all.clone()).finish().assert_well();
    let (reader, mut from) = piped(&place, "--framing raw");
    take(&mut from, 12_345);
    drop(from);
    reader.wait().assert_well();
    assert_same_bytes(&rest(&place, "--framing raw"), &all[12_345..], "the rest of the stream");
}

#[test]
fn a_reader_of_so_many_messages_leaves_those_that_were_not_taken() {
    let place = Place::new();
    let all = numbered_lines(2_000);
    place.writer().input(all.clone()).finish().assert_well();
    let (reader, mut from) = piped(&place, "--count 1000");
    take(&mut from, 10);
    drop(from);
    reader.wait().assert_well();
    assert_same_bytes(&rest(&place, ""), whole_from(&all, 10), "what was not taken");
}

#[test]
fn a_pipe_whose_reader_is_late_gets_everything_and_the_reader_does_not_wait_for_ever() {
    let place = Place::new();
    let all = numbered_lines(1_000);
    place.writer().input(all.clone()).finish().assert_well();
    let (reader, mut from) = piped(&place, "");
    // It ends although nobody has read a byte.
    reader.wait().assert_well();
    place.assert_nothing_left();
    let mut late = Vec::new();
    from.read_to_end(&mut late).expect("what the pipe holds");
    assert_same_bytes(&late, &all, "what the pipe holds");
}

/// A reader that has written all of these lines, of which 100 bytes were taken, and that has a signal to end it and is stopped.
fn stopped(place: &Place, all: &[u8]) -> (Process, PipeReader) {
    let writer = place.writer().held_input().start();
    let (reader, mut from) = piped(place, "");
    writer.send(all);
    take(&mut from, 100);
    let limit = Instant::now() + LIMIT;
    while ioctl_fionread(&from).expect("a pipe") < all.len() as u64 - 100 {
        assert!(Instant::now() < limit, "it does not write all");
        std::thread::yield_now();
    }
    reader.signal(Signal::SIGSTOP);
    reader.signal(Signal::SIGTERM);
    writer.kill();
    (reader, from)
}

#[test]
fn a_signal_leaves_in_the_pipe_what_is_in_the_pipe() {
    let place = Place::new();
    let all = numbered_lines(1_000);
    let (reader, mut from) = stopped(&place, &all);
    reader.signal(Signal::SIGCONT);
    assert_eq!(reader.wait().code, Some(143));
    let mut rest_of_pipe = Vec::new();
    from.read_to_end(&mut rest_of_pipe).expect("what the pipe holds");
    assert_same_bytes(&rest_of_pipe, &all[100..], "what the pipe holds");
    // Nothing is left that could come twice.
    place.writer().finish().assert_well();
    place.assert_nothing_left();
}

#[test]
fn a_signal_to_both_ends_of_a_pipe_loses_nothing() {
    let place = Place::new();
    let all = numbered_lines(1_000);
    let (reader, from) = stopped(&place, &all);
    drop(from);
    reader.signal(Signal::SIGCONT);
    assert_eq!(reader.wait().code, Some(143));
    assert_same_bytes(&rest(&place, ""), whole_from(&all, 100), "what was not taken");
}
