//! One of the two processes, from the tour's side.

use crate::side::{Part, Plan};
use crate::story::{End, Side};
use nix::errno::Errno;
use nix::sys::wait::{Id, WaitPidFlag, WaitStatus, waitid};
use nix::unistd::Pid;
use shmchat::Role;
use std::ffi::OsString;
use std::io::{self, BufRead, BufReader, PipeWriter, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::Sender;
use std::thread;

/// A line that a side has said, or the end of its words.
#[derive(Debug)]
pub(crate) struct Report {
    pub(crate) side: Side,
    /// Which life of this side said it.
    pub(crate) life: u64,
    /// `None` at the end.
    pub(crate) line: Option<String>,
}

/// A process on the stage. Dropping it kills it.
#[derive(Debug)]
pub(super) struct Actor {
    life: u64,
    child: Child,
    stdin: Option<ChildStdin>,
    /// We have killed it.
    killed: bool,
    /// What it said before it gave up.
    failing: String,
}

impl Actor {
    /// Starts this program as the side of a plan.
    pub(super) fn start(
        side: Side,
        life: u64,
        plan: &Plan,
        mutant: Option<&str>,
        folder: &Path,
        leash: PipeWriter,
        reports: Sender<Report>,
    ) -> io::Result<Self> {
        let program = std::env::current_exe()?;
        let mut command = Command::new(&program);
        command.args(arguments(plan)).current_dir(folder).env_remove("SHMCHAT_CRASH_AT").env_remove("SHMCHAT_SABOTAGE");
        mutant.map(|mutant| command.env("SHMCHAT_SABOTAGE", mutant));
        let spawned = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(leash).spawn();
        let mut child = spawned.map_err(|error| {
            io::Error::other(format!("starting {} in {}: {error}", program.display(), folder.display()))
        })?;
        let (stdin, stdout) = (child.stdin.take(), child.stdout.take());
        let stdout = stdout.ok_or_else(|| io::Error::other("a side without an output"))?;
        thread::Builder::new().spawn(move || {
            for line in BufReader::new(stdout).lines().map_while(Result::ok) {
                let _ = reports.send(Report { side, life, line: Some(line) });
            }
            let _ = reports.send(Report { side, life, line: None });
        })?;
        Ok(Actor { life, child, stdin, killed: false, failing: String::new() })
    }

    pub(super) fn pid(&self) -> u32 {
        self.child.id()
    }

    pub(super) fn life(&self) -> u64 {
        self.life
    }

    /// Lets it go on. One that has just died does not hear it.
    pub(super) fn step(&mut self) {
        let _ = self.stdin.as_mut().map(|stdin| stdin.write_all(b"."));
    }

    pub(super) fn kill(&mut self) {
        self.killed = true;
        // Not through `Child`, and not waited for: until it is started again it stays a zombie, which is worth seeing.
        let _ = nix::sys::signal::kill(Pid::from_raw(self.pid() as i32), nix::sys::signal::SIGKILL);
    }

    pub(super) fn failing(&mut self, why: &str) {
        why.clone_into(&mut self.failing);
    }

    /// How it ended; waits for that, and leaves the zombie.
    pub(super) fn end(&mut self) -> End {
        let flags = WaitPidFlag::WEXITED | WaitPidFlag::WNOWAIT;
        let status = loop {
            match waitid(Id::Pid(Pid::from_raw(self.pid() as i32)), flags) {
                Err(Errno::EINTR) => {}
                status => break status,
            }
        };
        match status {
            Ok(WaitStatus::Signaled(..)) if self.killed => End::Killed,
            Ok(WaitStatus::Signaled(_, signal, _)) => End::Signal(signal as i32),
            Ok(WaitStatus::Exited(_, 0)) => End::Done,
            _ => End::Failed(std::mem::take(&mut self.failing)),
        }
    }
}

impl Drop for Actor {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The hidden arguments that `cli` understands.
fn arguments(plan: &Plan) -> Vec<OsString> {
    let mut arguments: Vec<OsString> = vec!["side".into(), "--parent".into(), plan.parent.to_string().into()];
    let mut add = |name: &str, value: OsString| arguments.extend([name.into(), value]);
    match &plan.part {
        Part::OriginalWriter(files) | Part::OriginalReader(files) => {
            let is_writer = matches!(plan.part, Part::OriginalWriter(_));
            add("--part", if is_writer { "original-writer" } else { "original-reader" }.into());
            add("--path", files.path.clone().into());
            add("--project-id", files.project_id.to_string().into());
            add("--fifo", files.fifo.clone().into());
            add("--size", files.size.to_string().into());
        }
        Part::Library(role, dir) => {
            add("--part", if *role == Role::Writer { "writer" } else { "reader" }.into());
            add("--dir", dir.clone().into());
        }
    }
    plan.messages.iter().for_each(|message| add("--message", message.into()));
    plan.stops.iter().for_each(|stop| add("--stop", stop.into()));
    arguments
}
