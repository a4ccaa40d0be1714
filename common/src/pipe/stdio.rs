//! Standard input and output, read and written only as `poll` allows.

#![forbid(unsafe_code)]

use nix::errno::Errno;
use nix::fcntl::{FcntlArg, fcntl};
use nix::sys::stat::{SFlag, fstat};
use nix::unistd::{getpgrp, isatty, read, tcgetpgrp};
use std::os::fd::AsFd;

/// What is written at once to a pipe, a terminal or a socket. POSIX calls it `PIPE_BUF`: when `poll` says that a pipe
/// can be written to, this much goes in without blocking. <https://man7.org/linux/man-pages/man7/pipe.7.html>
const ATOMIC_WRITE: usize = 4096;

/// How many bytes may be written at once without blocking, after `poll` said "writable": a plain file never blocks,
/// nor does `/dev/null`.
pub(super) fn write_limit(fd: impl AsFd) -> usize {
    let kind = fstat(&fd).map(|stat| SFlag::from_bits_truncate(stat.st_mode & SFlag::S_IFMT.bits()));
    match kind {
        Ok(SFlag::S_IFREG) => usize::MAX,
        Ok(SFlag::S_IFCHR) if !isatty(fd).unwrap_or(true) => usize::MAX,
        _ => ATOMIC_WRITE,
    }
}

/// Makes room in the pipe that we read from, if it is one: the more it holds, the less often its writer and we wait
/// for each other. That it cannot be enlarged is no harm. <https://man7.org/linux/man-pages/man7/pipe.7.html>, "Pipe
/// capacity".
pub(super) fn enlarge_pipe(fd: impl AsFd, bytes: usize) {
    let _ = fcntl(fd, FcntlArg::F_SETPIPE_SZ(bytes as i32));
}

/// What came of reading.
pub(super) enum Input {
    /// So many bytes.
    Bytes(usize),
    /// Nothing, although `poll` said so: look again.
    Nothing,
    /// Nothing more.
    End,
}

/// Reads what is there, after `poll` said "readable".
pub(super) fn read_some(fd: impl AsFd, space: &mut [u8]) -> Result<Input, Errno> {
    match read(fd, space) {
        Ok(0) => Ok(Input::End),
        Ok(bytes) => Ok(Input::Bytes(bytes)),
        Err(Errno::EINTR | Errno::EAGAIN) => Ok(Input::Nothing),
        Err(errno) => Err(errno),
    }
}

/// Whether this is a terminal that we may read from: a background process that tries is stopped.
pub(super) fn is_foreground_terminal(fd: impl AsFd) -> bool {
    tcgetpgrp(fd).is_ok_and(|group| group == getpgrp())
}
