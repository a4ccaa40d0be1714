//! A hand in the channel's folder, under processes that sleep: each is told at once, or finds it mended.
//!
//! Nobody is started, rung or signalled before it is told: what wakes the sleeper is the hand alone.

use nix::sys::signal::Signal;
use shmchat::{Channel, MemoryKind, RecvTimeoutError, Role};
use shmchat_tests::{Ended, LIMIT, Place, Process, by_itself, checks, memory, needs_alone, output};
use std::ffi::OsString;
use std::fs::{self, DirBuilder, File};
use std::os::unix::fs::{DirBuilderExt, FileExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

/// What a hand does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Act {
    RemoveLock,
    ReplaceLock,
    EmptyKey,
    OverwriteKey,
    ReplaceKey,
    RemoveBell,
    MoveFolder,
    ReplaceFolder,
    RemoveFolder,
    MoveBase,
}

impl Act {
    const ALL: [Act; 10] = [
        Act::RemoveLock,
        Act::ReplaceLock,
        Act::EmptyKey,
        Act::OverwriteKey,
        Act::ReplaceKey,
        Act::RemoveBell,
        Act::MoveFolder,
        Act::ReplaceFolder,
        Act::RemoveFolder,
        Act::MoveBase,
    ];

    /// Does it to the one in this role.
    fn apply(self, home: &Home, role: &str) {
        let (folder, away) = (home.folder(), home.place.dir().join("away"));
        let (lock, key, bell) =
            (folder.join(format!("{role}.lock")), folder.join("key"), folder.join(format!("to-{role}")));
        match self {
            Act::RemoveLock => fs::remove_file(lock),
            Act::ReplaceLock => private(&folder.join("new")).and_then(|()| fs::rename(folder.join("new"), lock)),
            Act::EmptyKey => File::create(key).map(drop),
            // At once: one that is empty in between is mended in between.
            Act::OverwriteKey => File::options()
                .write(true)
                .open(key)
                .and_then(|key| key.write_all_at(b"0123456789abcdef0123456789abcdef\n", 0)),
            // Kept under another name, so that its inode is not given out again.
            Act::ReplaceKey => fs::rename(&key, away).and_then(|()| private(&key)),
            Act::RemoveBell => fs::remove_file(bell),
            Act::MoveFolder => fs::rename(folder, away),
            Act::ReplaceFolder => fs::rename(&folder, away).and_then(|()| DirBuilder::new().mode(0o700).create(folder)),
            Act::RemoveFolder => {
                // As a person does it: and it finds no file that was not there when it began.
                let removed = output(Command::new("rm").arg("-rf").arg(folder)).expect("rm");
                assert!(removed.status.success());
                Ok(())
            }
            Act::MoveBase => fs::rename(home.base(), away),
        }
        .unwrap_or_else(|error| panic!("{self:?}: {error}"));
    }

    /// What is said of it; none where it is mended instead.
    fn said(self) -> Option<&'static [&'static str]> {
        match self {
            Act::EmptyKey => None,
            Act::RemoveLock | Act::ReplaceLock => Some(&["lock file"]),
            Act::OverwriteKey | Act::ReplaceKey => Some(&["key file"]),
            Act::RemoveBell => Some(&["bell"]),
            Act::MoveFolder | Act::MoveBase => Some(&["moved or replaced", "away", "mv -T"]),
            Act::ReplaceFolder => Some(&["moved or replaced", "away"]),
            // Whichever of its files went first.
            Act::RemoveFolder => Some(&["removed"]),
        }
    }
}

/// An empty file with the rights that a start asks for.
fn private(path: &Path) -> std::io::Result<()> {
    File::options().write(true).create_new(true).mode(0o600).open(path).map(drop)
}

/// A folder of channel folders that can be moved.
struct Home {
    place: Place,
}

impl Home {
    fn new() -> Self {
        let place = Place::new();
        fs::create_dir(place.dir().join("base")).expect("a folder");
        Home { place }
    }

    fn base(&self) -> PathBuf {
        self.place.dir().join("base")
    }

    fn folder(&self) -> PathBuf {
        self.base().join("lobby")
    }

    fn start(&self, program: &'static str) -> Process {
        let run = self.place.at(&self.base())(program);
        if program == "writer" { run.held_input().start() } else { run.start() }
    }

    /// Waits until the key file has been mended.
    fn wait_for_key(&self) {
        let limit = Instant::now() + LIMIT;
        while fs::metadata(self.folder().join("key")).expect("the key file").len() != 33 {
            assert!(Instant::now() < limit, "the key file stays empty");
            std::thread::yield_now();
        }
    }

    /// Whoever comes now finds the other.
    fn assert_works(&self) {
        let reader = self.start("reader");
        let mut writer = self.start("writer");
        writer.send("afresh\n");
        writer.end_input();
        writer.wait().assert_well();
        assert_eq!(reader.wait().assert_well().stdout, b"afresh\n");
    }
}

