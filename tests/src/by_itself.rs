//! A process of one test's own: this program, started again for that test alone.
//!
//! Tests share a process with the others of their group, each in a thread of its own. Two things do not go together with that: to
//! hold a channel's ends, since a process that another thread is just starting holds their locks and bells open for an instant;
//! and to leave out a line by `SHMCHAT_SABOTAGE`, which counts for the whole process.

use crate::output;
use std::env;
use std::process::Command;
use std::thread;

/// Names the test that has its process for itself.
const BY_ITSELF: &str = "SHMCHAT_TEST_BY_ITSELF";

/// What a test came to that had a process for itself.
#[derive(Debug)]
pub struct Again {
    /// Whether it passed.
    pub passed: bool,
    /// What it said.
    pub said: String,
}

/// Runs `test`, which is all of the calling test, in a process that it has for itself.
///
/// # Panics
/// If it fails there, with what it said.
pub fn by_itself(test: impl FnOnce()) {
    let thread = thread::current();
    let name = thread.name().expect("a test's thread bears its name");
    if env::var_os(BY_ITSELF).is_some_and(|it| it == *name) {
        return test();
    }
    let Again { passed, said } = again(name, &[]);
    assert!(passed, "in a process by itself:\n{said}");
    print!("{said}");
}

/// Runs the test of this name (its path within this program) in a process that it has for itself, with these variables.
///
/// # Panics
/// If there is no such test.
pub fn again(name: &str, env: &[(&str, &str)]) -> Again {
    let mut command = Command::new(env::current_exe().expect("a test knows its own path"));
    command.args(["--exact", name, "--nocapture", "--include-ignored"]).env(BY_ITSELF, name);
    let output = output(command.envs(env.iter().copied())).expect("starting the test again");
    let said = [output.stdout, output.stderr].map(|said| String::from_utf8_lossy(&said).into_owned()).concat();
    // Or else it would pass, or fail, for want of the test.
    assert!(said.contains("running 1 test"), "no test {name}: {said}");
    Again { passed: output.status.success(), said }
}
