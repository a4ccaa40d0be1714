//! A named POSIX semaphore there and another one back, each waited for by a process that sleeps: beside the FIFO's byte, it shows
//! what the FIFO costs as a doorbell.

use crate::measure::{Cpus, RoundTrips, in_two_processes, timed};
use crate::mechanism::{Reason, Side};
use crate::semaphore::Semaphore;
use std::sync::atomic::{AtomicU64, Ordering};

/// Names end up in one place for all processes; they go at once.
static RUNS: AtomicU64 = AtomicU64::new(0);

/// `sem_post`, then `sem_wait`, on both sides. The second side is told by the number of trips that it is the last.
pub(super) fn round_trips(cpus: Cpus, time: u64) -> Result<RoundTrips, Reason> {
    let run = RUNS.fetch_add(1, Ordering::Relaxed);
    let semaphore = |which| Semaphore::new(&format!("/shmchat-limits-{}-{run}-{which}", std::process::id()), 0);
    let [there, back, end] = [semaphore("there")?, semaphore("back")?, semaphore("end")?];
    let [[p50, p99, p999], _] = in_two_processes(|side, meeting| {
        cpus.pin(side)?;
        meeting.wait()?;
        match side {
            Side::First => {
                let trips = timed(time, |_, last| {
                    if last {
                        end.post()?;
                    }
                    there.post()?;
                    Ok(back.wait()?)
                })?;
                Ok(trips.figures())
            }
            Side::Second => loop {
                there.wait()?;
                let is_last = end.try_wait()?;
                back.post()?;
                if is_last {
                    return Ok([0; 3]);
                }
            },
        }
    })?;
    Ok(RoundTrips { p50, p99, p999 })
}
