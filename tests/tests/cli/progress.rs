//! The bar of a long transfer: there for a file on standard input and a person at standard error, and for nobody else.

use nix::sys::signal::Signal;
use shmchat_tests::{LIMIT, Place, Run, Terminal, numbered_lines};
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, Instant};

/// More than a small lane holds, so that a writer without a reader sleeps with a part of it sent.
const BYTES: usize = 3 << 20;

/// A file of lines in the place.
fn file(place: &Place, bytes: usize) -> PathBuf {
    let path = place.dir().join("lines");
    let mut lines = numbered_lines(bytes / 40);
    lines.resize(bytes, b'\n');
    fs::write(&path, lines).expect("writing");
    path
}

/// With the smallest lane.
fn writer(place: &Place) -> Run {
    place.writer().args("--capacity 64KiB")
}

/// The same on a terminal, but with its standard input as the shell has it after `redirect`.
fn redirected(run: Run, redirect: &str) -> Terminal {
    run.after(redirect).in_terminal()
}

fn from(path: &Path) -> String {
    format!("exec <{}", path.display())
}

/// Waits until the process sleeps without a timer: `poll` with -1, or `ppoll` without a time.
#[track_caller]
fn wait_idle(pid: i32) {
    let limit = Instant::now() + LIMIT;
    loop {
        let line = fs::read_to_string(format!("/proc/{pid}/syscall")).unwrap_or_default();
        let words: Vec<_> = line.split_whitespace().collect();
        let idle = match words.as_slice() {
            [number, _, _, timeout, ..] if *number == libc::SYS_ppoll.to_string() => *timeout == "0x0",
            #[cfg(target_arch = "x86_64")]
            [number, _, _, timeout, ..] if *number == libc::SYS_poll.to_string() => timeout.ends_with("ffffffff"),
            _ => false,
        };
        if idle {
            return;
        }
        assert!(Instant::now() < limit, "process {pid} does not sleep without a timer: {line}");
        thread::yield_now();
    }
}

#[test]
fn a_file_and_a_terminal_make_a_bar_that_goes_when_all_is_sent() {
    let place = Place::new();
    let writer = redirected(writer(&place), &from(&file(&place, BYTES)));
    // Nobody reads: what fits into the lane waits there, and is shown before the sleep.
    writer.wait_for("KiB waiting");
    let contents = writer.contents();
    let line = contents.lines().next().expect("a line");
    assert!(line.contains("% ░") && line.contains("KiB of 3.00 MiB, ") && line.contains("/s, "), "{line}");
    // It does not wake for the bar.
    wait_idle(writer.pid());
    assert_eq!(place.reader().finish().stdout.len(), BYTES);
    assert_eq!(writer.wait(), Some(0));
    assert_eq!(writer.contents().trim(), "", "the bar has gone");
    writer.assert_restored();
    place.assert_nothing_left();
}

#[test]
fn who_waits_until_all_is_delivered_sees_that_all_is_sent_and_what_waits() {
    let place = Place::new();
    let bytes = 20 << 10;
    let writer = redirected(writer(&place).args("--wait-delivered"), &from(&file(&place, bytes)));
    writer.wait_for("100% █");
    writer.wait_for("20.00 KiB of 20.00 KiB, ");
    writer.wait_for("KiB waiting");
    wait_idle(writer.pid());
    assert_eq!(place.reader().finish().stdout.len(), bytes);
    assert_eq!(writer.wait(), Some(0));
    assert_eq!(writer.contents().trim(), "", "the bar has gone");
    place.assert_nothing_left();
}

#[test]
fn only_what_is_left_of_the_file_counts() {
    let place = Place::new();
    let file = file(&place, BYTES);
    let skip = format!("{} && dd bs=1M count=1 of=/dev/null 2>/dev/null", from(&file));
    let writer = redirected(writer(&place), &skip);
    writer.wait_for("of 2.00 MiB");
    assert_eq!(place.reader().finish().stdout.len(), BYTES - (1 << 20));
    assert_eq!(writer.wait(), Some(0));
}

