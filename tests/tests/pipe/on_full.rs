//! `writer --on-full fail|drop`: who does not want to wait for room either ends, or loses whole messages and says how many.

use nix::sys::signal::Signal;
use shmchat_tests::{Place, numbered_lines};
use std::io::{Write, pipe};

/// How many messages this says were dropped.
#[track_caller]
fn dropped(stderr: &str) -> usize {
    let line = stderr.lines().find(|line| line.contains(": segment full")).unwrap_or_else(|| panic!("{stderr}"));
    let words: Vec<_> = line.split_whitespace().collect();
    let at = words.iter().position(|word| word.starts_with("message")).expect("a number of messages");
    words[at - 1].parse().expect("a number")
}

#[test]
fn a_full_lane_ends_a_writer_that_is_not_to_wait() {
    let lines = String::from_utf8(numbered_lines(20_000)).expect("text");
    let json: String = lines.lines().map(|line| format!("{{\"text\":\"{line}\"}}\n")).collect();
    for (framing, input) in
        [("line", lines.clone()), ("nul", lines.replace('\n', "\0")), ("json", json), ("raw", lines.clone())]
    {
        let place = Place::new();
        let args = format!("--capacity 64KiB --on-full fail --framing {framing}");
        let writer = place.writer().args(&args).input(input).finish();
        let words =
            ["lobby", "65536 bytes is full", "bytes were read from standard input and not sent", "--on-full wait"];
        writer.assert_one_line(1, &words);
        let reader = place.reader().finish();
        // The stream has no end.
        assert_eq!(reader.code, Some(i32::from(framing == "raw")));
        let shown = String::from_utf8(reader.stdout).expect("text");
        assert!(shown.len() > 10_000 && lines.starts_with(&shown), "what was sent are the first lines");
        assert!(shown.ends_with('\n') || framing == "raw", "and they are whole");
        place.assert_nothing_left();
    }
}

#[test]
fn what_fits_is_no_reason_to_fail() {
    for what in ["fail", "drop"] {
        for framing in ["line", "nul", "raw"] {
            if (what, framing) == ("drop", "raw") {
                continue;
            }
            let place = Place::new();
            let args = format!("--capacity 64KiB --on-full {what} --framing {framing}");
            let end = if framing == "nul" { '\0' } else { '\n' };
            // Nearly half of the lane: as much as a message may be that goes in whole.
            let long = format!("{}{end}", "~".repeat(31_000));
            place.writer().args(&args).input(long.clone()).finish().assert_well();
            place.writer().args(&args).input(long.clone()).finish().assert_well();
            // To a reader of lines each stream would be a line without its end.
            let raw = framing == "raw";
            let reader = place.reader().args(if raw { "--framing raw" } else { "" }).finish();
            let shown = &reader.assert_well().stdout;
            let expected = if raw { long.repeat(2) } else { format!("{}\n", "~".repeat(31_000)).repeat(2) };
            assert!(*shown == expected.as_bytes(), "{what} {framing}: {} bytes", shown.len());
        }
    }
}

#[test]
fn messages_that_find_no_room_are_dropped_whole_and_counted() {
    for (framing, end) in [("line", "\n"), ("nul", "\0"), ("json", "\n")] {
        let place = Place::new();
        let lines = String::from_utf8(numbered_lines(20_000)).expect("text");
        let input: String = match framing {
            "json" => lines.lines().map(|line| format!("{{\"text\":\"{line}\"}}\n")).collect(),
            _ => lines.replace('\n', end),
        };
        let args = format!("--capacity 64KiB --on-full drop --framing {framing}");
        let writer = place.writer().args(&args).input(input).finish();
        assert_eq!(writer.code, Some(0), "{}", writer.stderr);
        assert_eq!(writer.stderr.lines().count(), 1, "{}", writer.stderr);
        let reader = place.reader().finish();
        reader.assert_well();
        let shown = String::from_utf8(reader.stdout).expect("text");
        let mut sent = lines.lines();
        for line in shown.lines() {
            assert!(sent.any(|other| other == line), "{line:?} is whole and in order");
        }
        assert_eq!(shown.lines().count() + dropped(&writer.stderr), 20_000);
        place.assert_nothing_left();
    }
}

#[test]
fn beside_a_reader_what_arrives_and_what_was_dropped_make_up_all() {
    let place = Place::new();
    let reader = place.reader().args("-v --stay").start();
    reader.wait_attached();
    // Messages of one to a dozen records of a small lane.
    let long: Vec<String> = (0..3_000).map(|number| format!("{number} {}", "~".repeat(number * 37 % 30_000))).collect();
    let args = "--capacity 64KiB --on-full drop --wait-delivered";
    let writer = place.writer().args(args).input(long.join("\n") + "\n").finish();
    assert_eq!(writer.code, Some(0), "{}", writer.stderr);
    let shown = String::from_utf8(reader.kill().stdout).expect("text");
    let mut sent = long.iter();
    for line in shown.lines() {
        assert!(sent.any(|other| other == line), "{:?}… is whole and in order", &line[..line.len().min(20)]);
    }
    let lost = if writer.stderr.is_empty() { 0 } else { dropped(&writer.stderr) };
    assert_eq!(shown.lines().count() + lost, long.len());
}

#[test]
fn a_message_that_can_never_go_in_whole_is_dropped_whole_and_its_neighbours_arrive() {
    let place = Place::new();
    let long = "~".repeat(200_000);
    let writer =
        place.writer().args("--capacity 64KiB --on-full drop").input(format!("one\n{long}\nthree\n{long}")).finish();
    assert_eq!(writer.code, Some(0));
    for words in ["dropped 2 messages (400000 bytes): segment full", "2 of them too long to go in whole"] {
        assert!(writer.stderr.contains(words), "{}", writer.stderr);
    }
    assert_eq!(place.reader().finish().assert_well().stdout, b"one\nthree\n");
    // The same of parts of one message.
    let piece = format!("{{\"text\":\"{}\",\"more\":true}}\n", "~".repeat(10_000));
    let input =
        format!("{}{{\"text\":\"end\"}}\n{{\"text\":\"a\",\"more\":true}}\n{{\"text\":\"b\"}}\n", piece.repeat(9));
    let writer = place.writer().args("--capacity 64KiB --on-full drop --framing json").input(input).finish();
    assert_eq!(dropped(&writer.stderr), 1);
    assert_eq!(place.reader().finish().assert_well().stdout, b"ab\n");
}

#[test]
fn what_was_dropped_is_said_under_a_signal_too() {
    let place = Place::new();
    let (from, mut to) = pipe().expect("a pipe");
    let writer = place.writer().args("--capacity 64KiB --on-full drop").input_of(from).start();
    // More than the lane and the pipe hold by far: when the last of it is in the pipe, the lane has been full for long.
    to.write_all(&numbered_lines(100_000)).expect("the writer reads");
    writer.signal(Signal::SIGTERM);
    let writer = writer.wait();
    assert_eq!(writer.code, Some(143));
    assert!(dropped(&writer.stderr) > 0);
}

#[test]
fn a_stream_has_nothing_to_drop() {
    let place = Place::new();
    place
        .writer()
        .args("--framing raw --on-full drop")
        .finish()
        .assert_one_line(2, &["--on-full drop", "--framing raw"]);
    place.writer().args("--on-full panic").finish().assert_one_line(2, &["--on-full", "wait, fail, drop"]);
    place.reader().args("--on-full drop").finish().assert_one_line(2, &["--on-full"]);
    assert_eq!(std::fs::read_dir(place.dir()).expect("the folder").count(), 0, "nothing was made");
}
