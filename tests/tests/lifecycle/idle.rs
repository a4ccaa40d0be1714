//! A pair that has nothing to say costs nothing.
//!
//! The one place where a test looks at what happens in a stretch of time. It cannot fail wrongly on a slow machine: it looks again until a stretch was
//! quiet, and gives up only after [`LIMIT`]. A program with a timer shorter than [`STRETCH`] never has a quiet stretch.

use shmchat_tests::{LIMIT, Place};
use std::fs;
use std::thread;
use std::time::{Duration, Instant};

/// How long a pair must be quiet.
const STRETCH: Duration = Duration::from_millis(500);

/// Of every thread of a process: its state, how often it gave up the processor, by itself or not, and where in the kernel it sleeps. A thread that
/// makes a system call that sleeps, or that computes, changes this.
/// <https://man7.org/linux/man-pages/man5/proc_pid_status.5.html>
fn activity(pid: i32) -> Vec<String> {
    let tasks = fs::read_dir(format!("/proc/{pid}/task")).expect("the process lives");
    let mut found: Vec<String> = tasks
        .flatten()
        .map(|task| {
            let read = |file: &str| fs::read_to_string(task.path().join(file)).unwrap_or_default();
            let status = read("status");
            let told = status.lines().filter(|line| line.starts_with("State") || line.contains("ctxt_switches"));
            let ticks = read("stat")
                .rsplit(')')
                .next()
                .map(|rest| rest.split_whitespace().skip(11).take(2).collect::<Vec<_>>().join("+"));
            format!("{:?} {} {ticks:?}", task.file_name(), told.collect::<Vec<_>>().join(" "))
        })
        .collect();
    found.sort();
    found
}

#[track_caller]
fn assert_becomes_quiet(pids: [i32; 2]) {
    let deadline = Instant::now() + LIMIT;
    loop {
        let before = pids.map(activity);
        thread::sleep(STRETCH);
        let after = pids.map(activity);
        let asleep = after.iter().flatten().all(|thread| thread.contains("S (sleeping)"));
        if before == after && asleep {
            return;
        }
        assert!(Instant::now() < deadline, "never quiet:\n{before:#?}\n{after:#?}");
    }
}

#[test]
fn two_screens_with_nothing_to_say_sleep() {
    let place = Place::new();
    let mut writer = place.writer().in_terminal();
    let reader = place.reader().in_terminal();
    writer.wait_for("● here");
    reader.wait_for("● here");
    writer.press("hello\r");
    writer.wait_for("✓✓");
    assert_becomes_quiet([writer.pid(), reader.pid()]);
}

#[test]
fn two_screens_with_a_file_on_offer_and_after_it_has_arrived_sleep() {
    let place = Place::new();
    let file = place.dir().join("small");
    fs::write(&file, "bytes").expect("a file");
    let (mut writer, mut reader) = place.screens();
    writer.press(&format!("/send {}\r", file.display()));
    reader.wait_for("alice offers small");
    assert_becomes_quiet([writer.pid(), reader.pid()]);
    reader.press(&format!("i/get {}\r", place.dir().join("stored").display()));
    writer.wait_for("bob has received small");
    assert_becomes_quiet([writer.pid(), reader.pid()]);
}

#[test]
fn a_screen_whose_panel_was_closed_sleeps() {
    let place = Place::new();
    let mut writer = place.writer().in_terminal();
    writer.wait_for("waiting for a reader");
    writer.press("\x1bOQ");
    writer.wait_for("owner ");
    writer.press("\x1bOQ");
    writer.wait_until_gone("owner ");
    assert_becomes_quiet([writer.pid(), writer.pid()]);
}

#[test]
fn a_screen_alone_and_a_pipe_alone_sleep() {
    let place = Place::new();
    let writer = place.writer().in_terminal();
    writer.wait_for("waiting for a reader");
    let elsewhere = Place::new();
    let reader = elsewhere.reader().args("-v").start();
    reader.wait_attached();
    assert_becomes_quiet([writer.pid(), reader.pid()]);
}

#[test]
fn a_pipe_with_nothing_to_carry_sleeps() {
    let place = Place::new();
    let reader = place.reader().start();
    let writer = place.writer().held_input().start();
    writer.send("hello\n");
    reader.stdout.wait_for("hello\n");
    assert_becomes_quiet([writer.pid(), reader.pid()]);
}

#[test]
fn a_writer_that_waits_for_room_sleeps() {
    let place = Place::new();
    let full = shmchat_tests::numbered_lines(20_000);
    let writer = place.writer().args("--capacity 64KiB -v").input(full).start();
    writer.wait_attached();
    assert_becomes_quiet([writer.pid(), writer.pid()]);
}
