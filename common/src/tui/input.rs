//! The line that a person types into: a text, perhaps of several lines, and a cursor.
//!
//! The cursor is a byte offset and always lies between two graphemes, so that no key ever takes half
//! an emoji or leaves an accent without its letter. An edit can melt graphemes together (an accent
//! typed behind a letter, a letter deleted between two halves of a flag), therefore each edit ends
//! by moving the cursor forward to the next boundary.
#![forbid(unsafe_code)]

use std::ops::Range;

use unicode_segmentation::{GraphemeCursor, UnicodeSegmentation};

use super::wrap;

/// A draft holds at most this many bytes. A paste of a whole page of log lines fits; what is larger
/// is a file, and belongs into a pipe.
pub(super) const DRAFT_MAX: usize = 64 * 1024;

/// A text being edited.
#[derive(Debug, Default)]
pub(super) struct Input {
    text: String,
    /// A byte offset, on a boundary between graphemes.
    cursor: usize,
    /// The column that up and down aim at while they follow each other, so that a short line in
    /// between does not pull the cursor to the left for good.
    goal: Option<usize>,
}

impl Input {
    /// The draft.
    pub(super) fn text(&self) -> &str {
        &self.text
    }

    /// Where the next character goes: a byte offset into [`Self::text`] between two graphemes.
    pub(super) fn cursor(&self) -> usize {
        self.cursor
    }

    /// Whether there is no draft.
    pub(super) fn is_empty(&self) -> bool {
        self.text.is_empty()
    }

    /// Hands over the draft and begins an empty one.
    pub(super) fn take(&mut self) -> String {
        self.goal = None;
        self.cursor = 0;
        std::mem::take(&mut self.text)
    }

    /// Puts typed or pasted text in at the cursor; whether all of it found room.
    ///
    /// `\r\n` and `\r`, which is what terminals send for a new line in a paste, become `\n`. Tabs
    /// stay, other control characters are dropped. What exceeds [`DRAFT_MAX`] is left out.
    #[must_use]
    pub(super) fn insert(&mut self, text: &str) -> bool {
        let text = clean(text);
        let room = DRAFT_MAX.saturating_sub(self.text.len());
        let fits = if text.len() <= room { text.len() } else { boundary_at_or_before(&text, room) };
        self.text.insert_str(self.cursor, &text[..fits]);
        self.move_to(self.cursor + fits);
        fits == text.len()
    }

    /// Deletes the grapheme before the cursor.
    pub(super) fn backspace(&mut self) {
        self.remove(self.before()..self.cursor);
    }

    /// Deletes the grapheme behind the cursor.
    pub(super) fn delete(&mut self) {
        self.remove(self.cursor..self.after());
    }

    /// Deletes back to the start of the line; at its start, the new line before it.
    pub(super) fn kill_to_line_start(&mut self) {
        let start = self.line().start;
        self.remove(start.min(self.before())..self.cursor);
    }

    /// Deletes up to the end of the line; at its end, the new line behind it.
    pub(super) fn kill_to_line_end(&mut self) {
        let end = self.line().end;
        self.remove(self.cursor..end.max(self.after()));
    }

    /// Deletes back to the start of a word, where words are what spaces part (Ctrl-W).
    pub(super) fn kill_back_to_space(&mut self) {
        let start = self.back_over(|grapheme| !is_blank(grapheme));
        self.remove(start..self.cursor);
    }

    /// Deletes back to the start of a word of letters and digits (Alt-Backspace).
    pub(super) fn kill_word_left(&mut self) {
        let start = self.back_over(is_word);
        self.remove(start..self.cursor);
    }

    /// Deletes up to the end of a word of letters and digits (Alt-D).
    pub(super) fn kill_word_right(&mut self) {
        let end = self.word_end();
        self.remove(self.cursor..end);
    }

    /// One grapheme to the left.
    pub(super) fn left(&mut self) {
        self.move_to(self.before());
    }

    /// One grapheme to the right.
    pub(super) fn right(&mut self) {
        self.move_to(self.after());
    }

    /// To the start of this word or the one before it.
    pub(super) fn word_left(&mut self) {
        self.move_to(self.back_over(is_word));
    }

    /// To the end of this word or the one behind it.
    pub(super) fn word_right(&mut self) {
        self.move_to(self.word_end());
    }

