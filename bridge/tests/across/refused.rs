//! Servers and streams that a bridge cannot use: each is one line that names the thing and the way out, and an exit code; and
//! nothing is lost.

use crate::harness::client::Client;
use crate::harness::machine::{MESSAGES, MESSAGES_SUBJECT, Two};
use crate::harness::server::Server;
use async_nats::jetstream::stream::{Config, DiscardPolicy, RetentionPolicy};
use shmchat_tests::{Ended, assert_same_bytes, numbered_lines};

/// Both bridges of these machines, which do not come to an agreement with the server.
#[track_caller]
fn assert_refused(two: &Two, code: i32, words: &[&str]) {
    let lines = numbered_lines(100);
    two.left.writer().input(lines.clone()).finish().assert_well();
    for bridge in [two.left_bridge(), two.right_bridge()] {
        let ended = bridge.args("-q").finish();
        ended.assert_one_line(code, words);
    }
    // What had been sent waits where it was.
    let ended = two.left.reader().finish();
    assert_same_bytes(&ended.stdout, &lines, "what waited");
}

#[test]
fn a_server_without_jetstream() {
    let two = Two::with(Server::with(&[], ""));
    assert_refused(&two, 1, &["has no JetStream", "nats-server -js"]);
}

#[test]
fn an_account_without_jetstream() {
    let config = "jetstream: enabled\n\
                  accounts {\n APP { users: [{ user: u, password: p }] }\n OTHER { jetstream: enabled }\n}\n\
                  no_auth_user: u\n";
    let two = Two::with(Server::with(&[], config));
    assert_refused(&two, 1, &["has no JetStream", "account"]);
}

/// A server whose only user may do all but this.
fn server_that_denies(publish: &str) -> Server {
    let config = format!(
        "jetstream: enabled\n\
         authorization {{\n users: [{{ user: u, password: p, permissions: {{ publish: {{ deny: [{publish}] }} }} }}]\n}}\n\
         no_auth_user: u\n"
    );
    Server::with(&[], &config)
}

#[test]
fn a_login_that_may_not_ask_the_api() {
    let two = Two::with(server_that_denies("\"$JS.API.>\""));
    assert_refused(&two, 1, &["does not allow", "$JS.API."]);
}

#[test]
fn a_login_that_may_not_publish() {
    let two = Two::with(server_that_denies(&format!("\"{MESSAGES_SUBJECT}\"")));
    let lines = numbered_lines(100);
    two.left.writer().input(lines.clone()).finish().assert_well();
    let ended = two.left_bridge().args("-q").finish();
    ended.assert_one_line(1, &["does not allow", MESSAGES_SUBJECT]);
    assert_same_bytes(&two.left.reader().finish().stdout, &lines, "what waited");
}

#[test]
fn a_login_with_a_wrong_password() {
    let config = "jetstream: enabled\nauthorization { user: u, password: right }\n";
    let two = Two::with(Server::with(&[], config));
    let bridge = || two.left_bridge().args("-q --user u");
    bridge().env("NATS_PASSWORD", "wrong-secret").finish().assert_one_line(1, &["refuses", "NATS_PASSWORD"]);
    let said = bridge().env("NATS_PASSWORD", "wrong-secret").finish().stderr;
    assert!(!said.contains("wrong-secret"), "{said}");
    // The same, with the right one, finds its way in: what ends it then is the time-out.
    let found = two.right.bridge("writer", &two.server.url()).args("-v --user u").env("NATS_PASSWORD", "right").start();
    found.wait_attached();
}

#[test]
fn a_stream_of_another_shape() {
    let good = || Config {
        name: MESSAGES.to_owned(),
        subjects: vec![MESSAGES_SUBJECT.to_owned()],
        discard: DiscardPolicy::New,
        ..Config::default()
    };
    let shapes: [(Config, &str); 5] = [
        (Config { subjects: vec!["another".to_owned()], ..good() }, "subject"),
        (Config { subjects: vec![MESSAGES_SUBJECT.to_owned(), "another".to_owned()], ..good() }, "subject"),
        (Config { discard: DiscardPolicy::Old, ..good() }, "discard"),
        (Config { retention: RetentionPolicy::WorkQueue, ..good() }, "retention"),
        (Config { deny_purge: true, ..good() }, "purge"),
    ];
    for (shape, word) in shapes {
        let two = Two::new();
        Client::new(&two.server.url()).make(shape);
        assert_refused(&two, 5, &[MESSAGES, word, "nats stream info"]);
    }
}

#[test]
fn a_stream_that_will_do_is_used_as_it_is() {
    let two = Two::new();
    let client = Client::new(&two.server.url());
    client.make(Config {
        name: MESSAGES.to_owned(),
        subjects: vec![MESSAGES_SUBJECT.to_owned()],
        discard: DiscardPolicy::New,
        max_bytes: 1 << 20,
        ..Config::default()
    });
    let _bridges = two.bridges();
    let lines = numbered_lines(20_000);
    let reader = two.right.reader().start();
    two.left.writer().input(lines.clone()).finish().assert_well();
    assert_same_bytes(&reader.wait().stdout, &lines, "what arrived");
    assert_eq!(client.info(MESSAGES).expect("it stays").config.max_bytes, 1 << 20);
}

#[test]
fn a_server_that_is_nowhere_is_given_up_after_the_timeout() {
    let two = Two::with(Server::stopped(&["-js"], ""));
    let bridge = two.left.bridge("reader", "nats://127.0.0.1:1");
    bridge.args("-q --timeout 0.2").finish().assert_one_line(3, &["nats://127.0.0.1:1", "0.2 s", "--server"]);
}

/// A second bridge in the same role, beside one that goes on.
#[track_caller]
fn assert_taken(two: &Two, second: impl FnOnce() -> Ended, words: &[&str]) {
    let _right = two.right_bridge().start();
    let left = two.left_bridge().args("-v").start();
    let reader = two.right.reader().start();
    // A bridge that only heard of somebody shows them as gone until it knows.
    left.stderr.wait_for("the far end: ");
    let mut writer = two.left.writer().held_input().start();
    writer.send("one\n");
    reader.stdout.wait_for("one\n");
    second().assert_one_line(4, words);
    writer.send("two\n");
    writer.end_input();
    writer.wait().assert_well();
    assert_eq!(String::from_utf8_lossy(&reader.wait().stdout), "one\ntwo\n");
    assert!(left.is_alive());
}

#[test]
fn a_second_bridge_on_the_same_machine_finds_the_role_taken() {
    let two = Two::new();
    assert_taken(&two, || two.left_bridge().args("-q").finish(), &["reader", "lobby"]);
}

#[test]
fn a_second_bridge_on_another_machine_finds_the_role_taken() {
    let two = Two::new();
    let third = crate::harness::machine::Machine::default();
    assert_taken(
        &two,
        || third.bridge("reader", &two.server.url()).args("-q").finish(),
        &["reader", "lobby", "process"],
    );
}
