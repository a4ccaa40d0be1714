//! The signals that end a program in good order, as a descriptor that a `poll` can watch.
//!
//! They are blocked and read from a signalfd, so no handler runs between two instructions and a loop learns of them
//! where it is ready to. <https://man7.org/linux/man-pages/man2/signalfd.2.html>

#![forbid(unsafe_code)]

use nix::errno::Errno;
use nix::sys::signal::{SigSet, Signal};
use nix::sys::signalfd::{SfdFlags, SignalFd};
use std::os::fd::{AsFd, BorrowedFd};

/// The signals that ask a program to end.
const ENDING: [Signal; 3] = [Signal::SIGINT, Signal::SIGTERM, Signal::SIGHUP];

/// The ending signals, waiting to be read.
#[derive(Debug)]
pub struct Signals(SignalFd);

impl Signals {
    /// Blocks the ending signals for this thread and those it starts from now on: call it before any thread is
    /// started. One that was ignored when the program started (`nohup`) stays ignored.
    pub fn block() -> Result<Self, Errno> {
        let set = SigSet::from_iter(ENDING);
        set.thread_block()?;
        SignalFd::with_flags(&set, SfdFlags::SFD_NONBLOCK | SfdFlags::SFD_CLOEXEC).map(Signals)
    }

    /// The signal that came, if one did.
    pub fn take(&self) -> Result<Option<Signal>, Errno> {
        let found = self.0.read_signal()?;
        Ok(found.and_then(|info| Signal::try_from(info.ssi_signo as i32).ok()))
    }
}

impl AsFd for Signals {
    /// Readable when a signal has come.
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.0.as_fd()
    }
}
