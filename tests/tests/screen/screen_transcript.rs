//! `--transcript`: what a screen has taken stands in the file.

use nix::sys::signal::Signal;
use nix::unistd::{User, getuid};
use shmchat_tests::Place;
use std::fs;
use std::os::unix::fs::PermissionsExt;

#[test]
fn both_sides_keep_what_both_said() {
    let place = Place::new();
    let (ours, theirs) = (place.dir().join("alice.txt"), place.dir().join("bob.jsonl"));
    let mut writer = place.writer().args("--name alice --transcript").arg(&ours).in_terminal();
    writer.wait_for("waiting for a reader");
    let mut reader = place.reader().args("--name bob --transcript").arg(&theirs).in_terminal();
    writer.wait_for("bob ● here");
    writer.press("hello \u{4f60}\u{597d}\r");
    reader.wait_for("alice  hello");
    reader.press("ihi!\r");
    writer.wait_for("bob    hi!");
    writer.press("x\r");
    assert_eq!((writer.wait(), reader.wait()), (Some(0), Some(0)));

    let ours_text = fs::read_to_string(&ours).unwrap();
    let lines: Vec<&str> = ours_text.lines().map(|line| &line["2026-11-21 09:41:07 ".len()..]).collect();
    assert_eq!(lines, ["alice  hello 你好", "bob  hi!"]);
    let theirs_text = fs::read_to_string(&theirs).unwrap();
    let lines: Vec<&str> = theirs_text.lines().collect();
    assert_eq!(lines.len(), 2);
    assert!(lines[0].ends_with(r#""from":"alice","text":"hello 你好"}"#), "{theirs_text}");
    assert!(lines[1].ends_with(r#""from":"bob","text":"hi!"}"#), "{theirs_text}");
    for path in [ours, theirs] {
        assert_eq!(path.metadata().unwrap().permissions().mode() & 0o777, 0o600);
    }
}

#[test]
fn two_sides_of_one_account_are_told_apart_wherever_both_are_shown() {
    let user = User::from_uid(getuid()).expect("the list of users").map_or(getuid().to_string(), |user| user.name);
    let [from_writer, from_reader] = [format!("{user} (writer)"), format!("{user} (reader)")];
    let place = Place::new();
    let files = ["reader.txt", "writer.jsonl"].map(|name| place.dir().join(name));
    let mut reader = place.reader().env("NO_COLOR", "1").arg("--transcript").arg(&files[0]).in_terminal();
    reader.wait_for("waiting for a writer");
    let mut writer = place.writer().env("NO_COLOR", "1").arg("--transcript").arg(&files[1]).in_terminal();
    for terminal in [&reader, &writer] {
        terminal.wait_for(&format!("{user} ● here"));
    }
    writer.press("hello\r");
    // A long name is cut on the screen, its role is not.
    reader.wait_for(" (writer)  hello");
    reader.press("ihi!\r");
    for terminal in [&reader, &writer] {
        terminal.wait_for(" (writer)  hello");
        terminal.wait_for(" (reader)  hi!");
    }
    writer.press("x\r");
    for terminal in [&reader, &writer] {
        assert_eq!(terminal.wait(), Some(0));
        assert!(!terminal.screen().alternate_screen());
        let left = terminal.contents();
        assert!(
            left.contains(&format!("{from_writer}  hello")) && left.contains(&format!("{from_reader}  hi!")),
            "{left}"
        );
    }
    let [text, json] = files.map(|file| fs::read_to_string(file).expect("a transcript"));
    assert!(
        text.contains(&format!(" {from_writer}  hello\n")) && text.contains(&format!(" {from_reader}  hi!\n")),
        "{text}"
    );
    for words in [format!("\"{from_writer}\",\"text\":\"hello\""), format!("\"{from_reader}\",\"text\":\"hi!\"")] {
        assert!(json.contains(&words), "{json}");
    }
    // In the channel, the name is the user's.
    place.writer().input("one\n").finish().assert_well();
    let line = place.reader().args("--framing json").finish();
    let line = String::from_utf8(line.assert_well().stdout.clone()).expect("UTF-8");
    assert!(line.contains(&format!("\"from\":\"{user}\"")), "{line}");
}

#[test]
fn a_reader_killed_right_after_it_took_a_message_has_it_in_its_transcript() {
    let place = Place::new();
    let path = place.dir().join("chat.txt");
    place.writer().input("taken\nand this\n").finish().assert_well();
    // It dies as soon as its acknowledgement stands in the segment.
    let reader = place.reader().env("SHMCHAT_CRASH_AT", "head-stored").arg("--transcript").arg(&path).in_terminal();
    assert_eq!(reader.wait(), None);
    let text = fs::read_to_string(&path).unwrap();
    assert!(text.contains("  taken\n") && text.contains("  and this\n"), "{text:?}");
    // It counts as taken: the next reader does not get it.
    place.writer().input("after\n").finish().assert_well();
    assert_eq!(place.reader().finish().stdout, b"after\n");
}

#[test]
fn a_transcript_that_cannot_be_written_ends_the_screen_and_the_message_waits() {
    let place = Place::new();
    place.writer().input("kept\n").finish().assert_well();
    let reader = place.reader().args("--transcript /dev/full").in_terminal();
    assert_eq!(reader.wait(), Some(1));
    reader.assert_restored();
    reader.wait_for("cannot write the transcript /dev/full");
    assert_eq!(place.reader().finish().stdout, b"kept\n");
}

#[test]
fn a_transcript_that_cannot_be_opened_is_said_before_there_is_a_screen() {
    let place = Place::new();
    let reader = place.reader().args("--transcript /nowhere/chat.txt").in_terminal();
    assert_eq!(reader.wait(), Some(1));
    reader.assert_restored();
    reader.wait_for("/nowhere/chat.txt: No such file");
}

#[test]
fn in_a_pipe_there_is_no_transcript() {
    let place = Place::new();
    let reader = place.reader().args("--transcript chat.txt").finish();
    reader.assert_one_line(2, &["--transcript works on the screen only", "--help"]);
}

#[test]
fn a_writer_that_is_killed_has_what_it_sent() {
    let place = Place::new();
    let path = place.dir().join("chat.txt");
    let mut writer = place.writer().arg("--transcript").arg(&path).in_terminal();
    writer.wait_for("waiting for a reader");
    writer.press("sent\r");
    writer.wait_for("1 waiting");
    writer.wait_for(" ✓");
    writer.signal(Signal::SIGKILL);
    assert_eq!(writer.wait(), None);
    assert!(fs::read_to_string(&path).unwrap().ends_with("  sent\n"));
}
