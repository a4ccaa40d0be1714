//! A file that somebody cuts short while it is mapped: a channel's memory of the kinds `posix` and `file`.

use shmchat::MemoryKind;

use shmchat_tests::{Place, by_name, memory, numbered_lines};
use std::fs::File;
use std::path::PathBuf;

const CUT: [&str; 3] = ["lobby", "has cut this file short", "--clean"];

/// Each kind that can be cut short, where these tests run once.
fn kinds() -> &'static [&'static str] {
    if memory() == MemoryKind::SysV { &["--memory posix", "--memory file"] } else { &[] }
}

/// The file of the default channel.
fn file(place: &Place) -> PathBuf {
    let identity = place.identity().expect("a key file");
    let found = by_name(&identity, &place.folder()).next().expect("a memory that is a file");
    found.to_string().into()
}

fn cut(place: &Place, bytes: u64) {
    File::options().write(true).open(file(place)).expect("its file").set_len(bytes).expect("cut short");
}

#[test]
fn a_sleeping_pair_ends_with_code_5_when_it_next_looks() {
    for kind in kinds() {
        // All of it, the lanes, and the second lane.
        for bytes in [0, 4096, 4096 + (1 << 20)] {
            let place = Place::new();
            let reader = place.reader().args(kind).args("-q").start();
            let writer = place.writer().args(kind).args("-q").held_input().start();
            writer.send("before\n");
            reader.stdout.wait_for("before\n");
            writer.wait_asleep();
            reader.wait_asleep();
            cut(&place, bytes);
            writer.send("after\n");
            writer.wait().assert_one_line(5, &CUT);
            let reader = reader.wait();
            reader.assert_one_line(5, &CUT);
            assert!(b"before\nafter\n".starts_with(&reader.stdout), "{kind}, {bytes} bytes");
            place.reader().args("--clean --force -q").finish().assert_well();
            place.assert_nothing_left();
        }
    }
}

#[test]
fn a_pool_ends_with_code_5_when_it_next_looks() {
    for kind in kinds() {
        for bytes in [0, 4096] {
            let place = Place::new();
            let pool = place.reader().args(kind).args("-q --exec cat").start();
            let writer = place.writer().args(kind).args("-q").held_input().start();
            writer.send("before\n");
            pool.stdout.wait_for("before");
            writer.wait_asleep();
            pool.wait_asleep();
            cut(&place, bytes);
            writer.send("after\n");
            writer.wait().assert_one_line(5, &CUT);
            pool.wait().assert_one_line(5, &CUT);
            place.reader().args("--clean --force -q").finish().assert_well();
            place.assert_nothing_left();
        }
    }
}

#[test]
fn a_streaming_pair_ends_with_code_5_and_what_it_has_printed_is_intact() {
    for kind in kinds() {
        for bytes in [0, 4096, 4096 + (30 << 10)] {
            let place = Place::new();
            let reader = place.reader().args(kind).args("-q").start();
            let lines = numbered_lines(2_000_000);
            let writer = place.writer().args(kind).args("--capacity 64KiB -q").input(lines.clone()).start();
            reader.stdout.wait_for("line 999 ");
            cut(&place, bytes);
            writer.wait().assert_one_line(5, &CUT);
            let reader = reader.wait();
            reader.assert_one_line(5, &CUT);
            assert!(lines.starts_with(&reader.stdout), "{kind}, {bytes} bytes: nothing is torn");
            place.reader().args("--clean --force -q").finish().assert_well();
            place.assert_nothing_left();
        }
    }
}
