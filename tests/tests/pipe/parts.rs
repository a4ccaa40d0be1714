//! What fits half the lane goes in whole, comes out whole, and is acknowledged whole, in every framing; what is longer is
//! never taken for whole where its writer died.

use nix::fcntl::{FcntlArg, fcntl};
use nix::sys::signal::Signal;
use shmchat_tests::{Ended, Noise, Place, Process, assert_same_bytes, output, program};
use std::io::{Write, pipe};
use std::process::Command;

/// Messages that end in a byte, as `framing` has them.
fn framed(framing: &str, text: &str) -> String {
    match framing {
        "nul" => format!("{text}\0"),
        "json" => format!("{{\"text\":\"{text}\"}}\n"),
        _ => format!("{text}\n"),
    }
}

#[test]
fn what_fits_half_the_lane_goes_in_whole_or_not_at_all() {
    // Just under half, and little more than a record.
    for (capacity, lengths) in [("64KiB", [31_640, 16_400]), ("1MiB", [507_840, 65_600])] {
        for length in lengths {
            for framing in ["line", "nul", "json"] {
                let text = "~".repeat(length);
                for (point, expected) in
                    [("payload-stored:2", ""), ("message-half-stored:1", ""), ("tail-stored:1", &*text)]
                {
                    let place = Place::new();
                    let args = format!("--capacity {capacity} --framing {framing}");
                    let writer =
                        place.writer().args(&args).env("SHMCHAT_CRASH_AT", point).input(framed(framing, &text));
                    assert!(writer.finish().signal.is_some(), "{point} was not reached");
                    place.writer().input("next\n").finish().assert_well();
                    let reader = place.reader().finish();
                    let all = if expected.is_empty() { "next\n".to_owned() } else { format!("{expected}\nnext\n") };
                    assert_same_bytes(
                        &reader.assert_well().stdout,
                        all.as_bytes(),
                        &format!("{framing} {length} {point}"),
                    );
                    place.assert_nothing_left();
                }
            }
        }
    }
}

/// A reader whose standard output takes so many bytes, until it sleeps there.
fn stuck(place: &Place, args: &str, room: usize) -> (Process, std::io::PipeReader) {
    let (from, mut to) = pipe().expect("a pipe");
    let size = fcntl(&to, FcntlArg::F_SETPIPE_SZ(1 << 19)).expect("a larger pipe") as usize;
    to.write_all(&vec![b'.'; size - room]).expect("filling the pipe");
    let reader = place.reader().args("-v").args(args).output_of(to).start();
    reader.wait_attached();
    reader.wait_asleep();
    (reader, from)
}

#[test]
fn a_reader_that_is_killed_inside_of_what_went_in_whole_leaves_it_whole() {
    for (args, framing) in
        [("", "line"), ("--count 1", "line"), ("-0", "nul"), ("-0 --count 1", "nul"), ("--framing json", "json")]
    {
        let place = Place::new();
        let text = "~".repeat(500_000);
        place.writer().args("--framing").arg(framing).input(framed(framing, &text)).finish().assert_well();
        for room in [100_000, 300_000] {
            let (reader, _from) = stuck(&place, args, room);
            reader.kill();
        }
        let reader = place.reader().finish();
        assert_same_bytes(&reader.assert_well().stdout, format!("{text}\n").as_bytes(), args);
        place.assert_nothing_left();
    }
}

#[test]
fn of_what_is_longer_nothing_is_lost_when_readers_are_killed() {
    for framing in ["line", "nul"] {
        let place = Place::new();
        let line = Noise(3).bytes(2_000_000).into_iter().map(|byte| byte | 0x20).collect::<Vec<u8>>();
        let end = if framing == "line" { b'\n' } else { 0 };
        let line = [&line[..], &[end]].concat();
        let args = format!("--framing {framing} --capacity 64KiB");
        let writer = place.writer().args(&args).input(line.clone()).start();
        let mut reached = 0;
        for point in ["before-acknowledge:9", "head-stored:3", "before-acknowledge:2", "head-stored:1", "none"] {
            let reader = place.reader().args(&args);
            let reader = if point == "none" { reader } else { reader.env("SHMCHAT_CRASH_AT", point) }.finish();
            assert_eq!(reader.stderr.contains("the rest of a message"), reached > 0, "{}", reader.stderr);
            let start = (0..=reached).rev().find(|&start| line[start..].starts_with(&reader.stdout));
            reached = start.expect("it goes on where the one before was in doubt") + reader.stdout.len();
        }
        assert_eq!(reached, line.len());
        assert_eq!(writer.wait().code, Some(0));
        place.assert_nothing_left();
    }
}

/// A reader that has printed the beginning of a message, and a writer that has sent no more of it yet.
fn half_a_message(place: &Place, framing: &str, args: &str) -> (Process, Process) {
    let reader = place.reader().args("--framing").arg(framing).args(args).start();
    let writer = place.writer().args("--framing").arg(framing).held_input().start();
    let long = "~".repeat(600_000);
    writer.send(if framing == "json" {
        format!("{{\"seq\":1,\"text\":\"begin{long}\",\"more\":true}}\n")
    } else {
        format!("begin{long}")
    });
    reader.stdout.wait_for("begin");
    (reader, writer)
}

