//! What only receiving needs.

use super::link::Link;
use crate::channel::codec::decoder::Decoder;
use crate::channel::error::Error;
use crate::doorbell::{self, Parking};
use crate::memory::Segment;
use std::any::TypeId;
use std::time::{Duration, Instant};

/// After this many looks in a row that each found something new at once, messages are coming in a stream.
const LOOKS_OF_A_STREAM: u32 = 4;

/// How long a stream gets to gather. For messages of 64 bytes, each sent separately, and a receiver that keeps up: 13
/// million per second without this, 47 with half a microsecond, 49 with one, 49 with two (medians of `make bench`,
/// section "messages", two processors of a virtual machine). It is a small part of what a sleep and a wake-up cost.
const COALESCE: Duration = Duration::from_micros(1);

#[derive(Debug)]
pub(super) struct Inbound {
    pub(super) decoder: Decoder<Segment>,
    /// Our flag while we sleep until a message arrives.
    pub(super) message_flag: Parking<Segment>,
    /// The other side's flag while it sleeps for room that we give back.
    pub(super) peer_room_flag: Parking<Segment>,
    /// How many looks at the lane have each found something new.
    pub(super) looks_in_a_row: u32,
    /// Neither receiving nor quitting acknowledges anything: the caller does.
    pub(super) takes_ahead: bool,
    /// The type of items that this lane is agreed to carry.
    pub(super) agreed: Option<TypeId>,
}

impl Inbound {
    /// Acknowledges what earlier calls handed over, unless the caller does that.
    pub(super) fn acknowledge_earlier(&mut self, link: &mut Link) -> Result<(), Error> {
        if self.takes_ahead { Ok(()) } else { self.acknowledge(link) }
    }

    /// Acknowledges everything that was handed over.
    ///
    /// # Errors
    /// Also if the disk refused it: whoever went on would receive without acknowledging, until the lane is full.
    pub(super) fn acknowledge(&mut self, link: &mut Link) -> Result<(), Error> {
        self.decoder.acknowledge();
        self.tell_room(link)?;
        link.check_disk()
    }

    /// Rings a sender that waits for room, if there is enough again; or one that waits for an empty lane, if it is empty.
    pub(super) fn tell_room(&mut self, link: &mut Link) -> Result<(), Error> {
        if self.decoder.should_wake_sender() && self.peer_room_flag.wake_by_release(self.decoder.gave_all_back()) {
            return link.ring(doorbell::LOOK);
        }
        Ok(())
    }

    /// Called before looking at the lane again, after taking everything seen so far. A receiver that keeps up with its
    /// sender would find one message each time, and for each would take away from the sender the cache line of `tail`
    /// and the one being written.
    #[inline]
    pub(super) fn coalesce(&mut self, link: &Link) -> Result<(), Error> {
        if self.decoder.has_seen() {
            return Ok(());
        }
        if self.looks_in_a_row >= LOOKS_OF_A_STREAM {
            let start = Instant::now();
            while start.elapsed() < COALESCE {
                std::hint::spin_loop();
            }
        }
        let found = self.decoder.has_next().map_err(|what| link.corrupt(what))?;
        self.looks_in_a_row = if found { self.looks_in_a_row.saturating_add(1) } else { 0 };
        Ok(())
    }
}
