//! Which rows of the screen belong to what.
//!
//! ```text
//!    shmchat · lobby                          bob ● here     title
//!    ──────────── Saturday 21 November 2026 ────────────     transcript, which takes the rest
//!    09:41 alice  hello                               ✓✓
//!    ────────────────────────────────── 3 more below ↓       foot
//!    > type a message…                                       input
//!    Enter send  Alt-Enter new line  x⏎ quit                 hints
//! ```
//!
//! The bare view has only the transcript, and the input while you type. The help and the panel of the segment take the
//! transcript's place.
//!
//! The input grows with the draft, up to a third of the screen. On a small screen the hints disappear first, then the
//! foot, then the title, then the transcript; what you are typing stays down to the last row.
use std::ops::Range;

use ratatui::layout::Rect;

use super::input::LineEditor;
use super::model::{Mode, Model};
use super::wrap;
use crate::commands;

/// Screens narrower than this have neither a margin nor a prompt.
const WIDTH_WITH_MARGIN: usize = 10;

/// The parts of the screen. A part that has no place has a height of 0.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Layout {
    pub(super) title: Rect,
    pub(super) transcript: Rect,
    pub(super) foot: Rect,
    pub(super) input: Rect,
    pub(super) help: Rect,
    /// The rows of the draft, as ranges of its bytes. Empty if the input line is closed.
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

        // Each is shown only if it leaves this many rows for the transcript.
        let mut left = height - input;
        let mut take_if_left = |transcript: u16| {
            let taken = u16::from(left > transcript);
            left -= taken;
            taken
        };
        let (title, foot, help) = if model.bare {
            // Notes and questions are shown even there.
            let said = model.status.is_some()
                || model.asked.is_some()
                || model.leaving
                || model.mode == Mode::Recalling
                || command_hint(model).is_some();
            (0, if said { take_if_left(1) } else { 0 }, 0)
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

/// The line at the bottom, and whether you type into it.
pub(super) fn line(model: &Model) -> (&LineEditor, bool) {
    match model.mode {
        Mode::Searching => (&model.search.line, true),
        Mode::Recalling => (&model.recall.shown, true),
        mode => (&model.input, mode == Mode::Writing),
    }
}

/// The line of help for the command that is being typed, if one is: also where its slash has begun a search instead.
pub(super) fn command_hint(model: &Model) -> Option<String> {
    match model.mode {
        Mode::Writing => commands::hint(model.input.text()),
        Mode::Searching if commands::is_name(model.search.line.text()) => {
            Some("this searches; for the command, press Esc and i first".to_owned())
        }
        _ => None,
    }
}

/// The blank columns at either side of a screen this wide.
pub(super) fn margin(width: usize) -> usize {
    usize::from(width >= WIDTH_WITH_MARGIN)
}

/// Where the draft's text begins on a screen this wide, after the margin and the `> `, and how wide its rows are. One
/// more column is kept for the cursor, so that it has a cell at the end of a full row.
pub(super) fn input_text(width: usize) -> (usize, usize) {
    let x = 3 * margin(width);
    (x, width.saturating_sub(x + 1).max(1))
}
