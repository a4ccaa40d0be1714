//! One byte through a named FIFO and one back, each read by a process that sleeps: the least that waking takes.

use crate::measure::{Cpus, RoundTrips, in_two_processes, timed};
use crate::mechanism::{Reason, Side};
use nix::sys::stat::Mode;
use nix::unistd::mkfifo;
use std::fs::File;
use std::io::{Read, Write};

const GO_ON: &[u8] = b"a";
const LAST: &[u8] = b"x";

/// `write`, then `read`, on both sides.
pub(super) fn round_trips(cpus: Cpus, time: u64) -> Result<RoundTrips, Reason> {
    let folder = tempfile::tempdir()?;
    let [there, back] = ["there", "back"].map(|name| folder.path().join(name));
    for fifo in [&there, &back] {
        mkfifo(fifo, Mode::S_IRUSR | Mode::S_IWUSR)?;
    }
    let [[p50, p99, p999], _] = in_two_processes(|side, meeting| {
        cpus.pin(side)?;
        // Each open waits for the other side's.
        let writing = |path| File::options().write(true).open(path);
        let (mut sink, mut source) = match side {
            Side::First => (writing(&there)?, File::open(&back)?),
            Side::Second => {
                let source = File::open(&there)?;
                (writing(&back)?, source)
            }
        };
        meeting.wait()?;
        let mut byte = [0];
        match side {
            Side::First => {
                let trips = timed(time, |_, last| {
                    sink.write_all(if last { LAST } else { GO_ON })?;
                    Ok(source.read_exact(&mut byte)?)
                })?;
                Ok(trips.figures())
            }
            Side::Second => {
                while byte != LAST {
                    source.read_exact(&mut byte)?;
                    sink.write_all(&byte)?;
                }
                Ok([0; 3])
            }
        }
    })?;
    Ok(RoundTrips { p50, p99, p999 })
}