/// Asserts that the reader ended for a half-printed message, and that the command it told prints what comes next.
#[track_caller]
fn assert_torn(reader: &Ended, next: &str) {
    assert_eq!(reader.code, Some(1), "{}", reader.stderr);
    let printed = String::from_utf8_lossy(&reader.stdout);
    assert!(printed.starts_with("begin~~~") && printed.ends_with("~~~"), "nothing behind it");
    let line = reader.stderr.lines().last().expect("a line on standard error");
    for words in ["reader: channel lobby: ", "was cut off: its writer died or quit before the end"] {
        assert!(line.contains(words), "{words} in {}", reader.stderr);
    }
    let (_, command) = line.split_once("print what comes next with: ").expect("a command");
    if next.is_empty() {
        return;
    }
    let programs = program("reader").parent().expect("a folder").to_owned();
    let output = output(Command::new("/bin/sh").arg("-c").arg(command).env("PATH", programs)).expect("sh");
    assert_eq!(String::from_utf8_lossy(&output.stdout), next, "{}", String::from_utf8_lossy(&output.stderr));
    assert_eq!(output.status.code(), Some(0));
}

#[test]
fn behind_half_a_line_nothing_is_printed_and_the_next_message_stays() {
    for (framing, next) in [("line", "next\nlast\n"), ("nul", "next\0last\0")] {
        for args in ["", "--stay", "--count 5"] {
            let place = Place::new();
            let (reader, writer) = half_a_message(&place, framing, args);
            writer.kill();
            reader.stderr.wait_for("disconnected unexpectedly");
            place.writer().args("--framing").arg(framing).input(next).finish().assert_well();
            assert_torn(&reader.wait(), next);
            place.assert_nothing_left();
        }
    }
}

#[test]
fn a_writer_that_quits_in_the_middle_leaves_half_a_line_too() {
    for framing in ["line", "nul"] {
        let place = Place::new();
        let (reader, writer) = half_a_message(&place, framing, "");
        writer.signal(Signal::SIGTERM);
        assert_eq!(writer.wait().code, Some(143));
        assert_torn(&reader.wait(), "");
        place.assert_nothing_left();
    }
}

#[test]
fn an_object_says_that_a_message_was_cut_off_and_the_reader_goes_on() {
    let place = Place::new();
    let (reader, writer) = half_a_message(&place, "json", "");
    writer.kill();
    reader.stderr.wait_for("disconnected unexpectedly");
    let writer = place.writer().args("--framing raw").held_input().start();
    writer.send("half a stream");
    reader.stdout.wait_for("half a stream");
    writer.signal(Signal::SIGTERM);
    writer.wait();
    let reader = reader.wait();
    assert_eq!(reader.code, Some(1));
    assert!(reader.stderr.ends_with("reader: channel lobby: 2 messages were cut off: their writers died or quit before the end; the parts that arrived were printed\n"), "{}", reader.stderr);
    let objects: Vec<serde_json::Value> = reader
        .stdout
        .split_inclusive(|&byte| byte == b'\n')
        .map(|line| serde_json::from_slice(line).expect("an object"))
        .collect();
    let cuts: Vec<_> =
        objects.iter().enumerate().filter(|(_, object)| object["cut"] == true).map(|(at, _)| at).collect();
    assert_eq!(cuts, [objects.len() - 3, objects.len() - 1]);
    for cut in cuts {
        assert_eq!((&objects[cut]["seq"], objects[cut].get("text")), (&objects[cut - 1]["seq"], None));
        assert_eq!(objects[cut - 1]["more"], true);
    }
    place.assert_nothing_left();

    // The same again on another channel: there too the messages are cut off, and none becomes whole.
    let writer = place.writer().args("--framing json").input(reader.stdout.clone()).start();
    let again = place.reader().args("--framing json").finish();
    assert_eq!((writer.wait().code, again.code), (Some(0), Some(1)));
    let flags = |objects: &[u8]| {
        let flag = |line: &[u8]| {
            let object: serde_json::Value = serde_json::from_slice(line).expect("an object");
            (object["more"] == true, object["cut"] == true)
        };
        let mut flags: Vec<_> = objects.split_inclusive(|&byte| byte == b'\n').map(flag).collect();
        flags.dedup();
        flags
    };
    assert_eq!(flags(&again.stdout), flags(&reader.stdout));
    place.assert_nothing_left();
}

#[test]
fn what_fits_a_terminal_or_a_stream_is_printed_on_after_a_cut_and_the_code_tells() {
    let place = Place::new();
    let reader = place.reader().args("--framing raw").start();
    let writer = place.writer().args("--framing raw").held_input().start();
    writer.send("half of it");
    reader.stdout.wait_for("half of it");
    writer.kill();
    reader.stderr.wait_for("disconnected unexpectedly");
    place.writer().args("--framing raw").input("all of it").finish().assert_well();
    let reader = reader.wait();
    assert_eq!((reader.code, reader.stdout.as_slice()), (Some(1), &b"half of itall of it"[..]));
    place.assert_nothing_left();
    // On a terminal half a line ends it like anywhere else.
    let reader = place.reader().args("--plain").in_terminal();
    let writer = place.writer().args("--framing raw").held_input().start();
    writer.send("half of it");
    reader.wait_for("half of it");
    writer.kill();
    reader.wait_for("disconnected unexpectedly");
    place.writer().input("next\n").finish().assert_well();
    reader.wait_for("print what comes next with:");
    assert_eq!(reader.wait(), Some(1));
    assert_eq!(place.reader().finish().assert_well().stdout, b"next\n");
}
