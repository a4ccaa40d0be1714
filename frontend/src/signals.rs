//! Signals as a descriptor that `poll` can watch: those that end a program in good order, and a resize of the terminal.
//!
//! Handlers catch them: they note which signal it was, and write a byte to a socket. So a loop learns of them when it is ready.
//! They are not blocked and read from a signalfd, because a blocked signal stays blocked in every command that we start: an editor
//! would not see a resize, and a notifier would be deaf to a TERM. A handler is undone by `execve`.
//! <https://man7.org/linux/man-pages/man7/signal.7.html>, "Execution of signal handlers" and "Signal mask and pending signals"

use nix::errno::Errno;
use nix::sys::signal::{SigSet, Signal};
use shmchat::hint::errno_of;
use signal_hook::{flag, low_level::pipe};
use std::io::{self, Read, Write};
use std::os::fd::{AsFd, BorrowedFd};
use std::os::unix::net::UnixStream;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// The signals that ask a program to end.
const ENDING: [Signal; 3] = [Signal::SIGINT, Signal::SIGTERM, Signal::SIGHUP];

/// For each signal that is caught, whether it has arrived since it was last taken.
type Caught = Vec<(Signal, Arc<AtomicBool>)>;

/// Signals, waiting to be taken.
#[derive(Debug)]
pub struct Signals {
    /// Readable when one has arrived.
    arrived: UnixStream,
    caught: Caught,
}

impl Signals {
    /// Catches the ending signals from now on. One that was ignored when the program started (`nohup`) stays ignored.
    pub fn ending() -> Result<Self, Errno> {
        Self::catch(&ENDING).map_err(|error| errno_of(&error))
    }

    /// The same, and SIGWINCH: the terminal has a new size. It is caught before the size is first read, so that no resize is
    /// missed.
    pub fn ending_and_resize() -> Result<Self, Errno> {
        Self::catch(&[&ENDING[..], &[Signal::SIGWINCH]].concat()).map_err(|error| errno_of(&error))
    }

    fn catch(signals: &[Signal]) -> io::Result<Self> {
        let ignored = ignored();
        let caught = note(signals.iter().copied().filter(|&signal| !ignored(signal)))?;
        let arrived = wake_by(&caught)?;
        if ignored(Signal::SIGCHLD) {
            // Whoever started us ignores it, and then no end of a command can be waited for: any handler brings them back.
            // <https://man7.org/linux/man-pages/man2/waitpid.2.html>, "Notes"
            flag::register(Signal::SIGCHLD as i32, Arc::default())?;
        }
        // Whoever started us may have them blocked.
        SigSet::from_iter(caught.iter().map(|(signal, _)| *signal)).thread_unblock()?;
        Ok(Signals { arrived, caught })
    }

    /// A signal that has arrived, if any. Of different ones, those that end a program come first. One that comes again before it
    /// is taken is one: `timeout` sends its signal twice, and so does a terminal that closes.
    #[must_use]
    pub fn take(&self) -> Option<Signal> {
        while let Ok(1..) = (&self.arrived).read(&mut [0; 64]) {}
        let caught = self.caught.iter().find(|(_, is_caught)| is_caught.swap(false, Ordering::SeqCst));
        caught.map(|(signal, _)| *signal)
    }
}

/// Notes each of these signals from now on.
fn note(signals: impl Iterator<Item = Signal>) -> io::Result<Caught> {
    let mut caught = Caught::new();
    for signal in signals {
        let is_caught = Arc::new(AtomicBool::new(false));
        flag::register(signal as i32, Arc::clone(&is_caught))?;
        caught.push((signal, is_caught));
    }
    Ok(caught)
}

/// What is readable when one of these has arrived. They are noted before, so that whoever is woken finds which one it was.
fn wake_by(caught: &Caught) -> io::Result<UnixStream> {
    let (arrived, mut wake) = UnixStream::pair()?;
    arrived.set_nonblocking(true)?;
    for (signal, _) in caught {
        pipe::register(*signal as i32, wake.try_clone()?)?;
    }
    // One that was noted while nothing was written yet would wake nobody.
    if caught.iter().any(|(_, is_caught)| is_caught.load(Ordering::SeqCst)) {
        wake.write_all(&[0])?;
    }
    Ok(arrived)
}

/// Which signals are ignored now. If the kernel does not tell, none is.
/// <https://man7.org/linux/man-pages/man5/proc_pid_status.5.html>
fn ignored() -> impl Fn(Signal) -> bool {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let mask = status.lines().find_map(|line| u64::from_str_radix(line.strip_prefix("SigIgn:")?.trim(), 16).ok());
    let ignored = mask.unwrap_or_default();
    move |signal| ignored & (1 << (signal as i32 - 1)) != 0
}

impl AsFd for Signals {
    /// Readable when a signal has arrived.
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.arrived.as_fd()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use nix::sys::signal::raise;

    #[test]
    fn signals_that_arrive_together_are_each_taken_once_and_those_that_end_come_first() {
        // No test may catch those that end it.
        let signals = Signals::catch(&[Signal::SIGUSR1, Signal::SIGUSR2]).unwrap();
        for signal in [Signal::SIGUSR2, Signal::SIGUSR1, Signal::SIGUSR1] {
            raise(signal).unwrap();
        }
        let taken: Vec<_> = std::iter::from_fn(|| signals.take()).collect();
        assert_eq!(taken, [Signal::SIGUSR1, Signal::SIGUSR2]);
    }

    #[test]
    fn a_signal_that_comes_while_they_are_being_caught_wakes_whoever_waits() {
        let caught = note([Signal::SIGALRM].into_iter()).unwrap();
        raise(Signal::SIGALRM).unwrap();
        let arrived = wake_by(&caught).unwrap();
        assert_eq!((&arrived).read(&mut [0; 64]).map_err(|error| error.kind()), Ok(1));
        assert_eq!(Signals { arrived, caught }.take(), Some(Signal::SIGALRM));
    }
}
