//! A stream that is full holds the writer up: nothing is lost, it is said once, and it goes on when there is room.

use crate::harness::client::Client;
use crate::harness::machine::{MESSAGES, Two};
use shmchat_tests::{assert_same_bytes, numbered_lines};

/// What a bridge says then.
const FULL: &str = "the stream shmchat-lobby-messages takes no more: maximum bytes exceeded";

#[test]
fn a_full_stream_holds_the_writer_up_and_says_so_once() {
    let two = Two::new();
    let client = Client::new(&two.server.url());
    let left = two.left_bridge().args("-v --max-bytes 64KiB").start();
    // More than the stream and the lane can hold.
    let lines = numbered_lines(60_000);
    let writer = two.left.writer().input(lines.clone()).start();
    left.stderr.wait_for(FULL);
    assert!(client.stored(MESSAGES) > 0 && writer.is_alive());
    // It tries again and again meanwhile.
    let _right = two.right_bridge().start();
    let reader = two.right.reader().start();
    assert_eq!(writer.wait().code, Some(0));
    assert_same_bytes(&reader.wait().stdout, &lines, "what arrived");
    let said = left.kill().stderr;
    // Once, and once more only where there had been room in between.
    let [full, again] = [FULL, "takes messages again"].map(|words| said.matches(words).count());
    assert!(full <= again + 1, "{said}");
}

#[test]
fn a_bridge_that_is_killed_at_a_full_stream_loses_nothing() {
    let two = Two::new();
    let start = || two.left_bridge().args("--max-bytes 64KiB").start();
    let left = start();
    let lines = numbered_lines(60_000);
    let writer = two.left.writer().input(lines.clone()).start();
    left.stderr.wait_for(FULL);
    left.kill();
    let left = start();
    left.stderr.wait_for(FULL);
    let _right = two.right_bridge().start();
    let reader = two.right.reader().start();
    assert_eq!(writer.wait().code, Some(0));
    assert_same_bytes(&reader.wait().stdout, &lines, "what arrived");
}
