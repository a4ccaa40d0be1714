//! A process of its own for a command, and the pipes to it.
//!
//! It is started by `posix_spawn`, as `std` does where nothing else was asked for, in a process group of its own. Its descriptors
//! are 0, 1 and 2: everything else that we open is close-on-exec. Its end shows at a pidfd. Whatever it leaves running in its
//! group is killed before it is reaped, as long as nobody else can have that group's number.
//! <https://man7.org/linux/man-pages/man2/pidfd_open.2.html>

use super::command_line::CommandLine;
use super::watcher::Watcher;
use nix::fcntl::{FcntlArg, OFlag, fcntl};
use rustix::buffer::spare_capacity;
use rustix::io::{Errno, read};
use rustix::process::{Pid, PidfdFlags, Signal, kill_process_group, pidfd_open};
use std::collections::VecDeque;
use std::ffi::OsString;
use std::io;
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

/// How long after a TERM the KILL comes; and how long a worker has to go when its input has ended.
pub(super) const PATIENCE: Duration = Duration::from_secs(5);

/// How much of its standard error is kept.
const TAIL: usize = 2048;

/// How much is read at once: what a pipe holds by default.
const AT_ONCE: usize = 64 << 10;

/// How an attempt ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Ending {
    /// With this exit code.
    Exit(i32),
    /// By this signal.
    Signal(i32),
    /// It took too long.
    Timeout,
    /// The worker said so, or something is wrong with what it said.
    Said(String),
    /// It could not even begin, and never will.
    Never(String),
}

impl Ending {
    pub(super) fn is_success(&self) -> bool {
        *self == Ending::Exit(0)
    }

    fn of(status: ExitStatus) -> Self {
        status.code().map_or_else(|| Ending::Signal(status.signal().unwrap_or_default()), Ending::Exit)
    }

    /// In words, after "it failed:".
    pub(super) fn shown(&self) -> String {
        match self {
            Ending::Exit(code) => format!("exit code {code}"),
            Ending::Signal(signal) => nix::sys::signal::Signal::try_from(*signal)
                .map_or_else(|_| format!("signal {signal}"), |it| it.to_string()),
            Ending::Timeout => "it took too long".to_owned(),
            Ending::Said(what) | Ending::Never(what) => what.clone(),
        }
    }
}

/// A process, and what is still open between it and us.
#[derive(Debug)]
pub(super) struct Running {
    child: Child,
    pid: Pid,
    pub(super) pidfd: OwnedFd,
    /// Its standard output, until its end.
    pub(super) output: Option<OwnedFd>,
    /// Its standard error, if it does not have ours.
    pub(super) errors: Option<OwnedFd>,
    /// The last of it.
    pub(super) tail: VecDeque<u8>,
    pub(super) started: Instant,
    /// When it gets a KILL, after a TERM.
    kill_at: Option<Instant>,
    /// Why it got a TERM.
    pub(super) timed_out: bool,
    is_reaped: bool,
}

/// What came out of a pipe.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Came {
    Bytes(usize),
    Nothing,
    End,
}

/// Where the errors of a command go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Errors {
    /// To our own standard error.
    Ours,
    /// Through us, so that their tail can be told.
    Kept,
}

impl Running {
    /// Starts a command.
    pub(super) fn start(
        line: &CommandLine,
        arguments: &[OsString],
        variables: Vec<(&str, OsString)>,
        input: Stdio,
        errors: Errors,
        watcher: &Watcher,
    ) -> io::Result<Running> {
        let (output, theirs) = io::pipe()?;
        let output = OwnedFd::from(output);
        set_nonblocking(&output)?;
        let mut command = Command::new(&line.path);
        command.arg0(&line.program).args(arguments).stdin(input).stdout(theirs).process_group(0);
        command.env(super::watcher::MARK, watcher.mark());
        command.envs(variables);
        let mut kept = None;
        if errors == Errors::Kept {
            let (ours, theirs) = io::pipe()?;
            let ours = OwnedFd::from(ours);
            set_nonblocking(&ours)?;
            kept = Some(ours);
            command.stderr(Stdio::from(theirs));
        }
        let mut child = command.spawn()?;
        let pid = Pid::from_child(&child);
        let pidfd = pidfd_open(pid, PidfdFlags::empty()).inspect_err(|_| {
            // It has no name for us by which its end could be heard.
            let _ = kill_process_group(pid, Signal::KILL);
            let _ = child.wait();
        })?;
        Ok(Running {
            child,
            pid,
            pidfd,
            output: Some(output),
            errors: kept,
            tail: VecDeque::new(),
            started: Instant::now(),
            kill_at: None,
            timed_out: false,
            is_reaped: false,
        })
    }

