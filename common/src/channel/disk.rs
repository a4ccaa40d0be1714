//! The disk under a channel's memory, and the boot that it outlives.

use super::config::Config;
use super::error::Error;
use crate::boot::BootId;
use crate::memory::Segment;
use crate::ring::Disk;
use nix::errno::Errno;
use std::sync::OnceLock;

/// What is asked of it, for errors.
pub(super) const SYNC: &str = "write the messages to the disk";

/// This boot.
pub(super) fn this_boot(config: &Config) -> Result<BootId, Error> {
    BootId::current().map_err(|error| Error::io(&config.name, "read the id of this boot", &error))
}

/// The disk under a channel's memory.
#[derive(Debug)]
pub(super) struct SegmentDisk {
    memory: Segment,
    /// Why it was refused first. What is on the disk since then, nobody knows: the kernel reports a failure once, and takes
    /// what it could not write for written.
    failed: OnceLock<Errno>,
}

impl SegmentDisk {
    pub(super) fn under(memory: &Segment) -> Self {
        SegmentDisk { memory: memory.clone(), failed: OnceLock::new() }
    }

    /// Says that it refuses.
    pub(super) fn refused(&self, config: &Config) -> Error {
        Error::system(&config.name, SYNC, self.failed().unwrap_or(Errno::EIO))
    }

    /// Why it was refused, now or ever before.
    pub(super) fn failed(&self) -> Option<Errno> {
        self.failed.get().copied()
    }
}

#[cfg(test)]
impl SegmentDisk {
    /// Lets it refuse from now on.
    pub(super) fn refuse(&self) {
        let _ = self.failed.set(Errno::EIO);
    }
}

impl Disk for SegmentDisk {
    fn sync(&self) -> bool {
        if self.failed().is_none()
            && let Err(errno) = self.memory.sync()
        {
            // Nobody else uses this one meanwhile.
            let _ = self.failed.set(errno);
        }
        self.failed().is_none()
    }
}
