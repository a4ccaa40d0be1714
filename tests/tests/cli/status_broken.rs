//! `reader --status` where something is broken, half made, removed, or changes under the look.

use nix::sys::signal::Signal;
use shmchat::internals::layout::{HEADER_BYTES, Lane, LanePlace, MIN_CAPACITY, VERSION, WORD, segment_bytes, word};
use shmchat::internals::memory::{Rights, Segment};
use shmchat_tests::status::{json, lobby, report};
use shmchat_tests::{Place, Run, first_slot, has_keys};
use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::sync::atomic::Ordering::Relaxed;

#[test]
fn a_lane_that_streams_is_looked_at_without_being_called_corrupt() {
    let place = Place::new();
    let reader = place.reader().args("--capacity 64KiB").output_to(|_| true).start();
    let writer = place.writer().held_input().args("-v").start();
    writer.wait_attached();
    writer.send("a line that is repeated\n".repeat(1 << 21));
    for _ in 0..30 {
        let status = lobby(&place);
        assert_eq!(status["condition"], "whole", "{status}");
    }
    writer.kill();
    reader.kill();
}

#[test]
fn each_way_to_be_broken_is_named_with_the_way_out_and_hides_no_other_channel() {
    let place = Place::new();
    place.writer().args("after").input("sound\n").finish().assert_well();
    place.writer().args("--capacity 64KiB").input("hello\n").finish().assert_well();
    let id = place.only_segment();
    let segment = Segment::attach(&id).expect("a segment");
    let lane = LanePlace::in_segment(Lane::Messages, MIN_CAPACITY);
    let breaks = [
        (word::MAGIC, 0, "corrupt", "--clean --force lobby"),
        (word::VERSION, VERSION + 1, "other-version", &id.removal()),
        (word::CAPACITY, 1 << 20, "corrupt", "--clean --force lobby"),
        (word::ROLES + word::STATE, 3, "corrupt", "--clean --force lobby"),
        (lane.tail, 1, "corrupt", "--clean --force lobby"),
        (lane.tail, u64::MAX - 7, "corrupt", "--clean --force lobby"),
        (lane.head, 1 << 40, "corrupt", "--clean --force lobby"),
        (lane.data, 0, "corrupt", "--clean --force lobby"),
        (lane.data, u64::MAX, "corrupt", "--clean --force lobby"),
    ];
    for (index, value, condition, way_out) in breaks {
        let sound = segment.as_ref()[index].swap(value, Relaxed);
        let all = json(place.reader());
        let of = |name: &str| all.iter().find(|status| status["channel"] == name).expect("it is listed");
        assert_eq!(of("lobby")["condition"], condition, "word {index} is {value}");
        let problem = of("lobby")["problem"].as_str().expect("a sentence");
        assert!(problem.contains(way_out), "{problem}");
        assert_eq!((&of("after")["condition"], &of("after")["messages"]["count"]), (&"whole".into(), &1.into()));
        assert!(report(&place).contains("channel after"));
        segment.as_ref()[index].store(sound, Relaxed);
    }
    segment.as_ref()[word::ID].store(0, Relaxed);
    let seen = || json(place.reader().arg("lobby")).remove(0);
    if has_keys() {
        // Another program's is none of ours.
        assert_eq!(seen()["condition"], "empty");
        drop(segment);
    } else {
        // What has our name is ours, once nobody uses it whom we do not know.
        let (seen_in_use, search) = (seen(), id.search());
        assert_eq!(seen_in_use["condition"], "unusable");
        assert!(seen_in_use["problem"].as_str().is_some_and(|problem| problem.contains(&search)), "{seen_in_use}");
        drop(segment);
        assert_eq!((&seen()["condition"], &seen()["messages"]["count"]), (&"whole".into(), &1.into()));
    }
    id.remove().expect("removing");
    let slot = first_slot(&place.identity().expect("a key file"), &place.folder());
    let open = slot.create(segment_bytes(MIN_CAPACITY), Rights::only(0o600)).expect("a free place");
    assert_eq!(seen()["condition"], "half-made");
    open.remove().expect("removing");
    // A folder that must not be looked into.
    fs::set_permissions(place.folder(), Permissions::from_mode(0o777)).expect("chmod");
    let all = json(place.reader());
    let [after, lobby] = &all[..] else { panic!("two channels: {all:?}") };
    assert_eq!((&after["condition"], &lobby["condition"]), (&"whole".into(), &"unusable".into()));
    assert!(lobby["problem"].as_str().is_some_and(|problem| problem.contains("chmod 700")), "{lobby}");
    place.reader().args("--status lobby").finish().assert_one_line(1, &["chmod 700"]);
    fs::set_permissions(place.folder(), Permissions::from_mode(0o700)).expect("chmod");
}

