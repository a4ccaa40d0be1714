//! Leaving in good order.
//!
//! A process that quits says so in the header (which cannot be lost) and with `x` on the doorbell. The last one to
//! leave removes the segment and the doorbells if everything was read; otherwise everything stays in place for the next
//! start.
//!
//! A process that withdraws does the same, but does not say so.
//!
//! If two quit at the same moment, each of them, under `lock`, says so and checks the other's role lock, and releases
//! its own before it releases `lock`. So the second one finds the first one's lock free, and removes everything. If a
//! process finds, under `lock`, that the other has quit but still holds its role, it knows that the other was killed in
//! between: the role will be free in an instant.

use super::own::Endpoint;
use crate::channel::error::Error;
use crate::channel::header::{self, State};
use crate::channel::locate::locks;
use crate::channel::peer::Presence;
use crate::doorbell;
use crate::fault::{Mutant, Point, point, sabotaged};
use crate::folder::Access;
use crate::hint::errno_of;
use crate::memory::MemoryKind;
use crate::presence::{self, Lock};
use crate::ring::Backlog;
use log::info;
use nix::errno::Errno;

/// What a process left behind when it quit: [`Endpoint::quit`](crate::Endpoint::quit).
///
/// ```
/// use shmchat::{Channel, Role};
///
/// # let folder = tempfile::tempdir()?;
/// # let channel = Channel::named("lobby".parse()?).dir(folder.path());
/// let mut writer = channel.attach(Role::Writer)?;
/// writer.send("later")?;
/// let report = writer.quit()?;
/// assert!(!report.removed);
/// assert_eq!(report.waiting.to_string(), "1 message is waiting");
/// # channel.clean(true)?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct QuitReport {
    /// The segment and the doorbells are gone: nobody was there and nothing waited.
    pub removed: bool,
    /// What this side has sent, or an earlier life of it, and the other side has not acknowledged.
    pub waiting: Backlog,
    /// Only in a group's channel: nobody was there and nothing waited, but the segment belongs to this user id, another member
    /// of the group, who alone may remove it. It stays, and the next start uses it.
    pub left_to: Option<u32>,
}

/// How to leave.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Leave {
    Quit,
    /// Without saying so: the other side sees that nobody holds the role.
    Withdraw,
}

impl Endpoint {
    /// Quits in good order: acknowledges what was handed over, unless it was [taken ahead](crate::Receiver::take_ahead), tells
    /// the other side, and removes what nobody needs any more.
    ///
    /// Dropping the endpoint does the same, but cannot report an error or what was left behind; and one that
    /// [stands in](Self::stand_in) for somebody is only [withdrawn](Self::withdraw) by that. The example is at [`QuitReport`].
    ///
    /// # Errors
    /// - [`Error::Removed`], [`Error::KeyGone`], [`Error::Corrupt`]: nobody can find the channel any more, and what waits in
    ///   it is lost.
    /// - [`Error::FolderGone`]: the channel's folder was moved. What waits can be had from its new place.
    /// - [`Error::System`]: the system refused something.
    pub fn quit(mut self) -> Result<QuitReport, Error> {
        self.leave(Leave::Quit)
    }

    /// Leaves in good order, and does not quit: for a program that is stopped and will be back. The other side sees that this
    /// one is [`Gone`](Presence::Gone), or what it [showed](Self::stand_in) where that was a quit, or that nobody is there.
    /// So a receiver waits for the next start in this role. Acknowledges what was handed over, unless it was
    /// [taken ahead](crate::Receiver::take_ahead), and removes what nobody needs any more.
    ///
    /// ```
    /// use shmchat::{Channel, Presence, Role, TryRecvError};
    ///
    /// # let folder = tempfile::tempdir()?;
    /// # let channel = Channel::named("lobby".parse()?).dir(folder.path());
    /// let (writer, mut reader) = (channel.attach(Role::Writer)?, channel.attach(Role::Reader)?);
    /// writer.withdraw()?;
    /// reader.handle_wakeup()?;
    /// assert_eq!(reader.peer().presence, Presence::Gone);
    /// assert!(matches!(reader.try_recv(), Err(TryRecvError::Empty)), "it has not quit");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// As for [`quit`](Self::quit).
    pub fn withdraw(mut self) -> Result<QuitReport, Error> {
        self.leave(Leave::Withdraw)
    }

