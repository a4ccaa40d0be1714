//! Messages to records and back. Knows a lane and no process: what it works on may be a segment, or words on the heap.
//!
//! | file | what it does |
//! | --- | --- |
//! | `part`, `outgoing`, `envelope`, `reached` | which part of a message this is, a message to send, one received, how far one got |
//! | `encoder` | messages into records |
//! | `write_slot` | a place in the lane to fill with a message |
//! | `view` | a message where it stands |
//! | `copy` | words of the lane into private bytes |
//! | `decoder` | records into messages: copied out, or where they stand; and the mark for a successor |

mod copy;
pub(super) mod decoder;
pub(super) mod encoder;
pub(super) mod envelope;
pub(super) mod outgoing;
pub(super) mod part;
pub(super) mod reached;
pub(super) mod view;
pub(super) mod write_slot;
