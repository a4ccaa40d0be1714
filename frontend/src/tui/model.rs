//! What the screen knows: the transcript, the draft, the other side. No input, no output, no clock.
//!
//! Text from the other side is made [`visible`] and cut to size here, on its way in, so that nothing after this point
//! has to care. The transcript has two bounds, [`ENTRIES_MAX`] and [`BYTES_MAX`]: a peer that never stops talking costs
//! a fixed amount of memory.
mod drafts;
mod entry;
mod namesake;
mod peer;

use std::collections::VecDeque;

use chrono::{NaiveDate, NaiveDateTime};

use super::event::Alert;
use super::input::{History, LineEditor, Recall};
use super::panel::Panel;
use super::search::Search;
use super::wrap;
use crate::text::{NameError, check_name, visible};
use crate::transfer::Transfer;
pub(super) use entry::{Delivery, EntryKind, TranscriptEntry, left_out_note};
use entry::{name, plain_lines};
pub(super) use peer::PeerStatus;
use shmchat::{Presence, Role};

/// The transcript holds at most this many entries: some hours of lively chat, 2 MB of bookkeeping.
pub(super) const ENTRIES_MAX: usize = 10_000;

/// The transcript holds at most this many bytes of text and names, so that the whole process stays under 16 MiB.
pub(super) const BYTES_MAX: usize = 4 * 1024 * 1024;

/// At most this many bytes of a message are shown. Wrapping them takes 1 to 2 ms (10 ms if each is a control character), and a
/// frame may cost that.
pub(super) const SHOWN_MAX: usize = 64 * 1024;

/// An alert has at most this many bytes of a message: more than any notification shows, and less than an environment
/// variable holds.
const ALERT_MAX: usize = 1024;

/// Where keys go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Mode {
    Writing,
    Reading,
    /// In the search line.
    Searching,
    /// Searching what was sent, to send it again.
    Recalling,
    /// Moving among the messages, to copy one.
    Choosing,
}

/// What is shown in place of the transcript.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Overlay {
    None,
    /// The help, from this row on.
    Help(usize),
    Panel,
}

/// The bottom row of a transcript that was scrolled up. It is tied to an entry, so it stays where you are reading, whatever
/// arrives below, is dropped above, or wraps differently.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Anchor {
    /// The entry, counted from the very first one.
    pub(super) entry: u64,
    /// How many of its rows are below the screen.
    pub(super) hidden: usize,
}

/// The state of the screen, changed by [`update`](super::update()) alone and drawn by
/// [`view`](super::view()).
#[derive(Debug)]
pub struct Model {
    pub(super) side: Role,
    pub(super) channel: String,
    pub(super) me: String,
    /// The other side has our name, too.
    pub(super) namesake: bool,
    /// Roles stand behind some names. It stays so, so that the text does not jump.
    pub(super) labelled: bool,
    pub(super) size: (u16, u16),
    pub(super) color: bool,
    pub(super) mode: Mode,
    pub(super) input: LineEditor,
    pub(super) history: History,
    /// The search through it, while one goes on.
    pub(super) recall: Recall,
    /// Ctrl-X was pressed, and the next key belongs to it.
    pub(super) ctrl_x: bool,
    /// This many lines were pasted, and the question is open whether to send them as one message.
    pub(super) asked: Option<usize>,
    /// A draft stands, and the question is open whether to leave it.
    pub(super) leaving: bool,
    /// The other side's quit would have ended this screen, but a draft stood: it stays until the user leaves, or the other side
    /// comes back and quits again.
    stays: bool,
    /// The letter that began the choosing of a message, if it was the last key: it may have been meant for the line.
    pub(super) led_here: Option<char>,
    pub(super) search: Search,
    /// The message to be copied, counted from the very first one.
    pub(super) chosen: u64,
    pub(super) overlay: Overlay,
    /// What the panel shows; `None` while it is closed.
    pub(super) panel: Option<Panel>,
    /// Show nothing but text, from edge to edge, for copying with the mouse.
    pub(super) bare: bool,
    /// The mouse wheel scrolls; the terminal then selects nothing by itself.
    pub(super) wheel: bool,
    /// Tell about messages that arrive while the terminal does not have the focus.
    pub(super) alerts: bool,
    /// Whether the terminal has the focus; `None` until it says so, which not every terminal does.
    pub(super) focus: Option<bool>,
    /// The first message that arrived while nobody was looking.
    pub(super) unread: Option<u64>,
    /// It has been seen since: the next unseen message gets a mark of its own.
    pub(super) unread_seen: bool,
    /// How many messages arrived since somebody was last looking.
    pub(super) unseen: u64,
    /// A note to show until the next key.
    pub(super) status: Option<String>,
    pub(super) peer: PeerStatus,
    /// `None` while the newest message is followed.
    pub(super) scroll: Option<Anchor>,
    pub(super) entries: VecDeque<TranscriptEntry>,
    /// How many entries were dropped, which is also the number of the first one still there.
    pub(super) let_go: u64,
    /// The number of the first entry that was not cleared away by the user.
    pub(super) cleared: u64,
    /// The day that applies above the first entry: today, or that of the last dropped entry.
    pub(super) top_day: NaiveDate,
    /// Columns of the widest name so far. It only grows, so that the text does not jump while scrolling.
    pub(super) name_columns: usize,
    /// The bytes of all entries.
    pub(super) bytes: usize,
    /// The notices of the files that are on their way: the numbers of their entries.
    pub(super) files: Vec<(Transfer, u64)>,
}

