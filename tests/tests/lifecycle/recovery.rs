//! Killed, stopped, restarted: nothing that was accepted is lost, and what was left is taken up.

use nix::sys::signal::Signal;
use shmchat_tests::{LIMIT, Place, assert_same_bytes, checks, numbered_lines};
use std::sync::mpsc::channel;

/// Asserts that what two readers printed one after the other is `lines`, at least once each and in order. The first was cut off
/// anywhere; the second began at a line that the first had not finished, or at one that it had.
#[track_caller]
fn assert_covers(first: &[u8], second: &[u8], lines: &[u8]) {
    assert!(lines.starts_with(first), "the first printed the first lines");
    assert!(lines.ends_with(second), "the second printed the last lines");
    let begin = lines.len() - second.len();
    assert!(begin <= first.len(), "bytes {} to {begin} are lost", first.len());
    assert!(begin == 0 || lines[begin - 1] == b'\n', "the second began within a line");
}

#[test]
fn a_reader_outlives_a_killed_writer_and_goes_on_with_the_next() {
    let place = Place::new();
    let reader = place.reader().start();
    let writer = place.writer().held_input().start();
    let pid = writer.pid();
    writer.send("one\n");
    reader.stdout.wait_for("one\n");
    assert_eq!(writer.kill().code, None);
    reader.stderr.wait_for(&format!("the writer (pid {pid}) disconnected unexpectedly"));
    assert!(reader.is_alive());
    place.writer().input("two\n").finish().assert_well();
    let reader = reader.wait();
    assert_eq!((reader.code, reader.stdout.as_slice()), (Some(0), b"one\ntwo\n".as_slice()));
    assert_eq!(reader.stderr.lines().count(), 1, "{}", reader.stderr);
    place.assert_nothing_left();
}

#[test]
fn what_a_killed_writer_had_sent_is_read_by_a_reader_that_comes_later() {
    let place = Place::new();
    let mut writer = place.writer().in_terminal();
    writer.wait_for("waiting for a reader");
    writer.press("one\rtwo\rthree\r");
    writer.wait_for("3 waiting");
    writer.signal(Signal::SIGKILL);
    assert_eq!(writer.wait(), None);
    let reader = place.reader().start();
    reader.stdout.wait_for("one\ntwo\nthree\n");
    // Killed is not quit: it waits for the writer's return.
    reader.stderr.wait_for("disconnected unexpectedly");
    assert!(reader.is_alive());
    place.writer().input("the end\n").finish().assert_well();
    let reader = reader.wait();
    assert_eq!((reader.code, reader.stdout.as_slice()), (Some(0), b"one\ntwo\nthree\nthe end\n".as_slice()));
    place.assert_nothing_left();
}

#[test]
fn after_a_killed_reader_the_next_gets_all_that_was_not_acknowledged() {
    for times in 1..=10 {
        let place = Place::new();
        // More than there is room for on the way, so that something is left however late the kill comes: a lane (1 MiB, where
        // the reader is there first), its pipe (1 MiB at most), and what is taken of that.
        let lines = numbered_lines(80_000);
        let writer = place.writer().args("--capacity 64KiB").input(lines.clone()).start();
        // A reader whose output is not taken after some pieces, and which is killed in the middle of that.
        let (tell, told) = channel();
        let (go_on, wait) = channel::<()>();
        let mut pieces = 0;
        let reader = place.reader().output_to(move |piece| {
            let _ = tell.send(piece.to_vec());
            pieces += 1;
            if pieces == times {
                let _ = wait.recv();
            }
            true
        });
        let reader = reader.start();
        let mut first = told.recv_timeout(LIMIT).expect("a piece");
        reader.signal(Signal::SIGKILL);
        drop(go_on);
        assert_eq!(reader.wait().code, None);
        first.extend(told.iter().flatten());
        let second = place.reader().finish();
        assert_eq!(second.code, Some(0), "{}", second.stderr);
        assert_eq!(writer.wait().code, Some(0));
        assert_covers(&first, &second.stdout, &lines);
        place.assert_nothing_left();
    }
}

#[test]
fn after_both_are_killed_the_next_start_takes_up_what_was_sent() {
    for time in 0..10 {
        let place = Place::new();
        let lines = numbered_lines(20_000);
        // Its input does not end, so it cannot have quit.
        let writer = place.writer().args("--capacity 64KiB").held_input().start();
        writer.send(lines.clone());
        let reader = place.reader().start();
        // Now and then as early as can be, even before there is a whole segment.
        if time % 3 > 0 {
            reader.stdout.wait_for("line 99 ");
        }
        writer.signal(Signal::SIGKILL);
        reader.signal(Signal::SIGKILL);
        let first = reader.wait().stdout;
        writer.wait();

        let reader = place.reader().start();
        let writer = place.writer().input("the end\n").finish();
        let reader = reader.wait();
        // They may say that someone died; they go on.
        assert_eq!((writer.code, reader.code), (Some(0), Some(0)), "{}{}", writer.stderr, reader.stderr);
        let second = reader.stdout.strip_suffix(b"the end\n").expect("the last line");
        if !second.is_empty() {
            // A run of the first lines, which begins where the first reader had come to, or before.
            let begin = lines.windows(second.len()).position(|window| window == second).expect("a run of lines");
            let sent = begin + second.len();
            assert_covers(&first, second, &lines[..sent.max(first.len())]);
        }
        place.assert_nothing_left();
    }
}

