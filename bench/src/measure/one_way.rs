//! How many messages pass in one direction.

use super::sides::{self, Cpus};
use super::{now, processor_time};
use crate::mechanism::{Mechanism, Port, Reason, Setup, Side};
use crate::pattern::{Check, Pattern};

/// How much is sent in a run.
#[derive(Clone, Copy)]
pub(crate) enum Amount {
    /// As much as goes in so many nanoseconds.
    Time(u64),
    /// So many messages.
    Messages(u64),
}

/// What a one-way run found.
#[derive(Clone, Copy)]
pub(crate) struct Flow {
    pub(crate) messages: u64,
    /// From the first `send` to the last message checked.
    pub(crate) nanoseconds: u64,
    /// Processor time of both sides together, in nanoseconds.
    pub(crate) processor: u64,
}

impl Flow {
    pub(crate) fn messages_per_second(&self) -> f64 {
        self.messages as f64 * 1e9 / self.nanoseconds as f64
    }

    pub(crate) fn processor_per_message(&self) -> f64 {
        self.processor as f64 / self.messages as f64
    }
}

/// The sender looks at the clock after about so many bytes: seldom enough to cost nothing, often enough to end in time.
const CLOCK_EVERY: usize = 64 << 10;

/// Messages are sent for so many nanoseconds before the clock starts: pages are touched for the first time, caches and
/// branches are cold.
const WARM_UP: Amount = Amount::Time(20_000_000);

/// Sends messages from the first side to the second.
pub(crate) fn one_way<M: Mechanism>(cpus: Cpus, setup: &Setup<'_>, amount: Amount) -> Result<Flow, Reason> {
    let length = setup.payload;
    let prepared = M::prepare(setup)?;
    let [[sent, start, first_cpu], [received, end, second_cpu]] =
        sides::run(cpus, &prepared, |side, mut port: M::Port, meeting| {
            match side {
                Side::First => send_all(&mut port, length, WARM_UP)?,
                Side::Second => receive_all(&mut port, length)?,
            };
            meeting.wait()?;
            let (before, begin) = (processor_time(), now());
            let (count, time) = match side {
                Side::First => (send_all(&mut port, length, amount)?, begin),
                Side::Second => (receive_all(&mut port, length)?, now()),
            };
            let processor = processor_time() - before;
            meeting.wait()?;
            Ok([count, time, processor])
        })?;
    if sent != received {
        return Err(Reason(format!("{sent} messages were sent and {received} received")));
    }
    Ok(Flow { messages: sent, nanoseconds: end - start, processor: first_cpu + second_cpu })
}

fn send_all(port: &mut impl Port, length: usize, amount: Amount) -> Result<u64, Reason> {
    let burst = match amount {
        Amount::Messages(count) => count,
        Amount::Time(_) => (CLOCK_EVERY / (length + 64)).max(1) as u64,
    };
    let start = now();
    let mut number = 0;
    loop {
        let is_last_burst = match amount {
            Amount::Messages(_) => true,
            Amount::Time(time) => now() - start >= time,
        };
        for index in 0..burst {
            let last = is_last_burst && index + 1 == burst;
            port.send(Pattern { number, last, length })?;
            number += 1;
        }
        if is_last_burst {
            port.flush()?;
            return Ok(number);
        }
    }
}

fn receive_all(port: &mut impl Port, length: usize) -> Result<u64, Reason> {
    let mut check = Check::new(length);
    while !check.ended {
        port.receive(&mut check)?;
        // A missing message would have us wait for the end for ever.
        if !check.is_right() {
            return Err(Reason(format!("message {} arrived wrong", check.count())));
        }
    }
    Ok(check.count())
}
