//! Turns messages into records and back. It knows a lane but no process: the lane may be in a segment, or in words on the heap.
//!
//! | file | what it does |
//! | --- | --- |
//! | `part`, `outgoing`, `envelope`, `reached` | which part of a message this is, a message to send, a received one, how far a receiver got |
//! | `sender_name` | the name before the first message of each sender |
//! | `encoder` | turns messages into records |
//! | `write_slot` | a place in the lane to fill with a message |
//! | `view` | a message in place |
//! | `copy` | copies words of the lane into private bytes |
//! | `decoder` | turns records into messages, copied out or in place; and the mark for a successor |

mod copy;
pub(super) mod decoder;
pub(super) mod encoder;
pub(super) mod envelope;
pub(super) mod outgoing;
pub(super) mod part;
pub(super) mod reached;
mod sender_name;
pub(super) mod view;
pub(super) mod write_slot;
