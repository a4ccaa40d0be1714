//! What arrives, on its way into the model.
use crate::tui::event::Event;
use crate::tui::time::local_time;
use shmchat::{Envelope, Kind, Message};
use std::time::SystemTime;

/// At most this many bytes of a message are kept for the screen; the rest is counted.
pub(super) const KEPT: usize = 64 << 10;

/// A message that is not complete yet.
pub(super) struct Reassembly {
    bytes: Vec<u8>,
    left_out: u64,
    sent: Option<SystemTime>,
    kind: Kind,
}

/// Puts the parts of a long message together, as far as they are shown. Returns the event once it is complete.
pub(super) fn gather(reassembly: &mut Option<Reassembly>, message: Message<'_>) -> Option<Event> {
    let Message { envelope: Envelope { part, sent, kind, .. }, from, bytes } = message;
    let mut gathered = match reassembly.take() {
        Some(gathered) if !part.is_start() => gathered,
        _ => Reassembly { bytes: Vec::new(), left_out: 0, sent, kind },
    };
    let kept = bytes.len().min(KEPT.saturating_sub(gathered.bytes.len()));
    gathered.bytes.extend_from_slice(&bytes[..kept]);
    gathered.left_out += (bytes.len() - kept) as u64;
    if !part.is_end() {
        *reassembly = Some(gathered);
        return None;
    }
    let text = String::from_utf8_lossy(&gathered.bytes).into_owned();
    let at = gathered.sent.and_then(local_time);
    let (from, shortened) = (from.to_owned(), gathered.left_out);
    Some(match gathered.kind {
        Kind::Action => Event::Acted { from, at, text, shortened },
        _ => Event::Arrived { from, at, text, shortened },
    })
}
