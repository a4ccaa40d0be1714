//! Who is there: that they type, and what they call themselves.

use shmchat_tests::Place;

#[test]
fn typing_is_shown_while_it_lasts_and_puts_nothing_in_the_lane() {
    let place = Place::new();
    let (mut writer, mut reader) = place.screens_writer_first();
    writer.press("h");
    reader.wait_for("alice ● typing…");
    writer.press("\x7f");
    reader.wait_for("alice ● here");
    writer.press("hello\r");
    reader.wait_for("alice  hello");
    reader.wait_for("alice ● here");
    reader.press("i");
    reader.press("hi");
    writer.wait_for("bob ● typing…");
    // And then bob does nothing: it fades, though no doorbell rings.
    writer.wait_for("bob ● here");
    writer.press("\x03");
    assert_eq!(writer.wait(), Some(0));
}

#[test]
fn a_command_is_not_typing() {
    let place = Place::new();
    let (mut writer, mut reader) = place.screens_writer_first();
    writer.press("/clea");
    writer.wait_for("/clea");
    reader.press("ihello\r");
    writer.wait_for("hello");
    writer.press("r\r");
    writer.wait_until_gone("hello");
    writer.press("/quit\r");
    assert_eq!((writer.wait(), reader.wait()), (Some(0), Some(0)));
    assert!(!String::from_utf8_lossy(&reader.raw()).contains("typing…"), "a command was shown as typing");
}

#[test]
fn who_shows_no_typing_sees_none() {
    let place = Place::new();
    let mut reader = place.reader().args("--name bob --no-typing").in_terminal();
    reader.wait_for("waiting for a writer");
    let mut writer = place.writer().args("--name alice").in_terminal();
    writer.wait_for("bob ● here");
    writer.press("one\r");
    reader.wait_for("one");
    reader.press("itwo\r");
    writer.wait_for("two");
    for (screen, who) in [(&reader, "the reader"), (&writer, "the writer")] {
        assert!(!String::from_utf8_lossy(&screen.raw()).contains("typing…"), "{who} shows it");
    }
}

#[test]
fn several_lives_that_wait_have_their_own_names_on_the_screen() {
    let place = Place::new();
    place.writer().args("--name bob").input(b"one\n").finish().assert_well();
    place.writer().args("--name carol").input(b"two\n").finish().assert_well();
    let reader = place.reader().args("--name ann").in_terminal();
    reader.wait_for("bob    one");
    reader.wait_for("carol  two");
}
