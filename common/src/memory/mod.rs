//! The memory of a channel: create, find, attach, mark for removal.
//!
//! [`crate::layout`] and [`crate::channel`] say what stands in it and what that *means*.
//!
//! | file | what it does |
//! | --- | --- |
//! | `sysv` | System V segments: the kernel's calls |
//! | `mapping` | attached memory, as a slice of atomic words |

mod mapping;
mod sysv;

pub use mapping::{Segment, Window};
pub use sysv::{SegmentId, Stat, all, create, find, remove, share, stat};
