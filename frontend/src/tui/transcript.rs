//! Which rows of the transcript are on the screen, and scrolling over them.
//!
//! ```text
//!   ┌ EntryRows ───────────────────────────────┐
//!   │ … 120 older messages no longer kept  │  only above the first entry
//!   │ ─────── Saturday 21 November 2026 ── │  where the day changes
//!   │ ─────────────────────────────── new  │  above the first one that nobody saw arrive
//!   │ 09:41 alice  a text, wrapped at      │
//!   │              the words            ✓✓ │
//!   │              … and 512 more bytes    │  of a message not shown whole
//!   └──────────────────────────────────────┘
//! ```
//!
//! An entry and what surrounds it is an [`EntryRows`]. Wrapping ten thousand of them for each frame would be slow, so
//! [`shown`] begins at the bottom and wraps upwards until the screen is full. For the same reason, a scrolled
//! transcript is anchored at its bottom row ([`Anchor`]), not at a number of rows from either end, which nobody knows.
use std::borrow::Cow;
use std::collections::VecDeque;
use std::ops::Range;

use chrono::NaiveDate;

use super::model::{Anchor, EntryKind, Model};
use super::wrap;
use crate::framing::action_lead;

/// Names are drawn in at most this many columns,
const NAME_COLUMNS_MAX: usize = 12;

/// and in so many if roles stand behind them: `mallory (writer)`.
const LABEL_COLUMNS_MAX: usize = 16;

/// The time is shown beside the text if it leaves this many columns for the text,
const TEXT_BESIDE_TIME: usize = 24;

/// and the name if it leaves this many; with less, the text begins with the name.
const TEXT_BESIDE_NAME: usize = 16;

/// Rows narrower than this have no room for `✓✓`.
const WIDTH_WITH_MARKS: usize = 12;

/// The columns that a row of the transcript is made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Columns {
    /// Where the time is.
    pub(super) time: Option<usize>,
    /// Where the name is, and how wide it may be. Without it, the text begins with the name.
    pub(super) name: Option<(usize, usize)>,
    /// Where the text begins,
    pub(super) text: usize,
    /// and how wide it is; at least 1.
    pub(super) text_width: usize,
    /// Where the two columns of `✓✓` begin.
    pub(super) marks: Option<usize>,
}

impl Columns {
    /// For a screen `width` columns wide.
    pub(super) fn of(model: &Model, width: usize) -> Columns {
        if model.bare {
            return Columns { time: None, name: None, text: 0, text_width: width.max(1), marks: None };
        }
        const MARGIN: usize = 1;
        const TIME: usize = "HH:MM ".len();
        const GAP: usize = "  ".len();
        // A blank, the two marks, a blank.
        const MARKS: usize = 4;
        let most = if model.labelled { LABEL_COLUMNS_MAX } else { NAME_COLUMNS_MAX };
        let name = model.name_columns.clamp(1, most);
        let beside_name = width.saturating_sub(MARGIN + name + GAP + MARKS);
        let with_name = |time: Option<usize>, name_at: usize| Columns {
            time,
            name: Some((name_at, name)),
            text: name_at + name + GAP,
            text_width: width - (name_at + name + GAP) - MARKS,
            marks: Some(width - MARKS + 1),
        };
        if beside_name >= TIME + TEXT_BESIDE_TIME {
            with_name(Some(MARGIN), MARGIN + TIME)
        } else if beside_name >= TEXT_BESIDE_NAME {
            with_name(None, MARGIN)
        } else {
            let marks = (width >= WIDTH_WITH_MARKS).then(|| width - 2);
            let text_width = marks.map_or(width, |marks| marks - 1).max(1);
            Columns { time: None, name: None, text: 0, text_width, marks }
        }
    }
}

/// An entry as rows.
#[derive(Debug)]
pub(super) struct EntryRows<'a> {
    /// Which entry of the model it is.
    pub(super) index: usize,
    /// How many entries were dropped above it; 0 for all but the first.
    let_go: u64,
    /// The day that begins with it.
    day: Option<NaiveDate>,
    /// Whether it is the first one that nobody saw arrive.
    unread: bool,
    /// The text that its rows are cut from.
    pub(super) body: Cow<'a, str>,
    /// Where in `body` the entry's own text begins.
    pub(super) text_at: usize,
    rows: Vec<Range<usize>>,
    /// How many bytes of the message are not shown.
    left_out: u64,
}

/// One row of a block.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum TranscriptRow<'a> {
    LetGo(u64),
    Day(NaiveDate),
    New,
    /// A row of the text, which begins `at` this byte of the body.
    Text {
        text: &'a str,
        at: usize,
        first: bool,
        last: bool,
    },
    LeftOut(u64),
}

