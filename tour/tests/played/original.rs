//! The original pair talks with programs in C++ that know nothing of this repository, both ways.
//!
//! The C++ below is that protocol written down a second time. It is built where there is a `g++`; where there is none, the
//! tests say so and only our own two ends talk.

use crate::playing::Playing;
use shmchat::internals::key::ftok;
use shmchat::internals::memory::sysv;
use std::fs;
use std::io::{BufRead, BufReader, Lines, Write};
use std::os::unix::fs::{FileTypeExt, MetadataExt};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Output, Stdio};
use std::thread;
use std::time::{Duration, Instant};

/// How long anything may take before it counts as a hang.
const LIMIT: Duration = Duration::from_secs(60);

/// Both ends: `pair writer|reader PATH ID FIFO SIZE`.
const PAIR: &str = r#"
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fcntl.h>
#include <iostream>
#include <string>
#include <sys/ipc.h>
#include <sys/shm.h>
#include <sys/stat.h>
#include <unistd.h>

static void die(const char *what) { std::perror(what); std::exit(1); }

int main(int, char **argv) {
    bool writes = std::string(argv[1]) == "writer";
    key_t key = ftok(argv[2], std::atoi(argv[3]));
    if (key == -1) die("ftok");
    int flags = 0666 | IPC_CREAT | (writes ? IPC_EXCL : 0);
    int id = shmget(key, std::atoi(argv[5]), flags);
    if (id == -1) die("shmget");
    char *slot = static_cast<char *>(shmat(id, nullptr, 0));
    if (slot == reinterpret_cast<char *>(-1)) die("shmat");
    if (writes && mkfifo(argv[4], 0666) == -1) die("mkfifo");
    int fifo = open(argv[4], writes ? O_WRONLY : O_RDONLY);
    if (fifo == -1) die("open");
    if (writes) {
        std::string line;
        char byte = 'a';
        while (byte != 'x' && std::getline(std::cin, line)) {
            std::strncpy(slot, line.c_str(), 1024);
            // Any byte but x counts as a message.
            byte = line == "x" ? 'x' : 'm';
            if (write(fifo, &byte, 1) != 1) die("write");
        }
        unlink(argv[4]);
        shmctl(id, IPC_RMID, nullptr);
    } else {
        char byte, copy[1024];
        while (read(fifo, &byte, 1) == 1 && byte != 'x') {
            std::memcpy(copy, slot, 1024);
            std::cout << copy << std::endl;
        }
    }
    shmdt(slot);
    close(fifo);
}
"#;

/// A folder with a key file, and the C++ pair if it could be built.
struct Place {
    folder: tempfile::TempDir,
    pair: Option<PathBuf>,
}

/// Whose end it is.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Whose {
    Ours,
    Theirs,
}

/// Both ends at work.
struct Pair {
    writer: Child,
    reader: Child,
    /// What the reader shows.
    shown: Lines<BufReader<ChildStdout>>,
    /// What the writer sends.
    keyboard: ChildStdin,
}

