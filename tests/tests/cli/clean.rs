//! `reader --clean`: what nobody holds is removed and said, what somebody needs is not; also segments whose folder is gone.
//!
//! What concerns all segments of the user is tried in an IPC namespace of the test's own, which takes root
//! (<https://man7.org/linux/man-pages/man7/ipc_namespaces.7.html>).

use nix::sys::signal::Signal;
use serde_json::Value;
use shmchat::inspect::SegmentId;
use shmchat::internals::layout::{HEADER_BYTES, VERSION, WORD, word};
use shmchat::internals::memory::{self, Location, Rights, Segment, Slot};
use shmchat_tests::called;
use shmchat_tests::{Place, Process, Run, needs_alone};
use std::fs;
use std::path::Path;
use std::sync::atomic::Ordering::Relaxed;

/// Standard output of a run that ended well. It may warn: where other tests leave segments whose folder is gone, the inode of
/// a new key file may have been that of an old one.
#[track_caller]
fn said(run: Run) -> String {
    let ended = run.arg("-q").finish();
    ended.assert_well();
    String::from_utf8(ended.stdout).expect("UTF-8")
}

/// What `--status --json` says of all.
#[track_caller]
fn status(run: Run) -> Vec<Value> {
    said(run.args("--status --json")).lines().map(|line| serde_json::from_str(line).expect("an object")).collect()
}

/// The same, of what was made in this place: a segment of another test, whose key file is gone, may stand at a key that a new
/// file with its inode has.
#[track_caller]
fn status_of(place: &Place) -> Vec<Value> {
    let dir = place.dir().to_str().expect("UTF-8");
    let mut all = status(place.reader());
    all.retain(|status| status["folder"].as_str().is_some_and(|folder| folder.starts_with(dir)));
    all
}

fn exists(id: &Location) -> bool {
    id.stat().is_ok_and(|stat| !stat.doomed)
}

#[test]
fn a_segment_of_an_older_layout_that_is_another_channels_is_in_nobodys_way() {
    let place = Place::new();
    place.writer().args("-q --capacity 64KiB").input("hello\n").finish().assert_well();
    let id = place.only_segment();
    let key = id.key().expect("a segment");
    let old = Segment::attach(&id).expect("a segment");
    // As one whose key file had the inode that this channel's has now.
    old.as_ref()[word::VERSION].store(VERSION - 1, Relaxed);
    old.as_ref()[word::ID].store(1, Relaxed);
    let reader = place.reader().arg("-q").start();
    place.writer().arg("-q").input("found\n").finish().assert_well();
    assert_eq!(reader.wait().stdout, b"found\n");
    assert_eq!(Slot::SysV(key).find(), Ok(id.clone()), "it is left alone");
    id.remove().expect("removing");
}

/// A segment that goes when the test does.
struct Left(Location);

impl Drop for Left {
    fn drop(&mut self) {
        let _ = self.0.remove();
    }
}

fn living_writer(run: Run) -> Process {
    let writer = run.args("-v").held_input().start();
    writer.wait_attached();
    writer
}

#[test]
fn without_a_channel_all_is_cleaned_that_can_be_and_what_is_in_use_is_no_failure() {
    let place = Place::new();
    let writer = living_writer(place.writer().args("lived-in --name alice"));
    living_writer(place.writer().arg("left")).kill();
    let text = said(place.reader().args("--clean --force"));
    assert!(text.contains("channel left (key") && text.contains("removed the segment"), "{text}");
    let lived_in = text.lines().find(|line| line.contains("lived-in")).expect("a line");
    assert!(lived_in.contains("left alone") && lived_in.contains(&format!("pid {}", writer.pid())), "{lived_in}");
    assert!(writer.is_alive());
    assert_eq!(status(place.reader().arg("lived-in"))[0]["writer"]["presence"], "here");
    // Who names it wants that one.
    let who = format!("lived-in is in use: writer alice (pid {}, since ", writer.pid());
    let how = format!("; end it with: kill {}", writer.pid());
    place.reader().args("-q --clean --force lived-in").finish().assert_one_line(4, &[&who, &how]);
}

