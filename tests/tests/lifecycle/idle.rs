//! A pair that has nothing to say costs nothing.

use shmchat_tests::{Place, assert_becomes_quiet};
use std::fs;

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
fn two_screens_with_a_draft_that_was_seen_being_typed_sleep() {
    let place = Place::new();
    let (mut writer, mut reader) = place.screens();
    writer.press("a draft");
    reader.wait_for("alice ● typing…");
    reader.press("черновик");
    writer.wait_for("bob ● typing…");
    // Neither is sent nor taken back. They fade, and so do the timers.
    writer.wait_for("bob ● here");
    reader.wait_for("alice ● here");
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
    assert_becomes_quiet([writer.pid()]);
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
    assert_becomes_quiet([writer.pid()]);
}
