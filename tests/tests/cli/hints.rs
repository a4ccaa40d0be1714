//! Every command that an error, `--status` or `--clean` names works when it is pasted: it is read from the line that names it,
//! run by a shell in another folder, and helps.
//!
//! The places have a blank and a quote in their names, so that a command that forgets to quote is found.

use shmchat::MemoryKind;
use shmchat::internals::layout::{VERSION, word};
use shmchat::internals::memory::{Rights, Segment, all};
use shmchat_tests::{Ended, Place, Process, Run, has_keys, memory, needs_alone, only_segment_in, output, program};
use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::atomic::Ordering::Relaxed;

/// A folder of channels whose name a shell would take apart.
struct Awkward {
    place: Place,
    dir: PathBuf,
}

impl Awkward {
    fn new() -> Self {
        let place = Place::new();
        let dir = place.dir().join("it's a room");
        fs::create_dir(&dir).expect("a folder");
        Awkward { place, dir }
    }

    fn run(&self, program: &'static str) -> Run {
        self.place.at(&self.dir)(program)
    }

    fn writer(&self) -> Run {
        self.run("writer").arg("-q")
    }

    fn reader(&self) -> Run {
        self.run("reader").arg("-q")
    }

    fn folder(&self) -> PathBuf {
        self.dir.join("lobby")
    }

    /// How the folder of channels is quoted.
    fn quoted(&self) -> String {
        format!("'{}'", self.dir.display().to_string().replace('\'', r"'\''"))
    }

    /// Asserts that there is no memory, of a test that is alone.
    #[track_caller]
    fn assert_no_memory(&self) {
        assert_eq!(all().expect("a list"), []);
        assert!(!self.folder().join("ring").exists());
    }
}

/// The command that stands behind `lead` in what was said, up to the next clause.
#[track_caller]
pub(crate) fn named(said: &str, lead: &str) -> String {
    let rest = said.split_once(lead).unwrap_or_else(|| panic!("{lead:?} in {said:?}")).1;
    let end = ["; ", ", or ", " or ", "\n"].iter().filter_map(|end| rest.find(end)).min();
    rest[..end.unwrap_or(rest.len())].to_owned()
}

/// Runs a command as a person would: pasted into a shell, in another folder.
fn paste(command: &str) -> Output {
    paste_as(command, program("reader").parent().expect("a folder"), &[])
}

pub(crate) fn paste_as(command: &str, programs: &Path, before: &[&str]) -> Output {
    let path = format!("{}:{}", programs.display(), std::env::var("PATH").expect("a path"));
    let words = [before, &["sh", "-c", command]].concat();
    output(Command::new(words[0]).args(&words[1..]).env("PATH", path).current_dir("/")).expect("a shell")
}

#[track_caller]
fn paste_well(command: &str) -> String {
    let output = paste(command);
    assert!(output.status.success(), "{command}: {output:?}");
    String::from_utf8(output.stdout).expect("UTF-8")
}

/// What was said in the one line of a failure.
#[track_caller]
pub(crate) fn line(ended: &Ended, code: i32) -> &str {
    ended.assert_one_line(code, &[]);
    &ended.stderr
}

fn living(run: Run) -> Process {
    let process = run.args("-v").held_input().start();
    process.wait_attached();
    process
}

