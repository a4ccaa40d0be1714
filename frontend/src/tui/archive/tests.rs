//! What the file contains.
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::time::{Duration, SystemTime};

use super::*;

/// 2026-11-21 09:41:07.5 UTC.
fn clock() -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_nanos(1_795_254_067_500_000_000)
}

fn message<'a>(from: &'a str, part: Part, bytes: &'a [u8]) -> Message<'a> {
    let envelope = Envelope {
        seq: 64,
        kind: Kind::Text,
        sent: Some(clock()),
        part,
        unterminated: false,
        follows_truncated: false,
    };
    Message { envelope, from, bytes }
}

/// The contents of a file of this name, which held `before`, after `add`.
fn written(name: &str, before: &str, add: impl FnOnce(&mut Archive)) -> String {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(name);
    if !before.is_empty() {
        fs::write(&path, before).unwrap();
    }
    let mut archive = Archive::open(&path).unwrap();
    add(&mut archive);
    archive.write().unwrap();
    fs::read_to_string(path).unwrap()
}

/// The same without the date and time, which depend on the time zone.
fn untimed(text: &str) -> Vec<String> {
    text.lines()
        .map(|line| if line.starts_with("2026-11-2") { line[20..].to_owned() } else { line.to_owned() })
        .collect()
}

#[test]
fn plain_text_has_a_line_for_a_message_and_nothing_that_a_terminal_obeys() {
    let text = written("chat.txt", "", |archive| {
        archive.add(&message("alice", Part::Whole, b"hello\nand more"));
        archive.add_ours("bob", Kind::Text, "hi \x1b[2J\u{202e}", 0, clock());
        archive.add(&message("evil\nname", Part::Whole, b"\xff"));
    });
    assert_eq!(untimed(&text), ["alice  hello", "    and more", "bob  hi ␛[2J⟨U+202E⟩", "evil␊name  \u{fffd}"]);
}

#[test]
fn parts_of_a_message_are_one_line_and_a_character_across_them_is_whole() {
    let text = written("chat", "", |archive| {
        let (first, rest) = "one 你 two".as_bytes().split_at(5);
        archive.add(&message("alice", Part::First, first));
        archive.add(&message("alice", Part::Middle, &rest[..4]));
        archive.add(&message("alice", Part::Last, &rest[4..]));
        archive.add(&message("alice", Part::First, b"cut \xff off\xe4"));
        archive.add_ours("bob", Kind::Text, "ours", 0, clock());
        archive.add(&message("alice", Part::Last, b"goes on"));
    });
    assert_eq!(untimed(&text), ["alice  one 你 two", "alice  cut \u{fffd} off", "bob  ours", "alice  goes on"]);
}

#[test]
fn json_lines_say_all_of_it() {
    let text = written("chat.jsonl", "", |archive| {
        archive.add(&message("alice", Part::First, "a \"quote\" \\ \n\t\x1b 你".as_bytes()));
        archive.add(&message("", Part::Last, b"\xff"));
        archive.add_ours("bob", Kind::Text, "hi", 8, clock());
    });
    let expected = [
        r#"{"seq":64,"ts":"2026-11-21T09:41:07.500000000Z","from":"alice","text":"a \"quote\" \\ \n\t\u001b 你","more":true}"#,
        r#"{"seq":64,"ts":"2026-11-21T09:41:07.500000000Z","base64":"/w=="}"#,
        r#"{"seq":8,"ts":"2026-11-21T09:41:07.500000000Z","from":"bob","text":"hi"}"#,
    ];
    assert_eq!(text.lines().collect::<Vec<_>>(), expected);
}

#[test]
fn what_was_there_stays_and_a_line_that_a_crash_cut_off_is_ended() {
    let add = |archive: &mut Archive| archive.add(&message("alice", Part::Whole, b"next"));
    assert!(written("chat", "before\n", add).starts_with("before\n2026-"));
    assert!(written("chat", "cut of", add).starts_with("cut of\n2026-"));
}

#[test]
fn the_file_is_its_owners_alone_and_what_cannot_be_opened_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("chat");
    Archive::open(&path).unwrap();
    assert_eq!(path.metadata().unwrap().permissions().mode() & 0o777, 0o600);
    let error = Archive::open(&folder.path().join("no/chat")).unwrap_err().to_string();
    assert!(error.contains("no/chat") && error.contains("No such file"), "{error}");
}

#[test]
fn a_draft_that_nobody_can_be_shown_is_kept_in_plain_text() {
    let add = |archive: &mut Archive| {
        archive.add(&message("alice", Part::First, b"cut o"));
        archive.add_draft("b\x1bob", "two\nlines\x1b[2J", clock());
    };
    let plain = written("chat.txt", "", add);
    // What was cut off stays a line of its own.
    assert!(plain.contains(" alice  cut o\n"), "{plain}");
    assert!(plain.ends_with(" b␛ob (not sent)  two\n    lines␛[2J\n"), "{plain}");
    assert!(!written("chat.jsonl", "", add).contains("two"));
}

#[test]
fn what_somebody_does_stands_behind_a_star_and_in_an_object_it_is_a_kind() {
    let add = |archive: &mut Archive| {
        let waves = message("ali\nce", Part::Whole, b"waves");
        archive.add(&Message { envelope: Envelope { kind: Kind::Action, ..waves.envelope }, ..waves });
        archive.add_ours("bob", Kind::Action, "waves back", 8, clock());
    };
    let plain = written("chat.txt", "", add);
    assert!(plain.contains(" * ali␊ce waves\n") && plain.contains(" * bob waves back\n"), "{plain}");
    let json = written("chat.jsonl", "", add);
    assert!(json.contains(r#""text":"waves","kind":"action""#), "{json}");
    assert!(json.contains(r#""from":"bob","text":"waves back","kind":"action""#), "{json}");
}
