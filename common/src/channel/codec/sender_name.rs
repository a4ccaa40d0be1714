//! Who sends: the name that is written into the lane before the first message of each sender.
//!
//! It costs a message nothing. The name goes in with the message that needs it, or not at all, so a lane never holds a
//! name with nothing after it, and is empty when its last message is acknowledged.

use crate::fault::{Mutant, sabotaged};
use crate::layout::NAME_BYTES;
use crate::ring::record::{Flags, Kind};
use crate::ring::{Corrupt, Memory, Producer, max_record};

/// What a sender knows about the names in its lane.
#[derive(Debug, Default)]
pub(super) struct SenderName {
    /// The name of this end.
    own: String,
    /// The name that holds at the end of what was written; `None` if an earlier life wrote it, so that nobody knows.
    holding: Option<String>,
    /// Whether a message of this end needs no name before it.
    is_own: bool,
    /// A message of this end that is shorter than this needs nothing but a plain record: one number, for a quick look. 0
    /// while it needs a name, and where records are sealed.
    own_below: usize,
    /// The same where it needs none.
    record_end: usize,
    /// A name that no message follows yet.
    trailing: Option<Trailing>,
}

/// A name that no message follows yet: how it was before.
#[derive(Debug)]
struct Trailing {
    position: u64,
    holding: Option<String>,
}

/// A name as it goes into a lane of `capacity` bytes: into one record, also of the tiny lanes of tests.
fn clipped(name: &str, capacity: u64) -> &str {
    &name[..name.floor_char_boundary(NAME_BYTES.min(max_record(capacity) as usize - 8))]
}

impl SenderName {
    /// Nobody's name yet. In a lane where nothing was ever sent, that already holds.
    pub(super) fn of<M: Memory>(producer: &Producer<M>) -> Self {
        let holding = (producer.position() == 0).then(String::new);
        let is_plain = producer.seal_bytes() == 0;
        let record_end = if is_plain { max_record(producer.capacity()) as usize - 7 } else { 0 };
        let mut names = SenderName { record_end, holding, ..SenderName::default() };
        names.note();
        names
    }

    /// Sets the name of this end, for what it sends from now on.
    pub(super) fn set_own(&mut self, name: &str) {
        name[..name.floor_char_boundary(NAME_BYTES)].clone_into(&mut self.own);
        self.note();
    }

    fn note(&mut self) {
        self.is_own = self.trailing.is_none() && self.holding.as_deref() == Some(&*self.own);
        self.own_below = if self.is_own { self.record_end } else { 0 };
    }

    /// Whether a message of this end needs nothing before it.
    #[inline]
    pub(super) fn is_own(&self) -> bool {
        self.is_own
    }

    /// Whether a message of this end of `length` bytes needs nothing but a plain record.
    #[inline]
    pub(super) fn is_own_record(&self, length: usize) -> bool {
        length < self.own_below
    }

    /// Writes the name of whoever sends the next message, this end if `from` is `None`, unless it holds already. `false`
    /// if there is no room for it.
    pub(super) fn put<M: Memory>(&mut self, producer: &mut Producer<M>, from: Option<&str>) -> Result<bool, Corrupt> {
        let name = clipped(from.unwrap_or(&self.own), producer.capacity());
        let position = producer.position();
        if self.holding.as_deref() == Some(name) || (position > 0 && sabotaged(Mutant::NameOnce)) {
            return Ok(true);
        }
        if producer.put(Kind::Name, Flags::NONE, None, name.as_bytes())?.is_none() {
            return Ok(false);
        }
        let holding = self.holding.replace(name.to_owned());
        self.trailing.get_or_insert(Trailing { position, holding });
        self.note();
        Ok(true)
    }

    /// A message follows the name.
    #[inline]
    pub(super) fn confirm(&mut self) {
        if self.trailing.is_some() {
            self.end_trailing();
        }
    }

    #[cold]
    fn end_trailing(&mut self) {
        self.trailing = None;
        self.note();
    }

    /// Takes back a name that no message follows.
    #[inline]
    pub(super) fn take_back<M: Memory>(&mut self, producer: &mut Producer<M>) {
        if self.trailing.is_some() {
            self.rewind(producer);
        }
    }

    #[cold]
    fn rewind<M: Memory>(&mut self, producer: &mut Producer<M>) {
        if let Some(Trailing { position, holding }) = self.trailing.take() {
            producer.rewind(position);
            self.holding = holding;
            self.note();
        }
    }
}
