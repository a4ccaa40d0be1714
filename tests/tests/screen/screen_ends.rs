//! However a screen ends, what was said arrives and the terminal is given back as it was.

use nix::sys::signal::Signal;
use shmchat_tests::Place;

#[test]
fn x_enter_quits_the_writer_and_then_the_reader_ends_with_what_was_said_on_the_ordinary_screen() {
    let place = Place::new();
    let (mut writer, mut reader) = place.screens();
    writer.press("hello\r");
    reader.wait_for("alice  hello");
    reader.press("ihi!\r");
    writer.wait_for("hi!");
    writer.press("x\r");
    assert_eq!(writer.wait(), Some(0));
    writer.assert_restored();
    assert_eq!(reader.wait(), Some(0));
    reader.assert_restored();
    for screen in [&writer, &reader] {
        let contents = screen.contents();
        assert!(contents.contains("alice  hello") && contents.contains("bob  hi!"), "{contents}");
    }
    assert!(reader.contents().contains("the writer has quit"), "{}", reader.contents());
    place.assert_nothing_left();
}

#[test]
fn x_quits_the_reader() {
    let place = Place::new();
    let (mut writer, mut reader) = place.screens();
    writer.press("hello\r");
    reader.wait_for("alice  hello");
    reader.press("x");
    assert_eq!(reader.wait(), Some(0));
    reader.assert_restored();
    assert!(reader.contents().contains("alice  hello"), "{}", reader.contents());
    writer.wait_for("bob quit");
    writer.press("x\r");
    assert_eq!(writer.wait(), Some(0));
    writer.assert_restored();
    place.assert_nothing_left();
}

#[test]
fn the_message_typed_just_before_quitting_arrives() {
    for _ in 0..10 {
        let place = Place::new();
        let (mut writer, reader) = place.screens();
        writer.press("last words\rx\r");
        assert_eq!(writer.wait(), Some(0));
        assert_eq!(reader.wait(), Some(0));
        assert!(reader.contents().contains("alice  last words"), "{}", reader.contents());
        place.assert_nothing_left();
    }
}

#[test]
fn the_reply_typed_just_before_quitting_arrives() {
    let place = Place::new();
    let (mut writer, mut reader) = place.screens();
    // Esc by itself: with the x in one go it would be Alt-x.
    reader.press("ilast words\r");
    reader.press("\x04");
    assert_eq!(reader.wait(), Some(0));
    writer.wait_for("bob    last words");
    writer.press("x\r");
    assert_eq!(writer.wait(), Some(0));
    place.assert_nothing_left();
}

#[test]
fn the_message_typed_just_before_quitting_waits_for_a_reader_that_is_not_there() {
    let place = Place::new();
    let mut writer = place.writer().in_terminal();
    writer.wait_for("waiting for a reader");
    writer.press("last words\rx\r");
    assert_eq!(writer.wait(), Some(0));
    assert!(writer.contents().contains("1 message is waiting in lobby"), "{}", writer.contents());
    let reader = place.reader().finish();
    reader.assert_well();
    assert_eq!(reader.stdout, b"last words\n");
    place.assert_nothing_left();
}

#[test]
fn there_are_other_ways_to_quit_and_an_x_can_be_sent() {
    // Ctrl-C; Ctrl-D on an empty line; an x after a backslash is a message, an x alone quits.
    for keys in ["\x03", "\x04", "\\x\r\x04", "not empty\x03"] {
        let place = Place::new();
        let mut writer = place.writer().in_terminal();
        writer.wait_for("waiting for a reader");
        writer.press(keys);
        assert_eq!(writer.wait(), Some(0), "{keys:?}");
        writer.assert_restored();
        if keys.contains("\\x") {
            assert_eq!(place.reader().finish().stdout, b"x\n");
        }
        place.assert_nothing_left();
    }
    for keys in ["\x03", "\x04", "x"] {
        let place = Place::new();
        let mut reader = place.reader().in_terminal();
        reader.wait_for("waiting for a writer");
        reader.press(keys);
        assert_eq!(reader.wait(), Some(0), "{keys:?}");
        reader.assert_restored();
        place.assert_nothing_left();
    }
}

#[test]
fn a_writers_line_is_left_by_esc_and_then_a_bare_x_quits() {
    let place = Place::new();
    let mut writer = place.writer().in_terminal();
    writer.wait_for("Enter send");
    writer.press("\x1b");
    writer.wait_for("i write");
    writer.press("x");
    assert_eq!(writer.wait(), Some(0));
    writer.assert_restored();
}

#[test]
fn signals_end_a_screen_in_good_order() {
    for (signal, code) in [(Signal::SIGTERM, 143), (Signal::SIGINT, 130), (Signal::SIGHUP, 129)] {
        let place = Place::new();
        let (mut writer, reader) = place.screens();
        writer.press("hello\r");
        reader.wait_for("hello");
        reader.signal(signal);
        assert_eq!(reader.wait(), Some(code));
        reader.assert_restored();
        assert!(reader.contents().contains("alice  hello"), "{}", reader.contents());
        // It quit, and did not just die.
        writer.wait_for("bob quit");
        writer.signal(signal);
        assert_eq!(writer.wait(), Some(code));
        writer.assert_restored();
        place.assert_nothing_left();
    }
}

#[test]
fn a_writer_whose_terminal_is_lost_ends_and_frees_its_role() {
    let place = Place::new();
    let (writer, reader) = place.screens();
    assert_eq!(writer.lose(), Some(129));
    // It quit in good order, and so the reader ends.
    assert_eq!(reader.wait(), Some(0));
    place.assert_nothing_left();
    place.writer().finish().assert_well();
}

#[test]
fn a_reader_whose_terminal_is_lost_ends_and_frees_its_role() {
    let place = Place::new();
    let (mut writer, reader) = place.screens();
    assert_eq!(reader.lose(), Some(129));
    writer.wait_for("bob quit");
    writer.press("for the next\rx\r");
    assert_eq!(writer.wait(), Some(0));
    assert_eq!(place.reader().finish().stdout, b"for the next\n");
    place.assert_nothing_left();
}

#[test]
fn a_peer_that_quits_while_both_terminals_are_lost_leaves_nothing() {
    let place = Place::new();
    let (writer, reader) = place.screens();
    assert_eq!(reader.lose(), Some(129));
    assert_eq!(writer.lose(), Some(129));
    place.assert_nothing_left();
}
