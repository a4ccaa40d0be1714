//! Signals as a descriptor that `poll` can watch: those that end a program in good order, and a resize of the terminal.
//!
//! They are blocked and read from a signalfd. So no handler ever interrupts the code, and a loop learns of them when it is
//! ready. <https://man7.org/linux/man-pages/man2/signalfd.2.html>

use nix::errno::Errno;
use nix::sys::signal::{SigSet, Signal};
use nix::sys::signalfd::{SfdFlags, SignalFd};
use std::os::fd::{AsFd, BorrowedFd};

/// The signals that ask a program to end.
pub(crate) const ENDING: [Signal; 3] = [Signal::SIGINT, Signal::SIGTERM, Signal::SIGHUP];

/// Signals, waiting to be read.
#[derive(Debug)]
pub struct Signals(SignalFd);

impl Signals {
    /// Blocks the ending signals for this thread and those it starts later, so call it before you start any thread. A signal
    /// that was ignored when the program started (`nohup`) stays ignored.
    pub fn ending() -> Result<Self, Errno> {
        Self::block(SigSet::from_iter(not_ignored()))
    }

    /// The same, and SIGWINCH: the terminal has a new size. It is blocked before the size is first read, so that no resize is
    /// missed.
    pub fn ending_and_resize() -> Result<Self, Errno> {
        Self::block(SigSet::from_iter(not_ignored().chain([Signal::SIGWINCH])))
    }

    fn block(set: SigSet) -> Result<Self, Errno> {
        set.thread_block()?;
        SignalFd::with_flags(&set, SfdFlags::SFD_NONBLOCK | SfdFlags::SFD_CLOEXEC).map(Signals)
    }

    /// The signal that arrived, if any.
    pub fn take(&self) -> Result<Option<Signal>, Errno> {
        let found = self.0.read_signal()?;
        Ok(found.and_then(|info| Signal::try_from(info.ssi_signo as i32).ok()))
    }
}

/// The ending signals, except those that are ignored: a blocked signal stays pending even if it is ignored, so a signalfd would
/// report it. If the kernel does not tell, none counts as ignored.
/// <https://man7.org/linux/man-pages/man5/proc_pid_status.5.html>
fn not_ignored() -> impl Iterator<Item = Signal> {
    let ignored = ignored();
    ENDING.into_iter().filter(move |&signal| !ignored(signal))
}

/// Which signals are ignored now.
pub(crate) fn ignored() -> impl Fn(Signal) -> bool {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let mask = status.lines().find_map(|line| u64::from_str_radix(line.strip_prefix("SigIgn:")?.trim(), 16).ok());
    let ignored = mask.unwrap_or_default();
    move |signal| ignored & (1 << (signal as i32 - 1)) != 0
}

impl AsFd for Signals {
    /// Readable when a signal has arrived.
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.0.as_fd()
    }
}
