//! Waiting for a process, and killing it, by its id.
//!
//! A thread waits for the end without reaping (`WNOWAIT`), and reaps under the lock under which signals are sent. So an id is never
//! signalled after the kernel may have given it to another process.

use crate::watched::{Watch, Watched};
use nix::sys::signal::{Signal, kill};
use nix::sys::wait::{Id, WaitPidFlag, WaitStatus, waitid, waitpid};
use nix::unistd::Pid;
use std::sync::Arc;
use std::thread;

/// A child process, killed and reaped when dropped.
#[derive(Debug)]
pub struct Life {
    pid: Pid,
    end: Arc<Watched<End>>,
}

#[derive(Debug, Default)]
struct End(Option<WaitStatus>);

impl Watch for End {
    fn is_over(&self) -> bool {
        self.0.is_some()
    }

    fn dump(&self) -> String {
        format!("{:?}", self.0)
    }
}

impl Life {
    /// Watches over the child `pid`, which nobody else may wait for.
    pub(crate) fn of(pid: u32) -> Self {
        let pid = Pid::from_raw(i32::try_from(pid).expect("a process id is an int"));
        let end = Arc::new(Watched::<End>::default());
        let told = Arc::clone(&end);
        thread::spawn(move || {
            let _ = waitid(Id::Pid(pid), WaitPidFlag::WEXITED | WaitPidFlag::WNOWAIT);
            told.change(|end| end.0 = waitpid(pid, None).ok());
        });
        Life { pid, end }
    }

    /// Its process id.
    pub fn pid(&self) -> i32 {
        self.pid.as_raw()
    }

    /// Sends a signal, unless it has ended.
    pub fn signal(&self, signal: Signal) {
        let end = self.end.look();
        if end.0.is_none() {
            let _ = kill(self.pid, signal);
        }
    }

    /// Whether it has not ended.
    pub fn is_alive(&self) -> bool {
        self.end.look().0.is_none()
    }

    /// Waits for the end; the exit code, or the signal that ended it.
    ///
    /// # Panics
    /// With what `dump` says, if it does not end.
    #[track_caller]
    pub fn wait(&self, dump: impl FnOnce() -> String) -> Result<i32, Signal> {
        match self.end.try_wait_for(|end| end.0) {
            Ok(WaitStatus::Exited(_, code)) => Ok(code),
            Ok(WaitStatus::Signaled(_, signal, _)) => Err(signal),
            Ok(other) => panic!("process {} is {other:?}", self.pid),
            Err(why) => panic!("{why} the end of process {}:\n{}", self.pid, dump()),
        }
    }
}

impl Drop for Life {
    fn drop(&mut self) {
        self.signal(Signal::SIGKILL);
        let _ = self.end.try_wait_for(|end| end.0);
    }
}
