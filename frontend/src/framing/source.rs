//! What makes messages of a stream in private memory.

use super::stream_buffer::StreamBuffer;
use shmchat::Outgoing;

/// Messages out of a stream.
///
/// The caller asks for the [`next`](Self::next), and says [`sent`](Self::sent) of each, until there is nothing; then reads more into the
/// [`block`](Self::block), or says there that it ends.
pub trait Source {
    /// What was read and is not a message yet.
    fn block(&mut self) -> &mut StreamBuffer;

    /// The next message, or part of one: the same until it is [`sent`](Self::sent).
    ///
    /// # Errors
    /// Where there is something else. The same until it is [skipped](Self::skip).
    fn next(&mut self) -> Result<Next<'_>, InputError>;

    /// What [`next`](Self::next) gave is done with.
    fn sent(&mut self);

    /// Goes on behind what is wrong.
    fn skip(&mut self);

    /// Bytes of the stream that have been read, and not sent.
    fn unsent(&self) -> usize;
}

/// What comes next.
#[derive(Clone, Copy, Debug)]
pub enum Next<'a> {
    /// This message, or part of one.
    Message(Outgoing<'a>),
    /// The user asks for the end.
    Quit,
    /// Nothing before more is read.
    Nothing,
}

/// What in a stream is no message.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("line {line}, column {column}: {what}")]
pub struct InputError {
    /// In which line, from 1.
    pub line: u64,
    /// At which byte of it, from 1.
    pub column: usize,
    /// What is wrong.
    pub what: String,
}

/// How long a message is when it is sent. One whose parts come singly is put together first, up to the limit.
#[derive(Clone, Copy, Debug)]
pub struct PartPolicy {
    /// A longer message goes in parts of this many bytes or fewer.
    pub limit: usize,
    /// Of plain bytes the parts go as they come: they are a stream, whose end may be far.
    pub streams: bool,
}
