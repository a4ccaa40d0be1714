//! The help (F1).
use ratatui::layout::Rect;

use super::painter::{BOLD, DIM, PLAIN, Painter, clipped};
use crate::tui::help::{self, HelpRow};
use crate::tui::wrap;

/// Between the keys and what they do.
const GAP: usize = 2;

impl Painter<'_> {
    /// Returns how many rows are below the screen.
    pub(super) fn help(&mut self, area: Rect, top: usize) -> usize {
        let lines = help::rows(self.model.side);
        let (x, width) = self.inside();
        // The descriptions are aligned in one column, unless the screen is too narrow.
        let widest = |line: &HelpRow| if let HelpRow::Key { keys, .. } = line { wrap::measure(keys) } else { 0 };
        let keys_width = lines.iter().map(widest).max().unwrap_or(0).min(width / 2);
        let top = top.min(lines.len().saturating_sub(usize::from(area.height)));
        for (line, row) in lines.iter().skip(top).zip(area.rows()) {
            match line {
                HelpRow::Blank => {}
                HelpRow::Heading(heading) => self.put(x, row.y, heading, width, BOLD),
                HelpRow::Key { keys, does } => {
                    self.put(x, row.y, &clipped(keys, keys_width), keys_width, PLAIN);
                    let left = width.saturating_sub(keys_width + GAP);
                    self.put(x + keys_width + GAP, row.y, &clipped(does, left), left, DIM);
                }
            }
        }
        lines.len().saturating_sub(top + usize::from(area.height))
    }
}