impl Place {
    fn new() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        fs::write(folder.path().join("key"), "").expect("a key file");
        let source = folder.path().join("pair.cpp");
        fs::write(&source, PAIR).expect("a source");
        let pair = folder.path().join("pair");
        let built = Command::new("g++").arg("-o").arg(&pair).arg(&source).status();
        let pair = match built {
            Ok(status) => {
                assert!(status.success(), "the C++ pair does not compile");
                Some(pair)
            }
            Err(error) => {
                eprintln!("SKIPPED against C++: g++: {error}");
                None
            }
        };
        Place { folder, pair }
    }

    fn fifo(&self) -> PathBuf {
        self.folder.path().join("myfifo")
    }

    /// Starts an end.
    fn start(&self, whose: Whose, end: &str) -> Child {
        let mut command = match whose {
            Whose::Ours => {
                let mut command = Command::new(env!("CARGO_BIN_EXE_shmchat-tour"));
                command.args([
                    "original",
                    end,
                    "--path",
                    "key",
                    "--project-id",
                    "65",
                    "--fifo",
                    "./myfifo",
                    "--size",
                    "4096",
                ]);
                command
            }
            Whose::Theirs => {
                let mut command = Command::new(self.pair.as_ref().expect("a C++ pair"));
                command.args([end, "key", "65", "./myfifo", "4096"]);
                command
            }
        };
        command.current_dir(self.folder.path()).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command.spawn().unwrap_or_else(|error| panic!("{whose:?} {end}: {error}"))
    }

    /// Our two ends, the writer first; a line has gone from one to the other.
    fn meet(&self) -> Pair {
        let mut writer = self.start(Whose::Ours, "writer");
        self.wait_for_fifo();
        let mut reader = self.start(Whose::Ours, "reader");
        let mut shown = BufReader::new(reader.stdout.take().expect("its output")).lines();
        let mut keyboard = writer.stdin.take().expect("its input");
        keyboard.write_all(b"one\n").expect("typing");
        assert_eq!(shown.next().expect("a line").expect("UTF-8"), "one");
        Pair { writer, reader, shown, keyboard }
    }

    /// Waits until the writer has made the FIFO.
    fn wait_for_fifo(&self) {
        let deadline = Instant::now() + LIMIT;
        while !fs::metadata(self.fifo()).is_ok_and(|found| found.file_type().is_fifo()) {
            assert!(Instant::now() < deadline, "no FIFO");
            thread::yield_now();
        }
    }

    /// Whether anybody has a segment at the key: by asking as the listener would not.
    fn has_segment(&self) -> bool {
        let output = self.end_of(self.start(Whose::Ours, "writer"), "x\n");
        String::from_utf8_lossy(&output.stderr).contains("exists already")
    }

    /// Gives an end its input, and waits for its end. A writer without a reader would wait for one.
    fn end_of(&self, mut child: Child, input: &str) -> Output {
        let mut stdin = child.stdin.take().expect("its input");
        stdin.write_all(input.as_bytes()).expect("writing to it");
        drop(stdin);
        // So that a writer that has made all anew ends: whoever opens its FIFO and closes it is a listener that has gone.
        let deadline = Instant::now() + LIMIT;
        loop {
            if let Ok(Some(_)) = child.try_wait() {
                return child.wait_with_output().expect("its end");
            }
            if Instant::now() > deadline {
                let killed = child.kill().and_then(|()| child.wait_with_output());
                panic!("it does not end: {killed:?}");
            }
            drop(fs::OpenOptions::new().read(true).write(true).open(self.fifo()));
            thread::yield_now();
        }
    }

    /// Every line arrives, if the reader has shown each before the next is sent.
    fn talk(&self, writers: Whose, readers: Whose) {
        let long = "long ".repeat(200);
        let long = &long[..1000];
        let lines = ["hello", "", "two words", "日本語", long];
        let mut writer = self.start(writers, "writer");
        self.wait_for_fifo();
        let mut reader = self.start(readers, "reader");
        let mut shown = BufReader::new(reader.stdout.take().expect("its output")).lines();
        let mut keyboard = writer.stdin.take().expect("its input");
        for line in lines {
            keyboard.write_all(format!("{line}\n").as_bytes()).expect("typing");
            let text = shown.next().expect("a line").expect("UTF-8");
            assert_eq!(text, line, "{writers:?} to {readers:?}");
        }
        keyboard.write_all(b"x\n").expect("typing");
        assert!(writer.wait().expect("its end").success(), "{writers:?} writer");
        assert!(reader.wait().expect("its end").success(), "{readers:?} reader");
        assert!(shown.next().is_none(), "an x is no message");
        assert!(!self.fifo().exists(), "the writer unlinks it");
        assert!(!self.has_segment(), "the writer removes it");
    }
}

#[test]
fn our_two_ends_talk() {
    Place::new().talk(Whose::Ours, Whose::Ours);
}

#[test]
fn our_writer_is_heard_by_a_listener_in_cpp_and_the_other_way_round() {
    let place = Place::new();
    if place.pair.is_none() {
        return;
    }
    place.talk(Whose::Ours, Whose::Theirs);
    place.talk(Whose::Theirs, Whose::Ours);
}

#[test]
fn the_end_of_the_input_ends_both_and_any_byte_but_x_is_a_message() {
    let place = Place::new();
    let Pair { mut writer, mut reader, mut shown, keyboard } = place.meet();
    // Somebody else rings: the listener copies the slot again.
    let mut bell = fs::OpenOptions::new().write(true).open(place.fifo()).expect("the FIFO");
    bell.write_all(b"?").expect("ringing");
    assert_eq!(shown.next().expect("a line").expect("UTF-8"), "one");
    drop(bell);
    drop(keyboard);
    assert!(writer.wait().expect("its end").success());
    assert!(reader.wait().expect("its end").success());
}

#[test]
fn a_listener_that_comes_first_fails_and_leaves_a_segment_in_the_writers_way() {
    let place = Place::new();
    let reader = place.start(Whose::Ours, "reader").wait_with_output().expect("its end");
    assert_eq!(reader.status.code(), Some(1));
    let said = String::from_utf8_lossy(&reader.stderr);
    assert!(said.contains("./myfifo: No such file or directory") && said.lines().count() == 1, "{said}");
    for whose in [Whose::Ours, Whose::Theirs] {
        if whose == Whose::Ours || place.pair.is_some() {
            let writer = place.start(whose, "writer").wait_with_output().expect("its end");
            assert_eq!(writer.status.code(), Some(1), "{whose:?}");
        }
    }
    // The way out that the error names.
    let writer = place.start(Whose::Ours, "writer").wait_with_output().expect("its end");
    let said = String::from_utf8_lossy(&writer.stderr).into_owned();
    let (_, command) = said.trim_end().rsplit_once(": ").expect("a command");
    assert!(command.starts_with("ipcrm -M 0x"), "{said}");
    assert!(run(place.folder.path(), command), "{command}");
    place.talk(Whose::Ours, Whose::Ours);
}

