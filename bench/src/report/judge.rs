//! How a target is judged by the figures.

use super::table::{scale, short};
use crate::figures::{Figures, Measure, Section, Spread, Subject};
use crate::mechanism::{Kind, Manner, Reason};
use Measure::Median;

/// How a target is judged.
pub(super) enum Rule {
    /// Our median divided by the other's lies within a bound.
    Ratio { ours: Pick, other: Pick, bound: Bound },
    /// One cost explains all: there is a value that lies within the spread (minimum to maximum) of every number of
    /// messages, or their medians differ by less than [`STILL_FLAT`].
    Flat { name: &'static str },
    /// Our median itself lies within a bound.
    Value { ours: Pick, bound: Bound },
}

/// Medians that differ by less than this factor are the same to whoever plans with them.
const STILL_FLAT: f64 = 1.1;

/// Whose figure, and which.
#[derive(Clone, Copy)]
pub(super) struct Pick {
    pub(super) section: Section,
    pub(super) whose: Whose,
    pub(super) payload: u64,
    pub(super) measure: Measure,
}

#[derive(Clone, Copy)]
pub(super) enum Whose {
    Named(&'static str),
    /// The best of the ways of using one, whose names all begin with its own, that hand over in one of these manners.
    Uses(&'static str, &'static [Manner]),
    /// The best of a kind that hands its messages over in one of these manners.
    Best(Kind, &'static [Manner]),
    /// The same, but for the uses of one that is named.
    BestBut(&'static str, Kind, &'static [Manner]),
}

#[derive(Clone, Copy)]
pub(super) enum Bound {
    AtLeast(f64),
    AtMost(f64),
}

impl Bound {
    fn holds(self, value: f64) -> bool {
        match self {
            Bound::AtLeast(least) => value >= least,
            Bound::AtMost(most) => value <= most,
        }
    }
}

impl Pick {
    fn matches(self, subject: &Subject) -> bool {
        let is_in = |manners: &[Manner]| subject.manner.is_some_and(|manner| manners.contains(&manner));
        let is_of = |kind, manners| subject.kind == Some(kind) && is_in(manners);
        let is_whose = match self.whose {
            Whose::Named(name) => subject.name == name,
            Whose::Uses(name, manners) => is_use(name, subject) && is_in(manners),
            Whose::Best(kind, manners) => is_of(kind, manners),
            Whose::BestBut(name, kind, manners) => is_of(kind, manners) && !is_use(name, subject),
        };
        is_whose && subject.payload == self.payload
    }
}

/// `name` itself, or `name, in some way`.
fn is_use(name: &str, subject: &Subject) -> bool {
    subject.name.strip_prefix(name).is_some_and(|rest| rest.is_empty() || rest.starts_with(','))
}

/// What a target came to.
pub(crate) enum Verdict {
    Met(String),
    Missed(String),
    /// Why it cannot be told.
    NoFigure(String),
    /// Nobody asked, or nobody could, and why.
    NotMeasured(Option<String>),
}

/// Why a target is neither met nor missed.
enum Missing {
    NotMeasured(Option<String>),
    NoFigure(String),
}

/// Whether a target is met, with the figures; or why that cannot be told.
type Judged = Result<(bool, String), Missing>;

impl Rule {
    /// Judges by what was found.
    pub(super) fn judge(&self, figures: &Figures) -> Verdict {
        let judged = match self {
            Rule::Ratio { ours, other, bound } => ratio(figures, *ours, *other, *bound),
            Rule::Flat { name } => flat(figures, name),
            Rule::Value { ours, bound } => value(figures, *ours, *bound),
        };
        match judged {
            Ok((true, found)) => Verdict::Met(found),
            Ok((false, found)) => Verdict::Missed(found),
            Err(Missing::NoFigure(why)) => Verdict::NoFigure(why),
            Err(Missing::NotMeasured(why)) => Verdict::NotMeasured(why),
        }
    }
}

fn ratio(figures: &Figures, ours: Pick, other: Pick, bound: Bound) -> Judged {
    let (mine, my) = find(figures, ours)?;
    let (theirs, their) = find(figures, other)?;
    if their.median <= 0.0 {
        return Err(Missing::NoFigure(format!("{} has {} {}", theirs.name, their.median, other.measure.unit())));
    }
    let ratio = my.median / their.median;
    let (by, unit) = scale(ours.measure);
    let shown = [my.median, their.median].map(|median| short(median / by));
    let mut found = format!("{} × {} ({}: {}, {} {unit})", short(ratio), theirs.name, mine.name, shown[0], shown[1]);
    // The best of those that are here may not be the best of all.
    let absent = reasons(figures, other).filter(|(_, reason)| reason.is_absence());
    for (subject, _) in absent {
        found += &format!("; {} not measured", subject.name);
    }
    Ok((bound.holds(ratio), found))
}

fn flat(figures: &Figures, name: &str) -> Judged {
    let subjects = figures.subjects(Section::Growth).into_iter().filter(|subject| subject.name == name);
    let costs: Vec<_> =
        subjects.filter_map(|subject| Some((subject.at, figures.spread(&subject, Measure::Cost)?))).collect();
    let by_median = |one: &&(u64, Spread), other: &&(u64, Spread)| one.1.median.total_cmp(&other.1.median);
    let cheapest = costs.iter().min_by(by_median);
    let dearest = costs.iter().max_by(by_median);
    let (Some(&(cheap_at, cheap)), Some(&(dear_at, dear)), 2..) = (cheapest, dearest, costs.len()) else {
        return Err(Missing::NotMeasured(None));
    };
    let highest_min = costs.iter().map(|(_, cost)| cost.min).fold(0.0, f64::max);
    let lowest_max = costs.iter().map(|(_, cost)| cost.max).fold(f64::INFINITY, f64::min);
    let is_flat = highest_min <= lowest_max || dear.median < cheap.median * STILL_FLAT;
    let found = format!("{} ns with {cheap_at} to {} ns with {dear_at}", short(cheap.median), short(dear.median));
    Ok((is_flat, found))
}

fn value(figures: &Figures, ours: Pick, bound: Bound) -> Judged {
    let (_, my) = find(figures, ours)?;
    let shown = match ours.measure {
        Median => format!("{} ms", short(my.median / 1e6)),
        measure => format!("{} {}", short(my.median), measure.unit()),
    };
    Ok((bound.holds(my.median), shown))
}

fn find(figures: &Figures, pick: Pick) -> Result<(Subject, Spread), Missing> {
    let Pick { section, measure, .. } = pick;
    figures.best(section, measure, |subject| pick.matches(subject)).ok_or_else(|| missing(figures, pick))
}

fn missing(figures: &Figures, pick: Pick) -> Missing {
    let reasons: Vec<_> = reasons(figures, pick).collect();
    // Each says "not measured" itself; once is enough.
    if let Some((_, reason)) = reasons.first()
        && reasons.iter().all(|(_, reason)| reason.is_absence())
    {
        return Missing::NotMeasured(Some(reason.to_string()));
    }
    let said: Vec<_> = reasons.iter().map(|(subject, reason)| format!("{}: {reason}", subject.name)).collect();
    if said.is_empty() { Missing::NotMeasured(None) } else { Missing::NoFigure(said.join("; ")) }
}

/// Those that a pick could take and that failed.
fn reasons(figures: &Figures, pick: Pick) -> impl Iterator<Item = (Subject, &Reason)> {
    let candidates = figures.subjects(pick.section).into_iter().filter(move |subject| pick.matches(subject));
    candidates.filter_map(move |one| Some((one, figures.failure(&one, pick.measure)?)))
}
