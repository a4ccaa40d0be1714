//! Draws the model: [`layout`](super::layout) says where, [`transcript`](super::transcript) says what, and a
//! [`Painter`] puts it into the cells.
mod bars;
mod help;
mod highlights;
mod input;
mod painter;
mod panel;
mod transcript;

use ratatui::Frame;

use super::layout::Layout;
use super::link::LinkPiece;
use super::model::{Model, Overlay};
use super::transcript::Columns;
use painter::Painter;

/// Draws one frame. Returns the links on it, which cells cannot hold.
pub fn view(model: &Model, frame: &mut Frame<'_>) -> Vec<LinkPiece> {
    let area = frame.area();
    if area.is_empty() {
        return Vec::new();
    }
    let layout = Layout::of(model, area);
    let columns = Columns::of(model, usize::from(area.width));
    let width = usize::from(area.width);
    let mut painter = Painter { model, buffer: frame.buffer_mut(), columns, width, links: Vec::new() };

    let below = match model.overlay {
        Overlay::None => painter.transcript(layout.transcript),
        Overlay::Help(top) => painter.help(layout.transcript, top),
        Overlay::Panel => {
            painter.panel(layout.transcript);
            0
        }
    };
    painter.title(layout.title);
    painter.foot(layout.foot, below);
    painter.hints(layout.help);
    let cursor = painter.input(&layout);
    let links = painter.links;
    if let Some(cursor) = cursor {
        frame.set_cursor_position(cursor);
    }
    links
}
