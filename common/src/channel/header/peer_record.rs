//! What a role says of itself.

use crate::channel::peer::{Peer, Presence};
use crate::presence::{self, Holder};
use std::fs::File;
use std::io;
use std::time::{SystemTime, UNIX_EPOCH};

/// What a role says of itself. Written by that process, so nothing to rely on: for people to read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::channel) struct PeerRecord {
    pub(in crate::channel) pid: u32,
    pub(in crate::channel) uid: u32,
    pub(in crate::channel) since: SystemTime,
    pub(in crate::channel) name: String,
}

impl PeerRecord {
    /// Whether whoever holds the role's lock is the life that this peer record speaks of, and not one that has come since, or
    /// that is in another segment.
    pub(in crate::channel) fn holds(&self, lock: &File) -> io::Result<bool> {
        Ok(presence::holder(lock)? == Some(Holder { pid: self.pid, since: self.since }))
    }

    /// The other side as it says, and as whether it is there was found.
    pub(in crate::channel) fn seen(self, presence: Presence) -> Peer {
        let PeerRecord { name, pid, uid, since } = self;
        // 0 where nobody has been there yet.
        Peer { presence, name, pid, uid, since: Some(since).filter(|&since| since != UNIX_EPOCH) }
    }
}
