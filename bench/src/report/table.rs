//! Figures as text: columns that line up, and footnotes for what has none.

use crate::figures::{Figures, Measure, Section, Spread, Subject};
use crate::mechanism::Manner;
use std::fmt;

/// A heading, a line for each row, and notes below.
#[derive(Default)]
pub(crate) struct Table {
    title: String,
    /// The first cell of each line is aligned left, the others right. The first line heads the columns.
    lines: Vec<Vec<String>>,
    notes: Vec<String>,
}

impl Table {
    fn new(title: impl Into<String>, head: &[&str]) -> Self {
        let head = head.iter().map(|&cell| cell.to_owned()).collect();
        Table { title: title.into(), lines: vec![head], notes: Vec::new() }
    }

    fn has_lines(&self) -> bool {
        self.lines.len() > 1
    }

    /// `median (min..max)`; `n/a` with a footnote where it failed; nothing where it was not measured.
    fn cell(&mut self, figures: &Figures, subject: &Subject, measure: Measure) -> String {
        match (figures.spread(subject, measure), figures.failure(subject, measure)) {
            (_, Some(reason)) => format!("n/a [{}]", self.note(reason.to_string())),
            (Some(spread), None) => with_range(spread, measure),
            (None, None) => String::new(),
        }
    }

    /// The note's number; the same text is noted once.
    fn note(&mut self, text: String) -> usize {
        match self.notes.iter().position(|note| *note == text) {
            Some(index) => index + 1,
            None => {
                self.notes.push(text);
                self.notes.len()
            }
        }
    }
}

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let width_of = |line: &Vec<String>, column| line.get(column).map_or(0, |cell: &String| cell.chars().count());
        let columns = self.lines.iter().map(Vec::len).max().unwrap_or(0);
        let widths: Vec<_> = (0..columns)
            .map(|column| self.lines.iter().map(|line| width_of(line, column)).max().unwrap_or(0))
            .collect();
        writeln!(f, "{}", self.title)?;
        for line in &self.lines {
            let mut text = String::new();
            for (column, (cell, &width)) in line.iter().zip(&widths).enumerate() {
                text += &if column == 0 { format!("  {cell:width$}") } else { format!("   {cell:>width$}") };
            }
            writeln!(f, "{}", text.trim_end())?;
        }
        for (index, note) in self.notes.iter().enumerate() {
            writeln!(f, "  [{}] {note}", index + 1)?;
        }
        Ok(())
    }
}

/// The tables of a section: none where nothing was measured.
pub(crate) fn of(section: Section, figures: &Figures) -> Vec<Table> {
    let tables = match section {
        Section::Messages => messages(figures),
        Section::Limits => vec![list("What the machine takes", section, figures)],
        Section::Programs => vec![list("Whole programs", section, figures)],
        Section::Growth => vec![by_at("64 B, cost per message in ns, by the number of messages", section, figures)],
        Section::Capacity => vec![by_at("Throughput in M messages/s, by the bytes of a lane", section, figures)],
    };
    tables.into_iter().filter(Table::has_lines).collect()
}

fn messages(figures: &Figures) -> Vec<Table> {
    let subjects = figures.subjects(Section::Messages);
    let mut payloads: Vec<_> = subjects.iter().map(|subject| subject.payload).collect();
    payloads.sort_unstable();
    payloads.dedup();
    let table = |payload| {
        let title = format!("Messages of {}", bytes(payload));
        let mut table = Table::new(
            title,
            &["", "manner", "M messages/s", "CPU ns a message", "there and back: p50 ns", "p99 ns", "p99.9 ns"],
        );
        for subject in subjects.iter().filter(|subject| subject.payload == payload) {
            use Measure::{Median, OneIn100, OneIn1000, Processor, Throughput};
            let mut line = vec![subject.name.to_owned(), subject.manner.map_or("", Manner::name).to_owned()];
            for measure in [Throughput, Processor, Median] {
                line.push(table.cell(figures, subject, measure));
            }
            // How far the tails lie apart from round to round says little, and a failure is told already.
            for measure in [OneIn100, OneIn1000] {
                line.push(figures.spread(subject, measure).map_or(String::new(), |tail| short(tail.median)));
            }
            table.lines.push(line);
        }
        table
    };
    payloads.into_iter().map(table).collect()
}

/// A line for each measure.
fn list(title: &str, section: Section, figures: &Figures) -> Table {
    use Measure::{Bandwidth, Cost, Median, OneIn100, OneIn1000, Processor, Switches, Throughput};
    let mut table = Table::new(title, &["", "", "median (min..max)", "unit"]);
    for subject in figures.subjects(section) {
        for measure in [Median, OneIn100, OneIn1000, Cost, Bandwidth, Throughput, Processor, Switches] {
            let cell = table.cell(figures, &subject, measure);
            if !cell.is_empty() {
                let unit = scale(measure).1.to_owned();
                table.lines.push(vec![subject.name.to_owned(), measure.name().to_owned(), cell, unit]);
            }
        }
    }
    table
}

