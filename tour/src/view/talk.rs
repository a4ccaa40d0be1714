//! What the tour says: a chapter's first page, a hint, a question, and why.

use super::style::BOLD;
use crate::tour::{Phase, Tour};
use crate::wrap::wrap;
use ratatui::text::Line;

fn plain(text: &str, columns: usize) -> impl Iterator<Item = Line<'static>> {
    wrap(text, columns).into_iter().map(Line::raw)
}

fn bold(text: &str, columns: usize) -> impl Iterator<Item = Line<'static>> {
    wrap(text, columns).into_iter().map(|line| Line::styled(line, BOLD))
}

/// The chapter's first page.
pub(super) fn intro(tour: &Tour, columns: usize) -> Vec<Line<'static>> {
    let chapter = tour.chapter();
    let mut lines = vec![Line::default()];
    for paragraph in chapter.intro {
        lines.extend(plain(paragraph, columns));
        lines.push(Line::default());
    }
    lines.extend(bold("What you will make happen:", columns));
    for (number, goal) in chapter.goals.iter().enumerate() {
        let mark = if tour.has_reached(number) { "✓" } else { "·" };
        lines.extend(plain(&format!("{mark} {}", goal.name), columns));
    }
    lines.push(Line::default());
    lines.extend(bold(notice_or(tour, "Press Enter to begin."), columns));
    lines
}

/// After the last chapter.
pub(super) fn end(columns: usize) -> Vec<Line<'static>> {
    let mut lines = vec![Line::default()];
    lines.extend(bold("That was the tour.", columns));
    lines.push(Line::default());
    for text in [
        "You have lost messages, torn one in half and left a segment behind, and you have seen what it takes to \
         prevent each of these: an index for each side, the order of two stores, a second look, a lock, a check.",
        "The same chapters are in docs/learn, as pages. docs/ARCHITECTURE.md shows where each part of the real \
         program is, and common/src/book/crash.md lists what is left by a kill at each of its steps.",
        "To see the real thing: make chat. F2 shows its segment at work.",
    ] {
        lines.extend(plain(text, columns));
        lines.push(Line::default());
    }
    lines
}

fn notice_or<'a>(tour: &'a Tour, otherwise: &'a str) -> &'a str {
    if tour.notice().is_empty() { otherwise } else { tour.notice() }
}

/// Below the stage.
pub(super) fn lines(tour: &Tour, columns: usize) -> Vec<Line<'static>> {
    let mut lines = vec![Line::styled("─".repeat(columns), BOLD)];
    let goal = tour.goal();
    match tour.phase() {
        Phase::Asking => {
            lines.extend(bold(goal.question.ask, columns));
            for (number, answer) in goal.question.answers.iter().enumerate() {
                lines.extend(plain(&format!(" {}  {answer}", number + 1), columns));
            }
            if !tour.notice().is_empty() {
                lines.extend(bold(tour.notice(), columns));
            }
        }
        Phase::Why => {
            let right = goal.question.answers[goal.question.right];
            let is_read = !goal.play.has_sides();
            let verdict = match tour.answer() {
                Some(answer) if is_read && answer == goal.question.right => "You predicted it.".to_owned(),
                Some(answer) if is_read => {
                    format!("You said {}; it is {}: {right}.", answer + 1, goal.question.right + 1)
                }
                None => "You made it happen.".to_owned(),
                Some(answer) if answer == goal.question.right => "You made it happen, and you predicted it.".to_owned(),
                Some(answer) => {
                    format!("You made it happen. You said {}; it was {}: {right}.", answer + 1, goal.question.right + 1)
                }
            };
            lines.extend(bold(&verdict, columns));
            lines.extend(plain(&goal.why.join(" "), columns));
            lines.extend(plain(&format!("In the real program: {}", goal.file), columns));
            lines.extend(bold(notice_or(tour, "Enter goes on."), columns));
        }
        _ => {
            match tour.answer() {
                None => lines.extend(plain(goal.hint, columns)),
                Some(answer) => {
                    let said = goal.question.answers[answer];
                    lines.extend(plain(&format!("You said: {said}. Now let it happen. {}", goal.then), columns));
                }
            }
            if !tour.notice().is_empty() {
                lines.extend(bold(tour.notice(), columns));
            } else if tour.is_stuck() {
                lines.extend(bold("Nothing moves any more. s starts what has ended, u begins again.", columns));
            }
        }
    }
    lines
}
