//! Why nothing was received.

use super::Error;

/// Why [`recv`](crate::Endpoint::recv), and other calls that wait for a message, have none.
///
/// ```
/// use shmchat::{Channel, RecvError, Role};
///
/// # let folder = tempfile::tempdir()?;
/// # let channel = Channel::named("lobby".parse()?).dir(folder.path());
/// let mut reader = channel.attach(Role::Reader)?;
/// channel.attach(Role::Writer)?.quit()?;
/// match reader.recv() {
///     Ok(message) => println!("{} bytes", message.bytes.len()),
///     Err(RecvError::Quit) => println!("the writer has quit"),
///     Err(RecvError::Channel(error)) => return Err(error.into()),
/// }
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, thiserror::Error)]
pub enum RecvError {
    /// The other side has quit, and everything it sent has been received. It may come back: a later call goes on with its
    /// next life.
    #[error("the other side has quit")]
    Quit,
    /// The channel cannot be used.
    #[error(transparent)]
    Channel(#[from] Error),
}

/// Why [`try_recv`](crate::Endpoint::try_recv), and other calls that do not wait, have no message.
///
/// ```
/// use shmchat::{Channel, Role, TryRecvError};
///
/// # let folder = tempfile::tempdir()?;
/// # let channel = Channel::named("lobby".parse()?).dir(folder.path());
/// let mut reader = channel.attach(Role::Reader)?;
/// match reader.try_recv() {
///     Ok(message) => println!("{} bytes", message.bytes.len()),
///     Err(TryRecvError::Empty) => println!("nothing yet"),
///     Err(TryRecvError::Quit) => println!("the writer has quit"),
///     Err(TryRecvError::Channel(error)) => return Err(error.into()),
/// }
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, thiserror::Error)]
pub enum TryRecvError {
    /// There is no message yet.
    #[error("no message is waiting")]
    Empty,
    /// The other side has quit, and everything it sent has been received.
    #[error("the other side has quit")]
    Quit,
    /// The channel cannot be used.
    #[error(transparent)]
    Channel(#[from] Error),
}

/// Why [`recv_timeout`](crate::Endpoint::recv_timeout) has no message.
///
/// ```
/// use shmchat::{Channel, RecvTimeoutError, Role};
/// use std::time::Duration;
///
/// # let folder = tempfile::tempdir()?;
/// # let channel = Channel::named("lobby".parse()?).dir(folder.path());
/// let mut reader = channel.attach(Role::Reader)?;
/// match reader.recv_timeout(Duration::from_millis(1)) {
///     Ok(message) => println!("{} bytes", message.bytes.len()),
///     Err(RecvTimeoutError::Timeout) => println!("nothing yet"),
///     Err(RecvTimeoutError::Quit) => println!("the writer has quit"),
///     Err(RecvTimeoutError::Channel(error)) => return Err(error.into()),
/// }
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, thiserror::Error)]
pub enum RecvTimeoutError {
    /// No message came in time.
    #[error("timed out waiting for a message")]
    Timeout,
    /// The other side has quit, and everything it sent has been received.
    #[error("the other side has quit")]
    Quit,
    /// The channel cannot be used.
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
