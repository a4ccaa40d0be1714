//! What a pool of workers does while one of its calls fails.

use super::stage::{LAST, QUIETLY, Seen, Stage, assert_good, until};
use super::strace::Traced;
use super::target::{DEAD_LETTERS, JOB_LOG};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use shmchat_tests::Run;
use std::fs::{self, File, OpenOptions};
use std::io::Write;
use std::process::Command;

/// How many messages there are, beside the one that always fails.
const MESSAGES: usize = 6;

/// How many may be done twice: fewer than this.
const AHEAD: usize = 4;

/// The message that always fails.
const POISON: &str = "poison";

/// The variable that names a FIFO. Commands wait for a line from there before they end, so that one that is left behind stays.
const GATE: &str = "SHMCHAT_TEST";

/// A command makes this once it runs.
const BEGUN: &str = "gate.begun";

pub(super) fn commands_work(stage: &Stage) -> Seen {
    let begun = stage.file(BEGUN);
    let line = format!(r#"read -r x; : > "${GATE}.begun"; read -r go < "${GATE}"; [ "$x" != {POISON} ] && echo "$x""#);
    let run = stage.reader().args("--jobs 2 --retries 1 --backoff 0.01 --ahead 4");
    let run = run.arg("--dead-letter").arg(stage.file(DEAD_LETTERS)).arg("--log-jobs").arg(stage.file(JOB_LOG));
    let run = run.arg("--shell").arg(line);
    work(stage, run, Some(POISON), |pool| begun.exists() && pool.sleeps())
}

pub(super) fn workers_work(stage: &Stage) -> Seen {
    let line = format!(r#"while read -r x; do echo "$x"; done; read -r go < "${GATE}""#);
    let run = stage.reader().args("--jobs 2 --retries 1 --backoff 0.01 --ahead 4 --worker").arg(line);
    let last = sent(None).pop().unwrap_or_default();
    work(stage, run, None, |pool| pool.stdout.has(&last))
}

/// The messages.
fn sent(poison: Option<&str>) -> Vec<String> {
    let numbered = (1..=MESSAGES).map(|number| format!("message-{number}"));
    poison.map(str::to_owned).into_iter().chain(numbered).collect()
}

/// Has a pool work on some messages. Its commands cannot end before `opens`, so if it fails they must be killed.
fn work(stage: &Stage, run: Run, poison: Option<&str>, opens: impl Fn(&Traced) -> bool) -> Seen {
    let messages = sent(poison);
    assert_good(&stage.writer().input(messages.join("\n") + "\n").finish());
    let gate = stage.file("gate");
    assert!(Command::new("mkfifo").arg(&gate).status().is_ok_and(|status| status.success()), "no FIFO");
    let mark = gate.display().to_string();
    let _broom = Broom(&mark);
    let pool = stage.start_pool(run.env(GATE, &mark));
    until("the commands wait", || opens(&pool) || !pool.is_alive());
    let mut open: Option<File> = None;
    if pool.is_alive() {
        // Held for reading, too, so that what is written stays until it is read.
        let file = open.insert(OpenOptions::new().read(true).write(true).open(&gate).expect("the gate"));
        file.write_all("go\n".repeat(100).as_bytes()).expect("a full gate");
    }
    let (ended, calls) = pool.wait();
    let seen = stage.classify((&ended, calls)).or_quietly(stage);
    until("no command is left", || marked(&mark).is_empty());
    drop(open);

    let done = lines(&ended.stdout);
    let all_is_well = seen.code == 0 && seen.note != QUIETLY;
    if all_is_well {
        assert_eq!(stage.left(), [""; 0], "it said that all was well");
    }
    let dead = fs::read_to_string(stage.file(DEAD_LETTERS)).unwrap_or_default();
    let mut left = lines(&stage.last_pair());
    assert_eq!(left.pop().as_deref(), String::from_utf8_lossy(LAST).lines().next(), "the last message");
    for message in &messages {
        let times = |of: &[String]| of.iter().filter(|it| *it == message).count();
        let buried = dead.lines().filter(|line| line.contains(&format!("\"text\":\"{message}\""))).count();
        let (now, later) = (times(&done) + buried, times(&left));
        assert!(now <= 1 && later <= 1, "{message:?} was done {now} times, and is there {later} times");
        assert!(now + later > 0, "lost: {message:?}; done {done:?}, left {left:?}, dead {dead}");
        assert!(!all_is_well || (now == 1 && (buried == 1) == (poison == Some(message))), "{message:?}: {dead}");
    }
    let twice = done.iter().filter(|message| left.contains(message)).count();
    assert!(twice < AHEAD, "{twice} were done twice");
    seen
}

fn lines(bytes: &[u8]) -> Vec<String> {
    String::from_utf8_lossy(bytes).lines().map(str::to_owned).collect()
}

/// Kills what a failed pool has left, if the test fails for it.
struct Broom<'a>(&'a str);

impl Drop for Broom<'_> {
    fn drop(&mut self) {
        for pid in marked(self.0) {
            let _ = kill(Pid::from_raw(pid), Signal::SIGKILL);
        }
    }
}

/// The processes that have this in their environment.
fn marked(mark: &str) -> Vec<i32> {
    let entry = format!("{GATE}={mark}\0");
    let is_marked = |process: &fs::DirEntry| {
        let environment = fs::read(process.path().join("environ")).unwrap_or_default();
        environment.windows(entry.len()).any(|window| window == entry.as_bytes())
    };
    let processes = fs::read_dir("/proc").expect("/proc").flatten().filter(is_marked);
    processes.filter_map(|process| process.file_name().to_str()?.parse().ok()).collect()
}
