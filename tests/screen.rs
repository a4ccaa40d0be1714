//! Two screens on two pseudo-terminals talk to each other.

#![forbid(unsafe_code)]

use nix::sys::signal::Signal;
use shmchat_tests::Place;

#[test]
fn typed_lines_appear_on_the_other_side_both_ways() {
    let place = Place::new();
    let (mut writer, mut reader) = place.screens_writer_first();
    writer.press("hello from alice\r");
    reader.wait_for("alice  hello from alice");
    reader.press("i");
    reader.press("and hi from bob\r");
    writer.wait_for("bob    and hi from bob");
    writer.press("a third\r");
    reader.wait_for("a third");
    reader.press("a fourth\r");
    writer.wait_for("a fourth");
}

#[test]
fn a_reader_that_was_first_sees_the_writer_come() {
    let place = Place::new();
    let (mut writer, reader) = place.screens();
    writer.press("hello\r");
    reader.wait_for("alice  hello");
}

#[test]
fn what_was_written_before_the_reader_came_is_there() {
    let place = Place::new();
    let mut writer = place.writer().args("--name alice").in_terminal();
    writer.wait_for("waiting for a reader");
    writer.press("one\rtwo\rthree\r");
    writer.wait_for("3 waiting");
    let reader = place.reader().in_terminal();
    reader.wait_for("three");
    for text in ["one", "two", "three"] {
        assert!(reader.contents().contains(text), "{}", reader.contents());
    }
    writer.wait_until_gone("3 waiting");
}

#[test]
fn two_checks_appear_once_the_reader_has_taken_the_message() {
    let place = Place::new();
    let mut writer = place.writer().in_terminal();
    writer.wait_for("waiting for a reader");
    writer.press("hello\r");
    writer.wait_for("✓");
    assert!(!writer.contents().contains("✓✓"), "nobody has taken it:\n{}", writer.contents());
    let reader = place.reader().in_terminal();
    writer.wait_for("✓✓");
    reader.wait_for("hello");
}

#[test]
fn when_the_reader_quits_the_writer_stays_and_what_it_writes_waits_for_the_next() {
    let place = Place::new();
    let (mut writer, mut reader) = place.screens_writer_first();
    writer.press("before\r");
    reader.wait_for("before");
    reader.press("x");
    assert_eq!(reader.wait(), Some(0));
    writer.wait_for("bob quit; what you write waits");
    writer.press("after\r");
    writer.wait_for("1 waiting");

    let mut next = place.reader().args("--name carol").in_terminal();
    next.wait_for("alice  after");
    assert!(!next.contents().contains("before"), "taken before: {}", next.contents());
    writer.wait_for("carol ● here");
    writer.press("x\r");
    assert_eq!(writer.wait(), Some(0));
    assert_eq!(next.wait(), Some(0));
    place.assert_nothing_left();
    // It has ended: typing at it now harms nobody.
    next.press("x");
}

#[test]
fn a_writer_that_quit_before_the_reader_came_does_not_end_its_screen() {
    let place = Place::new();
    place.writer().args("--name alice").input("left behind\n").finish();
    let mut reader = place.reader().in_terminal();
    reader.wait_for("alice  left behind");
    reader.wait_for("alice ○ quit");
    let mut writer = place.writer().args("--name dave").in_terminal();
    // Its own screen must be there: an Enter typed before is a line feed to it, which is Ctrl-J.
    writer.wait_for("● here");
    reader.wait_for("dave ● here");
    writer.press("anyone here?\r");
    reader.wait_for("dave   anyone here?");
    reader.press("x");
    assert_eq!(reader.wait(), Some(0));
}

#[test]
fn a_killed_writer_is_gone_on_the_readers_screen_and_a_new_one_is_here() {
    let place = Place::new();
    let (writer, reader) = place.screens_writer_first();
    writer.signal(Signal::SIGKILL);
    reader.wait_for("alice ○ gone");
    reader.wait_for("gone without quitting");
    assert_eq!(writer.wait(), None);
    let mut writer = place.writer().args("--name eve").in_terminal();
    writer.wait_for("● here");
    reader.wait_for("eve ● here");
    writer.press("hello again\r");
    reader.wait_for("hello again");
}

#[test]
fn wide_characters_and_emoji_arrive_intact() {
    const TEXT: &str = "你好 é e\u{301} 👩‍🚀 🏳️‍🌈 한글 ก็ end";
    let place = Place::new();
    let (mut writer, mut reader) = place.screens_writer_first();
    writer.press(&format!("{TEXT}\r"));
    reader.wait_for("end");
    for piece in ["你好", "é", "e\u{301}", "한글", "ก็"] {
        assert!(reader.contents().contains(piece), "{piece} in\n{}", reader.contents());
    }
    // The parser takes emoji with joiners for several characters; what the terminal got is one piece.
    for piece in ["👩‍🚀", "🏳️‍🌈"] {
        let raw = reader.raw();
        assert!(raw.windows(piece.len()).any(|window| window == piece.as_bytes()), "{piece} in\n{}", reader.contents());
    }
    reader.press("x");
    assert_eq!(reader.wait(), Some(0));

    // And byte by byte, to a reader that is no screen.
    let reader = place.reader().start();
    writer.press(&format!("{TEXT}\rx\r"));
    assert_eq!(writer.wait(), Some(0));
    assert_eq!(reader.wait().stdout, format!("{TEXT}\n").into_bytes());
}

