//! One entry of the transcript, and how it looks as plain lines.
use chrono::{NaiveDate, NaiveDateTime};

use crate::framing::action_lead;
use crate::tui::time::HourMinute;
use crate::tui::wrap;

/// A name is cut to this many characters.
const NAME_MAX: usize = 64;

/// How far a message of ours has got.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::tui) enum Delivery {
    Pending,
    InSegment,
    Acknowledged,
}

/// Whose entry it is.
#[derive(Debug)]
pub(in crate::tui) enum EntryKind {
    /// Ours, under the name that we had; with its position once it is in the segment.
    Mine { from: String, seq: Option<u64> },
    /// The other side's; with the number of bytes that are not shown.
    Theirs { from: String, shortened: u64 },
    /// Nobody's.
    Notice,
}

/// One entry of the transcript.
#[derive(Debug)]
pub(in crate::tui) struct TranscriptEntry {
    pub(in crate::tui) at: Option<NaiveDateTime>,
    pub(in crate::tui) kind: EntryKind,
    /// Already visible.
    pub(in crate::tui) text: String,
    /// The text says what its author does, and is shown behind the name: `* alice waves`.
    pub(in crate::tui) is_action: bool,
}

impl TranscriptEntry {
    pub(super) fn new(at: Option<NaiveDateTime>, kind: EntryKind, text: String) -> TranscriptEntry {
        TranscriptEntry { at, kind, text, is_action: false }
    }

    /// Who wrote it, if it is a message.
    pub(in crate::tui) fn author(&self) -> Option<&str> {
        match &self.kind {
            EntryKind::Mine { from, .. } | EntryKind::Theirs { from, .. } => Some(from),
            EntryKind::Notice => None,
        }
    }

    pub(in crate::tui) fn bytes(&self) -> usize {
        self.text.len() + self.author().map_or(0, str::len)
    }

    pub(in crate::tui) fn date(&self) -> Option<NaiveDate> {
        self.at.map(|at| at.date())
    }
}

/// A name or channel as the screen shows it: visible, in one line, of bounded length.
pub(super) fn name(raw: &str) -> String {
    let cut: String = raw.chars().take(NAME_MAX).collect();
    wrap::one_line(&cut)
}

/// The entry as plain lines, not wrapped, to print on the ordinary screen.
pub(super) fn plain_lines(entry: &TranscriptEntry, name: &str) -> Vec<String> {
    let time = HourMinute(entry.at);
    let head = if entry.is_action { action_lead(name) } else { format!("{name}  ") };
    let indent = " ".repeat("HH:MM ".len() + wrap::measure(&head));
    let mut lines: Vec<String> = entry
        .text
        .split('\n')
        .enumerate()
        .map(|(i, line)| match i {
            0 => format!("{time} {head}{line}"),
            _ => format!("{indent}{line}"),
        })
        .collect();
    if let EntryKind::Theirs { shortened: left_out @ 1.., .. } = entry.kind {
        lines.push(format!("{indent}{}", left_out_note(left_out)));
    }
    lines
}

/// The note below a message that is not shown whole.
pub(in crate::tui) fn left_out_note(bytes: u64) -> String {
    format!("… and {bytes} more bytes, not shown")
}