    /// Reads what is there of its output, at most one piece.
    pub(super) fn read_output(&mut self, out: &mut Vec<u8>) -> Came {
        let came = self.output.as_ref().map_or(Came::End, |output| read_into(output, out));
        if came == Came::End {
            self.output = None;
        }
        came
    }

    /// After its end: reads what it left in its pipe, and not all that something which it left running goes on writing.
    pub(super) fn read_rest(&mut self, out: &mut Vec<u8>) {
        let size = self.output.as_ref().and_then(|output| fcntl(output, FcntlArg::F_GETPIPE_SZ).ok());
        let mut left = size.map_or(AT_ONCE, |size| size as usize);
        while left > 0
            && let Came::Bytes(bytes) = self.read_output(out)
        {
            left = left.saturating_sub(bytes);
        }
    }

    /// Passes on what is there of its errors, and keeps the last of it.
    pub(super) fn read_errors(&mut self, pass_on: &mut dyn FnMut(&[u8])) {
        let Some(errors) = &self.errors else { return };
        let mut bytes = Vec::new();
        match read_into(errors, &mut bytes) {
            Came::End => self.errors = None,
            Came::Nothing => {}
            Came::Bytes(_) => {
                pass_on(&bytes);
                self.tail.extend(&bytes[bytes.len().saturating_sub(TAIL)..]);
                let too_many = self.tail.len().saturating_sub(TAIL);
                self.tail.drain(..too_many);
            }
        }
    }

    /// The last of its errors, as text.
    pub(super) fn errors_tail(&mut self) -> String {
        String::from_utf8_lossy(self.tail.make_contiguous()).into_owned()
    }

    /// Asks its whole group to end, and sees to it that it does.
    pub(super) fn terminate(&mut self, now: Instant) {
        if self.kill_at.is_none() {
            let _ = kill_process_group(self.pid, Signal::TERM);
            self.kill_at = Some(now + PATIENCE);
        }
    }

    /// When [`kill_if_due`](Self::kill_if_due) has something to do.
    pub(super) fn kill_at(&self) -> Option<Instant> {
        self.kill_at
    }

    /// Kills its whole group if it was asked to end and has had its time.
    pub(super) fn kill_if_due(&mut self, now: Instant) {
        if self.kill_at.is_some_and(|at| at <= now) {
            self.kill();
            // Once is enough, and the timer is not to be due again.
            self.kill_at = Some(now + Duration::from_secs(3600));
        }
    }

    /// Kills its whole group. Not after it was reaped.
    pub(super) fn kill(&self) {
        let _ = kill_process_group(self.pid, Signal::KILL);
    }

    /// After its end: kills what it left in its group, and reaps it.
    pub(super) fn reap(&mut self) -> Ending {
        self.kill();
        self.is_reaped = true;
        match self.child.wait() {
            Ok(_) if self.timed_out => Ending::Timeout,
            // It was not done when we ended it, whatever it makes of that.
            Ok(_) if self.kill_at.is_some() => Ending::Signal(Signal::TERM.as_raw()),
            Ok(status) => Ending::of(status),
            Err(error) => Ending::Said(format!("cannot wait for it: {error}")),
        }
    }
}

impl Drop for Running {
    /// Something has failed, and nobody waits for it any more.
    fn drop(&mut self) {
        if !self.is_reaped {
            self.reap();
        }
    }
}

/// Makes what we read or write of a pipe return at once. The other end is not touched by this.
pub(super) fn set_nonblocking(fd: &OwnedFd) -> io::Result<()> {
    fcntl(fd, FcntlArg::F_SETFL(OFlag::O_NONBLOCK))?;
    Ok(())
}

/// Appends what is there, at most one piece. A pipe that cannot be read has ended.
fn read_into(fd: impl AsFd, out: &mut Vec<u8>) -> Came {
    out.reserve(AT_ONCE);
    loop {
        return match read(&fd, spare_capacity(out)) {
            Ok(0) => Came::End,
            Ok(bytes) => Came::Bytes(bytes),
            Err(Errno::INTR) => continue,
            Err(Errno::AGAIN) => Came::Nothing,
            Err(_) => Came::End,
        };
    }
}
