//! Why something was not sent.

use super::Error;

/// Why [`try_send`](crate::Endpoint::try_send), and other calls that do not wait, have sent nothing.
///
/// ```
/// use shmchat::{Channel, Error, Role, TrySendError};
///
/// # let folder = tempfile::tempdir()?;
/// # let channel = Channel::named("lobby".parse()?).dir(folder.path());
/// let mut writer = channel.capacity(64 << 10)?.attach(Role::Writer)?;
/// match writer.try_send(&[0; 100_000]) {
///     Ok(seq) => println!("sent at {seq}"),
///     Err(TrySendError::Full) => println!("no room now: wait, or do something else"),
///     Err(TrySendError::Channel(Error::TooLong { limit, .. })) => println!("more than {limit} bytes: use `send`"),
///     Err(TrySendError::Channel(error)) => return Err(error.into()),
/// }
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, thiserror::Error)]
pub enum TrySendError {
    /// There is no room now.
    #[error("the lane has no room")]
    Full,
    /// The channel cannot be used, or the message is [too long](Error::TooLong).
    #[error(transparent)]
    Channel(#[from] Error),
}

/// Why [`send_timeout`](crate::Endpoint::send_timeout) has not sent its message. It was not accepted, and the other
/// side does not see it.
///
/// ```
/// use shmchat::{Channel, Role, SendTimeoutError};
/// use std::time::Duration;
///
/// # let folder = tempfile::tempdir()?;
/// # let channel = Channel::named("lobby".parse()?).dir(folder.path());
/// # let mut writer = channel.attach(Role::Writer)?;
/// match writer.send_timeout("hello", Duration::from_secs(1)) {
///     Ok(seq) => println!("sent at {seq}"),
///     Err(SendTimeoutError::Timeout) => println!("the lane is full and nobody reads"),
///     Err(SendTimeoutError::Channel(error)) => return Err(error.into()),
/// }
/// # drop(writer);
/// # channel.clean(true)?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, thiserror::Error)]
pub enum SendTimeoutError {
    /// No room came in time.
    #[error("timed out waiting for room")]
    Timeout,
    /// The channel cannot be used.
    #[error(transparent)]
    Channel(#[from] Error),
}
