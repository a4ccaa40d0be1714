//! What a draft may hold, and its graphemes, lines and words.
use std::ops::Range;

use unicode_segmentation::GraphemeCursor;

/// A draft holds at most this many bytes. A whole page of pasted log lines fits; anything larger is a file, and belongs in a
/// pipe.
pub(in crate::tui) const DRAFT_MAX: usize = 64 * 1024;

/// Cleans typed or pasted text for a draft.
pub(super) fn clean(text: &str) -> String {
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

pub(super) fn is_boundary(text: &str, at: usize) -> bool {
    GraphemeCursor::new(at, text.len(), true).is_boundary(text, 0).unwrap_or(true)
}

pub(super) fn boundary_before(text: &str, at: usize) -> usize {
    GraphemeCursor::new(at, text.len(), true).prev_boundary(text, 0).ok().flatten().unwrap_or(0)
}

pub(super) fn boundary_after(text: &str, at: usize) -> usize {
    GraphemeCursor::new(at, text.len(), true).next_boundary(text, 0).ok().flatten().unwrap_or(text.len())
}

pub(super) fn boundary_at_or_before(text: &str, at: usize) -> usize {
    let whole = text.floor_char_boundary(at);
    if is_boundary(text, whole) { whole } else { boundary_before(text, whole) }
}

pub(super) fn line_around(text: &str, at: usize) -> Range<usize> {
    let start = text[..at].rfind('\n').map_or(0, |new_line| new_line + 1);
    let end = text[at..].find('\n').map_or(text.len(), |new_line| at + new_line);
    start..end
}

pub(super) fn is_word(grapheme: &str) -> bool {
    grapheme.starts_with(char::is_alphanumeric)
}

pub(super) fn is_blank(grapheme: &str) -> bool {
    grapheme.starts_with(char::is_whitespace)
}
