//! From the local lane into a stream.
//!
//! | file | what it is |
//! | --- | --- |
//! | `window` | the publications that are on their way, in order, and what is to be done when one fails |
//! | `batcher` | packs what is taken from the lane into publications |

mod batcher;
mod window;

pub use batcher::{Batcher, Limits};
pub use window::{Expected, Publication, Stored, Window};
