//! From a stream into the local lane.
//!
//! | file | what it is |
//! | --- | --- |
//! | `place` | how far the stream was taken, and what to do with each message of it |

mod place;

pub use place::{Delivery, Place, Source, Verdict};