impl<'a> EntryRows<'a> {
    fn of(model: &'a Model, index: usize, columns: &Columns) -> EntryRows<'a> {
        let entry = &model.entries[index];
        let body = match (columns.name, entry.author()) {
            (_, Some(name)) if entry.is_action => Cow::Owned(action_lead(name) + &entry.text),
            (Some(_), _) => Cow::Borrowed(entry.text.as_str()),
            (None, Some(name)) => Cow::Owned(format!("{name}: {}", entry.text)),
            (None, None) => Cow::Owned(format!("· {}", entry.text)),
        };
        let rows = wrap::wrap(&body, columns.text_width);
        let left_out = match entry.kind {
            EntryKind::Theirs { shortened, .. } => shortened,
            _ => 0,
        };
        let let_go = if index == 0 { model.no_longer_kept() } else { 0 };
        let day = if model.bare { None } else { day_begun(model, index) };
        let unread = !model.bare && model.unread.is_some_and(|first| first.max(model.let_go) == model.number_of(index));
        let text_at = body.len() - entry.text.len();
        EntryRows { index, let_go, day, unread, body, text_at, rows, left_out }
    }

    /// How many rows it has; at least one.
    fn len(&self) -> usize {
        self.above() + self.rows.len() + usize::from(self.left_out > 0)
    }

    /// How many rows are above the text.
    fn above(&self) -> usize {
        usize::from(self.let_go > 0) + usize::from(self.day.is_some()) + usize::from(self.unread)
    }

    /// Which of its rows holds this byte of the entry's text.
    fn row_of(&self, at: usize) -> usize {
        let at = self.text_at + at;
        self.above() + self.rows.partition_point(|row| row.start <= at).saturating_sub(1)
    }

    /// Where in the entry's text the first `rows` of its rows end.
    fn text_end(&self, rows: usize) -> usize {
        let last = rows.saturating_sub(self.above()).min(self.rows.len()).checked_sub(1);
        last.map_or(0, |last| self.rows[last].end.saturating_sub(self.text_at))
    }

    /// Its rows from top to bottom.
    pub(super) fn rows(&self) -> impl Iterator<Item = TranscriptRow<'_>> {
        let last = self.rows.len() - 1;
        let text = self.rows.iter().enumerate().map(move |(i, row)| TranscriptRow::Text {
            text: &self.body[row.clone()],
            at: row.start,
            first: i == 0,
            last: i == last,
        });
        let let_go = (self.let_go > 0).then_some(TranscriptRow::LetGo(self.let_go));
        let left_out = (self.left_out > 0).then_some(TranscriptRow::LeftOut(self.left_out));
        let new = self.unread.then_some(TranscriptRow::New);
        let_go.into_iter().chain(self.day.map(TranscriptRow::Day)).chain(new).chain(text).chain(left_out)
    }
}

/// The day to show above an entry: always above the first, and above others if the day changes.
fn day_begun(model: &Model, index: usize) -> Option<NaiveDate> {
    let day = model.entries[index].date();
    if index == 0 {
        return Some(day.unwrap_or(model.top_day));
    }
    let day = day?;
    let before = model.entries.range(..index).rev().find_map(|entry| entry.date());
    (day != before.unwrap_or(model.top_day)).then_some(day)
}

/// The part of the transcript that is on the screen.
#[derive(Debug)]
pub(super) struct Shown<'a> {
    /// From top to bottom.
    pub(super) blocks: VecDeque<EntryRows<'a>>,
    /// How many rows of the first block are above the screen,
    pub(super) skip: usize,
    /// and how many of the last are below it.
    hidden: usize,
    /// How many entries are partly or completely below the screen.
    pub(super) below: usize,
}

impl Shown<'_> {
    /// Where the part on the screen ends: in which entry, and at which byte of its text.
    pub(super) fn end(&self) -> Option<(usize, usize)> {
        let lowest = self.blocks.back()?;
        Some((lowest.index, lowest.text_end(lowest.len() - self.hidden)))
    }
}

