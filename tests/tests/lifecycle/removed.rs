//! `ipcrm`, a logout, or a hand that removes files, under processes that are at work.

use shmchat::MemoryKind;
use shmchat::internals::memory::{Location, Segment};
use shmchat_tests::{Place, called, checks, memory, numbered_lines};
use std::fs;
use std::path::PathBuf;

/// What is said of a removed segment.
const REMOVED: [&str; 4] = ["lobby", "removed while in use", "is lost", "start again"];

/// What `ipcrm` and logind do.
fn remove_segment(place: &Place) {
    place.only_segment().remove().expect("removing");
}

/// Two new processes talk, and nothing is left.
fn assert_works_again(place: &Place) {
    let reader = place.reader().start();
    place.writer().input("afresh\n").finish().assert_well();
    let reader = reader.wait();
    reader.assert_well();
    assert_eq!(reader.stdout, b"afresh\n");
    place.assert_nothing_left();
}

#[test]
fn ipcrm_or_logout_under_a_running_pair_both_notice_at_their_next_sleep_say_what_happened_and_what_is_lost_and_end_with_an_error()
 {
    checks::a_removed_segment_is_noticed(None);
}

#[test]
fn under_a_streaming_pair_both_notice() {
    for _ in 0..5 {
        let place = Place::new();
        let reader = place.reader().start();
        // It would say as well how much it had read and not sent.
        let writer = place.writer().args("--capacity 64KiB -q").input(numbered_lines(200_000)).start();
        reader.stdout.wait_for("line 999 ");
        remove_segment(&place);
        // In memory it still goes on: each says so when it first has to wait, or at its end.
        writer.wait().assert_one_line(1, &REMOVED);
        let reader = reader.wait();
        reader.assert_one_line(1, &REMOVED);
        assert!(numbered_lines(200_000).starts_with(&reader.stdout), "nothing is torn");
        assert_works_again(&place);
    }
}

#[test]
fn a_sleeper_notices_at_the_attach_of_another_and_they_never_go_on_in_two_different_segments_of_one_key() {
    for what in ["segment", "key file", "identity", "magic"] {
        let place = Place::new();
        let writer = place.writer().args("-q").held_input().start();
        let reader = place.reader().args("-v").start();
        writer.send("before\n");
        reader.stdout.wait_for("before\n");
        reader.kill();
        writer.wait_asleep();
        let old = place.only_segment();
        match what {
            "segment" => old.remove().expect("removing"),
            // Kept under another name, so that its inode and with it the key is not given out again.
            "key file" => fs::rename(place.folder().join("key"), place.dir().join("old")).expect("moving"),
            "identity" => overwrite(&old, shmchat::internals::layout::word::ID),
            _ => overwrite(&old, shmchat::internals::layout::word::MAGIC),
        }
        // What is found by a name is the channel's even then, and is not passed over.
        let is_named = memory() != MemoryKind::SysV;
        if is_named && (what == "identity" || what == "magic") {
            place.reader().args("-q").finish().assert_one_line(5, &["lobby", &called(&old)]);
            writer.send("after\n");
            writer.wait().assert_one_line(5, &["lobby", "identity", "broken"]);
            assert!(old.stat().is_ok(), "it stays");
            continue;
        }
        // A file that is still in use is nobody else's, so it must be let go first.
        let is_kept = memory() == MemoryKind::File && what == "key file";
        if is_kept {
            writer.wait().assert_one_line(5, &["lobby", "key", "removed or replaced", "stays", "Start again"]);
            // The reader that was killed had not acknowledged its line.
            let seen = place.reader().args("--timeout 0 -q").finish().stdout;
            assert!(seen.is_empty() || seen == b"before\n", "{seen:?}");
            assert_works_again(&place);
            continue;
        }
        let reader = place.reader().args("-q").start();
        let ended = writer.wait();
        match what {
            "segment" => ended.assert_one_line(1, &REMOVED),
            "key file" => ended.assert_one_line(5, &["lobby", "key", "removed or replaced", "is lost", "Start again"]),
            _ => ended.assert_one_line(5, &["lobby", "identity", "broken"]),
        };
        // The reader is in a segment of its own, and the next writer finds that one.
        assert!(reader.is_alive());
        place.writer().input("after\n").finish();
        let reader = reader.wait();
        reader.assert_well();
        assert_eq!(reader.stdout, b"after\n", "{what}");
        // One that was written over is nobody's that we know: it stays, and is the test's to remove.
        let is_left = old.remove().is_ok();
        assert_eq!(is_left, what == "identity" || what == "magic", "{what}");
        place.assert_nothing_left();
    }
}

