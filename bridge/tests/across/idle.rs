//! Two bridges with nothing to carry cost next to nothing.
//!
//! The one place where a test looks at what happens in a stretch of time. It cannot fail wrongly on a slow machine: it looks again
//! until a stretch was quiet, and gives up only after so many. A busy loop, or a timer of some milliseconds, never has a quiet one.

use crate::harness::machine::Two;
use shmchat_tests::Process;
use std::fs;
use std::thread;
use std::time::Duration;

/// Five times that a bridge asks for the other one. A clock tick of the processor, 10 ms, is a thousandth of it.
const STRETCH: Duration = Duration::from_secs(10);

/// So many times a bridge may wake in a stretch. It asks five times and is asked as often; each takes some wake-ups, for what it
/// sends and for the answer, and the server wants to know now and then whether it lives.
const MOST_WAKES: u64 = 100;

/// Stretches, of which one must be quiet.
const TRIES: usize = 6;

/// Of all threads: clock ticks of the processor, and how often one gave up the processor by itself.
/// <https://man7.org/linux/man-pages/man5/proc_pid_stat.5.html>
fn cost(process: &Process) -> (u64, u64) {
    let tasks = fs::read_dir(format!("/proc/{}/task", process.pid())).expect("the process lives");
    tasks.flatten().fold((0, 0), |(ticks, wakes), task| {
        let read = |file: &str| fs::read_to_string(task.path().join(file)).unwrap_or_default();
        let stat = read("stat");
        let numbers = stat.rsplit(')').next().unwrap_or_default().split_whitespace().skip(11).take(2);
        let status = read("status");
        let switches = status.lines().find_map(|line| line.strip_prefix("voluntary_ctxt_switches:"));
        let switches: u64 = switches.and_then(|number| number.trim().parse().ok()).unwrap_or(0);
        (ticks + numbers.filter_map(|number| number.parse::<u64>().ok()).sum::<u64>(), wakes + switches)
    })
}

#[test]
fn two_bridges_with_nothing_to_carry_sleep() {
    let two = Two::new();
    let bridges = two.bridges();
    let reader = two.right.reader().start();
    let writer = two.left.writer().held_input().start();
    writer.send("hello\n");
    reader.stdout.wait_for("hello\n");
    let mut seen = Vec::new();
    for _ in 0..TRIES {
        let before = bridges.each_ref().map(cost);
        thread::sleep(STRETCH);
        let after = bridges.each_ref().map(cost);
        let costs: Vec<_> = before.iter().zip(&after).map(|(old, new)| (new.0 - old.0, new.1 - old.1)).collect();
        println!("clock ticks and wake-ups in {STRETCH:?}: {costs:?}");
        if costs.iter().all(|&(ticks, wakes)| ticks <= 1 && wakes <= MOST_WAKES) {
            return;
        }
        seen.push(costs);
    }
    panic!("never quiet: clock ticks and wake-ups in each stretch of {STRETCH:?}: {seen:?}");
}