/// A line for each value of what the section varies, a column for each mechanism.
fn by_at(title: &str, section: Section, figures: &Figures) -> Table {
    let measure = if section == Section::Growth { Measure::Cost } else { Measure::Throughput };
    let subjects = figures.subjects(section);
    let mut columns: Vec<_> = subjects.iter().map(|subject| (subject.name, subject.payload)).collect();
    columns.dedup();
    columns = columns.iter().enumerate().filter(|(i, one)| !columns[..*i].contains(one)).map(|(_, one)| *one).collect();
    let mut ats: Vec<_> = subjects.iter().map(|subject| subject.at).collect();
    ats.sort_unstable();
    ats.dedup();
    let label = |&(name, payload): &(&str, u64)| match section {
        Section::Growth => name.to_owned(),
        _ => format!("{name}, {}", bytes(payload)),
    };
    let mut table = Table::new(title, &[""]);
    table.lines[0].extend(columns.iter().map(label));
    for at in ats {
        let mut line = vec![if section == Section::Growth { thousands(at) } else { bytes(at) }];
        for &(name, payload) in &columns {
            let of_it = |subject: &&Subject| subject.name == name && subject.payload == payload && subject.at == at;
            let subject = subjects.iter().find(of_it);
            line.push(subject.map_or(String::new(), |subject| table.cell(figures, subject, measure)));
        }
        table.lines.push(line);
    }
    table
}

/// What a measure's values are divided by to be shown, and the unit then.
pub(crate) fn scale(measure: Measure) -> (f64, &'static str) {
    match measure {
        Measure::Throughput => (1e6, "M messages/s"),
        Measure::Bandwidth => (1e9, "GB/s"),
        other => (1.0, other.unit()),
    }
}

fn with_range(spread: Spread, measure: Measure) -> String {
    let [min, median, max] = [spread.min, spread.median, spread.max].map(|value| short(value / scale(measure).0));
    format!("{median} ({min}..{max})")
}

/// Three digits that count; whole thousands in groups.
pub(crate) fn short(value: f64) -> String {
    match value.abs() {
        0.0 => "0".into(),
        size if size >= 99.95 => thousands(value.round() as u64),
        size if size >= 9.995 => format!("{value:.1}"),
        size if size >= 0.9995 => format!("{value:.2}"),
        size if size >= 0.0095 => format!("{value:.3}"),
        _ => format!("{value:.5}"),
    }
}

fn thousands(value: u64) -> String {
    let digits = value.to_string();
    let groups: Vec<_> = digits.as_bytes().rchunks(3).rev().map(|group| String::from_utf8_lossy(group)).collect();
    groups.join(",")
}

/// A size in the unit in which it is whole.
pub(crate) fn bytes(count: u64) -> String {
    let units = [(1 << 30, "GiB"), (1 << 20, "MiB"), (1 << 10, "KiB")];
    let whole = units.into_iter().find(|(unit, _)| count >= *unit && count.is_multiple_of(*unit));
    whole.map_or(format!("{count} B"), |(unit, name)| format!("{} {name}", count / unit))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::figures::Row;
    use crate::mechanism::{Kind, Reason};

    #[test]
    fn numbers_keep_three_digits_that_count() {
        let shown = [0.0, 0.0123, 0.5, 9.994, 99.94, 123.4, 1234567.0].map(short);
        assert_eq!(shown, ["0", "0.012", "0.500", "9.99", "99.9", "123", "1,234,567"]);
    }

    #[test]
    fn sizes_are_shown_in_the_unit_in_which_they_are_whole() {
        assert_eq!([8, 1024, 1536, 1 << 20, 4 << 30].map(bytes), ["8 B", "1 KiB", "1536 B", "1 MiB", "4 GiB"]);
    }

    #[test]
    fn what_failed_is_na_with_its_reason_below() {
        let subject = |name| Subject {
            section: Section::Messages,
            name,
            kind: Some(Kind::Peer),
            manner: Some(Manner::Single),
            payload: 8,
            at: 0,
        };
        let mut figures = Figures::default();
        for value in [1e6, 3e6, 2e6] {
            figures.add(Row { subject: subject("one"), measure: Measure::Throughput, round: 1, value, pace: None });
        }
        for measure in [Measure::Throughput, Measure::Processor] {
            figures.fail(subject("other"), measure, Reason("too long".into()));
        }
        let text = of(Section::Messages, &figures)[0].to_string();
        let lines: Vec<_> = text.lines().map(|line| line.split_whitespace().collect::<Vec<_>>().join(" ")).collect();
        assert_eq!(lines[0], "Messages of 8 B");
        assert_eq!(lines[2], "one single 2.00 (1.00..3.00)");
        assert_eq!(lines[3], "other single n/a [1] n/a [1]");
        assert_eq!(lines[4], "[1] too long");
        assert_eq!(lines.len(), 5);
    }
}
