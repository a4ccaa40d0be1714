//! What in a segment makes no sense.

use crate::ring::Corrupt;

/// What in a segment makes no sense.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Corruption {
    /// In a lane.
    #[error(transparent)]
    Lane(#[from] Corrupt),
    /// In the header.
    #[error("its header says {value:#x} where {field} should stand")]
    Header {
        /// Which field.
        field: &'static str,
        /// What stands there.
        value: u64,
    },
    /// In the order of records.
    #[error("the record at {position} does not continue the message before it")]
    Sequence {
        /// Where in the lane.
        position: u64,
    },
}
