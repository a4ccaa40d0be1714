//! Processes that have nothing to do.
//!
//! The one place where a test looks at what happens in a stretch of time. It cannot fail wrongly on a slow machine: it looks again
//! until a stretch was quiet, and gives up only after [`LIMIT`]. A program with a timer shorter than [`STRETCH`] never has a
//! quiet stretch.

use crate::LIMIT;
use std::fs;
use std::thread;
use std::time::{Duration, Instant};

/// How long a pair must be quiet.
const STRETCH: Duration = Duration::from_millis(500);

/// Of every thread of a process: its state, how often it gave up the processor, by itself or not, and where in the kernel it sleeps. A thread that
/// makes a system call that sleeps, or that computes, changes this.
/// <https://man7.org/linux/man-pages/man5/proc_pid_status.5.html>
fn activity(pid: i32) -> Vec<String> {
    let tasks = fs::read_dir(format!("/proc/{pid}/task")).expect("the process lives");
    let mut found: Vec<String> = tasks
        .flatten()
        .map(|task| {
            let read = |file: &str| fs::read_to_string(task.path().join(file)).unwrap_or_default();
            let status = read("status");
            let told = status.lines().filter(|line| line.starts_with("State") || line.contains("ctxt_switches"));
            let ticks = read("stat")
                .rsplit(')')
                .next()
                .map(|rest| rest.split_whitespace().skip(11).take(2).collect::<Vec<_>>().join("+"));
            format!("{:?} {} {ticks:?}", task.file_name(), told.collect::<Vec<_>>().join(" "))
        })
        .collect();
    found.sort();
    found
}

/// Asserts that these processes come to sleep, and stay asleep.
#[track_caller]
pub fn assert_becomes_quiet<const N: usize>(pids: [i32; N]) {
    let deadline = Instant::now() + LIMIT;
    loop {
        let before = pids.map(activity);
        thread::sleep(STRETCH);
        let after = pids.map(activity);
        let asleep = after.iter().flatten().all(|thread| thread.contains("S (sleeping)"));
        if before == after && asleep {
            return;
        }
        assert!(Instant::now() < deadline, "never quiet:\n{before:#?}\n{after:#?}");
    }
}