fn overwrite(id: &Location, word: usize) {
    let segment = Segment::attach(id).expect("a segment");
    segment.as_ref()[word].store(0x1234, std::sync::atomic::Ordering::Relaxed);
}

#[test]
fn a_living_peers_segment_whose_magic_is_gone_is_not_made_anew() {
    let place = Place::new();
    place.writer().input("waits\n").finish().assert_well();
    let writer = place.writer().held_input().args("-v").start();
    writer.wait_attached();
    let segment = Segment::attach(&place.only_segment()).expect("a segment");
    let magic = segment.as_ref()[0].swap(0, std::sync::atomic::Ordering::Relaxed);
    place.reader().finish().assert_one_line(5, &["lobby", "magic", "--clean --force lobby"]);
    segment.as_ref()[0].store(magic, std::sync::atomic::Ordering::Relaxed);
    drop((writer, segment));
    assert!(place.reader().args("--timeout 0 -q").finish().stdout.starts_with(b"waits\n"), "nothing was thrown away");
}

#[test]
fn what_waited_for_a_reader_in_a_removed_segment_is_said_to_be_lost_also_by_a_writer_that_quits() {
    let place = Place::new();
    let mut writer = place.writer().held_input().args("-v").start();
    writer.send("one\ntwo\n");
    writer.wait_attached();
    writer.wait_asleep();
    // Its next step is to quit.
    remove_segment(&place);
    writer.end_input();
    let writer = writer.wait();
    let last = writer.stderr.lines().last().unwrap_or_default();
    assert_eq!(writer.code, Some(1), "{}", writer.stderr);
    assert!(REMOVED.iter().all(|word| last.contains(word)), "{last}");
    assert_works_again(&place);
}

#[test]
fn on_the_screen_it_is_said_and_what_was_read_stays_on_the_ordinary_one() {
    let place = Place::new();
    let (mut writer, mut reader) = place.screens();
    writer.press("hello\r");
    reader.wait_for("alice  hello");
    writer.press("half a dr");
    writer.wait_for("half a dr");
    remove_segment(&place);
    reader.press("i");
    writer.press("aft");
    for (screen, words) in [(reader, vec!["alice  hello"]), (writer, vec!["alice  hello", "not sent: half a dr"])] {
        assert_eq!(screen.wait(), Some(1));
        screen.assert_restored();
        let contents = screen.contents();
        assert!(contents.contains("removed while in use"), "{contents}");
        assert!(words.iter().all(|word| contents.contains(word)), "{contents}");
    }
    assert_works_again(&place);
}

fn exists(id: Location) -> bool {
    id.stat().is_ok()
}

#[test]
fn where_the_whole_folder_goes_as_at_a_logout_both_notice_and_the_segment_goes_with_the_last() {
    for with_segment in [true, false] {
        let place = Place::new();
        let reader = place.reader().start();
        let writer = place.writer().held_input().start();
        writer.send("before\n");
        reader.stdout.wait_for("before\n");
        reader.wait_asleep();
        writer.wait_asleep();
        let id = place.only_segment();
        if with_segment {
            id.remove().expect("removing");
        }
        let away: PathBuf = place.dir().join("away");
        fs::rename(place.folder(), &away).expect("moving");
        fs::remove_dir_all(&away).expect("removing");
        let (writer, reader) = (writer.wait(), reader.wait());
        for ended in [&writer, &reader] {
            // Otherwise it is the folder that each of them misses, or what it first misses in it: perhaps a mapped file.
            let memory_first = with_segment || (memory() == MemoryKind::File && ended.code == Some(1));
            let (code, said) = if memory_first { (1, "removed while in use") } else { (5, "or replaced while in use") };
            ended.assert_one_line(code, &["lobby", said]);
        }
        assert_eq!(reader.stdout, b"before\n");
        assert!(!exists(id), "nobody could find it to remove it");
        assert_works_again(&place);
    }
}
