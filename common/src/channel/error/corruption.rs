//! What in a segment makes no sense.

use crate::ring::Corrupt;

/// What in a segment makes no sense: part of [`Error::Corrupt`](crate::Error::Corrupt). A sound peer writes none of it.
///
/// ```
/// use shmchat::error::Corruption;
///
/// let error = Corruption::Sequence { position: 64 };
/// assert_eq!(error.to_string(), "the record at 64 does not continue the message before it");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Corruption {
    /// In a lane.
    #[error(transparent)]
    Lane(#[from] Corrupt),
    /// In the header.
    #[error("its header has {value:#x} for {field}, which is impossible")]
    Header {
        /// Which field.
        field: &'static str,
        /// The value there.
        value: u64,
    },
    /// In the order of the records.
    #[error("the record at {position} does not continue the message before it")]
    Sequence {
        /// Where in the lane, in bytes ever written.
        position: u64,
    },
}
