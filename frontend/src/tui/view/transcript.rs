//! The rows of the transcript.
use std::ops::Range;

use chrono::{NaiveDateTime, Timelike};
use ratatui::layout::Rect;
use ratatui::style::Color;

use super::{BOLD, DIM, PLAIN, Painter, REVERSED, clipped};
use crate::tui::model::{Kind, Mode, Progress, Time, left_out_note};
use crate::tui::transcript::{self, Row};

impl Painter<'_> {
    /// Returns how many entries lie below the screen.
    pub(super) fn transcript(&mut self, area: Rect) -> usize {
        let model = self.model;
        let height = usize::from(area.height);
        let shown = transcript::shown(model, model.scroll, &self.columns, height);
        let mut screen_rows = area.rows().map(|row| row.y);
        if model.entries.is_empty() {
            // There is nothing to read yet, but one sees where it will be.
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
                Row::LetGo(entries) => {
                    self.put(x, y, &format!("… {entries} older messages let go"), width, DIM);
                }
                Row::Day(day) => self.day(y, day),
                Row::New => self.new_from_here(y),
                Row::Text { text, at, first, last } => {
                    let notice = matches!(model.entries[index].kind, Kind::Notice);
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
                    if first && model.search.hit == Some(model.let_go + index as u64) && x > 0 {
                        self.put(0, y, "▸", 1, BOLD);
                    }
                    if first {
                        self.head(y, index);
                    }
                    if last {
                        self.marks(y, index);
                    }
                }
                Row::LeftOut(bytes) => self.put(x, y, &left_out_note(bytes), width, DIM),
            }
        }
        shown.below
    }

    /// The time and the name before the first row of an entry.
    fn head(&mut self, y: u16, index: usize) {
        let model = self.model;
        let entry = &model.entries[index];
        let above = index.checked_sub(1).and_then(|above| model.entries[above].at);
        if let Some(x) = self.columns.time.filter(|_| !same_minute(above, entry.at)) {
            self.put(x, y, &Time(entry.at).to_string(), 5, DIM);
        }
        let Some((x, width)) = self.columns.name else {
            return;
        };
        let color = match entry.kind {
            Kind::Mine { .. } => Color::Cyan,
            Kind::Theirs { .. } => Color::Magenta,
            Kind::Notice => return self.put(self.columns.text - 2, y, "·", 1, DIM),
        };
        let name = clipped(model.author(entry).unwrap_or_default(), width);
        self.put(x, y, &name, width, self.colored(BOLD, color));
    }

    /// How far a message of ours has come.
    fn marks(&mut self, y: u16, index: usize) {
        let (Some(x), Kind::Mine { seq }) = (self.columns.marks, &self.model.entries[index].kind) else {
            return;
        };
        match self.model.progress(*seq) {
            Progress::Pending => self.put(x, y, " …", 2, DIM),
            Progress::InSegment => self.put(x, y, " ✓", 2, PLAIN),
            Progress::Taken => self.put(x, y, "✓✓", 2, self.colored(PLAIN, Color::Green)),
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
