//! The figures as pictures. They are looked at on light and on dark pages, so the background is drawn, not left out.

mod dots;
mod lines;
mod style;

use crate::figures::{Figures, Measure, Section, Subject};
use crate::limits;
use crate::mechanism::Reason;
use crate::report::table::bytes;
use dots::{Dots, Limit};
use lines::{Lines, Series};
use std::path::Path;

/// Payload of the plots that show one.
const SMALL: u64 = 64;

/// Draws what was measured; no file for what was not.
pub(crate) fn write(figures: &Figures, folder: &Path) -> Result<(), Reason> {
    throughput(figures).draw(&folder.join("throughput.svg"))?;
    round_trips(figures).draw(&folder.join("round-trips.svg"))?;
    processor(figures).draw(&folder.join("processor.svg"))?;
    growth(figures).draw(&folder.join("growth.svg"))?;
    capacity(figures).draw(&folder.join("capacity.svg"))
}

fn throughput(figures: &Figures) -> Lines {
    let all = figures.subjects(Section::Messages);
    let series =
        series(figures, &all, Measure::Throughput, |subject| subject.name.to_owned(), |subject| subject.payload);
    Lines {
        title: "Messages a second, one way, two processes",
        x: "bytes of a message",
        y: "messages a second",
        x_name: bytes,
        names_at_start: true,
        series,
    }
}

fn growth(figures: &Figures) -> Lines {
    let all = figures.subjects(Section::Growth);
    let series = series(figures, &all, Measure::Cost, |subject| subject.name.to_owned(), |subject| subject.at);
    Lines {
        title: "Cost of a 64 B message, by the number of messages",
        x: "messages",
        y: "ns a message",
        x_name: power,
        names_at_start: false,
        series,
    }
}

fn capacity(figures: &Figures) -> Lines {
    let all = figures.subjects(Section::Capacity);
    let name = |subject: &Subject| format!("{}, {}", subject.name, bytes(subject.payload));
    let series = series(figures, &all, Measure::Throughput, name, |subject| subject.at);
    Lines {
        title: "Messages a second, by the capacity of a lane",
        x: "bytes of a lane",
        y: "messages a second",
        x_name: bytes,
        names_at_start: false,
        series,
    }
}

fn round_trips(figures: &Figures) -> Dots {
    let limit = |name, shown| {
        let of_it = figures.best(Section::Limits, Measure::Median, |subject| subject.name == name);
        of_it.map(|(_, spread)| Limit { name: shown, value: spread.median })
    };
    let limits = [limit(limits::CACHE_LINE, "a bare cache line"), limit(limits::FIFO, "a bare FIFO byte")];
    Dots {
        title: "64 B there and back: the middle round trip (p50)",
        x: "ns",
        limits: limits.into_iter().flatten().collect(),
        rows: rows(figures, Measure::Median),
    }
}

fn processor(figures: &Figures) -> Dots {
    Dots {
        title: "Processor time of both sides for a 64 B message",
        x: "ns",
        limits: Vec::new(),
        rows: rows(figures, Measure::Processor),
    }
}

/// Each mechanism's figure for a small message, the cheapest first.
fn rows(figures: &Figures, measure: Measure) -> Vec<dots::Row> {
    let all = figures.subjects(Section::Messages).into_iter().filter(|subject| subject.payload == SMALL);
    let rows = all.filter_map(|subject| {
        Some(dots::Row { name: subject.name, kind: subject.kind, spread: figures.spread(&subject, measure)? })
    });
    let mut rows: Vec<_> = rows.collect();
    rows.sort_by(|one, other| one.spread.median.total_cmp(&other.spread.median));
    rows
}

/// Subjects with the same name as one line each, in the order in which they were first met.
fn series(
    figures: &Figures,
    subjects: &[Subject],
    measure: Measure,
    name: impl Fn(&Subject) -> String,
    x: impl Fn(&Subject) -> u64,
) -> Vec<Series> {
    let mut series: Vec<Series> = Vec::new();
    for subject in subjects {
        let Some(spread) = figures.spread(subject, measure) else { continue };
        let name = name(subject);
        let known = series.iter().position(|one| one.name == name);
        let index = known.unwrap_or_else(|| {
            series.push(Series { name, kind: subject.kind, points: Vec::new() });
            series.len() - 1
        });
        series[index].points.push((x(subject), spread));
    }
    series.iter_mut().for_each(|one| one.points.sort_by_key(|(x, _)| *x));
    series
}

fn power(count: u64) -> String {
    match count.checked_ilog10() {
        Some(exponent) if 10_u64.pow(exponent) == count => {
            let digits = ['⁰', '¹', '²', '³', '⁴', '⁵', '⁶', '⁷', '⁸', '⁹'];
            let raised =
                exponent.to_string().bytes().map(|digit| digits[usize::from(digit - b'0')]).collect::<String>();
            format!("10{raised}")
        }
        _ => count.to_string(),
    }
}
