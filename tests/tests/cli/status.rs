//! `--status`: what there is is said, and nothing is changed by looking. What is broken is looked at in `status_broken`.

use serde_json::Value;
use shmchat::inspect::Stat;
use shmchat::internals::memory::{Location, Segment};
use shmchat_tests::checks::Snapshot;
use shmchat_tests::status::{json, lobby, report};
use shmchat_tests::{Place, Run, called, called_in, first_slot, has_keys, memory, output};
use std::ffi::OsString;
use std::fs;
use std::process::Command;
use std::sync::atomic::AtomicBool;
use std::sync::atomic::Ordering::Relaxed;
use std::thread;

#[test]
fn where_there_is_nothing_it_says_so_and_ends_well() {
    let place = Place::new();
    let missing = place.dir().join("missing");
    for dir in [place.dir(), &missing] {
        let ended = Run::new("reader", dir).args("--status").finish();
        ended.assert_well();
        assert_eq!(ended.stdout, format!("no channels in {}\n", dir.display()).into_bytes());
        assert!(json(Run::new("reader", dir)).is_empty());
    }
    assert!(!missing.exists() && fs::read_dir(place.dir()).expect("a folder").count() == 0, "nothing was made");
}

#[test]
fn a_writer_shows_what_a_reader_shows() {
    let place = Place::new();
    place.writer().args("--name alice").input("one\n").finish().assert_well();
    place.writer().args("attic").finish().assert_well();
    for args in ["--status", "--status --json", "--status lobby", "--status lobby --json"] {
        let [reader, writer] = [place.reader(), place.writer()].map(|run| run.args(args).finish());
        reader.assert_well();
        writer.assert_well();
        assert!(reader.stdout == writer.stdout && writer.stdout.windows(5).any(|word| word == b"alice"), "{writer:?}");
    }
    place.writer().args("--status nowhere").finish().assert_one_line(1, &["no channel nowhere", "--status"]);
    place.writer().args("--json").finish().assert_one_line(2, &["--json goes with --status"]);
}

#[test]
fn a_channel_that_is_named_and_is_not_there_is_an_error() {
    let place = Place::new();
    let dir = place.dir().display().to_string();
    for json in ["", "--json"] {
        let run = place.reader().args("--status nowhere").args(json);
        run.finish().assert_one_line(1, &["no channel nowhere", &dir, "--status"]);
    }
    assert!(!place.dir().join("nowhere").exists());
}

#[test]
fn what_waits_is_counted_with_its_bytes_and_since_when() {
    let place = Place::new();
    place.writer().args("--name alice --capacity 64KiB").input("one\ntwo\nthree\n").finish().assert_well();
    let status = lobby(&place);
    let id = place.only_segment();
    assert_eq!((&status["channel"], &status["condition"]), (&"lobby".into(), &"whole".into()));
    assert_eq!(status["folder"], place.folder().to_str().expect("UTF-8"));
    let key = has_keys().then(|| place.identity().expect("a key file").key(110).to_string());
    assert_eq!((&status["key"], called_in(&status)), (&key.clone().into(), Some(called(&id))));
    assert_eq!(status["memory"], memory().to_string());
    let at = key.unwrap_or_else(|| called(&id));
    assert_eq!((&status["bytes"], &status["capacity"]), (&(131_072 + 4096).into(), &65_536.into()));
    assert_eq!((&status["mode"], &status["problem"]), (&"0600".into(), &Value::Null));
    assert_eq!((&status["messages"]["count"], &status["messages"]["bytes"]), (&3.into(), &14.into()));
    assert!(status["messages"]["since"].as_str().is_some_and(|since| since.starts_with("20") && since.ends_with('Z')));
    assert_eq!((&status["replies"]["count"], &status["replies"]["since"]), (&0.into(), &Value::Null));
    assert_eq!((&status["writer"]["presence"], &status["writer"]["name"]), (&"quit".into(), &"alice".into()));
    assert_eq!((&status["reader"]["presence"], &status["reader"]["pid"]), (&"nobody".into(), &Value::Null));
    let text = report(&place);
    for words in
        ["channel lobby\n", &at, "65536", "alice, pid ", "quit", "3 waiting, 14 bytes, since 20", "nothing waiting"]
    {
        assert!(text.contains(words), "{words:?} in {text}");
    }
}