#[test]
fn where_messages_wait_it_says_how_many_and_cleans_the_others() {
    let place = Place::new();
    place.writer().arg("one").arg("-q").input("precious\n").finish().assert_well();
    place.writer().arg("two").arg("-q").input("a\nb\nc\n").finish().assert_well();
    living_writer(place.writer().arg("zero")).kill();
    let ended = place.reader().args("--clean -q").finish();
    assert_eq!(ended.code, Some(1), "{}", ended.stderr);
    let lines: Vec<_> = ended.stderr.lines().collect();
    assert_eq!(lines.len(), 2, "{lines:?}");
    for words in [
        "1 message is waiting there; read it with: reader one",
        "3 messages are waiting there; read them with: reader two",
    ] {
        assert!(lines.iter().any(|line| line.contains(words)), "{words:?} in {lines:?}");
    }
    assert!(String::from_utf8_lossy(&ended.stdout).contains("channel zero (key"));
    place.reader().args("-q --clean two").finish().assert_one_line(1, &["3 messages are waiting", "--force"]);
    assert!(said(place.reader().args("--clean --force two")).contains("removed the segment with 3 messages"));
    assert_eq!(place.reader().args("one").finish().stdout, b"precious\n", "it is still there");
}

#[test]
fn a_segment_of_an_older_layout_is_removed_by_force_where_nobody_is_attached() {
    let place = Place::new();
    place.writer().arg("-q").input("hello\n").finish().assert_well();
    let id = place.only_segment();
    let attached = Segment::attach(&id).expect("a segment");
    attached.as_ref()[word::VERSION].store(VERSION - 1, Relaxed);
    let old = format!("layout version {}", VERSION - 1);
    for force in ["", "--force"] {
        place.reader().args("-q --clean lobby").args(force).finish().assert_one_line(5, &[&old]);
    }
    drop(attached);
    place.reader().args("-q --clean lobby").finish().assert_one_line(5, &[&old]);
    assert!(exists(&id));
    assert!(said(place.reader().args("--clean --force lobby")).contains("removed the segment"));
    place.assert_nothing_left();
}

#[test]
fn a_segment_whose_folder_is_gone_is_listed_and_removed_when_nobody_needs_it() {
    let place = Place::new();
    let folder = place.folder();
    // With a message, with none, and with somebody in it.
    for what in ["waits", "empty", "lived in"] {
        let writer = match what {
            "waits" => {
                place.writer().input("precious\n").finish();
                None
            }
            _ => Some(living_writer(place.writer())),
        };
        let left = Left(place.only_segment());
        if let Some(writer) = &writer {
            // One that is not stopped would see that nobody finds it any more, and end.
            writer.signal(Signal::SIGSTOP);
        }
        let _writer = writer.filter(|_| what == "lived in"); // else killed
        fs::remove_dir_all(&folder).expect("removing the folder");
        let all = status_of(&place);
        let [orphan] = &all[..] else { panic!("{what}: one segment: {all:?}") };
        assert_eq!(
            (&orphan["condition"], &orphan["shmid"]),
            (&"orphan".into(), &left.0.shmid().expect("a segment").0.into()),
            "{what}: {orphan}"
        );
        assert_eq!((&orphan["channel"], &orphan["folder"]), (&Value::Null, &folder.to_str().expect("UTF-8").into()));
        let shmid = called(&left.0);
        match what {
            "waits" => {
                place
                    .reader()
                    .args("-q --clean")
                    .finish()
                    .assert_one_line(1, &[&shmid, "1 message is waiting", &format!("with: {}", left.0.removal())]);
                assert!(exists(&left.0));
                let text = said(place.reader().args("--clean --force"));
                assert!(text.contains(&shmid) && text.contains("removed with 1 message"), "{text}");
            }
            "empty" => {
                let text = said(place.reader().args("--clean"));
                assert!(text.contains(&shmid) && text.contains(folder.to_str().expect("UTF-8")), "{text}");
            }
            _ => {
                let text = said(place.reader().args("--clean --force"));
                assert!(text.contains("left alone") && text.contains("attached; find it"), "{text}");
                assert!(exists(&left.0), "its writer lives");
                continue;
            }
        }
        assert!(!exists(&left.0), "{what}");
        assert!(said(place.reader().args("--status")).starts_with("no channels in"));
    }
}

