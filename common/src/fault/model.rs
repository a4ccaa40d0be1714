//! In a loom model.

use super::names::{Mutant, Point};
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

/// Nothing: in a model, a process dies when its thread ends.
pub const fn point(_: Point) {}