#[test]
fn who_is_there_who_died_and_who_quit_are_told_apart() {
    let place = Place::new();
    let reader = place.reader().args("--name bob -v --stay").start();
    reader.wait_attached();
    let writer = place.writer().args("--name alice -v").held_input().start();
    writer.wait_attached();
    let status = lobby(&place);
    for (role, name, process) in [("writer", "alice", &writer), ("reader", "bob", &reader)] {
        assert_eq!((&status[role]["presence"], &status[role]["name"]), (&"here".into(), &name.into()), "{status}");
        assert_eq!(
            (&status[role]["pid"], &status[role]["uid"]),
            (&process.pid().into(), &nix::unistd::getuid().as_raw().into())
        );
    }
    // And perhaps another test's process that looks for its own. Nobody counts who has a file mapped.
    assert_eq!(status["attached"].as_u64().is_some_and(|attached| attached >= 2), has_keys(), "{status}");
    // One that dies before it has rung is not missed.
    writer.wait_asleep();
    writer.kill();
    assert_eq!(lobby(&place)["writer"]["presence"], "died");
    assert!(report(&place).contains("disconnected unexpectedly"));
    reader.stderr.wait_for("disconnected unexpectedly");
    place.writer().args("--name carol").input("hello\n").finish().assert_well();
    reader.stdout.wait_for("hello\n");
    let status = lobby(&place);
    assert_eq!((&status["writer"]["presence"], &status["writer"]["name"]), (&"quit".into(), &"carol".into()));
    assert_eq!(status["reader"]["presence"], "here");
}

#[test]
fn a_name_with_controls_is_escaped_in_json_wherever_it_goes_and_says_the_same() {
    let place = Place::new();
    let name = "\u{9b}31m\u{202e}eve\u{200b}\u{7f}\u{1b}[2J é👩\u{200d}🚀";
    place.hostile("named").arg(name).input("x\n").finish().assert_well();
    let ended = place.reader().args("--status --json").finish();
    let text = String::from_utf8(ended.assert_well().stdout.clone()).expect("UTF-8");
    assert!(text.contains("\\u009B31m\\u202Eeve\\u200B\\u007F\\u001b[2J é👩\u{200d}🚀"), "{text}");
    assert_eq!(lobby(&place)["writer"]["name"], name);
    let line = place.reader().args("--framing json").finish();
    let line = String::from_utf8(line.assert_well().stdout.clone()).expect("UTF-8");
    assert!(line.contains("\"from\":\"\\u009B31m\\u202Eeve\\u200B\\u007F"), "{line}");
}

#[test]
fn a_name_with_escapes_reaches_the_terminal_as_marks() {
    let place = Place::new();
    place.hostile("named").arg("\x1b[2Jeve\n\u{202e}").input("x\n").finish().assert_well();
    let text = report(&place);
    assert!(text.contains("␛[2Jeve␊⟨U+202E⟩") && !text.contains('\x1b'), "{text}");
    assert_eq!(lobby(&place)["writer"]["name"], "\x1b[2Jeve\n\u{202e}");
}

/// All that a look could change: the folder and its files, the memory and what the kernel says of it.
fn everything(place: &Place) -> (Vec<Snapshot>, Vec<(Stat, Vec<u64>)>) {
    let inside = fs::read_dir(place.folder()).expect("the folder").flatten().map(|entry| entry.path());
    let mut paths: Vec<_> = inside.chain([place.folder(), place.dir().into()]).collect();
    paths.sort();
    let memory = |id: Location| {
        // Others that look for a segment of theirs have it attached for a moment.
        let stat = Stat { attached: Some(0), ..id.stat().expect("a memory") };
        // One without any room yet cannot be attached.
        let attached = (stat.bytes > 0).then(|| Segment::attach(&id).expect("a memory"));
        let words = attached.iter().flat_map(|words| words.as_ref()).map(|word| word.load(Relaxed)).collect();
        (stat, words)
    };
    let found = place.identity().and_then(|identity| first_slot(&identity, &place.folder()).find().ok());
    paths.extend(found.as_ref().and_then(Location::path));
    (paths.iter().map(|path| Snapshot::of(path)).collect(), found.into_iter().map(memory).collect())
}

#[test]
fn what_a_start_that_was_killed_anywhere_left_is_told_and_left_as_it_is_and_then_cleaned() {
    let points = [
        ("folder-ready", "half-made"),
        ("role-taken", "half-made"),
        ("key-file-made", "half-made"),
        ("key-file-filled", "empty"),
        ("segment-created", "half-made"),
        ("header-begun", "half-made"),
        ("header-half-made", "half-made"),
        ("header-named", "half-made"),
        ("header-made", "whole"),
        ("bells-made", "whole"),
        ("bell-opened", "whole"),
        ("present-stored", "whole"),
        ("attached", "whole"),
        ("tail-stored", "whole"),
        ("quit-stored", "whole"),
    ];
    // What has no name is there at once, with all of its room.
    let named = (!has_keys()).then_some(("memory-named", "half-made"));
    for (point, condition) in points.into_iter().chain(named) {
        let place = Place::new();
        let killed = place.writer().env("SHMCHAT_CRASH_AT", point).args("--capacity 64KiB").input("hello\n").finish();
        assert_eq!(killed.code, None, "{point}");
        // An empty key file stays as it is: the place's own look would fill it.
        let half = fs::read(place.folder().join("key")).is_ok_and(|key| key.is_empty());
        let before = (!half).then(|| everything(&place));
        let mut all = json(place.reader().arg("lobby"));
        assert_eq!(all.remove(0)["condition"], condition, "{point}");
        report(&place);
        if let Some(before) = before {
            assert_eq!(everything(&place), before, "{point}");
        } else {
            assert_eq!(fs::read(place.folder().join("key")).expect("the key file"), b"");
        }
        let identity = (!half).then(|| place.identity()).flatten();
        place.reader().args("--clean --force -q lobby").finish().assert_well();
        place.assert_forgotten(identity);
    }
}

