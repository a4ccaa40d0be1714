//! What is run, and in which order: of a section, round 1 of all, then round 2 of all, and so on, so that a machine that
//! is slower for some seconds is so for all alike.

use crate::figures::{Figures, Measure, Row, Subject};
use crate::mechanism::Reason;
use crate::progress::Progress;
use std::collections::HashMap;
use std::time::Duration;

/// A run that is repeated in each round.
pub(crate) struct Job<'a> {
    pub(crate) subject: Subject,
    /// As the progress line shows it behind the name.
    pub(crate) what: String,
    /// What it gives a value for, in this order.
    pub(crate) measures: &'static [Measure],
    /// About how long it takes.
    pub(crate) expected: Duration,
    pub(crate) run: Box<dyn FnMut() -> Result<Vec<f64>, Reason> + 'a>,
}

/// How long all rounds of all jobs take.
pub(crate) fn expected(jobs: &[Job<'_>], rounds: u32) -> Duration {
    jobs.iter().map(|job| job.expected).sum::<Duration>() * rounds
}

/// About what a run takes beside its measured time: two processes, their memory, their warming up.
pub(crate) const AROUND: Duration = Duration::from_millis(50);

/// After so many runs that hung, a mechanism is not tried any more: each costs a minute.
const HANGS: u32 = 2;

/// Runs each job in each round, unless it failed before.
pub(crate) fn carry_out(jobs: &mut [Job<'_>], rounds: u32, progress: &mut Progress, figures: &mut Figures) {
    let mut hangs: HashMap<&str, u32> = HashMap::new();
    for round in 1..=rounds {
        for job in &mut *jobs {
            let Subject { section, name, .. } = job.subject;
            let failed = job.measures.iter().any(|&measure| figures.failure(&job.subject, measure).is_some());
            if failed {
                progress.passed(job.expected);
                continue;
            }
            progress.run(section.name(), round, rounds, &format!("{name}, {}", job.what));
            let found = match hangs.get(name) {
                Some(&HANGS) => Err(Reason("not tried: it hung with others".into())),
                _ => (job.run)(),
            };
            match found {
                Ok(values) => {
                    for (&measure, value) in job.measures.iter().zip(values) {
                        figures.add(Row { subject: job.subject, measure, round, value });
                    }
                }
                Err(reason) => {
                    if reason.is_hang() {
                        *hangs.entry(name).or_default() += 1;
                    }
                    let reason = if round == 1 { reason } else { Reason(format!("{reason} (in round {round})")) };
                    job.measures.iter().for_each(|&measure| figures.fail(job.subject, measure, reason.clone()));
                }
            }
            progress.passed(job.expected);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::figures::Section;
    use std::cell::RefCell;

    const MEASURES: &[Measure] = &[Measure::Cost];

    fn job<'a>(name: &'static str, payload: u64, run: impl FnMut() -> Result<Vec<f64>, Reason> + 'a) -> Job<'a> {
        let subject = Subject { section: Section::Messages, name, kind: None, manner: None, payload, at: 0 };
        Job { subject, what: String::new(), measures: MEASURES, expected: AROUND, run: Box::new(run) }
    }

    fn carried_out(mut jobs: Vec<Job<'_>>, rounds: u32) -> Figures {
        let mut figures = Figures::default();
        carry_out(&mut jobs, rounds, &mut Progress::new(Duration::ZERO), &mut figures);
        figures
    }

    #[test]
    fn each_round_of_all_comes_before_the_next_round_of_any() {
        let order = RefCell::new(String::new());
        let noted = |name: &'static str| {
            let order = &order;
            job(name, 8, move || {
                order.borrow_mut().push_str(name);
                Ok(vec![1.0])
            })
        };
        let figures = carried_out(vec![noted("a"), noted("b")], 3);
        assert_eq!(*order.borrow(), "ababab");
        assert_eq!(figures.rows().iter().map(|row| row.round).collect::<Vec<_>>(), [1, 1, 2, 2, 3, 3]);
    }

    #[test]
    fn what_failed_is_not_tried_again() {
        let mut tries = 0;
        let failing = job("a", 8, || {
            tries += 1;
            Err(Reason("no".into()))
        });
        let figures = carried_out(vec![failing], 3);
        assert_eq!(figures.failures().len(), 1);
        drop(figures);
        assert_eq!(tries, 1);
    }

    #[test]
    fn what_hung_twice_is_not_tried_with_other_payloads() {
        let tries = RefCell::new(0);
        let hanging = |payload| {
            job("a", payload, || {
                *tries.borrow_mut() += 1;
                Err(Reason::hung(1))
            })
        };
        let figures = carried_out(vec![hanging(8), hanging(64), hanging(1024)], 2);
        assert_eq!(*tries.borrow(), 2);
        assert_eq!(figures.failures()[2].2.to_string(), "not tried: it hung with others");
    }
}
