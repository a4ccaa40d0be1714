//! The end of a pool: by a signal, by a kill, and what is left then.

use super::{send, waiting};
use nix::sys::signal::Signal;
use shmchat_tests::checks;
use shmchat_tests::{LIMIT, Place, Process};
use std::fs;
use std::time::Instant;

/// A pool whose command waits for a file of this name, and has begun with the first message.
fn begun(place: &Place, lines: &str, args: &str) -> Process {
    send(place, "", lines);
    let dir = place.dir().display();
    let line = format!("echo begun >&2; until [ -e '{dir}/go' ]; do sleep 0.01; done; cat; echo");
    let run = place.reader().args(args).arg("--shell").arg(line).start();
    run.stderr.wait_for("begun");
    run
}

#[test]
fn a_signal_lets_what_runs_finish_and_takes_no_more() {
    for signal in [Signal::SIGTERM, Signal::SIGINT, Signal::SIGHUP] {
        let place = Place::new();
        let run = begun(&place, "1\n2\n", "");
        run.signal(signal);
        run.wait_asleep();
        fs::write(place.dir().join("go"), "").expect("a file");
        let ended = run.wait();
        assert_eq!((ended.code, super::text(&ended.stdout)), (Some(128 + signal as i32), "1\n"), "{}", ended.stderr);
        assert_eq!(waiting(&place), "2\n");
    }
}

#[test]
fn a_second_signal_ends_what_runs_and_it_stays_in_the_channel() {
    let place = Place::new();
    let run = begun(&place, "1\n2\n", "");
    run.signal(Signal::SIGTERM);
    // It has taken the first one once it has gone to sleep again; two at once would be one.
    let limit = Instant::now() + LIMIT;
    while pending(run.pid()) {
        assert!(Instant::now() < limit);
        std::thread::yield_now();
    }
    run.wait_asleep();
    run.signal(Signal::SIGTERM);
    assert_eq!(run.wait().code, Some(143));
    assert_eq!(waiting(&place), "1\n2\n");
}

fn pending(pid: i32) -> bool {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).expect("a process");
    status.lines().any(|line| line.starts_with("ShdPnd:") && !line.ends_with("0000000000000000"))
}

#[test]
fn a_killed_readers_commands_are_killed_with_all_that_they_started() {
    let place = Place::new();
    send(&place, "", "1\n2\n3\n4\n");
    let (mark, line) = (place.dir().display().to_string(), "echo begun >&2; sleep 1000 | cat");
    let run = place.reader().env("SHMCHAT_TEST", &mark).args("--jobs 4 --shell").arg(line).start();
    run.stderr.wait_for("begun\nbegun\nbegun\nbegun");
    assert!(marked(&mark) > 8, "the reader, its watcher, and the commands: {}", marked(&mark));
    run.kill();
    let limit = Instant::now() + LIMIT;
    while marked(&mark) > 0 {
        assert!(Instant::now() < limit, "{} processes are left", marked(&mark));
        std::thread::yield_now();
    }
    assert_eq!(waiting(&place), "1\n2\n3\n4\n");
}

/// How many processes have this in their environment.
pub(super) fn marked(mark: &str) -> usize {
    let is_marked = |entry: fs::DirEntry| {
        let environment = fs::read(entry.path().join("environ")).unwrap_or_default();
        let entry = format!("SHMCHAT_TEST={mark}\0");
        environment.windows(entry.len()).any(|window| window == entry.as_bytes())
    };
    fs::read_dir("/proc")
        .expect("/proc")
        .flatten()
        .filter(|_| true)
        .filter_map(|entry| is_marked(entry).then_some(()))
        .count()
}

#[test]
fn a_message_is_kept_until_it_is_done() {
    checks::a_message_is_kept_until_it_is_done(None);
}

#[test]
fn the_head_waits_for_the_oldest_unfinished_message() {
    checks::the_head_waits_for_the_oldest(None);
}
