//! The memory of a channel, of whatever kind: create, find, attach, mark for removal.
//!
//! [`crate::layout`] and [`crate::channel`] say what stands in it and what that *means*. What differs between the kinds is
//! in this room; what a kind cannot do is a value, such as a [`Stat`] without a count of who is attached.
//!
//! | file | what it does |
//! | --- | --- |
//! | `kind` | the three kinds |
//! | `stat` | what the kernel knows of a memory |
//! | `opened` | what the two kinds that are files have in common: room, rights, and who uses them |
//! | `sysv`, `posix`, `file` | one kind each: create, find, remove |
//! | `location` | the interface over all three: a slot in which a memory may be, and where one is |
//! | `guard` | living on where somebody has cut a mapped file short |
//! | `mapping` | attached memory, as a slice of atomic words |

mod file;
mod guard;
mod kind;
mod location;
mod mapping;
mod opened;
mod posix;
mod stat;
pub mod sysv;

pub use file::{RING_FILE, RingFile};
pub use guard::handle_sigbus;
pub use kind::{MemoryKind, UnknownMemoryKind};
pub use location::{Location, Slot, all, segments};
pub use mapping::{Segment, Window};
pub use opened::{Hold, Rights};
pub use posix::PosixObject;
pub use stat::Stat;
pub use sysv::SegmentId;
