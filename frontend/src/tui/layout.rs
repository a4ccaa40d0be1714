//! Which rows of the screen belong to what.
//!
//! ```text
//!    shmchat · lobby                          bob ● here     title
//!    ──────────── Saturday 21 November 2026 ────────────     transcript, which takes what is left
//!    09:41 alice  hello                               ✓✓
//!    ────────────────────────────────── 3 more below ↓       foot
//!    > type a message…                                       input
//!    Enter send  Alt-Enter new line  x⏎ quit                 hints
//! ```
//!
//! The bare view has nothing but the transcript, and the input while one types. The help and the panel of the segment
//! stand where the transcript stands.
//!
//! The input grows with the draft up to a third of the screen. On a small screen the help goes first,
//! then the foot, then the title, then the transcript; what is being typed stays to the last row.
use std::ops::Range;

use ratatui::layout::Rect;

use super::input::LineEditor;
use super::model::{Mode, Model};
use super::wrap;

/// Screens narrower than this have neither margin nor prompt.
const WIDTH_WITH_MARGIN: usize = 10;

/// The parts of the screen; what has no place has a height of 0.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Layout {
    pub(super) title: Rect,
    pub(super) transcript: Rect,
    pub(super) foot: Rect,
    pub(super) input: Rect,
    pub(super) help: Rect,
    /// The draft in rows, ranges of its bytes. Empty when the input line is closed.
    pub(super) draft: Vec<Range<usize>>,
}

impl Layout {
    pub(super) fn of(model: &Model, area: Rect) -> Layout {
        let height = area.height;
        let (line, open) = line(model);
        let draft = if open || !(line.is_empty() || model.bare) {
            wrap::fold(line.text(), input_text(usize::from(area.width)).1)
        } else {
            Vec::new()
        };
        let wanted = u16::try_from(draft.len()).unwrap_or(u16::MAX);
        let least = u16::from(open);
        let input = wanted.min((height / 3).max(least)).min(height);

        // Each comes only if so many rows are left to the transcript beside it.
        let mut left = height - input;
        let mut take_if_left = |transcript: u16| {
            let taken = u16::from(left > transcript);
            left -= taken;
            taken
        };
        let (title, foot, help) = if model.bare {
            // What is said or asked is said also there.
            (0, if model.status.is_some() || model.asked.is_some() { take_if_left(1) } else { 0 }, 0)
        } else {
            (take_if_left(1), take_if_left(2), take_if_left(3))
        };

        let mut y = area.y;
        let mut rows = |height: u16| {
            let part = Rect { y, height, ..area };
            y += height;
            part
        };
        Layout {
            title: rows(title),
            transcript: rows(left),
            foot: rows(foot),
            input: rows(input),
            help: rows(help),
            draft,
        }
    }
}

/// The line at the bottom, and whether one types into it.
pub(super) fn line(model: &Model) -> (&LineEditor, bool) {
    match model.mode {
        Mode::Searching => (&model.search.line, true),
        mode => (&model.input, mode == Mode::Writing),
    }
}

/// The blank columns at either side of a screen this wide.
pub(super) fn margin(width: usize) -> usize {
    usize::from(width >= WIDTH_WITH_MARGIN)
}

/// Where on a screen this wide the draft's text begins, behind the margin and the `> `, and how wide
/// its rows are. One more column is kept for the cursor, so that at the end of a full row it has a
/// cell to stand on.
pub(super) fn input_text(width: usize) -> (usize, usize) {
    let x = 3 * margin(width);
    (x, width.saturating_sub(x + 1).max(1))
}
