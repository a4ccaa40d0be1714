//! A cluster of three servers, of which one is killed: nothing is missing.

use crate::harness::client::Client;
use crate::harness::cluster::Cluster;
use crate::harness::machine::{MESSAGES, Machine};
use shmchat_tests::{assert_same_bytes, numbered_lines};

#[test]
fn the_leader_of_three_is_killed_in_the_middle_of_a_stream_and_comes_back() {
    let mut cluster = Cluster::start();
    let (left, right) = (Machine::default(), Machine::default());
    let urls = cluster.urls().join(",");
    let bridge = |machine: &Machine, role| machine.bridge(role, &urls).args("--replicas 3").start();
    let _bridges = [bridge(&left, "reader"), bridge(&right, "writer")];
    let reader = right.reader().start();
    let mut writer = left.writer().held_input().start();
    let lines = numbered_lines(60_000);
    let at = |number: usize| {
        let start = format!("\nline {number} ");
        lines.windows(start.len()).position(|window| window == start.as_bytes()).expect("a line") + 1
    };
    let (first, second) = (at(20_000), at(40_000));

    writer.send(&lines[..first]);
    reader.stdout.wait_for("\nline 10000 ");
    let client = Client::new(&cluster.urls()[0]);
    assert_eq!(client.info(MESSAGES).expect("a stream").config.num_replicas, 3);
    let leader = cluster.leader_of(MESSAGES, 0);
    cluster.servers[leader].kill();
    writer.send(&lines[first..second]);
    reader.stdout.wait_for("\nline 30000 ");
    cluster.servers[leader].start_again();
    writer.send(&lines[second..]);
    writer.end_input();
    let (writer, reader) = (writer.wait(), reader.wait());
    assert_eq!((writer.code, reader.code), (Some(0), Some(0)), "{}{}", writer.stderr, reader.stderr);
    assert_same_bytes(&reader.stdout, &lines, "what arrived");
}
