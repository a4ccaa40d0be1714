//! System V segments, as the tour needs them: by key and number.

use nix::errno::Errno;
use shmchat::inspect::{Key, SegmentId};
pub(crate) use shmchat::internals::memory::sysv::{create, find, remove};
use shmchat::internals::memory::{Location, Segment, Stat, Window, sysv};

/// Asks the kernel about a segment.
pub(crate) fn stat(id: SegmentId) -> Result<(Key, Stat), Errno> {
    Ok((sysv::key_of(id)?, sysv::stat(id)?))
}

/// Attaches it for reading and writing.
pub(crate) fn attach(key: Key, id: SegmentId) -> Result<Segment, Errno> {
    Segment::attach(&Location::SysV { key, shmid: id })
}

/// Attaches it for reading.
pub(crate) fn look(key: Key, id: SegmentId) -> Result<Window, Errno> {
    Window::attach(&Location::SysV { key, shmid: id })
}
