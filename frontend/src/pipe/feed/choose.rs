//! Which feed belongs to a format.

use super::buffered::Buffered;
use super::interface::Feed;
use super::lines::Lines;
use super::raw::Raw;
use crate::framing::PartPolicy;
use crate::framing::json::Objects;
use crate::framing::lines::{Cutter, WORTH_READING};
use crate::framing::separated::Separated;
use crate::pipe::options::{Framing, OnFull, Sending};
use crate::text::LINE_FEED;
use shmchat::Endpoint;

/// The feed for a format.
pub(in crate::pipe) fn feed(endpoint: &mut Endpoint, sending: &Sending) -> Box<dyn Feed> {
    let &Sending { framing, on_full, on_error, x_quits, .. } = sending;
    // If a stream can wait for room, the beginning need not wait for the end.
    let policy = PartPolicy { limit: endpoint.sender().whole_limit(), streams: on_full == OnFull::Wait };
    match framing {
        // Typed input needs no speed, and may be an `x`.
        Framing::Line if on_full == OnFull::Wait && !x_quits => {
            Box::new(Lines::new(Cutter::new(endpoint.sender().part_limit(), endpoint.sender().whole_limit())))
        }
        Framing::Line => Box::new(Buffered::new(Separated::new(LINE_FEED, policy, x_quits), on_full, on_error)),
        Framing::Nul => Box::new(Buffered::new(Separated::new(0, policy, false), on_full, on_error)),
        Framing::Json => Box::new(Buffered::new(Objects::new(policy, x_quits), on_full, on_error)),
        Framing::Raw => {
            // With `fail`, we do not wait for a worthwhile amount of room.
            let least = if on_full == OnFull::Wait { WORTH_READING } else { 1 };
            Box::new(Raw::new(least))
        }
    }
}
