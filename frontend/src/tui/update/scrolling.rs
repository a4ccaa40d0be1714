//! Scrolling what is open: the transcript or the help.
use ratatui::layout::Rect;

use crate::tui::help;
use crate::tui::layout::Layout;
use crate::tui::model::{Model, Overlay};
use crate::tui::transcript::{self, Columns, Scroll};

/// The transcript's height and columns on the screen as it is.
pub(super) fn place(model: &Model) -> (usize, Columns) {
    let (width, height) = model.size;
    let transcript = Layout::of(model, Rect::new(0, 0, width, height)).transcript;
    (usize::from(transcript.height), Columns::of(model, usize::from(width)))
}

/// Scrolls by what `way` makes of a page: the height of the transcript, less one row to keep your place.
pub(super) fn scroll(model: &mut Model, way: impl FnOnce(usize) -> Scroll) {
    let (height, columns) = place(model);
    let way = way(height.saturating_sub(1).max(1));
    match model.overlay {
        Overlay::Help(top) => {
            let last = help::rows(model.side).len().saturating_sub(height);
            model.overlay = Overlay::Help(match way {
                Scroll::Up(rows) => top.saturating_sub(rows),
                Scroll::Down(rows) => (top + rows).min(last),
                Scroll::Top => 0,
                Scroll::End => last,
            });
        }
        Overlay::Panel => {}
        Overlay::None => transcript::scroll(model, &columns, height, way),
    }
}
