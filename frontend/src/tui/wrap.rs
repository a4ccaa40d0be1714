//! Breaks a text into rows of terminal cells.
//!
//! ```text
//!   "see 你好 there"  in 8 columns      range into the text      what fills the cells
//!                                      0..10                    s e e _ 你 . 好 .
//!                                      11..16                   t h e r e
//! ```
//!
//! There are two ways to break. Both share one idea of what a grapheme looks like in cells ([`cell`]), so that
//! measuring and drawing cannot disagree:
//! - [`wrap`], for reading: between words if possible, within a word if necessary. The spaces at which a row breaks are
//!   not drawn.
//! - [`fold`], for the input line: at the same places, but no space is left out, so that the cursor always has a place. The
//!   spaces at which a row breaks hang over its edge, as in any editor that wraps.
//!
//! A link is never broken if it fits in a row, not even at wide characters within it; a longer one fills its rows to
//! the edge. The terminal does not see that rows belong together, because they are indented; but the bare view shows
//! them from edge to edge, and `y` copies them whole.
//!
//! A row is a range of bytes in the text; nothing is copied. A tab extends to the next multiple of [`TAB`] columns of
//! its row. An empty line is one empty row.
use std::borrow::Cow;
use std::ops::Range;

use ratatui::buffer::CellWidth;
use unicode_segmentation::UnicodeSegmentation;

use crate::text::{visible, visible_line};

/// Tab stops are at each multiple of this many columns: half of the terminal's own, because a row of chat is short.
pub(super) const TAB: usize = 4;

/// Graphemes with more bytes than this are drawn as [`REPLACEMENT`]. The longest emoji families take 35; a letter under
/// a thousand accents is an attack on the terminal.
const GRAPHEME_MAX: usize = 96;

/// Stands for a grapheme that cannot be drawn here.
const REPLACEMENT: &str = "?";

/// What a grapheme looks like at `column` of a row that is `width` columns wide: its symbol, and the number of columns
/// that it takes, from 1 to `width`.
///
/// A tab's symbol is a space, and at the edge it takes only what is left. Control, bidirectional and invisible
/// characters become marks even if the caller forgot [`visible`]; an accent without a letter sits on a dotted circle;
/// anything wider than the row becomes `?`. `width` must be at least 1, and `grapheme` must not be a new line.
pub(super) fn cell(grapheme: &str, column: usize, width: usize) -> (Cow<'_, str>, usize) {
    match grapheme.as_bytes() {
        [b' '..=b'~'] => return (Cow::Borrowed(grapheme), 1),
        b"\t" => {
            let left = width.saturating_sub(column).max(1);
            return (Cow::Borrowed(" "), (TAB - column % TAB).min(left));
        }
        bytes if bytes.len() > GRAPHEME_MAX => return (Cow::Borrowed(REPLACEMENT), 1),
        _ => {}
    }
    let mut symbol = visible(grapheme);
    let mut columns = usize::from(symbol.cell_width());
    if columns == 0 {
        symbol = Cow::Owned(format!("◌{symbol}"));
        columns = usize::from(symbol.cell_width());
    }
    if columns == 0 || columns > width {
        return (Cow::Borrowed(REPLACEMENT), 1);
    }
    (symbol, columns)
}

/// Text in one line: new lines and tabs become marks, like everything else without a cell of its own.
pub(super) fn one_line(text: &str) -> String {
    visible_line(text).replace('\t', "␉")
}

/// How many columns a text takes in a row of unlimited width.
pub(super) fn measure(text: &str) -> usize {
    columns(text, usize::MAX)
}

/// How many columns `text`, which holds no new line, takes from the start of a row.
pub(super) fn columns(text: &str, width: usize) -> usize {
    text.graphemes(true).fold(0, |column, grapheme| column + cell(grapheme, column, width).1)
}

/// The rows of `text` when broken at words to fit in `width` columns. A width of 0 counts as 1.
///
/// The ranges are in order, do not overlap, and leave out only new lines and the spaces at which a row was broken or
/// ran over the edge.
pub(super) fn wrap(text: &str, width: usize) -> Vec<Range<usize>> {
    let mut rows = Vec::new();
    for line in lines(text) {
        Wrapping::new(text, line, width.max(1)).run(&mut rows);
    }
    rows
}

/// The rows of `text` when broken as by [`wrap`], with the spaces at which a row was broken at its end. They may hang over the
/// edge; all else fits in `width` columns. A width of 0 counts as 1.
///
/// Within a line each row starts where the one above ended, and none is empty unless the line is.
pub(super) fn fold(text: &str, width: usize) -> Vec<Range<usize>> {
    let mut rows = wrap(text, width);
    let starts: Vec<usize> = rows.iter().skip(1).map(|row| row.start).collect();
    for (row, next) in rows.iter_mut().zip(starts.into_iter().map(Some).chain([None])) {
        // The row ends where the next one starts, or its line does.
        let end = next.unwrap_or(text.len());
        row.end += text[row.end..end].find('\n').unwrap_or(end - row.end);
    }
    rows
}

