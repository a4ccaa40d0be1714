//! The one `poll`, for everything a pump waits for.

use super::error::Error;
use nix::errno::Errno;
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use std::time::{Duration, Instant};

const WAITING: &str = "wait for standard input, standard output and the doorbell";

/// Sleeps until one of `fds` is ready; returns false if nothing happened for `limit` since `since`. May wake for nothing after
/// a signal handler ran.
pub(super) fn sleep(fds: &mut [PollFd<'_>], limit: Option<Duration>, since: Instant) -> Result<bool, Error> {
    let timeout = match limit {
        None => PollTimeout::NONE,
        Some(limit) => {
            let left = limit.saturating_sub(since.elapsed()).as_millis() + 1;
            PollTimeout::try_from(left).unwrap_or(PollTimeout::MAX)
        }
    };
    match poll(fds, timeout) {
        Ok(0) => Ok(limit.is_none_or(|limit| since.elapsed() < limit)),
        Ok(_) | Err(Errno::EINTR) => Ok(true),
        Err(errno) => Err(Error::System { doing: WAITING, errno }),
    }
}

/// Looks at `fds` without sleeping.
pub(super) fn look(fds: &mut [PollFd<'_>]) -> Result<(), Error> {
    match poll(fds, PollTimeout::ZERO) {
        Ok(_) | Err(Errno::EINTR) => Ok(()),
        Err(errno) => Err(Error::System { doing: WAITING, errno }),
    }
}

/// Whether `poll` reported anything for this descriptor.
pub(crate) fn is_awake(fd: &PollFd<'_>) -> bool {
    fd.revents().is_some_and(|events| events != PollFlags::empty())
}
