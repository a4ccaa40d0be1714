//! The line you type into: a text, perhaps of several lines, and a cursor.
//!
//! The cursor is a byte offset that is always between two graphemes, so no key ever deletes half an emoji or leaves an accent
//! without its letter. An edit can merge graphemes (an accent typed after a letter, a letter deleted between two halves of a
//! flag). So each edit ends by moving the cursor forward to the next boundary.
//!
//! Killed text can be yanked, as in readline: consecutive kills make one text. Changes can be undone step by step ([`undo`]);
//! what you sent comes back through [`history`].
mod draft;
mod history;
mod recall;
mod undo;

pub(super) use draft::DRAFT_MAX;
pub(super) use history::History;
pub(super) use recall::Recall;

use std::ops::Range;

use unicode_segmentation::UnicodeSegmentation;

use super::wrap;
use draft::{
    boundary_after, boundary_at_or_before, boundary_before, clean, is_blank, is_boundary, is_word, line_around,
};
use undo::Undo;

/// A text being edited.
#[derive(Debug, Default)]
pub(super) struct LineEditor {
    text: String,
    /// A byte offset, on a boundary between graphemes.
    cursor: usize,
    /// The column that consecutive ups and downs aim at, so that a short line in between does not move the cursor to the left
    /// for good.
    goal: Option<usize>,
    /// What Ctrl-Y yanks.
    killed: String,
    undo: Undo,
    /// What the last key did, if the next one of its kind continues it.
    last: LastKey,
}

/// What the last key did.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
enum LastKey {
    /// Inserted part of a word: one undo removes the whole word.
    Typing,
    /// Killed: another kill adds to the text to yank.
    Killing,
    #[default]
    Other,
}

/// On which side of the previously killed text this one was.
enum KillSide {
    Left,
    Right,
}

impl LineEditor {
    /// The draft.
    pub(super) fn text(&self) -> &str {
        &self.text
    }

    /// Where the next character goes: a byte offset into [`Self::text`], between two graphemes.
    pub(super) fn cursor(&self) -> usize {
        self.cursor
    }

    /// Whether there is no draft.
    pub(super) fn is_empty(&self) -> bool {
        self.text.is_empty()
    }

    /// Returns the draft and begins an empty one, with nothing to undo.
    pub(super) fn take(&mut self) -> String {
        let text = std::mem::take(&mut self.text);
        self.start_with(String::new());
        text
    }

    /// Begins with this draft, with the cursor at its end and nothing to undo.
    pub(super) fn start_with(&mut self, text: String) {
        let end = text.len();
        self.start_at(text, end);
    }

    /// The same with the cursor here, or at the next boundary; at the end at the latest.
    pub(super) fn start_at(&mut self, text: String, cursor: usize) {
        self.text = text;
        self.undo = Undo::default();
        self.last = LastKey::Other;
        self.move_to(self.text.ceil_char_boundary(cursor));
    }

    /// Replaces the draft, which undo brings back. Returns whether there was room for all of it.
    #[must_use]
    pub(super) fn replace(&mut self, text: &str) -> bool {
        self.keep(LastKey::Other);
        self.text.clear();
        self.move_to(0);
        self.put(&clean(text))
    }

    /// Inserts typed or pasted text at the cursor. Returns whether there was room for all of it.
    ///
    /// `\r\n` and `\r`, which terminals send for a new line in a paste, become `\n`. Tabs stay, other control characters are
    /// dropped. What exceeds [`DRAFT_MAX`] is left out.
    #[must_use]
    pub(super) fn insert(&mut self, text: &str) -> bool {
        let text = clean(text);
        let is_part_of_word =
            !text.is_empty() && text.graphemes(true).nth(1).is_none() && !text.starts_with(char::is_whitespace);
        self.keep(if is_part_of_word { LastKey::Typing } else { LastKey::Other });
        self.put(&text)
    }

    fn put(&mut self, text: &str) -> bool {
        let room = DRAFT_MAX.saturating_sub(self.text.len());
        let fits = if text.len() <= room { text.len() } else { boundary_at_or_before(text, room) };
        self.text.insert_str(self.cursor, &text[..fits]);
        self.move_to(self.cursor + fits);
        fits == text.len()
    }

    /// Puts `text` in place of a range, with the cursor behind it. Both ends of the range must be between graphemes.
    pub(super) fn replace_range(&mut self, range: Range<usize>, text: &str) {
        self.keep(LastKey::Other);
        self.remove(range);
        // Only what a user typed fills a draft: what does not fit is left out.
        self.put(text);
    }

    /// Inserts the text that was killed last.
    #[must_use]
    pub(super) fn yank(&mut self) -> bool {
        self.keep(LastKey::Other);
        let killed = self.killed.clone();
        self.put(&killed)
    }

    /// Deletes the grapheme before the cursor.
    pub(super) fn backspace(&mut self) {
        self.keep(LastKey::Other);
        self.remove(self.before()..self.cursor);
    }

    /// Deletes the grapheme after the cursor.
    pub(super) fn delete(&mut self) {
        self.keep(LastKey::Other);
        self.remove(self.cursor..self.after());
    }