#[test]
fn after_both_are_killed_while_idle_the_next_pair_leaves_nothing() {
    let place = Place::new();
    let reader = place.reader().start();
    let writer = place.writer().held_input().start();
    writer.send("hello\n");
    reader.stdout.wait_for("hello\n");
    reader.kill();
    writer.kill();
    assert_eq!(place.segments().len(), 1);
    let reader = place.reader().start();
    let lines = numbered_lines(1_000);
    place.writer().input(lines.clone()).finish().assert_well();
    let reader = reader.wait();
    assert_eq!(reader.code, Some(0), "{}", reader.stderr);
    // Killed between printing and acknowledging, the first reader left its line to the next.
    let printed = reader.stdout.strip_prefix(b"hello\n").unwrap_or(&reader.stdout);
    assert_same_bytes(printed, &lines, "the next pair");
    place.assert_nothing_left();
}

#[test]
fn what_killed_processes_left_is_removed_by_clean() {
    let place = Place::new();
    let writer = place.writer().held_input().args("-v").start();
    writer.wait_attached();
    writer.kill();
    let cleaned = place.reader().args("--clean").finish();
    cleaned.assert_well();
    let said = String::from_utf8(cleaned.stdout).expect("UTF-8");
    assert!(said.contains("lobby") && said.contains("removed the "), "{said}");
    place.assert_nothing_left();
    place.reader().args("--clean").finish().assert_well();
}

#[test]
fn clean_removes_neither_what_waits_nor_where_someone_lives() {
    let place = Place::new();
    place.writer().input("precious\n").finish().assert_well();
    place.reader().args("--clean").finish().assert_one_line(1, &["lobby", "--force"]);
    let writer = place.writer().held_input().args("-v").start();
    writer.wait_attached();
    let pid = writer.pid().to_string();
    place.reader().args("--clean --force lobby").finish().assert_one_line(4, &["is in use: writer", &pid]);
    drop(writer);
    assert_eq!(place.segments().len(), 1);
    place.reader().args("--clean --force").finish().assert_well();
    place.assert_nothing_left();
}

#[test]
fn a_stopped_reader_still_has_its_role() {
    let place = Place::new();
    let reader = place.reader().args("-v").start();
    reader.wait_attached();
    reader.signal(Signal::SIGSTOP);
    let second = place.reader().finish();
    second.assert_one_line(4, &["a reader is already running", "lobby", &format!("pid {}", reader.pid())]);
    let writer = place.writer().input("hello\n").finish();
    writer.assert_well();
    reader.signal(Signal::SIGCONT);
    let reader = reader.wait();
    assert_eq!((reader.code, reader.stdout.as_slice()), (Some(0), b"hello\n".as_slice()), "{}", reader.stderr);
    place.assert_nothing_left();
}

#[test]
fn a_stopped_writer_still_has_its_role() {
    let place = Place::new();
    let mut writer = place.writer().held_input().args("-v").start();
    writer.wait_attached();
    writer.signal(Signal::SIGSTOP);
    let pid = format!("pid {}", writer.pid());
    place.writer().finish().assert_one_line(4, &["a writer is already running", "lobby", &pid]);
    writer.signal(Signal::SIGCONT);
    writer.end_input();
    assert_eq!(writer.wait().code, Some(0));
    place.assert_nothing_left();
}

#[test]
fn a_writer_that_quits_beside_a_dead_reader_leaves_the_rest_of_a_stream() {
    checks::the_rest_of_a_stream_is_left(None);
}

#[test]
fn a_writer_that_quits_beside_a_reader_that_sigterm_ended_leaves_the_rest_of_a_stream() {
    let place = Place::new();
    let mut writer = checks::only_the_rest_waits(&place, Signal::SIGTERM);
    writer.end_input();
    assert_eq!(writer.wait().code, Some(0));
    assert_eq!(place.reader().args("--framing raw").finish().stdout, b" part two");
    place.assert_nothing_left();
}

#[test]
fn a_writer_with_nothing_to_say_leaves_the_rest_of_its_killed_predecessors_stream() {
    let place = Place::new();
    checks::only_the_rest_waits(&place, Signal::SIGKILL).kill();
    place.writer().finish().assert_well();
    place
        .reader()
        .args("-q --clean lobby")
        .finish()
        .assert_one_line(1, &["the rest of a message is waiting", "--force"]);
    assert_eq!(place.reader().args("--framing raw").finish().stdout, b" part two");
    place.assert_nothing_left();
}
