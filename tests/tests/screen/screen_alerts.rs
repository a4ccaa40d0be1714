//! `--notify CMD`, and the notifications that a terminal shows by itself with `--bell`.

use nix::sys::stat::Mode;
use nix::unistd::mkfifo;
use shmchat_tests::{LIMIT, Place, Terminal};
use std::fs::{self, OpenOptions};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::Instant;

const FOCUS_LOST: &str = "\x1b[O";
const FOCUS_GAINED: &str = "\x1b[I";

/// A command that writes `what`, for printf, to a file, whole or not at all; and that file.
fn telling(place: &Place, what: &str) -> (String, PathBuf) {
    let file = place.dir().join("told");
    let (told, part) = (file.display(), place.dir().join("part"));
    let part = part.display();
    (format!("printf {what} >>'{part}'; cp '{part}' '{part}.whole'; mv '{part}.whole' '{told}'"), file)
}

#[track_caller]
fn wait_until(what: &str, mut is_so: impl FnMut() -> bool) {
    let limit = Instant::now() + LIMIT;
    while !is_so() {
        assert!(Instant::now() < limit, "waited too long for {what}");
        thread::yield_now();
    }
}

/// What the command has told, once it has told anything.
#[track_caller]
fn told(file: &Path) -> String {
    wait_until("the command", || file.exists());
    fs::read_to_string(file).expect("what was told")
}

/// The terminal says so, and a key behind it shows when that has been read.
fn focus(screen: &mut Terminal, report: &str, word: &str) {
    screen.press(&format!("{report}/{word}"));
    screen.wait_for(word);
    screen.press("\x1b");
    screen.wait_until_gone(word);
}

#[test]
fn the_command_finds_the_message_in_its_environment_and_runs_none_of_it() {
    let place = Place::new();
    let (command, file) = telling(&place, r#"'%s|' "$SHMCHAT_CHANNEL" "$SHMCHAT_FROM" "$SHMCHAT_TEXT""#);
    let reader = place.reader().arg("--notify").arg(&command).in_terminal();
    reader.wait_for("waiting for a writer");
    let owned = place.dir().join("owned").display().to_string();
    let text = format!("-n $(touch {owned}) `touch {owned}`; touch {owned} \"'%s\x1b[31m 你好\n");
    place.writer().args("--name").arg("$(touch owned)").input(text.clone()).finish().assert_well();
    let expected = format!("lobby|$(touch owned)|{}|", text.trim_end().replace('\x1b', "␛"));
    assert_eq!(told(&file), expected);
    assert!(!place.dir().join("owned").exists());
}

#[test]
fn the_command_hears_every_signal() {
    let place = Place::new();
    let (command, file) = telling(&place, r#""$(sed -n 's/^SigBlk:\t//p' /proc/self/status)""#);
    let reader = place.reader().arg("--notify").arg(&command).in_terminal();
    reader.wait_for("waiting for a writer");
    place.writer().input("hello\n").finish().assert_well();
    assert_eq!(told(&file), "0000000000000000");
}

#[test]
fn the_commands_output_is_not_on_the_screen_and_no_zombie_stays() {
    let place = Place::new();
    let (command, file) = telling(&place, "done");
    let command = format!("echo to the screen; echo to the error >&2; {command}");
    let reader = place.reader().args("--stay --notify").arg(&command).in_terminal();
    reader.wait_for("waiting for a writer");
    place.writer().input("hello\n").finish().assert_well();
    assert_eq!(told(&file), "done");
    // A zombie is a child too.
    wait_until("the child to be reaped", || children(reader.pid()).is_empty());
    let drawn = String::from_utf8_lossy(&reader.raw()).into_owned();
    assert!(!drawn.contains("to the screen") && !drawn.contains("to the error"), "{drawn}");
}

/// The processes whose parent this is, by `/proc/PID/stat`: see proc_pid_stat(5).
fn children(parent: i32) -> Vec<String> {
    let is_child = |stat: &String| {
        let after_name = stat.rsplit_once(')').map_or("", |(_, rest)| rest);
        after_name.split_whitespace().nth(1) == Some(&parent.to_string())
    };
    let processes = fs::read_dir("/proc").expect("/proc").flatten();
    processes.filter_map(|process| fs::read_to_string(process.path().join("stat")).ok()).filter(is_child).collect()
}

#[test]
fn nothing_is_told_while_one_looks_nor_of_what_one_writes_oneself() {
    let place = Place::new();
    let (command, file) = telling(&place, r#"'%s|' "$SHMCHAT_TEXT""#);
    let mut writer = place.writer().args("--name alice").in_terminal();
    writer.wait_for("waiting for a reader");
    let mut reader = place.reader().args("--name bob --notify").arg(&command).in_terminal();
    reader.wait_for("● here");
    focus(&mut reader, FOCUS_GAINED, "looking");
    writer.press("while looking\r");
    reader.wait_for("while looking");
    writer.wait_for("✓✓");
    focus(&mut reader, FOCUS_LOST, "away");
    reader.press("rmy own\r");
    writer.wait_for("my own");
    reader.wait_for("✓✓");
    writer.press("while away\r");
    // Had one of the others been told, it would stand there.
    assert_eq!(told(&file), "while away|");
}

#[test]
fn a_command_that_does_not_end_neither_stops_the_screen_nor_runs_twice() {
    let place = Place::new();
    let fifo = place.dir().join("end-it");
    mkfifo(&fifo, Mode::S_IRUSR | Mode::S_IWUSR).expect("a FIFO");
    let (command, file) = telling(&place, "'%s|' started");
    let command = format!("{command}; read end <'{}'", fifo.display());
    let mut writer = place.writer().args("--name alice").in_terminal();
    writer.wait_for("waiting for a reader");
    let mut reader = place.reader().args("--name bob --notify").arg(&command).in_terminal();
    reader.wait_for("● here");
    writer.press("one\r");
    assert_eq!(told(&file), "started|");
    writer.press("two\r");
    reader.wait_for("alice  two");
    reader.press("ranswered\r");
    writer.wait_for("bob    answered");
    reader.press("\x03");
    assert_eq!(reader.wait(), Some(0), "it does not wait for the command");
    assert_eq!(told(&file), "started|");
    let mut end = OpenOptions::new().read(true).write(true).open(fifo).expect("the FIFO");
    end.write_all(b"\n").expect("ending it");
}

#[test]
fn with_a_bell_terminals_that_show_notifications_show_one() {
    for (program, sequence) in [
        ("WezTerm", "\x1b]777;notify;shmchat · lobby;alice: a,b␛]0;c␇\x1b\\".replace("0;c", "0,c")),
        ("iTerm.app", "\x1b]9;shmchat · lobby: alice: a;b␛]0;c␇\x1b\\".to_owned()),
    ] {
        let place = Place::new();
        let reader = place.reader().args("--stay --bell").env("TERM_PROGRAM", program).env("TMUX", "").env("STY", "");
        let reader = reader.in_terminal();
        reader.wait_for("waiting for a writer");
        place.writer().args("--name alice").input("a;b\x1b]0;c\x07\n").finish().assert_well();
        reader.wait_for_bytes(sequence.as_bytes());
        reader.wait_for_bytes(b"\x07");
    }
}
