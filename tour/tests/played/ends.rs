//! Whichever way the tour ends, nothing is left: no segment, no FIFO, no file, no process.

use crate::playing::{COLUMNS, Playing, ROWS};
use nix::sys::signal::Signal;
use shmchat::inspect::{Key, SegmentId};
use shmchat::internals::key::ftok;
use shmchat::internals::layout::word;
use shmchat::internals::memory::{Location, Segment, sysv};
use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::PathBuf;
use std::sync::atomic::Ordering::SeqCst;

/// A chapter on the stage: two processes, a segment, a FIFO.
fn on_stage(chapter: usize, keys: &str, seen: &[&str]) -> Playing {
    set(Playing::chapter(chapter), keys, seen)
}

fn set(mut playing: Playing, keys: &str, seen: &[&str]) -> Playing {
    playing.sees(&["Press Enter to begin."]);
    playing.press("\r");
    playing.sees(&["w r step"]);
    playing.press(keys);
    playing.sees(seen);
    assert_eq!(playing.segments().len(), 1);
    assert_eq!(playing.children().len(), 3, "a broom and two sides");
    playing
}

/// The tour's own folder.
fn its_folder(playing: &Playing) -> PathBuf {
    fs::read_dir(playing.folder()).expect("a folder").next().expect("an entry").expect("an entry").path()
}

/// The original pair meets at its FIFO, and has two key files; the library's reader sleeps, and a record is half sent; a segment
/// is half made; a message is scribbled over.
const SCENES: [(usize, &str, &[&str]); 6] = [
    (1, "WR", &["waits in read()"]),
    (1, "W", &["waits in open()"]),
    (2, "W", &["waits in open()"]),
    (5, "rrrrw", &["waits in sleep()", "▶ tail = tail"]),
    (7, "wwwwwwww", &["▶   write its header: the id,"]),
    (8, "Wc", &["ff ff ff 3f"]),
];

#[test]
fn a_killed_tour_leaves_nothing() {
    for (chapter, keys, seen) in SCENES {
        for start in [Playing::chapter, Playing::chapter_in_a_shell] {
            let mut playing = set(start(chapter), keys, seen);
            playing.signal(Signal::SIGKILL);
            playing.leaves_nothing();
        }
    }
}

#[test]
fn a_killed_tour_leaves_no_segment_whose_header_was_written_over() {
    let mut playing = on_stage(3, "W", &["tail: 24"]);
    let row = playing.segments().remove(0);
    let mut words = row.split_whitespace();
    let mut number = || words.next().expect("a number").parse().expect("a number");
    let at = Location::SysV { key: Key(number()), shmid: SegmentId(number()) };
    let segment = Segment::attach(&at).expect("attaching");
    // No start takes it for the channel's then.
    for index in [word::MAGIC, word::ID] {
        segment.as_ref()[index].store(u64::MAX, SeqCst);
    }
    drop(segment);
    playing.signal(Signal::SIGKILL);
    playing.leaves_nothing();
}

#[test]
fn a_tour_that_is_asked_to_end_leaves_nothing_and_gives_the_terminal_back() {
    for (chapter, keys, seen) in SCENES {
        for signal in [Signal::SIGTERM, Signal::SIGINT, Signal::SIGHUP] {
            let mut playing = on_stage(chapter, keys, seen);
            playing.signal(signal);
            assert_eq!(playing.wait(), Some(0), "{signal}");
            assert!(playing.is_restored(), "{signal}");
            playing.leaves_nothing();
        }
    }
}

#[test]
fn ctrl_c_ends_it() {
    let mut playing = on_stage(1, "WR", &["waits in read()"]);
    playing.press("\x03");
    assert_eq!(playing.wait(), Some(0));
    assert!(playing.is_restored());
    playing.leaves_nothing();
}

#[test]
fn a_lost_terminal_ends_it() {
    let mut playing = on_stage(5, "rrrrw", &["waits in sleep()"]);
    playing.lose_the_terminal();
    // By SIGHUP, or by the terminal's error; and no panic because nobody hears of that.
    let code = playing.wait();
    assert!(matches!(code, Some(0 | 1)), "{code:?}");
    playing.leaves_nothing();
}

