//! Why something was not sent.

use super::Error;

/// Why a call that does not wait has sent nothing.
#[derive(Debug, thiserror::Error)]
pub enum TrySendError {
    /// There is no room for it now.
    #[error("there is no room now")]
    Full,
    /// The channel, or the message: [`Error::TooLong`].
    #[error(transparent)]
    Channel(#[from] Error),
}

/// Why a call that waits for a while has not sent its message: it was not accepted, and the other side does not see it.
#[derive(Debug, thiserror::Error)]
pub enum SendTimeoutError {
    /// No room came in time.
    #[error("no room came in time")]
    Timeout,
    /// The channel.
    #[error(transparent)]
    Channel(#[from] Error),
}
