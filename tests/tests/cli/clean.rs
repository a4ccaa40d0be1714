//! `reader --clean`: what nobody holds is removed and said, what somebody needs is not; also memory whose folder is gone.
//!
//! What concerns all memory of the user is tried in namespaces of the test's own, which takes root
//! (<https://man7.org/linux/man-pages/man7/ipc_namespaces.7.html>).

use nix::sys::signal::Signal;
use serde_json::Value;
use shmchat::MemoryKind;
use shmchat::internals::key::{ChannelId, Key};
use shmchat::internals::layout::{VERSION, word};
use shmchat::internals::memory::{Location, Rights, Segment, Slot, all};
use shmchat_tests::{Place, Process, Run, needs_alone, only_segment_in};
use shmchat_tests::{called, called_in, is_about_segments, is_left_to_the_first_kind, located, memory, noun};
use std::fs;
use std::path::Path;
use std::sync::atomic::Ordering::Relaxed;

/// Standard output of a run that ended well. It may warn: where other tests leave segments whose folder is gone, the inode of
/// a new key file may have been that of an old one.
#[track_caller]
pub(crate) fn said(run: Run) -> String {
    let ended = run.arg("-q").finish();
    ended.assert_well();
    String::from_utf8(ended.stdout).expect("UTF-8")
}