/// The lines of `text`, as ranges without their new lines: one more than there are new lines.
fn lines(text: &str) -> impl Iterator<Item = Range<usize>> {
    let mut start = 0;
    text.split('\n').map(move |line| {
        let range = start..start + line.len();
        start = range.end + 1;
        range
    })
}

/// A place where the row may end.
#[derive(Clone, Copy)]
struct Break {
    /// The row would end here,
    end: usize,
    /// the next one would start here, after the spaces,
    next: usize,
    /// and this is the column reached there.
    column: usize,
}

/// One line being wrapped.
struct Wrapping<'a> {
    text: &'a str,
    line: Range<usize>,
    width: usize,
    /// Where the row being filled starts.
    start: usize,
    /// The columns taken so far. Only spaces, which are cut off, can make this more than `width`.
    column: usize,
    /// The last place where the row may end.
    last_break: Option<Break>,
}

impl<'a> Wrapping<'a> {
    fn new(text: &'a str, line: Range<usize>, width: usize) -> Self {
        let start = line.start;
        Wrapping { text, line, width, start, column: 0, last_break: None }
    }

    fn run(mut self, rows: &mut Vec<Range<usize>>) {
        let text = self.text;
        let mut before = "";
        let mut link_end = 0;
        for (at, grapheme) in text[self.line.clone()].grapheme_indices(true) {
            let at = self.line.start + at;
            let in_link = at < link_end;
            if !in_link {
                link_end = link_end_at(&text[..self.line.end], at).unwrap_or(link_end);
            }
            if is_space(grapheme) {
                self.space(at, grapheme, is_space(before));
            } else {
                let inside = in_link || before.is_empty() || is_space(before);
                let breaks_here = !inside && may_break_between(before, grapheme, self.width);
                if breaks_here {
                    self.last_break = Some(Break { end: at, next: at, column: self.column });
                }
                self.grapheme(at, grapheme, rows);
            }
            before = grapheme;
        }
        let end = match self.last_break {
            Some(spaces) if self.column > self.width => spaces.end,
            _ => self.line.end,
        };
        rows.push(self.start..end);
    }

    fn space(&mut self, at: usize, grapheme: &str, in_a_run: bool) {
        self.column += cell(grapheme, self.column, self.width).1;
        let end = match self.last_break {
            Some(run) if in_a_run => run.end,
            _ => at,
        };
        self.last_break = Some(Break { end, next: at + grapheme.len(), column: self.column });
    }

    fn grapheme(&mut self, at: usize, grapheme: &str, rows: &mut Vec<Range<usize>>) {
        let (_, columns) = cell(grapheme, self.column, self.width);
        while self.column + columns > self.width && at > self.start {
            match self.last_break.take() {
                // A word that does not fit after its indentation is broken rather than moved, unless the indentation alone
                // fills the row.
                Some(at) if at.end > self.start || at.column >= self.width => {
                    rows.push(self.start..at.end);
                    self.start = at.next;
                    self.column -= at.column;
                }
                _ => {
                    rows.push(self.start..at);
                    self.start = at;
                    self.column = 0;
                }
            }
        }
        self.column += columns;
    }
}

/// The end of the link that begins at this byte, if there is one.
fn link_end_at(text: &str, at: usize) -> Option<usize> {
    const SCHEMES: [&str; 4] = ["https://", "http://", "ftp://", "file://"];
    let rest = &text[at..];
    if !SCHEMES.iter().any(|scheme| rest.starts_with(scheme)) {
        return None;
    }
    let ends = |c: char| c.is_whitespace() || "<>\"".contains(c) || STAYS.contains(c) || OPENS.contains(c);
    Some(rest.find(ends).map_or(text.len(), |length| at + length))
}

/// Characters that close a clause or continue a word, and cannot begin a row.
const STAYS: &str = "、。，．：；！？）」』】〉》〕…ー々";

/// Opening brackets, which cannot end a row.
const OPENS: &str = "（「『【〈《〔";

/// Whether a row may end between two graphemes that are not spaces: on either side of a wide one, because Chinese and
/// Japanese are written without spaces, but not before something that closes a clause.
fn may_break_between(before: &str, after: &str, width: usize) -> bool {
    let wide = |grapheme: &str| grapheme.len() > 1 && cell(grapheme, 0, width).1 > 1;
    (wide(before) || wide(after))
        && !after.chars().next().is_none_or(|c| STAYS.contains(c) || c.is_ascii_punctuation())
        && !OPENS.contains(before)
}

/// Whether a row may break at this grapheme and swallow it. No-break spaces don't count.
fn is_space(grapheme: &str) -> bool {
    matches!(
        grapheme,
        " " | "\t"
            | "\u{1680}"
            | "\u{2000}"
            | "\u{2001}"
            | "\u{2002}"
            | "\u{2003}"
            | "\u{2004}"
            | "\u{2005}"
            | "\u{2006}"
            | "\u{2008}"
            | "\u{2009}"
            | "\u{200A}"
            | "\u{205F}"
            | "\u{3000}"
    )
}

#[cfg(test)]
mod tests;
