//! Medians, and which targets are met.

use crate::idle::Idle;
use crate::load::Figure;
use std::collections::BTreeMap;
use std::fmt::Write;
use std::fs;
use std::thread::available_parallelism;

/// Which way messages went.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Way {
    Bare,
    Bridge,
}

/// What is wanted: of messages of so many bytes, at least this many times the bare pair's rate.
const RATES: [(usize, &str, f64); 3] = [(64, "64 B", 3.0), (1 << 10, "1 KiB", 0.8), (64 << 10, "64 KiB", 0.8)];

/// A typed line may take this many times as long.
const LATENCY: f64 = 1.5;

/// The share of a processor that an idle bridge may need.
const PROCESSOR: f64 = 0.001;

/// More context switches a second than this are a busy loop. Asking whether the other one is there, and answering, every two
/// seconds, makes a few.
const SWITCHES: f64 = 10.0;

/// What was found.
#[derive(Default)]
pub(crate) struct Report {
    /// By length; 0 for typed lines.
    figures: BTreeMap<(usize, Way), Vec<Figure>>,
    pub(crate) idle: Option<Idle>,
}

impl Report {
    pub(crate) fn add(&mut self, way: Way, size: usize, figure: Figure) {
        self.figures.entry((size, way)).or_default().push(figure);
    }

    /// The medians of this length, and the least and most of them, of the figure that `pick` takes.
    fn spread(&self, way: Way, size: usize, pick: impl Fn(&Figure) -> f64) -> Option<[f64; 3]> {
        let mut all: Vec<f64> = self.figures.get(&(size, way))?.iter().map(pick).collect();
        all.sort_unstable_by(f64::total_cmp);
        Some([all[0], median(&all), all[all.len() - 1]])
    }

    /// A table with a line for each target.
    pub(crate) fn markdown(&self, rounds: u32) -> String {
        let mut table = format!("{}, {rounds} rounds\n\n", machine());
        table += "| what | wanted | measured | bridge | bare client | |\n| --- | --- | --- | --- | --- | --- |\n";
        let mut line = |what: &str, wanted: String, measured: String, figures: [String; 2], met: bool| {
            let [bridge, bare] = figures;
            let met = if met { "met" } else { "missed" };
            let _ = writeln!(table, "| {what} | {wanted} | {measured} | {bridge} | {bare} | {met} |");
        };
        for (size, name, wanted) in RATES {
            let rate = |figure: &Figure| match figure {
                Figure::Rate(rate) => *rate,
                Figure::Latency(..) => 0.0,
            };
            let both = [Way::Bridge, Way::Bare].map(|way| self.spread(way, size, rate));
            let [Some(bridge), Some(bare)] = both else { continue };
            let show = |[least, median, most]: [f64; 3]| {
                format!("{} ({}..{}) messages/s", short(median), short(least), short(most))
            };
            let ratio = bridge[1] / bare[1];
            let what = format!("messages of {name}");
            line(&what, format!("≥ {wanted} ×"), format!("{ratio:.2} ×"), [show(bridge), show(bare)], ratio >= wanted);
        }
        let typed = |which: usize, name: &str, wanted: Option<f64>| {
            let pick = |figure: &Figure| match figure {
                Figure::Latency(median, most) => [*median, *most][which] / 1e3,
                Figure::Rate(_) => 0.0,
            };
            let both = [Way::Bridge, Way::Bare].map(|way| self.spread(way, 0, pick));
            let [Some(bridge), Some(bare)] = both else { return None };
            let show = |[least, median, most]: [f64; 3]| format!("{median:.0} ({least:.0}..{most:.0}) µs");
            Some((name.to_owned(), bridge[1] / bare[1], [show(bridge), show(bare)], wanted))
        };
        if let Some((name, ratio, figures, _)) = typed(0, "a typed line, p50", Some(LATENCY)) {
            line(&name, format!("≤ {LATENCY} ×"), format!("{ratio:.2} ×"), figures, ratio <= LATENCY);
        }
        if let Some(Idle { processor, switches }) = self.idle {
            let none = || ["".to_owned(), "".to_owned()];
            let (share, limit) = (processor * 100.0, PROCESSOR * 100.0);
            line(
                "an idle bridge, processor",
                format!("< {limit} %"),
                format!("{share:.3} %"),
                none(),
                processor < PROCESSOR,
            );
            let found = format!("{switches:.1} a second");
            line(
                "an idle bridge, context switches",
                format!("< {SWITCHES} a second"),
                found,
                none(),
                switches < SWITCHES,
            );
        }
        table
    }
}

fn median(sorted: &[f64]) -> f64 {
    let middle = sorted.len() / 2;
    if sorted.len() % 2 == 1 { sorted[middle] } else { f64::midpoint(sorted[middle - 1], sorted[middle]) }
}

/// Three digits.
fn short(rate: f64) -> String {
    match rate {
        1e6.. => format!("{:.2} M", rate / 1e6),
        1e3.. => format!("{:.1} k", rate / 1e3),
        _ => format!("{rate:.0}"),
    }
}

/// What a figure means nothing without.
fn machine() -> String {
    let read = |path: &str| fs::read_to_string(path).unwrap_or_default();
    let processors = read("/proc/cpuinfo");
    let model = processors.lines().find_map(|line| line.strip_prefix("model name")?.split_once(':'));
    let model = model.map_or("unknown processor", |(_, model)| model.trim());
    let cores = available_parallelism().map_or(0, usize::from);
    format!("{model}, {cores} cores, Linux {}", read("/proc/sys/kernel/osrelease").trim())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rates(bridge: f64, bare: f64) -> String {
        let mut report = Report::default();
        for (way, rate) in [(Way::Bridge, bridge), (Way::Bare, bare)] {
            for figure in [rate, rate * 0.9, rate * 1.1] {
                report.add(way, 1 << 10, Figure::Rate(figure));
            }
        }
        report.markdown(3)
    }

    #[test]
    fn a_target_is_met_from_its_bound_on() {
        assert!(rates(80.0, 100.0).contains("| 0.80 × |") && rates(80.0, 100.0).contains("| met |"));
        assert!(rates(79.0, 100.0).contains("| missed |"));
    }

    #[test]
    fn an_idle_bridge_that_spins_has_missed_its_target() {
        let idle = |processor, switches| Report { idle: Some(Idle { processor, switches }), ..Report::default() };
        assert!(!idle(0.0005, 4.0).markdown(1).contains("missed"));
        assert!(idle(0.0015, 4.0).markdown(1).contains("missed"));
        assert!(idle(0.0005, 400.0).markdown(1).contains("missed"));
    }
}
