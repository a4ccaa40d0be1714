//! Sleeping until there is something to do: the loop of `arm`, poll, `handle_wakeup`. See `intact` for what is checked before.

use super::interest::Interest;
use super::own::Endpoint;
use crate::channel::error::Error;
use crate::channel::peer::Presence;
use crate::fault::{Point, point};
use std::time::Instant;

/// How often to look at the ring again before sleeping, while the other side is here: 2.8 µs if a pause takes 11 ns, some 10
/// µs on processors with longer ones. That is less than what a sleep costs: 2 to 10 µs for the barrier ([`crate::barrier`]),
/// which also interrupts the other side, and 5 µs to wake up, or 30 in a virtual machine whose processors halt (`make bench`,
/// section "limits", half of a FIFO byte there and back). A pair that passed items of 8 and 64 bytes went to sleep 41,527
/// times with 64 looks and 530 times with 256, and of its round trips one in a hundred took 20 µs and 0.3.
const SPINS_BEFORE_SLEEP: u32 = 256;

impl Endpoint {
    /// Whether what we are waiting for is there.
    fn is_ready(&mut self, interest: Interest) -> Result<bool, Error> {
        Ok(self.message_is_there(interest)? || self.release_is_there(interest)?)
    }

    fn message_is_there(&mut self, interest: Interest) -> Result<bool, Error> {
        Ok(interest.message && self.inbound.decoder.has_next().map_err(|what| self.link.corrupt(what))?)
    }

    fn release_is_there(&mut self, interest: Interest) -> Result<bool, Error> {
        let acknowledged =
            interest.acknowledged && self.outbound.encoder.lane().look().map_err(|what| self.link.corrupt(what))?;
        let delivered = interest.delivered && self.outbound.is_delivered(&self.link)?;
        Ok(acknowledged
            || delivered
            || (interest.room && self.outbound.encoder.has_room().map_err(|what| self.link.corrupt(what))?))
    }

    /// Prepares to sleep. If it returns true, there is nothing yet, and the descriptor becomes readable as soon as there is, or
    /// when the other side comes, quits or dies. If it returns false, look again at once.
    ///
    /// Acknowledge what you were handed before you sleep: the sender of a full lane waits for that.
    ///
    /// ```
    /// use shmchat::{Channel, Interest, Role};
    ///
    /// # let folder = tempfile::tempdir()?;
    /// # let channel = Channel::named("lobby".parse()?).dir(folder.path());
    /// # let (mut writer, mut reader) = (channel.attach(Role::Writer)?, channel.attach(Role::Reader)?);
    /// assert!(reader.arm(Interest::MESSAGE)?, "nothing yet");
    /// writer.send("hello")?; // in the other process: rings the doorbell
    /// reader.handle_wakeup()?;
    /// assert!(!reader.arm(Interest::MESSAGE)?, "something has come");
    /// # reader.recv()?;
    /// # reader.receiver().acknowledge()?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// If nobody could wake this side, or no new process would find it, because somebody has tampered with the segment or the
    /// folder: [`Error::Removed`], [`Error::KeyGone`], [`Error::LockGone`], [`Error::DoorbellGone`], [`Error::FolderGone`],
    /// [`Error::Corrupt`].
    pub fn arm(&mut self, interest: Interest) -> Result<bool, Error> {
        self.outbound.flush(&mut self.link)?;
        self.inbound.tell_room(&mut self.link)?;
        self.link.look_at_peer()?;
        let worth_it = interest != Interest::NOTHING && self.link.peer.process == Presence::Here;
        let spins = if worth_it { SPINS_BEFORE_SLEEP } else { 0 };
        for _ in 0..spins {
            if self.is_ready(interest)? {
                return Ok(false);
            }
            std::hint::spin_loop();
        }
        point(Point::NothingFound);
        let parked = self.park(interest)?;
        if !parked {
            self.unpark();
            return Ok(false);
        }
        if self.link.begin_watch() || self.link.stirred {
            self.link.check_folder()?;
            self.link.stirred = false;
        } else {
            self.link.check_findable()?;
            self.link.check_ringable()?;
        }
        point(Point::FallingAsleep);
        Ok(true)
    }

    fn park(&mut self, interest: Interest) -> Result<bool, Error> {
        let flag = self.outbound.room_flag.clone();
        let asleep = match interest {
            Interest { room: true, .. } | Interest { acknowledged: true, .. } => {
                flag.park_unless(|| self.release_is_there(interest))?
            }
            Interest { delivered: true, .. } => flag.park_until_empty(|| self.outbound.is_delivered(&self.link))?,
            _ => true,
        };
        if !asleep {
            return Ok(false);
        }
        Ok(!interest.message || self.inbound.message_flag.clone().park_unless(|| self.message_is_there(interest))?)
    }

    fn unpark(&self) {
        self.inbound.message_flag.unpark();
        self.outbound.room_flag.unpark();
    }

    /// To be called after a sleep: empties the doorbell and looks at the other side. Then look at the lane. The example is at
    /// [`arm`](Self::arm).
    pub fn handle_wakeup(&mut self) -> Result<(), Error> {
        point(Point::Woken);
        let heard = self.link.doorbell.listen().map_err(|errno| self.link.system("listen to the doorbell", errno))?;
        self.link.rings.heard += u64::from(heard.rung);
        point(Point::BellEmptied);
        self.unpark();
        point(Point::FlagLowered);
        // What that means is checked before the next sleep: first, what has arrived is received.
        self.link.stirred |= heard.stirred;
        self.link.look_at_peer()
    }

    /// Sleeps until there may be something to do; false if `deadline` passed first.
    pub(super) fn wait(&mut self, interest: Interest, deadline: Option<Instant>) -> Result<bool, Error> {
        if !self.arm(interest)? {
            return Ok(true);
        }
        let in_time =
            self.link.doorbell.sleep(deadline).map_err(|errno| self.link.system("sleep on the doorbell", errno))?;
        self.handle_wakeup()?;
        Ok(in_time)
    }
}
