//! A chat message as it is sent.

use shmchat::channel::{Outgoing, Part};
use shmchat::ring::record::Kind;
use std::time::{SystemTime, UNIX_EPOCH};

/// The wall clock as messages carry it: nanoseconds since the epoch. One reading serves a batch.
pub fn clock() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_nanos() as u64
}

/// A chat message, said at `sent` by [`clock`].
pub fn text(bytes: &[u8], sent: u64) -> Outgoing<'_> {
    Outgoing { kind: Kind::Text, sent: Some(sent), bytes, part: Part::Whole, unterminated: false }
}
