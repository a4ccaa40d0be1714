//! Bad input: the right exit code and one clear line on standard error, and nothing touched that is not ours.

use shmchat::internals::layout::{Lane, LanePlace, MIN_CAPACITY};
use shmchat::internals::memory::Segment;
use shmchat_tests::{Place, Run, checks, seal_words};
use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::sync::atomic::Ordering::Relaxed;

/// Both programs.
fn both(place: &Place) -> [Run; 2] {
    [place.writer(), place.reader()]
}

#[test]
fn a_channel_name_that_is_none_is_wrong_usage() {
    let place = Place::new();
    let long = "n".repeat(65);
    for name in ["a/b", "/", "..", ".", ".hidden", "a b", " ", "", "über", "a\nb", "\x1b[31m", &long] {
        for run in both(&place) {
            run.arg("--").arg(name).finish().assert_one_line(2, &["--help"]);
        }
    }
    assert_eq!(fs::read_dir(place.dir()).expect("the folder").count(), 0, "nothing was made");
}

#[test]
fn the_longest_and_the_oddest_channel_names_work() {
    let place = Place::new();
    let long = "n".repeat(64);
    for name in ["a", "9", "-dash", "_", "a.b-c_D", &long] {
        let reader = place.reader().arg("--").arg(name).start();
        place.writer().input(name).arg("--").arg(name).finish().assert_well();
        let reader = reader.wait();
        reader.assert_well();
        assert_eq!(reader.stdout, name.as_bytes());
    }
}

#[test]
fn channels_do_not_hear_each_other() {
    let place = Place::new();
    let names = ["one", "two", "three"];
    let readers = names.map(|name| place.reader().arg(name).start());
    for name in names {
        place.writer().input(format!("for {name}\n")).arg(name).finish().assert_well();
    }
    for (reader, name) in readers.into_iter().zip(names) {
        assert_eq!(reader.wait().stdout, format!("for {name}\n").into_bytes());
    }
}

#[test]
fn a_capacity_that_is_no_power_of_two_in_range_is_wrong_usage() {
    let place = Place::new();
    for capacity in ["3MiB", "0", "1e9", "1GB", "32KiB", "2GiB", "-64KiB", "", "99999999999999999999GiB", "64 KiB"] {
        for run in both(&place) {
            let ended = run.arg(format!("--capacity={capacity}")).finish();
            ended.assert_one_line(2, &["--capacity", "power of two", "64KiB", "1GiB"]);
        }
    }
}

#[test]
fn an_unknown_option_is_wrong_usage_with_a_suggestion() {
    let place = Place::new();
    for run in both(&place) {
        run.args("--capasity 1MiB").finish().assert_one_line(2, &["--capasity", "'--capacity'"]);
    }
    for run in both(&place) {
        run.args("lobby lounge").finish().assert_one_line(2, &["lounge"]);
    }
    for run in both(&place) {
        run.args("--timeout soon").finish().assert_one_line(2, &["--timeout", "seconds"]);
    }
    place.writer().args("--clean").finish().assert_one_line(2, &["--clean"]);
    place.reader().args("--force").finish().assert_one_line(2, &["--clean"]);
}

#[test]
fn a_channel_folder_open_to_others_is_refused_with_the_command_that_closes_it() {
    let place = Place::new();
    fs::create_dir(place.folder()).expect("a folder");
    for mode in [0o755, 0o777, 0o710] {
        fs::set_permissions(place.folder(), fs::Permissions::from_mode(mode)).expect("chmod");
        let way_out = format!("chmod 700 {}", place.folder().display());
        for run in both(&place) {
            run.finish().assert_one_line(1, &["open to others", &format!("{mode:04o}"), &way_out]);
        }
        assert_eq!(fs::read_dir(place.folder()).expect("the folder").count(), 0, "nothing was made in it");
    }
}

#[test]
fn a_channel_folder_that_is_a_link_or_a_file_is_refused() {
    let place = Place::new();
    let real = place.dir().join("real");
    fs::create_dir(&real).expect("a folder");
    fs::set_permissions(&real, fs::Permissions::from_mode(0o700)).expect("chmod");
    symlink(&real, place.folder()).expect("a link");
    for run in both(&place) {
        run.finish().assert_one_line(1, &["lobby", "symbolic link"]);
    }
    assert_eq!(fs::read_dir(&real).expect("the folder").count(), 0, "nothing was made behind the link");
    fs::write(place.dir().join("plain"), "mine").expect("a file");
    for run in both(&place) {
        run.arg("plain").finish().assert_one_line(1, &["plain", "is a plain file of uid", "not a folder"]);
    }
    assert_eq!(fs::read(place.dir().join("plain")).expect("the file"), b"mine");
}

