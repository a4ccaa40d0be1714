//! `reader --count N`: so many messages, and the next one is the next reader's.

use nix::sys::signal::Signal;
use shmchat_tests::{Place, numbered_lines};
use std::io::pipe;

/// What a reader of so many prints, which ends well.
#[track_caller]
fn read(place: &Place, count: u64, framing: &str) -> String {
    let reader = place.reader().args(&format!("--count {count} --framing {framing}")).finish();
    reader.assert_well();
    String::from_utf8(reader.stdout).expect("text")
}

#[test]
fn the_next_message_is_the_next_readers_also_within_a_block_of_lines() {
    let place = Place::new();
    // One block of lines, and an end that is none.
    place.writer().input("one\ntwo\n\nfour\nfive\nsix").finish().assert_well();
    assert_eq!(read(&place, 1, "line"), "one\n");
    assert_eq!(read(&place, 2, "line"), "two\n\n");
    assert_eq!(read(&place, 1, "nul"), "four\0");
    assert!(read(&place, 1, "json").ends_with("\"text\":\"five\"}\n"));
    assert_eq!(read(&place, 1, "line"), "six");
    place.assert_nothing_left();
}

#[test]
fn any_counts_in_turn_make_up_all() {
    for writer in ["line", "nul", "json"] {
        let place = Place::new();
        let lines = numbered_lines(3_000);
        let text = String::from_utf8(lines).expect("text");
        let input: String = match writer {
            "nul" => text.replace('\n', "\0"),
            "json" => text.lines().map(|line| format!("{{\"text\":\"{line}\"}}\n")).collect(),
            _ => text.clone(),
        };
        place.writer().args("--framing").arg(writer).input(input).finish().assert_well();
        let (mut shown, mut next, mut left) = (String::new(), 1, 3_000);
        while left > 0 {
            let count = next.min(left);
            let part = read(&place, count, "line");
            assert_eq!(part.lines().count() as u64, count);
            shown.push_str(&part);
            left -= count;
            next = next * 3 % 1009;
        }
        assert_eq!(shown, text, "{writer}");
        place.assert_nothing_left();
    }
}

#[test]
fn as_many_as_there_are_leave_nothing_and_more_are_waited_for() {
    let place = Place::new();
    place.writer().input("one\ntwo\n").finish().assert_well();
    assert_eq!(read(&place, 2, "line"), "one\ntwo\n");
    place.assert_nothing_left();
    let reader = place.reader().args("--count 3").start();
    let writer = place.writer().held_input().start();
    writer.send("one\ntwo\n");
    reader.stdout.wait_for("two\n");
    assert!(reader.is_alive());
    writer.send("three\nfour\n");
    assert_eq!(reader.wait().assert_well().stdout, b"one\ntwo\nthree\n");
    // The writer stays, and what it sent waits.
    writer.signal(Signal::SIGTERM);
    assert_eq!(writer.wait().code, Some(143));
    assert_eq!(read(&place, 1, "line"), "four\n");
    place.assert_nothing_left();
}

#[test]
fn a_writer_that_quits_before_ends_it_too() {
    let place = Place::new();
    place.writer().input("one\n").finish().assert_well();
    assert_eq!(read(&place, 5, "line"), "one\n");
}

#[test]
fn a_long_message_counts_once() {
    for writer in ["line", "nul", "raw"] {
        let place = Place::new();
        let long = "~".repeat(300_000);
        let end = match writer {
            "line" => "\n",
            "nul" => "\0",
            _ => "",
        };
        place.writer().args("--framing").arg(writer).input(format!("{long}{end}")).finish().assert_well();
        place.writer().input("after\n").finish().assert_well();
        assert_eq!(read(&place, 1, "line").trim_end(), long);
        assert_eq!(read(&place, 1, "line"), "after\n");
        place.assert_nothing_left();
    }
}

#[test]
fn what_could_not_be_written_is_not_counted() {
    let place = Place::new();
    place.writer().input("one\ntwo\nthree\n").finish().assert_well();
    let (from, to) = pipe().expect("a pipe");
    drop(from);
    place.reader().args("--count 2").output_of(to).finish().assert_well();
    assert_eq!(read(&place, 3, "line"), "one\ntwo\nthree\n");
}

#[test]
fn a_reader_killed_after_it_wrote_has_its_lines_shown_again() {
    // Before and after the place in the block is marked.
    for (point, again) in [("before-acknowledge:1", "one\ntwo\nthree\n"), ("mark-stored", "three\n")] {
        let place = Place::new();
        place.writer().input("one\ntwo\nthree\n").finish().assert_well();
        let reader = place.reader().args("--count 2").env("SHMCHAT_CRASH_AT", point).finish();
        assert_eq!((reader.signal, reader.stdout.as_slice()), (Some(Signal::SIGABRT), b"one\ntwo\n".as_slice()));
        assert_eq!(place.reader().finish().stdout, again.as_bytes(), "{point}");
    }
}

#[test]
fn a_count_does_without_the_screen() {
    let place = Place::new();
    let reader = place.reader().args("--count 1 -v").in_terminal();
    reader.wait_for("attached as reader");
    place.writer().input("one\ntwo\n").finish().assert_well();
    assert_eq!(reader.wait(), Some(0));
    assert!(reader.contents().contains("one") && !reader.contents().contains("two"), "{}", reader.contents());
    assert_eq!(read(&place, 1, "line"), "two\n");
}

#[test]
fn a_count_that_is_none_is_wrong_usage() {
    let place = Place::new();
    for count in ["0", "-1", "1.5", "all", "", "99999999999999999999"] {
        place.reader().arg(format!("--count={count}")).finish().assert_one_line(2, &["--count", "1 or more"]);
    }
    place
        .reader()
        .args("--count -1")
        .finish()
        .assert_one_line(2, &["--count", "expected a number of messages, 1 or more"]);
    place.reader().args("--count 1 --framing raw").finish().assert_one_line(2, &["--count", "--framing raw"]);
    place.writer().args("--count 1").finish().assert_one_line(2, &["--count"]);
    assert_eq!(std::fs::read_dir(place.dir()).expect("the folder").count(), 0, "nothing was made");
}
