//! Messages as JSON Lines.
#![forbid(unsafe_code)]

use std::fmt::Write;

use chrono::{DateTime, SecondsFormat};

use crate::channel::Message;
use crate::tui::clipboard::base64;

/// Appends an object for a message, or a part of one.
pub(super) fn add(from: &str, message: &Message<'_>, out: &mut Vec<u8>) {
    let Message { envelope, bytes } = message;
    let mut line = format!("{{\"seq\":{}", envelope.seq);
    if let Some(ts) = envelope.sent.and_then(timestamp) {
        field(&mut line, "ts", &ts);
    }
    if !from.is_empty() {
        field(&mut line, "from", from);
    }
    match std::str::from_utf8(bytes) {
        Ok(text) => field(&mut line, "text", text),
        Err(_) => field(&mut line, "base64", &base64(bytes)),
    }
    if !envelope.part.is_end() {
        line.push_str(",\"more\":true");
    }
    line.push_str("}\n");
    out.extend_from_slice(line.as_bytes());
}

/// Nanoseconds since the epoch as RFC 3339 has them.
fn timestamp(clock: u64) -> Option<String> {
    let time = DateTime::from_timestamp((clock / 1_000_000_000) as i64, (clock % 1_000_000_000) as u32)?;
    Some(time.to_rfc3339_opts(SecondsFormat::Nanos, true))
}

/// <https://www.rfc-editor.org/rfc/rfc8259#section-7>
fn field(line: &mut String, name: &str, value: &str) {
    // Writing to a String cannot fail.
    let _ = write!(line, ",\"{name}\":\"");
    for c in value.chars() {
        match c {
            '"' => line.push_str("\\\""),
            '\\' => line.push_str("\\\\"),
            '\n' => line.push_str("\\n"),
            '\t' => line.push_str("\\t"),
            c if c.is_control() => _ = write!(line, "\\u{:04x}", u32::from(c)),
            c => line.push(c),
        }
    }
    line.push('"');
}
