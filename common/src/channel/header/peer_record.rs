//! What a role says about itself.

use super::stand_in::StandIn;
use crate::channel::peer::{Peer, Presence};
use crate::presence::{self, Holder};
use std::fs::File;
use std::io;
use std::time::{SystemTime, UNIX_EPOCH};

/// What a role says about itself. That process wrote it, so do not rely on it: it is for people to read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::channel) struct PeerRecord {
    pub(in crate::channel) pid: u32,
    pub(in crate::channel) uid: u32,
    pub(in crate::channel) since: SystemTime,
    pub(in crate::channel) name: String,
}

impl PeerRecord {
    /// Whether the holder of the role's lock is the life that this record is about, and not one that came later or is
    /// in another segment.
    pub(in crate::channel) fn holds(&self, lock: &File) -> io::Result<bool> {
        Ok(presence::holder(lock)? == Some(Holder { pid: self.pid, since: self.since }))
    }

    /// The other side, from what it says of itself and shows of somebody elsewhere, and from the presence that was found of
    /// its process.
    pub(in crate::channel) fn seen(self, process: Presence, stand_in: Option<StandIn>) -> Peer {
        let PeerRecord { name, pid, uid, since } = self;
        // 0 if nobody has been there yet.
        let since = Some(since).filter(|&since| since != UNIX_EPOCH);
        let mut peer = Peer { presence: process, name, pid, uid, since, typing: None, stands_in: false };
        if let Some(stand_in) = stand_in {
            peer.stands_in = process == Presence::Here;
            // A dead one's word holds where it does not say that somebody is there.
            if peer.stands_in || matches!(stand_in.shows, Presence::Quit | Presence::Absent) {
                peer.presence = stand_in.shows;
            }
            peer.since = Some(stand_in.since()).filter(|_| peer.presence != Presence::Absent);
        }
        peer
    }
}
