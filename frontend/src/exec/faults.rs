//! The lines that the promises of a pool rest on, which a test build can leave out: see the library's `fault`.

#[cfg(feature = "faults")]
pub(super) use shmchat::internals::fault::{Mutant, sabotaged};

/// What a test build can do wrong.
#[cfg(not(feature = "faults"))]
#[derive(Clone, Copy)]
pub(super) enum Mutant {
    AcknowledgeBeforeDone,
    HeadPastUnfinished,
}

/// Never, in what ships.
#[cfg(not(feature = "faults"))]
pub(super) fn sabotaged(_: Mutant) -> bool {
    false
}
