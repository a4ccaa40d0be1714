//! Counts, for people to read.

/// A count and its noun: `1 message`, `2 messages`.
pub fn counted(count: u64, noun: &str) -> String {
    format!("{count} {noun}{}", if count == 1 { "" } else { "s" })
}

/// What is waiting in a lane that is not empty: this many messages begin there; if none does, it holds the rest of one.
pub fn messages_waiting(messages: u64) -> String {
    if messages == 0 { "the rest of a message".into() } else { counted(messages, "message") }
}