#[test]
fn a_chapter_that_is_left_or_begun_again_leaves_nothing_to_the_next() {
    let mut playing = on_stage(1, "WR", &["waits in read()"]);
    let before = playing.segments();
    playing.press("u");
    playing.sees(&["no segment", "▶ key = ftok"]);
    assert_eq!(playing.segments(), [""; 0], "{before:?}");
    playing.press("WR");
    playing.sees(&["waits in read()"]);
    playing.press("n");
    playing.sees(&["2 of 9"]);
    assert_eq!(playing.segments(), [""; 0]);
    playing.press("p");
    playing.sees(&["1 of 9"]);
    playing.press("q");
    playing.leaves_nothing();
}

#[test]
fn a_segment_of_another_program_at_the_same_key_is_left_alone() {
    let mut playing = Playing::chapter(1);
    playing.sees(&["Press Enter to begin."]);
    playing.press("\r");
    playing.sees(&["▶ key = ftok"]);
    let file = its_folder(&playing).join("original/key1").metadata().expect("the key file");
    let theirs = sysv::create(ftok(file.dev(), file.ino(), 84), 4096, 0o600).expect("a segment");
    playing.press("W");
    playing.sees(&["exists already"]);
    playing.press("u");
    playing.sees(&["▶ key = ftok"]);
    let after_another_goal = sysv::stat(theirs);
    playing.press("q");
    playing.leaves_nothing();
    let after_its_end = sysv::stat(theirs);
    sysv::remove(theirs).expect("it is there");
    assert!(after_another_goal.is_ok() && after_its_end.is_ok());
}

#[test]
fn a_start_or_a_measurement_that_fails_is_said_and_the_tour_goes_on() {
    let mut playing = on_stage(1, "WR", &["waits in read()"]);
    fs::remove_dir_all(its_folder(&playing).join("original")).expect("where the sides start");
    playing.press("kws");
    playing.sees(&["This cannot be shown here: starting"]);
    playing.press("\r");
    playing.sees(&["▶ key = ftok"]);
    playing.press("q");
    assert_eq!(playing.wait(), Some(0));
    playing.leaves_nothing();

    let mut playing = Playing::chapter(9);
    playing.sees(&["Press Enter to begin."]);
    let its_own = its_folder(&playing);
    playing.press("\r");
    playing.sees(&["Which of these costs most?"]);
    fs::remove_dir(&its_own).and_then(|()| fs::write(&its_own, "")).expect("another program's file");
    playing.press("3");
    playing.sees(&["This cannot be shown here: "]);
    playing.press("q");
    assert_eq!(playing.wait(), Some(0));
    fs::remove_file(&its_own).expect("the file");
    playing.leaves_nothing_of(&["the tour", "its broom"]);
}

#[test]
fn it_is_drawn_anew_for_each_size() {
    let mut playing = on_stage(1, "WR", &["waits in read()"]);
    playing.resize(120, 40);
    playing.sees(&["▶ read a byte", &"─".repeat(120)]);
    playing.resize(60, 20);
    // In these words the keys stand on a narrow window only.
    playing.sees(&["k kill  s start  ? help  q quit", "WRITER", "FIFO myfifo"]);
    playing.resize(10, 3);
    playing.sees(&["Please"]);
    playing.resize(COLUMNS, ROWS);
    playing.sees(&["goal 1 of 4", "w r step"]);
    playing.press("?");
    playing.sees(&["kill it with SIGKILL"]);
    playing.press("q");
    playing.sees(&["goal 1 of 4"]);
    playing.press("q");
    playing.leaves_nothing();
}

#[test]
fn without_a_terminal_it_says_so() {
    let output = std::process::Command::new(env!("CARGO_BIN_EXE_shmchat-tour")).output().expect("the tour");
    assert_eq!(output.status.code(), Some(1));
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(said.contains("shmchat-tour original --help") && said.lines().count() == 1, "{said}");
}
