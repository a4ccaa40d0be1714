//! Kills the commands of a reader that was killed.
//!
//! A pool has a watcher: this same program, asleep on a pipe whose other end only the reader holds. The kernel closes that end
//! when the reader dies, however it dies. Then the watcher kills whatever carries the reader's mark in its environment and is
//! in the reader's session; and goes. It costs one process per reader, and nothing per command.
//!
//! ```text
//! reader ──── pipe ────► watcher, asleep        a command that is about to start holds the pipe, too, until its `execve`;
//!   │                      │                    so when the watcher wakes, every command has its mark
//!   └─ commands ◄── KILL ──┘
//! ```
//!
//! | not covered | |
//! | --- | --- |
//! | what moved to a session of its own (`setsid`, daemons) | meant to outlive who started it |
//! | what replaced its environment (`env -i`), or runs as another user (`sudo`) | cannot be recognised |
//! | a reader whose watcher was killed before | it has nobody |
//!
//! The number of a process can be given to another one between a look and a kill. So it is held by a pidfd before the look.

use getrandom::u64 as random;
use nix::sys::signal::SigSet;
use nix::unistd::{self, getsid};
use rustix::process::{Pid, PidfdFlags, Signal, pidfd_open, pidfd_send_signal};
use std::ffi::OsStr;
use std::io::{self, PipeWriter, Read};
use std::os::unix::process::CommandExt;
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::Duration;

/// The variable in the environment of each command.
pub(super) const MARK: &str = "SHMCHAT_POOL";

/// The name by which this program knows that it is to watch.
const NAME: &str = "shmchat-watcher";

/// A command may be between two looks at its environment. So nothing is left once this many looks in a row found nothing.
const LOOKS: u32 = 4;
const BETWEEN: Duration = Duration::from_millis(10);

/// The watcher of this reader.
#[derive(Debug)]
pub(super) struct Watcher {
    child: Child,
    mark: String,
    /// Held until we end.
    pipe: Option<PipeWriter>,
}

impl Watcher {
    /// Starts it. It has no mark itself, not even that of a pool that this reader is a command of.
    pub(super) fn start() -> io::Result<Self> {
        let (theirs, pipe) = io::pipe()?;
        let mark = format!("{}-{:016x}", std::process::id(), random()?);
        let mut command = Command::new("/proc/self/exe");
        command.env_remove(MARK);
        command.arg0(NAME).arg(&mark).process_group(0).stdin(theirs).stdout(Stdio::null()).stderr(Stdio::null());
        Ok(Watcher { child: command.spawn()?, mark, pipe: Some(pipe) })
    }

    /// What the commands' environment has to say.
    pub(super) fn mark(&self) -> &OsStr {
        OsStr::new(&self.mark)
    }
}

impl Drop for Watcher {
    /// In good order, nothing is left to be killed.
    fn drop(&mut self) {
        let _ = self.child.kill();
        // If it may not be killed, it ends by itself without this.
        self.pipe = None;
        let _ = self.child.wait();
    }
}

/// Watches, if that is what this process was started for; false if not.
pub fn watch_if_asked() -> bool {
    let mut arguments = std::env::args_os();
    if arguments.next().is_none_or(|name| name != NAME) {
        return false;
    }
    if let Some(mark) = arguments.next() {
        watch(&mark);
    }
    true
}

fn watch(mark: &OsStr) {
    // A Ctrl-C or a TERM that is meant for the reader is not for us.
    let _ = SigSet::all().thread_block();
    // It never says anything: this is its end.
    let _ = io::stdin().read(&mut [0]);
    let entry = [MARK.as_bytes(), b"=", mark.as_encoded_bytes(), b"\0"].concat();
    let mut quiet = 0;
    while quiet < LOOKS {
        quiet = if kill_marked(&entry) { 0 } else { quiet + 1 };
        sleep(BETWEEN);
    }
}

/// Kills what has this entry in its environment and is in our session. Returns whether there was anything.
/// <https://man7.org/linux/man-pages/man5/proc_pid_environ.5.html>
fn kill_marked(entry: &[u8]) -> bool {
    let session = getsid(None).ok();
    let Ok(processes) = std::fs::read_dir("/proc") else { return false };
    let numbers = processes.flatten().filter_map(|process| process.file_name().to_str()?.parse().ok());
    let is_ours = |&pid: &i32| getsid(Some(unistd::Pid::from_raw(pid))).ok() == session;
    let mut found = false;
    for pid in numbers.filter(is_ours).filter_map(Pid::from_raw) {
        let Ok(pidfd) = pidfd_open(pid, PidfdFlags::empty()) else { continue };
        let environment = std::fs::read(format!("/proc/{}/environ", pid.as_raw_nonzero())).unwrap_or_default();
        if memchr::memmem::find(&environment, entry).is_some() {
            found |= pidfd_send_signal(&pidfd, Signal::KILL).is_ok();
        }
    }
    found
}