#[test]
fn looking_changes_nothing_of_a_channel_at_rest_and_wakes_nobody() {
    let place = Place::new();
    let reader = place.reader().args("-v --capacity 64KiB").start();
    reader.wait_attached();
    let writer = place.writer().args("-v").held_input().start();
    writer.wait_attached();
    writer.send("one\n");
    reader.stdout.wait_for("one\n");
    // Once it is taken from the pipe, the reader looks for nothing any more.
    place.wait_for_waiting(0);
    reader.wait_asleep();
    writer.wait_asleep();
    let wakes = |pid: i32| {
        let status = fs::read_to_string(format!("/proc/{pid}/status")).expect("it lives");
        status.lines().find(|line| line.starts_with("voluntary_ctxt_switches")).expect("a count").to_owned()
    };
    let before = (everything(&place), wakes(reader.pid()), wakes(writer.pid()));
    for _ in 0..10 {
        report(&place);
    }
    assert_eq!((everything(&place), wakes(reader.pid()), wakes(writer.pid())), before);
}

#[test]
fn looking_makes_no_call_that_takes_a_lock_makes_a_file_or_could_change_a_memory() {
    if output(Command::new("strace").arg("-V")).is_err() {
        println!("strace is not installed: make strace");
        return;
    }
    let place = Place::new();
    let reader = place.reader().args("-v --capacity 64KiB").start();
    reader.wait_attached();
    // A half-made channel beside it, which a start would finish.
    let killed = place.writer().arg("half").env("SHMCHAT_CRASH_AT", "header-begun").finish();
    assert_eq!(killed.code, None);
    let trace = place.dir().join("trace");
    let calls = "flock,shmat,shmget,shmctl,open,openat,unlinkat,mkdirat,mknodat,renameat2,fchmod,ftruncate,fcntl,mmap,\
                 mprotect,fallocate,unlink";
    let strace = ["strace", "-f", "-o"].map(OsString::from).into_iter();
    let strace = strace.chain([trace.clone().into(), "-e".into(), format!("trace={calls}").into()]);
    place.reader().args("--status").under(strace).finish().assert_well();
    let trace = fs::read_to_string(trace).expect("a trace");
    let attached = if has_keys() { "shmat(" } else { "PROT_READ, MAP_SHARED" };
    assert!(trace.contains(attached) && trace.contains("\"to-reader\""), "it looked: {trace}");
    for line in trace.lines().filter(|line| !line.contains("ENOENT")) {
        let never = ["flock(", "unlink", "mkdirat(", "mknodat(", "renameat2(", "fchmod(", "ftruncate(", "fallocate("];
        let never = never.into_iter().chain(["F_SETLK", "F_OFD_SETLK"]);
        let never = never.into_iter().chain(["IPC_CREAT", "IPC_RMID", "IPC_SET", "O_CREAT", "O_TRUNC"]);
        for word in
            never.chain(if line.contains("/dev/") && !line.contains("/dev/shm/") { None } else { Some("O_RDWR") })
        {
            assert!(!line.contains(word), "{line}");
        }
        assert!(!line.contains("shmat(") || line.contains("SHM_RDONLY"), "{line}");
        assert!(!line.contains("MAP_SHARED") || !line.contains("PROT_WRITE"), "{line}");
        assert!(!line.contains("O_WRONLY") || line.contains("\"to-"), "{line}");
    }
    place.reader().args("--clean -q half").finish().assert_well();
}

#[test]
fn who_comes_and_goes_while_others_look_finds_all_as_if_they_did_not() {
    let place = Place::new();
    let done = AtomicBool::new(false);
    thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                while !done.load(Relaxed) {
                    report(&place);
                }
            });
        }
        let end = Done(&done);
        for _ in 0..40 {
            let reader = place.reader().start();
            let writer = place.writer().held_input().args("-q").start();
            writer.send("hello\n");
            reader.stdout.wait_for("hello\n");
            // One quits in good order after the other's death, and takes all away.
            writer.kill();
            reader.stderr.wait_for("disconnected unexpectedly");
            reader.signal(nix::sys::signal::Signal::SIGTERM);
            reader.wait();
            place.assert_nothing_left();
        }
        drop(end);
    });
}

/// Ends the onlookers also when the test fails.
struct Done<'a>(&'a AtomicBool);

impl Drop for Done<'_> {
    fn drop(&mut self) {
        self.0.store(true, Relaxed);
    }
}

#[test]
fn status_goes_with_no_other_way_to_run() {
    let place = Place::new();
    for args in ["--status --clean", "--status --stay", "--json", "--status --force"] {
        place.reader().args(args).finish().assert_one_line(2, &["--help"]);
    }
    place.writer().args("--status --clean").finish().assert_one_line(2, &["--clean"]);
}
