//! `--plain` on a terminal: no screen, and a line that is just `x` quits.

use shmchat_tests::Place;

#[test]
fn a_line_that_is_just_x_quits_the_writer() {
    let place = Place::new();
    let mut writer = place.writer().args("--plain -v").in_terminal();
    writer.wait_for("attached as writer");
    let reader = place.reader().start();
    writer.press("hello\rxx\r x\rlast words\rx\r");
    assert_eq!(writer.wait(), Some(0));
    writer.assert_restored();
    let reader = reader.wait();
    reader.assert_well();
    assert_eq!(String::from_utf8_lossy(&reader.stdout), "hello\nxx\n x\nlast words\n");
    place.assert_nothing_left();
}

#[test]
fn a_line_that_is_just_x_quits_the_reader() {
    let place = Place::new();
    let mut reader = place.reader().args("--plain -v").in_terminal();
    reader.wait_for("attached as reader");
    let writer = place.writer().held_input().start();
    writer.send("hello\n");
    reader.wait_for("hello");
    reader.press("y\rx\r");
    assert_eq!(reader.wait(), Some(0));
    reader.assert_restored();
    // The writer stays, and what it writes waits.
    writer.send("after\n");
    let next = place.reader().start();
    next.stdout.wait_for("after\n");
}

#[test]
fn ctrl_d_on_an_empty_line_and_ctrl_c_quit() {
    let place = Place::new();
    for (keys, code) in [("\x04", 0), ("\x03", 130)] {
        let mut reader = place.reader().args("--plain -v").in_terminal();
        reader.wait_for("attached as reader");
        reader.press(keys);
        assert_eq!(reader.wait(), Some(code), "{keys:?}");
        let mut writer = place.writer().args("--plain -v").in_terminal();
        writer.wait_for("attached as writer");
        writer.press(keys);
        assert_eq!(writer.wait(), Some(code), "{keys:?}");
        place.assert_nothing_left();
    }
}

#[test]
fn what_waits_is_told_to_the_person_who_quits() {
    let place = Place::new();
    let mut writer = place.writer().args("--plain -v").in_terminal();
    writer.wait_for("attached as writer");
    writer.press("one\rtwo\rx\r");
    assert_eq!(writer.wait(), Some(0));
    assert!(writer.contents().contains("2 messages are waiting in lobby for a reader"), "{}", writer.contents());
    let mut quiet = place.writer().args("--plain -q").in_terminal();
    quiet.press("x\r");
    assert_eq!(quiet.wait(), Some(0));
    assert!(!quiet.contents().contains("wait"), "{}", quiet.contents());
    assert_eq!(place.reader().finish().stdout, b"one\ntwo\n");
    place.assert_nothing_left();
}

#[test]
fn a_lost_terminal_ends_it_and_frees_its_role() {
    let place = Place::new();
    for _ in 0..2 {
        let reader = place.reader().args("--plain -v").in_terminal();
        reader.wait_for("attached as reader");
        let writer = place.writer().args("--plain -v").in_terminal();
        writer.wait_for("attached as writer");
        // The kernel sends SIGHUP, or the terminal reports its end first: both are an end in good order.
        let writer = writer.lose();
        assert!(matches!(writer, Some(0 | 129)), "{writer:?}");
        assert_eq!(reader.wait(), Some(0));
        let reader = place.reader().args("--plain -v").in_terminal();
        reader.wait_for("attached as reader");
        let reader = reader.lose();
        assert!(matches!(reader, Some(0 | 129)), "{reader:?}");
        place.assert_nothing_left();
    }
}
