//! Signals as a descriptor that a `poll` can watch: those that end a program in good order, and the terminal's resize.
//!
//! They are blocked and read from a signalfd, so no handler runs between two instructions and a loop learns of them
//! where it is ready to. <https://man7.org/linux/man-pages/man2/signalfd.2.html>

use nix::errno::Errno;
use nix::sys::signal::{SigSet, Signal};
use nix::sys::signalfd::{SfdFlags, SignalFd};
use std::os::fd::{AsFd, BorrowedFd};

/// The signals that ask a program to end.
const ENDING: [Signal; 3] = [Signal::SIGINT, Signal::SIGTERM, Signal::SIGHUP];

/// Signals, waiting to be read.
#[derive(Debug)]
pub struct Signals(SignalFd);

impl Signals {
    /// Blocks the ending signals for this thread and those it starts from now on: call it before any thread is
    /// started. One that was ignored when the program started (`nohup`) stays ignored.
    pub fn ending() -> Result<Self, Errno> {
        Self::block(SigSet::from_iter(not_ignored()))
    }

    /// The same, and SIGWINCH: the terminal has another size. Blocked before the size is first asked for, so that no resize
    /// falls between the two.
    pub fn ending_and_resize() -> Result<Self, Errno> {
        Self::block(SigSet::from_iter(not_ignored().chain([Signal::SIGWINCH])))
    }

    fn block(set: SigSet) -> Result<Self, Errno> {
        set.thread_block()?;
        SignalFd::with_flags(&set, SfdFlags::SFD_NONBLOCK | SfdFlags::SFD_CLOEXEC).map(Signals)
    }

    /// The signal that came, if one did.
    pub fn take(&self) -> Result<Option<Signal>, Errno> {
        let found = self.0.read_signal()?;
        Ok(found.and_then(|info| Signal::try_from(info.ssi_signo as i32).ok()))
    }
}

/// The ending signals but for those that are ignored: a blocked signal is kept also if it is ignored, so a signalfd
/// would give it. Where the kernel does not tell, none is.
/// <https://man7.org/linux/man-pages/man5/proc_pid_status.5.html>
fn not_ignored() -> impl Iterator<Item = Signal> {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let mask = status.lines().find_map(|line| u64::from_str_radix(line.strip_prefix("SigIgn:")?.trim(), 16).ok());
    let ignored = mask.unwrap_or_default();
    ENDING.into_iter().filter(move |&signal| ignored & (1 << (signal as i32 - 1)) == 0)
}

impl AsFd for Signals {
    /// Readable when a signal has come.
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.0.as_fd()
    }
}
