//! Nothing that was typed is lost: letters find the line, and a draft outlives whatever ends the screen, or keeps it.

use nix::sys::signal::Signal;
use shmchat_tests::{Place, Terminal};

/// A reader's screen with a draft in its line, beside a writer's.
fn with_a_draft(place: &Place) -> (Terminal, Terminal) {
    let (writer, mut reader) = place.screens();
    reader.press("a draft");
    reader.wait_for("> a draft");
    (writer, reader)
}

#[test]
fn a_word_typed_outside_the_line_arrives_whole_on_both_screens() {
    let place = Place::new();
    let (mut writer, mut reader) = place.screens_writer_first();
    reader.press("hello 你好\r");
    writer.wait_for("bob    hello 你好");
    writer.press("\x1b");
    writer.wait_for("i write");
    // There is a message to copy by now: the first letter began the choice, the second one shows what was meant.
    writer.press("yes\r");
    reader.wait_for("alice  yes");
    // It has been drawn here too: the next letters must not follow Esc at once, or they are Alt's.
    writer.wait_for("Enter send");
    writer.press("\x1b");
    writer.wait_for("i write");
    writer.press("text\r");
    reader.wait_for("alice  text");
}

#[test]
fn x_asks_once_where_a_draft_stands_and_the_draft_is_printed() {
    let place = Place::new();
    let (_writer, mut reader) = with_a_draft(&place);
    reader.press("\x1b");
    reader.wait_for("x quit");
    reader.press("x");
    reader.wait_for("x again quits, any other key goes back");
    reader.press("q");
    reader.wait_until_gone("x again");
    reader.press("x");
    reader.wait_for("x again quits");
    reader.press("x");
    assert_eq!(reader.wait(), Some(0));
    reader.assert_restored();
    reader.wait_for("reader: not sent: a draft");
}

#[test]
fn whatever_ends_a_screen_the_draft_is_printed() {
    for (signal, code) in
        [(None, 0), (Some(Signal::SIGTERM), 143), (Some(Signal::SIGINT), 130), (Some(Signal::SIGHUP), 129)]
    {
        let place = Place::new();
        let mut writer = place.writer().in_terminal();
        writer.wait_for("waiting for a reader");
        // A message of several lines is printed as it is; one called back from the history does not hide it.
        writer.press("sent before\r");
        writer.press("\x1b[200~a draft\rof two lines\x1b[201~");
        writer.wait_for("of two lines");
        writer.press("\x10\x10");
        writer.wait_for("> sent before");
        match signal {
            None => writer.press("\x03"),
            Some(signal) => writer.signal(signal),
        }
        assert_eq!(writer.wait(), Some(code));
        writer.assert_restored();
        let printed = writer.contents();
        assert!(printed.contains("writer: not sent:\na draft\nof two lines\n"), "{printed}");
        assert!(!printed.contains("not sent: sent before"), "{printed}");
    }
}

#[test]
fn a_line_without_a_draft_leaves_nothing_to_print() {
    for keys in ["x\r", "/quit\r", "\x03", "\x04", "sent\r\x03"] {
        let place = Place::new();
        let mut writer = place.writer().in_terminal();
        writer.wait_for("waiting for a reader");
        writer.press(keys);
        assert_eq!(writer.wait(), Some(0), "{keys:?}");
        assert!(!writer.contents().contains("not sent"), "{}", writer.contents());
    }
}

#[test]
fn a_lost_terminal_leaves_the_draft_where_standard_error_goes_and_in_the_transcript() {
    let place = Place::new();
    let (log, kept) = (place.dir().join("errors"), place.dir().join("kept"));
    let writer = place.writer().args("--name alice --transcript").arg(&kept);
    let mut writer = writer.after(&format!("exec 2>{}", log.display())).in_terminal();
    writer.wait_for("waiting for a reader");
    writer.press("a draft");
    writer.wait_for("> a draft");
    assert_eq!(writer.lose_with_draft(), Some(129));
    let said = std::fs::read_to_string(&log).expect("what was said");
    assert!(said.contains("not sent: a draft"), "{said}");
    let kept = std::fs::read_to_string(&kept).expect("the transcript");
    assert!(kept.contains(" alice (not sent)  a draft\n"), "{kept}");
}

#[test]
fn a_writers_quit_does_not_end_a_screen_with_a_draft_which_can_still_be_sent() {
    let place = Place::new();
    let (mut writer, mut reader) = with_a_draft(&place);
    writer.press("bye\rx\r");
    assert_eq!(writer.wait(), Some(0));
    reader.wait_for("alice  bye");
    reader.wait_for("alice quit");
    reader.wait_for("this screen stays for your draft: Enter sends it");
    // Nor does it end once the line is empty: it may be about to be written anew.
    reader.press("\x15");
    reader.wait_until_gone("> a draft");
    reader.press("for later\r");
    reader.wait_for("bob    for later");
    // The next writer finds it, and its quit ends the screen as ever.
    let mut writer = place.writer().args("--name carol").in_terminal();
    writer.wait_for("bob    for later");
    reader.wait_for("carol is here");
    writer.press("x\r");
    assert_eq!(writer.wait(), Some(0));
    assert_eq!(reader.wait(), Some(0));
    reader.wait_for("the writer has quit");
    place.assert_nothing_left();
}
