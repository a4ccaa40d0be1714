//! What the screen knows: the transcript, the draft, the other side. No input, no output, no clock.
//!
//! Text from the other side is made [`visible`] and cut to size here, on its way in, so that nothing
//! behind this point has to think of it again. The transcript is bounded twice, by [`ENTRIES_MAX`] and
//! [`BYTES_MAX`]: a peer that never stops talking costs a fixed amount of memory.
mod entry;
mod peer;

use std::collections::VecDeque;

use chrono::{NaiveDate, NaiveDateTime};

use super::input::{History, LineEditor};
use super::panel::Panel;
use super::search::Search;
use super::wrap;
use crate::text::visible;
pub(super) use entry::{Delivery, EntryKind, TranscriptEntry, left_out_note};
use entry::{name, plain_lines};
pub(super) use peer::PeerStatus;
use shmchat::{Presence, Role};

/// The transcript holds at most this many entries: some hours of lively talk, 2 MB of bookkeeping.
pub(super) const ENTRIES_MAX: usize = 10_000;

/// The transcript holds at most this many bytes of text and names, so that the whole process stays
/// under 16 MiB.
pub(super) const BYTES_MAX: usize = 4 * 1024 * 1024;

/// Of one message at most this many bytes are shown. Wrapping them takes 1 to 2 ms (10 ms if each is a
/// control character), and a frame may cost that.
pub(super) const SHOWN_MAX: usize = 64 * 1024;

/// Where keys go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Mode {
    Writing,
    Reading,
    /// Into the line of a search.
    Searching,
    /// Up and down among the messages, to copy one.
    Choosing,
}

/// What stands in place of the transcript.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Overlay {
    None,
    /// The help, from this row on.
    Help(usize),
    Panel,
}

/// The row at the bottom of a transcript that was scrolled up. It is tied to an entry, and so stays
/// where one reads whatever arrives below, is let go above, or wraps anew.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Anchor {
    /// The entry, counted from the first there ever was.
    pub(super) entry: u64,
    /// How many of its rows lie below the screen.
    pub(super) hidden: usize,
}

/// The state of the screen, changed by [`update`](super::update()) alone and drawn by
/// [`view`](super::view()).
#[derive(Debug)]
pub struct Model {
    pub(super) side: Role,
    pub(super) channel: String,
    pub(super) me: String,
    pub(super) size: (u16, u16),
    pub(super) color: bool,
    pub(super) mode: Mode,
    pub(super) input: LineEditor,
    pub(super) history: History,
    /// A Ctrl-X was pressed, and the key that it belongs to has not come.
    pub(super) ctrl_x: bool,
    /// So many lines were pasted, and it is asked whether they are to be one message.
    pub(super) asked: Option<usize>,
    pub(super) search: Search,
    /// The message to be copied, counted from the first there ever was.
    pub(super) chosen: u64,
    pub(super) overlay: Overlay,
    /// What the panel shows; none while it is closed.
    pub(super) panel: Option<Panel>,
    /// Nothing but text, from edge to edge, for copying by the mouse.
    pub(super) bare: bool,
    /// The mouse wheel scrolls; then the terminal selects nothing by itself.
    pub(super) wheel: bool,
    /// Beeps when a message comes to a terminal that is not looked at.
    pub(super) beep: bool,
    /// Whether the terminal is looked at; none before it says so, which not every one does.
    pub(super) focus: Option<bool>,
    /// The first message that came while nobody looked.
    pub(super) unread: Option<u64>,
    /// It has been looked at since: the next one that nobody sees gets a mark of its own.
    pub(super) unread_seen: bool,
    /// What is to be said until the next key.
    pub(super) status: Option<String>,
    pub(super) peer: PeerStatus,
    /// `None` while the newest message is followed.
    pub(super) scroll: Option<Anchor>,
    pub(super) entries: VecDeque<TranscriptEntry>,
    /// How many entries were let go, which is also the number of the first one still there.
    pub(super) let_go: u64,
    /// The day in force above the first entry: today, or that of the last entry let go.
    pub(super) top_day: NaiveDate,
    /// Columns of the widest name so far. It only grows, lest the text jump about while scrolling.
    pub(super) name_columns: usize,
    /// The bytes of all entries.
    bytes: usize,
}

impl Model {
    /// An empty screen of `size` (columns, rows). `today` heads the transcript; with `color` false
    /// nothing but bold and dim is used.
    pub fn new(side: Role, channel: String, me: String, size: (u16, u16), color: bool, today: NaiveDate) -> Model {
        let me = name(&me);
        Model {
            side,
            channel: name(&channel),
            name_columns: wrap::measure(&me),
            me,
            size,
            color,
            mode: match side {
                Role::Writer => Mode::Writing,
                Role::Reader => Mode::Reading,
            },
            input: LineEditor::default(),
            history: History::default(),
            ctrl_x: false,
            asked: None,
            search: Search::default(),
            chosen: 0,
            overlay: Overlay::None,
            panel: None,
            bare: false,
            wheel: false,
            beep: false,
            focus: None,
            unread: None,
            unread_seen: false,
            status: None,
            peer: PeerStatus::unknown(side.other()),
            scroll: None,
            entries: VecDeque::new(),
            let_go: 0,
            top_day: today,
            bytes: 0,
        }
    }

