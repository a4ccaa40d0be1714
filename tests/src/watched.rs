//! A value that one thread changes and another waits for.

use crate::LIMIT;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

/// What can be waited for.
pub trait Watch {
    /// Whether it will not change any more, so that waiting on is in vain.
    fn is_over(&self) -> bool;
    /// What a failed wait shows.
    fn dump(&self) -> String;
}

/// A value under a lock, and the bell that tells of its changes.
#[derive(Debug, Default)]
pub struct Watched<T> {
    value: Mutex<T>,
    changed: Condvar,
}

impl<T> Watched<T> {
    /// Starts with this value.
    pub fn new(value: T) -> Self {
        Watched { value: Mutex::new(value), changed: Condvar::new() }
    }

    /// The value as it is now. Do not panic while holding it: others wait for it.
    pub fn look(&self) -> MutexGuard<'_, T> {
        self.value.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Changes the value and wakes who waits.
    pub fn change<R>(&self, change: impl FnOnce(&mut T) -> R) -> R {
        let result = change(&mut self.look());
        self.changed.notify_all();
        result
    }
}

impl<T: Watch> Watched<T> {
    /// Waits until `find` finds something in the value.
    ///
    /// # Panics
    /// With a dump of the value, when it will not change any more or the limit is over.
    #[track_caller]
    pub fn wait_for<R>(&self, what: &str, find: impl FnMut(&mut T) -> Option<R>) -> R {
        match self.try_wait_for(find) {
            Ok(found) => found,
            Err(why) => panic!("{why} {what}; this is what was there:\n{}", self.look().dump()),
        }
    }

    /// The same, without a panic.
    ///
    /// # Errors
    /// Why it gave up.
    pub fn try_wait_for<R>(&self, mut find: impl FnMut(&mut T) -> Option<R>) -> Result<R, &'static str> {
        let deadline = Instant::now() + LIMIT;
        let mut value = self.look();
        loop {
            if let Some(found) = find(&mut value) {
                return Ok(found);
            }
            if value.is_over() {
                return Err("it ended before");
            }
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Err("waited too long for");
            }
            value = self.changed.wait_timeout(value, left).unwrap_or_else(PoisonError::into_inner).0;
        }
    }
}
