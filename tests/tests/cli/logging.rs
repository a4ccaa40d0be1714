//! The log: levels, places, rights and rotation, by real processes.

use shmchat_tests::{Place, Run};
use std::collections::BTreeSet;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

/// Bytes above which a file in a folder is rotated: `ROTATE_AT` of `logging::file`.
const ROTATE_AT: usize = 1 << 20;

const FILES: [&str; 4] = ["debug.log", "fatal.log", "info.log", "warning.log"];

fn mode(path: &Path) -> u32 {
    path.metadata().unwrap_or_else(|error| panic!("{}: {error}", path.display())).permissions().mode() & 0o7777
}

fn names(folder: &Path) -> BTreeSet<String> {
    let entries = fs::read_dir(folder).expect("the folder").flatten();
    entries.map(|entry| entry.file_name().into_string().expect("UTF-8")).collect()
}

/// `--log-to` a folder of this name beside the channels; it need not be there.
fn log_folder(place: &Place, name: &str) -> (PathBuf, impl Fn(Run) -> Run + use<>) {
    let folder = place.dir().join(name);
    let argument = format!("{}/", folder.display());
    (folder, move |run: Run| run.arg("--log-to").arg(argument.clone()))
}

/// Asserts that a line is `[level] 2026-11-21 09:41:00.123 message`.
#[track_caller]
fn assert_line(line: &str, level: &str) {
    let rest = line.strip_prefix(&format!("[{level}] ")).unwrap_or_else(|| panic!("no line of {level}: {line}"));
    let form: String = rest.chars().take(24).map(|one| if one.is_ascii_digit() { '0' } else { one }).collect();
    assert_eq!(form, "0000-00-00 00:00:00.000 ", "{line}");
    assert!(rest.len() > 24, "no message: {line}");
}

#[test]
fn a_folder_has_a_file_for_each_level_and_each_its_own_lines_alone() {
    let place = Place::new();
    let (folder, logged) = log_folder(&place, "deep/logs");
    // The umask has no say in it.
    for umask in ["umask 000", "umask 077"] {
        logged(place.writer()).args("-vv").input("hello\n").after(umask).finish().assert_well();
    }
    let ended = logged(place.reader()).args("-vv --timeout 0 nobody").finish();
    ended.assert_one_line(3, &["timed out: no message arrived"]);
    assert_eq!(names(&folder), FILES.map(str::to_owned).into());
    assert_eq!(mode(&folder), 0o700);
    for name in FILES {
        assert_eq!(mode(&folder.join(name)), 0o600, "{name}");
        let text = fs::read_to_string(folder.join(name)).expect("the file");
        text.lines().for_each(|line| assert_line(line, name.trim_end_matches(".log")));
    }
    let read = |name: &str| fs::read_to_string(folder.join(name)).expect("the file");
    // Appended to by each, and not begun anew.
    assert_eq!(read("info.log").matches("attached as writer").count(), 2);
    assert_eq!(read("info.log").matches("attached as reader").count(), 1);
    assert!(
        read("fatal.log").contains("timed out: no message arrived"),
        "what ended it is logged too: {}",
        read("fatal.log")
    );
    assert!(!read("debug.log").is_empty());
}

#[test]
fn the_level_is_what_log_level_says_else_quiet_or_verbose_else_warning() {
    let up_to = |least: &str| -> BTreeSet<String> {
        let order = ["fatal.log", "warning.log", "info.log", "debug.log"];
        let end = order.iter().position(|name| name.starts_with(least)).expect("a level");
        order[..=end].iter().map(|&name| name.to_owned()).collect()
    };
    let cases = [
        ("", "warning"),
        ("-q", "fatal"),
        ("-v", "info"),
        ("-vv", "debug"),
        ("-vvv", "debug"),
        ("-v -v", "debug"),
        ("--log-level fatal", "fatal"),
        ("--log-level warning", "warning"),
        ("--log-level info", "info"),
        ("--log-level debug", "debug"),
        ("-q --log-level debug", "debug"),
        ("-vv --log-level fatal", "fatal"),
        ("-v --log-level warning", "warning"),
    ];
    for program in ["writer", "reader"] {
        let place = Place::new();
        for (number, (flags, least)) in cases.into_iter().enumerate() {
            let (folder, logged) = log_folder(&place, &format!("logs-{number}"));
            logged(place.at(place.dir())(program)).args(flags).args("--timeout 0").finish();
            // A file is there for each level that is logged.
            assert_eq!(names(&folder), up_to(least), "{program} {flags}");
        }
        place.at(place.dir())(program).args("-q -v").finish().assert_one_line(2, &["--quiet", "--verbose"]);
        let ended = place.at(place.dir())(program).args("--log-level loud").finish();
        ended.assert_one_line(2, &["loud", "debug", "info", "warning", "fatal"]);
    }
}

#[test]
fn on_the_screen_the_same_lines_go_to_standard_error_and_nothing_to_standard_output() {
    let place = Place::new();
    let ended = place.writer().args("-v --log-to screen").input("hello\n").finish();
    assert_eq!((ended.code, ended.stdout.as_slice()), (Some(0), b"".as_slice()));
    assert!(ended.stderr.contains("attached as writer"), "{}", ended.stderr);
    ended.stderr.lines().for_each(|line| assert_line(line, "info"));
    let reader = place.reader().args("-v").finish();
    assert_eq!(reader.stdout, b"hello\n");
    reader.stderr.lines().for_each(|line| assert_line(line, "info"));
}