    /// To the start of the line.
    pub(super) fn line_start(&mut self) {
        self.move_to(self.line().start);
    }

    /// To the end of the line.
    pub(super) fn line_end(&mut self) {
        self.move_to(self.line().end);
    }

    /// To the line above, as near to the same column as it has one.
    pub(super) fn up(&mut self) {
        let line = self.line();
        if line.start > 0 {
            let above = line_around(&self.text, line.start - 1);
            self.move_to_column(line.start, above);
        }
    }

    /// To the line below, as near to the same column as it has one.
    pub(super) fn down(&mut self) {
        let line = self.line();
        if line.end < self.text.len() {
            let below = line_around(&self.text, line.end + 1);
            self.move_to_column(line.start, below);
        }
    }

    fn move_to_column(&mut self, line_start: usize, target: Range<usize>) {
        let goal = self.goal.unwrap_or_else(|| wrap::columns(&self.text[line_start..self.cursor], usize::MAX));
        let mut column = 0;
        let mut to = target.end;
        for (at, grapheme) in self.text[target.clone()].grapheme_indices(true) {
            let next = column + wrap::cell(grapheme, column, usize::MAX).1;
            if next > goal {
                to = target.start + at;
                break;
            }
            column = next;
        }
        self.move_to(to);
        self.goal = Some(goal);
    }

    fn remove(&mut self, range: Range<usize>) {
        let start = range.start;
        self.text.replace_range(range, "");
        self.move_to(start);
    }

    /// Moves the cursor to the first boundary at or after `at`.
    fn move_to(&mut self, at: usize) {
        self.goal = None;
        self.cursor = at;
        if !is_boundary(&self.text, at) {
            self.cursor = self.after();
        }
    }

    fn before(&self) -> usize {
        boundary_before(&self.text, self.cursor)
    }

    fn after(&self) -> usize {
        GraphemeCursor::new(self.cursor, self.text.len(), true)
            .next_boundary(&self.text, 0)
            .ok()
            .flatten()
            .unwrap_or(self.text.len())
    }

    /// The line the cursor is in, without its new line.
    fn line(&self) -> Range<usize> {
        line_around(&self.text, self.cursor)
    }

    /// Where one gets from the cursor going left over what is no part of a word, then over the word.
    fn back_over(&self, is_part: impl Fn(&str) -> bool) -> usize {
        let mut to = self.cursor;
        let mut in_word = false;
        for (at, grapheme) in self.text[..self.cursor].grapheme_indices(true).rev() {
            if is_part(grapheme) {
                in_word = true;
            } else if in_word {
                break;
            }
            to = at;
        }
        to
    }

    fn word_end(&self) -> usize {
        let mut in_word = false;
        for (at, grapheme) in self.text[self.cursor..].grapheme_indices(true) {
            if is_word(grapheme) {
                in_word = true;
            } else if in_word {
                return self.cursor + at;
            }
        }
        self.text.len()
    }
}

/// Typed or pasted text as a draft holds it.
fn clean(text: &str) -> String {
    let mut clean = String::with_capacity(text.len());
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '\r' => {
                _ = chars.next_if_eq(&'\n');
                clean.push('\n');
            }
            '\n' | '\t' => clean.push(c),
            c if c.is_control() => {}
            c => clean.push(c),
        }
    }
    clean
}

fn is_boundary(text: &str, at: usize) -> bool {
    GraphemeCursor::new(at, text.len(), true).is_boundary(text, 0).unwrap_or(true)
}

fn boundary_before(text: &str, at: usize) -> usize {
    GraphemeCursor::new(at, text.len(), true).prev_boundary(text, 0).ok().flatten().unwrap_or(0)
}

fn boundary_at_or_before(text: &str, at: usize) -> usize {
    let whole = (0..=at).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0);
    if is_boundary(text, whole) { whole } else { boundary_before(text, whole) }
}

fn line_around(text: &str, at: usize) -> Range<usize> {
    let start = text[..at].rfind('\n').map_or(0, |new_line| new_line + 1);
    let end = text[at..].find('\n').map_or(text.len(), |new_line| at + new_line);
    start..end
}

fn is_word(grapheme: &str) -> bool {
    grapheme.starts_with(char::is_alphanumeric)
}

fn is_blank(grapheme: &str) -> bool {
    grapheme.starts_with(char::is_whitespace)
}

#[cfg(test)]
mod tests;
