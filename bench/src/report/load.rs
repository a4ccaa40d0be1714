//! What others did on the machine while it was measured: whoever reads the figures has to know.

use nix::sys::resource::{UsageWho, getrusage};
use nix::sys::time::TimeValLike;
use std::fmt;
use std::fs;
use std::time::Instant;

/// Ticks a second in `/proc/stat`, whatever the kernel's own are.
/// <https://man7.org/linux/man-pages/man5/proc_stat.5.html>
const TICKS: f64 = 100.0;

/// The columns of `/proc/stat` behind `cpu`: processor time of programs, of the kernel for them and for interrupts, and what
/// the host gave to others.
const BUSY: [usize; 5] = [0, 1, 2, 5, 6];
const STOLEN: usize = 7;

/// How much processor time was used up to a moment, in seconds.
#[derive(Clone, Copy)]
struct Used {
    busy: f64,
    stolen: f64,
    /// Of the busy time, by this process and those that it has waited for.
    own: f64,
}

impl Used {
    fn now() -> Option<Self> {
        let (busy, stolen) = of_stat(&fs::read_to_string("/proc/stat").ok()?)?;
        let own = [UsageWho::RUSAGE_SELF, UsageWho::RUSAGE_CHILDREN].into_iter().map(|who| {
            let usage = getrusage(who).ok()?;
            Some((usage.user_time() + usage.system_time()).num_microseconds() as f64 / 1e6)
        });
        Some(Used { busy, stolen, own: own.sum::<Option<f64>>()? })
    }
}

/// Busy and stolen seconds.
fn of_stat(text: &str) -> Option<(f64, f64)> {
    let ticks: Vec<f64> =
        text.lines().next()?.strip_prefix("cpu ")?.split_whitespace().map_while(|field| field.parse().ok()).collect();
    let at = |column: usize| ticks.get(column).copied();
    Some((BUSY.into_iter().map(at).sum::<Option<f64>>()? / TICKS, at(STOLEN)? / TICKS))
}

/// Since when it is looked.
pub(crate) struct Load {
    since: Instant,
    before: Option<Used>,
}

impl Load {
    pub(crate) fn from_now() -> Self {
        Load { since: Instant::now(), before: Used::now() }
    }
}

/// So far.
impl fmt::Display for Load {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (Some(before), Some(now)) = (self.before, Used::now()) else {
            return f.write_str("what others did meanwhile is unknown");
        };
        let passed = self.since.elapsed().as_secs_f64();
        let of_one = |seconds: f64| (100.0 * seconds / passed).max(0.0);
        let others = of_one((now.busy - before.busy) - (now.own - before.own));
        write!(f, "others used {others:.0} % of a processor meanwhile, ")?;
        write!(f, "and the host kept back {:.0} %", of_one(now.stolen - before.stolen))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_time_of_programs_kernel_and_interrupts_is_busy_and_what_the_host_kept_is_stolen() {
        let text = "cpu  1000 200 30 999999 88888 4 5 600 7 8\ncpu0 1 1 1 1 1 1 1 1\n";
        assert_eq!(of_stat(text), Some((12.39, 6.0)));
        assert_eq!(of_stat("intr 1 2 3\n"), None);
        assert_eq!(of_stat("cpu  1 2 3\n"), None);
    }
}
