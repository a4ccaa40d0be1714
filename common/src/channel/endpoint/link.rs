//! What both directions share: the segment, the folder, the doorbell, the locks, and what is known about the other side.

use super::rings::Rings;
use crate::channel::disk::{SYNC, SegmentDisk};
use crate::channel::error::{Corruption, Error};
use crate::channel::header::{SegmentHeader, StandIn};
use crate::channel::peer::{Peer, Presence};
use crate::channel::role::Role;
use crate::channel::segment_ref::SegmentRef;
use crate::doorbell::Doorbell;
use crate::fault::{Mutant, Point, point, sabotaged};
use crate::folder::{FileId, Folder};
use crate::key::Identity;
use crate::presence::Lock;
use nix::errno::Errno;
use std::fs::File;
use std::path::PathBuf;
use std::sync::Arc;

#[derive(Debug)]
pub(super) struct Link {
    pub(super) segment: SegmentRef,
    pub(super) role: Role,
    pub(super) header: SegmentHeader,
    /// The disk that the memory is on.
    pub(super) disk: Option<Arc<SegmentDisk>>,
    pub(super) doorbell: Doorbell,
    pub(super) folder: Folder,
    /// The absolute path of the folder, at which others look for it.
    pub(super) home: PathBuf,
    pub(super) own: Own,
    pub(super) peer: PeerWatch,
    /// Something happened in the folder, and we have not checked yet what that means for us.
    pub(super) stirred: bool,
    /// How often the doorbells rang, for people to look at.
    pub(super) rings: Rings,
}

/// How others recognise us.
#[derive(Debug)]
pub(super) struct Own {
    /// `None` once we have quit.
    pub(super) role_lock: Option<Lock>,
    /// What others look for in the header.
    pub(super) identity: Identity,
    /// The file of our doorbell: as long as it has the doorbell's name, others can ring it.
    pub(super) doorbell: FileId,
    /// The file of our lock: as long as it has the lock's name, others see that we are here.
    pub(super) lock: FileId,
    /// Which life of our role this is.
    pub(super) epoch: u64,
    /// Which creation of the segment this is.
    pub(super) generation: u64,
    /// What we show in place of our own presence.
    pub(super) stand_in: Option<StandIn>,
}

/// What is known about the other side.
#[derive(Debug)]
pub(super) struct PeerWatch {
    /// What is shown to the caller.
    pub(super) known: Peer,
    /// Whether its process is there, whatever that one shows: what we ring, and whose death we wait for.
    pub(super) process: Presence,
    /// What it shows in place of its process.
    pub(super) stand_in: Option<StandIn>,
    /// As our start found it, before it tidied up.
    pub(super) at_attach: Peer,
    /// The lock of its role, which tells whether it is alive.
    pub(super) lock: File,
    /// The life that `known` is about.
    pub(super) epoch: u64,
    /// The name that `known` has, of those that this life has had.
    pub(super) renamed: u64,
    /// Whether a successor of that life was seen starting.
    pub(super) is_starting: bool,
}

impl Link {
    /// The error for what is wrong with the memory's contents.
    #[cold]
    pub(super) fn corrupt(&self, what: impl Into<Corruption>) -> Error {
        match self.check_whole() {
            Ok(()) => Error::Corrupt { at: self.segment.clone(), what: what.into() },
            Err(error) => error,
        }
    }

    /// Called after what was stored is shown, and before what was loaded is believed: whether the memory is all there.
    #[inline]
    pub(super) fn check_whole(&self) -> Result<(), Error> {
        if self.is_whole() { Ok(()) } else { Err(self.cut()) }
    }

    /// The same, without an error.
    #[inline]
    pub(super) fn is_whole(&self) -> bool {
        !self.header.0.is_cut() || sabotaged(Mutant::BelieveCutFile)
    }

    #[cold]
    pub(super) fn cut(&self) -> Error {
        Error::Cut { at: self.segment.clone() }
    }

    pub(super) fn system(&self, doing: &'static str, errno: Errno) -> Error {
        Error::system(&self.segment.channel, doing, errno)
    }

    /// Checks that the disk has taken everything that it was given, if there is one.
    pub(super) fn check_disk(&self) -> Result<(), Error> {
        let failed = self.disk.as_ref().and_then(|disk| disk.failed());
        failed.map_or(Ok(()), |errno| Err(self.system(SYNC, errno)))
    }

    /// Whether the other side has quit in good order, or the one that it stands for has. If you check this first and then find its lane empty, you have read
    /// everything.
    pub(super) fn peer_has_quit(&self) -> Result<bool, Error> {
        self.header.has_quit(self.role.other()).map_err(|what| self.corrupt(what))
    }

    /// Rings the other side, if it is there.
    pub(super) fn ring(&mut self, byte: u8) -> Result<(), Error> {
        if !self.doorbell.is_connected() {
            // Somebody raised the flag that brought us here: perhaps a new life that we have not looked at yet.
            self.look_at_peer()?;
        }
        // If nobody is there to hear it: whoever comes looks at the ring before sleeping.
        let heard = self.doorbell.ring(byte).map_err(|errno| self.system("ring the other side", errno))?;
        self.rings.given += u64::from(heard);
        point(Point::Rung);
        Ok(())
    }
}
