//! The end of a pool: by a signal, by a kill, and what is left then.

use super::{limit_files, send, waiting};
use nix::sys::signal::Signal;
use shmchat_tests::checks;
use shmchat_tests::{LIMIT, Place, Process, assert_becomes_quiet};
use std::fs;
use std::time::Instant;

/// A pool that has begun with the first of these lines, and whose command waits for the file `go`.
fn begun(place: &Place, lines: &str, args: &str) -> Process {
    send(place, "", lines);
    waiter(place, args)
}

/// The same for messages that somebody else sends.
fn waiter(place: &Place, args: &str) -> Process {
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
    terminate(&run);
    run.signal(Signal::SIGTERM);
    assert_eq!(run.wait().code, Some(143));
    assert_eq!(waiting(&place), "1\n2\n");
}

#[test]
fn signals_that_come_together_are_one() {
    let place = Place::new();
    let run = begun(&place, "1\n2\n", "");
    run.signal(Signal::SIGSTOP);
    run.signal(Signal::SIGTERM);
    run.signal(Signal::SIGINT);
    run.signal(Signal::SIGCONT);
    while pending(run.pid()) {
        std::thread::yield_now();
    }
    run.wait_asleep();
    fs::write(place.dir().join("go"), "").expect("a file");
    let ended = run.wait();
    assert!([Some(130), Some(143)].contains(&ended.code), "{}", ended.stderr);
    assert_eq!((super::text(&ended.stdout), waiting(&place).as_str()), ("1\n", "2\n"));
}

#[test]
fn a_command_that_we_end_is_not_done_whatever_its_exit_code() {
    let place = Place::new();
    send(&place, "", "1\n2\n");
    let line = "trap 'exit 0' TERM; echo begun >&2; while :; do sleep 0.01; done";
    let run = place.reader().arg("--shell").arg(line).start();
    run.stderr.wait_for("begun");
    terminate(&run);
    run.signal(Signal::SIGTERM);
    assert_eq!(run.wait().code, Some(143));
    assert_eq!(waiting(&place), "1\n2\n");
}

#[test]
fn the_beginning_of_a_long_message_stays_if_the_rest_is_not_to_be_taken() {
    let place = Place::new();
    let long = "a".repeat(200_000);
    let writer = place.writer().args("-v -0 --capacity 64KiB").input(format!("1\0{long}\0")).start();
    // A pool that came first would make larger lanes.
    writer.wait_attached();
    let run = waiter(&place, "-0 --capacity 64KiB --ahead 4");
    // What fits in the lane of the second message is taken.
    writer.wait_asleep();
    run.wait_asleep();
    terminate(&run);
    fs::write(place.dir().join("go"), "").expect("a file");
    assert_eq!(run.wait().code, Some(143));
    let rest = place.reader().args("-0").finish();
    assert_eq!(writer.wait().code, Some(0));
    assert!(rest.stdout == format!("{long}\0").as_bytes(), "{} bytes", rest.stdout.len());
}

#[test]
fn a_pool_that_found_no_room_and_is_to_end_sleeps_until_it_can() {
    let place = Place::new();
    let mut writer = place.writer().held_input().start();
    writer.send("1\n");
    let run = waiter(&place, "--jobs 2");
    // It has the descriptor of what has begun, too.
    run.wait_asleep();
    // As many as `poll` watches, and fewer than it has.
    let all = limit_files(&run, Some(8));
    writer.send("2\n");
    run.stderr.wait_for("cannot start more than 1 command");
    terminate(&run);
    assert_becomes_quiet([run.pid()]);
    limit_files(&run, all);
    fs::write(place.dir().join("go"), "").expect("a file");
    assert_eq!(run.wait().code, Some(143));
    writer.end_input();
    writer.wait().assert_well();
    assert_eq!(waiting(&place), "2\n");
}

/// Sends a TERM and waits until it is taken up: it has been delivered, and the pool has gone to sleep again.
fn terminate(run: &Process) {
    run.signal(Signal::SIGTERM);
    let limit = Instant::now() + LIMIT;
    while pending(run.pid()) {
        assert!(Instant::now() < limit);
        std::thread::yield_now();
    }
    run.wait_asleep();
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
    // The reader, its watcher, and of each command the shell and what it has just started.
    let limit = Instant::now() + LIMIT;
    while marked(&mark) <= 8 {
        assert!(Instant::now() < limit, "only {} processes", marked(&mark));
        std::thread::yield_now();
    }
    run.kill();
    while marked(&mark) > 0 {
        assert!(Instant::now() < limit, "{} processes are left", marked(&mark));
        std::thread::yield_now();
    }
    assert_eq!(waiting(&place), "1\n2\n3\n4\n");
}

/// How many processes have this in their environment.
pub(super) fn marked(mark: &str) -> usize {
    let is_marked = |entry: &fs::DirEntry| {
        let environment = fs::read(entry.path().join("environ")).unwrap_or_default();
        let entry = format!("SHMCHAT_TEST={mark}\0");
        environment.windows(entry.len()).any(|window| window == entry.as_bytes())
    };
    fs::read_dir("/proc").expect("/proc").flatten().filter(is_marked).count()
}

#[test]
fn a_message_is_kept_until_it_is_done() {
    checks::a_message_is_kept_until_it_is_done(None);
}

#[test]
fn the_head_waits_for_the_oldest_unfinished_message() {
    checks::the_head_waits_for_the_oldest(None);
}
