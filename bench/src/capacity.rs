//! Throughput by the capacity of a lane: a small ring stays in the caches, a large one gives more room to wait in.

use crate::figures::{Measure, Section, Subject};
use crate::measure::{Amount, Cpus};
use crate::messages::{one_way, ours};
use crate::options::Options;
use crate::plan::{AROUND, Job};
use std::time::Duration;

/// A way of ours by its name, and the payload.
const USES: [(&str, u64); 3] = [("shmchat", 64), ("shmchat, batches", 64), ("shmchat", 64 << 10)];

const LEAST: u64 = 64 << 10;
const MOST: u64 = 64 << 20;

/// Every power of two; in a quick run every other.
pub(crate) fn jobs(cpus: Cpus, options: &Options) -> Vec<Job<'static>> {
    let time = options.run_time();
    let factor = if options.quick { 4 } else { 2 };
    let mut jobs = Vec::new();
    for capacity in std::iter::successors(Some(LEAST), |bytes| Some(bytes * factor)).take_while(|&bytes| bytes <= MOST)
    {
        for (name, payload) in USES.into_iter().filter(|(name, _)| options.wants(name)) {
            for entry in ours().filter(|entry| entry.name == name) {
                jobs.push(Job {
                    subject: Subject {
                        section: Section::Capacity,
                        name,
                        kind: Some(entry.kind),
                        manner: Some(entry.manner),
                        payload,
                        at: capacity,
                    },
                    what: format!("{payload} B, lanes of {} KiB", capacity >> 10),
                    measures: &[Measure::Throughput],
                    expected: Duration::from_nanos(time) + AROUND,
                    run: Box::new(move || {
                        let flow = one_way(cpus, entry, payload, Some(capacity), Amount::Time(time))?;
                        Ok(vec![flow.messages_per_second()])
                    }),
                });
            }
        }
    }
    jobs
}
