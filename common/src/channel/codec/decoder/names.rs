//! Who sent what is handed over.

use crate::layout::NAME_BYTES;
use crate::ring::{Consumer, Memory};

/// What a receiver knows about the names in its lane.
#[derive(Debug)]
pub(super) struct Names {
    /// The name of whoever sent what was handed over last, and what comes next if no other name comes before it.
    current: String,
    /// A position at or before the first name that was taken and not given back; [`NEVER`] if there is none.
    first: u64,
    /// The position of the last name that was taken.
    last: u64,
}

/// A position that no lane reaches.
const NEVER: u64 = u64::MAX;

impl Names {
    /// What a predecessor kept.
    pub(super) fn kept_by<M: Memory>(consumer: &Consumer<M>) -> Self {
        Names { current: text(&consumer.kept_name()), first: NEVER, last: 0 }
    }

    #[inline]
    pub(super) fn current(&self) -> &str {
        &self.current
    }

    /// The name in the record at `position` holds from there on.
    #[cold]
    pub(super) fn take(&mut self, position: u64, name: &[u8]) {
        self.current = text(name);
        self.first = self.first.min(position);
        self.last = position;
    }

    /// Keeps the name that holds at `position` for a successor, if it is not kept already. Everything before it is given
    /// back next.
    #[inline]
    pub(super) fn keep<M: Memory>(&mut self, consumer: &mut Consumer<M>, position: u64) {
        if self.first < position {
            self.keep_last(consumer, position);
        }
    }

    #[cold]
    fn keep_last<M: Memory>(&mut self, consumer: &mut Consumer<M>, position: u64) {
        consumer.keep_name(self.first, position);
        self.first = if self.last < position { NEVER } else { position };
    }
}

/// A name as text. Whatever a broken peer wrote, it is short.
fn text(name: &[u8]) -> String {
    let name = String::from_utf8_lossy(name);
    name[..name.floor_char_boundary(NAME_BYTES)].to_owned()
}
