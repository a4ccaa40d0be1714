//! What only one side may have.

use crate::mechanism::{Reason, Side};
use std::sync::Mutex;

/// One thing for each side, which takes it once: for ends that cannot be opened again.
pub(super) struct Ends<T>([Mutex<Option<T>>; 2]);

impl<T> Ends<T> {
    pub(super) fn new(first: T, second: T) -> Self {
        Ends([first, second].map(|end| Mutex::new(Some(end))))
    }

    pub(super) fn take(&self, side: Side) -> Result<T, Reason> {
        let mine = &self.0[if side == Side::First { 0 } else { 1 }];
        mine.lock().ok().and_then(|mut end| end.take()).ok_or_else(|| Reason("opened twice".into()))
    }
}
