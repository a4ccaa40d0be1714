//! How often a pair wakes that has nothing to do.

use super::channel::{Channel, Programs};
use super::together::{Together, read_soon};
use crate::mechanism::Reason;
use std::fs;
use std::io::{Write, pipe};
use std::process::Stdio;
use std::thread::sleep;
use std::time::Duration;

/// About how long it takes until both sleep.
pub(super) const SETTLING: Duration = Duration::from_millis(300);

/// Both sleep if neither has run for so long.
const STILL: Duration = Duration::from_millis(200);

/// After so many looks a pair that still runs is counted as it is: it never sleeps.
const LOOKS: u32 = 20;

/// Context switches of both programs within `time`, once they have passed a line and fallen asleep.
pub(super) fn switches(programs: &Programs, time: Duration) -> Result<u64, Reason> {
    let channel = Channel::new(programs)?;
    let (mut output, sink) = pipe()?;
    // Open, but empty, until the end.
    let (input, mut typed) = pipe()?;
    let mut together = Together::new()?;
    let pids = [
        together.start(channel.reader().stdout(sink))?,
        together.start(channel.writer().stdin(input).stdout(Stdio::null()))?,
    ];
    typed.write_all(b"here\n")?;
    read_soon(&mut output, &mut [0; 64])?;
    let mut before = count(pids)?;
    for _ in 0..LOOKS {
        sleep(STILL);
        let now = count(pids)?;
        if now == std::mem::replace(&mut before, now) {
            break;
        }
    }
    sleep(time);
    let found = count(pids)? - before;
    drop(typed);
    together.finish()?;
    Ok(found)
}

/// All switches so far, of all threads.
fn count(pids: [u32; 2]) -> Result<u64, Reason> {
    let mut sum = 0;
    for pid in pids {
        for thread in fs::read_dir(format!("/proc/{pid}/task"))? {
            sum += counted(&fs::read_to_string(thread?.path().join("status"))?);
        }
    }
    Ok(sum)
}

/// A thread's switches of both kinds, see <https://man7.org/linux/man-pages/man5/proc_pid_status.5.html>.
fn counted(status: &str) -> u64 {
    let counts = status.lines().filter_map(|line| line.split_once("voluntary_ctxt_switches:"));
    counts.filter_map(|(_, count)| count.trim().parse::<u64>().ok()).sum()
}

#[cfg(test)]
mod tests {
    #[test]
    fn switches_of_both_kinds_count() {
        let status = "Name:\treader\nvoluntary_ctxt_switches:\t12\nnonvoluntary_ctxt_switches:\t3\n";
        assert_eq!(super::counted(status), 15);
    }
}