    /// Has the terminal beep when a message comes and it has not said that it is looked at.
    #[must_use]
    pub fn with_beep(self, beep: bool) -> Model {
        Model { beep, ..self }
    }

    /// The last messages as plain lines, at most `rows` of them, to print on the ordinary screen
    /// once this one is left. Not wrapped, so that they can be copied.
    pub fn last_lines(&self, rows: usize) -> Vec<String> {
        let mut lines = VecDeque::new();
        for entry in self.entries.iter().rev() {
            let Some(name) = self.author(entry) else {
                continue;
            };
            for line in plain_lines(entry, name).into_iter().rev() {
                if lines.len() == rows {
                    return lines.into();
                }
                lines.push_front(line);
            }
        }
        lines.into()
    }

    /// Whether the panel is open, and the segment to be sampled.
    pub fn panel_is_open(&self) -> bool {
        self.overlay == Overlay::Panel
    }

    /// What stands in the input line; none if it is empty.
    pub fn draft(&self) -> Option<&str> {
        Some(self.input.text()).filter(|text| !text.is_empty())
    }

    /// Who wrote an entry, if it is a message.
    pub(super) fn author<'a>(&'a self, entry: &'a TranscriptEntry) -> Option<&'a str> {
        match &entry.kind {
            EntryKind::Mine { .. } => Some(&self.me),
            EntryKind::Theirs { from, .. } => Some(from),
            EntryKind::Notice => None,
        }
    }

    pub(super) fn delivery(&self, seq: Option<u64>) -> Delivery {
        match seq {
            None => Delivery::Pending,
            Some(seq) if self.peer.has_acknowledged(seq) => Delivery::Acknowledged,
            Some(_) => Delivery::InSegment,
        }
    }

    /// Adds a message of ours and returns the number of its entry.
    pub(super) fn add_mine(&mut self, text: &str) -> u64 {
        let id = self.end();
        self.push(TranscriptEntry { at: None, kind: EntryKind::Mine { seq: None }, text: visible(text).into() });
        id
    }

    pub(super) fn add_theirs(&mut self, from: &str, at: Option<NaiveDateTime>, text: &str, shortened: u64) {
        let from = name(from);
        self.name_columns = self.name_columns.max(wrap::measure(&from));
        let cut = text.floor_char_boundary(SHOWN_MAX);
        let shortened = shortened.saturating_add((text.len() - cut) as u64);
        let text = visible(&text[..cut]).into();
        if self.focus == Some(false) || self.scroll.is_some() {
            self.mark_unread();
        }
        self.push(TranscriptEntry { at, kind: EntryKind::Theirs { from, shortened }, text });
    }

    pub(super) fn add_notice(&mut self, text: &str) {
        self.push(TranscriptEntry { at: None, kind: EntryKind::Notice, text: visible(text).into() });
    }

    /// Our message `id` lies in the segment. Of one already let go nothing is left to say.
    pub(super) fn mark_sent(&mut self, id: u64, at: NaiveDateTime, seq: u64) {
        self.peer.note_sent(seq);
        if let Some(index) = self.index_of(id)
            && let TranscriptEntry { at: sent_at, kind: EntryKind::Mine { seq: sent_seq @ None }, .. } =
                &mut self.entries[index]
        {
            *sent_at = Some(at);
            *sent_seq = Some(seq);
        }
    }

    /// What comes now is not seen.
    fn mark_unread(&mut self) {
        if self.unread.is_none() || self.unread_seen {
            self.unread = Some(self.end());
            self.unread_seen = false;
        }
    }

    /// A key was pressed: whoever did it sees what is on the screen.
    pub(super) fn mark_seen(&mut self) {
        self.unread_seen |= self.scroll.is_none();
    }

    /// The terminal is looked at now, or not any more.
    pub(super) fn mark_focus(&mut self, focus: bool) {
        if !focus && self.scroll.is_none() {
            self.unread = None;
        }
        self.focus = Some(focus);
    }

    /// The number that the next entry will have.
    pub(super) fn end(&self) -> u64 {
        self.number_of(self.entries.len())
    }

    /// The number of the entry at this place, counted from the first there ever was.
    pub(super) fn number_of(&self, index: usize) -> u64 {
        self.let_go + index as u64
    }

    /// Where an entry of this number is; none if it was let go.
    pub(super) fn index_of(&self, number: u64) -> Option<usize> {
        let index = usize::try_from(number.checked_sub(self.let_go)?).ok()?;
        (index < self.entries.len()).then_some(index)
    }

    /// Takes note of the other side; says so in the transcript when it is news.
    pub(super) fn mark_presence(&mut self, who: &str, now: Presence, at: Option<NaiveDateTime>) {
        if let Some(text) = self.peer.note_presence(who, now) {
            self.push(TranscriptEntry { at, kind: EntryKind::Notice, text });
        }
    }

    fn push(&mut self, entry: TranscriptEntry) {
        self.bytes += entry.bytes();
        self.entries.push_back(entry);
        while self.entries.len() > ENTRIES_MAX || self.bytes > BYTES_MAX && self.entries.len() > 1 {
            let Some(old) = self.entries.pop_front() else {
                return;
            };
            self.bytes -= old.bytes();
            self.let_go += 1;
            self.top_day = old.date().unwrap_or(self.top_day);
        }
    }
}
