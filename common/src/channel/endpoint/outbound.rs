//! What only sending needs.

use super::link::Link;
use crate::channel::codec::encoder::Encoder;
use crate::channel::codec::outgoing::Outgoing;
use crate::channel::error::Error;
use crate::doorbell::{self, Parking};
use crate::memory::Segment;
use crate::ring::Checkpoint;
use std::any::TypeId;

#[derive(Debug)]
pub(super) struct Outbound {
    pub(super) encoder: Encoder<Segment>,
    /// Our flag while we sleep until there is room.
    pub(super) room_flag: Parking<Segment>,
    /// The other side's flag while it sleeps until a message of ours arrives.
    pub(super) peer_message_flag: Parking<Segment>,
    /// The type of items that this lane is agreed to carry.
    pub(super) agreed: Option<TypeId>,
}

impl Outbound {
    /// Shows the other side everything that was enqueued, and rings it if it sleeps.
    #[inline]
    pub(super) fn flush(&mut self, link: &mut Link) -> Result<(), Error> {
        if self.encoder.publish() { self.wake(link) } else { link.check_disk() }
    }

    /// Sends a message by itself on the short way; `None` if it has to go the long one.
    #[inline(always)]
    pub(super) fn send_plain(&mut self, link: &mut Link, message: &Outgoing<'_>) -> Result<Option<u64>, Error> {
        match self.encoder.send_plain(message) {
            None => Ok(None),
            seq => self.wake(link).map(|()| seq),
        }
    }

    /// Rings the other side if it sleeps until a message arrives: called after one was shown.
    #[inline]
    pub(super) fn wake(&mut self, link: &mut Link) -> Result<(), Error> {
        link.check_whole()?;
        if self.peer_message_flag.wake() { link.ring(doorbell::LOOK) } else { Ok(()) }
    }

    /// Like [`flush`](Self::flush), and stores a checkpoint in one step with it.
    pub(super) fn flush_at(&mut self, link: &mut Link, checkpoint: &Checkpoint) -> Result<(), Error> {
        if self.encoder.publish_at(checkpoint) { self.wake(link) } else { link.check_disk() }
    }

    /// Whether the other side has acknowledged everything that was sent.
    pub(super) fn is_delivered(&mut self, link: &Link) -> Result<bool, Error> {
        self.encoder.is_empty().map_err(|what| link.corrupt(what))
    }
}
