//! The three kinds of memory beside each other: who finds what, and what outlives a reboot.
//!
//! All other tests of this group run for each kind (`SHMCHAT_TEST_MEMORY`); these choose the kinds themselves.

use shmchat::admin::{Condition, channels_in, orphans};
use shmchat::inspect::Location;
use shmchat::internals::fault::Mutant;
use shmchat::{Access, Channel, Error, MemoryKind, Role};
use shmchat_tests::checks::NOBODY;
use shmchat_tests::{Place, Run, alone, is_left_to_the_first_kind, needs_root};
use std::fs;
use std::os::unix::fs::{DirBuilderExt, chown};
use std::path::{Path, PathBuf};

/// A user's directories, as after a login.
struct Home {
    place: Place,
}

impl Home {
    fn new() -> Self {
        let home = Home { place: Place::new() };
        for folder in ["run", "other", "state"] {
            fs::create_dir(home.place.dir().join(folder)).expect("a folder");
        }
        home
    }

    /// A program that keeps its channels in this runtime directory.
    fn at(&self, run: &str, program: &'static str) -> Run {
        let [run, state] = [run, "state"].map(|folder| self.place.dir().join(folder));
        Run::bare(program).env("XDG_RUNTIME_DIR", run).env("XDG_STATE_HOME", state)
    }

    fn run(&self, program: &'static str) -> Run {
        self.at("run", program)
    }

    fn ring(&self) -> PathBuf {
        self.place.dir().join("state/shmchat/lobby/ring")
    }

    /// What a reboot does to a runtime directory.
    fn reboot(&self) {
        fs::remove_dir_all(self.place.dir().join("run/shmchat")).expect("the channels");
    }
}

fn channel(place: &Place) -> Channel {
    Channel::named("lobby".parse().expect("a name")).dir(place.dir())
}

/// A channel that leaves nothing behind, whatever becomes of the test.
struct Left<'a>(&'a Place);

impl Drop for Left<'_> {
    fn drop(&mut self) {
        let _ = channel(self.0).clean(true);
    }
}

#[test]
fn a_start_finds_whatever_kind_is_there() {
    if is_left_to_the_first_kind() {
        return;
    }
    for kind in MemoryKind::ALL {
        let place = Place::new();
        let _left = Left(&place);
        let mut writer = channel(&place).memory(kind).attach(Role::Writer).expect("attach");
        assert_eq!(writer.segment().place.kind(), kind);
        writer.send("hello").expect("send");
        let mut reader = channel(&place).attach(Role::Reader).expect("attach");
        assert_eq!(reader.segment(), writer.segment());
        assert_eq!(reader.recv().expect("a message").bytes, b"hello");
        let status = channel(&place).status().expect("a look").expect("a channel");
        assert!(matches!(status.condition, Condition::Whole), "{status:?}");
        assert_eq!(status.segment.map(|segment| segment.place), Some(writer.segment().place.clone()));
        writer.quit().expect("quit");
        let at = reader.segment().place.clone();
        assert!(reader.quit().expect("quit").removed);
        assert!(at.stat().is_err(), "{kind} is left");
        place.assert_nothing_left();
    }
}

#[test]
fn another_kind_is_refused_while_somebody_is_there_or_something_waits_and_else_takes_its_place() {
    if is_left_to_the_first_kind() {
        return;
    }
    for (there, asked) in MemoryKind::ALL.into_iter().flat_map(|one| MemoryKind::ALL.map(|other| (one, other))) {
        if there == asked {
            continue;
        }
        let place = Place::new();
        let _left = Left(&place);
        let mut writer = channel(&place).memory(there).attach(Role::Writer).expect("attach");
        let refused = channel(&place).memory(asked).attach(Role::Reader).expect_err("the writer is there");
        assert!(matches!(refused, Error::OtherMemory { living: Some(Role::Writer), .. }), "{refused}");
        let said = refused.to_string();
        assert!(said.contains(&format!("{there} memory, not {asked}")) && said.contains("a writer is there"), "{said}");
        writer.send("waits").expect("send");
        writer.quit().expect("quit");
        let refused = channel(&place).memory(asked).attach(Role::Writer).expect_err("a message is waiting");
        assert!(refused.to_string().contains("1 message is waiting"), "{refused}");
        let mut reader = channel(&place).attach(Role::Reader).expect("attach");
        assert_eq!(reader.recv().expect("a message").bytes, b"waits");
        reader.receiver().acknowledge().expect("acknowledge");
        let at = reader.segment().place.clone();
        // Killed, so that the empty memory stays.
        reader.die();
        assert!(at.stat().is_ok());
        let writer = channel(&place).memory(asked).attach(Role::Writer).expect("nobody needs it any more");
        assert_eq!(writer.segment().place.kind(), asked);
        assert!(at.stat().is_err(), "there is one memory at a time");
        assert!(writer.quit().expect("quit").removed);
        place.assert_nothing_left();
    }
}