#[test]
fn a_paste_of_several_lines_is_one_message() {
    let place = Place::new();
    let (mut writer, reader) = place.screens_writer_first();
    writer.press("\x1b[200~first line\rx\rthird line\x1b[201~");
    writer.wait_for("third line");
    writer.press("\r");
    reader.wait_for("third line");
    assert!(reader.contents().contains("first line"));
    writer.wait_for("✓✓");
}

#[test]
fn resizing_down_to_one_cell_and_back_does_no_harm() {
    let place = Place::new();
    let (mut writer, mut reader) = place.screens_writer_first();
    writer.press("hello\r");
    reader.wait_for("hello");
    reader.press("ihi\r\x1b");
    writer.wait_for("hi");
    for (columns, rows) in [(20, 5), (1, 1), (2, 30), (200, 1), (132, 50), (80, 24)] {
        writer.resize(columns, rows);
        reader.resize(columns, rows);
    }
    writer.press("still here\r");
    reader.wait_for("alice  still here");
    reader.press("x");
    assert_eq!(reader.wait(), Some(0));
    reader.assert_restored();
}

#[test]
fn a_resize_while_a_screen_starts_is_not_missed() {
    for _ in 0..20 {
        let place = Place::new();
        let reader = place.reader().in_terminal();
        reader.wait_for("waiting for a writer");
        reader.resize(60, 20);
        // The rule goes from margin to margin of the new width.
        reader.wait_for(&"─".repeat(58));
    }
}

#[test]
fn long_messages_and_many_messages_do_no_harm_to_a_screen() {
    let place = Place::new();
    let mut reader = place.reader().args("--stay").in_terminal();
    reader.wait_for("waiting for a writer");
    let many: String = (0..30_000).map(|number| format!("message {number}\n")).collect();
    place.writer().input(many).finish().assert_well();
    reader.wait_for("message 29999");
    place.writer().input(vec![b'z'; 3 << 20]).finish().assert_well();
    reader.wait_for("bytes more, not shown");
    reader.press("x");
    assert_eq!(reader.wait(), Some(0));
    place.assert_nothing_left();
}

/// What a hostile writer would send, and a stretch of each that must not reach a terminal.
const HOSTILE: &[u8] = b"\x1b]0;pwned\x07\x1b[31;41mred\x1b[2J\x9b2J\xc2\x9b3J \xe2\x80\xaereversed\n";
const FORBIDDEN: [&[u8]; 7] =
    [b"\x1b]0;pwned", b"\x07", b"\x1b[31;41m", b"\x9b2J", b"\xc2\x9b", b"\xe2\x80\xae", b"\x1b[2Jx"];

#[track_caller]
fn assert_harmless(raw: &[u8]) {
    for forbidden in FORBIDDEN {
        let found = raw.windows(forbidden.len()).any(|window| window == forbidden);
        assert!(!found, "{forbidden:?} reached the terminal: {:?}", String::from_utf8_lossy(raw));
    }
}

#[test]
fn escape_sequences_from_a_pipe_never_reach_the_readers_screen() {
    let place = Place::new();
    let writer = place.writer().arg("--name").arg("evil\x1b]0;pwned\x07").held_input().start();
    let mut reader = place.reader().in_terminal();
    reader.wait_for("● here");
    writer.send(HOSTILE);
    reader.wait_for("␛]0;pwned␇␛[31;41mred␛[2J");
    reader.press("x");
    assert_eq!(reader.wait(), Some(0));
    // The last messages stand on the ordinary screen now: what is said there is as harmless.
    reader.wait_for("␛]0;pwned␇␛[31;41mred␛[2J");
    assert_harmless(&reader.raw());
}

#[test]
fn escape_sequences_from_a_pipe_never_reach_a_terminal_without_a_screen() {
    let place = Place::new();
    let mut writer = place.writer().arg("--name").arg("evil\x1b]0;pwned\x07").held_input().start();
    let reader = place.reader().args("--plain -vv").in_terminal();
    reader.wait_for("attached as reader");
    writer.send(HOSTILE);
    reader.wait_for("␛]0;pwned␇␛[31;41mred␛[2J");
    writer.end_input();
    assert_eq!(reader.wait(), Some(0));
    assert_harmless(&reader.raw());
}
