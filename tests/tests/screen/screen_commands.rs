//! Commands that begin with a slash, on real screens.

use shmchat_tests::Place;
use shmchat_tests::called;
use std::fs;
use std::os::unix::fs::PermissionsExt;

#[test]
fn a_command_is_completed_and_done_on_both_screens_and_never_sent() {
    let place = Place::new();
    let (mut writer, mut reader) = place.screens_writer_first();
    // Before it looks: ours attaches the segment, too.
    let id = place.only_segment();
    writer.press("/stat\t\r");
    writer.wait_for(&called(&id));
    writer.wait_for("reader    bob, here since");
    writer.wait_for("messages  nothing is waiting");
    reader.press("i/status\r");
    reader.wait_for("reader    bob, which is you");
    reader.wait_for("writer    alice, here since");
    writer.press("/help\r");
    writer.wait_for("/save FILE");
    writer.press("/quit\r");
    assert_eq!(writer.wait(), Some(0));
    assert_eq!(reader.wait(), Some(0));
    assert!(!reader.contents().contains("alice  /"), "{}", reader.contents());
}

#[test]
fn what_is_no_command_stays_in_the_line_and_two_slashes_send_one() {
    let place = Place::new();
    let (mut writer, reader) = place.screens_writer_first();
    writer.press("/usr/bin\r");
    writer.wait_for("not a command; // sends a slash");
    writer.wait_for("> /usr/bin");
    // To the start of the line, and a second slash.
    writer.press("\x01/\r");
    reader.wait_for("alice  /usr/bin");
    // A paste is sent as it is, whatever it begins with.
    writer.press("\x1b[200~/quit\r/usr\x1b[201~\r");
    reader.wait_for("alice  /quit");
}

#[test]
fn save_writes_a_new_file_for_its_owner_alone_and_says_so() {
    let place = Place::new();
    let mut writer = place.writer().args("--name alice").env("HOME", place.dir()).in_terminal();
    writer.wait_for("waiting for a reader");
    let mut reader = place.reader().args("--name bob").in_terminal();
    writer.wait_for("bob ● here");
    // Its terminal is raw by then: before that, Enter is another key.
    reader.wait_for("alice ● here");
    reader.press("iyou: 你好 👩\u{200d}🚀\r");
    writer.wait_for("你好");
    writer.press("one\r");
    writer.wait_for("✓✓");
    writer.press("/save ~/the chat\r");
    writer.wait_for("saved 2 messages to");
    let file = place.dir().join("the chat");
    let saved = fs::read_to_string(&file).expect("the file");
    assert!(saved.contains(" bob  you: 你好 👩\u{200d}🚀\n") && saved.contains(" alice  one\n"), "{saved}");
    assert_eq!(file.metadata().expect("the file").permissions().mode() & 0o777, 0o600);
    writer.press("/save ~/the chat\r");
    // Wherever the path breaks the line.
    writer.wait_for("another");
    assert_eq!(fs::read_to_string(&file).expect("the file"), saved);
}

#[test]
fn clear_empties_the_screen_and_the_farewell() {
    let place = Place::new();
    let (mut writer, mut reader) = place.screens_writer_first();
    writer.press("before\r");
    reader.wait_for("alice  before");
    reader.press("i/clear\r");
    reader.wait_until_gone("alice  before");
    writer.press("after\r");
    reader.wait_for("alice  after");
    reader.press("/quit\r");
    assert_eq!(reader.wait(), Some(0));
    let left = reader.contents();
    assert!(left.contains("alice  after") && !left.contains("before"), "{left}");
}

#[test]
fn a_new_name_holds_for_what_is_sent_from_then_on_on_both_screens() {
    let place = Place::new();
    let (mut writer, mut reader) = place.screens_writer_first();
    writer.press("before\r");
    reader.wait_for("alice  before");
    writer.press("/name 丽丽\r");
    writer.wait_for("you are now 丽丽");
    reader.wait_for("alice is now 丽丽");
    reader.wait_for("丽丽 ● here");
    writer.press("after\r");
    reader.wait_for("丽丽   after");
    let seen = reader.contents();
    assert!(seen.contains("alice  before"), "what was sent before keeps its name: {seen}");
    // A name that cannot be shown is refused, and stays in the line.
    reader.press("i/name \u{202e}\r");
    reader.wait_for("control or invisible characters");
    reader.press("\x15/name carol\r");
    writer.wait_for("bob is now carol");
    reader.press("hi\r");
    writer.wait_for("carol  hi");
}

#[test]
fn what_was_written_before_a_new_name_keeps_the_old_one_even_if_it_found_no_room() {
    let place = Place::new();
    let mut writer = place.writer().args("--name alice --capacity 64KiB").in_terminal();
    writer.wait_for("waiting for a reader");
    // Each fills half the lane and more.
    for number in 0..4 {
        writer.press(&format!("\x1b[200~{number}{}\x1b[201~\r", "~".repeat(20_000)));
    }
    writer.press("the last of alice\r/name carol\rthe first of carol\r/me waves\r");
    writer.wait_for("* carol waves");
    let reader = place.reader().args("--count 7 --framing json").finish();
    let lines = String::from_utf8(reader.stdout).expect("UTF-8");
    let line = |text: &str| lines.lines().find(|line| line.contains(text)).expect("the line").to_owned();
    assert!(line("the last of alice").contains(r#""from":"alice""#), "{}", line("the last of alice"));
    assert!(line("the first of carol").contains(r#""from":"carol""#));
    assert!(line("waves").contains(r#""from":"carol","text":"waves","kind":"action""#), "{}", line("waves"));
}

#[test]
fn me_is_shown_behind_a_star_on_the_screens_in_a_pipe_and_in_a_transcript() {
    let place = Place::new();
    let kept = place.dir().join("kept");
    let mut writer = place.writer().args("--name alice --transcript").arg(&kept).in_terminal();
    writer.wait_for("waiting for a reader");
    let mut reader = place.reader().args("--name bob").in_terminal();
    writer.wait_for("bob ● here");
    writer.press("/me waves 你好\r");
    reader.wait_for("* alice waves 你好");
    writer.wait_for("✓✓");
    reader.press("x");
    assert_eq!(reader.wait(), Some(0));
    writer.press("/me goes\r");
    writer.wait_for("* alice goes");
    writer.press("x\r");
    assert_eq!(writer.wait(), Some(0));
    writer.wait_for(" * alice goes");
    assert_eq!(place.reader().finish().stdout, b"* alice goes\n");
    let kept = fs::read_to_string(&kept).expect("the transcript");
    assert!(kept.contains(" * alice waves 你好\n") && kept.contains(" * alice goes\n"), "{kept}");
}
