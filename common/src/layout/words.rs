//! Words to look at.

use crate::sync::{AtomicU64, Ordering::Relaxed};

/// Words that can only be read here: of a segment attached for reading only, or of one that could also be written to.
pub trait Words {
    /// The word at `index`, by a relaxed load. A `fence(Acquire)` after it orders what is loaded later.
    ///
    /// # Panics
    /// If there is no such word.
    fn word(&self, index: usize) -> u64;

    /// How many there are in the mapping.
    fn count(&self) -> usize;
}

impl<T: AsRef<[AtomicU64]>> Words for T {
    #[inline]
    fn word(&self, index: usize) -> u64 {
        self.as_ref()[index].load(Relaxed)
    }

    fn count(&self) -> usize {
        self.as_ref().len()
    }
}