/// What `--status --json` says of all.
#[track_caller]
pub(crate) fn status(run: Run) -> Vec<Value> {
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

pub(crate) fn exists(id: &Location) -> bool {
    id.stat().is_ok_and(|stat| !stat.doomed)
}

#[test]
fn a_segment_of_an_older_layout_that_is_another_channels_is_in_nobodys_way() {
    if is_about_segments("two channels have one key, and never one name") {
        return;
    }
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

/// A memory that goes when the test does.
pub(crate) struct Left(pub(crate) Location);

impl Drop for Left {
    fn drop(&mut self) {
        let _ = self.0.remove();
    }
}

/// What is said when a channel's memory is removed with nothing in it.
fn removed(place: &Place, channel: &str) -> String {
    format!("channel {channel} ({}): removed the {},", only_segment_in(&place.dir().join(channel)), noun())
}

pub(crate) fn living_writer(run: Run) -> Process {
    let writer = run.args("-v").held_input().start();
    writer.wait_attached();
    writer
}

#[test]
fn without_a_channel_all_is_cleaned_that_can_be_and_what_is_in_use_is_no_failure() {
    let place = Place::new();
    let writer = living_writer(place.writer().args("lived-in --name alice"));
    living_writer(place.writer().arg("left")).kill();
    let removed = removed(&place, "left");
    let text = said(place.reader().args("--clean --force"));
    assert!(text.contains(&removed), "{text}");
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
    let removed = removed(&place, "zero");
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
    assert!(String::from_utf8_lossy(&ended.stdout).contains(&removed), "{ended:?}");
    place.reader().args("-q --clean two").finish().assert_one_line(1, &["3 messages are waiting", "--force"]);
    let with_messages = format!("removed the {} with 3 messages", noun());
    assert!(said(place.reader().args("--clean --force two")).contains(&with_messages));
    assert_eq!(place.reader().args("one").finish().stdout, b"precious\n", "it is still there");
}

#[test]
fn a_memory_of_an_older_layout_is_removed_by_force_where_nobody_is_attached() {
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
    assert!(said(place.reader().args("--clean --force lobby")).contains(&format!("removed the {}", noun())));
    place.assert_nothing_left();
}

#[test]
fn a_memory_whose_folder_is_gone_is_listed_and_removed_when_nobody_needs_it() {
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
        if memory() == MemoryKind::File {
            // It went with the folder.
            assert!(all.is_empty() && !exists(&left.0), "{what}: {all:?}");
            assert_eq!(said(place.reader().args("--clean --force")), "", "{what}");
            continue;
        }
        let [orphan] = &all[..] else { panic!("{what}: one memory: {all:?}") };
        let memory = called(&left.0);
        assert_eq!((&orphan["condition"], called_in(orphan)), (&"orphan".into(), Some(memory.clone())), "{what}");
        assert_eq!((&orphan["channel"], &orphan["folder"]), (&Value::Null, &folder.to_str().expect("UTF-8").into()));
        match what {
            "waits" => {
                place
                    .reader()
                    .args("-q --clean")
                    .finish()
                    .assert_one_line(1, &[&memory, "1 message is waiting", &format!("with: {}", left.0.removal())]);
                assert!(exists(&left.0));
                let text = said(place.reader().args("--clean --force"));
                assert!(text.contains(&memory) && text.contains("removed with 1 message"), "{text}");
            }
            "empty" => {
                let text = said(place.reader().args("--clean"));
                assert!(text.contains(&memory) && text.contains(folder.to_str().expect("UTF-8")), "{text}");
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
fn a_memory_whose_key_file_is_gone_is_listed_and_removed_by_force() {
    let place = Place::new();
    place.writer().arg("-q").input("precious\n").finish().assert_well();
    let left = Left(place.only_segment());
    fs::remove_file(place.folder().join("key")).expect("removing");
    let shown = status_of(&place);
    // A start there takes a file up, since only one can be in a folder.
    let condition = if memory() == MemoryKind::File { "whole" } else { "orphan" };
    assert!(matches!(&shown[..], [one] if one["condition"] == condition), "{shown:?}");
    assert_eq!(called_in(&shown[0]), Some(called(&left.0)));
    place.reader().args("-q --clean").finish().assert_one_line(1, &[&called(&left.0), "1 message is waiting"]);
    assert!(exists(&left.0));
    let text = said(place.reader().args("--clean --force"));
    assert!(text.contains(&called(&left.0)) && text.contains(" with 1 message"), "{text}");
    assert!(!exists(&left.0));
}

#[test]
fn a_memory_whose_folder_has_another_key_file_now_is_an_orphan_and_the_new_channel_is_not() {
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
    let conditions: Vec<_> = all.iter().map(|status| (status["condition"].as_str(), called_in(status))).collect();
    let mut expected = vec![(Some("whole"), Some(called(&new))), (Some("orphan"), Some(called(&old.0)))];
    if memory() == MemoryKind::File {
        // It went with the folder that it had moved with.
        expected.pop();
    }
    assert_eq!(conditions, expected);
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
    if memory() != MemoryKind::File {
        // A file would go with it.
        fs::remove_dir_all(there.folder()).expect("removing");
    }
    assert!(said(here.reader().args("--status")).starts_with("no channels in"));
    assert_eq!(said(here.reader().args("--clean --force")), "");
    assert!(exists(&theirs.0));
}

#[test]
fn without_a_dir_all_of_the_users_memory_is_looked_at() {
    if memory() == MemoryKind::File {
        eprintln!("skipped: only its channel leads to a file; the next test has those of the default directory");
        return;
    }
    // The command or the start looks at all memory of the user.
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
        let old = only_segment_in(&there.dir().join("old"));
        // While the first one's key file is there, so that this one has another inode.
        living_writer(there.writer().arg("gone")).kill();
        Segment::attach(&old).expect("a segment").as_ref()[word::VERSION].store(VERSION - 1, Relaxed);
        fs::remove_dir_all(there.dir().join("old")).expect("removing");
        old
    };
    fs::remove_dir_all(there.dir().join("gone")).expect("removing");
    // Not ours: no magic.
    let slot = match memory() {
        MemoryKind::SysV => Slot::SysV(Key(0x0123_4567)),
        _ => Slot::Posix(ChannelId([1, 2])),
    };
    let foreign = slot.create(1 << 16, Rights::only(0o600)).expect("a free key or name");

    let shown = status(default("reader"));
    let mut conditions: Vec<_> = shown.iter().filter_map(|status| status["condition"].as_str()).collect();
    conditions.sort_unstable();
    assert_eq!(conditions, ["elsewhere", "orphan", "other-version"], "{shown:?}");
    let other = shown.iter().find(|status| status["condition"] == "elsewhere").expect("that one");
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
    let left: Vec<_> = all().expect("a list").into_iter().map(|(id, _)| id).collect();
    assert!(!left.contains(&old) && left.contains(&elsewhere) && left.contains(&foreign), "{left:?}");
    foreign.remove().expect("removing");
    assert_eq!(there.reader().finish().stdout, b"precious\n");
}

#[test]
fn without_a_dir_the_users_files_are_looked_at_whose_channels_folder_is_gone_since_a_reboot() {
    if is_left_to_the_first_kind() {
        return;
    }
    let (here, there) = (Place::new(), Place::new());
    let home = |program| {
        let runtime = Run::bare(program).env("XDG_RUNTIME_DIR", here.dir());
        runtime.env("XDG_STATE_HOME", here.dir().join("state")).arg("--memory=file")
    };
    let file = |channel| here.dir().join("state/shmchat").join(channel).join("ring");
    there.writer().args("-q --memory file elsewhere").input("precious\n").finish().assert_well();
    for channel in ["waits", "old"] {
        home("writer").args("-q").arg(channel).input("x\n").finish().assert_well();
    }
    living_writer(home("writer").arg("gone")).kill();
    let old = located(file("old").to_str().expect("UTF-8")).expect("a file");
    Segment::attach(&old).expect("a file").as_ref()[word::VERSION].store(VERSION - 1, Relaxed);
    fs::remove_dir_all(here.dir().join("shmchat")).expect("removing");

    // Without `--dir` it shows all segments of this user, those of the tests beside this one too.
    let shown = status(home("reader"));
    let ours = shown.iter().filter(|status| status["memory"] == "file");
    let conditions: Vec<_> = ours.map(|status| (status["channel"].as_str(), status["condition"].as_str())).collect();
    let expected = [("gone", "whole"), ("old", "other-version"), ("waits", "whole")];
    assert_eq!(conditions, expected.map(|(channel, condition)| (Some(channel), Some(condition))));
    for (channel, code, words) in [
        ("waits", 1, ["1 message is waiting there", "with: reader waits;"]),
        ("old", 5, ["layout version", &old.removal()]),
    ] {
        home("reader").args("-q --clean").arg(channel).finish().assert_one_line(code, &words);
        assert!(file(channel).exists(), "{channel}");
        said(home("reader").args("--clean --force").arg(channel));
    }
    said(home("reader").args("--clean gone"));
    for channel in ["waits", "old", "gone"] {
        assert!(!file(channel).exists(), "{channel}");
    }
    assert_eq!(there.reader().args("-q elsewhere").finish().stdout, b"precious\n");
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
    let memory_before = called_in(&shown(&old)[0]);
    fs::rename(&old, &new).expect("moving");
    // A file has moved too, and is found where it is now.
    if memory() != MemoryKind::File {
        let orphan = &shown(&old)[0];
        assert_eq!((orphan["condition"].as_str(), &called_in(orphan)), (Some("orphan"), &memory_before));
        assert!(orphan["problem"].as_str().is_some_and(|problem| problem.contains("renamed")), "{orphan}");
        let refused = before("reader").args("-q --clean").finish();
        refused.assert_one_line(1, &["gone or was renamed", "1 message is waiting"]);
        // A start that was killed while it told: nobody knows where it belongs, and it stays.
        let id = located(&memory_before.expect("a memory")).expect("it is there");
        let segment = Segment::attach(&id).expect("a segment");
        let length = segment.as_ref()[word::PATH_LENGTH].swap(0, Relaxed);
        assert_eq!((shown(&old).len(), said(before("reader").args("--clean --force"))), (0, String::new()));
        segment.as_ref()[word::PATH_LENGTH].store(length, Relaxed);
    }

    after("writer").arg("-q").input("more\n").finish().assert_well();
    assert!(shown(&old).is_empty(), "it is not the old folder's any more");
    assert_eq!(said(before("reader").args("--clean --force")), "");
    assert_eq!(after("reader").arg("-q").finish().stdout, b"precious\nmore\n");
}