/// The blocks that fill `height` rows, with the anchored row as the lowest. If rows would stay empty, more is shown below it.
pub(super) fn shown<'a>(model: &'a Model, anchor: Option<Anchor>, columns: &Columns, height: usize) -> Shown<'a> {
    let mut shown = Shown { blocks: VecDeque::new(), skip: 0, hidden: 0, below: 0 };
    let Some(newest) = model.entries.len().checked_sub(1) else {
        return shown;
    };
    let (lowest, hidden) = match anchor {
        None => (newest, 0),
        Some(Anchor { entry, hidden }) => match entry.checked_sub(model.let_go) {
            Some(index) => (usize::try_from(index).map_or(newest, |i| i.min(newest)), hidden),
            // It was dropped: what was below it is at the top now.
            None => (0, usize::MAX),
        },
    };

    let mut rows = 0;
    for index in (0..=lowest).rev() {
        let block = EntryRows::of(model, index, columns);
        rows += block.len();
        if index == lowest {
            // After a resize an entry may have fewer rows than were hidden of it.
            shown.hidden = hidden.min(block.len() - 1);
            rows -= shown.hidden;
        }
        shown.blocks.push_front(block);
        if rows >= height {
            break;
        }
    }
    shown.skip = rows.saturating_sub(height);

    let mut missing = height.saturating_sub(rows);
    let mut last = lowest;
    while missing > 0 {
        if shown.hidden == 0 {
            if last == newest {
                break;
            }
            last += 1;
            let block = EntryRows::of(model, last, columns);
            shown.hidden = block.len();
            shown.blocks.push_back(block);
        }
        let more = shown.hidden.min(missing);
        shown.hidden -= more;
        missing -= more;
    }
    shown.below = newest - last + usize::from(shown.hidden > 0);
    shown
}

/// A way through the transcript, in rows.
#[derive(Debug, Clone, Copy)]
pub(super) enum Scroll {
    Up(usize),
    Down(usize),
    Top,
    End,
}

/// Scrolls until the row that holds this byte of an entry's text is on the screen, if it is not there already.
pub(super) fn reveal(model: &mut Model, columns: &Columns, height: usize, index: usize, at: usize) {
    let block = EntryRows::of(model, index, columns);
    let row = block.row_of(at);
    let hidden = block.len() - 1 - row;
    let now = shown(model, model.scroll, columns, height);
    let above: usize = now.blocks.iter().take_while(|block| block.index < index).map(EntryRows::len).sum();
    let is_shown = now.blocks.iter().any(|block| block.index == index);
    if is_shown && (now.skip..now.skip + height).contains(&(above + row)) {
        return;
    }
    // In the middle of the screen, if there is enough below it.
    let (index, hidden) = moved(model, columns, (index, hidden), Scroll::Down(height / 2));
    model.scroll = settled(model, columns, height.max(1), index, hidden);
}

/// Whether all of it is on the screen, so that there is nowhere to scroll to.
pub(super) fn is_shown_whole(model: &Model, columns: &Columns, height: usize) -> bool {
    let now = shown(model, model.scroll, columns, height);
    now.below == 0 && now.skip == 0 && now.blocks.front().is_none_or(|block| block.index == 0)
}

/// Moves over a transcript drawn `height` rows high.
pub(super) fn scroll(model: &mut Model, columns: &Columns, height: usize, way: Scroll) {
    model.scroll = scrolled(model, columns, height.max(1), way);
}

fn scrolled(model: &Model, columns: &Columns, height: usize, way: Scroll) -> Option<Anchor> {
    let now = shown(model, model.scroll, columns, height);
    let lowest = now.blocks.back()?;
    let (index, hidden) = match way {
        Scroll::Top => (0, usize::MAX),
        Scroll::End => return None,
        way => moved(model, columns, (lowest.index, now.hidden), way),
    };
    settled(model, columns, height, index, hidden)
}

/// The row at this distance from another. Each is given by its entry and the number of that entry's rows below it.
fn moved(model: &Model, columns: &Columns, from: (usize, usize), way: Scroll) -> (usize, usize) {
    let newest = model.entries.len() - 1;
    let (mut index, mut hidden) = from;
    match way {
        Scroll::Up(rows) => {
            hidden += rows;
            loop {
                let len = EntryRows::of(model, index, columns).len();
                if hidden < len || index == 0 {
                    break;
                }
                hidden -= len;
                index -= 1;
            }
        }
        Scroll::Down(mut rows) => {
            while rows > hidden && index < newest {
                rows -= hidden;
                index += 1;
                hidden = EntryRows::of(model, index, columns).len();
            }
            hidden = hidden.saturating_sub(rows);
        }
        Scroll::Top | Scroll::End => {}
    }
    (index, hidden)
}

/// The anchor at a row, or `None` if the end is reached from there.
fn settled(model: &Model, columns: &Columns, height: usize, index: usize, hidden: usize) -> Option<Anchor> {
    let entry = model.number_of(index);
    let then = shown(model, Some(Anchor { entry, hidden }), columns, height);
    let lowest = then.blocks.back()?;
    let entry = model.number_of(lowest.index);
    (then.below > 0).then_some(Anchor { entry, hidden: then.hidden })
}
