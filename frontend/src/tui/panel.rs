//! The panel of F2: the shared memory at work.
//!
//! ```text
//!   Endpoint::inspect ──▶ PanelSample ──▶ Panel ──▶ rows ──▶ view
//!   four times a second                  rates     text in a few inks
//! ```
//!
//! What is sampled was written by the other side too: here it is numbers, and bytes as hexadecimal digits and as
//! printable ASCII, and so nothing of it reaches the terminal raw.
mod rows;
mod sample;

pub(super) use rows::{Ink, rows};
pub use sample::PanelSample;
pub(super) use sample::{Panel, RECORD_BYTES, RECORDS, SAMPLE_INTERVAL};
