//! What was found: a row for each run and measure, and how the rounds are summed up.

use crate::mechanism::{Kind, Manner, Reason};
use crate::pace::Pace;
use clap::ValueEnum;

/// A part of the bench that can be run by itself.
#[derive(Clone, Copy, PartialEq, Eq, Debug, ValueEnum)]
pub(crate) enum Section {
    /// Every mechanism with every payload: one way, and there and back
    Messages,
    /// What the machine itself takes: a cache line, a byte through a FIFO, a copy, a fence
    Limits,
    /// Whole programs: writer and reader beside cat, a cold start, a start beside 1,000 segments, an idle pair
    Programs,
    /// Cost per message by the number of messages
    Growth,
    /// Throughput by the capacity of a lane
    Capacity,
}

impl Section {
    /// As the CSV and the headings name it.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Section::Messages => "messages",
            Section::Limits => "limits",
            Section::Programs => "programs",
            Section::Growth => "growth",
            Section::Capacity => "capacity",
        }
    }
}

/// What a value is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Measure {
    /// Messages a second, one way.
    Throughput,
    /// Processor time of both sides together for each message, in nanoseconds.
    Processor,
    /// Nanoseconds there and back that half of the round trips do not exceed.
    Median,
    /// The same for 99 of 100.
    OneIn100,
    /// The same for 999 of 1000.
    OneIn1000,
    /// Nanoseconds for one operation, or for one message.
    Cost,
    /// Bytes a second.
    Bandwidth,
    /// Context switches, of all processes together.
    Switches,
}

impl Measure {
    /// As the CSV names it.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Measure::Throughput => "throughput",
            Measure::Processor => "processor time",
            Measure::Median => "p50",
            Measure::OneIn100 => "p99",
            Measure::OneIn1000 => "p99.9",
            Measure::Cost => "cost",
            Measure::Bandwidth => "bandwidth",
            Measure::Switches => "context switches",
        }
    }

    /// What its values count.
    pub(crate) fn unit(self) -> &'static str {
        match self {
            Measure::Throughput => "messages/s",
            Measure::Processor | Measure::Median | Measure::OneIn100 | Measure::OneIn1000 | Measure::Cost => "ns",
            Measure::Bandwidth => "bytes/s",
            Measure::Switches => "switches",
        }
    }

    /// Whether more is better.
    pub(crate) fn is_rate(self) -> bool {
        matches!(self, Measure::Throughput | Measure::Bandwidth)
    }
}

/// What was measured.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Subject {
    pub(crate) section: Section,
    pub(crate) name: &'static str,
    /// None for what is neither ours nor another's: the limits of the machine.
    pub(crate) kind: Option<Kind>,
    /// How messages are handed over, where there are any.
    pub(crate) manner: Option<Manner>,
    /// Bytes of a message; 0 where there are none.
    pub(crate) payload: u64,
    /// What the section varies beside the payload, 0 if nothing: the lane's bytes, or the number of messages.
    pub(crate) at: u64,
}

/// One value of one round.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Row {
    pub(crate) subject: Subject,
    pub(crate) measure: Measure,
    /// Counted from 1.
    pub(crate) round: u32,
    pub(crate) value: f64,
    /// What a cache line took there and back meanwhile, if that was looked at; infinite if it changed.
    pub(crate) pace: Option<f64>,
}

/// The rounds of one measure.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(crate) struct Spread {
    pub(crate) min: f64,
    pub(crate) median: f64,
    pub(crate) max: f64,
}

impl Spread {
    /// None of no values. The median of an even number is the mean of the middle two.
    fn of(mut values: Vec<f64>) -> Option<Self> {
        values.sort_by(f64::total_cmp);
        let (&min, &max) = (values.first()?, values.last()?);
        let median = f64::midpoint(values[(values.len() - 1) / 2], values[values.len() / 2]);
        Some(Spread { min, median, max })
    }
}

/// All that was found.
#[derive(Default)]
pub(crate) struct Figures {
    /// In the order in which they were first met.
    subjects: Vec<Subject>,
    rows: Vec<Row>,
    failures: Vec<(Subject, Measure, Reason)>,
    /// The pace at which sections that are run together were measured.
    paces: Vec<(Vec<Section>, Pace)>,
}

impl Figures {
    pub(crate) fn add(&mut self, row: Row) {
        self.meet(row.subject);
        self.rows.push(row);
    }

    /// Says why there is no figure. Those of earlier rounds no longer count.
    pub(crate) fn fail(&mut self, subject: Subject, measure: Measure, reason: Reason) {
        self.meet(subject);
        self.failures.push((subject, measure, reason));
    }

    fn meet(&mut self, subject: Subject) {
        if !self.subjects.contains(&subject) {
            self.subjects.push(subject);
        }
    }

    pub(crate) fn rows(&self) -> &[Row] {
        &self.rows
    }

    /// What has no figure, and why.
    pub(crate) fn failures(&self) -> &[(Subject, Measure, Reason)] {
        &self.failures
    }

    pub(crate) fn failure(&self, subject: &Subject, measure: Measure) -> Option<&Reason> {
        let found = self.failures.iter().find(|(failed, what, _)| failed == subject && *what == measure);
        found.map(|(.., reason)| reason)
    }

    /// From now on only those rounds of these sections count that were made at the pace of most, where there are any.
    pub(crate) fn settle(&mut self, sections: &[Section]) {
        self.paces.retain(|(settled, _)| settled != sections);
        let of_them = self.rows.iter().filter(|row| sections.contains(&row.subject.section));
        if let Some(pace) =
            Pace::prevailing(of_them.filter_map(|row| row.pace).filter(|pace| pace.is_finite()).collect())
        {
            self.paces.push((sections.into(), pace));
        }
    }

