//! The atomics of the lanes: std's, or loom's when the crate is built with `--cfg loom`.
//!
//! Everything that two processes share goes through this module, so that what the model checker explores
//! (`common/tests/loom.rs`) is the code that ships.
//!
//! A safety test that cannot fail proves nothing. So the few lines on which the protocol rests can be sabotaged, one
//! at a time, in a loom build: [`sabotaged`] asks for it where the line stands. In every other build it is
//! a constant `false` and leaves no trace.

#![forbid(unsafe_code)]

#[cfg(not(loom))]
pub use std::sync::atomic::{AtomicU64, Ordering, fence};

#[cfg(loom)]
pub use loom::sync::atomic::{AtomicU64, Ordering, fence};

/// One-line sabotages of the protocol; each must make a loom model fail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mutant {
    /// The producer publishes `tail` before the payload is there.
    TailBeforePayload,
    /// The consumer gives room back before it has copied the payload out.
    HeadBeforeCopy,
    /// The ringer does not fence between its store and its look at the sleeper's flag.
    NoFenceBeforeRing,
    /// The sleeper does not fence between its flag and its second look.
    NoFenceBeforeSleep,
    /// The sleeper raises its flag and sleeps without a second look.
    NoSecondLook,
}

/// Whether the running loom model asked for this mutant. Always false outside loom.
#[cfg(not(loom))]
#[inline(always)]
pub const fn sabotaged(_: Mutant) -> bool {
    false
}

#[cfg(loom)]
pub use loom_only::{sabotage, sabotaged};

#[cfg(loom)]
mod loom_only {
    use super::Mutant;
    use std::cell::Cell;

    // loom runs all threads of a model on one thread of the system, so a thread-local is the model's own.
    thread_local! { static MUTANT: Cell<Option<Mutant>> = const { Cell::new(None) } }

    /// Whether the running loom model asked for this mutant.
    pub fn sabotaged(mutant: Mutant) -> bool {
        MUTANT.get() == Some(mutant)
    }

    /// Runs `model` with this mutant in force.
    pub fn sabotage<T>(mutant: Mutant, model: impl FnOnce() -> T) -> T {
        MUTANT.set(Some(mutant));
        let result = std::panic::catch_unwind(std::panic::AssertUnwindSafe(model));
        MUTANT.set(None);
        result.unwrap_or_else(|panic| std::panic::resume_unwind(panic))
    }
}
