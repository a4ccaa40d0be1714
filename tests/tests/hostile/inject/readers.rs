//! What a reader does while one of its calls fails: as it reads, cleans up, or looks.

use super::call::Call;
use super::stage::{LAST, QUIETLY, Seen, Stage, assert_covered, assert_good, read_by, tail, until};
use nix::errno::Errno;
use shmchat_tests::numbered_lines;
use std::sync::{Arc, Mutex};

/// Seen where the clean-up could not look at the segment or the key file.
const FOREIGN: &str = "that there is nothing to remove: what may not be looked at counts as another's";

pub(super) fn reader_prints(stage: &Stage) -> Seen {
    // Several batches.
    let lines = numbered_lines(4_000);
    assert_good(&stage.writer().input(lines.clone()).finish());
    let (ended, calls) = stage.start(stage.reader()).wait();
    let seen = stage.classify((&ended, calls)).or_quietly(stage);
    if seen.code == 0 && seen.note != QUIETLY {
        assert!(ended.stdout == lines, "it said that all was well, and printed {} bytes", ended.stdout.len());
        assert_eq!(stage.left(), [""; 0], "it said that all was well");
    }
    stage.assert_synced(&seen.calls, 1);
    let rest = stage.last_pair();
    let unsynced = seen.code != 0 && stage.fails_at("fdatasync") == Some(1);
    assert!(rest.starts_with(&lines) || !unsynced, "acknowledged before that was on the disk: {}", tail(&rest));
    assert_covered(&ended.stdout, &rest, &lines);
    seen
}

pub(super) fn reader_makes_room(stage: &Stage) -> Seen {
    let lines = numbered_lines(4_000);
    let writer = stage.writer().args("--capacity 64KiB").input(lines.clone()).start();
    until("the writer sleeps", || stage.writer_sleeps());
    let (ended, calls) = stage.start(stage.reader()).wait();
    let seen = stage.classify((&ended, calls)).or_quietly(stage);
    if seen.code == 0 && seen.note != QUIETLY {
        assert!(ended.stdout == lines, "it said that all was well, and printed {} bytes", ended.stdout.len());
        assert_good(&writer.wait());
        assert_eq!(stage.left(), [""; 0], "it said that all was well");
        assert_covered(&ended.stdout, &stage.last_pair(), &lines);
    } else {
        // The writer still waits, and a next reader makes room.
        let next = stage.reader().args("--stay").start();
        assert_good(&writer.wait());
        assert_covered(&ended.stdout, &read_by(stage, next), &lines);
    }
    seen
}

pub(super) fn reader_waits(stage: &Stage) -> Seen {
    let lines = numbered_lines(300);
    let half = lines.iter().position(|&byte| byte == b'\n').expect("a line") + 1;
    let printed = Arc::new(Mutex::new(Vec::new()));
    let sink = Arc::clone(&printed);
    let run = stage.reader().args("--capacity 64KiB").output_to(move |piece| {
        sink.lock().expect("no panic here").extend_from_slice(piece);
        true
    });
    let reader = stage.start(run);
    until("the reader sleeps", || stage.reader_sleeps() || !reader.is_alive());
    let ended_early = !reader.is_alive();
    if ended_early && !stage.goes_on() {
        assert_eq!(stage.left(), [""; 0], "left behind by a reader that could not start");
    }
    let mut writer = stage.writer().args("--capacity 64KiB").held_input().start();
    writer.send(&lines[..half]);
    until("the reader prints", || printed.lock().expect("no panic here").len() >= half || !reader.is_alive());
    if reader.is_alive() {
        writer.kill();
        let log_fails = || reader.has_failed(Call::writes_errors);
        until("the reader notices", || {
            reader.stderr.has("disconnected unexpectedly") || !reader.is_alive() || log_fails()
        });
    } else {
        writer.end_input();
        assert_good(&writer.wait());
    }
    assert_good(&stage.writer().input(&lines[half..]).finish());
    let (ended, calls) = reader.wait();
    let seen = stage.classify((&ended, calls)).or_quietly(stage);
    let printed = std::mem::take(&mut *printed.lock().expect("no panic here"));
    if seen.code == 0 && seen.note != QUIETLY {
        assert!(printed == lines, "it said that all was well, and printed: {}", tail(&printed));
        assert_eq!(stage.left(), [""; 0], "it said that all was well");
    }
    assert_covered(&printed, &stage.last_pair(), &lines);
    seen
}

pub(super) fn reader_cleans(stage: &Stage) -> Seen {
    let writer = stage.writer().args("-v").held_input().start();
    writer.wait_attached();
    writer.kill();
    let (ended, calls) = stage.start(stage.place.reader().args("--clean")).wait();
    let mut seen = stage.classify((&ended, calls)).or_quietly(stage);
    let said = String::from_utf8_lossy(&ended.stdout);
    let removed = ["segment", "shared memory", "file"].iter().any(|it| said.contains(&format!("removed the {it}")));
    if seen.code == 0 && stage.fails_with(Errno::EACCES) && !removed {
        // What may not be looked at is another's. It stays, and is taken up by the next pair.
        seen.note = FOREIGN;
    } else if seen.code == 0 {
        assert_eq!(stage.left(), [""; 0], "it said that all was well");
        assert!(removed || seen.note == QUIETLY, "it said nothing: {said}");
    }
    assert_eq!(stage.last_pair(), LAST);
    seen
}

pub(super) fn reader_looks(stage: &Stage) -> Seen {
    let lines = numbered_lines(30);
    assert_good(&stage.writer().input(lines.clone()).finish());
    let (ended, calls) = stage.start(stage.place.reader().args("--status")).wait();
    let seen = stage.classify((&ended, calls)).or_quietly(stage);
    let said = String::from_utf8_lossy(&ended.stdout);
    // What may not be looked at is another's, so that the channel has nothing.
    let unseen = stage.fails_with(Errno::EACCES) && said.contains("1 channel is not in use");
    assert!(seen.code != 0 || said.contains("lobby") || unseen || seen.note == QUIETLY, "it said nothing: {said}");
    assert_eq!(stage.last_pair(), [&lines, LAST].concat(), "a look changes nothing");
    seen
}
