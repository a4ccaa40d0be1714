//! What type the items of a lane have.
//!
//! Whoever comes first writes its type into the header, and whoever comes later compares. Both do so under the channel's `lock`,
//! in which nobody attaches, quits or agrees. What is written holds as long as the other side is there or anything waits in
//! the lane: then somebody may rely on it. As this side is there too, what it has once agreed on cannot be changed by anybody
//! else, so it is looked up only once.

use super::own::Endpoint;
use crate::channel::error::{Error, ItemType};
use crate::channel::locate::locks;
use crate::channel::peer::Presence;
use crate::channel::role::Role;
use crate::fault::{Mutant, sabotaged};
use crate::hint::errno_of;
use crate::presence;
use std::any::TypeId;

impl Endpoint {
    /// Agrees that what this side sends are items of `T`.
    #[inline]
    pub(super) fn agree_to_send<T: 'static>(&mut self) -> Result<(), Error> {
        if self.outbound.agreed != Some(TypeId::of::<T>()) {
            self.agree(self.link.role, &ItemType::of::<T>())?;
            self.outbound.agreed = Some(TypeId::of::<T>());
        }
        Ok(())
    }

    /// Agrees that what this side receives are items of `T`.
    #[inline]
    pub(super) fn agree_to_receive<T: 'static>(&mut self) -> Result<(), Error> {
        if self.inbound.agreed != Some(TypeId::of::<T>()) {
            self.agree(self.link.role.other(), &ItemType::of::<T>())?;
            self.inbound.agreed = Some(TypeId::of::<T>());
        }
        Ok(())
    }

    #[cold]
    fn agree(&mut self, sender: Role, ours: &ItemType) -> Result<(), Error> {
        let limit = self.outbound.encoder.record_limit();
        if ours.size > limit as u64 {
            return Err(Error::ItemTooLong {
                channel: self.link.segment.channel.clone(),
                item: Box::new(ours.clone()),
                limit,
            });
        }
        self.link.check_findable()?;
        let _guard = locks::lock(&self.link.segment.channel, &self.link.folder)?;
        match self.link.header.item_type(sender.sends_on()) {
            Some(theirs) if theirs == *ours || sabotaged(Mutant::IgnoreItemType) => return Ok(()),
            Some(theirs) if !self.is_free(sender)? => {
                return Err(Error::OtherType {
                    channel: self.link.segment.channel.clone(),
                    sender,
                    other: self.link.role.other(),
                    ours: Box::new(ours.clone()),
                    theirs: Box::new(theirs),
                });
            }
            _ => {}
        }
        self.link.header.set_item_type(sender.sends_on(), ours);
        Ok(())
    }

    /// Whether nobody relies on what was agreed for the lane that `sender` sends on. The caller holds the channel's `lock`.
    fn is_free(&mut self, sender: Role) -> Result<bool, Error> {
        let is_empty = if sender == self.link.role {
            self.outbound.encoder.is_empty().map_err(Into::into)
        } else {
            self.inbound.decoder.is_empty()
        };
        if !is_empty.map_err(|what| self.link.corrupt(what))? {
            return Ok(false);
        }
        if sabotaged(Mutant::ReplaceItemType) {
            return Ok(true);
        }
        self.link.look_at_peer()?;
        // The lock of a process that has just died may outlive it by an instant.
        let is_gone = matches!(self.link.peer.process, Presence::Gone | Presence::Quit);
        let look = if is_gone { presence::has_died } else { presence::is_free };
        let looked = look(self.link.current_peer_lock()?);
        looked.map_err(|error| self.link.system("look at the other side's lock", errno_of(&error)))
    }
}
