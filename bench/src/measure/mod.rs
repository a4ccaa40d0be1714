//! One run of one mechanism: two pinned sides, a start together, figures.

mod one_way;
mod ping_pong;
mod sides;

pub(crate) use one_way::{Amount, Flow, one_way};
pub(crate) use ping_pong::{RoundTrips, ping_pong, timed};
pub(crate) use sides::{Cpus, in_a_process, in_two_processes};

use nix::sys::resource::{UsageWho, getrusage};
use nix::sys::time::TimeValLike;
use nix::time::{ClockId, clock_gettime};

/// Nanoseconds on a clock that all processes share.
pub(crate) fn now() -> u64 {
    let time = clock_gettime(ClockId::CLOCK_MONOTONIC).expect("Linux has this clock");
    time.num_nanoseconds() as u64
}

/// Nanoseconds of processor time that this process (or, for `RUSAGE_THREAD`, this thread) has used, in user and in
/// kernel mode.
fn processor_time() -> u64 {
    let usage = getrusage(UsageWho::RUSAGE_THREAD).expect("Linux tells a thread's use");
    ((usage.user_time() + usage.system_time()).num_microseconds() * 1000) as u64
}
