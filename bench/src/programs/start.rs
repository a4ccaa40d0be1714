//! From starting `writer` with one line to that line at the output of a `reader` that waited.

use super::channel::{Channel, Programs};
use super::together::{Together, read_soon};
use crate::mechanism::Reason;
use std::io::{Write, pipe};
use std::process::{Command, Stdio};
use std::time::Instant;

/// Starts of a run.
pub(super) const TRIES: usize = 50;

const LINE: &[u8] = b"one line\n";

/// The median time of a cold start, in nanoseconds.
pub(super) fn cold_line(programs: &Programs) -> Result<f64, Reason> {
    let channel = Channel::new(programs)?;
    let (mut output, sink) = pipe()?;
    let mut waiting = Together::new()?;
    waiting.start(channel.reader().arg("--stay").stdout(sink))?;
    // The first may find a reader that is not ready yet.
    let mut times = Vec::new();
    for _ in 0..=TRIES {
        let (input, mut typed) = pipe()?;
        typed.write_all(LINE)?;
        drop(typed);
        let mut together = Together::new()?;
        let start = Instant::now();
        together.start(channel.writer().stdin(input).stdout(Stdio::null()))?;
        let mut shown = Vec::new();
        let mut some = [0; 64];
        while shown.len() < LINE.len() {
            match read_soon(&mut output, &mut some)? {
                0 => return Err(Reason("the reader ended".into())),
                count => shown.extend_from_slice(&some[..count]),
            }
        }
        times.push(start.elapsed().as_nanos() as f64);
        if shown != LINE {
            return Err(Reason("the reader printed another line".into()));
        }
        together.finish()?;
    }
    Ok(median(times.split_off(1)))
}

/// The median time of starting a program that does nothing, to its end, in nanoseconds.
pub(super) fn nothing() -> Result<f64, Reason> {
    let mut times = Vec::new();
    for _ in 0..TRIES {
        let mut together = Together::new()?;
        let start = Instant::now();
        together.start(Command::new("/bin/true").stdin(Stdio::null()).stdout(Stdio::null()))?;
        together.finish()?;
        times.push(start.elapsed().as_nanos() as f64);
    }
    Ok(median(times))
}

/// The middle one.
pub(super) fn median(mut times: Vec<f64>) -> f64 {
    times.sort_by(f64::total_cmp);
    times[times.len() / 2]
}
