//! Every mechanism with every payload: one way, and there and back.

use crate::figures::{Measure, Section, Subject};
use crate::measure::{Amount, Cpus, Flow};
use crate::mechanism::{Kind, Reason, Setup};
use crate::mechanisms::{self, Entry};
use crate::options::{Options, TRIPS_ONLY};
use crate::plan::{AROUND, Job};
use std::time::Duration;

const ONE_WAY: &[Measure] = &[Measure::Throughput, Measure::Processor];
const ROUND_TRIPS: &[Measure] = &[Measure::Median, Measure::OneIn100, Measure::OneIn1000];

/// One job for each mechanism, payload, and direction.
pub(crate) fn jobs(cpus: Cpus, options: &Options) -> Vec<Job<'static>> {
    let time = options.run_time();
    let mut jobs = Vec::new();
    for &payload in &options.payload {
        let is_small_trip = payload == TRIPS_ONLY;
        let wanted = |entry: &&Entry| options.wants(entry.name) && (!is_small_trip || entry.kind == Kind::Ours);
        for entry in mechanisms::ALL.iter().filter(wanted) {
            let subject = Subject {
                section: Section::Messages,
                name: entry.name,
                kind: Some(entry.kind),
                manner: Some(entry.manner),
                payload,
                at: 0,
            };
            if !is_small_trip {
                jobs.push(Job {
                    subject,
                    what: format!("{payload} B, one way"),
                    measures: ONE_WAY,
                    expected: Duration::from_nanos(time) + AROUND,
                    run: Box::new(move || {
                        let flow = one_way(cpus, entry, payload, None, Amount::Time(time))?;
                        Ok(vec![flow.messages_per_second(), flow.processor_per_message()])
                    }),
                });
            }
            if options.wants_trips(payload) {
                jobs.push(Job {
                    subject,
                    what: format!("{payload} B, there and back"),
                    measures: ROUND_TRIPS,
                    expected: Duration::from_nanos(time) + AROUND,
                    run: Box::new(move || {
                        let folder = tempfile::tempdir()?;
                        let setup = Setup { payload: payload as usize, folder: folder.path(), capacity: None };
                        let trips = (entry.ping_pong)(cpus, &setup, time)?;
                        Ok(trips.figures().map(|time| time as f64).into())
                    }),
                });
            }
        }
    }
    jobs
}

/// A one-way run in a folder of its own.
pub(crate) fn one_way(
    cpus: Cpus,
    entry: &Entry,
    payload: u64,
    capacity: Option<u64>,
    amount: Amount,
) -> Result<Flow, Reason> {
    let folder = tempfile::tempdir()?;
    (entry.one_way)(cpus, &Setup { payload: payload as usize, folder: folder.path(), capacity }, amount)
}

/// The entries of ours.
pub(crate) fn ours() -> impl Iterator<Item = &'static Entry> {
    mechanisms::ALL.iter().filter(|entry| entry.kind == Kind::Ours)
}
