//! What can go wrong. A call that has nothing now, or whose time is over, says so by an error of its own, beside the
//! channel's [`Error`].

pub use crate::channel::{
    Corruption, Error, InvalidName, RecvError, RecvTimeoutError, SendTimeoutError, TryRecvError, TrySendError,
};
pub use crate::folder::Error as FolderError;
pub use crate::presence::Holder;
pub use crate::ring::Corrupt;
