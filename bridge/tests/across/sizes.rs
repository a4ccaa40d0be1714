//! Messages of every size and kind, through lanes and servers that take less at a time.

use crate::harness::machine::Two;
use crate::harness::server::Server;
use serde_json::{Value, json};
use shmchat_tests::{Noise, Run, assert_same_bytes};

/// Bytes without a NUL, so that they can stand between NULs.
fn noise(length: usize) -> Vec<u8> {
    let mut bytes = Noise(length as u64 + 1).bytes(length);
    bytes.iter_mut().filter(|byte| **byte == 0).for_each(|byte| *byte = 1);
    bytes
}

/// Messages of these lengths, as NUL framing has them.
fn messages(lengths: impl IntoIterator<Item = usize>) -> Vec<u8> {
    lengths.into_iter().flat_map(|length| [noise(length), vec![0]].concat()).collect()
}

/// Carries `bytes` in this framing through both bridges, which are as `with` makes them.
#[track_caller]
fn assert_carried(two: &Two, framing: &str, bytes: &[u8], with: impl Fn(Run) -> Run) {
    let _bridges = [with(two.left_bridge()).start(), with(two.right_bridge()).start()];
    let reader = two.right.reader().args("--framing").args(framing).start();
    let writer = two.left.writer().args("--framing").args(framing).input(bytes).start();
    let (writer, reader) = (writer.wait(), reader.wait());
    assert_eq!((writer.code, reader.code), (Some(0), Some(0)), "{}{}", writer.stderr, reader.stderr);
    assert_same_bytes(&reader.stdout, bytes, "what arrived");
}

/// Around every power of two, up to beyond 64 KiB: where something is cut, a neighbour is not.
fn lengths() -> impl Iterator<Item = usize> {
    (0..300).chain((9..17).flat_map(|power| (1 << power) - 20..(1 << power) + 20)).chain([70_000])
}

#[test]
fn empty_messages_arrive_and_are_counted() {
    assert_carried(&Two::new(), "nul", b"\0\0one\0\0", |run| run);
}

#[test]
fn messages_from_nothing_to_70_000_bytes() {
    assert_carried(&Two::new(), "nul", &messages(lengths()), |run| run);
}

#[test]
fn a_message_of_5_mb_stays_one() {
    assert_carried(&Two::new(), "nul", &messages([5_000_000, 3, 5_000_000]), |run| run);
}

#[test]
fn a_stream_of_16_mb() {
    assert_carried(&Two::new(), "raw", &Noise(5).bytes(16_000_000), |run| run);
}

#[test]
fn a_server_that_takes_4_kib_at_a_time() {
    let two = Two::with(Server::with(&[], "jetstream: enabled\nmax_payload: 4096\n"));
    assert_carried(&two, "nul", &messages(lengths().filter(|length| length % 7 == 0).chain([1_000_000])), |run| run);
}

#[test]
fn a_near_lane_that_is_larger_than_the_far_one() {
    let two = Two::new();
    let _bridges =
        [two.left_bridge().args("--capacity 4MiB").start(), two.right_bridge().args("--capacity 64KiB").start()];
    assert_one_way(&two, "--capacity 4MiB", "--capacity 64KiB");
}

#[test]
fn a_near_lane_that_is_smaller_than_the_far_one() {
    let two = Two::new();
    let _bridges =
        [two.left_bridge().args("--capacity 64KiB").start(), two.right_bridge().args("--capacity 4MiB").start()];
    assert_one_way(&two, "--capacity 64KiB", "--capacity 4MiB");
}

#[track_caller]
fn assert_one_way(two: &Two, left: &str, right: &str) {
    let bytes = messages(lengths().chain([1_500_000, 1]));
    let reader = two.right.reader().args("-0").args(right).start();
    let writer = two.left.writer().args("-0").args(left).input(bytes.clone()).finish();
    let reader = reader.wait();
    assert_eq!((writer.code, reader.code), (Some(0), Some(0)), "{}{}", writer.stderr, reader.stderr);
    assert_same_bytes(&reader.stdout, &bytes, "what arrived");
}

#[test]
fn json_keeps_texts_bytes_times_and_names() {
    let two = Two::new();
    let _bridges = two.bridges();
    let sent = [
        json!({ "text": "" }),
        json!({ "text": "two\nlines, and \u{1b}[31m" }),
        json!({ "text": "你好 👩‍🚀 \u{202e}" }),
        json!({ "base64": "/wD+gA==" }),
        json!({ "text": "waves", "kind": "action" }),
        json!({ "text": "x".repeat(60_000) }),
    ];
    let input: String = sent.iter().map(|object| format!("{object}\n")).collect();
    let reader = two.right.reader().args("--framing json").start();
    let writer = two.left.writer().args("--framing json --name alice").input(input).finish();
    let reader = reader.wait();
    assert_eq!((writer.code, reader.code), (Some(0), Some(0)), "{}{}", writer.stderr, reader.stderr);
    let text = String::from_utf8(reader.stdout).expect("UTF-8");
    let got: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).expect("an object")).collect();
    assert_eq!(got.len(), sent.len(), "{text}");
    for (got, sent) in got.iter().zip(&sent) {
        assert_eq!((&got["text"], &got["base64"]), (&sent["text"], &sent["base64"]), "{got}");
        assert!(sent["kind"].is_null() || got["kind"] == sent["kind"], "{got}");
        assert_eq!(got["from"], "alice");
        assert!(got["ts"].is_string() || got["ts"].is_number(), "{got}");
    }
}
