//! What a process holds once attached: a link that both directions share, and for each direction what only that
//! direction needs.
//!
//! ```text
//!            sender ─► Outbound ─┐             ┌─ Inbound ─► receiver
//!                    (Encoder)   ├─► Link ◄────┤  (Decoder)
//!                                │  header, doorbell, folder, locks, the other side
//! ```
//!
//! | file | what it does |
//! | --- | --- |
//! | `interest`, `rings` | plain types: what to sleep for, how often the doorbells rang |
//! | `link` | the segment, the folder, the doorbell, the locks, and what is known about the other side |
//! | `peer_watch` | updates what is known about the other side |
//! | `intact` | whether we can still be found and rung, whatever was done to the folder |
//! | `outbound`, `inbound` | what only one direction needs |
//! | `own` | [`Endpoint`] itself |
//! | `wait` | sleeping until there is something to do |
//! | `sender`, `receiver`, `iter` | the calls, with and without waiting, singly and in batches, copied and in place |
//! | `agreed` | what type the items of a lane have |
//! | `items` | sending and receiving items, as bytes |
//! | `typed` | the same with their type |
//! | `present` | what this side shows of itself: its name, and that its user types |
//! | `stand_in` | showing somebody else's presence |
//! | `inspect` | a look at the segment, for people |
//! | `quit` | leaving in good order |

mod agreed;
mod inbound;
mod inspect;
mod intact;
mod interest;
mod items;
mod iter;
mod link;
mod outbound;
mod own;
mod peer_watch;
mod present;
mod quit;
mod receiver;
mod rings;
mod sender;
mod stand_in;
mod typed;
mod wait;

pub use inspect::Inspection;
pub use interest::Interest;
pub use iter::Iter;
pub use own::Endpoint;
pub(super) use own::Parts;
pub use quit::QuitReport;
pub use receiver::Receiver;
pub use rings::Rings;
pub use sender::Sender;
pub use typed::{Typed, TypedReceiver, TypedSender};
