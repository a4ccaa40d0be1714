//! A pool of workers behind the reader: commands for messages, and what becomes of both.

mod commands;
mod failing;
mod kill_loop;
mod ordered;
mod replies;
mod stopping;
mod workers;

use rustix::process::{Pid, Resource, Rlimit, getrlimit, prlimit};
use shmchat_tests::{Ended, Place, Process};
use std::fs;
use std::path::Path;

/// Sends these bytes by a `writer` with these arguments.
#[track_caller]
fn send(place: &Place, args: &str, bytes: impl Into<Vec<u8>>) {
    place.writer().args(args).input(bytes).finish().assert_well();
}

/// Sends these lines, and has a pool with these arguments work on them, and `last` as one more.
#[track_caller]
fn pool(place: &Place, lines: &str, args: &str, last: &str) -> Ended {
    send(place, "", lines);
    place.reader().args(args).arg(last).finish()
}

/// The lines that were printed, sorted.
fn sorted(ended: &Ended) -> Vec<String> {
    let mut lines: Vec<_> = text(&ended.stdout).lines().map(str::to_owned).collect();
    lines.sort();
    lines
}

fn text(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).expect("UTF-8")
}

/// The lines of a file.
fn lines_of(path: &Path) -> Vec<String> {
    fs::read_to_string(path).unwrap_or_default().lines().map(str::to_owned).collect()
}

/// What waits for the next reader.
fn waiting(place: &Place) -> String {
    text(&place.reader().args("--timeout 1").finish().stdout).to_owned()
}

/// Whether a process has ended, even if nobody has reaped it.
fn is_gone(pid: &str) -> bool {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    stat.rsplit(") ").next().is_none_or(|rest| rest.is_empty() || rest.starts_with(['Z', 'X']))
}

/// Sets how many files a process may have open, and says how many it might before.
fn limit_files(run: &Process, current: Option<u64>) -> Option<u64> {
    let pid = Pid::from_raw(run.pid());
    let before = prlimit(pid, Resource::Nofile, Rlimit { current, maximum: getrlimit(Resource::Nofile).maximum });
    before.expect("a lower limit").current
}