#[test]
fn one_file_is_appended_to_however_large_and_is_its_owners_alone() {
    let place = Place::new();
    let file = place.dir().join("log");
    place.writer().args("-v --log-to").arg(&file).after("umask 000").finish().assert_well();
    assert_eq!(mode(&file), 0o600);
    fs::write(&file, "x".repeat(ROTATE_AT) + "\n").expect("writing");
    place.writer().args("-v --log-to").arg(&file).finish().assert_well();
    let text = fs::read_to_string(&file).expect("the log");
    let (before, after) = text.split_at(ROTATE_AT + 1);
    assert_eq!(before, "x".repeat(ROTATE_AT) + "\n");
    assert!(after.contains("attached as writer"), "{after}");
    assert_eq!(names(place.dir()), ["lobby", "log"].map(str::to_owned).into());
}

#[test]
fn a_folder_that_is_there_needs_no_slash_and_keeps_its_rights() {
    let place = Place::new();
    let folder = place.dir().join("logs");
    fs::create_dir(&folder).expect("a folder");
    fs::set_permissions(&folder, fs::Permissions::from_mode(0o750)).expect("chmod");
    place.writer().args("-v --log-to").arg(&folder).finish().assert_well();
    assert_eq!(names(&folder), ["fatal.log", "info.log", "warning.log"].map(str::to_owned).into());
    assert_eq!(mode(&folder), 0o750);
}

#[test]
fn a_full_file_in_a_folder_becomes_number_one_and_all_stay_their_owners_alone() {
    let place = Place::new();
    let (folder, logged) = log_folder(&place, "logs");
    logged(place.writer()).args("-v").finish().assert_well();
    let full = "f".repeat(ROTATE_AT) + "\n";
    for round in 0..7 {
        fs::write(folder.join("info.log"), format!("{round}{full}")).expect("writing");
        logged(place.writer()).args("-v").finish().assert_well();
    }
    let numbered = (1..=5).map(|number| format!("info.log.{number}"));
    let wanted = ["fatal.log", "info.log", "warning.log"].map(str::to_owned).into_iter().chain(numbered);
    assert_eq!(names(&folder), wanted.collect());
    for name in names(&folder) {
        assert_eq!(mode(&folder.join(&name)), 0o600, "{name}");
    }
    for number in 1..=5 {
        let text = fs::read_to_string(folder.join(format!("info.log.{number}"))).expect("a rotated file");
        assert!(text.starts_with(&format!("{}{full}", 7 - number)), "info.log.{number}");
    }
    assert!(fs::read_to_string(folder.join("info.log")).expect("the log").contains("attached as writer"));
}

#[test]
fn of_many_processes_in_one_folder_none_tears_a_line_or_rotates_one_away() {
    let place = Place::new();
    let (folder, logged) = log_folder(&place, "logs");
    fs::create_dir(&folder).expect("a folder");
    // So near to its end that the first lines fill it.
    let old = "[info] 2026-01-01 00:00:00.000 old\n".repeat(ROTATE_AT / 35);
    fs::write(folder.join("info.log"), &old).expect("writing");
    let channels: Vec<_> = (0..8).map(|number| format!("channel-{number}")).collect();
    let readers = channels.iter().map(|name| logged(place.reader()).args("-v").arg(name).start()).collect::<Vec<_>>();
    let writers = channels
        .iter()
        .map(|name| logged(place.writer()).args("-v").arg(name).input("x\n").start())
        .collect::<Vec<_>>();
    for process in writers.into_iter().chain(readers) {
        process.wait().assert_well();
    }
    assert_eq!(
        names(&folder),
        ["fatal.log", "info.log", "info.log.1", "warning.log"].map(str::to_owned).into(),
        "rotated once"
    );
    let text = ["info.log.1", "info.log"].map(|name| fs::read_to_string(folder.join(name)).expect("a log")).concat();
    let new = text.strip_prefix(&old).expect("what was there stays");
    new.lines().for_each(|line| assert_line(line, "info"));
    for name in &channels {
        for role in ["writer", "reader"] {
            let attached = |line: &&str| {
                line.contains(&format!("channel {name} ")) && line.contains(&format!("attached as {role}"))
            };
            assert_eq!(new.lines().filter(attached).count(), 1, "{role} of {name}");
        }
    }
}

#[test]
fn while_the_chat_is_drawn_nothing_is_logged_onto_it() {
    let place = Place::new();
    let (folder, logged) = log_folder(&place, "logs");
    let mut reader = logged(place.reader()).args("-vv --name bob").in_terminal();
    reader.wait_for("waiting for a writer");
    let mut writer = place.writer().args("-vv --name alice").in_terminal();
    writer.wait_for("bob ● here");
    reader.wait_for("alice ● here");
    writer.press("hello\rx\r");
    assert_eq!((writer.wait(), reader.wait()), (Some(0), Some(0)));
    for terminal in [&mut writer, &mut reader] {
        let raw = terminal.raw();
        for level in ["[info]", "[debug]", "[warning]", "[fatal]"] {
            let found = raw.windows(level.len()).any(|bytes| bytes == level.as_bytes());
            assert!(!found, "{level} on the terminal: {}", String::from_utf8_lossy(&raw));
        }
    }
    assert!(fs::read_to_string(folder.join("info.log")).expect("the log").contains("attached as reader"));
}

#[test]
fn a_place_that_cannot_be_logged_to_is_one_line_and_nothing_is_begun() {
    let place = Place::new();
    let file = place.dir().join("file");
    fs::write(&file, "mine").expect("writing");
    for target in ["/proc/logs/".to_owned(), format!("{}/", file.display()), format!("{}/in/it", file.display())] {
        for run in [place.writer(), place.reader()] {
            let ended = run.arg("--log-to").arg(&target).finish();
            ended.assert_one_line(1, &["cannot log to", target.trim_end_matches('/'), "--log-to"]);
        }
    }
    assert_eq!(names(place.dir()), ["file".to_owned()].into());
    assert_eq!(fs::read(&file).expect("the file"), b"mine");
}
