//! The rows of the transcript.
use std::borrow::Cow;
use std::ops::Range;

use chrono::{NaiveDate, NaiveDateTime, Timelike};
use ratatui::layout::Rect;
use ratatui::style::{Color, Style};

use super::highlights::{Highlights, OWN, color_of};
use super::painter::{BOLD, DIM, PLAIN, Painter, REVERSED, clipped, first_fitting};
use crate::tui::link::LinkPiece;
use crate::tui::model::{Delivery, EntryKind, Mode, left_out_note};
use crate::tui::search::Query;
use crate::tui::time::HourMinute;
use crate::tui::transcript::{self, EntryRows, TranscriptRow};
use crate::tui::wrap;

impl Painter<'_> {
    /// Returns how many entries are below the screen.
    pub(super) fn transcript(&mut self, area: Rect) -> usize {
        let model = self.model;
        let height = usize::from(area.height);
        let shown = transcript::shown(model, model.scroll, &self.columns, height);
        let mut screen_rows = area.rows().map(|row| row.y);
        if model.entries.is_empty() {
            // There is nothing to read yet, but you see where it will be.
            screen_rows.take(1).for_each(|y| self.day(y, model.top_day));
            return 0;
        }
        let me = Query::any_case(&model.me);
        let mut skip = shown.skip;
        for block in &shown.blocks {
            let highlights = Highlights::of(model, block.index, &me);
            for row in block.rows().skip(std::mem::take(&mut skip)) {
                let Some(y) = screen_rows.next() else { return shown.below };
                self.row(y, block, row, &highlights);
            }
        }
        shown.below
    }

    fn row(&mut self, y: u16, block: &EntryRows<'_>, row: TranscriptRow<'_>, highlights: &Highlights) {
        let model = self.model;
        let index = block.index;
        let (x, width) = (self.columns.text, self.columns.text_width);
        match row {
            TranscriptRow::LetGo(entries) => {
                self.put(x, y, &format!("… {entries} older messages no longer kept"), width, DIM);
            }
            TranscriptRow::Day(day) => self.day(y, day),
            TranscriptRow::New => self.new_from_here(y),
            TranscriptRow::Text { text, at, first, last } => {
                let plain = match model.entries[index].kind {
                    _ if self.is_chosen(index) => REVERSED,
                    EntryKind::Notice => DIM,
                    _ => PLAIN,
                };
                // In the entry's own text, not in the name before it.
                let own = |range: Range<usize>| {
                    let start = (at + range.start).checked_sub(block.text_at)?;
                    Some(start..at + range.end - block.text_at)
                };
                let style = |range| own(range).map_or(plain, |own| highlights.style(&own, plain));
                self.put_styled(x, y, text, width, style);
                self.note_links(y, block, text, at, &highlights.links);
                if x > 0 && own(0..text.len()).is_some_and(|row| highlights.has_current(&row)) {
                    self.put(0, y, "▸", 1, BOLD);
                }
                if first {
                    self.head(y, index);
                }
                if last {
                    self.marks(y, index);
                }
            }
            TranscriptRow::LeftOut(bytes) => self.put(x, y, &left_out_note(bytes), width, DIM),
        }
    }

    /// Notes which cells of a row belong to links. The row's text begins `at` this byte of the block's body.
    fn note_links(&mut self, y: u16, block: &EntryRows<'_>, text: &str, at: usize, links: &[Range<usize>]) {
        let (x, width) = (self.columns.text, self.columns.text_width);
        let entry = &self.model.entries[block.index];
        let first = links.partition_point(|link| block.text_at + link.end <= at);
        let row_end = at + text.len();
        for link in links[first..].iter().take_while(|link| block.text_at + link.start < row_end) {
            let start = (block.text_at + link.start).max(at);
            let end = (block.text_at + link.end).min(row_end);
            let column = x + wrap::columns(&text[..start - at], width);
            // A link is ASCII: each byte has a cell.
            let columns = [column, (column + end - start).min(x + width)].map(|x| u16::try_from(x).unwrap_or(u16::MAX));
            self.links.push(LinkPiece {
                y,
                columns: columns[0]..columns[1],
                id: (self.model.number_of(block.index), link.start),
                target: entry.text[link.clone()].to_owned(),
            });
        }
    }

    /// A rule with the day in the middle, in the longest form that fits.
    fn day(&mut self, y: u16, day: NaiveDate) {
        let (_, width) = self.inside();
        let label = ["%A %-d %B %Y", "%a %-d %b %Y", "%F", "%-d %b"].map(|format| format!(" {} ", day.format(format)));
        let label = first_fitting(label, width.saturating_sub(2));
        self.rule(y, &label, DIM);
    }

    /// The rule above what arrived while nobody was looking.
    fn new_from_here(&mut self, y: u16) {
        self.rule(y, " new ", self.colored(BOLD, Color::Yellow));
    }

    fn rule(&mut self, y: u16, label: &str, style: Style) {
        let (x, width) = self.inside();
        self.put(x, y, &"─".repeat(width), width, style);
        self.put(x + width.saturating_sub(wrap::measure(label)) / 2, y, label, width, style);
    }

    /// The time and the name before the first row of an entry.
    fn head(&mut self, y: u16, index: usize) {
        let model = self.model;
        let entry = &model.entries[index];
        let above = index.checked_sub(1).and_then(|above| model.entries[above].at);
        if let Some(x) = self.columns.time.filter(|_| !same_minute(above, entry.at)) {
            self.put(x, y, &HourMinute(entry.at).to_string(), 5, DIM);
        }
        let Some((x, width)) = self.columns.name else {
            return;
        };
        let color = match &entry.kind {
            // The name stands in the text.
            _ if entry.is_action => return,
            EntryKind::Mine { .. } => OWN,
            EntryKind::Theirs { from, .. } => color_of(from),
            EntryKind::Notice => return self.put(self.columns.text - 2, y, "·", 1, DIM),
        };
        let name = clipped_name(entry.author().unwrap_or_default(), width);
        self.put(x, y, &name, width, self.colored(BOLD, color));
    }

    /// How far a message of ours has got.
    fn marks(&mut self, y: u16, index: usize) {
        let (Some(x), EntryKind::Mine { seq, .. }) = (self.columns.marks, &self.model.entries[index].kind) else {
            return;
        };
        match self.model.delivery(*seq) {
            Delivery::Pending => self.put(x, y, " …", 2, DIM),
            Delivery::InSegment => self.put(x, y, " ✓", 2, PLAIN),
            Delivery::Acknowledged => self.put(x, y, "✓✓", 2, self.colored(PLAIN, Color::Green)),
        }
    }

    fn is_chosen(&self, index: usize) -> bool {
        self.model.mode == Mode::Choosing && self.model.index_of(self.model.chosen).unwrap_or(0) == index
    }
}

/// A name in so many columns. The role behind it stays, as long as there is room: it tells two of one name apart.
fn clipped_name(name: &str, width: usize) -> Cow<'_, str> {
    let role = name.rfind(" (").filter(|_| wrap::measure(name) > width);
    match role.map(|at| (name.split_at(at), width.saturating_sub(wrap::measure(&name[at..])))) {
        Some(((name, role), room @ 2..)) => Cow::Owned(format!("{}{role}", clipped(name, room))),
        _ => clipped(name, width),
    }
}

fn same_minute(one: Option<NaiveDateTime>, other: Option<NaiveDateTime>) -> bool {
    let minute = |at: NaiveDateTime| (at.date(), at.hour(), at.minute());
    one.is_some() && one.map(minute) == other.map(minute)
}
