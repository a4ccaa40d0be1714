//! What stands out in the text of a message: the matches of a search, your own name, and links.
//!
//! Each looks different without colours too: the match that a search has come to is reversed, the other matches are
//! underlined, and your name is bold.
use std::ops::Range;

use ratatui::style::{Color, Style};

use super::painter::{BOLD, REVERSED, UNDERLINED};
use crate::tui::link;
use crate::tui::model::{EntryKind, Model};
use crate::tui::search::Query;

/// Ranges of bytes in the text of one entry, each list in order.
pub(super) struct Highlights {
    hits: Vec<Range<usize>>,
    /// Where the match begins that the search has come to, if it is here.
    current: Option<usize>,
    /// Where somebody else uses our name.
    mentions: Vec<Range<usize>>,
    mention: Style,
    pub(super) links: Vec<Range<usize>>,
}

impl Highlights {
    /// Of the entry at this index. `me` looks for our name.
    pub(super) fn of(model: &Model, index: usize, me: &Query) -> Highlights {
        let entry = &model.entries[index];
        let number = model.number_of(index);
        let theirs = matches!(entry.kind, EntryKind::Theirs { .. });
        Highlights {
            hits: model.search.query.hits(&entry.text),
            current: model.search.hit.filter(|hit| hit.entry == number).map(|hit| hit.at),
            mentions: if theirs { me.words(&entry.text) } else { Vec::new() },
            mention: if model.color { BOLD.fg(OWN) } else { BOLD },
            links: if matches!(entry.kind, EntryKind::Notice) { Vec::new() } else { link::links(&entry.text) },
        }
    }

    /// How the bytes in this range look, if nothing else would make them stand out.
    pub(super) fn style(&self, bytes: &Range<usize>, plain: Style) -> Style {
        let style = if overlapping(&self.mentions, bytes).is_some() { plain.patch(self.mention) } else { plain };
        match overlapping(&self.hits, bytes) {
            Some(hit) if Some(hit.start) == self.current => style.patch(REVERSED),
            Some(_) => style.patch(UNDERLINED),
            None => style,
        }
    }

    /// Whether the match that the search has come to begins in this range.
    pub(super) fn has_current(&self, bytes: &Range<usize>) -> bool {
        self.current.is_some_and(|at| bytes.contains(&at))
    }
}

/// The first of these ranges that has a byte in common with `bytes`.
fn overlapping<'a>(ranges: &'a [Range<usize>], bytes: &Range<usize>) -> Option<&'a Range<usize>> {
    let first = ranges.partition_point(|range| range.end <= bytes.start);
    ranges.get(first).filter(|range| range.start < bytes.end)
}

/// The colour of our own name.
pub(super) const OWN: Color = Color::Cyan;

/// The colours of everybody else's. Each can be read on black and on white: blue is too dark for the one, and yellow too
/// light for the other.
const OTHERS: [Color; 3] = [Color::Green, Color::Red, Color::Magenta];

/// The colour of somebody else's name: always the same for the same name.
pub(super) fn color_of(name: &str) -> Color {
    // FNV-1a, because std's hash may differ in its next version. <https://www.rfc-editor.org/rfc/rfc9923>
    let hash = name.bytes().fold(0x811c_9dc5_u32, |hash, byte| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193));
    OTHERS[hash as usize % OTHERS.len()]
}
