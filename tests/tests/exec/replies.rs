//! Requests and answers: `writer --replies` beside `reader --reply`.

use super::{send, text};
use nix::sys::signal::Signal;
use shmchat_tests::{Ended, Place};

/// What a writer gets back that sends these lines to a pool with these arguments.
#[track_caller]
fn answers(place: &Place, lines: &str, args: &str, last: &str) -> Ended {
    let pool = place.reader().args(args).arg(last).start();
    let asked = place.writer().arg("--replies").input(lines).finish();
    asked.assert_well();
    pool.wait().assert_well();
    asked
}

#[test]
fn each_message_is_answered_and_the_writer_ends_when_all_are() {
    let place = Place::new();
    let found = answers(&place, "1\n2\n30\n", "--reply --shell", "read -r x; echo $((x * 2))");
    assert_eq!(text(&found.stdout), "2\n4\n60\n");
    let line = "while read -r x; do echo $((x * 2)); done";
    let found = answers(&place, "1\n2\n30\n", "--reply --worker", line);
    assert_eq!(text(&found.stdout), "2\n4\n60\n");
    place.assert_nothing_left();
}

#[test]
fn an_answer_may_be_empty_have_lines_or_be_longer_than_a_lane() {
    let place = Place::new();
    let line = "read -r x; case $x in 1) ;; 2) echo a; echo b;; 3) head -c 3000000 /dev/zero | tr '\\0' x;; esac";
    let found = answers(&place, "1\n2\n3\n", "--jobs 3 --keep-order --reply --shell", line);
    assert_eq!(text(&found.stdout), format!("\na\nb\n{}\n", "x".repeat(3_000_000)));
}

#[test]
fn a_message_that_failed_for_good_has_no_answer_and_is_waited_for_no_longer() {
    let place = Place::new();
    let letters = place.dir().join("dead");
    let pool = place.reader().args("--reply --retries 0 --dead-letter").arg(&letters);
    let pool = pool.arg("--shell").arg("read -r x; echo $x; test $x != 2").start();
    let asked = place.writer().arg("--replies").input("1\n2\n3\n").finish();
    asked.assert_well();
    assert_eq!(text(&asked.stdout), "1\n3\n");
    assert_eq!(pool.wait().code, Some(0));
}

#[test]
fn a_writer_waits_for_the_next_reader_if_one_is_killed() {
    let place = Place::new();
    let line = format!("until [ -e '{0}/go' ]; do touch '{0}/begun'; sleep 0.01; done; cat", place.dir().display());
    let pool = || place.reader().args("--reply --jobs 2 --keep-order --shell").arg(&line).start();
    let (first, asked) = (pool(), place.writer().arg("--replies").input("1\n2\n3\n").start());
    while !place.dir().join("begun").exists() {
        assert!(first.is_alive());
        std::thread::yield_now();
    }
    first.kill();
    std::fs::write(place.dir().join("go"), "").expect("a file");
    let second = pool();
    assert_eq!(text(&asked.wait().stdout), "1\n2\n3\n");
    second.wait().assert_well();
}

#[test]
fn a_pool_whose_replies_nobody_takes_says_so_once() {
    let place = Place::new();
    send(&place, "--capacity 64KiB", "1\n");
    let pool = place.reader().args("--reply --exec head -c 200000 /dev/zero").start();
    pool.stderr.wait_for("writer --replies");
    pool.signal(Signal::SIGTERM);
    pool.wait_asleep();
    pool.signal(Signal::SIGINT);
    let ended = pool.wait();
    assert_eq!(ended.stderr.matches("nobody takes the replies").count(), 1, "{}", ended.stderr);
}

#[test]
fn replies_are_those_of_messages_and_framed_like_them() {
    let place = Place::new();
    place.writer().args("--replies --framing raw").finish().assert_one_line(2, &["--replies", "--framing raw"]);
    send(&place, "", "");
    let pool = place.reader().args("-0 --reply --exec echo {}").start();
    let asked = place.writer().args("-0 --replies").input("a\0b\0").finish();
    assert_eq!(text(&asked.stdout), "a\n\0b\n\0");
    pool.wait().assert_well();
}
