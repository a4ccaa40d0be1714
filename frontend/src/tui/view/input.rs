//! The line you type into.
use ratatui::layout::Position;

use super::painter::{BOLD, DIM, PLAIN, Painter, UNDERLINED, first_fitting};
use crate::tui::layout::{self, Layout};
use crate::tui::model::Mode;
use crate::tui::search::Query;
use crate::tui::wrap;

impl Painter<'_> {
    /// Returns where the cursor is, if there is one.
    pub(super) fn input(&mut self, layout: &Layout) -> Option<Position> {
        let model = self.model;
        let (line, writing) = layout::line(model);
        let (text, cursor) = (line.text(), line.cursor());
        let (prompt, hints) = match model.mode {
            Mode::Searching => ("/ ", ["what to search for…", "search…"]),
            Mode::Recalling => ("? ", ["what you sent…", "sent…"]),
            _ => ("> ", ["type a message…", "message…"]),
        };
        let found = match model.mode {
            Mode::Recalling => Query::new(model.recall.query.text()).hits(text),
            _ => Vec::new(),
        };
        let area = layout.input;
        let height = usize::from(area.height);
        if height == 0 {
            return None;
        }

        // The row of the cursor, kept in the middle of a draft that is higher than its area.
        let row = layout.draft.partition_point(|row| row.start <= cursor).saturating_sub(1);
        let top = row.saturating_sub(height / 2).min(layout.draft.len().saturating_sub(height));
        let (x, width) = layout::input_text(self.width);
        if top == 0 {
            let margin = layout::margin(self.width);
            self.put(margin, area.y, prompt, x - margin, if writing { BOLD } else { DIM });
        }
        if text.is_empty() {
            let hint = first_fitting(hints.map(str::to_owned), width);
            self.put(x, area.y, &hint, width, DIM);
        }
        for (range, screen_row) in layout.draft.iter().skip(top).zip(area.rows()) {
            let style = if writing { PLAIN } else { DIM };
            self.put_styled(x, screen_row.y, &text[range.clone()], width, |bytes| {
                let at = range.start + bytes.start;
                if found.iter().any(|hit| hit.contains(&at)) { style.patch(UNDERLINED) } else { style }
            });
        }

        let column = wrap::columns(&text[layout.draft.get(row)?.start..cursor], width);
        let x = u16::try_from((x + column).min(self.width - 1)).ok()?;
        let y = area.y + u16::try_from(row - top).ok()?;
        writing.then(|| Position::new(x, y))
    }
}