    /// Swaps the graphemes on either side of the cursor and moves past them; at the end of the text, the last two.
    pub(super) fn transpose(&mut self) {
        self.go_to(self.cursor);
        let middle = if self.cursor == self.text.len() { self.before() } else { self.cursor };
        let (start, end) = (boundary_before(&self.text, middle), boundary_after(&self.text, middle));
        if start < middle && middle < end {
            self.keep(LastKey::Other);
            let swapped = [&self.text[middle..end], &self.text[start..middle]].concat();
            self.text.replace_range(start..end, &swapped);
            self.move_to(end);
        }
    }

    /// Undoes the last change.
    pub(super) fn undo(&mut self) {
        self.last = LastKey::Other;
        if let Some(before) = self.undo.pop() {
            self.text = before.text;
            self.move_to(before.cursor);
        }
    }

    /// Kills back to the start of the line; at its start, the new line before it.
    pub(super) fn kill_to_line_start(&mut self) {
        let start = self.line().start;
        self.kill(start.min(self.before())..self.cursor, KillSide::Left);
    }

    /// Kills up to the end of the line; at its end, the new line after it.
    pub(super) fn kill_to_line_end(&mut self) {
        let end = self.line().end;
        self.kill(self.cursor..end.max(self.after()), KillSide::Right);
    }

    /// Kills back to the start of a word, where spaces separate words (Ctrl-W).
    pub(super) fn kill_back_to_space(&mut self) {
        let start = self.back_over(|grapheme| !is_blank(grapheme));
        self.kill(start..self.cursor, KillSide::Left);
    }

    /// Kills back to the start of a word of letters and digits (Alt-Backspace).
    pub(super) fn kill_word_left(&mut self) {
        let start = self.back_over(is_word);
        self.kill(start..self.cursor, KillSide::Left);
    }

    /// Kills up to the end of a word of letters and digits (Alt-D).
    pub(super) fn kill_word_right(&mut self) {
        let end = self.word_end();
        self.kill(self.cursor..end, KillSide::Right);
    }

    /// One grapheme to the left.
    pub(super) fn left(&mut self) {
        self.go_to(self.before());
    }

    /// One grapheme to the right.
    pub(super) fn right(&mut self) {
        self.go_to(self.after());
    }

    /// To the start of this word or the one before it.
    pub(super) fn word_left(&mut self) {
        self.go_to(self.back_over(is_word));
    }

    /// To the end of this word or the one after it.
    pub(super) fn word_right(&mut self) {
        self.go_to(self.word_end());
    }

    /// To the start of the line.
    pub(super) fn line_start(&mut self) {
        self.go_to(self.line().start);
    }

    /// To the end of the line.
    pub(super) fn line_end(&mut self) {
        self.go_to(self.line().end);
    }

    /// To the row above, as near to the same column as possible, where rows are `width` columns wide. Returns false if there is
    /// none.
    pub(super) fn up(&mut self, width: usize) -> bool {
        self.move_by_row(width, |row| row.checked_sub(1))
    }

    /// The same to the row below.
    pub(super) fn down(&mut self, width: usize) -> bool {
        self.move_by_row(width, |row| row.checked_add(1))
    }

    fn move_by_row(&mut self, width: usize, way: impl Fn(usize) -> Option<usize>) -> bool {
        self.last = LastKey::Other;
        let rows = wrap::fold(&self.text, width);
        let now = rows.partition_point(|row| row.start <= self.cursor).saturating_sub(1);
        let Some(target) = way(now).and_then(|row| rows.get(row)) else { return false };
        let columns = |range: Range<usize>| wrap::measure(&self.text[range]);
        let goal = self.goal.unwrap_or_else(|| columns(rows[now].start..self.cursor));
        let mut column = 0;
        let mut to = target.start;
        for (at, grapheme) in self.text[target.clone()].grapheme_indices(true) {
            to = target.start + at;
            column += wrap::cell(grapheme, column, usize::MAX).1;
            if column > goal {
                break;
            }
            // The end of a row that continues in the next one belongs to the next one.
            if to + grapheme.len() < target.end || !rows.iter().any(|row| row.start == target.end) {
                to += grapheme.len();
            }
        }
        self.go_to(to);
        self.goal = Some(goal);
        true
    }

    /// Moves the cursor, for a key that changes nothing.
    fn go_to(&mut self, at: usize) {
        self.last = LastKey::Other;
        self.move_to(at);
    }

    /// Called before each change: makes it undoable, unless it continues the last one.
    fn keep(&mut self, now: LastKey) {
        if now != LastKey::Typing || self.last != LastKey::Typing {
            self.undo.push(&self.text, self.cursor);
        }
        self.last = now;
    }

    fn kill(&mut self, range: Range<usize>, side: KillSide) {
        self.goal = None;
        if range.is_empty() {
            return;
        }
        let goes_on = self.last == LastKey::Killing;
        self.keep(LastKey::Killing);
        let text = &self.text[range.clone()];
        match side {
            _ if !goes_on => self.killed = text.to_owned(),
            KillSide::Left => self.killed.insert_str(0, text),
            KillSide::Right => self.killed.push_str(text),
        }
        self.remove(range);
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
        boundary_after(&self.text, self.cursor)
    }

    /// The line with the cursor, without its new line.
    fn line(&self) -> Range<usize> {
        line_around(&self.text, self.cursor)
    }

    /// Where you get from the cursor by going left over everything that is not part of a word, then over the word.
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

#[cfg(test)]
mod tests;
