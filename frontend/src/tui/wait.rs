//! Sleeping on descriptors.
use std::io;

use nix::errno::Errno;
use nix::poll::{PollFd, PollTimeout, poll};

/// Sleeps until one of these is ready, or the timeout has passed. A signal ends it early.
pub(super) fn wait(fds: &mut [PollFd<'_>], timeout: PollTimeout) -> io::Result<()> {
    match poll(fds, timeout) {
        Ok(_) | Err(Errno::EINTR) => Ok(()),
        Err(errno) => Err(errno.into()),
    }
}

/// Whether this one is ready.
pub(super) fn is_ready(fd: &PollFd<'_>) -> bool {
    fd.revents().is_some_and(|events| !events.is_empty())
}
