//! What a role says about itself.

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

    /// The other side, from what it says and from the presence that was found.
    pub(in crate::channel) fn seen(self, presence: Presence) -> Peer {
        let PeerRecord { name, pid, uid, since } = self;
        // 0 if nobody has been there yet.
        let since = Some(since).filter(|&since| since != UNIX_EPOCH);
        Peer { presence, name, pid, uid, since, typing: None }
    }
}
