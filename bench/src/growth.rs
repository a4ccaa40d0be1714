//! Cost per message by the number of messages: flat, if nothing piles up.

use crate::figures::{Figures, Measure, Section, Subject};
use crate::measure::{Amount, Cpus};
use crate::mechanism::{Kind, Reason};
use crate::mechanisms;
use crate::messages::{one_way, ours};
use crate::options::Options;
use crate::plan::{AROUND, Job};
use std::time::Duration;

const PAYLOAD: u64 = 64;

/// Of this many messages the first ones' cold caches are a small part.
const FEWEST: u64 = 10_000;

const MOST: u64 = 100_000_000;
const QUICK_MOST: u64 = 10_000_000;

/// Guessed cost of a message, in nanoseconds, to tell how long is left.
const GUESS: u64 = 40;

/// Ours, and the fastest peer that was measured before in the same run.
pub(crate) fn jobs(cpus: Cpus, options: &Options, figures: &Figures) -> Vec<Job<'static>> {
    let is_peer = |subject: &Subject| subject.kind == Some(Kind::Peer) && subject.payload == PAYLOAD;
    let best = figures.best(Section::Messages, Measure::Throughput, is_peer).map(|(subject, _)| subject.name);
    let peer = mechanisms::ALL.iter().find(|entry| Some(entry.name) == best);
    let entries: Vec<_> = ours().chain(peer).filter(|entry| options.wants(entry.name)).collect();
    let most = if options.quick { QUICK_MOST } else { MOST };
    let mut jobs = Vec::new();
    for count in std::iter::successors(Some(FEWEST), |count| Some(count * 10)).take_while(|&count| count <= most) {
        for &entry in &entries {
            jobs.push(Job {
                subject: Subject {
                    section: Section::Growth,
                    name: entry.name,
                    kind: Some(entry.kind),
                    manner: Some(entry.manner),
                    payload: PAYLOAD,
                    at: count,
                },
                what: format!("{count} messages"),
                measures: &[Measure::Cost],
                expected: Duration::from_nanos(count * GUESS) + AROUND,
                run: Box::new(move || -> Result<Vec<f64>, Reason> {
                    let flow = one_way(cpus, entry, PAYLOAD, None, Amount::Messages(count))?;
                    Ok(vec![flow.nanoseconds as f64 / flow.messages as f64])
                }),
            });
        }
    }
    jobs
}