#[test]
fn a_listener_whose_output_nobody_takes_any_more_ends_quietly() {
    let place = Place::new();
    let Pair { mut writer, mut reader, shown, mut keyboard } = place.meet();
    drop(shown);
    let deadline = Instant::now() + LIMIT;
    // More than once: a child that another thread starts has the other end, too, for an instant.
    while reader.try_wait().expect("its state").is_none() {
        assert!(Instant::now() < deadline, "it goes on");
        // The writer may have heard of its end first.
        let _ = keyboard.write_all(b"two\n");
        thread::yield_now();
    }
    let reader = reader.wait_with_output().expect("its end");
    assert_eq!((reader.status.code(), String::from_utf8_lossy(&reader.stderr).as_ref()), (Some(0), ""));
    drop(keyboard);
    writer.wait().expect("its end");
}

#[test]
fn a_writer_whose_listener_was_killed_says_so_and_removes_both() {
    let place = Place::new();
    let Pair { writer, mut reader, shown: _shown, mut keyboard } = place.meet();
    reader.kill().and_then(|()| reader.wait()).expect("killing it");
    keyboard.write_all(b"two\n").expect("typing");
    let writer = writer.wait_with_output().expect("its end");
    assert_eq!(writer.status.code(), Some(1));
    let said = String::from_utf8_lossy(&writer.stderr);
    assert!(said.contains("the listener has gone") && said.lines().count() == 1, "{said}");
    assert!(!place.fifo().exists() && !place.has_segment());
}

#[test]
fn a_killed_writer_leaves_both_and_the_next_start_fails() {
    let place = Place::new();
    let mut writer = place.start(Whose::Ours, "writer");
    place.wait_for_fifo();
    writer.kill().and_then(|()| writer.wait()).expect("killing it");
    assert!(place.fifo().exists());
    let next = place.start(Whose::Ours, "writer").wait_with_output().expect("its end");
    let said = String::from_utf8_lossy(&next.stderr).into_owned();
    assert!(said.contains("exists already"), "{said}");
    assert!(run(place.folder.path(), said.trim_end().rsplit_once(": ").expect("a command").1));
}

#[test]
fn each_error_names_what_failed_and_the_way_out_of_that() {
    let place = Place::new();
    let key = place.folder.path().join("key").metadata().expect("the key file");
    let key = ftok(key.dev(), key.ino(), 66);
    let fails = |end: &str, more: &[&str], said: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_shmchat-tour"));
        command.args(["original", end, "--path", "key", "--project-id", "66"]).args(more);
        let output = command.current_dir(place.folder.path()).stdin(Stdio::null()).output().expect("an end");
        // What was made stays.
        let _ = sysv::find(key).and_then(sysv::remove);
        let found = String::from_utf8_lossy(&output.stderr);
        assert!(said.iter().all(|text| found.contains(text)), "{end} {more:?}: {found}");
        output.status.code()
    };
    let (first, other) = ("start that first: shmchat-tour original writer", "name another with --fifo");
    assert_eq!(fails("reader", &["--fifo", "none"], &["open: none: No such file", first]), Some(1));
    assert_eq!(fails("reader", &["--fifo", "key/fifo"], &["open: key/fifo: Not a directory", other]), Some(1));
    assert_eq!(fails("writer", &["--fifo", "none/fifo"], &["mkfifo: none/fifo: No such file", other]), Some(1));
    for sleep in ["nan", "-1", "soon", "1e99"] {
        assert_eq!(fails("reader", &[&format!("--sleep={sleep}")], &["--sleep", "expected seconds"]), Some(2));
    }
}

#[test]
fn what_is_in_the_slot_does_not_steer_the_terminal() {
    let place = Place::new();
    let mut writer = place.start(Whose::Ours, "writer");
    place.wait_for_fifo();
    let mut reader = Playing::original_reader(place.folder.path(), "65");
    let mut keyboard = writer.stdin.take().expect("its input");
    keyboard.write_all(b"\x1b[2J\x1b]0;mine\x07\n").expect("typing");
    reader.sees(&["␛[2J␛]0;mine␇"]);
    keyboard.write_all(b"x\n").expect("typing");
    assert!(writer.wait().expect("its end").success());
    assert_eq!(reader.wait(), Some(0));
}

/// Runs what a person would paste.
fn run(folder: &Path, command: &str) -> bool {
    Command::new("sh").arg("-c").arg(command).current_dir(folder).status().is_ok_and(|status| status.success())
}
