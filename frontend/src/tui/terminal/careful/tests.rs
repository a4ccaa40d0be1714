//! A terminal that is wrong about widths, and what is seen on it.
use std::convert::Infallible;

use proptest::prelude::*;
use ratatui::Terminal;
use ratatui::widgets::Paragraph;

use super::*;

/// A terminal that takes odd graphemes for wider or narrower than we do, and prints as crossterm's backend does: the
/// cursor is placed only where a cell does not follow the one before.
struct MiscountingTerminal {
    size: Size,
    /// The columns that an odd grapheme takes here.
    odd: usize,
    cells: Vec<Vec<String>>,
    /// Cells printed so far.
    printed: usize,
}

impl MiscountingTerminal {
    fn new(size: Size, odd: usize) -> MiscountingTerminal {
        let cells = vec![vec![" ".to_owned(); usize::from(size.width)]; usize::from(size.height)];
        MiscountingTerminal { size, odd, cells, printed: 0 }
    }
}

impl Backend for MiscountingTerminal {
    type Error = Infallible;

    fn draw<'a, I: Iterator<Item = (u16, u16, &'a Cell)>>(&mut self, content: I) -> Result<(), Infallible> {
        let mut last = None;
        let mut cursor = 0;
        for (x, y, cell) in content {
            if last != Some((x.wrapping_sub(1), y)) {
                cursor = usize::from(x);
            }
            last = Some((x, y));
            let width = if is_odd(cell) { self.odd } else { usize::from(cell.symbol().cell_width()) };
            let row = &mut self.cells[usize::from(y)];
            let end = (cursor + width).min(row.len());
            // Of a wide symbol that is written into nothing stays.
            let start = (0..=cursor.min(row.len() - 1)).rev().find(|&column| row[column] != "…").unwrap_or(0);
            let after = (end..row.len()).find(|&column| row[column] != "…").unwrap_or(row.len());
            row[start.min(end)..cursor.min(end)].fill(" ".to_owned());
            row[end..after].fill(" ".to_owned());
            for (column, place) in row.iter_mut().enumerate().take(end).skip(cursor) {
                // An odd one is several to this terminal, each by itself.
                let behind = if is_odd(cell) { "·" } else { "…" };
                *place = if column == cursor { cell.symbol() } else { behind }.to_owned();
            }
            cursor += width;
            self.printed += 1;
        }
        Ok(())
    }

    fn hide_cursor(&mut self) -> Result<(), Infallible> {
        Ok(())
    }

    fn show_cursor(&mut self) -> Result<(), Infallible> {
        Ok(())
    }

    fn get_cursor_position(&mut self) -> Result<Position, Infallible> {
        Ok(Position::ORIGIN)
    }

    fn set_cursor_position<P: Into<Position>>(&mut self, _: P) -> Result<(), Infallible> {
        Ok(())
    }

    fn clear(&mut self) -> Result<(), Infallible> {
        *self = MiscountingTerminal { printed: self.printed, ..MiscountingTerminal::new(self.size, self.odd) };
        Ok(())
    }

    fn clear_region(&mut self, _: ClearType) -> Result<(), Infallible> {
        self.clear()
    }

    fn size(&self) -> Result<Size, Infallible> {
        Ok(self.size)
    }

    fn window_size(&mut self) -> Result<WindowSize, Infallible> {
        Ok(WindowSize { columns_rows: self.size, pixels: Size::ZERO })
    }

    fn flush(&mut self) -> Result<(), Infallible> {
        Ok(())
    }
}

fn terminal(odd: usize) -> Terminal<CarefulBackend<MiscountingTerminal>> {
    Terminal::new(CarefulBackend::new(MiscountingTerminal::new(Size::new(20, 3), odd))).unwrap()
}

/// Draws frames one after the other; what is seen then.
fn seen<'a>(
    terminal: &mut Terminal<CarefulBackend<MiscountingTerminal>>,
    frames: impl IntoIterator<Item = &'a String>,
) -> Vec<String> {
    for text in frames {
        terminal.draw(|frame| frame.render_widget(Paragraph::new(text.as_str()), frame.area())).unwrap();
    }
    terminal.backend().inner.cells.iter().map(|row| row.concat()).collect()
}

#[test]
fn what_stands_behind_an_odd_grapheme_is_in_its_place_and_none_of_it_is_left() {
    let mut terminal = terminal(4);
    // Our idea is two columns, the terminal's four: what comes next stands in the third all the same.
    assert_eq!(seen(&mut terminal, &["a👩‍🚀bcdef".to_owned()])[0].trim_end(), "a👩‍🚀·bcdef");
    assert_eq!(seen(&mut terminal, &["plain".to_owned()])[0].trim_end(), "plain");
}

#[test]
fn a_row_without_them_goes_through_as_it_is() {
    let mut terminal = terminal(4);
    seen(&mut terminal, &["你好 plain\n👩‍🚀".to_owned()]);
    let before = terminal.backend().inner.printed;
    seen(&mut terminal, &["你好 plaid\n👩‍🚀".to_owned()]);
    assert_eq!(terminal.backend().inner.printed - before, 1, "one letter has changed");
}

proptest! {
    /// What is seen depends on the last frame alone.
    #[test]
    fn after_any_frames_the_screen_is_as_if_only_the_last_had_been_drawn(
        frames in prop::collection::vec(r"([a-c ]|你|👩‍🚀|🚀|é|e\u{301}|नमस्ते|ก็|\n){0,30}", 1..6),
        odd in 1_usize..5,
    ) {
        let last = seen(&mut terminal(odd), frames.last());
        prop_assert_eq!(seen(&mut terminal(odd), &frames), last);
    }
}
