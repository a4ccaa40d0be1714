//! Draws the tour. Without colours: bold is new, reversed is the cursor.
//!
//! ```text
//!   title
//!   goal
//!   ─ WRITER ──────────┬─ READER ──────────    code: each program, the next step reversed
//!   ─ SHARED ───────────────────────────────   memory: words, bells, bytes
//!   ─────────────────────────────────────────  talk: hint, question, or why
//!   keys
//! ```

mod code;
mod help;
mod memory;
mod style;
mod talk;

use crate::tour::{Phase, Tour};
use crate::wrap::{clip, wrap};
use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::style::Modifier;
use ratatui::text::Line;
use style::BOLD;

/// Draws a frame.
pub(crate) fn draw(frame: &mut Frame<'_>, tour: &Tour) {
    let area = frame.area();
    let (columns, rows) = (usize::from(area.width), usize::from(area.height));
    if columns < 20 || rows < 6 {
        return put(frame, 0, &[Line::raw("Please make this window larger.")]);
    }
    put(frame, 0, &[title(tour, columns)]);
    let keys = Line::raw(keys(tour, columns));
    put(frame, rows - 1, &[keys]);
    let body = rows - 2;
    if tour.shows_help() {
        return put(frame, 1, &fit(help::lines(columns), body));
    }
    match tour.phase() {
        Phase::Intro => put(frame, 1, &fit(talk::intro(tour, columns), body)),
        Phase::End => put(frame, 1, &fit(talk::end(columns), body)),
        _ => stage(frame, tour, columns, body),
    }
}

/// The stage, from row 1 on.
fn stage(frame: &mut Frame<'_>, tour: &Tour, columns: usize, rows: usize) {
    let goal: Vec<_> = wrap(&format!("Goal: {}", tour.goal().name), columns)
        .into_iter()
        .map(|line| Line::styled(line, BOLD))
        .collect();
    let mut talk = talk::lines(tour, columns);
    let left = rows.saturating_sub(goal.len());
    put(frame, 1, &goal);
    let top = 1 + goal.len();
    if !tour.goal().play.has_sides() {
        let page = memory::page(tour, columns);
        let page_rows = page.len().min(left.saturating_sub(talk.len()));
        put(frame, top, &page[..page_rows]);
        let at = top + page_rows;
        return put(frame, at, &fit(talk, left - page_rows));
    }
    // What is said is never cut; then come the programs, then the memory.
    talk.truncate(left);
    let least_code = code::least(tour, columns);
    let free = left - talk.len();
    let wanted = free.saturating_sub(memory::wants(tour, columns)).max(free / 2).max(least_code);
    let code_rows = code::rows(tour).max(least_code).min(wanted).min(free);
    let memory_rows = free - code_rows;
    put(frame, top, &code::lines(tour, columns, code_rows));
    put(frame, top + code_rows, &memory::lines(tour, columns, memory_rows));
    put(frame, top + code_rows + memory_rows, &talk);
}

fn title(tour: &Tour, columns: usize) -> Line<'static> {
    let chapters = crate::chapters::CHAPTERS.len();
    let left = format!("shmchat tour · {} of {chapters} · {}", tour.number(), tour.chapter().title);
    let goals = tour.chapter().goals.len();
    let marks: String = (0..goals).map(|goal| if tour.has_reached(goal) { '✓' } else { '·' }).collect();
    let right = match tour.phase() {
        Phase::Intro | Phase::End => format!("goals {marks}"),
        _ => format!("goal {} of {goals} {marks}", tour.goal_number()),
    };
    let left = clip(&left, columns.saturating_sub(right.chars().count() + 1));
    let gap = columns.saturating_sub(left.chars().count() + right.chars().count());
    Line::styled(format!("{left}{}{right}", " ".repeat(gap)), BOLD.add_modifier(Modifier::REVERSED))
}

/// What can be pressed now; in fewer words where there is no room.
fn keys(tour: &Tour, columns: usize) -> String {
    let (long, short) = if tour.shows_help() {
        ("Any key: back".to_owned(), String::new())
    } else if tour.is_killing() {
        ("Kill whom?  w the writer   r the reader   any other key: nobody".to_owned(), "Kill whom?  w  r".to_owned())
    } else {
        match tour.phase() {
            Phase::Intro => (
                "Enter begin   n next chapter   p previous   ? help   q quit".to_owned(),
                "Enter begin  n p chapter  ? help  q quit".to_owned(),
            ),
            Phase::Asking => {
                let answers = tour.goal().question.answers.len();
                (
                    format!("1 to {answers}: your prediction   u begin again   ? help   q quit"),
                    format!("1 to {answers}  u again  ? help  q quit"),
                )
            }
            Phase::Why => (
                "Enter go on   u do it again   n next chapter   ? help   q quit".to_owned(),
                "Enter go on  u again  ? help  q quit".to_owned(),
            ),
            Phase::End => ("p back to the last chapter   q quit".to_owned(), "p back  q quit".to_owned()),
            Phase::Play => {
                let (scribble, chapter) =
                    if tour.has_scribbling() { ("c scribble  ", "n p") } else { ("", "n p chapter") };
                (
                    format!("w r step  W R run  k kill  s start  {scribble}u again  {chapter}  ? help  q quit"),
                    format!("w r step  W R run  {scribble}k kill  s start  ? help  q quit"),
                )
            }
        }
    };
    if long.chars().count() <= columns { long } else { clip(&short, columns) }
}

/// The first rows, if there are more.
fn fit(mut lines: Vec<Line<'static>>, rows: usize) -> Vec<Line<'static>> {
    lines.truncate(rows);
    lines
}

/// Lines from a row on.
fn put(frame: &mut Frame<'_>, row: usize, lines: &[Line<'_>]) {
    let area = frame.area();
    for (row, line) in (row..usize::from(area.height)).zip(lines) {
        let at = Rect { x: 0, y: row as u16, width: area.width, height: 1 };
        frame.render_widget(line, at);
    }
}

#[cfg(test)]
mod tests;
