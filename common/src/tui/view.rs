//! Draws the model: [`layout`] says where, [`transcript`] says what.
//!
//! Everything is put into the cells by [`Painter::put`], which goes by [`wrap::cell`]: what was
//! measured is what is drawn, and nothing reaches the terminal that it would obey.
//!
//! Colours are few, named ones of the terminal's own palette, and never a background: so they read
//! on light and dark alike. Each says only what a word or a sign says as well.
#![forbid(unsafe_code)]

use std::borrow::Cow;

use chrono::{NaiveDate, NaiveDateTime, Timelike};
use ratatui::Frame;
use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use ratatui::style::{Color, Modifier, Style};
use unicode_segmentation::UnicodeSegmentation;

use super::layout::{self, Layout};
use super::model::{Kind, Mode, Model, Progress, Time, left_out_note};
use super::transcript::{self, Columns, Row};
use super::wrap;
use crate::channel::{Presence, Role};

/// In the title, names and channels are cut to this many columns.
const TITLE_NAME_MAX: usize = 24;

const PLAIN: Style = Style::new();
const DIM: Style = Style::new().add_modifier(Modifier::DIM);
const BOLD: Style = Style::new().add_modifier(Modifier::BOLD);

/// Draws one frame.
pub fn view(model: &Model, frame: &mut Frame<'_>) {
    let area = frame.area();
    if area.is_empty() {
        return;
    }
    let layout = Layout::of(model, area);
    let columns = Columns::of(model, usize::from(area.width));
    let width = usize::from(area.width);
    let mut painter = Painter { model, buffer: frame.buffer_mut(), columns, width };

    let below = painter.transcript(layout.transcript);
    painter.title(layout.title);
    painter.foot(layout.foot, below);
    painter.help(layout.help);
    if let Some(cursor) = painter.input(&layout) {
        frame.set_cursor_position(cursor);
    }
}

struct Painter<'a> {
    model: &'a Model,
    buffer: &'a mut Buffer,
    columns: Columns,
    /// Of the screen.
    width: usize,
}

