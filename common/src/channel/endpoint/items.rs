//! Items as bytes: what is behind [`Typed`](super::Typed) and does not depend on the type.

use super::interest::Interest;
use super::own::Endpoint;
use super::receiver::Found;
use crate::channel::codec::decoder::items::NoItems;
use crate::channel::codec::encoder::WhenTight;
use crate::channel::error::{Error, ItemType, RecvError};

/// What must be known of a type.
#[derive(Clone, Copy)]
pub(super) struct Item {
    /// Its size in bytes.
    pub(super) size: usize,
    /// What is said of it.
    of: fn() -> ItemType,
}

impl Item {
    pub(super) fn of<T>() -> Self {
        Item { size: size_of::<T>(), of: ItemType::of::<T> }
    }
}

impl Endpoint {
    /// Sends items of `size` bytes. While there is no room, it waits.
    pub(super) fn send_items(&mut self, size: usize, mut items: &[u8]) -> Result<(), Error> {
        while !items.is_empty() {
            let put = self.outbound.encoder.put_items(size, items, WhenTight::Wait);
            match put.map_err(|what| self.link.corrupt(what))? {
                // It shows what was written before.
                0 => drop(self.wait(Interest::ROOM, None)?),
                bytes => {
                    items = &items[bytes..];
                    // Each record at once, so that the other side has something to do while the next one is written.
                    self.outbound.flush(&mut self.link)?;
                }
            }
        }
        self.outbound.flush(&mut self.link)
    }

    /// Sends items of `size` bytes as long as there is room. Gives how many bytes of them that was.
    pub(super) fn try_send_items(&mut self, size: usize, items: &[u8]) -> Result<usize, Error> {
        let mut sent = 0;
        while sent < items.len() {
            let put = self.outbound.encoder.put_items(size, &items[sent..], WhenTight::Fewer);
            match put.map_err(|what| self.link.corrupt(what))? {
                0 => break,
                bytes => sent += bytes,
            }
            self.outbound.flush(&mut self.link)?;
        }
        self.outbound.flush(&mut self.link)?;
        Ok(sent)
    }

    /// Fills `out` with items, as far as they are there. Gives how many bytes that was.
    pub(super) fn advance_items(&mut self, item: Item, out: &mut [u8]) -> Result<Found<usize>, Error> {
        let quit = self.begin_items()?;
        let mut filled = 0;
        while filled < out.len() && self.items_ahead(item, filled == 0)? > 0 {
            filled += self.take_items(item.size, &mut out[filled..]);
        }
        self.end_items(filled, quit)
    }

    /// Acknowledges what earlier calls handed over. Returns whether the other side has quit: what it sent before is there.
    pub(super) fn begin_items(&mut self) -> Result<bool, Error> {
        self.inbound.acknowledge_earlier(&mut self.link)?;
        self.link.peer_has_quit()
    }

    /// Takes items that [`items_ahead`](Self::items_ahead) has found.
    #[inline]
    pub(super) fn take_items(&mut self, size: usize, out: &mut [u8]) -> usize {
        self.inbound.decoder.take_items(size, out)
    }

    /// How many bytes of items stand next; 0 if there are none now, and where this call ends because it has some already.
    #[inline]
    pub(super) fn items_ahead(&mut self, item: Item, has_none: bool) -> Result<usize, Error> {
        // One look at the lane for all of them: see `coalesce`.
        if !has_none && !self.inbound.decoder.has_seen() {
            return Ok(0);
        }
        match self.inbound.decoder.next_items(item.size) {
            Ok(found) => Ok(found.unwrap_or_default()),
            // First come the items before it.
            Err(NoItems::Misfit { .. }) if !has_none => Ok(0),
            Err(NoItems::Misfit { position, misfit }) => Err(Error::NoItems {
                channel: self.link.segment.channel.clone(),
                position,
                item: Box::new((item.of)()),
                misfit,
            }),
            Err(NoItems::Corrupt(what)) => Err(self.link.corrupt(what)),
        }
    }

    /// What a call has found that took so much.
    pub(super) fn end_items(&mut self, taken: usize, quit: bool) -> Result<Found<usize>, Error> {
        self.link.check_whole()?;
        self.inbound.tell_room(&mut self.link)?;
        Ok(match taken {
            0 if quit => Found::Quit,
            0 => Found::Nothing,
            taken => Found::Some(taken),
        })
    }

    /// Waits until `advance` finds something.
    pub(super) fn recv_items(
        &mut self,
        mut advance: impl FnMut(&mut Self) -> Result<Found<usize>, Error>,
    ) -> Result<usize, RecvError> {
        loop {
            self.inbound.coalesce(&self.link)?;
            match advance(self)? {
                Found::Some(taken) => return Ok(taken),
                Found::Quit => return Err(RecvError::Quit),
                Found::Nothing => self.wait(Interest::MESSAGE, None)?,
            };
        }
    }
}
