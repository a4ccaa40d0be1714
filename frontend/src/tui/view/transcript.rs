//! The rows of the transcript.
use std::ops::Range;

use chrono::{NaiveDate, NaiveDateTime, Timelike};
use ratatui::layout::Rect;
use ratatui::style::{Color, Style};

use super::painter::{BOLD, DIM, PLAIN, Painter, REVERSED, clipped, first_fitting};
use crate::tui::model::{Delivery, EntryKind, Mode, left_out_note};
use crate::tui::time::HourMinute;
use crate::tui::transcript::{self, TranscriptRow};
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
        let rows = shown.blocks.iter().flat_map(|block| block.rows().map(move |row| (block, row))).skip(shown.skip);
        let mut hits: (usize, Vec<Range<usize>>) = (usize::MAX, Vec::new());
        for (block, row) in rows {
            let index = block.index;
            let Some(y) = screen_rows.next() else { break };
            let (x, width) = (self.columns.text, self.columns.text_width);
            match row {
                TranscriptRow::LetGo(entries) => {
                    self.put(x, y, &format!("… {entries} older messages no longer kept"), width, DIM);
                }
                TranscriptRow::Day(day) => self.day(y, day),
                TranscriptRow::New => self.new_from_here(y),
                TranscriptRow::Text { text, at, first, last } => {
                    let notice = matches!(model.entries[index].kind, EntryKind::Notice);
                    let style = match () {
                        () if self.is_chosen(index) => REVERSED,
                        () if notice => DIM,
                        () => PLAIN,
                    };
                    if hits.0 != index {
                        let found = model.search.query.hits(&model.entries[index].text);
                        let in_body = |hit: Range<usize>| block.text_at + hit.start..block.text_at + hit.end;
                        hits = (index, found.into_iter().map(in_body).collect());
                    }
                    let marked = |range: Range<usize>| {
                        let range = at + range.start..at + range.end;
                        hits.1.iter().any(|hit| hit.start < range.end && range.start < hit.end)
                    };
                    self.put_marked(x, y, text, width, style, marked);
                    if first && model.search.hit == Some(model.number_of(index)) && x > 0 {
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
        shown.below
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
        let color = match entry.kind {
            EntryKind::Mine { .. } => Color::Cyan,
            EntryKind::Theirs { .. } => Color::Magenta,
            EntryKind::Notice => return self.put(self.columns.text - 2, y, "·", 1, DIM),
        };
        let name = clipped(model.author(entry).unwrap_or_default(), width);
        self.put(x, y, &name, width, self.colored(BOLD, color));
    }

    /// How far a message of ours has got.
    fn marks(&mut self, y: u16, index: usize) {
        let (Some(x), EntryKind::Mine { seq }) = (self.columns.marks, &self.model.entries[index].kind) else {
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

fn same_minute(one: Option<NaiveDateTime>, other: Option<NaiveDateTime>) -> bool {
    let minute = |at: NaiveDateTime| (at.date(), at.hour(), at.minute());
    one.is_some() && one.map(minute) == other.map(minute)
}