impl Model {
    /// An empty screen of `size` (columns, rows). `today` heads the transcript. If `color` is false, only bold and dim
    /// are used.
    pub fn new(side: Role, channel: String, me: String, size: (u16, u16), color: bool, today: NaiveDate) -> Model {
        let me = name(&me);
        Model {
            side,
            channel: name(&channel),
            name_columns: wrap::measure(&me),
            me,
            namesake: false,
            labelled: false,
            size,
            color,
            mode: match side {
                Role::Writer => Mode::Writing,
                Role::Reader => Mode::Reading,
            },
            input: LineEditor::default(),
            history: History::default(),
            recall: Recall::default(),
            ctrl_x: false,
            asked: None,
            leaving: false,
            stays: false,
            led_here: None,
            search: Search::default(),
            chosen: 0,
            overlay: Overlay::None,
            panel: None,
            bare: false,
            wheel: false,
            alerts: false,
            focus: None,
            unread: None,
            unread_seen: false,
            unseen: 0,
            status: None,
            peer: PeerStatus::unknown(side.other()),
            scroll: None,
            entries: VecDeque::new(),
            let_go: 0,
            cleared: 0,
            top_day: today,
            bytes: 0,
            files: Vec::new(),
        }
    }

    /// Makes each message that arrives an alert, unless the terminal has said that it has the focus.
    #[must_use]
    pub fn with_alerts(self, alerts: bool) -> Model {
        Model { alerts, ..self }
    }

    /// The alert for the newest message, if it was not ours and there are to be alerts now.
    pub(super) fn alert(&self) -> Option<Alert> {
        let entry = self.entries.back().filter(|_| self.alerts && self.focus != Some(true))?;
        let EntryKind::Theirs { from, .. } = &entry.kind else { return None };
        let text = &entry.text[..entry.text.floor_char_boundary(ALERT_MAX)];
        Some(Alert { from: from.clone(), text: text.to_owned() })
    }