impl Painter<'_> {
    /// Draws text from column `x` on, as far as it fits into `width` columns.
    fn put(&mut self, x: usize, y: u16, text: &str, width: usize, style: Style) {
        let mut column = 0;
        for grapheme in text.graphemes(true) {
            let (symbol, columns) = wrap::cell(grapheme, column, width.max(1));
            if column + columns > width {
                break;
            }
            // The cells behind a wide symbol stay as an empty buffer has them.
            let at = Position::new(u16::try_from(x + column).unwrap_or(u16::MAX), y);
            if let Some(cell) = self.buffer.cell_mut(at) {
                cell.set_symbol(&symbol).set_style(style);
            }
            column += columns;
        }
    }

    fn colored(&self, style: Style, color: Color) -> Style {
        if self.model.color { style.fg(color) } else { style }
    }

    /// The columns between the margins.
    fn inside(&self) -> (usize, usize) {
        let margin = layout::margin(self.width);
        (margin, self.width - 2 * margin)
    }

    fn title(&mut self, area: Rect) {
        let model = self.model;
        let (sign, word, style) = match model.presence {
            Presence::Absent => ("○", "waiting", DIM),
            Presence::Here => ("●", "here", self.colored(PLAIN, Color::Green)),
            Presence::Quit => ("○", "quit", DIM),
            Presence::Gone => ("○", "gone", self.colored(BOLD, Color::Red)),
        };
        let short = format!("{sign} {word}");
        let who = match (model.presence, clipped(&model.who, TITLE_NAME_MAX)) {
            (Presence::Absent, _) => format!("{short} for a {}", model.side.other()),
            (_, who) if who.is_empty() => short.clone(),
            (_, who) => format!("{who} {short}"),
        };
        let whole = match model.waiting {
            0 => who.clone(),
            waiting => format!("{who}   {waiting} waiting"),
        };

        // Less and less, until it fits with two columns between the sides.
        let channel = clipped(&model.channel, TITLE_NAME_MAX);
        let choices = [
            (format!("shmchat · {channel}"), &whole),
            (channel.to_string(), &whole),
            (channel.to_string(), &who),
            (String::new(), &who),
            (String::new(), &short),
            (String::new(), &sign.to_owned()),
        ];
        let (x, width) = self.inside();
        let fits = |left: &str, right: &str| {
            let between = if left.is_empty() { 0 } else { 2 };
            measure(left) + between + measure(right) <= width
        };
        let Some((left, right)) = choices.iter().find(|(left, right)| fits(left, right)) else {
            return;
        };
        let right_x = x + width - measure(right);
        let sign_x = right_x + measure(right.split(sign).next().unwrap_or_default());
        for row in area.rows() {
            self.put(x, row.y, left, width, BOLD);
            self.put(right_x, row.y, right, width, PLAIN);
            self.put(sign_x, row.y, sign, 1, style);
        }
    }

    /// Returns how many entries lie below the screen.
    fn transcript(&mut self, area: Rect) -> usize {
        let model = self.model;
        let height = usize::from(area.height);
        let shown = transcript::shown(model, model.scroll, &self.columns, height);
        let mut screen_rows = area.rows().map(|row| row.y);
        if model.entries.is_empty() {
            // There is nothing to read yet, but one sees where it will be.
            screen_rows.take(1).for_each(|y| self.day(y, model.top_day));
            return 0;
        }
        let rows = shown.blocks.iter().flat_map(|block| block.rows().map(|row| (block.index, row))).skip(shown.skip);
        for (index, row) in rows {
            let Some(y) = screen_rows.next() else { break };
            let (x, width) = (self.columns.text, self.columns.text_width);
            match row {
                Row::LetGo(entries) => {
                    self.put(x, y, &format!("… {entries} older messages let go"), width, DIM);
                }
                Row::Day(day) => self.day(y, day),
                Row::Text { text, first, last } => {
                    let notice = matches!(model.entries[index].kind, Kind::Notice);
                    self.put(x, y, text, width, if notice { DIM } else { PLAIN });
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

    /// A rule with the day in its middle, written as long as there is room.
    fn day(&mut self, y: u16, day: NaiveDate) {
        let (x, width) = self.inside();
        let label = ["%A %-d %B %Y", "%a %-d %b %Y", "%F", "%-d %b"].map(|format| format!(" {} ", day.format(format)));
        let label = first_fitting(label, width.saturating_sub(2));
        let before = (width - measure(&label)) / 2;
        self.put(x, y, &"─".repeat(width), width, DIM);
        self.put(x + before, y, &label, width, DIM);
    }

    /// The rule above the input, with what lies below the screen.
    fn foot(&mut self, area: Rect, below: usize) {
        let (x, width) = self.inside();
        let label = match below {
            0 => String::new(),
            _ => first_fitting([format!(" {below} more below ↓"), format!(" {below} ↓")], width),
        };
        let line = width - measure(&label);
        for row in area.rows() {
            self.put(x, row.y, &"─".repeat(line), line, DIM);
            self.put(x + line, row.y, &label, width - line, BOLD);
        }
    }

    /// The keys of the mode, the most needed first, as many as fit.
    fn help(&mut self, area: Rect) {
        let model = self.model;
        let keys: &[&str] = match (model.mode, model.side) {
            (Mode::Writing, Role::Writer) => {
                &["Enter send", "Alt-Enter new line", "x⏎ quit", "Esc leave the line", "PgUp PgDn scroll"]
            }
            (Mode::Writing, Role::Reader) => {
                &["Enter send", "Alt-Enter new line", "x⏎ quit", "Esc back", "PgUp PgDn scroll"]
            }
            (Mode::Reading, Role::Writer) => &["i write", "x quit", "↑ ↓ PgUp PgDn Home End scroll"],
            (Mode::Reading, Role::Reader) => &["x quit", "r reply", "↑ ↓ PgUp PgDn Home End scroll"],
        };
        let (x, width) = self.inside();
        let fitting = (1..=keys.len()).rev().map(|count| keys[..count].join("  "));
        let line = first_fitting(fitting, width);
        for row in area.rows() {
            self.put(x, row.y, &line, width, DIM);
        }
    }

    /// Returns where the cursor stands, when there is one.
    fn input(&mut self, layout: &Layout) -> Option<Position> {
        let model = self.model;
        let writing = model.mode == Mode::Writing;
        let text = model.input.text();
        let cursor = model.input.cursor();
        let area = layout.input;
        let height = usize::from(area.height);
        if height == 0 {
            return None;
        }

        // The row of the cursor, kept in the middle of a draft that is higher than its place.
        let row = layout.draft.partition_point(|row| row.start <= cursor).saturating_sub(1);
        let top = row.saturating_sub(height / 2).min(layout.draft.len().saturating_sub(height));
        let (x, width) = layout::input_text(self.width);
        if top == 0 {
            let margin = layout::margin(self.width);
            self.put(margin, area.y, "> ", x - margin, if writing { BOLD } else { DIM });
        }
        if text.is_empty() {
            let hint = first_fitting(["type a message…", "message…"].map(str::to_owned), width);
            self.put(x, area.y, &hint, width, DIM);
        }
        for (range, screen_row) in layout.draft.iter().skip(top).zip(area.rows()) {
            let style = if writing { PLAIN } else { DIM };
            self.put(x, screen_row.y, &text[range.clone()], width, style);
        }

        let column = wrap::columns(&text[layout.draft.get(row)?.start..cursor], width);
        let x = u16::try_from((x + column).min(self.width - 1)).ok()?;
        let y = area.y + u16::try_from(row - top).ok()?;
        writing.then(|| Position::new(x, y))
    }
}

fn measure(text: &str) -> usize {
    wrap::columns(text, usize::MAX)
}

/// Text cut to `width` columns, with `…` where something is missing.
fn clipped(text: &str, width: usize) -> Cow<'_, str> {
    if measure(text) <= width {
        return Cow::Borrowed(text);
    }
    let mut column = 0;
    let cut = text.grapheme_indices(true).find(|(_, grapheme)| {
        column += wrap::cell(grapheme, column, usize::MAX).1;
        column >= width
    });
    Cow::Owned(format!("{}…", &text[..cut.map_or(0, |(at, _)| at)]))
}

/// The first of these that is no wider than `width`, or nothing.
fn first_fitting(texts: impl IntoIterator<Item = String>, width: usize) -> String {
    texts.into_iter().find(|text| measure(text) <= width).unwrap_or_default()
}

fn same_minute(one: Option<NaiveDateTime>, other: Option<NaiveDateTime>) -> bool {
    let minute = |at: NaiveDateTime| (at.date(), at.hour(), at.minute());
    one.is_some() && one.map(minute) == other.map(minute)
}
