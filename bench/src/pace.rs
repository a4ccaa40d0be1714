//! The machine's own pace: what a cache line takes there and back just before and after a run.
//!
//! A virtual machine's processors are moved about by its host. On one and the same machine a line took 80, 130 or 420 ns for
//! minutes each, and a peer then moved 98 or 7 million messages a second. So figures are compared only where they were found
//! at the same pace, and what was found at another does not count.

/// Paces that differ by less than this factor are the same: within minutes at one place they stay within 1.15.
const SAME: f64 = 1.3;

/// The pace at which most runs were made, and what is to be said of the others.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(crate) struct Pace {
    /// From and to so many nanoseconds.
    low: f64,
    high: f64,
    /// The runs at that pace, and all of them.
    runs: usize,
    all: usize,
    /// The fastest and the slowest of all.
    least: f64,
    most: f64,
}

impl Pace {
    /// None of no runs.
    pub(crate) fn prevailing(mut paces: Vec<f64>) -> Option<Self> {
        paces.sort_by(f64::total_cmp);
        let (&least, &most) = (paces.first()?, paces.last()?);
        let from = |start: usize| paces[start..].iter().take_while(|&&pace| pace <= paces[start] * SAME).count();
        // Of equally frequent ones the faster: it is what the machine can do.
        let (start, runs) = (0..paces.len()).map(|start| (start, from(start))).rev().max_by_key(|&(_, runs)| runs)?;
        Some(Pace { low: paces[start], high: paces[start + runs - 1], runs, all: paces.len(), least, most })
    }

    pub(crate) fn holds(&self, pace: f64) -> bool {
        (self.low..=self.high).contains(&pace)
    }
}

impl std::fmt::Display for Pace {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Pace { low, high, runs, all, least, most } = self;
        write!(f, "a cache line took {low:.0} to {high:.0} ns there and back")?;
        match all - runs {
            0 => Ok(()),
            others => write!(f, "; {others} of {all} runs were made at other paces, {least:.0} to {most:.0} ns"),
        }
    }
}

/// Whether it stayed the same from before a run to after it.
pub(crate) fn is_same(before: f64, after: f64) -> bool {
    before.max(after) <= before.min(after) * SAME
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_prevailing_pace_is_that_of_most_runs() {
        let pace = Pace::prevailing(vec![400.0, 130.0, 80.0, 135.0, 410.0, 128.0]).unwrap();
        assert!([128.0, 130.0, 135.0].into_iter().all(|one| pace.holds(one)));
        assert!(![80.0, 400.0, 410.0].into_iter().any(|one| pace.holds(one)));
        let said = "a cache line took 128 to 135 ns there and back; 3 of 6 runs were made at other paces, 80 to 410 ns";
        assert_eq!(pace.to_string(), said);
        assert_eq!(Pace::prevailing(vec![]), None);
    }

    #[test]
    fn of_equally_frequent_paces_the_faster_prevails() {
        assert!(Pace::prevailing(vec![400.0, 410.0, 100.0, 101.0]).unwrap().holds(100.0));
    }

    #[test]
    fn a_pace_stays_the_same_within_a_third() {
        assert!(is_same(100.0, 129.0) && is_same(129.0, 100.0) && !is_same(100.0, 131.0) && !is_same(131.0, 100.0));
    }
}