#[test]
fn a_segment_whose_folder_has_another_key_file_now_is_an_orphan_and_the_new_channel_is_not() {
    let place = Place::new();
    living_writer(place.writer()).kill();
    let old = Left(place.only_segment());
    fs::rename(place.folder(), place.dir().join("kept")).expect("moving");
    place.writer().arg("-q").input("new\n").finish().assert_well();
    let new = place.only_segment();
    // Found by its moved key file it is a channel's.
    let all = status_of(&place);
    assert!(all.iter().all(|status| status["condition"] == "whole"), "{all:?}");
    fs::remove_dir_all(place.dir().join("kept")).expect("removing");
    let all = status_of(&place);
    let conditions: Vec<_> = all.iter().map(|status| (&status["condition"], &status["shmid"])).collect();
    assert_eq!(
        conditions,
        [
            (&"whole".into(), &new.shmid().expect("a segment").0.into()),
            (&"orphan".into(), &old.0.shmid().expect("a segment").0.into())
        ]
    );
    let ended = place.reader().args("-q --clean").finish();
    ended.assert_one_line(1, &["1 message is waiting there; read it"]);
    assert!(!exists(&old.0) && exists(&new));
    assert_eq!(place.reader().finish().stdout, b"new\n");
}

#[test]
fn what_belongs_to_another_dir_is_neither_listed_nor_touched_where_a_dir_is_named() {
    let (here, there) = (Place::new(), Place::new());
    living_writer(there.writer()).kill();
    let theirs = Left(there.only_segment());
    fs::remove_dir_all(there.folder()).expect("removing");
    assert!(said(here.reader().args("--status")).starts_with("no channels in"));
    assert_eq!(said(here.reader().args("--clean --force")), "");
    assert!(exists(&theirs.0));
}

#[test]
fn without_a_dir_all_of_the_users_segments_are_looked_at() {
    // The command or the start looks at every segment of the user.
    if !needs_alone() {
        return;
    }
    let (here, there) = (Place::new(), Place::new());
    // The default place, below the user's runtime folder.
    let default = |program| Run::bare(program).env("XDG_RUNTIME_DIR", here.dir());
    there.writer().arg("-q").input("precious\n").finish().assert_well();
    let elsewhere = there.only_segment();
    let old = {
        there.writer().arg("old").arg("-q").input("x\n").finish().assert_well();
        let all = memory::segments().expect("a list");
        // While the first one's key file is there, so that this one has another inode.
        living_writer(there.writer().arg("gone")).kill();
        let (old, _) = all.into_iter().find(|(id, _)| *id != elsewhere).expect("a second one");
        Segment::attach(&old).expect("a segment").as_ref()[word::VERSION].store(VERSION - 1, Relaxed);
        fs::remove_dir_all(there.dir().join("old")).expect("removing");
        old
    };
    fs::remove_dir_all(there.dir().join("gone")).expect("removing");
    // Not ours: no magic.
    let foreign =
        Slot::SysV(shmchat::internals::key::Key(0x0123_4567)).create(1 << 16, Rights::only(0o600)).expect("a free key");

    let all = status(default("reader"));
    let mut conditions: Vec<_> = all.iter().filter_map(|status| status["condition"].as_str()).collect();
    conditions.sort_unstable();
    assert_eq!(conditions, ["elsewhere", "orphan", "other-version"], "{all:?}");
    let other = all.iter().find(|status| status["condition"] == "elsewhere").expect("that one");
    let way = format!("reader --status lobby --dir {}", there.dir().display());
    assert!(other["problem"].as_str().is_some_and(|problem| problem.contains(&way)), "{other}");

    let ended = default("reader").args("--clean").finish();
    ended.assert_one_line(
        1,
        &[&called(&old), &format!("layout version {}", VERSION - 1), &format!("with: {}", old.removal())],
    );
    assert!(exists(&old) && exists(&elsewhere));
    assert!(String::from_utf8_lossy(&ended.stdout).contains("/gone, which is gone or was renamed: removed"));
    said(default("reader").args("--clean --force"));
    let left: Vec<_> = memory::segments().expect("a list").into_iter().map(|(id, _)| id).collect();
    assert!(!left.contains(&old) && left.contains(&elsewhere) && left.contains(&foreign), "{left:?}");
    foreign.remove().expect("removing");
    assert_eq!(there.reader().finish().stdout, b"precious\n");
}

