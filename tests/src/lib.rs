//! What the end-to-end tests stand on: real processes, real segments, real FIFOs, real pseudo-terminals.
//!
//! ```text
//! Place ── writer() / reader() ─► Run ── start() ──────► Process   pipes: send, stdout, stderr, wait
//! a temp folder                       └─ in_terminal() ► Terminal  a pty: press, wait_for, resize, wait
//! ```
//!
//! | file | what it is |
//! | --- | --- |
//! | `place` | a channel folder of a test's own, and what lies there and in the kernel |
//! | `memory` | which kind of memory this run is about |
//! | `run` | a `writer` or `reader` that is to be started |
//! | `process` | one that runs between pipes |
//! | `terminal` | the same on a pseudo-terminal whose screen is parsed |
//! | `life` | waiting for a process, and killing it, by its id and never a recycled one |
//! | `dispositions` | signals as a program finds them that a person starts |
//! | `by_itself` | a process for a test that cannot share one with the others of its group |
//! | `panics` | panics that are looked for, without a word on standard error |
//! | `alone` | an IPC namespace for each test, so that no other's segments are in its way, and a `/dev/shm` for those that look at all of it |
//! | `users` | users and groups that the user database knows, in a mount namespace for each test |
//! | `checks` | what both a safety test and its sabotage look at |
//! | `root` | what only root may do, and who says so |
//! | `noise` | bytes without a pattern, the same in each run |
//! | `status` | what `reader --status` says of what is there |
//! | `covered` | tables of what covers what, held against the tests that they name |
//! | `documents` | the repository's documents: links, code, commands |
//! | `watched` | a value that one thread changes and another waits for |
//! | `numbered`, `noted` | what the victims of the crash points and of the kill loop send, and what is noted of it |
//!
//! The programs beside it, in `src/bin`: `hostile` and `panics` do what `writer` and `reader` never would, `crash_victim` and
//! `kill_victim` are the processes that die, `screenshot` draws pictures.
//!
//! # Waiting
//! No test sleeps to let something happen, and none looks at a clock. One thread per descriptor blocks in `read`, one per process in `waitid`; a test
//! waits on a condition variable for what they report. [`LIMIT`] only turns a hang into a failure that shows what was there.
//!
//! # Nothing stays
//! Processes are killed and reaped when their handle is dropped, and a [`Place`] removes its segment and its folder, also when a test fails. A place is
//! made first in a test, and so dropped last.

#![deny(unsafe_code)]

mod alone;
mod by_itself;
pub mod checks;
pub mod covered;
mod dispositions;
pub mod documents;
mod life;
mod memory;
mod noise;
pub mod noted;
pub mod numbered;
mod panics;
mod place;
mod process;
mod quiet;
mod root;
mod run;
pub mod status;
mod terminal;
mod users;
mod watched;

pub use alone::alone;
pub use by_itself::{Again, again, by_itself};
pub use life::Life;
pub use memory::{
    by_name, called, called_in, first_slot, has_keys, in_memory, is_about_segments, is_left_to_the_first_kind, located,
    memory, noun, seal_words,
};
pub use noise::Noise;
pub use panics::{caught, quietly};
pub use place::{Place, memory_in_use, only_segment_in};
pub use process::{Ended, Process, is_in_poll};
pub use quiet::assert_becomes_quiet;
pub use root::{is_root, needs_alone, needs_root};
pub use run::Run;
pub use terminal::Terminal;
pub use users::users;
pub use watched::{Watch, Watched};

use std::io;
use std::path::PathBuf;
use std::process::{Child, Command, Output, Stdio};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// How long anything may take before it counts as a hang. Far more than the slowest step takes on a busy machine (2 s).
pub const LIMIT: Duration = Duration::from_secs(60);

/// The program of this name, as it was built beside the tests.
///
/// # Panics
/// If it was not built.
pub fn program(name: &str) -> PathBuf {
    dispositions::reset();
    let tests = std::env::current_exe().expect("a test knows its own path");
    // target/<profile>/deps/<test>, or target/<profile>/<program>
    let mut folders = tests.ancestors().skip(1);
    let folder = folders.find(|folder| !folder.ends_with("deps")).expect("tests lie in target/<profile>/deps");
    let path = folder.join(name);
    assert!(path.is_file(), "{} is missing: run `cargo build --workspace` first (`make test` does)", path.display());
    path
}

/// Held while descriptors are opened without close-on-exec, and while a process is started that could inherit them. `portable-pty` opens a pty and marks it
/// only then, so a process that another test's thread starts between the two would keep the pty open for ever.
pub(crate) fn spawning() -> MutexGuard<'static, ()> {
    static SPAWNING: Mutex<()> = Mutex::new(());
    SPAWNING.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Starts a program that is none of ours.
///
/// # Errors
/// As those of [`Command::spawn`].
pub fn spawn(command: &mut Command) -> io::Result<Child> {
    let _alone = spawning();
    command.spawn()
}

/// Runs a program that is none of ours, without input, and gives all that it said.
///
/// # Errors
/// As those of [`Command::output`].
pub fn output(command: &mut Command) -> io::Result<Output> {
    spawn(command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()))?.wait_with_output()
}

/// Runs a command in a shell, as a person would who pastes it; whether it went well.
pub fn paste(command: &str) -> bool {
    let output = output(Command::new("sh").arg("-c").arg(command)).expect("a shell");
    output.status.success()
}

/// `count` numbered lines of different lengths, each with its line feed.
pub fn numbered_lines(count: usize) -> Vec<u8> {
    let line = |number: usize| format!("line {number} {}\n", "~".repeat(number % 61));
    (0..count).map(line).collect::<String>().into_bytes()
}

/// Asserts that two long outputs are the same, and shows the first difference instead of all of them.
pub fn assert_same_bytes(found: &[u8], expected: &[u8], what: &str) {
    if found == expected {
        return;
    }
    let at = found.iter().zip(expected).take_while(|(one, other)| one == other).count();
    let show = |bytes: &[u8]| {
        let from = at.saturating_sub(40).min(bytes.len());
        String::from_utf8_lossy(&bytes[from..bytes.len().min(at + 40)]).into_owned()
    };
    panic!(
        "{what}: {} bytes where {} were expected; they differ at byte {at}:\n  found {:?}\n  expected {:?}",
        found.len(),
        expected.len(),
        show(found),
        show(expected)
    );
}