    fn leave(&mut self, how: Leave) -> Result<QuitReport, Error> {
        let Some(role_lock) = self.link.own.role_lock.take() else { return Ok(QuitReport::default()) };
        if self.link.is_replaced() {
            return self.link.check_lock_file().map(|()| QuitReport::default());
        }
        self.outbound.flush(&mut self.link)?;
        self.inbound.acknowledge_earlier(&mut self.link)?;
        self.link.check_disk()?;
        point(Point::Quitting);
        // Counted before taking the lock, because it walks the lane and others may wait for the lock.
        let counted = self.sender().backlog()?;
        let guard = self.lock_to_leave()?;
        point(Point::QuitLocked);
        if how == Leave::Quit || sabotaged(Mutant::WithdrawQuits) {
            self.link.header.set_state(self.link.role, State::Quit);
            point(Point::QuitStored);
            self.link.ring(doorbell::QUIT)?;
            point(Point::QuitRung);
        }
        let alone = self.is_alone()?;
        let waiting = if self.outbound.is_delivered(&self.link)? { Backlog::default() } else { counted };
        let nothing_waits = self.nothing_waits(&counted)?;
        // A key file that was just emptied would hide what is waiting from the next start.
        let findable =
            self.link.check_findable().and_then(|()| if guard.is_some() { self.link.mend_key() } else { Ok(()) });
        // Of a segment that is removed nobody finds what waits: for instance what was taken ahead and written to a pipe.
        let is_lost = matches!(findable, Err(Error::Removed { .. }));
        let (mut removed, mut left_to) = (alone && (nothing_waits || is_lost), None);
        if removed {
            left_to = self.remove()?;
            removed = left_to.is_none();
        }
        // The next start finds a mapped file by its name.
        let key_leads_there = self.link.segment.place.kind() != MemoryKind::File;
        if key_leads_there
            && matches!(findable, Err(Error::KeyGone { .. }))
            && (alone || !self.link.peer_holds_its_lock()?)
        {
            // Otherwise it would stay until the machine is switched off: whoever comes, or has come, makes another one.
            let _ = self.link.segment.place.remove();
        } else if !removed {
            info!("{}: left in place, {waiting} for the {}", self.link.segment, self.link.role.other());
        } else if !is_lost {
            info!("{}: removed, nothing was waiting there", self.link.segment);
        }
        drop(role_lock);
        drop(guard);
        point(Point::RoleReleased);
        // The other side may have looked before us, and quit.
        let in_place = if self.link.stirred { self.link.check_home() } else { Ok(()) };
        findable.and(in_place).map(|()| QuitReport { removed, waiting, left_to })
    }

    /// Takes the channel's lock; `None` if the folder, or one of the files that identify us, was removed while in use.
    /// Then somebody is removing everything, and a newly created lock file would be in the way.
    fn lock_to_leave(&self) -> Result<Option<Lock>, Error> {
        let intact = self
            .link
            .check_findable()
            .and_then(|()| self.link.check_lock_file())
            .and_then(|()| self.link.check_ringable());
        match intact {
            Ok(()) => locks::lock(&self.link.segment.channel, &self.link.folder).map(Some),
            Err(_) => locks::lock_if_there(&self.link.segment.channel, &self.link.folder),
        }
    }

    /// Whether both lanes are empty, by head and tail, and no checkpoint stands there. The count is for people: if a receiver has begun to take a
    /// message in parts, only the rest is waiting, in which no message begins.
    fn nothing_waits(&mut self, counted: &Backlog) -> Result<bool, Error> {
        let ours = if sabotaged(Mutant::CountDecides) {
            counted.messages == 0
        } else {
            self.outbound.is_delivered(&self.link)?
        };
        let empty = ours && self.inbound.decoder.is_empty().map_err(|what| self.link.corrupt(what))?;
        let checkpoints = header::checkpoints(&self.link.header).map_err(|what| self.link.corrupt(what))?;
        Ok(empty && checkpoints == [false; 2])
    }

    /// Whether the other side is not there. The caller holds the channel's lock.
    fn is_alone(&mut self) -> Result<bool, Error> {
        self.handle_wakeup()?;
        if sabotaged(Mutant::QuitIgnoresTheLiving) {
            return Ok(true);
        }
        // The role lock of a killed process may outlive it by an instant. Only then is waiting worthwhile: a process
        // that is present holds its lock because it is alive. One that has quit was killed before it could release it,
        // or a new life is starting and waits for our `lock`: then this wait is in vain, but short.
        let dying = matches!(self.link.peer.process, Presence::Gone | Presence::Quit);
        let look = if dying { presence::has_died } else { presence::is_free };
        let looked = look(self.link.current_peer_lock()?);
        looked.map_err(|error| self.link.system("look at the other side's lock", errno_of(&error)))
    }

    /// Removes the segment and the doorbells. If only another member of our group may remove the segment, returns that
    /// user, and removes only the doorbells.
    fn remove(&self) -> Result<Option<u32>, Error> {
        let left_to = match self.link.segment.place.remove() {
            // Somebody else removed it first, which is just as good.
            Ok(()) | Err(Errno::EIDRM | Errno::EINVAL | Errno::ENOENT) => None,
            Err(Errno::EPERM | Errno::EACCES) if self.link.folder.access() != Access::Owner => {
                self.link.segment.place.stat().ok().map(|stat| stat.uid)
            }
            Err(errno) => {
                let doing = self.link.segment.place.kind().doing("remove the segment", "remove the memory");
                return Err(self.link.system(doing, errno));
            }
        };
        point(Point::SegmentRemoved);
        self.link.folder.remove_fifo(self.link.role.doorbell_file())?;
        point(Point::FirstBellRemoved);
        self.link.folder.remove_fifo(self.link.role.other().doorbell_file())?;
        point(Point::BellsRemoved);
        Ok(left_to)
    }
}

#[cfg(feature = "faults")]
impl Endpoint {
    /// Ends like a killed process: locks and descriptors are closed, nothing is said, nothing is tidied up. For tests.
    #[doc(hidden)]
    pub fn die(mut self) {
        self.link.own.role_lock = None;
    }
}

impl Drop for Endpoint {
    fn drop(&mut self) {
        // In a panic, the caller has not finished with what it was handed, so it is gone rather than quitting.
        if std::thread::panicking() || self.link.own.role_lock.is_none() {
            return;
        }
        // To see the error, call `quit`. If an error ended the use of the endpoint, this is usually the same one again.
        // What a stand-in knows of the other end is shown already: that nobody stands for it any more is no quit.
        let how = if self.link.own.stand_in.is_some() { Leave::Withdraw } else { Leave::Quit };
        if let Err(error) = self.leave(how) {
            info!("{error}");
        }
    }
}