#[test]
fn a_message_finds_the_bar_gone_from_its_line() {
    let place = Place::new();
    let writer = redirected(writer(&place).args("-v"), &from(&file(&place, BYTES)));
    writer.wait_for("KiB waiting");
    place.reader().finish();
    assert_eq!(writer.wait(), Some(0));
    let contents = writer.contents();
    assert!(contents.contains("the reader \"") && contents.contains("is here"), "{contents}");
    for line in contents.lines() {
        assert!(line.starts_with("[info] ") && !line.contains('░'), "{line:?} in\n{contents}");
    }
}

#[test]
fn a_signal_and_an_error_find_it_gone_too() {
    let place = Place::new();
    let path = file(&place, BYTES);
    let ended = redirected(writer(&place), &from(&path));
    ended.wait_for("KiB waiting");
    ended.signal(Signal::SIGTERM);
    assert_eq!(ended.wait(), Some(143));
    assert!(!ended.contents().contains('░'), "{}", ended.contents());
    let timed_out = redirected(writer(&place).args("--timeout 0.3"), &from(&path));
    assert_eq!(timed_out.wait(), Some(3));
    let contents = timed_out.contents();
    assert!(!contents.contains('░') && contents.lines().any(|line| line.starts_with("writer: ")), "{contents}");
}

#[test]
fn it_is_drawn_ten_times_a_second_at_the_most() {
    let place = Place::new();
    let bytes = 64 << 20;
    let path = file(&place, bytes);
    let start = Instant::now();
    let writer = redirected(writer(&place), &from(&path));
    let reader = place.reader().output_to(|_| true).start();
    assert_eq!(writer.wait(), Some(0));
    // However long it took, this is what may have been drawn meanwhile: the last on the way into a sleep.
    let frames = start.elapsed().as_millis() / Duration::from_millis(100).as_millis() + 1;
    reader.wait().assert_well();
    let raw = String::from_utf8_lossy(&writer.raw()).into_owned();
    let drawn = raw.matches("of 64.00 MiB").count();
    assert!(drawn as u128 <= frames, "{drawn} drawings in {frames} frames");
}

#[test]
fn nobody_else_gets_one() {
    let place = Place::new();
    let path = file(&place, BYTES);
    // Quiet; a terminal that cannot go back to a line's start.
    for (args, redirect) in [("-q", from(&path)), ("", from(&path) + " && export TERM=dumb")] {
        let terminal = redirected(writer(&place).args(args), &redirect);
        wait_idle(terminal.pid());
        assert!(!String::from_utf8_lossy(&terminal.raw()).contains('%'), "{}", terminal.contents());
        terminal.signal(Signal::SIGTERM);
        assert_eq!(terminal.wait(), Some(143));
    }
    place.reader().finish();
    // Standard error is no terminal.
    let piped = writer(&place).input_of(File::open(&path).expect("the file")).start();
    wait_idle(piped.pid());
    place.reader().finish();
    piped.wait().assert_well();
    // Standard input is none.
    let typed = redirected(writer(&place), &format!("cat {} | (exec \"$0\" \"$@\"); exit; :", path.display()));
    place.reader().finish();
    assert_eq!(typed.wait(), Some(0));
    assert_eq!(String::from_utf8_lossy(&typed.raw()), "");
}

#[test]
fn a_short_transfer_is_over_before_one_is_worth_drawing() {
    let place = Place::new();
    let path = place.dir().join("short");
    for bytes in ["", "one line\n"] {
        fs::write(&path, bytes).expect("writing");
        let writer = redirected(place.writer(), &from(&path));
        assert_eq!(writer.wait(), Some(0));
        assert_eq!(String::from_utf8_lossy(&writer.raw()), "");
    }
}
