//! Turns standard input into messages: what is read, what is sent, and what waits for room.
//!
//! | file | what it is |
//! | --- | --- |
//! | `interface` | what the pump needs from each |
//! | `lookahead` | looks for the end of the input when there is no room |
//! | `lines`, `raw` | read directly into the segment |
//! | `buffered` | reads into private memory what has to be inspected first |
//! | `choose` | picks the feed for a format |

mod buffered;
mod choose;
mod interface;
mod lines;
mod lookahead;
mod raw;

pub(super) use choose::feed;
pub(super) use interface::{Feed, Pumped};
