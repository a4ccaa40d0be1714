//! What a writer does while one of its calls fails.

use super::stage::{LAST, Seen, Stage, assert_read, read_by, tail, until};
use nix::sys::signal::Signal;
use shmchat_tests::numbered_lines;
use std::fs;

pub(super) fn writer_is_first(stage: &Stage) -> Seen {
    let lines = numbered_lines(300);
    // It makes the folder of channels too.
    fs::remove_dir(stage.place.dir()).expect("an empty folder");
    let writer = stage.start(stage.writer().args("--capacity 64KiB").input(lines.clone()));
    let (ended, calls) = writer.wait();
    let seen = stage.classify((&ended, calls));
    stage.assert_synced(&seen.calls, 4);
    let left = stage.left();
    let read = stage.last_pair();
    assert_read(&seen, &read, &lines);
    // The first three are of the empty lanes, the fourth of what was sent at first.
    let unsynced = seen.code != 0 && stage.fails_at("fdatasync").is_some_and(|ordinal| ordinal <= 4);
    assert!(read == LAST || !unsynced, "taken for accepted before it was on the disk: {}", tail(&read));
    // Of a disk that has failed nobody knows what is on it: what is there is left for the next start.
    let waited = read != LAST || stage.fails_at("fdatasync").is_some();
    assert!(waited || stage.goes_on() || left.is_empty(), "nothing waits, and yet was left: {left:?} ({})", seen.line);
    seen
}

pub(super) fn writer_rings(stage: &Stage) -> Seen {
    let lines = numbered_lines(300);
    let reader = stage.reader().args("--capacity 64KiB --stay").start();
    until("the reader sleeps", || stage.reader_sleeps());
    let (ended, calls) = stage.start(stage.writer().input(lines.clone())).wait();
    let seen = stage.classify((&ended, calls));
    assert_read(&seen, &read_by(stage, reader), &lines);
    seen
}

pub(super) fn writer_waits_for_room(stage: &Stage) -> Seen {
    // More than twice what the lane holds.
    let lines = numbered_lines(4_000);
    let writer = stage.start(stage.writer().args("--capacity 64KiB").input(lines.clone()));
    until("the writer sleeps", || stage.writer_sleeps() || !writer.is_alive());
    let reader = stage.reader().args("--stay").start();
    let (ended, calls) = writer.wait();
    let seen = stage.classify((&ended, calls));
    assert_read(&seen, &read_by(stage, reader), &lines);
    // It waits for room before it reads, so at most the beginning of a line is gone for who wrote that.
    assert!(seen.code != 0 || !ended.stderr.contains("not sent"), "{}", ended.stderr);
    seen
}

pub(super) fn writer_leaves_last(stage: &Stage) -> Seen {
    let lines = numbered_lines(300);
    let last = lines.iter().rev().skip(1).position(|&byte| byte == b'\n').map_or(0, |length| lines.len() - 1 - length);
    let reader = stage.reader().args("--capacity 64KiB --stay").start();
    until("the reader sleeps", || stage.reader_sleeps());
    let mut writer = stage.start(stage.writer().held_input());
    writer.send(lines.clone());
    until("all is read", || reader.stdout.has(&String::from_utf8_lossy(&lines[last..])) || !writer.is_alive());
    reader.signal(Signal::SIGTERM);
    let mut read = reader.wait().stdout;
    writer.end_input();
    let (ended, calls) = writer.wait();
    let seen = stage.classify((&ended, calls));
    if seen.code == 0 {
        assert_eq!(stage.left(), [""; 0], "it said that all was well");
    }
    read.extend(stage.last_pair());
    assert_read(&seen, &read, &lines);
    seen
}
