//! The signals that ask the pool to end, caught by handlers.
//!
//! The other loops block them and read a signalfd. A blocked signal stays blocked in every command that is started, which would
//! then be deaf to a TERM; a handler is undone by `execve`. <https://man7.org/linux/man-pages/man7/signal.7.html>, "Execution
//! of signal handlers" and "Signal mask and pending signals".

use crate::signals::{ENDING, ignored};
use nix::sys::signal::Signal;
use signal_hook::{flag, low_level::pipe};
use std::io::{self, Read};
use std::os::fd::{AsFd, BorrowedFd};
use std::os::unix::net::UnixStream;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Signals that have arrived.
#[derive(Debug)]
pub struct Interrupts {
    arrived: UnixStream,
    last: Arc<AtomicUsize>,
}

impl Interrupts {
    /// Catches the ending signals from now on. One that was ignored when the program started (`nohup`) stays ignored.
    pub fn catch() -> io::Result<Self> {
        let (arrived, wake) = UnixStream::pair()?;
        arrived.set_nonblocking(true)?;
        let last = Arc::new(AtomicUsize::new(0));
        let ignored = ignored();
        for signal in ENDING.into_iter().filter(|&signal| !ignored(signal)) {
            // In this order: whoever is woken finds which one it was.
            flag::register_usize(signal as i32, Arc::clone(&last), signal as usize)?;
            pipe::register(signal as i32, wake.try_clone()?)?;
        }
        if ignored(Signal::SIGCHLD) {
            // Whoever started us ignores it, and then no end of a command can be waited for: any handler brings them back.
            // <https://man7.org/linux/man-pages/man2/waitpid.2.html>, "Notes"
            flag::register(Signal::SIGCHLD as i32, Arc::default())?;
        }
        Ok(Interrupts { arrived, last })
    }

    /// The signal that arrived last, once for each that has arrived.
    pub(super) fn take(&self) -> Option<Signal> {
        // A byte for each: two that come together are two.
        match (&self.arrived).read(&mut [0]) {
            Ok(1..) => Signal::try_from(self.last.load(Ordering::SeqCst) as i32).ok(),
            _ => None,
        }
    }
}

impl AsFd for Interrupts {
    /// Readable when a signal has arrived.
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.arrived.as_fd()
    }
}
