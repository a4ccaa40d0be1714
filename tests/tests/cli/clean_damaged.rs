//! `reader --clean` where somebody has written over a memory's header, or another's is at our key: a segment there may be
//! another program's; what has a channel's name is the channel's, whatever is in it.

use crate::clean::{Left, exists, living_writer, said, status};
use shmchat::MemoryKind;
use shmchat::internals::layout::{HEADER_BYTES, WORD, word};
use shmchat::internals::memory::{Location, Segment};
use shmchat_tests::{Place, Run, called, called_in, is_about_segments, memory};
use std::fs;
use std::sync::atomic::Ordering::Relaxed;

/// Writes over some words of a memory's header.
fn write_over(id: &Location, words: impl IntoIterator<Item = usize>) {
    let segment = Segment::attach(id).expect("a segment");
    words.into_iter().for_each(|word| segment.as_ref()[word].store(0x1234_5678_9abc, Relaxed));
}

/// What a stray write may leave of a header: of what says whose it is only this.
fn damages() -> [(&'static str, Vec<usize>); 6] {
    const { assert!(word::ID == word::MAGIC + 3 && word::KEY_INODE == word::ID + 3) };
    let path = || word::PATH_LENGTH..word::PATH + 8;
    let (magic, id, file) = (word::MAGIC, word::ID, word::KEY_DEVICE..word::KEY_INODE + 1);
    [
        ("all but the magic", vec![magic]),
        ("all but the id", vec![id]),
        ("the key file and the path", vec![magic, id, id + 1]),
        ("the path", [magic, id, id + 1].into_iter().chain(file.clone()).collect()),
        ("version and capacity", [magic, id, id + 1].into_iter().chain(file).chain(path()).collect()),
        ("nothing", (0..HEADER_BYTES / WORD).collect()),
    ]
}

#[test]
fn a_memory_of_ours_that_was_written_over_is_named_and_goes_only_by_force() {
    for (left, words) in damages() {
        let is_segment = memory() == MemoryKind::SysV;
        if is_segment && left == "nothing" {
            // It may be another program's: see below.
            continue;
        }
        let place = Place::new();
        place.writer().arg("-q").input("hello\n").finish().assert_well();
        let damaged = Left(place.only_segment());
        write_over(&damaged.0, words);
        let name = called(&damaged.0);
        let shown = status(place.reader().arg("lobby"));
        let words: Vec<_> = shown.iter().filter(|status| called_in(status).as_ref() == Some(&name)).collect();
        let condition = match left {
            // With that one it would have another key. Its name stays the channel's.
            "all but the id" if is_segment => "orphan",
            "all but the id" => "whole",
            _ => "corrupt",
        };
        assert!(matches!(words[..], [one] if one["condition"] == condition), "{left}: {shown:?}");
        if condition == "whole" {
            assert_eq!(place.reader().arg("-q").finish().stdout, b"hello\n", "{left}");
            place.assert_nothing_left();
            continue;
        }
        let (code, way_out) = if is_segment { (1, "ipcrm -m") } else { (5, "reader --clean --force lobby") };
        if is_segment {
            // A start does not use it, and what it leaves is cleaned as ever.
            living_writer(place.writer()).kill();
        } else {
            place.writer().arg("-q").finish().assert_one_line(code, &[&name, way_out]);
        }
        for channel in ["lobby", ""] {
            place.reader().args("-q --clean").args(channel).finish().assert_one_line(code, &[&name, way_out]);
            assert!(exists(&damaged.0), "{left}");
        }
        let text = said(place.reader().args("--clean --force lobby"));
        assert!(text.contains(&name) && text.contains("removed"), "{left}: {text}");
        assert!(!exists(&damaged.0), "{left}");
        let with_it = if is_segment { "removed the folder" } else { " doorbells and the folder" };
        assert!(text.contains(with_it), "{left}: {text}");
        place.assert_nothing_left();
    }
}

#[test]
fn a_damaged_memory_that_somebody_has_attached_stays() {
    let place = Place::new();
    place.writer().arg("-q").input("hello\n").finish().assert_well();
    let damaged = Left(place.only_segment());
    write_over(&damaged.0, [word::MAGIC]);
    let attached = Segment::attach(&damaged.0).expect("a segment");
    let (code, who) = match memory() {
        MemoryKind::SysV => (4, "1 process has it attached"),
        // By a name it is found whatever is in it, so somebody may be at work there.
        _ => (5, "is in use by a process"),
    };
    let words = [&called(&damaged.0), who, &format!("find it with: {}", damaged.0.search())];
    place.reader().args("-q --clean --force lobby").finish().assert_one_line(code, &words);
    // Who names no channel wants what can be cleaned.
    let text = said(place.reader().args("--clean --force"));
    assert!(text.contains("left alone: ") && words.iter().all(|word| text.contains(word)), "{text}");
    assert!(exists(&damaged.0));
    drop(attached);
    said(place.reader().args("--clean --force lobby"));
    assert!(!exists(&damaged.0));
}

#[test]
fn a_segment_at_our_key_that_says_nothing_of_whose_it_is_is_named_and_never_removed() {
    if is_about_segments("what has a channel's name is the channel's, whatever is in it") {
        return;
    }
    let place = Place::new();
    place.writer().arg("-q").input("hello\n").finish().assert_well();
    let unknown = Left(place.only_segment());
    write_over(&unknown.0, 0..HEADER_BYTES / WORD);
    let words = [&called(&unknown.0) as &str, "lobby", &unknown.0.removal()];
    for args in ["--clean lobby", "--clean --force lobby", "--clean --force"] {
        place.reader().args("-q").args(args).finish().assert_one_line(5, &words);
        assert!(exists(&unknown.0), "{args}");
    }
    let shown = status(place.reader().arg("--all"));
    let conditions: Vec<_> = shown.iter().map(|status| status["condition"].as_str().unwrap_or_default()).collect();
    assert_eq!(conditions, ["empty", "unknown"], "{shown:?}");
    // Somebody uses it: then it is another program's.
    let _attached = Segment::attach(&unknown.0).expect("a segment");
    said(place.reader().args("--clean --force lobby"));
    assert!(exists(&unknown.0));
}

#[test]
fn a_segment_of_another_channel_at_a_key_that_both_have_is_not_touched() {
    if is_about_segments("keys that two channels have agreed on") {
        return;
    }
    let place = Place::new();
    let agreed = place.dir().join("agreed");
    fs::write(&agreed, "").expect("a file");
    let with_key = |run: Run| run.arg("--key-file").arg(&agreed);
    with_key(place.writer().args("-q one")).input("precious\n").finish().assert_well();
    // A key file, and nothing else.
    place.writer().args("-q two").finish().assert_well();
    let text = said(with_key(place.reader().args("--clean --force two")));
    assert_eq!(text, "channel two: removed the folder\n");
    assert_eq!(with_key(place.reader().args("-q one")).finish().stdout, b"precious\n");
}
