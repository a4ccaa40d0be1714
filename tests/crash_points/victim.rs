//! A process that does what it is told, one order at a time, until it dies at the point that its environment names. Both
//! ends of the wire: what it says and does, and the handle by which the walk leads it.
//!
//! An order is a line on its standard input: a word and numbers. It answers with a line for each message that it was
//! handed, at once, and with a line that begins with `=` when the order is done. So the walk knows of all that it did, and
//! its end is the end of its standard output.

use crate::ledger::{content, lines, number_of};
use nix::sys::signal::Signal;
use shmchat::internals::fault::{Mutant, Point};
use shmchat::internals::layout::MIN_CAPACITY;
use shmchat::internals::ring::record::Kind;
use shmchat::{
    Channel, ChannelName, Endpoint, Error, Message, Outgoing, Part, RecvError, RecvTimeoutError, Role,
    SendTimeoutError, TryRecvError, TrySendError,
};
use std::io::{BufRead, Read, Write, stdin, stdout};
use std::os::fd::{AsFd, BorrowedFd};
use std::os::unix::process::ExitStatusExt;
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::time::{Duration, SystemTime};

/// The channel that everything happens on.
pub(crate) fn channel(base: &Path) -> Channel {
    Channel::named(ChannelName::default()).dir(base).capacity(MIN_CAPACITY).expect("a capacity")
}

/// The first argument of a process that is a victim.
pub(crate) const VICTIM: &str = "victim";

/// The second one of a victim that cleans up instead of taking a role.
const CLEAN: &str = "clean";

fn say(line: std::fmt::Arguments<'_>) {
    // In one write: the process may die right after.
    let _ = stdout().write_all(format!("{line}\n").as_bytes());
    let _ = stdout().flush();
}

fn show(message: Message<'_>) {
    // A block's lines, or the message itself.
    let lines: Vec<_> = match message.envelope.kind {
        Kind::Lines => {
            message.bytes.split_inclusive(|&byte| byte == b'\n').map(|line| &line[..line.len() - 1]).collect()
        }
        _ => vec![message.bytes],
    };
    for line in lines {
        match number_of(line) {
            Some((_, number)) => say(format_args!("handed {number} {}", line.len())),
            None => say(format_args!("torn")),
        }
    }
}

/// What a victim does. `what` is a role, or [`CLEAN`].
pub(crate) fn live(what: &str, base: &Path) {
    // No core file, and no crash reporter that is handed one, however the machine is set up.
    let _ = nix::sys::prctl::set_dumpable(false);
    if what == CLEAN {
        let cleaned = channel(base).clean(true).expect("clean");
        return say(format_args!("= cleaned {}", cleaned.is_some()));
    }
    let role = if what == "writer" { Role::Writer } else { Role::Reader };
    let mut endpoint = channel(base).attach(role).expect("attach");
    say(format_args!("= attached"));
    for order in stdin().lock().lines().map_while(Result::ok) {
        let mut words = order.split(' ');
        let order = words.next().unwrap_or_default();
        let mut number = || words.next().and_then(|word| word.parse::<usize>().ok()).unwrap_or_default();
        if order == "quit" {
            let report = endpoint.quit().expect("quit");
            return say(format_args!("= quit {}", report.removed));
        }
        let (first, count, length) = (number(), number(), number());
        let done = obey(&mut endpoint, order, first, count, length).expect("an order");
        say(format_args!("= {done}"));
    }
}

/// What a receiving call came to.
fn received<T>(came: Result<T, TryRecvError>) -> Result<&'static str, Error> {
    match came {
        Ok(_) => Ok("done"),
        Err(TryRecvError::Empty) => Ok("empty"),
        Err(TryRecvError::Quit) => Ok("ended"),
        Err(TryRecvError::Channel(error)) => Err(error),
    }
}

/// Carries out an order about `count` messages from number `first` on, of `length` bytes each.
fn obey(
    endpoint: &mut Endpoint,
    order: &str,
    first: usize,
    count: usize,
    length: usize,
) -> Result<&'static str, Error> {
    let role = endpoint.role();
    let message = |number| content(role, number, length);
    let done = match order {
        "send" => endpoint.send(&message(first)).map(|_| "done")?,
        // A wait whose time is over at once: it sleeps and wakes, and nobody else is needed.
        "send-now" => match endpoint.send_timeout(&message(first), Duration::ZERO) {
            Ok(_) => "done",
            Err(SendTimeoutError::Channel(error)) => return Err(error),
            Err(_) => "refused",
        },
        "send-in-place" => {
            let message = message(first);
            let mut room = endpoint.sender().reserve(message.len()..=message.len(), None)?;
            room.fill(&message);
            room.commit(message.len(), Kind::Bytes, Part::Whole, false);
            endpoint.sender().flush()?;
            "done"
        }
        "batch" => {
            let messages: Vec<_> = (first..first + count).map(message).collect();
            endpoint.sender().send_batch(&messages).map(|_| "done")?
        }
        "lines" => {
            let bytes = lines(role, first, count);
            let lines = Outgoing {
                kind: Kind::Lines,
                sent: Some(SystemTime::UNIX_EPOCH + Duration::from_nanos(1)),
                bytes: &bytes,
                part: Part::Whole,
                unterminated: false,
            };
            let enqueued = endpoint.sender().try_enqueue(&lines);
            endpoint.sender().flush()?;
            match enqueued {
                Ok(_) => "done",
                Err(TrySendError::Channel(error)) => return Err(error),
                Err(_) => "refused",
            }
        }
        "receive" => received(endpoint.try_recv().map(show))?,
        "receive-all" => received(endpoint.receiver().try_recv_batch(usize::MAX, show))?,
        "receive-block" => received(endpoint.receiver().try_recv_blocks(1, show))?,
        "receive-in-place" => received(endpoint.receiver().try_recv_view().map(|view| {
            let mut bytes = Vec::new();
            view.copy_to(&mut bytes);
            show(Message { envelope: view.envelope, bytes: &bytes });
        }))?,
        "receive-now" => match endpoint.recv_timeout(Duration::ZERO).map(show) {
            Ok(()) => "done",
            Err(RecvTimeoutError::Timeout) => "empty",
            Err(RecvTimeoutError::Channel(error)) => return Err(error),
            Err(_) => "ended",
        },
        "wait" => match endpoint.recv().map(show) {
            Ok(()) => "done",
            Err(RecvError::Channel(error)) => return Err(error),
            Err(_) => "ended",
        },
        other => panic!("no order {other}"),
    };
    Ok(done)
}

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
        let mut command = Command::new(std::env::current_exe().expect("our own path"));
        command.arg(VICTIM).arg(role.map_or(CLEAN.to_owned(), |role| role.to_string())).arg(base);
        command.env("SHMCHAT_CRASH_AT", format!("{}:{}", death.point.name(), death.pass));
        if let Some(mutant) = sabotage {
            command.env("SHMCHAT_SABOTAGE", mutant.name());
        }
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().expect("start a victim");
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
