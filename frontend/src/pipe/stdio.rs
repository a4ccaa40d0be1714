//! What standard input and output are, and a `read` after `poll`.

use nix::errno::Errno;
use nix::fcntl::{FcntlArg, fcntl};
use nix::unistd::{getpgrp, read, tcgetpgrp};
use std::os::fd::AsFd;

/// The size that we give our pipes, in bytes, if we may: four times the default.
pub(super) const PIPE: u64 = 256 << 10;

/// Enlarges the pipe that we read from, if it is one: the more it holds, the less often its ends wait for each other.
/// `reader --framing raw | cat` takes 1.0 s for 4 GiB instead of 1.4 to 2.5, and a larger size is no better.
pub(super) fn enlarge_pipe(fd: impl AsFd) {
    resize_pipe(fd, |bytes| bytes < PIPE, PIPE);
}

/// Gives a pipe this size if it has one that is `wrong`. One whose size cannot be changed does no harm.
/// <https://man7.org/linux/man-pages/man7/pipe.7.html>, "Pipe capacity".
pub(super) fn resize_pipe(fd: impl AsFd, wrong: impl Fn(u64) -> bool, size: u64) {
    let now = fcntl(&fd, FcntlArg::F_GETPIPE_SZ).ok().and_then(|bytes| u64::try_from(bytes).ok());
    if now.is_some_and(wrong)
        && let Ok(size) = i32::try_from(size)
    {
        let _ = fcntl(&fd, FcntlArg::F_SETPIPE_SZ(size));
    }
}

/// The result of a read.
pub(super) enum ReadOutcome {
    /// This many bytes.
    Bytes(usize),
    /// Nothing, although `poll` said so: try again.
    NotReady,
    /// The end.
    Eof,
    /// Nothing was read, because there is no room for it.
    NoRoom,
}

/// Reads what is there, after `poll` said "readable".
pub(super) fn read_some(fd: impl AsFd, space: &mut [u8]) -> Result<ReadOutcome, Errno> {
    read_outcome(read(fd, space))
}

/// What a `read` means.
pub(super) fn read_outcome(read: Result<usize, Errno>) -> Result<ReadOutcome, Errno> {
    match read {
        Ok(0) => Ok(ReadOutcome::Eof),
        Ok(bytes) => Ok(ReadOutcome::Bytes(bytes)),
        Err(Errno::EINTR | Errno::EAGAIN) => Ok(ReadOutcome::NotReady),
        Err(errno) => Err(errno),
    }
}

/// Whether this is a terminal that we may read from: a background process that tries is stopped.
pub(super) fn is_foreground_terminal(fd: impl AsFd) -> bool {
    tcgetpgrp(fd).is_ok_and(|group| group == getpgrp())
}
