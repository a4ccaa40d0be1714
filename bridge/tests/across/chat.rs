//! A chat, and a pipe, across two machines: what is said, by whom, and who is there.

use crate::harness::client::Client;
use crate::harness::machine::{MESSAGES, Two};
use nix::sys::signal::Signal;
use shmchat_tests::{Terminal, assert_same_bytes, numbered_lines};

/// The screens of a writer called alice and a reader called bob, on two machines; they see each other.
fn screens(two: &Two) -> (Terminal, Terminal) {
    let reader = two.right.reader().args("--name bob").in_terminal();
    let writer = two.left.writer().args("--name alice").in_terminal();
    writer.wait_for("bob ● here");
    reader.wait_for("alice ● here");
    (writer, reader)
}

#[test]
fn a_line_goes_each_way_under_the_name_of_who_typed_it() {
    let two = Two::new();
    let _bridges = two.bridges();
    let (mut writer, mut reader) = screens(&two);
    writer.press("good morning\r");
    reader.wait_for("good morning");
    reader.wait_for("alice");
    reader.press("rand to you\r");
    writer.wait_for("and to you");
    writer.wait_for("bob");
    for screen in [writer.contents(), reader.contents()] {
        assert!(!screen.contains("bridge"), "{screen}");
    }
}

#[test]
fn a_far_reader_that_quits_has_quit_and_one_that_returns_is_here() {
    let two = Two::new();
    let _bridges = two.bridges();
    let (mut writer, mut reader) = screens(&two);
    reader.press("x");
    assert_eq!(reader.wait(), Some(0));
    writer.wait_for("bob ○ quit");
    let reader = two.right.reader().args("--name dave").in_terminal();
    writer.wait_for("dave ● here");
    writer.press("welcome\r");
    reader.wait_for("welcome");
}

#[test]
fn a_far_writer_that_quits_ends_the_readers_screen_and_the_next_pair_sees_each_other() {
    let two = Two::new();
    let _bridges = two.bridges();
    let (mut writer, reader) = screens(&two);
    writer.press("goodbye\r");
    reader.wait_for("goodbye");
    writer.press("x\r");
    assert_eq!(writer.wait(), Some(0));
    assert_eq!(reader.wait(), Some(0));
    let (mut writer, reader) = screens(&two);
    writer.press("again\r");
    reader.wait_for("again");
}

#[test]
fn a_far_end_that_is_killed_is_gone_and_one_that_returns_is_here() {
    let two = Two::new();
    let _bridges = two.bridges();
    let (mut writer, reader) = screens(&two);
    reader.signal(Signal::SIGKILL);
    writer.wait_for("disconnected unexpectedly");
    let reader = two.right.reader().args("--name dave").in_terminal();
    writer.wait_for("dave ● here");
    writer.press("welcome\r");
    reader.wait_for("welcome");
    writer.signal(Signal::SIGKILL);
    reader.wait_for("disconnected unexpectedly");
    let _writer = two.left.writer().args("--name carol").in_terminal();
    reader.wait_for("carol ● here");
}

#[test]
fn a_killed_bridge_looks_like_a_dead_peer_and_the_next_one_brings_it_back() {
    let two = Two::new();
    let [left, right] = two.bridges();
    let (mut writer, mut reader) = screens(&two);
    // Both its own machine and the other one see it.
    left.kill();
    writer.wait_for("disconnected unexpectedly");
    reader.wait_for("disconnected unexpectedly");
    writer.press("in between\r");
    let _left = two.left_bridge().start();
    reader.wait_for("in between");
    for (screen, name) in [(&mut writer, "bob"), (&mut reader, "alice")] {
        screen.wait_for(&format!("{name} ● here"));
        // Not somebody who has just come.
        screen.wait_for(&format!("{name} is back"));
    }
    right.kill();
    reader.press("rbut now\r");
    let _right = two.right_bridge().start();
    writer.wait_for("but now");
}

#[test]
fn a_reader_in_a_pipe_ends_when_the_far_writer_quits() {
    let two = Two::new();
    let _bridges = two.bridges();
    let lines = numbered_lines(5_000);
    let reader = two.right.reader().start();
    two.left.writer().input(lines.clone()).finish().assert_well();
    let ended = reader.wait();
    ended.assert_well();
    assert_same_bytes(&ended.stdout, &lines, "what the reader printed");
}

#[test]
fn a_reader_whose_first_bridge_comes_late_is_not_told_that_the_writer_has_gone() {
    let two = Two::new();
    let _left = two.left_bridge().start();
    let mut writer = two.left.writer().held_input().start();
    writer.send("one\n");
    // The stream has it, and that its writer is here.
    two.left.place.wait_for_waiting(0);
    let reader = two.right.reader().start();
    reader.wait_asleep();
    let _right = two.right_bridge().start();
    reader.stdout.wait_for("one\n");
    writer.end_input();
    writer.wait().assert_well();
    reader.wait().assert_well();
}

#[test]
fn a_reader_in_a_pipe_stays_when_a_bridge_is_stopped_and_started_again() {
    let two = Two::new();
    let [left, right] = two.bridges();
    let reader = two.right.reader().start();
    let mut writer = two.left.writer().held_input().start();
    writer.send("one\n");
    reader.stdout.wait_for("one\n");
    for bridge in [left, right] {
        bridge.signal(Signal::SIGTERM);
        let ended = bridge.wait();
        assert_eq!(ended.code, Some(128 + Signal::SIGTERM as i32), "{}", ended.stderr);
    }
    writer.send("two\n");
    let _bridges = two.bridges();
    reader.stdout.wait_for("two\n");
    writer.end_input();
    assert_eq!(writer.wait().code, Some(0));
    let ended = reader.wait();
    assert_eq!((ended.code, ended.stdout.as_slice()), (Some(0), b"one\ntwo\n".as_slice()), "{}", ended.stderr);
}

#[test]
fn a_reader_that_comes_after_the_writer_has_quit_gets_it_all_and_ends() {
    let two = Two::new();
    let lines = numbered_lines(2_000);
    let left = two.left_bridge().start();
    two.left.writer().args("--wait-delivered").input(lines.clone()).finish().assert_well();
    left.signal(Signal::SIGTERM);
    left.wait();
    // Nothing but the server has it now.
    two.left.place.assert_nothing_left();
    assert!(Client::new(&two.server.url()).stored(MESSAGES) > 0);
    let _right = two.right_bridge().start();
    let ended = two.right.reader().finish();
    assert_eq!(ended.code, Some(0), "{}", ended.stderr);
    assert_same_bytes(&ended.stdout, &lines, "what the reader printed");
}

#[test]
fn wait_delivered_means_that_the_stream_has_it() {
    let two = Two::new();
    let _left = two.left_bridge().start();
    two.left.writer().args("--wait-delivered").input(numbered_lines(1_000)).finish().assert_well();
    assert_eq!(two.left.waiting(), [0, 0]);
}
