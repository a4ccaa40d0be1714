//! A chat message as it is sent.

use crate::text::visible_line;
use shmchat::Kind;
use shmchat::{Outgoing, Part};
use std::time::SystemTime;

/// What stands before the text of such a message, wherever people read it: `* alice `. The name may be anybody's: it is made
/// visible, in one line.
pub fn action_lead(from: &str) -> String {
    format!("* {} ", visible_line(from))
}

/// A chat message, sent at `sent`.
pub fn text(bytes: &[u8], sent: SystemTime) -> Outgoing<'_> {
    Outgoing { kind: Kind::Text, sent: Some(sent), bytes, part: Part::Whole, unterminated: false, from: None }
}