/// It was told, or the file was mended and it lives on.
#[track_caller]
fn assert_told(home: &Home, act: Act, process: Process) -> Option<Process> {
    let Some(words) = act.said() else {
        home.wait_for_key();
        return Some(process);
    };
    assert_says(act, &process.wait(), words);
    None
}

#[track_caller]
fn assert_says(act: Act, ended: &Ended, words: &[&str]) {
    // A mapped file lies in the folder, and may be the first of its files that went.
    let memory_first = act == Act::RemoveFolder && memory() == MemoryKind::File && ended.code == Some(1);
    let code = if memory_first { 1 } else { 5 };
    ended.assert_one_line(code, words).assert_one_line(code, &["lobby", "while in use"]);
}

#[test]
fn one_who_waits_alone_is_told_or_finds_it_mended_and_whoever_starts_next_meets_somebody() {
    for act in Act::ALL {
        for (first, next) in [("reader", "writer"), ("writer", "reader")] {
            let home = Home::new();
            let waits = home.start(first);
            waits.wait_asleep();
            act.apply(&home, first);
            let Some(mut waits) = assert_told(&home, act, waits) else {
                home.assert_works();
                continue;
            };
            let mut comes = home.start(next);
            let (writer, reader) = if first == "writer" { (&mut waits, &mut comes) } else { (&mut comes, &mut waits) };
            writer.send("hello\n");
            writer.end_input();
            assert_eq!(writer.wait().code, Some(0), "{act:?}");
            let reader = reader.wait();
            assert_eq!((reader.code, &reader.stdout[..]), (Some(0), &b"hello\n"[..]), "{act:?}: {}", reader.stderr);
        }
    }
}

#[test]
fn a_pair_that_sleeps_is_told_both_or_goes_on() {
    // Other tests' memory comes and goes beside one's own.
    let counted = needs_alone();
    for act in Act::ALL {
        let home = Home::new();
        let before = memory_count();
        let reader = home.start("reader");
        let mut writer = home.start("writer");
        writer.send("before\n");
        reader.stdout.wait_for("before\n");
        reader.wait_asleep();
        writer.wait_asleep();
        act.apply(&home, "reader");
        let reader = match act {
            Act::EmptyKey => assert_told(&home, act, reader).expect("it goes on"),
            // What is the reader's alone is no matter of the writer's.
            Act::RemoveLock | Act::ReplaceLock | Act::RemoveBell => {
                assert!(assert_told(&home, act, reader).is_none(), "{act:?}");
                home.start("reader")
            }
            _ => {
                let words = act.said().expect("something is said");
                let told = [reader.wait(), writer.wait()].map(|ended| match ended.code {
                    // The other one was faster to see it, and quit.
                    Some(0) => false,
                    _ => {
                        assert_says(act, &ended, words);
                        true
                    }
                });
                assert_ne!(told, [false; 2], "{act:?}");
                home.assert_works();
                continue;
            }
        };
        writer.send("after\n");
        reader.stdout.wait_for("after\n");
        writer.end_input();
        assert_eq!((writer.wait().code, reader.wait().code), (Some(0), Some(0)), "{act:?}");
        assert!(!counted || memory_count() == before, "{act:?}: something is left");
    }
}

fn memory_count() -> usize {
    shmchat::internals::memory::all().expect("a list").len()
}

#[test]
fn a_key_file_that_is_removed_and_made_anew_is_told_of_or_mended_if_it_has_the_same_inode_again() {
    let place = Place::new();
    let reader = place.reader().start();
    reader.wait_asleep();
    let key = place.folder().join("key");
    fs::remove_file(&key).and_then(|()| private(&key)).expect("another");
    let limit = Instant::now() + LIMIT;
    loop {
        let writer = place.writer().arg("-q").input("hello\n").finish();
        // There is one mapped file, which the reader has until it has noticed.
        let is_too_early =
            memory() == MemoryKind::File && writer.stderr.contains("is in use by a process with another key");
        if !is_too_early || Instant::now() > limit {
            writer.assert_well();
            break;
        }
    }
    let mut reader = reader.wait();
    if reader.code == Some(5) {
        assert!(reader.stderr.contains("key file"), "{}", reader.stderr);
        reader = place.reader().finish();
    }
    assert_eq!((reader.code, &reader.stdout[..]), (Some(0), &b"hello\n"[..]), "{}", reader.stderr);
    place.assert_nothing_left();
}

#[test]
fn a_folder_moved_away_is_noticed_and_the_command_that_is_told_moves_it_back() {
    checks::a_moved_folder_is_noticed(None);
}

