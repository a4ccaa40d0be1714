//! How long a message takes there and back.

use super::now;
use super::sides::{self, Cpus};
use crate::mechanism::{Mechanism, Port, Reason, Setup, Side};
use crate::pattern::{Check, Pattern};

/// Round trips of a run, in nanoseconds: the middle, and what one in 100 and in 1000 exceeds.
#[derive(Clone, Copy)]
pub(crate) struct RoundTrips {
    pub(crate) p50: u64,
    pub(crate) p99: u64,
    pub(crate) p999: u64,
}

impl RoundTrips {
    /// From every round trip's time.
    pub(crate) fn of(mut times: Vec<u64>) -> Self {
        times.sort_unstable();
        let at = |share: f64| times[((times.len() - 1) as f64 * share) as usize];
        RoundTrips { p50: at(0.5), p99: at(0.99), p999: at(0.999) }
    }

    pub(crate) fn figures(self) -> [u64; 3] {
        [self.p50, self.p99, self.p999]
    }
}

/// Round trips that are not counted: caches and branches are cold.
const WARM_UP: u64 = 200;

/// At least so many are counted, however long they take, so that there is a thousandth.
const AT_LEAST: u64 = 1000;

/// Sends a message there and back, one at a time, for about `time` nanoseconds.
pub(crate) fn ping_pong<M: Mechanism>(cpus: Cpus, setup: &Setup<'_>, time: u64) -> Result<RoundTrips, Reason> {
    let length = setup.payload;
    let prepared = M::prepare(setup)?;
    let [[p50, p99, p999], _] = sides::run(cpus, &prepared, |side, mut port: M::Port, meeting| {
        meeting.wait()?;
        let found = match side {
            Side::First => ping(&mut port, length, time)?.figures(),
            Side::Second => pong(&mut port, length)?,
        };
        meeting.wait()?;
        Ok(found)
    })?;
    Ok(RoundTrips { p50, p99, p999 })
}

fn ping(port: &mut impl Port, length: usize, time: u64) -> Result<RoundTrips, Reason> {
    let mut check = Check::new(length);
    timed(time, |number, last| {
        port.send(Pattern { number, last, length })?;
        port.flush()?;
        while check.count() <= number {
            port.receive(&mut check)?;
        }
        match check.is_right() {
            true => Ok(()),
            false => Err(Reason(format!("the answer to message {number} arrived wrong"))),
        }
    })
}

/// Makes round trips for about `time` nanoseconds, one reading of the clock for each. The `trip` is given its number and
/// whether it is the last.
pub(crate) fn timed(time: u64, mut trip: impl FnMut(u64, bool) -> Result<(), Reason>) -> Result<RoundTrips, Reason> {
    let mut times = Vec::new();
    let start = now();
    let mut before = start;
    let mut number = 0;
    loop {
        let last = number >= WARM_UP + AT_LEAST && before - start >= time;
        trip(number, last)?;
        let after = now();
        if number >= WARM_UP {
            times.push(after - before);
        }
        before = after;
        number += 1;
        if last {
            return Ok(RoundTrips::of(times));
        }
    }
}

fn pong(port: &mut impl Port, length: usize) -> Result<[u64; 3], Reason> {
    let mut check = Check::new(length);
    loop {
        let number = check.count();
        while check.count() <= number {
            port.receive(&mut check)?;
        }
        port.send(Pattern { number, last: check.ended, length })?;
        port.flush()?;
        if !check.is_right() {
            return Err(Reason(format!("message {number} arrived wrong")));
        }
        if check.ended {
            return Ok([0; 3]);
        }
    }
}
