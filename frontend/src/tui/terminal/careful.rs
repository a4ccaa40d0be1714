//! A backend for terminals that have their own idea of how wide a grapheme is, and for links.
//!
//! # Widths
//! They differ in joined emoji, in the scripts of India, and in everything that their version of Unicode lacked. If a
//! terminal takes a grapheme for wider than we do, everything after it appears too far to the right, and what is later
//! removed leaves remains. ratatui prints cells one after the other, and only those that changed, so it suffers from
//! both.
//!
//! Here, a row that holds or held such a grapheme is painted whole whenever it changes: first blanks, then its
//! graphemes; after each one whose width may differ, the cursor is placed where the next one belongs. All other rows
//! pass through unchanged.
//!
//! # Links
//! To a terminal, a link is a property of a cell, like a colour: what is printed between `OSC 8 ; id=… ; target ST` and
//! `OSC 8 ; ; ST` belongs to it, and pieces with one `id` are one link
//! (<https://gist.github.com/egmontkob/eb114294efbcd5adb1944c9f3cb5feda>). ratatui's cells have no such property, so
//! the links of a frame come beside it, in [`FrameLinks`]. A row is painted whole, too, if it holds or held a link and
//! its cells or its links have changed.
use std::cell::RefCell;
use std::collections::BTreeSet;
use std::io::{self, Write};
use std::rc::Rc;

use ratatui::backend::CrosstermBackend;
use ratatui::backend::{Backend, ClearType, WindowSize};
use ratatui::buffer::{Cell, CellWidth};
use ratatui::layout::{Position, Size};

use crate::tui::link::LinkPiece;

/// The links of the next frame, from whoever draws it.
pub(super) type FrameLinks = Rc<RefCell<Vec<LinkPiece>>>;

/// A backend that takes escape sequences for which ratatui has no call.
pub(super) trait Escapes: Backend {
    fn escape(&mut self, sequence: &str) -> Result<(), Self::Error>;
}

impl<W: Write> Escapes for CrosstermBackend<W> {
    fn escape(&mut self, sequence: &str) -> io::Result<()> {
        self.write_all(sequence.as_bytes())
    }
}

/// A backend, and what was drawn on it.
#[derive(Debug)]
pub(super) struct CarefulBackend<B> {
    inner: B,
    /// The cells as they were last drawn; those never drawn are blank.
    rows: Vec<Vec<Cell>>,
    /// The links of the frame that is drawn next,
    next_links: FrameLinks,
    /// and those that were last drawn.
    links: Vec<LinkPiece>,
}

impl<B> CarefulBackend<B> {
    pub(super) fn new(inner: B, next_links: FrameLinks) -> Self {
        CarefulBackend { inner, rows: Vec::new(), next_links, links: Vec::new() }
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

/// The links in one row, from left to right.
fn links_in(links: &[LinkPiece], y: u16) -> impl Iterator<Item = &LinkPiece> {
    links.iter().filter(move |piece| piece.y == y)
}

impl<B: Escapes> CarefulBackend<B> {
    /// Paints a row whole.
    fn paint(&mut self, y: u16) -> Result<(), B::Error> {
        let width = usize::from(self.inner.size()?.width);
        let Some(row) = self.rows.get(usize::from(y)) else { return Ok(()) };
        let blank = Cell::default();
        let columns = || (0..=u16::MAX).take(width);
        self.inner.draw(columns().map(|x| (x, y, &blank)))?;
        // Each piece begins by placing the cursor.
        let cells: Vec<_> = columns().zip(row).map(|(x, cell)| (x, y, cell)).collect();
        let link_at = |x: u16| links_in(&self.links, y).find(|piece| piece.columns.contains(&x));
        let joined = |before: &(u16, u16, &Cell), after: &(u16, u16, &Cell)| {
            !is_odd(before.2) && link_at(before.0) == link_at(after.0)
        };
        for piece in cells.chunk_by(joined) {
            let link = piece.first().and_then(|(x, ..)| link_at(*x));
            if let Some(LinkPiece { id: (entry, at), target, .. }) = link {
                self.inner.escape(&format!("\x1b]8;id={entry}-{at};{target}\x1b\\"))?;
            }
            self.inner.draw(piece.iter().copied().filter(|(_, _, cell)| **cell != blank))?;
            if link.is_some() {
                self.inner.escape("\x1b]8;;\x1b\\")?;
            }
        }
        Ok(())
    }
}

impl<B: Escapes> Backend for CarefulBackend<B> {
    type Error = B::Error;

    fn draw<'a, I>(&mut self, content: I) -> Result<(), B::Error>
    where
        I: Iterator<Item = (u16, u16, &'a Cell)>,
    {
        let before = std::mem::replace(&mut self.links, self.next_links.take());
        // Rows to paint even if their cells stay the same.
        let mut repaint: BTreeSet<u16> = before.iter().chain(&self.links).map(|piece| piece.y).collect();
        let linked = repaint.clone();
        repaint.retain(|&y| !links_in(&before, y).eq(links_in(&self.links, y)));

        let mut content = content.peekable();
        let mut plain = Vec::new();
        while let Some(&(_, y, _)) = content.peek() {
            let start = plain.len();
            while let Some(update) = content.next_if(|(_, row, _)| *row == y) {
                plain.push(update);
            }
            let odd = self.note(y, &plain[start..]);
            if odd || linked.contains(&y) {
                plain.truncate(start);
                repaint.insert(y);
            }
        }
        self.inner.draw(plain.into_iter())?;
        repaint.into_iter().try_for_each(|y| self.paint(y))
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
        self.links.clear();
        self.inner.clear()
    }

    fn clear_region(&mut self, region: ClearType) -> Result<(), B::Error> {
        self.rows.clear();
        self.links.clear();
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
