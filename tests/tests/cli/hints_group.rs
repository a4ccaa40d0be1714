//! The same commands where a channel is a group's: each works for the user whom the line names.

use crate::hints::{line, named, paste_as};
use shmchat::MemoryKind;
use shmchat::internals::memory::all;
use shmchat_tests::{Place, called, memory, needs_alone, noun, only_segment_in, users};
use std::fs::{self, Permissions};
use std::os::unix::fs::{PermissionsExt, chown};
use std::path::PathBuf;
use std::process::Output;

const ALICE: u32 = 54_001;
const BOB: u32 = 54_002;
const SHARED: u32 = 54_321;
const GROUP: &str = "--mode 0660 --group shmchat-shared";

/// Two members of a group, and a folder of theirs; none where that cannot be, which is said.
fn members() -> Option<(Place, PathBuf)> {
    let groups: [(_, _, &[_]); 1] = [("shmchat-shared", SHARED, &["shmchat-alice", "shmchat-bob"])];
    if !needs_alone() || !users(&[("shmchat-alice", ALICE), ("shmchat-bob", BOB)], &groups) {
        return None;
    }
    let place = Place::for_all_users();
    let dir = place.dir().join("our room");
    fs::create_dir(&dir).expect("a folder");
    chown(&dir, None, Some(SHARED)).expect("chown");
    fs::set_permissions(&dir, Permissions::from_mode(0o2770)).expect("chmod");
    Some((place, dir))
}

/// Pastes a command as that user.
fn paste_for(user: u32, place: &Place, command: &str) -> Output {
    let (user, group) = (format!("--reuid={user}"), format!("--regid={SHARED}"));
    paste_as(command, &place.programs(), &["setpriv", &user, &group, "--clear-groups", "--"])
}

#[test]
fn who_leaves_anothers_memory_last_says_so_removes_the_bells_and_names_the_command_for_its_creator() {
    if memory() == MemoryKind::File {
        eprintln!("skipped: what lies in the group's folder every member may remove");
        return;
    }
    let Some((place, dir)) = members() else { return };
    let run = |program, user| place.at(&dir)(program).args(GROUP).as_user(user, SHARED, &place.programs());
    let bells = || ["to-reader", "to-writer"].map(|bell| dir.join("lobby").join(bell).exists());
    for (quiet, how) in [("", "named"), ("-q", "plain"), ("", "start"), ("", "timeout")] {
        let reader = run("reader", ALICE).args("-v --stay").start();
        reader.wait_attached();
        let mut writer = run("writer", BOB).args("-v").held_input().start();
        writer.wait_attached();
        let id = only_segment_in(&dir.join("lobby"));
        reader.signal(nix::sys::signal::Signal::SIGTERM);
        reader.wait();
        // Without -v.
        writer.end_input();
        writer.wait();
        let told = run("writer", BOB).args(quiet).input("").finish();
        assert_eq!((told.code, told.stderr.is_empty()), (Some(0), quiet == "-q"), "{told:?}");
        assert_eq!(bells(), [false; 2]);
        assert!(id.stat().is_ok());
        match how {
            "named" => {
                assert!(told.stderr.contains(&format!("uid {ALICE} (shmchat-alice), who created it")), "{told:?}");
                let command = named(&told.stderr, "with: ");
                let no = paste_for(BOB, &place, &command);
                assert!(!no.status.success());
                // What bob is told then is the same command, for alice.
                assert_eq!(named(&String::from_utf8_lossy(&no.stderr), "have that user run: "), command);
                let output = paste_for(ALICE, &place, &command);
                assert!(output.status.success(), "{output:?}");
            }
            "plain" => {
                let removed = format!("removed the {}", noun());
                let output = paste_for(ALICE, &place, "reader --clean");
                assert!(output.status.success(), "{output:?}");
                assert!(String::from_utf8_lossy(&output.stdout).contains(&removed), "{output:?}");
            }
            "timeout" => {
                // However it ends.
                let timeout = run("reader", BOB).args("--timeout 0").finish();
                assert_eq!(timeout.code, Some(3));
                let command = named(&timeout.stderr, "can remove it, with: ");
                assert!(paste_for(ALICE, &place, &command).status.success());
            }
            _ => {
                let reader = run("reader", ALICE).args("-v").start();
                reader.wait_attached();
                assert!(reader.stderr.has(&called(&id)), "the next start uses it");
                run("writer", BOB).input("hello\n").finish();
                assert_eq!(reader.wait().stdout, b"hello\n");
            }
        }
        assert_eq!(all().expect("a list"), [], "{how}");
    }
}

#[test]
fn a_plain_clean_leaves_a_groups_channel_where_somebody_is_or_something_waits_and_does_not_fail() {
    let Some((place, dir)) = members() else { return };
    let run = |program, user| place.at(&dir)(program).args(GROUP).args("-q").as_user(user, SHARED, &place.programs());
    let reader = place.at(&dir)("reader").args(GROUP).args("-v").as_user(ALICE, SHARED, &place.programs()).start();
    reader.wait_attached();
    let plain = |force| {
        let output = paste_for(ALICE, &place, &format!("reader --clean -q {force}"));
        assert!(output.status.success() && output.stderr.is_empty(), "{output:?}");
        String::from_utf8(output.stdout).expect("UTF-8")
    };
    // Only its channel leads to a file, and every member may remove it.
    let is_file = memory() == MemoryKind::File;
    for force in ["", "--force"] {
        let said = plain(force);
        let is_told = said.contains("left alone") && said.contains(&format!("pid {}", reader.pid()));
        assert!(if is_file { said.is_empty() } else { is_told }, "{said}");
    }
    reader.kill();
    run("writer", BOB).input("precious\n").finish().assert_well();
    for force in ["", "--force"] {
        let said = plain(force);
        assert!(if is_file { said.is_empty() } else { said.contains("1 message is waiting there") }, "{said}");
    }
    // What bob is told would remove it is alice's to run.
    let refused = run("reader", BOB).args("--clean lobby").finish();
    let (user, who) = match memory() {
        MemoryKind::File => (BOB, "; or remove it with: ".to_owned()),
        _ => (ALICE, format!("; or uid {ALICE} (shmchat-alice) can remove it with: ")),
    };
    let command = named(line(&refused, 1), &who);
    assert_eq!(run("reader", BOB).finish().stdout, b"precious\n");
    assert!(paste_for(user, &place, &command).status.success());
    assert_eq!(all().expect("a list"), []);
    assert!(!dir.join("lobby/ring").exists());
}

#[test]
fn who_omits_that_a_channel_is_a_groups_is_told_what_to_add() {
    let Some((place, dir)) = members() else { return };
    let run = |program, user| place.at(&dir)(program).arg("-q").as_user(user, SHARED, &place.programs());
    run("writer", ALICE).args(GROUP).input("hello\n").finish().assert_well();
    for user in [ALICE, BOB] {
        for args in ["", "--status lobby", "--clean lobby"] {
            let refused = run("reader", user).args(args).finish();
            assert_eq!(named(line(&refused, 1), "if it is a group's channel, add: "), GROUP, "{user}");
        }
    }
    assert_eq!(run("reader", BOB).args(GROUP).finish().stdout, b"hello\n");
    // Somebody who could not follow it gets no further than the folder.
    let outsider = place.at(&dir)("reader").as_user(54_003, 54_003, &place.programs()).finish();
    assert!(!outsider.stderr.contains("--group"), "{outsider:?}");
    run("reader", ALICE).args(GROUP).arg("--clean").finish();
}
