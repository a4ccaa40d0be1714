//! In any other build: nothing.

use super::names::{Mutant, Point};

/// Whether this mutant is in force: never in this build.
#[inline(always)]
pub const fn sabotaged(_: Mutant) -> bool {
    false
}

/// A point at which a test build can be made to die; nothing in this build.
#[inline(always)]
pub const fn point(_: Point) {}
