//! Draws the model: [`layout`] says where, [`transcript`] says what.
//!
//! Everything is put into the cells by [`Painter::put`], which goes by [`wrap::cell`]: what was
//! measured is what is drawn, and nothing reaches the terminal that it would obey.
//!
//! Colours are few, named ones of the terminal's own palette, and never a background: so they read
//! on light and dark alike. Each says only what a word or a sign says as well.
mod help;
mod input;
mod panel;
mod transcript;

use std::borrow::Cow;
use std::ops::Range;

use chrono::NaiveDate;
use ratatui::Frame;
use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use ratatui::style::{Color, Modifier, Style};
use unicode_segmentation::UnicodeSegmentation;

use super::keymap;
use super::layout::{self, Layout};
use super::model::{Model, Overlay};
use super::transcript::Columns;
use super::wrap;
use shmchat::channel::Presence;

/// In the title, names and channels are cut to this many columns.
const TITLE_NAME_MAX: usize = 24;

const PLAIN: Style = Style::new();
const DIM: Style = Style::new().add_modifier(Modifier::DIM);
const BOLD: Style = Style::new().add_modifier(Modifier::BOLD);
const REVERSED: Style = Style::new().add_modifier(Modifier::REVERSED);

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

    let below = match model.overlay {
        Overlay::None => painter.transcript(layout.transcript),
        Overlay::Help(top) => painter.help(layout.transcript, top),
        Overlay::Panel => {
            painter.panel(layout.transcript);
            0
        }
    };
    painter.title(layout.title);
    painter.foot(layout.foot, below);
    painter.hints(layout.help);
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
        self.put_marked(x, y, text, width, style, |_| false);
    }

    /// The same, with those graphemes reversed whose range of bytes is marked.
    fn put_marked(
        &mut self,
        x: usize,
        y: u16,
        text: &str,
        width: usize,
        style: Style,
        marked: impl Fn(Range<usize>) -> bool,
    ) {
        let mut column = 0;
        for (at, grapheme) in text.grapheme_indices(true) {
            let style = if marked(at..at + grapheme.len()) { style.patch(REVERSED) } else { style };
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
        let whole = match (model.waiting.is_empty(), model.waiting.messages) {
            (true, _) => who.clone(),
            // The rest of a message that is being taken is one that is not taken.
            (false, messages) => format!("{who}   {} waiting", messages.max(1)),
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

    /// A rule with the day in its middle, written as long as there is room.
    fn day(&mut self, y: u16, day: NaiveDate) {
        let (x, width) = self.inside();
        let label = ["%A %-d %B %Y", "%a %-d %b %Y", "%F", "%-d %b"].map(|format| format!(" {} ", day.format(format)));
        let label = first_fitting(label, width.saturating_sub(2));
        let before = (width - measure(&label)) / 2;
        self.put(x, y, &"─".repeat(width), width, DIM);
        self.put(x + before, y, &label, width, DIM);
    }

    /// The rule above what came while nobody looked.
    fn new_from_here(&mut self, y: u16) {
        const LABEL: &str = " new ";
        let (x, width) = self.inside();
        let style = self.colored(BOLD, Color::Yellow);
        self.put(x, y, &"─".repeat(width), width, style);
        self.put(x + width.saturating_sub(measure(LABEL)) / 2, y, LABEL, width, style);
    }

    /// The rule above the input, with what is said or asked, and what lies below the screen.
    fn foot(&mut self, area: Rect, below: usize) {
        let model = self.model;
        let (x, width) = self.inside();
        let said = match (model.asked, &model.status) {
            (Some(lines), _) => format!("send {lines} lines as one message? Enter yes, Esc edit "),
            (None, Some(status)) => format!("{} ", wrap::one_line(status)),
            (None, None) => String::new(),
        };
        let said = clipped(&said, width);
        let left = measure(&said);
        let label = match below {
            0 => String::new(),
            _ => first_fitting([format!(" {below} more below ↓"), format!(" {below} ↓")], width - left),
        };
        let line = width - left - measure(&label);
        for row in area.rows() {
            self.put(x, row.y, &said, left, BOLD);
            self.put(x + left, row.y, &"─".repeat(line), line, DIM);
            self.put(x + left + line, row.y, &label, width - left - line, BOLD);
        }
    }

    /// The keys of the mode, the most needed first, as many as fit.
    fn hints(&mut self, area: Rect) {
        let hints = keymap::hints(self.model);
        let (x, width) = self.inside();
        let fitting = (1..=hints.len()).rev().map(|count| hints[..count].join("  "));
        let line = first_fitting(fitting, width);
        for row in area.rows() {
            self.put(x, row.y, &line, width, DIM);
        }
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
