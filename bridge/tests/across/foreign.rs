//! What somebody else's client has put into a stream is no message of ours: it is skipped with a warning, and what follows it
//! arrives.

use crate::harness::client::Client;
use crate::harness::machine::{MESSAGES, MESSAGES_SUBJECT, Two};
use shmchat_tests::{Noise, Process};

/// Two machines, their bridges, and a line that has arrived.
struct Scene {
    writer: Process,
    reader: Process,
    right: Process,
    _left: Process,
    client: Client,
    _two: Two,
}

impl Scene {
    fn new() -> Self {
        let two = Two::new();
        let [left, right] = two.bridges();
        let reader = two.right.reader().start();
        let writer = two.left.writer().held_input().start();
        writer.send("one\n");
        reader.stdout.wait_for("one\n");
        Scene { writer, reader, right, _left: left, client: Client::new(&two.server.url()), _two: two }
    }

    /// Asserts that the right bridge has warned, and that only what the writer says arrives.
    #[track_caller]
    fn assert_skipped(mut self) {
        self.writer.send("two\n");
        self.reader.stdout.wait_for("two\n");
        self.writer.end_input();
        let (writer, reader) = (self.writer.wait(), self.reader.wait());
        assert_eq!((writer.code, reader.code), (Some(0), Some(0)), "{}{}", writer.stderr, reader.stderr);
        assert_eq!(String::from_utf8_lossy(&reader.stdout), "one\ntwo\n");
        assert!(self.right.is_alive());
        let said = self.right.kill().stderr;
        assert!(said.contains("[warning]") && said.contains(MESSAGES), "{said}");
        assert!(!said.contains('\u{1b}'), "raw escapes in the log: {said:?}");
    }

    /// The headers of a message of ours, one of them changed.
    fn ours_but(&self, name: &str, value: &str) -> Vec<(String, String)> {
        let mut headers = self.client.last_headers(MESSAGES);
        let found = headers.iter_mut().find(|(found, _)| found == name);
        found.unwrap_or_else(|| panic!("no header {name}")).1 = value.to_owned();
        // These are the server's to judge.
        headers.retain(|(name, _)| name.starts_with("Shmchat-"));
        headers
    }

    fn publish(&self, headers: &[(String, String)], payload: &[u8]) {
        let headers: Vec<_> = headers.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        self.client.publish(MESSAGES_SUBJECT, &headers, payload);
    }
}

#[test]
fn a_message_without_headers() {
    let scene = Scene::new();
    scene.client.publish(MESSAGES_SUBJECT, &[], b"hello from a stranger\x1b[31m");
    scene.assert_skipped();
}

#[test]
fn messages_with_somebody_elses_headers() {
    let scene = Scene::new();
    scene.client.publish(MESSAGES_SUBJECT, &[("Shmchat-Version", "2"), ("X-Colour", "\u{202e}red")], b"hello");
    scene.client.publish(MESSAGES_SUBJECT, &[("Shmchat-Version", "one")], b"hello");
    scene.assert_skipped();
}

#[test]
fn our_headers_with_wrong_values() {
    let wrong = ["", "x", "-1", "18446744073709551616", "9-1", "0-18446744073709551616", "\u{202e}", "\u{1f600}"];
    for name in ["Shmchat-Version", "Shmchat-Ring", "Shmchat-Range", "Shmchat-Bridge"] {
        let scene = Scene::new();
        for value in wrong {
            scene.publish(&scene.ours_but(name, value), b"hello");
        }
        scene.assert_skipped();
    }
}

#[test]
fn our_headers_with_garbage_behind_them() {
    let scene = Scene::new();
    let mut noise = Noise(16);
    for length in [0, 1, 7, 8, 100, 5_000, 500_000] {
        let headers = scene.ours_but("Shmchat-Version", "1");
        scene.publish(&headers, &noise.bytes(length));
        // Lengths and counts that are as large as can be.
        scene.publish(&headers, &vec![0xFF; length]);
        scene.publish(&headers, &vec![0; length]);
    }
    scene.assert_skipped();
}

#[test]
fn an_escape_sequence_that_is_typed_stays_a_visible_mark_on_the_other_machine() {
    let two = Two::new();
    let _bridges = two.bridges();
    let reader = two.right.reader().in_terminal();
    let writer = two.left.writer().held_input().start();
    writer.send("before \x1b[31mred\x1b[0m after\n");
    reader.wait_for("after");
    let raw = String::from_utf8_lossy(&reader.raw()).into_owned();
    assert!(!raw.contains("\x1b[31mred"), "it reached the terminal");
}
