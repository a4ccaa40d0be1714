//! Turns messages into objects.

use super::kind_name::KindName;
use crate::text::LINE_FEED;
use crate::text::{escaped, rfc3339};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::Serialize;
use shmchat::Kind;
use shmchat::{Envelope, Part};
use std::time::SystemTime;

/// One line of output.
#[derive(Default, Serialize)]
struct OutputObject<'a> {
    seq: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    ts: Option<&'a str>,
    #[serde(skip_serializing_if = "str::is_empty")]
    from: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    text: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    base64: Option<String>,
    #[serde(skip_serializing_if = "is_false")]
    rest: bool,
    #[serde(skip_serializing_if = "is_false")]
    more: bool,
    #[serde(skip_serializing_if = "is_false")]
    cut: bool,
    #[serde(skip_serializing_if = "is_false")]
    unterminated: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    kind: Option<KindName>,
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    size: Option<u64>,
}

/// A line about a file in a transcript.
#[derive(Serialize)]
struct NoteObject<'a> {
    ts: String,
    kind: KindName,
    note: &'a str,
}

fn is_false(value: &bool) -> bool {
    !value
}

/// Writes messages as objects.
#[derive(Debug, Default)]
pub struct JsonWriter {
    from: String,
    /// The last time that was written, and its text: many messages have the same.
    clock: Option<SystemTime>,
    ts: String,
    /// The message whose parts are being written: its `seq`, and who sent it.
    open: Option<(u64, String)>,
}

impl JsonWriter {
    /// Sets the sender's name for what follows; empty for none.
    pub fn set_from(&mut self, name: &str) {
        if self.from != name {
            name.clone_into(&mut self.from);
        }
    }

    /// Appends to `out` a line of a block, which is at `position` in the lane. The `first` line may be the rest of one.
    pub fn append_line(&mut self, envelope: &Envelope, position: u64, first: bool, line: &[u8], out: &mut Vec<u8>) {
        let text = line.strip_suffix(&[LINE_FEED]).unwrap_or(line);
        let part = if first { envelope.part } else { Part::Whole };
        self.append(&Envelope { seq: position, kind: Kind::Text, part, ..*envelope }, text, out);
    }

    /// Appends to `out` that nothing more follows of the open message, if there is one: its writer is gone.
    pub fn append_truncated(&mut self, out: &mut Vec<u8>) {
        if let Some((seq, from)) = self.open.take() {
            append_object(&OutputObject { seq, from: &from, cut: true, ..OutputObject::default() }, out);
        }
    }

    /// Appends to `out` a message, or a part of one, that is not a block of lines. If it
    /// [follows a truncated one](Envelope::follows_truncated), first appends that nothing more follows of that one.
    pub fn append(&mut self, envelope: &Envelope, bytes: &[u8], out: &mut Vec<u8>) {
        if envelope.follows_truncated {
            self.append_truncated(out);
        }
        let (part, seq) = (envelope.part, envelope.seq);
        let rest = !part.is_start() && self.open.as_ref().is_none_or(|(open, _)| *open != seq);
        self.open = (!part.is_end()).then(|| (seq, self.from.clone()));
        if envelope.sent.is_some() && envelope.sent != self.clock {
            self.clock = envelope.sent;
            self.ts = envelope.sent.map(rfc3339).unwrap_or_default();
        }
        let text = std::str::from_utf8(bytes).ok();
        let object = OutputObject {
            seq,
            ts: envelope.sent.map(|_| self.ts.as_str()).filter(|ts| !ts.is_empty()),
            from: &self.from,
            text,
            base64: text.is_none().then(|| STANDARD.encode(bytes)),
            rest,
            more: !part.is_end(),
            unterminated: envelope.unterminated,
            kind: KindName::of(envelope.kind),
            ..OutputObject::default()
        };
        append_object(&object, out);
    }

    /// Appends to `out` that a file of this name and size, in bytes, is on offer.
    pub fn append_offer(&mut self, envelope: &Envelope, name: &str, size: u64, out: &mut Vec<u8>) {
        let ts = envelope.sent.map(rfc3339);
        let object = OutputObject {
            seq: envelope.seq,
            ts: ts.as_deref(),
            from: &self.from,
            kind: Some(KindName::File),
            name: Some(name),
            size: Some(size),
            ..OutputObject::default()
        };
        append_object(&object, out);
    }
}

/// Appends to `out` a line about a file, which is not a message.
pub fn append_note(note: &str, clock: SystemTime, out: &mut Vec<u8>) {
    append_object(&NoteObject { ts: rfc3339(clock), kind: KindName::File, note }, out);
}

fn append_object(object: &impl Serialize, out: &mut Vec<u8>) {
    let start = out.len();
    serde_json::to_writer(&mut *out, object).expect("strings and numbers into memory");
    // Always, because people look at such files on a terminal. JSON itself escapes everything below the space.
    if out[start..].iter().fold(false, |found, &byte| found | (byte >= 0x7F)) {
        let line = String::from_utf8(out.split_off(start)).expect("JSON is UTF-8");
        out.extend_from_slice(escaped(&line).as_bytes());
    }
    out.push(LINE_FEED);
}