    /// At which pace sections were measured.
    pub(crate) fn paces(&self) -> &[(Vec<Section>, Pace)] {
        &self.paces
    }

    fn is_at_pace(&self, row: &Row) -> bool {
        let pace = self.paces.iter().find(|(sections, _)| sections.contains(&row.subject.section));
        pace.is_none_or(|(_, pace)| row.pace.is_none_or(|found| pace.holds(found)))
    }

    fn rounds<'a>(&'a self, subject: &'a Subject, measure: Measure) -> impl Iterator<Item = &'a Row> {
        self.rows.iter().filter(move |row| row.subject == *subject && row.measure == measure)
    }

    /// In how many rounds a measure was found at the pace of most.
    pub(crate) fn rounds_at_pace(&self, subject: &Subject, measure: Measure) -> usize {
        self.rounds(subject, measure).filter(|row| self.is_at_pace(row)).count()
    }

    /// The rounds of a measure, if it was measured and did not fail.
    pub(crate) fn spread(&self, subject: &Subject, measure: Measure) -> Option<Spread> {
        let has_pace = self.rounds_at_pace(subject, measure) > 0;
        let of_it = self.rounds(subject, measure).filter(|row| !has_pace || self.is_at_pace(row));
        let values = of_it.map(|row| row.value).collect();
        if self.failure(subject, measure).is_some() { None } else { Spread::of(values) }
    }

    /// All that a section measured or failed to measure, in the order in which it was first met.
    pub(crate) fn subjects(&self, section: Section) -> Vec<Subject> {
        self.subjects.iter().filter(|subject| subject.section == section).copied().collect()
    }

    /// The best median of a measure among those that `counts` lets in.
    pub(crate) fn best(
        &self,
        section: Section,
        measure: Measure,
        counts: impl Fn(&Subject) -> bool,
    ) -> Option<(Subject, Spread)> {
        let medians = self.subjects(section).into_iter().filter(counts);
        let medians = medians.filter_map(|subject| Some((subject, self.spread(&subject, measure)?)));
        let sign = if measure.is_rate() { 1.0 } else { -1.0 };
        medians.max_by(|one, other| (sign * one.1.median).total_cmp(&(sign * other.1.median)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn subject(name: &'static str) -> Subject {
        Subject { section: Section::Messages, name, kind: Some(Kind::Peer), manner: None, payload: 8, at: 0 }
    }

    fn figures(values: &[(&'static str, f64)]) -> Figures {
        let mut figures = Figures::default();
        for &(name, value) in values {
            figures.add(Row { subject: subject(name), measure: Measure::Cost, round: 1, value, pace: None });
        }
        figures
    }

    #[test]
    fn a_spread_is_the_middle_and_both_ends_in_whatever_order_the_rounds_came() {
        let odd = Spread::of(vec![5.0, 1.0, 3.0]);
        assert_eq!(odd, Some(Spread { min: 1.0, median: 3.0, max: 5.0 }));
        let even = Spread::of(vec![4.0, 1.0, 2.0, 8.0]);
        assert_eq!(even, Some(Spread { min: 1.0, median: 3.0, max: 8.0 }));
        assert_eq!(Spread::of(vec![]), None);
    }

    #[test]
    fn the_best_is_the_cheapest_of_costs_and_the_most_of_rates() {
        let mut figures = figures(&[("cheap", 1.0), ("dear", 9.0)]);
        let best = |figures: &Figures, measure| figures.best(Section::Messages, measure, |_| true).unwrap().0.name;
        assert_eq!(best(&figures, Measure::Cost), "cheap");
        for (name, value) in [("slow", 1.0), ("fast", 9.0)] {
            figures.add(Row { subject: subject(name), measure: Measure::Throughput, round: 1, value, pace: None });
        }
        assert_eq!(best(&figures, Measure::Throughput), "fast");
    }

    #[test]
    fn what_failed_in_a_later_round_has_no_figure_and_a_reason() {
        let mut figures = figures(&[("one", 1.0), ("one", 2.0)]);
        assert!(figures.spread(&subject("one"), Measure::Cost).is_some());
        figures.fail(subject("one"), Measure::Cost, Reason("it hung".into()));
        assert_eq!(figures.spread(&subject("one"), Measure::Cost), None);
        assert_eq!(figures.failure(&subject("one"), Measure::Cost).unwrap().0, "it hung");
        assert_eq!(figures.subjects(Section::Messages).len(), 1);
    }

    #[test]
    fn rounds_at_another_pace_do_not_count_unless_there_are_no_others() {
        let mut figures = Figures::default();
        let found = [("one", 100.0, 1.0), ("one", 101.0, 2.0), ("one", 400.0, 50.0), ("one", f64::INFINITY, 60.0)];
        for (name, pace, value) in found.into_iter().chain([("other", 410.0, 70.0)]) {
            let row = Row { subject: subject(name), measure: Measure::Cost, round: 1, value, pace: Some(pace) };
            figures.add(row);
        }
        let most = |figures: &Figures, name| figures.spread(&subject(name), Measure::Cost).unwrap().max;
        assert_eq!(most(&figures, "one"), 60.0);
        figures.settle(&[Section::Messages]);
        assert_eq!((most(&figures, "one"), most(&figures, "other")), (2.0, 70.0));
        assert_eq!(figures.rounds_at_pace(&subject("one"), Measure::Cost), 2);
        assert_eq!(figures.rounds_at_pace(&subject("other"), Measure::Cost), 0);
    }
}
