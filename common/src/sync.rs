//! The atomics of the lanes: std's, or loom's when the crate is built with `--cfg loom`.
//!
//! Everything that two processes share goes through this module, so that what the model checker explores
//! (`common/tests/loom.rs`) is the code that ships.

#[cfg(not(loom))]
pub use std::sync::atomic::{AtomicU64, Ordering, fence};

#[cfg(loom)]
pub use loom::sync::atomic::{AtomicU64, Ordering, fence};
