//! The fuzzer's corpus, replayed without the fuzzer: what once found a way through the code, and every input that ever
//! made it fail. And the corpus with a safety line left out, which must fail: else it would prove nothing.

use shmchat::inspect::Location;
use shmchat::inspect::SegmentId;
use shmchat::internals::fault::Mutant;
use shmchat_fuzz::TARGETS;
use shmchat_tests::{LIMIT, Place, spawn};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::mpsc::channel;

/// Names the input when its run panics.
struct Running(PathBuf);

impl Drop for Running {
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("the input was {}", self.0.display());
        }
    }
}

fn corpus() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../fuzz/corpus")
}

/// Runs a target with each input of its corpus.
fn replay(name: &str) {
    let (_, target) = TARGETS.iter().find(|(other, _)| *other == name).expect("a target");
    let place = Place::new();
    let mut inputs: Vec<_> = fs::read_dir(corpus().join(name)).unwrap().map(|entry| entry.unwrap().path()).collect();
    inputs.sort();
    assert!(!inputs.is_empty(), "no corpus for {name}");
    for input in inputs {
        let data = fs::read(&input).unwrap();
        let _running = Running(input);
        target(place.dir(), &data);
    }
}

#[test]
fn framing_carries_its_corpus_unchanged() {
    replay("framing");
}

#[test]
fn a_lane_answers_its_corpus_with_results_or_corrupt() {
    replay("lane");
}

#[test]
fn a_segment_answers_its_corpus_and_nothing_is_left() {
    replay("segment");
}

#[test]
fn visible_lets_nothing_of_its_corpus_through() {
    replay("visible");
}

#[test]
fn every_corpus_is_some_targets() {
    for entry in fs::read_dir(corpus()).unwrap() {
        let name = entry.unwrap().file_name();
        assert!(TARGETS.iter().any(|(target, _)| name == *target), "{name:?} is replayed by nobody");
    }
}

/// Whether the test of this name, run once more in a process of its own with this line left out, fails. A hang is a
/// failure too.
fn fails(test: &str, mutant: Mutant) -> bool {
    // Its temporary folders lie in one of ours, as it may end without removing them.
    let place = Place::new();
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args(["--exact", test]).env("SHMCHAT_SABOTAGE", mutant.name()).env("TMPDIR", place.dir());
    let mut child = spawn(command.stdout(Stdio::piped()).stderr(Stdio::null())).unwrap();
    let mut output = child.stdout.take().unwrap();
    let (ended, end) = channel();
    std::thread::spawn(move || ended.send(std::io::read_to_string(&mut output)));
    let output = end.recv_timeout(LIMIT / 2);
    // Ended by itself, or hangs.
    child.kill().unwrap();
    let passed = child.wait().unwrap().success();
    remove_segments_of(child.id());
    let Ok(output) = output else { return true };
    // Or else it would fail for want of the test.
    assert!(output.unwrap().contains("running 1 test"), "no test {test}");
    !passed
}

/// Removes what a process that has ended created, as the kernel lists it.
fn remove_segments_of(creator: u32) {
    let list = fs::read_to_string("/proc/sysvipc/shm").unwrap();
    for line in list.lines().skip(1) {
        // key, shmid, perms, size, cpid
        let columns: Vec<i64> = line.split_whitespace().take(5).map_while(|column| column.parse().ok()).collect();
        if let [_, shmid, _, _, pid] = columns[..]
            && pid == i64::from(creator)
        {
            let _ = Location::of_segment(SegmentId(shmid as i32)).and_then(|place| place.remove());
        }
    }
}

#[test]
fn a_lane_that_trusts_its_peer_fails_its_corpus() {
    for mutant in [Mutant::TrustSharedIndex, Mutant::TrustRecordHeader] {
        assert!(fails("corpus::a_lane_answers_its_corpus_with_results_or_corrupt", mutant), "{mutant:?}");
    }
}

#[test]
fn a_segment_that_is_trusted_fails_its_corpus() {
    for mutant in [Mutant::TrustSharedIndex, Mutant::TrustRecordHeader] {
        assert!(fails("corpus::a_segment_answers_its_corpus_and_nothing_is_left", mutant), "{mutant:?}");
    }
}

#[test]
fn text_shown_as_it_is_fails_its_corpus() {
    assert!(fails("corpus::visible_lets_nothing_of_its_corpus_through", Mutant::RawText));
}
