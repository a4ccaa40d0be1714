//! Both programs, side by side, and what each has come to.

use super::style::{BOLD, CURSOR};
use crate::story::{End, Entry, SIDES, Scene, Side, State};
use crate::tour::Tour;
use crate::wrap::{clip, wrap};
use ratatui::style::Style;
use ratatui::text::{Line, Span};

/// The rows that all of it takes: the heading, the longer program, and what was sent or shown.
pub(super) fn rows(tour: &Tour) -> usize {
    2 + tour.goal().play.code.iter().map(|lines| lines.len()).max().unwrap_or(0)
}

/// The fewest rows in which both can be followed, and an error be read.
pub(super) fn least(tour: &Tour, columns: usize) -> usize {
    let width = (columns - 1) / 2;
    let said = SIDES.map(|side| said(&tour.scene, side, width).len());
    3 + said.into_iter().max().unwrap_or(0).max(2)
}

/// What a side said when it gave up.
fn said(scene: &Scene, side: Side, width: usize) -> Vec<String> {
    match scene.state(side) {
        State::Ended(End::Failed(why)) => wrap(why, width.saturating_sub(1)),
        _ => Vec::new(),
    }
}

/// Both programs in so many rows.
pub(super) fn lines(tour: &Tour, columns: usize, rows: usize) -> Vec<Line<'static>> {
    let width = (columns - 1) / 2;
    let [left, right] = SIDES.map(|side| column(tour, side, width, rows));
    let pair = |(row, (left, right)): (usize, (Span<'static>, Span<'static>))| {
        Line::from(vec![left, Span::raw(if row == 0 { "┬" } else { "│" }), right])
    };
    left.into_iter().zip(right).enumerate().map(pair).collect()
}

fn column(tour: &Tour, side: Side, width: usize, rows: usize) -> Vec<Span<'static>> {
    let scene = &tour.scene;
    let mut column = vec![heading(scene, side, width)];
    let foot = foot(tour, side);
    let room = rows.saturating_sub(2);
    let code = tour.goal().play.code[side as usize];
    let at = next_line(tour, side);
    let mut said = said(scene, side, width);
    said.truncate(room);
    let shown = room - said.len();
    // The cursor stays in the middle of what is seen.
    let first = at.unwrap_or(0).saturating_sub(shown / 2).min(code.len().saturating_sub(shown));
    for (index, line) in code.iter().enumerate().skip(first).take(shown) {
        let is_next = at == Some(index);
        let text = format!("{}{}", if is_next { "▶ " } else { "  " }, line.code);
        let style = if is_next { CURSOR } else { Style::new() };
        column.push(Span::styled(padded(&text, width), style));
    }
    while column.len() + said.len() + 1 < rows {
        column.push(Span::raw(padded("", width)));
    }
    column.extend(said.iter().map(|line| Span::styled(padded(&format!(" {line}"), width), BOLD)));
    column.push(Span::styled(padded(&foot, width), BOLD));
    column
}

fn padded(text: &str, width: usize) -> String {
    let text = clip(text, width);
    let gap = width - text.chars().count();
    text + &" ".repeat(gap)
}

fn heading(scene: &Scene, side: Side, width: usize) -> Span<'static> {
    let pid = scene.pids[side as usize].map(|pid| format!(" {pid}")).unwrap_or_default();
    let state = match scene.state(side) {
        State::Absent => "not started".to_owned(),
        State::Running => "running".to_owned(),
        State::At(_) => "stopped".to_owned(),
        State::Waiting(call) => format!("waits in {call}()"),
        State::Ended(End::Done) => "ended".to_owned(),
        State::Ended(End::Failed(_)) => "gave up".to_owned(),
        State::Ended(End::Killed) => "killed".to_owned(),
        State::Ended(End::Signal(number)) => format!("ended by signal {number}"),
    };
    let text = clip(&format!("─ {}{pid}: {state} ", side.name().to_uppercase()), width);
    let rest = width - text.chars().count();
    Span::styled(text + &"─".repeat(rest), BOLD)
}

/// What the writer writes next, and what the reader has shown.
fn foot(tour: &Tour, side: Side) -> String {
    let scene = &tour.scene;
    match side {
        Side::Writer => {
            let born = scene.log.iter().rposition(|entry| *entry == Entry::Started(Side::Writer)).unwrap_or(0);
            let sent =
                scene.log[born.min(scene.log.len())..].iter().filter(|entry| matches!(entry, Entry::Sent(_))).count();
            let next = tour.goal().play.messages.get(sent);
            next.map_or(" nothing left to send".to_owned(), |text| format!(" next: {text:?}"))
        }
        Side::Reader => {
            let shown: Vec<_> = scene.shown().into_iter().map(|text| format!("{text:?}")).collect();
            // The newest is always seen.
            let newest = shown.len().saturating_sub(2);
            let before = if newest > 0 { "… " } else { "" };
            format!(" shown: {before}{}", shown[newest..].join(" "))
        }
    }
}

/// The line of the program that comes next. A line may be for one way to a step only: `before>step`.
fn next_line(tour: &Tour, side: Side) -> Option<usize> {
    let (State::At(step) | State::Waiting(step)) = tour.scene.state(side) else { return None };
    let mut steps = tour.scene.log.iter().rev().filter_map(|entry| match entry {
        Entry::At(of, step) if *of == side => Some(step.as_str()),
        _ => None,
    });
    let before = steps.nth(1).unwrap_or_default();
    let on_this_way = format!("{before}>{step}");
    let code = tour.goal().play.code[side as usize];
    let with = |step: &str| code.iter().position(|line| line.at.contains(&step));
    with(&on_this_way).or_else(|| with(step))
}
