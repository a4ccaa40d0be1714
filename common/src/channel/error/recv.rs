//! Why nothing was received.

use super::Error;

/// Why a call that waits for a message has none.
#[derive(Debug, thiserror::Error)]
pub enum RecvError {
    /// The other side has quit, and all that it sent has been received. It may return: a later call goes on with its next
    /// life.
    #[error("the other side has quit")]
    Quit,
    /// The channel.
    #[error(transparent)]
    Channel(#[from] Error),
}

/// Why a call that does not wait has no message.
#[derive(Debug, thiserror::Error)]
pub enum TryRecvError {
    /// There is none now.
    #[error("there is no message now")]
    Empty,
    /// The other side has quit, and all that it sent has been received.
    #[error("the other side has quit")]
    Quit,
    /// The channel.
    #[error(transparent)]
    Channel(#[from] Error),
}

/// Why a call that waits for a while has no message.
#[derive(Debug, thiserror::Error)]
pub enum RecvTimeoutError {
    /// None came in time.
    #[error("no message came in time")]
    Timeout,
    /// The other side has quit, and all that it sent has been received.
    #[error("the other side has quit")]
    Quit,
    /// The channel.
    #[error(transparent)]
    Channel(#[from] Error),
}

impl From<RecvError> for RecvTimeoutError {
    fn from(error: RecvError) -> Self {
        match error {
            RecvError::Quit => RecvTimeoutError::Quit,
            RecvError::Channel(error) => RecvTimeoutError::Channel(error),
        }
    }
}
