//! The keys.

use super::style::BOLD;
use crate::wrap::wrap;
use ratatui::text::Line;

/// Each key, and what it does.
const KEYS: [(&str, &str); 11] = [
    ("w  r", "let the writer, or the reader, do its next step"),
    ("W  R", "let it run until it waits: for the other side, or for its next message"),
    ("k w  k r", "kill it with SIGKILL, in the middle of what it does"),
    ("s", "start again whoever has ended"),
    ("c", "write nonsense into the segment (where a chapter asks for it)"),
    ("u", "begin this goal again, with new processes"),
    ("1 2 3", "answer a question"),
    ("Enter", "go on"),
    ("n  p", "the next chapter, the previous one"),
    ("?", "these keys"),
    ("q  x", "end the tour; Ctrl-C does too"),
];

pub(super) fn lines(columns: usize) -> Vec<Line<'static>> {
    let mut lines = vec![Line::default()];
    for (key, what) in KEYS {
        let mut wrapped = wrap(what, columns.saturating_sub(12)).into_iter();
        lines.push(Line::raw(format!(" {key:<10} {}", wrapped.next().unwrap_or_default())));
        lines.extend(wrapped.map(|line| Line::raw(format!("{}{line}", " ".repeat(12)))));
    }
    lines.push(Line::default());
    let about = "Both processes are real. Each stops before each line of its program; the line marked ▶ comes next. Below \
                 is what they share, as it is in the kernel now, with what the last step changed in bold.";
    lines.extend(wrap(about, columns).into_iter().map(|line| Line::styled(line, BOLD)));
    lines
}