#[test]
fn what_waits_in_a_file_outlives_a_reboot_and_is_shown_kept_and_delivered() {
    if is_left_to_the_first_kind() {
        return;
    }
    let home = Home::new();
    home.run("writer").args("--memory file").input("one\ntwo\n").finish().assert_well();
    home.reboot();
    let shown = home.run("reader").args("--status").finish();
    let shown = String::from_utf8(shown.assert_well().stdout.clone()).expect("UTF-8");
    assert!(shown.contains(home.ring().to_str().expect("UTF-8")) && shown.contains("2 waiting"), "{shown}");
    assert!(!home.place.dir().join("run/shmchat").exists(), "a look makes nothing");
    home.run("reader").args("--clean").finish().assert_one_line(1, &["2 messages are waiting", "reader lobby"]);
    home.reboot();
    home.run("writer").args("--memory posix").finish().assert_one_line(5, &["file memory, not posix", "2 messages"]);
    let reader = home.run("reader").finish();
    assert_eq!(reader.assert_well().stdout, b"one\ntwo\n");
    assert!(!home.ring().exists(), "all was read");

    home.run("writer").args("--memory file").input("three\n").finish().assert_well();
    home.reboot();
    home.run("reader").args("--forget lobby --force").finish().assert_well();
    assert!(!home.ring().parent().expect("a folder").exists());
}

#[test]
fn a_file_whose_process_was_killed_before_the_reboot_goes_on_where_it_was() {
    if is_left_to_the_first_kind() {
        return;
    }
    let home = Home::new();
    let writer = home.run("writer").args("--memory file -v").held_input().start();
    writer.wait_attached();
    let reader = home.run("reader").args("--count 1").start();
    writer.send("first\nsecond\nthird\n");
    assert_eq!(reader.wait().stdout, b"first\n");
    writer.kill();
    home.reboot();
    let reader = home.run("reader").args("-q").start();
    reader.stdout.wait_for("third\n");
    // The writer that was killed has not quit, so the reader waits for the next.
    home.run("writer").input("fourth\n").finish().assert_well();
    assert_eq!(reader.wait().assert_well().stdout, b"second\nthird\nfourth\n");
    assert!(!home.ring().exists());
}

