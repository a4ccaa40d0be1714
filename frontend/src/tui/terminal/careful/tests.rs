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
    /// The link that what is printed belongs to, and those of the cells.
    link: String,
    links: Vec<Vec<String>>,
    /// Cells printed so far.
    printed: usize,
}

impl MiscountingTerminal {
    fn new(size: Size, odd: usize) -> MiscountingTerminal {
        let cells = vec![vec![" ".to_owned(); usize::from(size.width)]; usize::from(size.height)];
        let links = vec![vec![String::new(); usize::from(size.width)]; usize::from(size.height)];
        MiscountingTerminal { size, odd, cells, link: String::new(), links, printed: 0 }
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
            for link in self.links[usize::from(y)].iter_mut().take(end).skip(cursor) {
                link.clone_from(&self.link);
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

impl Escapes for MiscountingTerminal {
    fn escape(&mut self, sequence: &str) -> Result<(), Infallible> {
        let link = sequence.strip_prefix("\x1b]8;").and_then(|rest| rest.strip_suffix("\x1b\\"));
        self.link = link.unwrap_or_else(|| panic!("{sequence:?} is no link")).trim_start_matches(';').to_owned();
        Ok(())
    }
}

fn terminal(odd: usize) -> Terminal<CarefulBackend<MiscountingTerminal>> {
    let backend = MiscountingTerminal::new(Size::new(20, 3), odd);
    Terminal::new(CarefulBackend::new(backend, FrameLinks::default())).unwrap()
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

/// A piece of a link in a row.
fn piece(y: u16, columns: std::ops::Range<u16>, entry: u64) -> LinkPiece {
    LinkPiece { y, columns, id: (entry, 0), target: format!("https://{entry}.example") }
}

type Frame = (String, Vec<LinkPiece>);

/// The link of each cell after these frames.
fn linked(odd: usize, frames: &[Frame]) -> Vec<Vec<String>> {
    let mut terminal = terminal(odd);
    for (text, links) in frames {
        terminal.backend().next_links.replace(links.clone());
        terminal.draw(|frame| frame.render_widget(Paragraph::new(text.as_str()), frame.area())).unwrap();
    }
    let terminal = &terminal.backend().inner;
    assert_eq!(terminal.link, "", "every link is closed");
    terminal.links.clone()
}

#[test]
fn a_link_is_where_it_is_said_to_be_and_nowhere_else() {
    let links = linked(4, &[("see linked\nhere".to_owned(), vec![piece(0, 4..10, 7), piece(1, 0..4, 7)])]);
    let target = "id=7-0;https://7.example";
    assert!(links[0][4..10].iter().chain(&links[1][..4]).all(|link| link == target), "{links:?}");
    assert_eq!(links.iter().flatten().filter(|link| !link.is_empty()).count(), 10);
}

#[test]
fn a_link_that_comes_goes_or_becomes_another_is_painted_even_if_the_text_stays() {
    let text = "the same text".to_owned();
    let frame = |links: &[LinkPiece]| (text.clone(), links.to_vec());
    let frames = [frame(&[]), frame(&[piece(0, 4..8, 1)]), frame(&[piece(0, 4..8, 2)])];
    assert_eq!(linked(2, &frames)[0][4], "id=2-0;https://2.example");
    assert_eq!(linked(2, &frames[..2])[0][4], "id=1-0;https://1.example");
    assert_eq!(linked(2, &[&frames[..], &frames[..1]].concat())[0][4], "");
}

fn frame() -> impl Strategy<Value = Frame> {
    let links = prop::collection::vec((0_u16..3, 0_u16..19, 1_u16..9, 0_u64..3), 0..4);
    (r"([a-c ]|你|👩‍🚀|\n){0,30}", links).prop_map(|(text, links)| {
        let mut pieces = Vec::<LinkPiece>::new();
        for (y, start, length, entry) in links {
            let columns = start..(start + length).min(20);
            let free =
                |other: &LinkPiece| other.y != y || other.columns.end <= start || columns.end <= other.columns.start;
            if pieces.iter().all(free) {
                pieces.push(piece(y, columns, entry));
            }
        }
        (text, pieces)
    })
}

proptest! {
    /// Which cells with a text belong to which link depends on the last frame alone.
    #[test]
    fn after_any_frames_the_links_are_those_of_the_last(frames in prop::collection::vec(frame(), 1..6)) {
        prop_assert_eq!(linked(2, &frames), linked(2, &frames[frames.len() - 1..]));
    }

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
