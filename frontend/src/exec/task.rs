//! A message as work to be done.

use shmchat::Reached;
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
    /// Its bytes.
    pub(super) bytes: Vec<u8>,
    /// Why nothing can ever be done with it.
    pub(super) broken: Option<&'static str>,
}
