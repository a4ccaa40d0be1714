//! What is run, and in which order: of a section, round 1 of all, then round 2 of all, and so on, so that a machine that
//! is slower for some seconds is so for all alike.

use crate::figures::{Figures, Measure, Row, Subject};
use crate::mechanism::Reason;
use crate::pace::is_same;
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

/// A run during which the machine's pace changes is made again, so often at most.
const AGAIN: u32 = 2;

/// So many rounds at most are added, of those that were not run at the pace of most in half of the rounds.
const ADDED: u32 = 2;

/// Runs each job in each round, unless it failed before. `pace` tells how fast the machine itself is at the moment.
pub(crate) fn carry_out(
    jobs: &mut [Job<'_>],
    rounds: u32,
    pace: &mut dyn FnMut() -> Option<f64>,
    progress: &mut Progress,
    figures: &mut Figures,
) {
    let mut hangs: HashMap<&str, u32> = HashMap::new();
    let mut sections: Vec<_> = jobs.iter().map(|job| job.subject.section).collect();
    sections.dedup();
    let mut before = pace();
    for round in 1..=rounds + ADDED {
        figures.settle(&sections);
        for job in &mut *jobs {
            let is_added = round > rounds;
            let is_enough = |measure| figures.rounds_at_pace(&job.subject, measure) > rounds as usize / 2;
            if is_added && job.measures.iter().all(|&measure| is_enough(measure)) {
                continue;
            }
            let Subject { section, name, .. } = job.subject;
            let failed = job.measures.iter().any(|&measure| figures.failure(&job.subject, measure).is_some());
            if failed {
                if !is_added {
                    progress.passed(job.expected);
                }
                continue;
            }
            progress.run(section.name(), round, rounds, &format!("{name}, {}", job.what));
            let found = match hangs.get(name) {
                Some(&HANGS) => Err(Reason("not tried: it hung with others".into())),
                _ => at_one_pace(&mut job.run, &mut before, pace),
            };
            match found {
                Ok((values, pace)) => {
                    for (&measure, value) in job.measures.iter().zip(values) {
                        figures.add(Row { subject: job.subject, measure, round, value, pace });
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
            if !is_added {
                progress.passed(job.expected);
            }
        }
    }
    figures.settle(&sections);
}

/// Runs it, again if the machine's pace was another after it than before, and gives what it found with that pace.
fn at_one_pace(
    run: &mut dyn FnMut() -> Result<Vec<f64>, Reason>,
    before: &mut Option<f64>,
    pace: &mut dyn FnMut() -> Option<f64>,
) -> Result<(Vec<f64>, Option<f64>), Reason> {
    let mut again = 0;
    loop {
        let found = run()?;
        let (earlier, now) = (std::mem::replace(before, pace()), *before);
        match (earlier, now) {
            (Some(earlier), Some(now)) if is_same(earlier, now) => {
                return Ok((found, Some(f64::midpoint(earlier, now))));
            }
            (Some(_), Some(_)) if again < AGAIN => again += 1,
            (Some(_), Some(_)) => return Ok((found, Some(f64::INFINITY))),
            _ => return Ok((found, None)),
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

    fn carried_out(jobs: Vec<Job<'_>>, rounds: u32) -> Figures {
        carried_out_at(jobs, rounds, &mut || None)
    }

    fn carried_out_at(mut jobs: Vec<Job<'_>>, rounds: u32, pace: &mut dyn FnMut() -> Option<f64>) -> Figures {
        let mut figures = Figures::default();
        carry_out(&mut jobs, rounds, pace, &mut Progress::new(Duration::ZERO), &mut figures);
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

    #[test]
    fn a_run_during_which_the_pace_changes_is_made_again() {
        let mut tries = 0;
        let counted = job("a", 8, || {
            tries += 1;
            Ok(vec![f64::from(tries)])
        });
        let mut paces = [100.0, 400.0, 405.0].into_iter();
        let figures = carried_out_at(vec![counted], 1, &mut || paces.next());
        assert_eq!(figures.rows().iter().map(|row| (row.value, row.pace)).collect::<Vec<_>>(), [(2.0, Some(402.5))]);
    }

    #[test]
    fn a_pace_that_never_stays_is_not_waited_for() {
        let mut last = 1.0;
        let figures = carried_out_at(vec![job("a", 8, || Ok(vec![1.0]))], 1, &mut || {
            last *= 2.0;
            Some(last)
        });
        assert!(figures.rows().iter().all(|row| row.pace == Some(f64::INFINITY)));
    }

    #[test]
    fn who_was_run_at_another_pace_than_most_gets_more_rounds() {
        let mut slow_tries = 0;
        let fast = |name| job(name, 8, || Ok(vec![1.0]));
        // The host moves the processors apart for this one's first two rounds.
        let slow = job("slow", 8, || {
            slow_tries += 1;
            Ok(vec![f64::from(slow_tries)])
        });
        let mut glances = 0;
        let mut pace = || {
            glances += 1;
            // Before the first run, after each of three in two rounds, where the last is made again.
            Some(if [4, 5, 9, 10].contains(&glances) { 400.0 } else { 100.0 })
        };
        let figures = carried_out_at(vec![fast("a"), fast("b"), slow], 2, &mut pace);
        let rounds = figures.rows().iter().filter(|row| row.subject.name == "slow");
        assert!(rounds.clone().count() > 2);
        assert_eq!(rounds.filter(|row| row.pace.is_some_and(|pace| pace < 130.0)).count(), 2);
    }
}
