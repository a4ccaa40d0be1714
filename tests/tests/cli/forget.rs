//! `reader --forget`, what `--clean` does to folders, and what `--status` shows of channels that nobody uses.

use shmchat_tests::{Place, Run, noun};
use std::fs;

/// Standard output of a run that ended well.
#[track_caller]
fn said(run: Run) -> String {
    let ended = run.arg("-q").finish();
    ended.assert_well();
    String::from_utf8(ended.stdout).expect("UTF-8")
}

#[test]
fn a_channel_that_nobody_uses_is_forgotten_with_its_folder() {
    for how in ["--forget attic", "--clean attic", "--clean"] {
        let place = Place::new();
        place.writer().arg("attic").finish().assert_well();
        assert_eq!(said(place.reader().args(how)), "channel attic: removed the folder\n", "{how}");
        assert!(!place.dir().join("attic").exists());
    }
}

#[test]
fn an_unknown_channel_is_the_same_to_all_who_ask_for_it() {
    let place = Place::new();
    let asked = ["--status nowhere", "--clean nowhere", "--clean --force nowhere", "--forget nowhere"];
    let told = asked.map(|args| {
        let ended = place.reader().args(args).finish();
        assert_eq!(ended.code, Some(1), "{args}");
        ended.stderr
    });
    assert!(
        told[0].contains("there is no channel nowhere in ") && told.iter().all(|line| *line == told[0]),
        "{told:?}"
    );
}

#[test]
fn who_is_there_is_named_with_the_command_that_ends_it() {
    let place = Place::new();
    let writer = place.writer().args("--name alice -v").held_input().start();
    writer.wait_attached();
    let reader = place.reader().args("--name bob -v").start();
    reader.wait_attached();
    let (alice, bob) = (writer.pid(), reader.pid());
    for how in ["--forget lobby", "--forget --force lobby", "--clean lobby"] {
        let line = format!("; end them with: kill {alice} {bob}\n");
        let words =
            [&format!("writer alice (pid {alice}, since ") as &str, &format!(" and reader bob (pid {bob}"), &line];
        place.reader().args(how).finish().assert_one_line(4, &words);
    }
}

#[test]
fn what_waits_is_forgotten_by_force_only() {
    let place = Place::new();
    place.writer().input("precious\n").finish().assert_well();
    place.reader().args("--forget lobby").finish().assert_one_line(1, &["1 message is waiting", "--force"]);
    let text = said(place.reader().args("--forget --force lobby"));
    let removed = format!(": removed the {} with 1 message, 2 doorbells and the folder\n", noun());
    assert!(text.ends_with(&removed), "{text}");
    assert!(!place.folder().exists());
}

#[test]
fn a_folder_with_something_else_in_it_stays_which_only_forget_minds() {
    let place = Place::new();
    place.writer().finish().assert_well();
    fs::write(place.folder().join("notes.txt"), "mine").expect("a file");
    assert_eq!(said(place.reader().args("--clean lobby")), "channel lobby: nothing to remove\n");
    let folder = place.folder().display().to_string();
    place.reader().args("--forget lobby").finish().assert_one_line(1, &["lobby", &folder, "stays"]);
    assert!(place.folder().join("notes.txt").exists() && place.folder().join("key").exists());
}

#[test]
fn forgetting_needs_a_channel_and_force_needs_something_to_force() {
    let place = Place::new();
    place.reader().arg("--forget").finish().assert_one_line(2, &["CHANNEL"]);
    place.reader().args("--force").finish().assert_one_line(2, &["--clean", "--forget"]);
    place.reader().args("--forget --clean lobby").finish().assert_one_line(2, &["--clean"]);
    place.reader().args("--all").finish().assert_one_line(2, &["--status"]);
}

#[test]
fn status_lists_the_channels_in_use_and_all_of_them_if_asked() {
    let place = Place::new();
    let all = format!("reader --status --all --dir {}\n", place.dir().display());
    place.writer().arg("idle").finish().assert_well();
    assert_eq!(said(place.reader().arg("--status")), format!("1 channel is not in use; show it with: {all}"));
    place.writer().arg("idle-too").finish().assert_well();
    place.writer().arg("waits").input("hello\n").finish().assert_well();
    let shown = said(place.reader().arg("--status"));
    assert!(shown.starts_with("channel waits\n"), "{shown}");
    assert!(shown.ends_with(&format!("2 channels are not in use; show them with: {all}")), "{shown}");
    let listed = |args: &str| {
        said(place.reader().args("--status").args(args)).lines().filter(|line| line.contains("idle")).count()
    };
    assert_eq!([listed("--all"), listed("--json"), listed("--all --json"), listed("idle")], [2, 0, 2, 1]);
    assert_eq!(said(place.reader().args("--clean --force")).lines().count(), 3);
    assert!(said(place.reader().arg("--status")).starts_with("no channels in "));
}
