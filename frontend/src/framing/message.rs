//! A chat message as it is sent.

use shmchat::Kind;
use shmchat::{Outgoing, Part};
use std::time::SystemTime;

/// A chat message, sent at `sent`.
pub fn text(bytes: &[u8], sent: SystemTime) -> Outgoing<'_> {
    Outgoing { kind: Kind::Text, sent: Some(sent), bytes, part: Part::Whole, unterminated: false, from: None }
}