#[test]
fn what_waits_in_a_folder_that_was_renamed_is_said_to_and_the_next_start_tells_where_it_is_now() {
    let place = Place::new();
    let (old, new) = (place.dir().join("old"), place.dir().join("new"));
    let (before, after) = (place.at(&old), place.at(&new));
    fs::create_dir(&old).expect("a folder");
    before("writer").arg("-q").input("precious\n").finish().assert_well();
    // The folders of both names are asked for all that was made for them.
    let shown = |at: &Path| status(place.at(at)("reader"));
    let shmid = shown(&old)[0]["shmid"].clone();
    fs::rename(&old, &new).expect("moving");
    let orphan = &shown(&old)[0];
    assert_eq!((&orphan["condition"], &orphan["shmid"]), (&"orphan".into(), &shmid));
    assert!(orphan["problem"].as_str().is_some_and(|problem| problem.contains("renamed")), "{orphan}");
    before("reader").args("-q --clean").finish().assert_one_line(1, &["gone or was renamed", "1 message is waiting"]);
    // A start that was killed while it told: nobody knows where it belongs, and it stays.
    let id = SegmentId(shmid.as_i64().and_then(|shmid| shmid.try_into().ok()).expect("a number"));
    let id = Location::of_segment(id).expect("it is there");
    let segment = Segment::attach(&id).expect("a segment");
    let length = segment.as_ref()[word::PATH_LENGTH].swap(0, Relaxed);
    assert_eq!((shown(&old).len(), said(before("reader").args("--clean --force"))), (0, String::new()));
    segment.as_ref()[word::PATH_LENGTH].store(length, Relaxed);
    drop(segment);

    after("writer").arg("-q").input("more\n").finish().assert_well();
    assert!(shown(&old).is_empty(), "it is not the old folder's any more");
    assert_eq!(said(before("reader").args("--clean --force")), "");
    assert_eq!(after("reader").arg("-q").finish().stdout, b"precious\nmore\n");
}

/// Writes over some words of a segment's header.
fn write_over(id: &Location, words: impl IntoIterator<Item = usize>) {
    let segment = Segment::attach(id).expect("a segment");
    words.into_iter().for_each(|word| segment.as_ref()[word].store(0x1234_5678_9abc, Relaxed));
}

/// What a orphan write may leave of a header: of what says whose it is only this.
fn damages() -> [(&'static str, Vec<usize>); 5] {
    const { assert!(word::ID == word::MAGIC + 3 && word::KEY_INODE == word::ID + 3) };
    let path = || word::PATH_LENGTH..word::PATH + 8;
    let (magic, id, file) = (word::MAGIC, word::ID, word::KEY_DEVICE..word::KEY_INODE + 1);
    [
        ("all but the magic", vec![magic]),
        ("all but the id", vec![id]),
        ("the key file and the path", vec![magic, id, id + 1]),
        ("the path", [magic, id, id + 1].into_iter().chain(file.clone()).collect()),
        ("version and capacity", [magic, id, id + 1].into_iter().chain(file).chain(path()).collect()),
    ]
}

#[test]
fn a_segment_of_ours_that_was_written_over_is_named_and_goes_only_by_force() {
    for (left, words) in damages() {
        let place = Place::new();
        place.writer().arg("-q").input("hello\n").finish().assert_well();
        let damaged = Left(place.only_segment());
        write_over(&damaged.0, words);
        let shmid = called(&damaged.0);
        let shown = status(place.reader().arg("lobby"));
        let words: Vec<_> =
            shown.iter().filter(|status| status["shmid"] == damaged.0.shmid().expect("a segment").0).collect();
        let condition = if left == "all but the id" { "orphan" } else { "corrupt" };
        assert!(matches!(words[..], [one] if one["condition"] == condition), "{left}: {shown:?}");
        // A start does not use it, and what it leaves is cleaned as ever.
        living_writer(place.writer()).kill();
        for channel in ["lobby", ""] {
            place.reader().args("-q --clean").args(channel).finish().assert_one_line(1, &[&shmid, "ipcrm -m"]);
            assert!(exists(&damaged.0), "{left}");
        }
        let text = said(place.reader().args("--clean --force lobby"));
        assert!(text.contains(&shmid) && text.contains("removed"), "{left}: {text}");
        assert!(!exists(&damaged.0), "{left}");
        assert!(text.contains("removed the folder"), "{left}: {text}");
        place.assert_nothing_left();
    }
}

#[test]
fn a_damaged_segment_that_somebody_has_attached_stays() {
    let place = Place::new();
    place.writer().arg("-q").input("hello\n").finish().assert_well();
    let damaged = Left(place.only_segment());
    write_over(&damaged.0, [word::MAGIC]);
    let attached = Segment::attach(&damaged.0).expect("a segment");
    place.reader().args("-q --clean --force lobby").finish().assert_one_line(4, &["1 process has it attached"]);
    assert!(exists(&damaged.0));
    drop(attached);
    said(place.reader().args("--clean --force lobby"));
    assert!(!exists(&damaged.0));
}

#[test]
fn a_segment_at_our_key_that_says_nothing_of_whose_it_is_is_named_and_never_removed() {
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
