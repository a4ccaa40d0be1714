//! What both processes share: the segment, its words, the bells, and the bytes of the messages. What the last step changed is
//! bold.

use super::style::BOLD;
use crate::story::{Bell, Cast, Dump, Look};
use crate::tour::{Phase, Tour};
use crate::wrap::{clip, wrap};
use ratatui::style::Style;
use ratatui::text::{Line, Span};

/// The rows of bytes that there should be room for.
const ROWS: usize = 2;

/// The rows that everything but more bytes takes.
pub(super) fn wants(tour: &Tour, columns: usize) -> usize {
    let facts = facts(tour, columns).len();
    2 + facts + 1 + ROWS
}

/// So many rows of it.
pub(super) fn lines(tour: &Tour, columns: usize, rows: usize) -> Vec<Line<'static>> {
    let (look, before) = (&tour.scene.look, &tour.scene.before);
    let is_ring = !look.dump.marks.is_empty();
    let legend = if is_ring { " SHARED  [ head  ) tail  new in bold " } else { " SHARED  new in bold " };
    let text = clip(&format!("─{legend}"), columns);
    let rest = columns - text.chars().count();
    let mut lines = vec![Line::styled(text + &"─".repeat(rest), BOLD)];
    let segment = look.segment.clone().unwrap_or_else(|| "no segment".to_owned());
    let style = style(look.segment == before.segment);
    lines.push(Line::styled(clip(&format!(" {segment}"), columns), style));
    lines.extend(facts(tour, columns));
    lines.push(bells(look, before, columns));
    lines.extend(bytes(&look.dump, &before.dump, columns));
    lines.resize(rows, Line::default());
    lines
}

fn style(is_old: bool) -> Style {
    if is_old { Style::new() } else { BOLD }
}

/// The words that this goal is about, in columns.
fn facts(tour: &Tour, columns: usize) -> Vec<Line<'static>> {
    let (look, before) = (&tour.scene.look, &tour.scene.before);
    let wanted = tour.goal().play.facts.iter().filter_map(|name| look.facts.iter().find(|fact| fact.name == *name));
    let texts: Vec<_> = wanted
        .map(|fact| (format!("{}: {}", fact.name, fact.value), style(before.fact(fact.name) == fact.value)))
        .collect();
    let longest = texts.iter().map(|(text, _)| text.chars().count()).max().unwrap_or(1);
    let each = longest + 2;
    let in_a_row = (columns.saturating_sub(1) / each).max(1);
    let row = |row: &[(String, Style)]| {
        let cells = row.iter().flat_map(|(text, style)| {
            let text = clip(text, columns.saturating_sub(1));
            let gap = if in_a_row > 1 { each - text.chars().count() } else { 0 };
            [Span::styled(text, *style), Span::raw(" ".repeat(gap))]
        });
        Line::from_iter(std::iter::once(Span::raw(" ")).chain(cells))
    };
    texts.chunks(in_a_row).map(row).collect()
}

fn bells(look: &Look, before: &Look, columns: usize) -> Line<'static> {
    let told = |bell: &Bell| {
        let what = match &bell.bytes {
            None => "none".to_owned(),
            Some(bytes) if bytes.is_empty() => "empty".to_owned(),
            Some(bytes) => format!("{:?}", String::from_utf8_lossy(bytes)),
        };
        let is_old = before.bells.iter().any(|old| old == bell);
        Span::styled(clip(&format!(" FIFO {}: {what} ", bell.name), columns), style(is_old))
    };
    Line::from_iter(look.bells.iter().map(told))
}

/// The bytes, in hexadecimal and as text.
fn bytes(dump: &Dump, before: &Dump, columns: usize) -> Vec<Line<'static>> {
    let in_a_row = if columns >= 75 { 16 } else { 8 };
    let mark = |at: u64| {
        let names: Vec<_> = dump.marks.iter().filter(|(mark, _)| *mark == at).map(|(_, name)| *name).collect();
        match names[..] {
            ["head"] => "[",
            ["tail"] => ")",
            [] => " ",
            _ => "|",
        }
    };
    let old = |at: u64| before.bytes.get(usize::try_from(at.checked_sub(before.from)?).ok()?).copied();
    let row = |(row, bytes): (usize, &[u8])| {
        let from = dump.from + (row * in_a_row) as u64;
        let mut cells = vec![Span::raw(format!(" {from:>5} "))];
        for (at, &byte) in (from..).zip(bytes) {
            cells.push(Span::raw(mark(at)));
            cells.push(Span::styled(format!("{byte:02x}"), style(before.bytes.is_empty() || old(at) == Some(byte))));
        }
        cells.push(Span::raw(mark(from + bytes.len() as u64).to_owned() + " "));
        let text = bytes.iter().map(|&byte| if (b' '..=b'~').contains(&byte) { char::from(byte) } else { '·' });
        cells.push(Span::raw(text.collect::<String>()));
        Line::from(cells)
    };
    dump.bytes.chunks(in_a_row).enumerate().map(row).collect()
}

/// In place of the stage: a trace to read, or what was measured.
pub(super) fn page(tour: &Tour, columns: usize) -> Vec<Line<'static>> {
    match tour.goal().play.cast {
        Cast::Page(text) if *tour.phase() == Phase::Why => {
            text.lines().map(|line| Line::raw(clip(line, columns))).collect()
        }
        Cast::Costs if tour.scene.answered && tour.scene.costs.is_empty() => {
            wrap("Measuring, for about a second …", columns).into_iter().map(Line::raw).collect()
        }
        Cast::Costs => {
            let most = tour.scene.costs.iter().map(|(_, cost, _)| *cost).fold(1.0, f64::max);
            let bar = |cost: f64| "█".repeat(((cost.max(1.0).ln() / most.ln().max(1.0)) * 12.0).round() as usize);
            let row = |(name, cost, remark): &(&str, f64, &str)| {
                Line::raw(clip(&format!("{name:<32}{cost:>9.1} ns {:<12} {remark}", bar(*cost)), columns))
            };
            tour.scene.costs.iter().map(row).collect()
        }
        _ => Vec::new(),
    }
}
