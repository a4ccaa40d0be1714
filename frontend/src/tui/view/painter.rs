//! Puts text into cells.
//!
//! [`Painter::put`] fills all cells, and uses [`wrap::cell`]: what was measured is what is drawn, and nothing reaches
//! the terminal that it would obey.
//!
//! There are few colours, all named ones from the terminal's own palette, and never a background: so they are readable
//! on light and dark terminals. Each repeats what a word or a sign says too.
use std::borrow::Cow;
use std::ops::Range;

use ratatui::buffer::Buffer;
use ratatui::layout::Position;
use ratatui::style::{Color, Modifier, Style};
use unicode_segmentation::UnicodeSegmentation;

use crate::tui::layout;
use crate::tui::link::LinkPiece;
use crate::tui::model::Model;
use crate::tui::transcript::Columns;
use crate::tui::wrap;

pub(super) const PLAIN: Style = Style::new();
pub(super) const DIM: Style = Style::new().add_modifier(Modifier::DIM);
pub(super) const BOLD: Style = Style::new().add_modifier(Modifier::BOLD);
pub(super) const UNDERLINED: Style = Style::new().add_modifier(Modifier::UNDERLINED);
pub(super) const REVERSED: Style = Style::new().add_modifier(Modifier::REVERSED);

/// What is drawn, and where.
pub(super) struct Painter<'a> {
    pub(super) model: &'a Model,
    pub(super) buffer: &'a mut Buffer,
    pub(super) columns: Columns,
    /// Of the screen.
    pub(super) width: usize,
    /// The links drawn so far.
    pub(super) links: Vec<LinkPiece>,
}

impl Painter<'_> {
    /// Draws text from column `x` on, as far as it fits in `width` columns.
    pub(super) fn put(&mut self, x: usize, y: u16, text: &str, width: usize, style: Style) {
        self.put_styled(x, y, text, width, |_| style);
    }

    /// The same, with each grapheme in the style that its range of bytes has.
    pub(super) fn put_styled(
        &mut self,
        x: usize,
        y: u16,
        text: &str,
        width: usize,
        style: impl Fn(Range<usize>) -> Style,
    ) {
        let mut column = 0;
        for (at, grapheme) in text.grapheme_indices(true) {
            let style = style(at..at + grapheme.len());
            let (symbol, columns) = wrap::cell(grapheme, column, width.max(1));
            if column + columns > width {
                break;
            }
            // The cells after a wide symbol stay as they are in an empty buffer.
            let at = Position::new(u16::try_from(x + column).unwrap_or(u16::MAX), y);
            if let Some(cell) = self.buffer.cell_mut(at) {
                cell.set_symbol(&symbol).set_style(style);
            }
            column += columns;
        }
    }

    pub(super) fn colored(&self, style: Style, color: Color) -> Style {
        if self.model.color { style.fg(color) } else { style }
    }

    /// The columns between the margins.
    pub(super) fn inside(&self) -> (usize, usize) {
        let margin = layout::margin(self.width);
        (margin, self.width - 2 * margin)
    }
}

/// Text cut to `width` columns, with `…` if something is missing.
pub(super) fn clipped(text: &str, width: usize) -> Cow<'_, str> {
    if wrap::measure(text) <= width {
        return Cow::Borrowed(text);
    }
    let mut column = 0;
    let cut = text.grapheme_indices(true).find(|(_, grapheme)| {
        column += wrap::cell(grapheme, column, usize::MAX).1;
        column >= width
    });
    Cow::Owned(format!("{}…", &text[..cut.map_or(0, |(at, _)| at)]))
}

/// The first of these texts that fits in `width` columns, or an empty one.
pub(super) fn first_fitting(texts: impl IntoIterator<Item = String>, width: usize) -> String {
    texts.into_iter().find(|text| wrap::measure(text) <= width).unwrap_or_default()
}
