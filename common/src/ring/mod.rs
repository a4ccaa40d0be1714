//! One lane: a ring buffer of records between one producer and one consumer.
//!
//! ```text
//!            head                          tail
//!             │  consumer reads here        │  producer writes here
//!   ──────────▼─────────────────────────────▼──────────────────
//!    free     │ hdr payload │ hdr payload   │ free       │ pad │  (ring's end)
//!   ───────────────────────────────────────────────────────────
//! ```
//!
//! A record is an 8-byte header ([`record`]) and a payload, padded to 8 bytes. It never wraps: instead, a padding
//! record fills the end of the ring. The producer writes a record's words, then moves `tail` past them; the consumer
//! copies them out, then moves `head`. Each side keeps its own index in private memory, and believes the other's only
//! after a check. So whatever is in the shared words, the result is a record or [`Corrupt`], never a panic or a read
//! out of bounds.
//!
//! This module knows nothing about segments or FIFOs. Memory is anything that provides a slice of [`AtomicU64`]. The
//! payload is [copied](copy) with relaxed atomic loads and stores, or by assembler that does the same, which is well
//! defined even if the other process writes the same words out of turn: then the copy is garbage, but it is a copy, and
//! it is checked as one.
//!
//! # Orders
//! | point | where | pairs with |
//! | --- | --- | --- |
//! | (A) | [`Producer::publish`]: `tail.store(Release)` after the payload | (A') the consumer's `tail.load(Acquire)` |
//! | (C) | [`Consumer::release`]: `head.store(Release)` after the copy | (C') the producer's `head.load(Acquire)` |
//!
//! A short record also travels beside the tail: [`tail_copy`]. Where the memory is a file, records outlive a power cut:
//! [`seal`], [`recover`].
//!
//! The sleeper's flags and their fences, (B) and (B'), are in [`crate::doorbell::parking`].
//!
//! # Crash behaviour
//! A producer that dies before (A) has written nothing: `tail` has not moved, and its successor overwrites the words.
//! One that dies after (A) has published whole records. A consumer that dies before (C) leaves `head` where it was, so
//! its successor reads the same records again; after (C) they are gone. There is no state in between, because each step
//! is one 8-byte store.

mod backlog;
mod buffer;
pub mod checkpoint;
mod consumer;
pub(crate) mod copy;
pub mod names;
pub mod newest;
mod producer;
pub mod record;
pub mod recover;
pub mod seal;
pub mod search;
mod tail_copy;

pub use backlog::{Backlog, is_empty, look};
pub use buffer::Buffer;
pub use checkpoint::{Checkpoint, Checkpoints};
pub use consumer::{Consumer, Taken};
pub use producer::{Producer, Reserved};

use crate::fault::{Mutant, sabotaged};
use crate::layout::NAME_BYTES;
use crate::sync::AtomicU64;
use std::fmt;

/// Memory that lanes can lie in: a segment, or for tests a slice on the heap. [`WriteSlot`](crate::WriteSlot) names it;
/// a program that only uses a channel needs none of its own.
///
/// ```
/// use shmchat::Memory;
/// use std::sync::atomic::AtomicU64;
///
/// fn bytes(memory: &impl Memory) -> usize {
///     8 * memory.as_ref().len()
/// }
/// assert_eq!(bytes(&vec![AtomicU64::new(0)]), 8);
/// ```
pub trait Memory: AsRef<[AtomicU64]> {}
impl<T: AsRef<[AtomicU64]>> Memory for T {}

/// What a lane's memory is kept on: the file that it is mapped from.
pub trait Disk: fmt::Debug + Send + Sync {
    /// Brings everything that was written to the memory so far to the disk. `false` if that failed, now or ever before:
    /// after a failure nobody knows what is there, and a second try would not tell.
    fn sync(&self) -> bool;
}

/// The largest record in bytes, header included, however large the lane is: a receiver never needs more private memory
/// than this to take one. Longer messages are split.
pub const MAX_RECORD: u64 = 64 << 10;

/// The largest record of a lane of `capacity` bytes. It is less than a quarter of the lane, so that a record, its sender's
/// name and the padding before each always fit in half of it: then a producer that waits until half the lane is free
/// waits long enough.
pub const fn max_record(capacity: u64) -> u64 {
    // Twice this is more than a name and the padding before it. Lanes that small are only in tests.
    let for_name = if capacity < 16 << 10 { 0 } else { 2 * NAME_BYTES as u64 };
    let most = capacity / 4 - for_name;
    if most < MAX_RECORD { most } else { MAX_RECORD }
}

/// A lane holds what no sound peer can have written. Part of [`Corruption`](crate::error::Corruption).
///
/// ```
/// use shmchat::error::Corrupt;
///
/// let error = Corrupt::Indices { tail: 1, head: 0, capacity: 65_536 };
/// assert_eq!(error.to_string(), "its indices are impossible (tail 1, head 0, capacity 65536)");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Corrupt {
    /// The two indices do not fit together.
    #[error("its indices are impossible (tail {tail}, head {head}, capacity {capacity})")]
    Indices {
        /// Bytes ever written, as read.
        tail: u64,
        /// Bytes ever given back, as read.
        head: u64,
        /// Bytes of the lane.
        capacity: u64,
    },
    /// A record's header is impossible.
    #[error("the record at {position} has an impossible header ({header:#018x})")]
    Record {
        /// Where in the lane, in bytes ever written.
        position: u64,
        /// The header as read.
        header: u64,
    },
}

/// An index that the other side wrote and that nobody has checked yet.
#[derive(Clone, Copy)]
struct ForeignIndex(u64);

impl ForeignIndex {
    /// The index, if it is between `low` and `high` (both our own) and aligned. `wrapping_sub` makes this a test of
    /// distance, which is correct for any garbage.
    fn between(self, low: u64, high: u64) -> Option<u64> {
        if sabotaged(Mutant::TrustSharedIndex) {
            return Some(self.0);
        }
        let aligned = self.0.is_multiple_of(8);
        (aligned && self.0.wrapping_sub(low) <= high.wrapping_sub(low)).then_some(self.0)
    }
}

/// More bytes than any lane has ever carried: 14 years at 10 GB/s. Below it, our own arithmetic cannot overflow.
const FAR_FUTURE: u64 = 1 << 62;

/// Both indices as found at attach, checked against each other.
fn checked_indices(tail: u64, head: u64, capacity: u64) -> Result<(u64, u64), Corrupt> {
    match ForeignIndex(tail).between(head, head.wrapping_add(capacity)) {
        Some(tail) if head.is_multiple_of(8) && head < FAR_FUTURE => Ok((tail, head)),
        _ => Err(Corrupt::Indices { tail, head, capacity }),
    }
}