#[test]
fn on_the_screen_it_is_said_and_the_terminal_is_restored() {
    let place = Place::new();
    let (mut writer, mut reader) = place.screens();
    writer.press("hello\r");
    reader.wait_for("alice  hello");
    fs::rename(place.folder(), place.dir().join("away")).expect("moving");
    for screen in [&mut reader, &mut writer] {
        assert_eq!(screen.wait(), Some(5));
        screen.assert_restored();
        let contents = screen.contents();
        assert!(contents.contains("alice  hello") && contents.contains("was moved or replaced"), "{contents}");
    }
}

#[test]
fn a_role_whose_lock_file_was_removed_under_a_stopped_holder_is_not_given_out_twice() {
    let place = Place::new();
    let reader = place.reader().start();
    reader.wait_asleep();
    reader.signal(Signal::SIGSTOP);
    fs::remove_file(place.folder().join("reader.lock")).expect("removing");
    let pid = format!("pid {}", reader.pid());
    place.reader().finish().assert_one_line(4, &["a reader is already running", &pid]);
    reader.signal(Signal::SIGCONT);
    reader.wait().assert_one_line(5, &["lock file", "while in use"]);
    let reader = place.reader().start();
    place.writer().input("hello\n").finish().assert_well();
    assert_eq!(reader.wait().assert_well().stdout, b"hello\n");
    place.assert_nothing_left();
}

#[test]
fn a_peer_whose_lock_file_was_made_anew_before_it_came_is_not_taken_for_gone() {
    let place = Place::new();
    let mut writer = place.writer().args("-v").held_input().start();
    writer.wait_asleep();
    fs::remove_file(place.folder().join("reader.lock")).expect("removing");
    let reader = place.reader().args("--stay").start();
    writer.stderr.wait_for("is here (pid");
    writer.end_input();
    assert_eq!(writer.wait().code, Some(0));
    // The segment it is in stands, and the next writer comes to it.
    place.writer().input("hello\n").finish().assert_well();
    reader.stdout.wait_for("hello\n");
}

#[test]
fn one_that_has_a_successor_since_its_lock_file_and_bell_were_removed_leaves_that_ones_things_alone() {
    let place = Place::new();
    let old = place.reader().start();
    old.wait_asleep();
    old.signal(Signal::SIGSTOP);
    for name in ["reader.lock", "to-reader"] {
        fs::remove_file(place.folder().join(name)).expect("removing");
    }
    let new = place.reader().start();
    new.wait_asleep();
    old.signal(Signal::SIGCONT);
    old.wait().assert_one_line(5, &["lock file", "while in use"]);
    place.writer().input("hello\n").finish().assert_well();
    assert_eq!(new.wait().assert_well().stdout, b"hello\n");
    place.assert_nothing_left();
}

#[test]
fn who_leaves_a_folder_that_is_being_removed_puts_nothing_in_its_way() {
    let place = Place::new();
    let reader = place.reader().start();
    reader.wait_asleep();
    for name in ["lock", "to-reader"] {
        fs::remove_file(place.folder().join(name)).expect("removing");
    }
    reader.wait().assert_one_line(5, &["bell", "while in use"]);
    assert!(!place.folder().join("lock").exists(), "a folder with a new file in it is not empty");
    assert_eq!(place.segments(), [], "nobody would find it to remove it");
}

#[test]
fn where_the_system_has_no_watch_to_spare_all_goes_on_without_and_only_debugging_tells() {
    if output(Command::new("strace").arg("-V")).is_err() {
        println!("strace is not installed: make strace");
        return;
    }
    for fails in ["inotify_init1:error=EMFILE", "inotify_add_watch:error=ENOSPC", "epoll_ctl:error=ENOSPC:when=2"] {
        let place = Place::new();
        let inject = ["strace", "-f", "-qq", "-o", "/dev/null", "-e"].map(OsString::from);
        let under = inject.into_iter().chain([format!("inject={fails}").into()]);
        let reader = place.reader().args("--log-level debug").under(under).start();
        reader.stderr.wait_for("is not watched: ");
        place.writer().input("hello\n").finish().assert_well();
        let reader = reader.wait();
        assert_eq!((reader.code, &reader.stdout[..]), (Some(0), &b"hello\n"[..]), "{fails}: {}", reader.stderr);
        place.assert_nothing_left();
    }
}

#[test]
fn a_directory_with_a_relative_path_is_not_missed_after_a_change_of_directory() {
    by_itself(|| {
        let place = Place::new();
        std::env::set_current_dir(place.dir()).expect("a directory");
        let relative = Channel::named("lobby".parse().expect("a name")).dir(".").memory(shmchat_tests::memory());
        let mut writer = relative.attach(Role::Writer).expect("attach");
        std::env::set_current_dir("/").expect("a directory");
        let told = writer.recv_timeout(Duration::ZERO).map(|message| message.bytes.len());
        assert!(matches!(told, Err(RecvTimeoutError::Timeout)), "{told:?}");
        assert!(writer.quit().expect("quit").removed);
    });
}
