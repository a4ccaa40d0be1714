//! Writing to a descriptor of somebody else's without waiting, and without making it non-blocking for all who share it.

use nix::errno::Errno;
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::sys::stat::{SFlag, fstat};
use nix::unistd::isatty;
use shmchat::Span;
use std::os::fd::{AsFd, BorrowedFd};

/// How much is written at once to a pipe or a terminal whose writes cannot be made non-blocking. POSIX calls it `PIPE_BUF`: if
/// `poll` says that a pipe is writable, this much goes in without blocking.
/// <https://man7.org/linux/man-pages/man7/pipe.7.html>
const ATOMIC_WRITE: usize = 4096;

/// How to write to a descriptor without blocking.
#[derive(Clone, Copy, Debug)]
enum WriteMode {
    /// An ordinary write: a plain file never blocks, nor does `/dev/null`.
    Plain,
    /// A write that is told not to wait.
    NoWait,
    /// At most [`ATOMIC_WRITE`] at a time, which does not block.
    Atomic,
}

/// A descriptor to write to.
#[derive(Debug)]
pub(crate) struct NonBlocking<'a> {
    fd: BorrowedFd<'a>,
    mode: WriteMode,
    is_pipe: bool,
}

/// What became of a write.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Wrote {
    /// This many bytes were taken.
    Bytes(usize),
    /// None now: wait until `poll` says that it is writable.
    NotNow,
    /// Nobody is left to read it.
    Closed,
}

impl<'a> NonBlocking<'a> {
    /// This one.
    pub(crate) fn of(fd: BorrowedFd<'a>) -> Self {
        let kind = fstat(fd).map(|stat| SFlag::from_bits_truncate(stat.st_mode & SFlag::S_IFMT.bits()));
        let mode = match kind {
            Ok(SFlag::S_IFREG) => WriteMode::Plain,
            Ok(SFlag::S_IFCHR) if !isatty(fd).unwrap_or(true) => WriteMode::Plain,
            _ => WriteMode::NoWait,
        };
        NonBlocking { fd, mode, is_pipe: matches!(kind, Ok(SFlag::S_IFIFO)) }
    }

    /// Whether it is a pipe, in which what was written may lie for a while.
    pub(super) fn is_pipe(&self) -> bool {
        self.is_pipe
    }

    /// Writes what it takes now.
    pub(crate) fn write(&mut self, span: Span<'_>) -> Result<Wrote, Errno> {
        let written = match self.mode {
            WriteMode::Plain => span.write_to(self.fd),
            WriteMode::NoWait => span.write_now(self.fd),
            WriteMode::Atomic if !self.is_writable() => return Ok(Wrote::NotNow),
            WriteMode::Atomic => span.cut(0..span.len().min(ATOMIC_WRITE)).write_to(self.fd),
        };
        match written {
            Ok(bytes) => Ok(Wrote::Bytes(bytes)),
            // Not for this kind of file, or for none on a kernel before 4.14.
            Err(Errno::EOPNOTSUPP | Errno::ENOSYS) if matches!(self.mode, WriteMode::NoWait) => {
                self.mode = WriteMode::Atomic;
                self.write(span)
            }
            Err(Errno::EINTR | Errno::EAGAIN) => Ok(Wrote::NotNow),
            Err(Errno::EPIPE) => Ok(Wrote::Closed),
            Err(errno) => Err(errno),
        }
    }

    fn is_writable(&self) -> bool {
        let mut fds = [PollFd::new(self.fd, PollFlags::POLLOUT)];
        poll(&mut fds, PollTimeout::ZERO).is_ok_and(|ready| ready > 0)
    }
}

impl AsFd for NonBlocking<'_> {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.fd
    }
}