#[test]
fn what_lies_in_the_folder_and_is_not_ours_is_refused() {
    let place = Place::new();
    place.writer().finish().assert_well();
    let key = place.folder().join("key");
    let ours = fs::read(&key).expect("a key file");
    fs::write(&key, "dear diary\n").expect("writing");
    for run in both(&place) {
        run.finish().assert_one_line(1, &["key", "not ours"]);
    }
    assert_eq!(fs::read(&key).expect("the key file"), b"dear diary\n");
    fs::write(&key, ours).expect("writing");
    // A plain file where a bell should be.
    let bell = place.folder().join("to-reader");
    fs::File::create_new(&bell).expect("no bell was left");
    fs::set_permissions(&bell, fs::Permissions::from_mode(0o600)).expect("chmod");
    place.reader().finish().assert_one_line(1, &["to-reader", "a plain file"]);
}

#[test]
fn a_taken_role_is_code_4_and_names_who_has_it() {
    let place = Place::new();
    let writer = place.writer().held_input().args("-v").start();
    writer.wait_attached();
    let reader = place.reader().args("-v").start();
    reader.wait_attached();
    for (run, has_it) in both(&place).into_iter().zip([writer.pid(), reader.pid()]) {
        run.finish().assert_one_line(4, &["already running", "lobby", &format!("pid {has_it}")]);
    }
    // Neither was disturbed.
    writer.send("hello\n");
    reader.stdout.wait_for("hello\n");
}

#[test]
fn a_segment_that_makes_no_sense_is_code_5_and_no_crash() {
    checks::nonsense_is_code_5(None);
}

#[test]
fn what_stands_before_the_nonsense_is_printed_before_it_is_told() {
    let place = Place::new();
    for line in ["one\n", "two\n", "three\n"] {
        place.writer().args("--capacity 64KiB").input(line).finish().assert_well();
    }
    let lane = LanePlace::in_segment(Lane::Messages, MIN_CAPACITY);
    let segment = Segment::attach(&place.segments()[0]).expect("a segment");
    let header = |at: usize| &segment.as_ref()[lane.data + at];
    let words = |at: usize| 1 + (header(at).load(Relaxed) as u32 as usize).div_ceil(8) + seal_words();
    // Each writer's message comes after its name.
    let third = (0..4).fold(0, |at, _| at + words(at));
    header(third).store(0, Relaxed);
    let reader = place.reader().finish();
    reader.assert_one_line(5, &["lobby", "impossible header", "--clean --force lobby"]);
    assert_eq!(reader.stdout, b"one\ntwo\n");
}

#[test]
fn giving_up_is_code_3() {
    let place = Place::new();
    place.reader().args("--timeout 0").finish().assert_one_line(3, &["lobby", "no message arrived"]);
    let full = shmchat_tests::numbered_lines(20_000);
    let writer = place.writer().args("--timeout 0 --capacity 64KiB").input(full).finish();
    assert_eq!(writer.code, Some(3), "{}", writer.stderr);
    assert!(writer.stderr.contains("the lane stayed full"), "{}", writer.stderr);
}

#[test]
fn a_log_that_nobody_takes_is_no_reason_to_fail() {
    let place = Place::new();
    for run in both(&place) {
        let full = fs::OpenOptions::new().write(true).open("/dev/full").expect("/dev/full");
        let ended = run.args("-vv --timeout 0").input("x\n").errors_to(full).finish();
        assert!(matches!(ended.code, Some(0 | 3)), "{ended:?}");
    }
}

#[test]
fn a_log_file_that_cannot_be_written_is_one_line() {
    let place = Place::new();
    for run in both(&place) {
        run.arg("--log-to").arg("/nowhere/at/all").finish().assert_one_line(1, &["/nowhere/at/all", "--log-to"]);
    }
}

#[test]
fn a_folder_that_cannot_be_made_is_one_line() {
    for program in ["writer", "reader"] {
        Run::new(program, "/nowhere/at/all".as_ref()).finish().assert_one_line(1, &["/nowhere/at/all"]);
    }
}
