//! The walk's handle of a victim: the program `crash_victim`, which tells what it is told, what it answers, and where it dies.

use nix::sys::signal::Signal;
use shmchat::Role;
use shmchat::internals::fault::{Mutant, Point};
use shmchat_tests::numbered::CLEAN;
use shmchat_tests::{program, spawn};
use std::io::{Read, Write};
use std::os::fd::{AsFd, BorrowedFd};
use std::os::unix::process::ExitStatusExt;
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

/// Where a victim is to die: at a point, the how manieth time it comes there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Death {
    pub(crate) point: Point,
    pub(crate) pass: usize,
}

/// What a victim says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Said {
    /// It was handed a message, of this number and length.
    Handed(usize, usize),
    /// Its order is done.
    Done(String),
}

/// The walk's handle of a victim; killed and reaped when dropped.
#[derive(Debug)]
pub(crate) struct Victim {
    pub(crate) death: Death,
    child: Child,
    orders: ChildStdin,
    answers: ChildStdout,
    heard: Vec<u8>,
}

impl Victim {
    /// Starts one. Without a role it cleans up.
    pub(crate) fn start(role: Option<Role>, base: &Path, death: Death, sabotage: Option<Mutant>) -> Self {
        let mut command = Command::new(program("crash_victim"));
        command.arg(role.map_or(CLEAN.to_owned(), |role| role.to_string())).arg(base);
        command.env("SHMCHAT_CRASH_AT", format!("{}:{}", death.point.name(), death.pass));
        if let Some(mutant) = sabotage {
            command.env("SHMCHAT_SABOTAGE", mutant.name());
        }
        let mut child = spawn(command.stdin(Stdio::piped()).stdout(Stdio::piped())).expect("start a victim");
        let orders = child.stdin.take().expect("a pipe");
        let answers = child.stdout.take().expect("a pipe");
        Victim { death, child, orders, answers, heard: Vec::new() }
    }

    /// Gives an order. One that is dead does not hear it.
    pub(crate) fn order(&mut self, order: &str) {
        let _ = self.orders.write_all(format!("{order}\n").as_bytes());
    }

    /// Readable when it has said something that [`said`](Self::said) does not hold.
    pub(crate) fn wire(&self) -> BorrowedFd<'_> {
        self.answers.as_fd()
    }

    /// What it has said that has not been looked at, if it is a whole line.
    pub(crate) fn said(&mut self) -> Option<Said> {
        let end = self.heard.iter().position(|&byte| byte == b'\n')?;
        let line: Vec<u8> = self.heard.drain(..=end).collect();
        let line = String::from_utf8_lossy(&line[..end]).into_owned();
        if let Some(done) = line.strip_prefix("= ") {
            return Some(Said::Done(done.to_owned()));
        }
        let mut words = line.strip_prefix("handed ").unwrap_or_else(|| panic!("{line}")).split(' ');
        let mut number = || words.next().and_then(|word| word.parse().ok()).expect("a number");
        Some(Said::Handed(number(), number()))
    }

    /// Listens to the wire, which is readable; false at its end.
    pub(crate) fn listen(&mut self) -> bool {
        let mut space = [0; 4096];
        let bytes = self.answers.read(&mut space).expect("read the wire");
        self.heard.extend_from_slice(&space[..bytes]);
        bytes > 0
    }

    /// Kills it by SIGKILL, if it lives, and reaps it.
    pub(crate) fn kill(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }

    /// Asserts that it died at its point: by SIGABRT.
    pub(crate) fn assert_crashed(mut self) {
        let status = self.child.wait().expect("wait");
        assert_eq!(status.signal(), Some(Signal::SIGABRT as i32), "it died otherwise: {status}");
    }

    /// Asserts that it came to its end.
    pub(crate) fn assert_ended_well(mut self) {
        let status = self.child.wait().expect("wait");
        assert!(status.success(), "it should have ended well: {status}");
    }
}

impl Drop for Victim {
    fn drop(&mut self) {
        self.kill();
    }
}