#[test]
fn what_waits_is_read_or_removed_by_the_commands_that_are_named() {
    let place = Awkward::new();
    // The same key on both sides, and so in the command.
    let key_file = place.dir.join("the key's file");
    fs::write(&key_file, "").expect("a file");
    let (keyed, key): (&dyn Fn(Run) -> Run, _) = if has_keys() {
        (&|run| run.arg("--key-file").arg(&key_file).args("--project-id 9 lobby"), " --project-id 9")
    } else {
        (&|run| run.arg("lobby"), "")
    };
    for what in ["read it with: ", "remove it with: "] {
        keyed(place.writer()).input("precious\n").finish().assert_well();
        let refused = keyed(place.reader().arg("--clean")).finish();
        let command = named(line(&refused, 1), what);
        assert!(command.contains(&place.quoted()) && command.ends_with(key), "{command}");
        let shown = paste_well(&command);
        assert_eq!(shown == "precious\n", what.starts_with("read"), "{shown}");
        // Reading it left the folder.
        assert_eq!(keyed(place.reader().arg("--clean")).finish().code, Some(i32::from(what.starts_with("remove"))));
    }
    // A folder that is named from where one stands.
    let here = |program| {
        Run::bare(program).args("-q --dir rooms").in_memory().after(&format!("cd {}", place.place.dir().display()))
    };
    here("writer").input("here\n").finish().assert_well();
    let refused = here("reader").args("--clean lobby").finish();
    let command = named(line(&refused, 1), "read it with: ");
    assert!(command.ends_with(&place.place.dir().join("rooms").display().to_string()), "{command}");
    assert_eq!(paste_well(&command), "here\n");
    // One whose name looks like an option.
    place.writer().args("-- -odd").input("odd\n").finish().assert_well();
    let refused = place.reader().args("--clean -- -odd").finish();
    assert_eq!(paste_well(&named(line(&refused, 1), "read it with: ")), "odd\n");
}

#[test]
fn what_is_open_to_others_is_closed_by_the_command_that_is_named() {
    let place = Awkward::new();
    place.writer().input("kept\n").finish().assert_well();
    for path in [place.folder(), place.folder().join("key"), place.folder().join("to-reader")] {
        fs::set_permissions(&path, Permissions::from_mode(0o777)).expect("chmod");
        let upkeep = ["--status lobby", "--clean lobby"].map(|args| place.reader().args(args));
        for run in [place.writer(), place.reader()].into_iter().chain(upkeep) {
            let refused = run.finish();
            assert!(line(&refused, 1).contains("close it with: chmod"), "{refused:?}");
        }
        paste_well(&named(line(&place.writer().finish(), 1), "close it with: "));
        place.writer().finish().assert_well();
    }
    assert_eq!(place.reader().finish().stdout, b"kept\n");
}

#[test]
fn a_broken_foreign_or_open_memory_is_removed_by_the_command_that_is_named() {
    let place = Awkward::new();
    let mut made = Vec::new();
    for what in ["corrupt", "older", "newer", "open"] {
        place.writer().input("hello\n").finish().assert_well();
        let id = only_segment_in(&place.folder());
        let words = Segment::attach(&id).expect("a segment");
        let lead = match what {
            "corrupt" => {
                words.as_ref()[word::CAPACITY].store(7, Relaxed);
                "start afresh with: "
            }
            "open" => {
                id.share(Rights { mode: 0o666, group: Some(nix::unistd::getegid().as_raw()) }).expect("IPC_SET");
                "remove it with: "
            }
            _ => {
                let version = if what == "older" { VERSION - 1 } else { VERSION + 1 };
                words.as_ref()[word::VERSION].store(version, Relaxed);
                "remove it and everything in it with: "
            }
        };
        drop(words);
        let refused = place.writer().finish();
        let status = place.reader().args("--status --json").finish();
        let status: serde_json::Value = serde_json::from_slice(&status.stdout).expect("an object");
        let problem = status["problem"].as_str().expect("a problem");
        assert_eq!(named(problem, lead), named(line(&refused, 5), lead), "{what}");
        made.push(id.clone());
        paste_well(&named(&refused.stderr, lead));
        assert!(id.stat().is_err(), "{what}");
        place.writer().finish().assert_well();
    }
}