/// The two halves of one user who has a runtime directory in one session and none in another.
fn shared_by_two_homes(sabotage: Option<Mutant>) -> bool {
    let home = Home::new();
    let writer = home.run("writer").args("--memory file -v").held_input().start();
    writer.wait_attached();
    let mut other = home.at("other", "writer").args("--memory file -q").input("intruder\n");
    if let Some(mutant) = sabotage {
        other = other.env("SHMCHAT_SABOTAGE", mutant.name());
    }
    let other = other.finish();
    let said = "is in use by a process with another key file";
    let refused = other.code == Some(5) && other.stderr.contains(said);
    if sabotage.is_none() {
        let shown = home.at("other", "reader").args("--status lobby --json").finish();
        let shown = String::from_utf8(shown.assert_well().stdout.clone()).expect("UTF-8");
        assert!(shown.contains(r#""condition":"unusable""#) && shown.contains(said), "{shown}");
    }
    drop(writer);
    refused
}

#[test]
fn two_processes_of_one_role_never_share_a_file_from_two_runtime_directories() {
    if is_left_to_the_first_kind() {
        return;
    }
    assert!(shared_by_two_homes(None));
    assert!(!shared_by_two_homes(Some(Mutant::AdoptInUse)), "the test can fail");
}

/// A clean-up in one runtime directory, while a process of another one uses the file.
fn cleaned_from_another_home(args: &str, sabotage: Option<Mutant>) -> bool {
    let home = Home::new();
    let writer = home.run("writer").args("--memory file -v").held_input().start();
    writer.wait_attached();
    let mut clean = home.at("other", "reader").args("--clean --force").args(args);
    if let Some(mutant) = sabotage {
        clean = clean.env("SHMCHAT_SABOTAGE", mutant.name());
    }
    let clean = clean.finish();
    let said = String::from_utf8_lossy(&clean.stdout);
    let is_left = said.contains("left alone: ") && said.contains("is in use by a process with another key file");
    assert_eq!((clean.code, is_left), (Some(0), home.ring().exists()), "{clean:?}");
    drop(writer);
    is_left
}

#[test]
fn a_clean_up_leaves_a_file_that_a_process_of_another_runtime_directory_uses() {
    if is_left_to_the_first_kind() {
        return;
    }
    for args in ["", "--project-id 42", "--memory posix"] {
        assert!(cleaned_from_another_home(args, None), "{args}");
    }
    assert!(!cleaned_from_another_home("--project-id 42", Some(Mutant::CleanInUse)), "the test can fail");
}

#[test]
fn what_a_start_would_use_is_shown_and_not_a_file_of_another_runtime_directory() {
    if is_left_to_the_first_kind() {
        return;
    }
    let home = Home::new();
    home.at("other", "writer").args("--memory sysv").input("one\n").finish().assert_well();
    home.run("writer").args("--memory file").input("two\nthree\n").finish().assert_well();
    let shown = home.at("other", "reader").args("--status --json").finish();
    let shown = String::from_utf8(shown.assert_well().stdout.clone()).expect("UTF-8");
    assert!(shown.contains(r#""memory":"sysv""#) && !shown.contains("state/shmchat"), "{shown}");
    assert_eq!(home.at("other", "reader").finish().assert_well().stdout, b"one\n");
    assert_eq!(home.run("reader").finish().assert_well().stdout, b"two\nthree\n");
}

#[test]
fn a_channel_is_forgotten_with_the_folder_of_its_file_however_early_that_dies() {
    if is_left_to_the_first_kind() {
        return;
    }
    let home = Home::new();
    home.run("writer").args("--memory file").input("one\n").finish().assert_well();
    let killed =
        home.run("reader").args("--forget lobby --force").env("SHMCHAT_CRASH_AT", "forget-key-removed").finish();
    assert!(killed.signal.is_some(), "{killed:?}");
    assert!(!home.ring().parent().expect("a folder").exists(), "the next one would not look there");
}

#[test]
fn the_state_folder_of_another_user_is_in_the_way_of_a_file_only() {
    if is_left_to_the_first_kind() || !needs_root() {
        return;
    }
    // As where sudo keeps HOME.
    for whose in ["state/shmchat", "state/shmchat/lobby"] {
        let home = Home::new();
        let theirs = home.place.dir().join(whose);
        fs::DirBuilder::new().mode(0o700).recursive(true).create(&theirs).expect("a folder");
        chown(&theirs, Some(NOBODY), Some(NOBODY)).expect("chown");
        for kind in ["", "--memory posix"] {
            home.run("writer").args(kind).input("one\n").finish().assert_well();
            home.run("reader").args("--status").finish().assert_well();
            home.run("writer").args("--memory file").finish().assert_one_line(1, &["belongs to uid", whose]);
            assert_eq!(home.run("reader").finish().assert_well().stdout, b"one\n");
        }
        home.run("reader").args("--forget lobby").finish().assert_well();
        assert!(!home.place.dir().join("run/shmchat/lobby").exists() && theirs.exists());
    }
}

#[test]
fn a_file_that_nobody_uses_goes_to_whichever_runtime_directory_comes() {
    if is_left_to_the_first_kind() {
        return;
    }
    let home = Home::new();
    home.run("writer").args("--memory file").input("one\n").finish().assert_well();
    let reader = home.at("other", "reader").finish();
    assert_eq!(reader.assert_well().stdout, b"one\n");
    assert!(!home.ring().exists());
}

#[test]
fn a_start_that_is_killed_while_it_takes_over_a_file_leaves_it_to_the_next() {
    if is_left_to_the_first_kind() {
        return;
    }
    for role in ["writer", "reader"] {
        let home = Home::new();
        home.run("writer").args("--memory file").input("one\n").finish().assert_well();
        home.reboot();
        let killed = home.run(role).env("SHMCHAT_CRASH_AT", "memory-adopted:1").finish();
        assert!(killed.signal.is_some(), "{killed:?}");
        assert_eq!(home.run("reader").finish().assert_well().stdout, b"one\n");
        assert!(!home.ring().exists());
    }
}

#[test]
fn posix_memory_whose_folder_is_gone_is_an_orphan_and_a_file_goes_with_its_folder() {
    if is_left_to_the_first_kind() {
        return;
    }
    alone();
    for kind in [MemoryKind::Posix, MemoryKind::File] {
        let place = Place::new();
        let mut writer = channel(&place).memory(kind).attach(Role::Writer).expect("attach");
        writer.send("waits").expect("send");
        let at = writer.segment().place.clone();
        writer.quit().expect("quit");
        fs::remove_dir_all(place.folder()).expect("the folder");
        let found = orphans(Some(place.dir()), &[]).expect("a look");
        if kind == MemoryKind::File {
            assert!(found.is_empty(), "{found:?}");
            continue;
        }
        let [orphan] = &found[..] else { panic!("one: {found:?}") };
        assert_eq!(orphan.segment.place, at);
        let way_out = format!("rm {}", at.path().expect("a path").display());
        let refused = orphan.clean(false).expect_err("a message is waiting").to_string();
        assert!(refused.contains("1 message is waiting") && refused.contains(&way_out), "{refused}");
        assert!(orphan.clean(true).expect("clean"));
        assert!(at.stat().is_err());
    }
}

#[test]
fn an_orphan_that_a_process_uses_is_left_alone() {
    if is_left_to_the_first_kind() {
        return;
    }
    let place = Place::new();
    let writer = channel(&place).memory(MemoryKind::Posix).attach(Role::Writer).expect("attach");
    fs::remove_dir_all(place.folder()).expect("the folder");
    let found = orphans(Some(place.dir()), &[]).expect("a look");
    let refused = found[0].clean(true).expect_err("the writer is there").to_string();
    assert!(refused.contains("a process has it attached"), "{refused}");
    let at = writer.segment().place.clone();
    drop(writer);
    let _ = at.remove();
    assert!(at.stat().is_err());
}

#[test]
fn channels_of_which_only_a_file_is_left_are_listed() {
    if is_left_to_the_first_kind() {
        return;
    }
    let home = Home::new();
    for name in ["attic", "kitchen"] {
        home.run("writer").args("--memory file").arg(name).input("one\n").finish().assert_well();
    }
    home.reboot();
    home.run("writer").arg("cellar").finish().assert_well();
    let shown = home.run("reader").args("--status --all --json").finish();
    let shown = String::from_utf8(shown.assert_well().stdout.clone()).expect("UTF-8");
    // Without `--dir` it shows every segment of this user, those of the tests beside this one too.
    let ours = |line: &&str| line.contains(home.place.dir().to_str().expect("UTF-8"));
    let names: Vec<_> = shown.lines().filter(ours).filter_map(|line| line.split('"').nth(3)).collect();
    assert_eq!(names, ["attic", "cellar", "kitchen"]);
    assert!(channels_in(Path::new("/nowhere"), Access::Owner).is_err(), "another directory has none");
}

#[test]
fn a_file_that_is_moved_away_or_replaced_under_a_pair_is_told() {
    if is_left_to_the_first_kind() {
        return;
    }
    for how in ["moved", "replaced", "removed"] {
        let place = Place::new();
        let _left = Left(&place);
        let mut writer = channel(&place).memory(MemoryKind::File).attach(Role::Writer).expect("attach");
        let Location::File(ring) = writer.segment().place.clone() else { panic!("a file") };
        match how {
            "moved" => fs::rename(ring.path(), place.dir().join("away")).expect("moving"),
            "replaced" => {
                fs::copy(ring.path(), place.dir().join("copy")).expect("a copy");
                fs::rename(place.dir().join("copy"), ring.path()).expect("replacing");
            }
            _ => fs::remove_file(ring.path()).expect("removing"),
        }
        let told = writer.recv_timeout(std::time::Duration::ZERO).map(|message| message.bytes.len());
        let told = told.expect_err("it looks before it sleeps").to_string();
        assert!(told.contains("removed while in use, by rm"), "{how}: {told}");
    }
}
