//! What can go wrong.
//!
//! [`Error`] says why a channel cannot be opened or used. The calls that can also end in "not now", "not in time" or "the other
//! side has quit" have an enum each, with the [`Error`] as one variant. You can match such an enum without a wildcard:
//!
//! ```
//! use shmchat::{Channel, Role, TryRecvError};
//!
//! # let folder = tempfile::tempdir()?;
//! # let channel = Channel::named("lobby".parse()?).dir(folder.path());
//! fn next(reader: &mut shmchat::Endpoint) -> Result<Option<Vec<u8>>, shmchat::Error> {
//!     match reader.try_recv() {
//!         Ok(message) => Ok(Some(message.bytes.to_vec())),
//!         Err(TryRecvError::Empty | TryRecvError::Quit) => Ok(None),
//!         Err(TryRecvError::Channel(error)) => Err(error),
//!     }
//! }
//! # assert_eq!(next(&mut channel.attach(Role::Reader)?)?, None);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! The other types here are parts of those errors.

pub use crate::channel::{
    Corruption, Error, InvalidName, ItemType, MemoryError, Misfit, RecvError, RecvTimeoutError, SendTimeoutError,
    TryRecvError, TrySendError,
};
pub use crate::folder::Error as FolderError;
pub use crate::memory::UnknownMemoryKind;
pub use crate::presence::Holder;
pub use crate::ring::Corrupt;
