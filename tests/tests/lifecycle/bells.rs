//! Bells that are flooded, removed, replaced, or not there.

use nix::sys::stat::Mode;
use nix::unistd::mkfifo;
use shmchat_tests::checks::Snapshot;
use shmchat_tests::{Place, assert_same_bytes, numbered_lines};
use std::fs;
use std::os::unix::fs::{FileTypeExt, symlink};
use std::path::Path;

#[test]
fn a_flood_of_bytes_into_both_bells_loses_no_line_and_quitting_still_works() {
    let place = Place::new();
    let reader = place.reader().args("-v").start();
    reader.wait_attached();
    let mut writer = place.writer().args("--capacity 64KiB -v").held_input().start();
    writer.wait_attached();
    let floods = ["to-reader", "to-writer"].map(|bell| place.hostile(&format!("flood {bell}")).start());
    floods.iter().for_each(|flood| flood.stdout.wait_for("flooding"));
    let lines = numbered_lines(50_000);
    writer.send(lines.clone());
    reader.stdout.wait_for("line 49999 ");
    writer.end_input();
    assert_eq!(writer.wait().code, Some(0));
    let reader = reader.wait();
    assert_eq!(reader.code, Some(0), "{}", reader.stderr);
    assert_same_bytes(&reader.stdout, &lines, "under a flood");
    place.assert_nothing_left();
}

#[test]
fn a_flood_into_the_bells_of_two_screens_leaves_them_at_work_and_x_quits() {
    let place = Place::new();
    let mut reader = place.reader().args("--name bob").in_terminal();
    reader.wait_for("waiting for a writer");
    let mut writer = place.writer().args("--name alice").in_terminal();
    writer.wait_for("bob ● here");
    let floods = ["to-reader", "to-writer"].map(|bell| place.hostile(&format!("flood {bell}")).start());
    floods.iter().for_each(|flood| flood.stdout.wait_for("flooding"));
    writer.press("hello\r");
    reader.wait_for("alice  hello");
    reader.press("ihi!\r");
    writer.wait_for("hi!");
    reader.press("\x04");
    assert_eq!(reader.wait(), Some(0));
    writer.wait_for("bob quit");
    writer.press("x\r");
    assert_eq!(writer.wait(), Some(0));
    place.assert_nothing_left();
}

type Replace = fn(&Path);

/// What may stand in a bell's place.
fn replacements() -> [(&'static str, Replace); 5] {
    [
        ("nothing", |_| ()),
        ("another FIFO", |path| mkfifo(path, Mode::S_IRUSR | Mode::S_IWUSR).expect("a FIFO")),
        ("a plain file", |path| fs::write(path, "precious").expect("a file")),
        ("a symbolic link", |path| symlink("/dev/null", path).expect("a link")),
        ("a folder", |path| fs::create_dir(path).expect("a folder")),
    ]
}

#[test]
fn a_bell_removed_or_replaced_under_a_pair_is_an_error_of_code_5_for_its_owner_and_no_line_is_lost() {
    for (what, replace) in replacements() {
        let place = Place::new();
        let reader = place.reader().start();
        // Attached, so that the writer opens its bell at once.
        reader.wait_asleep();
        let mut writer = place.writer().held_input().start();
        writer.send("one\n");
        reader.stdout.wait_for("one\n");
        reader.wait_asleep();
        let bell = place.folder().join("to-reader");
        fs::remove_file(&bell).expect("removing");
        replace(&bell);
        let there = bell.symlink_metadata().is_ok().then(|| Snapshot::of(&bell));
        let reader = reader.wait();
        reader.assert_one_line(
            5,
            &["lobby", bell.to_str().expect("UTF-8"), "removed, replaced or closed", "Start again"],
        );
        assert_eq!(reader.stdout, b"one\n", "{what}");
        there.iter().for_each(Snapshot::assert_same);
        // The writer goes on, and what it writes waits.
        writer.send("two\n");
        writer.end_input();
        writer.wait().assert_well();
        if there.is_some() && !bell.symlink_metadata().expect("it is there").file_type().is_fifo() {
            let path = bell.display().to_string();
            place.reader().finish().assert_one_line(1, &[&path, what, "move it away"]);
            there.iter().for_each(Snapshot::assert_same);
            fs::rename(&bell, place.dir().join("away")).expect("moving it away");
        }
        let reader = place.reader().finish();
        reader.assert_well();
        assert_eq!(reader.stdout, b"two\n", "{what}");
        place.assert_nothing_left();
    }
}

#[test]
fn a_writers_bell_removed_or_replaced_is_an_error_of_code_5_and_what_it_sent_waits() {
    for (what, replace) in replacements() {
        let place = Place::new();
        let writer = place.writer().held_input().args("-q").start();
        writer.send("one\n");
        place.wait_for_waiting(1);
        let bell = place.folder().join("to-writer");
        fs::remove_file(&bell).expect("removing");
        replace(&bell);
        let there = bell.symlink_metadata().is_ok().then(|| Snapshot::of(&bell));
        writer.wait().assert_one_line(5, &["lobby", bell.to_str().expect("UTF-8"), "Start again"]);
        if !matches!(what, "nothing" | "another FIFO") {
            // Not ours to remove.
            there.iter().for_each(Snapshot::assert_same);
            fs::rename(&bell, place.dir().join("away")).expect("moving it away");
        }
        let reader = place.reader().finish();
        reader.assert_well();
        assert_eq!(reader.stdout, b"one\n", "{what}");
        place.assert_nothing_left();
    }
}

#[test]
fn a_peer_that_is_alive_and_has_no_bell_is_an_error_of_code_5() {
    for (role, program) in [("writer", "reader"), ("reader", "writer")] {
        let place = Place::new();
        let run = || if program == "reader" { place.reader() } else { place.writer().held_input() };
        let victim = run().start();
        victim.wait_asleep();
        let bell = place.folder().join(format!("to-{role}")).display().to_string();
        let mut peer = place.hostile(&format!("pose {role}")).held_input().start();
        victim.wait().assert_one_line(5, &["lobby", &bell, "closed", "Start again"]);
        // Also who starts only now.
        run().finish().assert_one_line(5, &["lobby", &bell, "closed", "Start again"]);
        peer.end_input();
        peer.wait();
        // Left by one that died: it means nothing any more.
        let reader = place.reader().start();
        place.writer().input("hello\n").finish().assert_well();
        let reader = reader.wait();
        reader.assert_well();
        assert_eq!(reader.stdout, b"hello\n");
        place.assert_nothing_left();
    }
}
