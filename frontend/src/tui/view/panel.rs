//! The panel (F2).
use ratatui::layout::Rect;
use ratatui::style::Color;

use super::painter::{BOLD, DIM, PLAIN, Painter};
use crate::tui::panel::{self, Ink};
use crate::tui::wrap;

impl Painter<'_> {
    pub(super) fn panel(&mut self, area: Rect) {
        let (x, width) = self.inside();
        let Some(panel) = &self.model.panel else {
            // It was just opened; the first sample comes with the next frame.
            area.rows().take(1).for_each(|row| self.put(x, row.y, "looking…", width, DIM));
            return;
        };
        for (pieces, row) in panel::rows(panel, width, usize::from(area.height)).into_iter().zip(area.rows()) {
            let mut column = 0;
            for (ink, text) in pieces {
                let style = match ink {
                    Ink::Plain => PLAIN,
                    Ink::Dim => DIM,
                    Ink::Bold => BOLD,
                    Ink::RecordHeader => self.colored(BOLD, Color::Cyan),
                    Ink::Fill => self.colored(PLAIN, Color::Green),
                };
                self.put(x + column, row.y, &text, width.saturating_sub(column), style);
                column += wrap::measure(&text);
            }
        }
    }
}
