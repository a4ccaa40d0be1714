//! The panel of F2: the shared memory at work.
//!
//! ```text
//!   Endpoint::inspect ──▶ PanelSample ──▶ Panel ──▶ rows ──▶ view
//!   four times a second                  rates     text in a few inks
//! ```
//!
//! The other side wrote some of what is sampled. Here it is only numbers, hexadecimal digits and printable ASCII, so
//! nothing of it reaches the terminal raw.
mod rows;
mod sample;

pub(super) use rows::{Ink, rows};
pub use sample::PanelSample;
pub(super) use sample::{Panel, RECORD_BYTES, RECORDS, SAMPLE_INTERVAL};
