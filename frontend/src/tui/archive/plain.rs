//! Messages as plain text.
use crate::framing::action_lead;
use crate::text::{complete_characters, visible, visible_line};
use crate::tui::time::local_time;
use crate::tui::wrap;
use chrono::NaiveDateTime;
use shmchat::{Envelope, Kind, Message};
use std::time::SystemTime;

/// What precedes every line of a message except the first.
pub(super) const INDENT: &str = "\n    ";

/// Writes messages, and remembers one that continues.
#[derive(Debug, Default)]
pub(super) struct PlainWriter {
    inside: bool,
    /// The first bytes of a character that the next part completes.
    begun: Vec<u8>,
}

impl PlainWriter {
    pub(super) fn add(&mut self, message: &Message<'_>, out: &mut Vec<u8>) {
        let Message { envelope, from, bytes } = message;
        if envelope.part.is_start() || !self.inside {
            self.end_truncated(out);
            head(from, envelope, out);
        }
        let bytes = [&std::mem::take(&mut self.begun), *bytes].concat();
        let whole = if envelope.part.is_end() { bytes.len() } else { complete_characters(&bytes) };
        self.begun = bytes[whole..].to_vec();
        body(&bytes[..whole], out);
        self.inside = !envelope.part.is_end();
        if !self.inside {
            out.push(b'\n');
        }
    }

    pub(super) fn add_whole(&mut self, from: &str, envelope: &Envelope, bytes: &[u8], out: &mut Vec<u8>) {
        self.end_truncated(out);
        head(from, envelope, out);
        body(bytes, out);
        out.push(b'\n');
    }

    /// A line that is nobody's message.
    pub(super) fn add_note(&mut self, text: &str, clock: SystemTime, out: &mut Vec<u8>) {
        self.end_truncated(out);
        let line = format!("{}{}\n", head_line(local_time(clock), "·", false), visible_line(text));
        out.extend_from_slice(line.as_bytes());
    }

    pub(super) fn add_draft(&mut self, from: &str, draft: &str, clock: SystemTime, out: &mut Vec<u8>) {
        self.end_truncated(out);
        let from = format!("{} (not sent)", wrap::one_line(from));
        out.extend_from_slice(head_line(local_time(clock), &from, false).as_bytes());
        body(draft.as_bytes(), out);
        out.push(b'\n');
    }

    /// Ends a line that was to continue.
    fn end_truncated(&mut self, out: &mut Vec<u8>) {
        if std::mem::take(&mut self.inside) {
            out.push(b'\n');
        }
        self.begun.clear();
    }
}

fn head(from: &str, envelope: &Envelope, out: &mut Vec<u8>) {
    let is_action = envelope.kind == Kind::Action;
    let line = head_line(envelope.sent.and_then(local_time), &wrap::one_line(from), is_action);
    out.extend_from_slice(line.as_bytes());
}

/// What precedes the text: `2026-11-21 09:41:07 alice  `, or `2026-11-21 09:41:07 * alice `.
pub(super) fn head_line(at: Option<NaiveDateTime>, from: &str, is_action: bool) -> String {
    let time = at.map_or(" ".repeat(19), |at| at.format("%F %T").to_string());
    if is_action { format!("{time} {}", action_lead(from)) } else { format!("{time} {from}  ") }
}

fn body(bytes: &[u8], out: &mut Vec<u8>) {
    out.extend_from_slice(visible(&String::from_utf8_lossy(bytes)).replace('\n', INDENT).as_bytes());
}
