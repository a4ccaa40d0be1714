//! A message as work to be done.

use shmchat::{Envelope, Kind, Part, Reached};
use std::rc::Rc;
use std::time::SystemTime;

/// A whole message.
#[derive(Clone, Debug)]
pub(super) struct Task {
    /// Its position in the lane: the same each time it is received.
    pub(super) seq: u64,
    /// Where it ends in the lane.
    pub(super) end: Reached,
    /// Who sent it.
    pub(super) from: Rc<str>,
    /// When it was sent, if its sender told.
    pub(super) sent: Option<SystemTime>,
    /// What it is to its sender.
    pub(super) kind: Kind,
    /// Its bytes.
    pub(super) bytes: Vec<u8>,
    /// Why nothing can ever be done with it.
    pub(super) broken: Option<&'static str>,
    /// It does not fit in half the lane: its beginning leaves the channel before it is done.
    pub(super) is_long: bool,
}

impl Task {
    /// What stands beside its bytes where it is written down.
    pub(super) fn envelope(&self) -> Envelope {
        let &Task { seq, kind, sent, .. } = self;
        Envelope { seq, kind, sent, part: Part::Whole, unterminated: false, follows_truncated: false }
    }
}
