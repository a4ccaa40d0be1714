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
//! | `run` | a `writer` or `reader` that is to be started |
//! | `process` | one that runs between pipes |
//! | `terminal` | the same on a pseudo-terminal whose screen is parsed |
//! | `life` | waiting for a process, and killing it, by its id and never a recycled one |
//! | `dispositions` | signals as a program finds them that a person starts |
//! | `alone` | an IPC namespace for each test, so that no other's segments are in its way |
//! | `users` | users and groups that the user database knows, in a mount namespace for each test |
//! | `checks` | what both a safety test and its sabotage look at |
//! | `root` | what only root may do, and who says so |
//! | `noise` | bytes without a pattern, the same in each run |
//! | `status` | what `reader --status` says of what is there |
//! | `covered` | tables of what covers what, held against the tests that they name |
//! | `documents` | the repository's documents: links, code, commands |
//! | `watched` | a value that one thread changes and another waits for |
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
pub mod checks;
pub mod covered;
mod dispositions;
pub mod documents;
mod life;
mod noise;
mod place;
mod process;
mod root;
mod run;
pub mod status;
mod terminal;
mod users;
mod watched;

pub use alone::alone;
pub use life::Life;
pub use noise::Noise;
pub use place::{Place, memory_in_use};
pub use process::{Ended, Process};
pub use root::{is_root, needs_alone, needs_root};
pub use run::Run;
pub use terminal::Terminal;
pub use users::users;
pub use watched::{Watch, Watched};

use std::path::PathBuf;
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
    // target/<profile>/deps/<test>
    let path = tests.ancestors().nth(2).expect("tests lie in target/<profile>/deps").join(name);
    assert!(path.is_file(), "{} is missing: run `cargo build --workspace` first (`make test` does)", path.display());
    path
}

/// Held while descriptors are opened without close-on-exec, and while a process is started that could inherit them. `portable-pty` opens a pty and marks it
/// only then, so a process that another test's thread starts between the two would keep the pty open for ever.
pub(crate) fn spawning() -> MutexGuard<'static, ()> {
    static SPAWNING: Mutex<()> = Mutex::new(());
    SPAWNING.lock().unwrap_or_else(PoisonError::into_inner)
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
