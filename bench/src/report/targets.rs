//! What this program wants to reach, each as a ratio of medians of one run, and whether it did.

use super::table::{scale, short};
use crate::figures::{Figures, Measure, Section, Spread, Subject};
use crate::limits;
use crate::mechanism::Kind;
use crate::programs;
use Measure::{Bandwidth, Median, Processor, Switches, Throughput};

/// Ours, by the names that the mechanisms bear.
const SINGLE: &str = "shmchat";
const BATCHES: &str = "shmchat, batches";
const SPINNING: &str = "shmchat, spinning";

/// How the names of those end, ours and others', that pass many messages at a time.
const IN_BATCHES: &str = ", batches";

/// One line of the verdict.
pub(crate) struct Target {
    /// What is compared.
    pub(crate) what: &'static str,
    /// What is wanted.
    pub(crate) wanted: &'static str,
    rule: Rule,
}

/// How it is judged.
enum Rule {
    /// Our median divided by the other's lies within a bound.
    Ratio { ours: Pick, other: Pick, bound: Bound },
    /// No peer is ahead of our best by more than its own spread: for each of them, its median less ours is at most its
    /// maximum less its minimum.
    NoneAhead { payload: u64 },
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
struct Pick {
    section: Section,
    whose: Ownership,
    payload: u64,
    measure: Measure,
}

#[derive(Clone, Copy)]
enum Ownership {
    Named(&'static str),
    /// The best of a kind.
    Best(Kind),
}

#[derive(Clone, Copy)]
enum Bound {
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

/// Messages of `payload` bytes.
const fn messages(whose: Ownership, payload: u64, measure: Measure) -> Pick {
    Pick { section: Section::Messages, whose, payload, measure }
}

const fn limit(name: &'static str, measure: Measure) -> Pick {
    Pick { section: Section::Limits, whose: Ownership::Named(name), payload: 0, measure }
}

const fn program(name: &'static str, measure: Measure) -> Pick {
    Pick { section: Section::Programs, whose: Ownership::Named(name), payload: 0, measure }
}

/// Throughput of one of our ways, or the best of them, against the best of a kind.
const fn faster(ours: Ownership, kind: Kind, payload: u64, factor: f64) -> Rule {
    Rule::Ratio {
        ours: messages(ours, payload, Throughput),
        other: messages(Ownership::Best(kind), payload, Throughput),
        bound: Bound::AtLeast(factor),
    }
}

const fn trips(ours: &'static str, limit_name: &'static str, factor: f64) -> Rule {
    Rule::Ratio {
        ours: messages(Ownership::Named(ours), 8, Median),
        other: limit(limit_name, Median),
        bound: Bound::AtMost(factor),
    }
}

const fn carries(ours: &'static str, other: &'static str, factor: f64) -> Rule {
    Rule::Ratio { ours: program(ours, Bandwidth), other: program(other, Bandwidth), bound: Bound::AtLeast(factor) }
}

const fn target(what: &'static str, wanted: &'static str, rule: Rule) -> Target {
    Target { what, wanted, rule }
}

/// All of them.
pub(crate) const TARGETS: &[Target] = &[
    target("8 B, one `send` a message", "≥ 1.5 × the best peer", faster(Ownership::Named(SINGLE), Kind::Peer, 8, 1.5)),
    target(
        "64 B, one `send` a message",
        "≥ 1.5 × the best peer",
        faster(Ownership::Named(SINGLE), Kind::Peer, 64, 1.5),
    ),
    target("8 B, batches", "≥ 3 × the best peer", faster(Ownership::Named(BATCHES), Kind::Peer, 8, 3.0)),
    target("64 B, batches", "≥ 3 × the best peer", faster(Ownership::Named(BATCHES), Kind::Peer, 64, 3.0)),
    target("8 B, batches", "≥ 0.8 × rtrb, threads", faster(Ownership::Named(BATCHES), Kind::InProcess, 8, 0.8)),
    target("64 B, batches", "≥ 0.8 × rtrb, threads", faster(Ownership::Named(BATCHES), Kind::InProcess, 64, 0.8)),
    target("1 KiB", "≥ 1.5 × the best peer", faster(Ownership::Best(Kind::Ours), Kind::Peer, 1024, 1.5)),
    target("64 KiB", "no peer ahead by more than its spread", Rule::NoneAhead { payload: 64 << 10 }),
    target("1 MiB", "no peer ahead by more than its spread", Rule::NoneAhead { payload: 1 << 20 }),
    target("8 B there and back, spinning", "≤ 1.5 × a bare cache line", trips(SPINNING, limits::CACHE_LINE, 1.5)),
    target("8 B there and back, sleeping", "≤ 1.15 × a bare FIFO byte", trips(SINGLE, limits::FIFO, 1.15)),
    target(
        "CPU a 64 B message, both sides",
        "≤ 1/3 of the best peer",
        Rule::Ratio {
            ours: messages(Ownership::Best(Kind::Ours), 64, Processor),
            other: messages(Ownership::Best(Kind::Peer), 64, Processor),
            bound: Bound::AtMost(1.0 / 3.0),
        },
    ),
    target("cost a message as their number grows, one `send` each", "flat within noise", Rule::Flat { name: SINGLE }),
    target("cost a message as their number grows, batches", "flat within noise", Rule::Flat { name: BATCHES }),
    target(
        "`seq 1 20000000`, lines, to /dev/null",
        "≥ 1.5 × `cat | cat`",
        carries(programs::LINES, programs::LINES_CAT, 1.5),
    ),
    target(
        "`seq 1 20000000`, lines, into a pipe",
        "≥ 1.5 × `cat | cat`",
        carries(programs::LINES_TO_PIPE, programs::LINES_CAT_TO_PIPE, 1.5),
    ),
    target(
        "4 GiB (quick: 1 GiB), `--framing raw`, to /dev/null",
        "≥ 2 × `cat | cat`",
        carries(programs::RAW, programs::RAW_CAT, 2.0),
    ),
    target(
        "4 GiB (quick: 1 GiB), `--framing raw`, into a pipe",
        "≥ 2 × `cat | cat`",
        carries(programs::RAW_TO_PIPE, programs::RAW_CAT_TO_PIPE, 2.0),
    ),
    target(
        "4 GiB (quick: 1 GiB), `--framing raw`, to /dev/null",
        "≥ 0.6 × one memcpy of it",
        carries(programs::RAW, programs::MEMCPY, 0.6),
    ),
    target(
        "an idle pair, context switches",
        "none",
        Rule::Value { ours: program(programs::IDLE, Switches), bound: Bound::AtMost(0.0) },
    ),
    target(
        "a cold `writer` of one line into a waiting `reader`, p50",
        "≤ 5 ms",
        Rule::Value { ours: program(programs::COLD_START, Median), bound: Bound::AtMost(5e6) },
    ),
    target(
        "a `writer` alone beside 1,000 segments, from start to end, p50",
        "≤ 5 ms",
        Rule::Value { ours: program(programs::CROWDED_START, Median), bound: Bound::AtMost(5e6) },
    ),
    target(
        "from Enter on one screen to the text on the other, p50",
        "≤ 10 ms",
        Rule::Value { ours: program(programs::TYPING, Median), bound: Bound::AtMost(10e6) },
    ),
];

/// What a target came to.
pub(crate) enum Verdict {
    Met(String),
    Missed(String),
    /// Why it cannot be told.
    NoFigure(String),
    /// Nobody asked.
    NotMeasured,
}

impl Target {
    /// Judges the target by what was found.
    pub(crate) fn judge(&self, figures: &Figures) -> Verdict {
        let judged = match &self.rule {
            Rule::Ratio { ours, other, bound } => ratio(figures, *ours, *other, *bound),
            Rule::NoneAhead { payload } => none_ahead(figures, *payload),
            Rule::Flat { name } => flat(figures, name),
            Rule::Value { ours, bound } => value(figures, *ours, *bound),
        };
        match judged {
            Ok((true, found)) => Verdict::Met(found),
            Ok((false, found)) => Verdict::Missed(found),
            Err(Some(why)) => Verdict::NoFigure(why),
            Err(None) => Verdict::NotMeasured,
        }
    }
}

/// Whether a target is met, with the figures; or why that cannot be told, nothing if it was not measured.
type Judged = Result<(bool, String), Option<String>>;

fn ratio(figures: &Figures, ours: Pick, other: Pick, bound: Bound) -> Judged {
    let (mine, my) = find(figures, ours)?;
    let (theirs, their) = find(figures, other)?;
    if their.median <= 0.0 {
        return Err(Some(format!("{} has {} {}", theirs.name, their.median, other.measure.unit())));
    }
    let ratio = my.median / their.median;
    let (by, unit) = scale(ours.measure);
    let shown = [my.median, their.median].map(|median| short(median / by));
    let mut found = format!("{} × {} ({}: {}, {} {unit})", short(ratio), theirs.name, mine.name, shown[0], shown[1]);
    // Judged by the best of all. But who sends one at a time also wants to know the best of those who do so too.
    let is_single = |name: &str| !name.ends_with(IN_BATCHES);
    if is_single(mine.name) && !is_single(theirs.name) {
        let of_it = |subject: &Subject| is_pick(other, subject) && is_single(subject.name);
        if let Some((single, spread)) = figures.best(other.section, other.measure, of_it) {
            found += &format!("; {} × {}", short(my.median / spread.median), single.name);
        }
    }
    Ok((bound.holds(ratio), found))
}

fn none_ahead(figures: &Figures, payload: u64) -> Judged {
    let (mine, my) = find(figures, messages(Ownership::Best(Kind::Ours), payload, Throughput))?;
    let peers = figures.subjects(Section::Messages).into_iter();
    let peers = peers.filter(|subject| subject.kind == Some(Kind::Peer) && subject.payload == payload);
    // By how much more than its spread each is ahead; the one most ahead is named.
    let ahead = |their: &Spread| (their.median - my.median) - (their.max - their.min);
    let peers = peers.filter_map(|subject| Some((subject, figures.spread(&subject, Throughput)?)));
    let most = peers.max_by(|one, other| ahead(&one.1).total_cmp(&ahead(&other.1)));
    let (theirs, their) = most.ok_or(None)?;
    let unit = scale(Throughput);
    let [my_median, median, min, max] =
        [my.median, their.median, their.min, their.max].map(|value| short(value / unit.0));
    let found = format!(
        "{} × {} ({}: {my_median}, {median} ({min}..{max}) {})",
        short(my.median / their.median),
        theirs.name,
        mine.name,
        unit.1
    );
    Ok((ahead(&their) <= 0.0, found))
}

fn flat(figures: &Figures, name: &str) -> Judged {
    let subjects = figures.subjects(Section::Growth).into_iter().filter(|subject| subject.name == name);
    let costs: Vec<_> =
        subjects.filter_map(|subject| Some((subject.at, figures.spread(&subject, Measure::Cost)?))).collect();
    let by_median = |one: &&(u64, Spread), other: &&(u64, Spread)| one.1.median.total_cmp(&other.1.median);
    let cheapest = costs.iter().min_by(by_median);
    let dearest = costs.iter().max_by(by_median);
    let (Some(&(cheap_at, cheap)), Some(&(dear_at, dear)), 2..) = (cheapest, dearest, costs.len()) else {
        return Err(None);
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

fn find(figures: &Figures, pick: Pick) -> Result<(Subject, Spread), Option<String>> {
    let Pick { section, measure, .. } = pick;
    let is_it = |subject: &Subject| is_pick(pick, subject);
    let failed = || {
        let candidates = figures.subjects(section).into_iter().filter(is_it);
        let reasons: Vec<_> =
            candidates.filter_map(|one| Some(format!("{}: {}", one.name, figures.failure(&one, measure)?))).collect();
        if reasons.is_empty() { None } else { Some(reasons.join("; ")) }
    };
    figures.best(section, measure, is_it).ok_or_else(failed)
}

fn is_pick(pick: Pick, subject: &Subject) -> bool {
    let is_whose = match pick.whose {
        Ownership::Named(name) => subject.name == name,
        Ownership::Best(kind) => subject.kind == Some(kind),
    };
    is_whose && subject.payload == pick.payload
}

#[cfg(test)]
#[path = "targets_tests.rs"]
mod tests;