#[test]
fn what_is_half_made_or_has_no_channel_is_removed_by_the_command_that_status_names() {
    // A command looks at all memory of the user.
    if !needs_alone() {
        return;
    }
    let place = Awkward::new();
    let problem = |run: &dyn Fn() -> Run| {
        let ended = run().args("--status --json").finish();
        let status: serde_json::Value = serde_json::from_slice(&ended.stdout).expect("one object");
        let problem = status["problem"].as_str().expect("a problem").to_owned();
        // For people it is in one line as well.
        let shown = String::from_utf8(run().arg("--status").finish().stdout).expect("UTF-8");
        assert!(shown.contains(&named(&problem, " with: ")), "{shown}");
        problem
    };
    assert_eq!(place.writer().env("SHMCHAT_CRASH_AT", "header-begun").finish().code, None);
    paste_well(&named(&problem(&|| place.reader()), "remove it with: "));
    place.assert_no_memory();
    if memory() == MemoryKind::File {
        // It goes with its folder, and only its channel leads to it.
        return;
    }
    // An orphan: with nothing in it, and with a message.
    for waits in [false, true] {
        if waits {
            place.writer().input("lost\n").finish().assert_well();
        } else {
            living(place.run("writer")).kill();
        }
        fs::remove_dir_all(place.folder()).expect("removing");
        let said = problem(&|| place.reader());
        if waits {
            let refused = place.reader().arg("--clean").finish();
            assert_eq!(named(line(&refused, 1), "remove it with: "), named(&said, "remove it with: "));
        }
        paste_well(&named(&said, "remove it with: "));
        place.assert_no_memory();
    }
    // One of another place.
    place.writer().input("elsewhere\n").finish().assert_well();
    let default = || Run::bare("reader").env("XDG_RUNTIME_DIR", place.place.dir());
    assert!(paste_well(&named(&problem(&default), "see it with: ")).contains("1 waiting, "));
    place.reader().args("--clean --force").finish().assert_well();
}

#[test]
fn what_is_missing_misplaced_or_stopped_is_mended_by_the_command_that_is_named() {
    let place = Awkward::new();
    // No such channel.
    place.writer().arg("there").input("x\n").finish().assert_well();
    let refused = place.reader().args("--status nowhere").finish();
    let shown = paste_well(&named(line(&refused, 1), "list the channels with: "));
    assert!(shown.contains("channel there"), "{shown}");
    place.reader().args("--clean --force there").finish().assert_well();
    // No key file.
    if has_keys() {
        let run = || place.writer().arg("--key-file").arg(place.dir.join("no file"));
        paste_well(&named(line(&run().finish(), 1), "make it with: "));
        run().finish().assert_well();
    } else {
        place.writer().finish().assert_well();
    }
    // Something else in its place.
    fs::write(place.folder().join("key"), "dear diary").expect("writing");
    paste_well(&named(line(&place.writer().finish(), 1), "move it away with: "));
    assert_eq!(fs::read(place.folder().join("key.old")).expect("it was moved"), b"dear diary");
    place.writer().finish().assert_well();
    // One that holds the channel's lock and is stopped.
    let holder = place.place.at(&place.dir)("hostile").args("hold lock").start();
    holder.stdout.wait_for("held");
    let refused = place.writer().finish();
    paste_well(&named(line(&refused, 1), "resume it with: "));
    holder.wait();
    place.writer().finish().assert_well();
    // One that has a memory attached whose folder is gone; it is stopped, since it would notice and end.
    let writer = living(place.run("writer"));
    writer.wait_asleep();
    writer.signal(nix::sys::signal::Signal::SIGSTOP);
    let said = if memory() == MemoryKind::File {
        // A file would be gone too: all but the file.
        for name in ["key", "lock", "writer.lock", "reader.lock"] {
            fs::remove_file(place.folder().join(name)).expect("removing");
        }
        line(&place.reader().args("--clean lobby").finish(), 5).to_owned()
    } else {
        fs::remove_dir_all(place.folder()).expect("removing");
        String::from_utf8(place.reader().args("--clean").finish().stdout).expect("UTF-8")
    };
    let shown = paste(&named(&said, "find it with: "));
    assert_eq!(String::from_utf8_lossy(&shown.stdout), format!("/proc/{}/maps\n", writer.pid()));
    writer.kill();
    place.reader().args("--clean").finish();
}

#[test]
fn the_commands_that_only_show_something_show_it() {
    for command in ["ipcs -m", "ipcs -lm", "ipcs -m; ipcs -cm", "df", "df -i", "ulimit -n", "getent group", "id"] {
        assert!(!paste_well(command).is_empty(), "{command}");
    }
    let place = Awkward::new();
    let refused = place.writer().args("--mode 0660 --group no-such-group").finish();
    assert!(line(&refused, 2).contains("see: getent group"), "{refused:?}");
}
