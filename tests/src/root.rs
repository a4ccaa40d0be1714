//! What only root may do: run programs as other users, give files to them.
//!
//! The tests are for ordinary users. One that cannot be is in root's hands alone, says so, and is listed where
//! `SHMCHAT_NEEDS_ROOT` names a file: so `.ci/run` knows which to run again as root, with which kind of memory, and that none of them was left out.

use crate::alone::own_dev_shm;
use crate::{alone, memory};
use nix::unistd::geteuid;
use std::env;
use std::fs::OpenOptions;
use std::io::{self, Write};
use std::thread;

/// Whether we are root. For a test that does the same for everybody by other means; where it has nothing to do without
/// root, [`needs_root`] is meant.
pub fn is_root() -> bool {
    geteuid().is_root()
}

/// To be asked first by a test that only root can make: whether it can go on. If not it is said on a line of its own
/// that this test did not run.
#[must_use]
pub fn needs_root() -> bool {
    if is_root() {
        return true;
    }
    let line = not_run("root");
    if let Some(list) = env::var_os("SHMCHAT_NEEDS_ROOT") {
        let list = OpenOptions::new().append(true).create(true).open(list);
        list.and_then(|mut list| list.write_all(format!("{line} {}\n", memory()).as_bytes()))
            .expect("the list of what needs root");
    }
    false
}

/// The same by a test that would meet other tests' segments, or their POSIX memory, without an IPC namespace and a `/dev/shm`
/// of its own, which only root can have.
#[must_use]
pub fn needs_alone() -> bool {
    if !needs_root() {
        return false;
    }
    // Not every root may: one in a container may not.
    let can = alone() && own_dev_shm();
    if !can {
        not_run("an IPC namespace and a /dev/shm");
    }
    can
}

/// Says that this test did not run without `what`, and returns its program and its name.
pub(crate) fn not_run(what: &str) -> String {
    let path = env::current_exe().expect("a test knows its own path");
    // target/<profile>/deps/<test>-<hash>
    let file = path.file_stem().unwrap_or_default().to_string_lossy();
    let program = file.rsplit_once('-').map_or(&*file, |(program, _)| program);
    let thread = thread::current();
    let line = format!("{program} {}", thread.name().expect("a test's thread bears its name"));
    // Not by `println`, which shows nothing of a test that passes.
    _ = writeln!(io::stderr(), "needs {what}, and was not run: {line}");
    line
}
