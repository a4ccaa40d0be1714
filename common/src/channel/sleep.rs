//! Sleeping until there is something to do: the loop of `arm`, poll, `attend`. What is made sure of before, `intact` says.

use super::endpoint::Endpoint;
use super::error::Error;
use super::peer::Presence;
use crate::fault::{Point, point};
use std::time::Instant;

/// How often the ring is looked at again before a sleep, while the other side is here: 0.7 µs where a pause takes 11 ns,
/// some 2 µs on processors with longer ones. Less than half of what waking from a sleep costs (5 µs, and 30 µs in a
/// virtual machine whose processors halt: `make bench`, section "limits", half of a FIFO byte there and back), so a spin
/// in vain costs little, and one that succeeds saves both sides the kernel. A longer one does not help a stream: what
/// keeps its receiver awake is that it lets some messages gather (`receive`).
const SPINS_BEFORE_SLEEP: u32 = 64;

/// What to sleep for. The other side's coming, quitting and dying always wake.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Interest {
    /// A message.
    pub message: bool,
    /// Room for what was last refused.
    pub room: bool,
    /// That the other side acknowledges something: [`Endpoint::taken`] moves.
    pub taken: bool,
    /// That the other side has acknowledged all: [`Endpoint::is_delivered`].
    pub delivered: bool,
}

impl Interest {
    /// A message, and nothing else.
    pub const MESSAGE: Self = Interest { message: true, ..Self::NOTHING };
    /// Only the other side's coming and going.
    pub const NOTHING: Self = Interest { message: false, room: false, taken: false, delivered: false };
    /// WriteSlot, and nothing else: messages that wait meanwhile do not wake.
    pub const ROOM: Self = Interest { room: true, ..Self::NOTHING };
    /// That all is acknowledged, and nothing else: what is acknowledged before the last does not wake.
    pub const DELIVERED: Self = Interest { delivered: true, ..Self::NOTHING };
}

impl Endpoint {
    /// Whether what is waited for is there.
    fn is_ready(&mut self, interest: Interest) -> Result<bool, Error> {
        Ok(self.message_is_there(interest)? || self.release_is_there(interest)?)
    }

    fn message_is_there(&mut self, interest: Interest) -> Result<bool, Error> {
        Ok(interest.message && self.decoder.has_next().map_err(|what| self.corrupt(what))?)
    }

    fn release_is_there(&mut self, interest: Interest) -> Result<bool, Error> {
        let taken = interest.taken && self.encoder.lane().look().map_err(|what| self.corrupt(what))?;
        let delivered = interest.delivered && self.is_delivered()?;
        Ok(taken || delivered || (interest.room && self.encoder.has_room().map_err(|what| self.corrupt(what))?))
    }

    /// Prepares to sleep. True: nothing is there, and the descriptor becomes readable as soon as it is, or when the
    /// other side comes, quits or dies. False: look again at once.
    ///
    /// What was handed over should be acknowledged before: a full lane's sender waits for that.
    ///
    /// # Errors
    /// Where nobody could wake us or nobody who starts would find us, as somebody had a hand in the segment or the folder:
    /// [`Error::Removed`], [`Error::KeyGone`], [`Error::LockGone`], [`Error::BellGone`], [`Error::FolderGone`],
    /// [`Error::Corrupt`].
    pub fn arm(&mut self, interest: Interest) -> Result<bool, Error> {
        self.flush()?;
        self.tell_room()?;
        self.look_at_peer()?;
        let worth_it = interest != Interest::NOTHING && self.peer.presence == Presence::Here;
        let spins = if worth_it { SPINS_BEFORE_SLEEP } else { 0 };
        for _ in 0..spins {
            if self.is_ready(interest)? {
                return Ok(false);
            }
            std::hint::spin_loop();
        }
        let parked = self.park(interest)?;
        if !parked {
            self.unpark();
            return Ok(false);
        }
        if self.begin_watch() || self.stirred {
            self.check_folder()?;
            self.stirred = false;
        } else {
            self.check_findable()?;
            self.check_ringable()?;
        }
        point(Point::FallingAsleep);
        Ok(true)
    }

    fn park(&mut self, interest: Interest) -> Result<bool, Error> {
        let flag = self.room_flag.clone();
        let asleep = match interest {
            Interest { room: true, .. } | Interest { taken: true, .. } => {
                flag.park_unless(|| self.release_is_there(interest))?
            }
            Interest { delivered: true, .. } => flag.park_until_empty(|| self.is_delivered())?,
            _ => true,
        };
        if !asleep {
            return Ok(false);
        }
        Ok(!interest.message || self.message_flag.clone().park_unless(|| self.message_is_there(interest))?)
    }

    fn unpark(&self) {
        self.message_flag.unpark();
        self.room_flag.unpark();
    }

    /// After a sleep: empties the bell, lowers the flags, and looks at the other side. Then look at the ring.
    pub fn attend(&mut self) -> Result<(), Error> {
        point(Point::Woken);
        let heard = self.bell.listen().map_err(|errno| self.system("listen to the doorbell", errno))?;
        self.rings.heard += u64::from(heard.rung);
        point(Point::BellEmptied);
        self.unpark();
        point(Point::FlagLowered);
        // What that means is found out before the next sleep: what has come is taken first.
        self.stirred |= heard.stirred;
        self.look_at_peer()
    }

    /// Sleeps until there may be something to do; false if `deadline` came first.
    pub(super) fn wait(&mut self, interest: Interest, deadline: Option<Instant>) -> Result<bool, Error> {
        if !self.arm(interest)? {
            return Ok(true);
        }
        let in_time = self.bell.sleep(deadline).map_err(|errno| self.system("sleep on the doorbell", errno))?;
        self.attend()?;
        Ok(in_time)
    }
}
