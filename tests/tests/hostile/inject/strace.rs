//! A program under strace, one of whose calls is made to fail.

use super::call::{Call, parse};
use nix::errno::Errno;
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use shmchat_tests::{Ended, Process, Run, is_in_poll};
use std::ffi::OsString;
use std::fs;
use std::ops::{Deref, DerefMut};
use std::path::{Path, PathBuf};

/// Which call fails, and how.
#[derive(Clone, Debug)]
pub(crate) struct Injection {
    /// The call's name, as strace calls it.
    pub(crate) name: String,
    /// The error.
    pub(crate) errno: Errno,
    /// The how-manyth of this name, from 1.
    pub(crate) ordinal: usize,
    /// All after it fail as well.
    pub(crate) on: bool,
}

/// How far a program's children are traced.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Follow {
    /// As the program itself.
    Always,
    /// Until they are another program: no call of a command's own fails.
    UntilExec,
}

impl Follow {
    fn words(self) -> impl Iterator<Item = &'static str> {
        (self == Follow::UntilExec).then_some(["-b", "execve"]).into_iter().flatten()
    }
}

/// The arguments for strace: log all calls, or make one fail and log those of its name.
fn command(log: &Path, injection: Option<&Injection>, follow: Follow) -> Vec<OsString> {
    let mut words: Vec<OsString> = ["strace", "-f", "-qq", "-y", "-o"].map(OsString::from).into();
    words.push(log.into());
    words.extend(follow.words().map(OsString::from));
    if let Some(Injection { name, errno, ordinal, on }) = injection {
        let on = if *on { "+" } else { "" };
        if follow == Follow::Always {
            // It would go on in those that strace has let go of.
            words.push("--seccomp-bpf".into());
        }
        words.push("-e".into());
        // The other one shows where main begins.
        words.push(format!("trace={name},sigaltstack").into());
        words.push("-e".into());
        words.push(format!("inject={name}:error={errno:?}:when={ordinal}{on}").into());
    }
    words
}

/// A process under strace. Dropping it ends both.
pub(crate) struct Traced {
    process: Option<Process>,
    log: PathBuf,
}

impl Traced {
    /// Starts it; strace writes to `log`.
    pub(crate) fn start(run: Run, log: &Path, injection: Option<&Injection>, follow: Follow) -> Self {
        Traced { process: Some(run.under(command(log, injection, follow)).start()), log: log.to_path_buf() }
    }

    /// Waits for its end; what it did and said, and the calls that strace wrote down.
    #[track_caller]
    pub(crate) fn wait(mut self) -> (Ended, Vec<Call>) {
        let process = self.process.take().expect("it is waited for once");
        let log = self.log.clone();
        // Dropped, and so killed, if the wait gives up.
        let tracee = Tracee { strace: process.pid(), log: log.clone() };
        let ended = process.wait();
        std::mem::forget(tracee);
        (ended, calls(&log))
    }

    /// Whether the program itself waits in `poll`.
    pub(crate) fn sleeps(&self) -> bool {
        let log = fs::read_to_string(&self.log).unwrap_or_default();
        log.split_whitespace().next().and_then(|pid| pid.parse().ok()).is_some_and(is_in_poll)
    }

    /// Whether the failure has happened to a call that `which` says yes to.
    pub(crate) fn has_failed(&self, which: impl Fn(&Call) -> bool) -> bool {
        calls(&self.log).iter().any(|call| call.injected && which(call))
    }
}

impl Deref for Traced {
    type Target = Process;

    fn deref(&self) -> &Process {
        self.process.as_ref().expect("it is not waited for yet")
    }
}

impl DerefMut for Traced {
    fn deref_mut(&mut self) -> &mut Process {
        self.process.as_mut().expect("it is not waited for yet")
    }
}

impl Drop for Traced {
    fn drop(&mut self) {
        if let Some(process) = &self.process {
            drop(Tracee { strace: process.pid(), log: self.log.clone() });
        }
    }
}

fn calls(log: &Path) -> Vec<Call> {
    parse(&fs::read_to_string(log).unwrap_or_default())
}

/// The traced process, killed when dropped: strace, killed, would only let go of it.
struct Tracee {
    strace: i32,
    log: PathBuf,
}

impl Drop for Tracee {
    fn drop(&mut self) {
        let log = fs::read_to_string(&self.log).unwrap_or_default();
        let Some(pid) = log.split_whitespace().next().and_then(|pid| pid.parse::<i32>().ok()) else { return };
        // Its parent still lives and has not reaped it, so the id is nobody else's.
        let status = fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
        if status.lines().any(|line| line.strip_prefix("PPid:").is_some_and(|id| id.trim() == self.strace.to_string()))
        {
            let _ = kill(Pid::from_raw(pid), Signal::SIGKILL);
        }
    }
}