#[test]
fn whatever_stands_in_a_memory_a_look_ends_and_says_something() {
    let place = Place::new();
    place.writer().args("--capacity 64KiB").input("hello\n".repeat(500)).finish().assert_well();
    let id = place.only_segment();
    let segment = Segment::attach(&id).expect("a segment");
    let sound: Vec<_> = segment.as_ref().iter().map(|word| word.load(Relaxed)).collect();
    let mut state = 0x9E37_79B9_7F4A_7C15_u64;
    let mut random = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state
    };
    for round in 0..120 {
        for _ in 0..1 + random() % 6 {
            // The identity stays, so that it is ours; the rest is anything.
            let lane = HEADER_BYTES / WORD + (random() % 64) as usize;
            let header = word::ROLES + (random() as usize) % (HEADER_BYTES / WORD - word::ROLES);
            let index = if random() % 2 == 0 { lane } else { header };
            let value = [random(), 0, 1, u64::MAX, random() % 4096, random() << 3][(random() % 6) as usize];
            segment.as_ref()[index].store(value, Relaxed);
        }
        let status = lobby(&place);
        let condition = status["condition"].as_str().expect("a word");
        assert!(["whole", "corrupt"].contains(&condition), "round {round}: {status}");
        report(&place);
        segment.as_ref().iter().zip(&sound).for_each(|(word, &value)| word.store(value, Relaxed));
    }
}

#[test]
fn a_memory_that_was_removed_under_who_is_there_is_told() {
    let place = Place::new();
    let reader = place.reader().args("-v --name bob").start();
    reader.wait_attached();
    reader.wait_asleep();
    // Who watches the folder of a file would see it and end.
    reader.signal(Signal::SIGSTOP);
    place.only_segment().remove().expect("removing");
    let all = json(place.reader().arg("lobby"));
    assert_eq!(all[0]["condition"], "removed", "{all:?}");
    assert_eq!((&all[0]["reader"]["presence"], &all[0]["reader"]["pid"]), (&"here".into(), &reader.pid().into()));
    let all = json(place.reader());
    assert!(all.iter().all(|status| status["condition"] == "removed"), "{all:?}");
    // A file without a name is listed nowhere.
    let listed = if has_keys() { 2 } else { 1 };
    assert_eq!(all.len(), listed, "the channel, and the segment that goes with its reader: {all:?}");
    assert!(report(&place).contains(&format!("pid {}", reader.pid())));
}

#[test]
fn a_start_killed_with_half_a_header_is_finished_by_one_that_spells_the_folder_otherwise() {
    let place = Place::new();
    let link = place.dir().join("link");
    let real = place.dir().join("real");
    fs::create_dir(&real).expect("a folder");
    std::os::unix::fs::symlink(&real, &link).expect("a link");
    let killed = Run::new("writer", &link).env("SHMCHAT_CRASH_AT", "header-named").finish();
    assert_eq!(killed.code, None);
    assert_eq!(json(Run::new("reader", &real).arg("lobby"))[0]["condition"], "half-made");
    let reader = Run::new("reader", &real).args("-q").start();
    Run::new("writer", &real).args("-q").input("hello\n").finish().assert_well();
    assert_eq!(reader.wait().stdout, b"hello\n");
    assert!(said_nothing_is_left(&real));
}

/// Whether no segment is left of the channel in this folder.
fn said_nothing_is_left(dir: &std::path::Path) -> bool {
    json(Run::new("reader", dir)).iter().all(|status| status["condition"] == "empty")
}
