//! A backend for terminals that have their own idea of how wide a grapheme is.
//!
//! They differ in joined emoji, in the scripts of India, and in everything that their version of Unicode lacked. If a
//! terminal takes a grapheme for wider than we do, everything after it appears too far to the right, and what is later
//! removed leaves remains. ratatui prints cells one after the other, and only those that changed, so it suffers from
//! both.
//!
//! Here, a row that holds or held such a grapheme is painted whole whenever it changes: first blanks, then its
//! graphemes; after each one whose width may differ, the cursor is placed where the next one belongs. All other rows
//! pass through unchanged.
use ratatui::backend::{Backend, ClearType, WindowSize};
use ratatui::buffer::{Cell, CellWidth};
use ratatui::layout::{Position, Size};

/// A backend, and what was drawn on it.
#[derive(Debug)]
pub(super) struct CarefulBackend<B> {
    inner: B,
    /// The cells as they were last drawn; those never drawn are blank.
    rows: Vec<Vec<Cell>>,
}

impl<B> CarefulBackend<B> {
    pub(super) fn new(inner: B) -> Self {
        CarefulBackend { inner, rows: Vec::new() }
    }

    /// Notes a row's new cells. Returns whether any of them is odd, or was.
    fn note(&mut self, y: u16, updates: &[(u16, u16, &Cell)]) -> bool {
        let y = usize::from(y);
        if self.rows.len() <= y {
            self.rows.resize(y + 1, Vec::new());
        }
        let row = &mut self.rows[y];
        let was_odd = row.iter().any(is_odd);
        for (x, _, cell) in updates {
            let x = usize::from(*x);
            let end = x + usize::from(cell.symbol().cell_width()).max(1);
            if row.len() < end {
                row.resize(end, Cell::default());
            }
            // The cells after a wide symbol are not visible.
            row[x..end].fill(Cell::default());
            row[x] = (*cell).clone();
        }
        was_odd || row.iter().any(is_odd)
    }
}

/// Whether terminals may disagree about its width: it has several characters, or one outside the plane that the first
/// version of Unicode had.
fn is_odd(cell: &Cell) -> bool {
    let mut characters = cell.symbol().chars();
    let first = characters.next();
    characters.next().is_some() || first.is_some_and(|c| u32::from(c) > 0xFFFF)
}

impl<B: Backend> CarefulBackend<B> {
    /// Paints a row whole.
    fn paint(&mut self, y: u16) -> Result<(), B::Error> {
        let width = usize::from(self.inner.size()?.width);
        let Some(row) = self.rows.get(usize::from(y)) else { return Ok(()) };
        let blank = Cell::default();
        let columns = || (0..=u16::MAX).take(width);
        self.inner.draw(columns().map(|x| (x, y, &blank)))?;
        // Each piece begins by placing the cursor.
        let cells: Vec<_> = columns().zip(row).map(|(x, cell)| (x, y, cell)).collect();
        for piece in cells.split_inclusive(|(_, _, cell)| is_odd(cell)) {
            self.inner.draw(piece.iter().copied().filter(|(_, _, cell)| **cell != blank))?;
        }
        Ok(())
    }
}

impl<B: Backend> Backend for CarefulBackend<B> {
    type Error = B::Error;

    fn draw<'a, I>(&mut self, content: I) -> Result<(), B::Error>
    where
        I: Iterator<Item = (u16, u16, &'a Cell)>,
    {
        let mut content = content.peekable();
        let mut plain = Vec::new();
        while let Some(&(_, y, _)) = content.peek() {
            let start = plain.len();
            while let Some(update) = content.next_if(|(_, row, _)| *row == y) {
                plain.push(update);
            }
            if self.note(y, &plain[start..]) {
                plain.truncate(start);
                self.paint(y)?;
            }
        }
        self.inner.draw(plain.into_iter())
    }

    fn hide_cursor(&mut self) -> Result<(), B::Error> {
        self.inner.hide_cursor()
    }

    fn show_cursor(&mut self) -> Result<(), B::Error> {
        self.inner.show_cursor()
    }

    fn get_cursor_position(&mut self) -> Result<Position, B::Error> {
        self.inner.get_cursor_position()
    }

    fn set_cursor_position<P: Into<Position>>(&mut self, position: P) -> Result<(), B::Error> {
        self.inner.set_cursor_position(position)
    }

    fn clear(&mut self) -> Result<(), B::Error> {
        self.rows.clear();
        self.inner.clear()
    }

    fn clear_region(&mut self, region: ClearType) -> Result<(), B::Error> {
        self.rows.clear();
        self.inner.clear_region(region)
    }

    fn size(&self) -> Result<Size, B::Error> {
        self.inner.size()
    }

    fn window_size(&mut self) -> Result<WindowSize, B::Error> {
        self.inner.window_size()
    }

    fn flush(&mut self) -> Result<(), B::Error> {
        self.inner.flush()
    }
}

#[cfg(test)]
mod tests;
