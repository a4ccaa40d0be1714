//! Commands that begin with a slash, on real screens.

use shmchat_tests::Place;
use std::fs;
use std::os::unix::fs::PermissionsExt;

#[test]
fn a_command_is_completed_and_done_on_both_screens_and_never_sent() {
    let place = Place::new();
    let (mut writer, mut reader) = place.screens_writer_first();
    writer.press("/stat\t\r");
    let id = place.only_segment();
    writer.wait_for(&format!("shmid {id}, 2 attached"));
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
    writer.wait_for("exists already");
    writer.wait_for("another name");
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
