//! Makes messages from a stream in private memory.

use super::stream_buffer::StreamBuffer;
use shmchat::Outgoing;

/// Messages from a stream.
///
/// The caller asks for the [`next`](Self::next) one and calls [`sent`](Self::sent) after each, until there is none.
/// Then it reads more into the [`block`](Self::block), or tells that the stream has ended.
pub trait Source {
    /// What was read but is not a message yet.
    fn block(&mut self) -> &mut StreamBuffer;

    /// The next message, or part of one: the same until it is [`sent`](Self::sent).
    ///
    /// # Errors
    /// If there is something else. The error is the same until you [skip](Self::skip) it.
    fn next(&mut self) -> Result<Next<'_>, InputError>;

    /// What [`next`](Self::next) returned has been sent.
    fn sent(&mut self);

    /// Continues after what is wrong.
    fn skip(&mut self);

    /// How many bytes of the stream have been read but not sent.
    fn unsent(&self) -> usize;
}

/// What comes next.
#[derive(Clone, Copy, Debug)]
pub enum Next<'a> {
    /// This message, or part of one.
    Message(Outgoing<'a>),
    /// The user quits.
    Quit,
    /// Nothing, until more is read.
    Nothing,
}

/// Something in a stream that is not a message.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("line {line}, column {column}: {what}")]
pub struct InputError {
    /// The line, counted from 1.
    pub line: u64,
    /// The byte in the line, counted from 1.
    pub column: usize,
    /// What is wrong.
    pub what: String,
}

/// How long messages may be. One whose parts arrive separately is put together first, up to the limit.
#[derive(Clone, Copy, Debug)]
pub struct PartPolicy {
    /// A longer message goes in parts of at most this many bytes.
    pub limit: usize,
    /// Whether parts of plain bytes are sent as they arrive: they are a stream, whose end may be far away.
    pub streams: bool,
}
