//! What two bridges need that have nothing to do.

use crate::load::Load;
use crate::outcome::Result;
use crate::parts::{Pair, Parts};
use std::fs;
use std::thread::sleep;
use std::time::Duration;

/// How long it takes until nothing is left to do but to ask whether the other one is there.
const SETTLING: Duration = Duration::from_secs(3);

/// What the two needed, for each second.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Idle {
    /// The share of a processor, of the one that needed more.
    pub(crate) processor: f64,
    /// Context switches, of the one that had more.
    pub(crate) switches: f64,
}

/// Both ends are there, and one message went across.
pub(crate) fn measure(parts: &Parts, time: Duration) -> Result<Idle> {
    let bridges = parts.bridges()?;
    let pair = Pair::on(&bridges, Load::Typed { size: 64, lines: 1 })?;
    sleep(SETTLING);
    let before = bridges.pids().map(used);
    sleep(time);
    let after = bridges.pids().map(used);
    let mut idle = Idle { processor: 0.0, switches: 0.0 };
    for (before, after) in before.into_iter().zip(after) {
        let ((busy_before, switches_before), (busy_after, switches_after)) = (before?, after?);
        let share = Duration::from_nanos(busy_after - busy_before).as_secs_f64() / time.as_secs_f64();
        idle.processor = idle.processor.max(share);
        idle.switches = idle.switches.max((switches_after - switches_before) as f64 / time.as_secs_f64());
    }
    pair.measure()?;
    Ok(idle)
}

/// Nanoseconds on a processor, and context switches, of all threads of a process: see
/// <https://docs.kernel.org/scheduler/sched-stats.html> and <https://man7.org/linux/man-pages/man5/proc_pid_status.5.html>.
/// `utime` and `stime` would only count hundredths of a second, of which an idle bridge needs one a minute.
fn used(pid: u32) -> Result<(u64, u64)> {
    let (mut busy, mut switches) = (0, 0);
    for thread in fs::read_dir(format!("/proc/{pid}/task"))? {
        let thread = thread?.path();
        let times = fs::read_to_string(thread.join("schedstat"))?;
        busy += times.split_whitespace().next().ok_or("this kernel keeps no schedstat")?.parse::<u64>()?;
        switches += counted(&fs::read_to_string(thread.join("status"))?);
    }
    Ok((busy, switches))
}

fn counted(status: &str) -> u64 {
    let counts = status.lines().filter_map(|line| line.split_once("voluntary_ctxt_switches:"));
    counts.filter_map(|(_, count)| count.trim().parse::<u64>().ok()).sum()
}

#[cfg(test)]
mod tests {
    #[test]
    fn switches_of_both_kinds_count() {
        let status = "Name:\tbridge\nvoluntary_ctxt_switches:\t12\nnonvoluntary_ctxt_switches:\t3\n";
        assert_eq!(super::counted(status), 15);
    }
}
