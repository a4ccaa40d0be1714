//! What the machine itself takes for the steps that any mechanism is made of. None can be faster than these.

mod cache_line;
mod copy;
mod fifo;
mod first_touch;
mod semaphore;
mod steps;

pub(crate) use copy::copy_file;

use crate::figures::{Measure, Section, Subject};
use crate::measure::{Cpus, RoundTrips, in_two_processes};
use crate::mechanism::{Reason, Side};
use crate::options::Options;
use crate::plan::{AROUND, Job};
use shmchat::MemoryKind;
use std::time::Duration;

/// The names that the targets look for.
pub(crate) const CACHE_LINE: &str = "cache line there and back";
pub(crate) const FIFO: &str = "FIFO byte there and back";

/// How long to look at the machine's pace, in nanoseconds: so short that it costs a run little.
const GLANCE: u64 = 1_000_000;

/// What a cache line takes there and back just now, in nanoseconds.
pub(crate) fn pace(cpus: Cpus) -> Result<f64, Reason> {
    Ok(cache_line::round_trips(cpus, GLANCE)?.p50 as f64)
}

const ROUND_TRIPS: &[Measure] = &[Measure::Median, Measure::OneIn100, Measure::OneIn1000];

/// A job for each limit.
pub(crate) fn jobs(cpus: Cpus, options: &Options) -> Vec<Job<'static>> {
    let time = options.run_time();
    let job = |name, measures, run: Box<dyn FnMut() -> Result<Vec<f64>, Reason>>| Job {
        subject: Subject { section: Section::Limits, name, kind: None, manner: None, payload: 0, at: 0 },
        what: format!("{} ms", time / 1_000_000),
        measures,
        expected: Duration::from_nanos(time) + AROUND,
        run,
    };
    let trips = |name, run: fn(Cpus, u64) -> Result<RoundTrips, Reason>| {
        job(name, ROUND_TRIPS, Box::new(move || Ok(run(cpus, time)?.figures().map(|time| time as f64).into())))
    };
    let step = |name, run: fn(u64) -> f64| {
        job(name, &[Measure::Cost], Box::new(move || Ok(vec![on_one_processor(cpus, || run(time))?])))
    };
    let copy = |name, bytes: usize, by: fn(usize, u64) -> f64| {
        job(
            name,
            &[Measure::Cost, Measure::Bandwidth],
            Box::new(move || {
                let cost = on_one_processor(cpus, || by(bytes, time))?;
                Ok(vec![cost, bytes as f64 * 1e9 / cost])
            }),
        )
    };
    let touch = |names: [&'static str; 2], memory: MemoryKind| {
        let lap =
            |name, laps| job(name, &[Measure::Cost], Box::new(move || Ok(vec![first_touch::last_of(laps, memory)?])));
        [lap(names[0], 1), lap(names[1], 3)]
    };
    let jobs = [
        trips(CACHE_LINE, cache_line::round_trips),
        trips(FIFO, fifo::round_trips),
        trips("named POSIX semaphore there and back", semaphore::round_trips),
        step("store", steps::store),
        step("store and SeqCst fence", steps::store_and_fence),
        step("SeqCst swap", steps::swap),
        step("clock reading", steps::clock),
        copy("memcpy of 64 B", 64, copy::memcpy),
        copy("memcpy of 1 KiB", 1 << 10, copy::memcpy),
        copy("memcpy of 64 KiB", 64 << 10, copy::memcpy),
        copy("memcpy of 1 MiB", 1 << 20, copy::memcpy),
        copy("atomic words, 64 B", 64, copy::copy_of_words),
        copy("atomic words, 1 KiB", 1 << 10, copy::copy_of_words),
        copy("atomic words, 64 KiB", 64 << 10, copy::copy_of_words),
        copy("atomic words, 1 MiB", 1 << 20, copy::copy_of_words),
    ];
    let touches = [
        touch(["first MiB through a System V segment", "third MiB through a System V segment"], MemoryKind::SysV),
        touch(["first MiB through POSIX memory", "third MiB through POSIX memory"], MemoryKind::Posix),
        touch(["first MiB through a mapped file", "third MiB through a mapped file"], MemoryKind::File),
    ];
    jobs.into_iter().chain(touches.into_iter().flatten()).filter(|job| options.wants(job.subject.name)).collect()
}

/// A figure found in a process of its own, pinned as the sides of a mechanism are.
fn on_one_processor(cpus: Cpus, work: impl Fn() -> f64) -> Result<f64, Reason> {
    // As bits, since the sides hand over whole numbers.
    let [[found], _] = in_two_processes(|side, _| match side {
        Side::First => {
            cpus.pin(side)?;
            Ok([work().to_bits()])
        }
        Side::Second => Ok([0]),
    })?;
    Ok(f64::from_bits(found))
}
