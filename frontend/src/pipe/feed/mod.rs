//! Standard input into messages: what is read, what of it is sent, and what waits for room.
//!
//! | file | what it is |
//! | --- | --- |
//! | `interface` | what the pump asks of each |
//! | `lookahead` | the input's end, looked for where there is no room |
//! | `lines`, `raw` | read where they are to stand in the segment |
//! | `buffered` | read into private memory: whatever must be looked at first |
//! | `choose` | which one a framing has |

mod buffered;
mod choose;
mod interface;
mod lines;
mod lookahead;
mod raw;

pub(super) use choose::feed;
pub(super) use interface::{Feed, Pumped};