    /// The last messages as plain lines, at most `rows` of them, to print on the ordinary screen after leaving this
    /// one. They are not wrapped, so that you can copy them.
    pub fn last_lines(&self, rows: usize) -> Vec<String> {
        let mut lines = VecDeque::new();
        for entry in self.entries.iter().rev() {
            let Some(name) = entry.author() else {
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

    /// Whether the panel is open, so that the segment has to be sampled.
    pub fn panel_is_open(&self) -> bool {
        self.overlay == Overlay::Panel
    }

    /// What we send from now on bears this name.
    pub(super) fn rename(&mut self, to: &str) {
        self.me = name(to);
        self.name_columns = self.name_columns.max(wrap::measure(&self.me));
        self.add_notice(&format!("you are now {}", self.me));
        self.namesake = false;
        let theirs = self.peer.name().to_owned();
        self.note_their_name(&theirs);
    }

    /// The newest entry says what its author does.
    pub(super) fn note_action(&mut self) {
        if let Some(newest) = self.entries.back_mut() {
            newest.is_action = true;
        }
    }

    pub(super) fn delivery(&self, seq: Option<u64>) -> Delivery {
        match seq {
            None => Delivery::Pending,
            Some(seq) if self.peer.has_acknowledged(seq) => Delivery::Acknowledged,
            Some(_) => Delivery::InSegment,
        }
    }

    /// Adds a message of ours and returns the number of its entry. If you write, you want to see what you wrote, wherever you were
    /// reading, and you have read what is there.
    pub(super) fn add_mine(&mut self, text: &str) -> u64 {
        self.scroll = None;
        self.unread = None;
        let id = self.end();
        let from = self.our_label(&self.me).into_owned();
        self.name_columns = self.name_columns.max(wrap::measure(&from));
        let kind = EntryKind::Mine { from, seq: None };
        self.push(TranscriptEntry::new(None, kind, visible(text).into()));
        id
    }

    pub(super) fn add_theirs(&mut self, from: &str, at: Option<NaiveDateTime>, text: &str, shortened: u64) {
        let from = name(from);
        self.note_their_name(&from);
        // A name that nobody can see is none: JSON may carry such a one, and so may a program that gives none.
        let from = match check_name(&from) {
            Err(NameError::Blank) => format!("the {}", self.side.other()),
            _ => self.their_label(&from).into_owned(),
        };
        self.name_columns = self.name_columns.max(wrap::measure(&from));
        let cut = text.floor_char_boundary(SHOWN_MAX);
        let shortened = shortened.saturating_add((text.len() - cut) as u64);
        let text = visible(&text[..cut]).into();
        if !self.is_watched() {
            self.mark_unread();
            self.unseen += 1;
        }
        self.push(TranscriptEntry::new(at, EntryKind::Theirs { from, shortened }, text));
    }

    pub(super) fn add_notice(&mut self, text: &str) {
        self.push(TranscriptEntry::new(None, EntryKind::Notice, visible(text).into()));
    }

    /// Notes that our message `id` is in the segment, unless its entry was dropped.
    pub(super) fn mark_sent(&mut self, id: u64, at: NaiveDateTime, seq: u64) {
        self.peer.note_sent(seq);
        if let Some(index) = self.index_of(id)
            && let TranscriptEntry { at: sent_at, kind: EntryKind::Mine { seq: sent_seq @ None, .. }, .. } =
                &mut self.entries[index]
        {
            *sent_at = Some(at);
            *sent_seq = Some(seq);
        }
    }

    /// Whether what arrives is seen: the newest message is on the screen, and the terminal has not said that it is not
    /// looked at.
    pub(super) fn is_watched(&self) -> bool {
        self.focus != Some(false) && self.scroll.is_none()
    }

    /// The title of the terminal's window: the channel, and how many messages arrived while nobody was looking.
    pub fn title(&self) -> String {
        let Model { channel, unseen, .. } = self;
        if *unseen == 0 { format!("shmchat · {channel}") } else { format!("shmchat · {channel} ({unseen})") }
    }

    /// Whether the arrow keys scroll, so that the terminal may turn the wheel into arrow keys. In an input line they walk
    /// through what you sent, and a notch of the wheel would replace your draft.
    pub fn arrows_scroll(&self) -> bool {
        matches!(self.mode, Mode::Reading | Mode::Choosing)
    }

    /// What arrives now is not seen.
    pub(super) fn mark_unread(&mut self) {
        if self.unread.is_none() || self.unread_seen {
            self.unread = Some(self.end());
            self.unread_seen = false;
        }
    }

    /// A key was pressed: the user sees what is on the screen.
    pub(super) fn mark_seen(&mut self) {
        self.unread_seen |= self.scroll.is_none();
    }

    /// The terminal has gained or lost the focus.
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

    /// The number of the entry at this index, counted from the very first one.
    pub(super) fn number_of(&self, index: usize) -> u64 {
        self.let_go + index as u64
    }

    /// The index of the entry with this number; `None` if it was dropped.
    pub(super) fn index_of(&self, number: u64) -> Option<usize> {
        let index = usize::try_from(number.checked_sub(self.let_go)?).ok()?;
        (index < self.entries.len()).then_some(index)
    }

    /// Notes the other side's presence, and reports news in the transcript.
    pub(super) fn mark_presence(&mut self, who: &str, now: Presence, at: Option<NaiveDateTime>) {
        self.stays &= now != Presence::Here;
        if let Some(text) = self.peer.note_presence(who, now) {
            self.push(TranscriptEntry::new(at, EntryKind::Notice, text));
        }
        self.note_their_name(&name(who));
    }

    /// How many entries were dropped for lack of room since the transcript was last empty.
    pub(super) fn no_longer_kept(&self) -> u64 {
        self.let_go.saturating_sub(self.cleared)
    }

    /// Empties the transcript. The entries keep their numbers: what is on its way into the segment gets there all the same.
    pub(super) fn clear(&mut self) {
        self.top_day = self.entries.iter().rev().find_map(TranscriptEntry::date).unwrap_or(self.top_day);
        self.let_go = self.end();
        self.cleared = self.let_go;
        self.entries.clear();
        self.bytes = 0;
        self.scroll = None;
        self.unread = None;
        self.search.hit = None;
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
