//! Standard input and output, read and written only as `poll` allows.

#![forbid(unsafe_code)]

use nix::errno::Errno;
use nix::sys::stat::{SFlag, fstat};
use nix::unistd::{getpgrp, read, tcgetpgrp};
use std::os::fd::AsFd;

/// What is written at once to a pipe, a terminal or a socket. POSIX calls it `PIPE_BUF`: when `poll` says that a pipe can be written to, this
/// much goes in without blocking. <https://man7.org/linux/man-pages/man7/pipe.7.html>
const ATOMIC_WRITE: usize = 4096;

/// How many bytes may be written at once without blocking, after `poll` said "writable": a plain file never blocks.
pub(super) fn write_limit(fd: impl AsFd) -> usize {
    let plain = fstat(fd).is_ok_and(|stat| stat.st_mode & SFlag::S_IFMT.bits() == SFlag::S_IFREG.bits());
    if plain { usize::MAX } else { ATOMIC_WRITE }
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
