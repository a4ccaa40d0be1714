//! What is told of the figures: tables, the verdict, plots, and a file with all of them.

mod csv;
mod judge;
mod load;
mod machine;
mod plots;
mod table;
mod targets;

use crate::figures::{Figures, Section};
use crate::mechanism::Reason;
use crate::pace::Pace;
use judge::Verdict;
use std::fs::{self, File};
use std::io::{BufWriter, Write};
use std::path::Path;
use targets::TARGETS;

pub(crate) use machine::Machine;

/// A section's tables as text; empty where nothing was measured.
pub(crate) fn tables(section: Section, figures: &Figures) -> String {
    table::of(section, figures).iter().map(|table| format!("{table}\n")).collect()
}

/// The verdict as text: each target that was measured, what was found, and whether it is met.
pub(crate) fn verdict(figures: &Figures, machine: &Machine) -> String {
    let mut text = format!("{machine}\n{}\n", paces(figures, ""));
    let mut counts: Vec<(&str, u32)> = ["met", "missed", "n/a", "not measured"].map(|word| (word, 0)).into();
    for target in TARGETS {
        let (word, found) = judged(target.judge(figures));
        counts.iter_mut().filter(|(counted, _)| *counted == word).for_each(|(_, count)| *count += 1);
        if let Some(found) = found {
            text += &format!("{word:6}  {}: {}\n        {found}\n", target.what, target.wanted);
        }
    }
    let sum: Vec<_> = counts.iter().map(|(word, count)| format!("{count} {word}")).collect();
    format!("{text}\nTargets: {}\n", sum.join(", ")).replace('`', "")
}

/// At which pace the machine was when each part was measured: a line for each.
fn paces(figures: &Figures, mark: &str) -> String {
    let line = |(sections, pace): &(Vec<Section>, Pace)| {
        let names: Vec<_> = sections.iter().map(|section| section.name()).collect();
        format!("{mark}{}: {pace}\n", names.join(" and "))
    };
    figures.paces().iter().map(line).collect()
}

/// The same as a table for docs/BENCHMARKS.md.
pub(crate) fn markdown(figures: &Figures, machine: &Machine) -> String {
    let mut text =
        format!("{machine}\n\n{}\n| what | wanted | measured | |\n| --- | --- | --- | --- |\n", paces(figures, "- "));
    for target in TARGETS {
        let (word, found) = judged(target.judge(figures));
        let found = found.unwrap_or_default();
        let cells = [target.what, target.wanted, &found, word].map(|cell| cell.replace('|', "\\|"));
        text += &format!("| {} |\n", cells.join(" | "));
    }
    text
}

fn judged(verdict: Verdict) -> (&'static str, Option<String>) {
    match verdict {
        Verdict::Met(found) => ("met", Some(found)),
        Verdict::Missed(found) => ("missed", Some(found)),
        Verdict::NoFigure(why) => ("n/a", Some(why)),
        Verdict::NotMeasured(why) => ("not measured", why),
    }
}

/// Writes everything into the folder: `figures.csv`, `report.txt`, `verdict.md`, and the plots.
pub(crate) fn write(figures: &Figures, machine: &Machine, folder: &Path) -> Result<(), Reason> {
    fs::create_dir_all(folder)?;
    let mut csv = BufWriter::new(File::create(folder.join("figures.csv"))?);
    csv::write(figures, &mut csv)?;
    csv.flush()?;
    let sections = [Section::Messages, Section::Limits, Section::Programs, Section::Growth, Section::Capacity];
    let report: String = sections.into_iter().map(|section| tables(section, figures)).collect();
    fs::write(folder.join("report.txt"), report + &verdict(figures, machine))?;
    fs::write(folder.join("verdict.md"), markdown(figures, machine))?;
    plots::write(figures, folder)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_documents_table_has_four_cells_in_each_line() {
        let text = markdown(&Figures::default(), &Machine::of("make bench"));
        let lines: Vec<_> = text.lines().filter(|line| line.starts_with('|')).collect();
        assert_eq!(lines.len(), TARGETS.len() + 2);
        for line in lines {
            assert_eq!(line.replace("\\|", "").matches('|').count(), 5, "{line}");
        }
    }
}
