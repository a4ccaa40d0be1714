//! A long-lived process that works on messages, and what it was given.

use super::answers::{read, separator};
use super::child::{Came, Ending, PATIENCE, Running, set_nonblocking};
use super::context::{Context, refusal};
use super::crew::{Ended, Refusal};
use super::output::LONGEST_REPLY;
use crate::pipe::Framing;
use nix::errno::Errno;
use nix::unistd::write;
use shmchat::hint::errno_of;
use std::collections::VecDeque;
use std::io;
use std::os::fd::OwnedFd;
use std::time::{Duration, Instant};

/// How much may wait to be written to a worker.
const UNSENT: usize = 64 << 10;

/// How long one is waited for that has closed an end.
const LEAVING: Duration = Duration::from_secs(1);

/// A message that a worker has.
#[derive(Clone, Copy, Debug)]
pub(super) struct Given {
    pub(super) number: u64,
    pub(super) seq: u64,
    /// Since when it is the worker's next.
    pub(super) since: Instant,
}

/// A process that works.
#[derive(Debug)]
pub(super) struct Worker {
    pub(super) running: Running,
    pub(super) input: Option<OwnedFd>,
    /// What goes into its pipe, and how many of these bytes have.
    pub(super) unsent: Vec<u8>,
    sent: usize,
    /// What of its output is not an answer yet, and how many of these bytes are known to hold no end.
    pub(super) partial: Vec<u8>,
    pub(super) scanned: usize,
    pub(super) given: VecDeque<Given>,
    pub(super) was_given: bool,
    /// What it did wrong.
    pub(super) fault: Option<String>,
    /// By when it has to have ended, because nothing more comes or because it has closed one of its ends; then, why.
    pub(super) leaving: Option<(Instant, Option<&'static str>)>,
}

impl Worker {
    /// Starts one.
    pub(super) fn start(context: &Context) -> Result<Self, Refusal> {
        let refused = |error: io::Error| refusal(errno_of(&error), &[]);
        let (theirs, input) = io::pipe().map_err(refused)?;
        let input = OwnedFd::from(input);
        set_nonblocking(&input).map_err(refused)?;
        Ok(Worker {
            running: context.start(None, theirs.into())?,
            input: Some(input),
            unsent: Vec::new(),
            sent: 0,
            partial: Vec::new(),
            scanned: 0,
            given: VecDeque::new(),
            was_given: false,
            fault: None,
            leaving: None,
        })
    }

    pub(super) fn takes(&self, window: usize) -> bool {
        self.given.len() < window
            && self.unsent.len() - self.sent < UNSENT
            && self.fault.is_none()
            && self.input.is_some()
            && self.leaving.is_none()
            && !self.running.timed_out
    }

    pub(super) fn has_unsent(&self) -> bool {
        !self.unsent.is_empty() && self.input.is_some()
    }

    /// Ends its input once it has all of it: a good worker then ends by itself.
    pub(super) fn close(&mut self, now: Instant) {
        if self.unsent.is_empty() {
            self.input = None;
        }
        // It has its time from its last answer on.
        if self.input.is_none() && self.given.is_empty() {
            self.leaving.get_or_insert((now + PATIENCE, None));
        }
    }

    /// It takes or gives no more. It may have ended: then how it did says more than this.
    fn leaves(&mut self, why: &'static str, now: Instant) {
        self.leaving.get_or_insert((now + LEAVING, Some(why)));
    }

    /// Writes what its pipe takes now.
    pub(super) fn write(&mut self, now: Instant) {
        let Some(input) = &self.input else { return };
        while self.sent < self.unsent.len() {
            match write(input, &self.unsent[self.sent..]) {
                Ok(bytes) => self.sent += bytes,
                Err(Errno::EINTR) => {}
                Err(Errno::EAGAIN) => break,
                Err(_) => {
                    self.input = None;
                    self.leaves("its worker closed its standard input", now);
                    return;
                }
            }
        }
        // Not each time: it would move a long message as often as the pipe takes a piece of it.
        if self.sent >= self.unsent.len() / 2 {
            self.unsent.drain(..self.sent);
            self.sent = 0;
        }
    }

    /// Reads its answers: one piece, or all of them if it has ended.
    pub(super) fn listen(&mut self, all: bool, framing: Framing, reply: bool, now: Instant, ended: &mut Vec<Ended>) {
        loop {
            match self.running.read_output(&mut self.partial) {
                Came::Nothing => return,
                Came::End => {
                    if !all && (self.input.is_some() || !self.given.is_empty()) {
                        self.leaves("its worker closed its standard output", now);
                    }
                    return;
                }
                Came::Bytes(_) => {}
            }
            self.answer(framing, reply, now, ended);
            if self.partial.len() > LONGEST_REPLY {
                self.fault.get_or_insert_with(|| format!("the answer is longer than {LONGEST_REPLY} bytes"));
            }
            if self.fault.is_some() {
                // Whatever else it says counts for nothing.
                self.running.output = None;
                return;
            }
            if !all {
                return;
            }
        }
    }

    fn answer(&mut self, framing: Framing, reply: bool, now: Instant, ended: &mut Vec<Ended>) {
        let (separator, mut taken) = (separator(framing), 0);
        while let Some(at) = memchr::memchr(separator, &self.partial[self.scanned..]) {
            let end = self.scanned + at + 1;
            let answer = match read(&self.partial[taken..end - 1], framing) {
                Ok(answer) => answer,
                Err(fault) => {
                    self.fault = Some(fault);
                    break;
                }
            };
            let place = match answer.seq {
                None => 0,
                Some(seq) => self.given.iter().position(|given| given.seq == seq).unwrap_or(usize::MAX),
            };
            let Some(given) = self.given.remove(place) else {
                self.fault = Some(match answer.seq {
                    Some(seq) => format!("its worker answered for message {seq}, which it did not have"),
                    None => "its worker printed more than an answer to each message".to_owned(),
                });
                break;
            };
            if let Some(next) = self.given.front_mut().filter(|_| place == 0) {
                next.since = now;
            }
            let output = if reply && answer.seq.is_some() { answer.reply } else { self.partial[taken..end].to_vec() };
            let ending = answer.error.map_or(Ending::Exit(0), Ending::Said);
            let took = now.saturating_duration_since(given.since);
            ended.push(Ended { number: given.number, ending: Some(ending), output, errors: String::new(), took });
            (taken, self.scanned) = (end, end);
        }
        self.partial.drain(..taken);
        self.scanned = self.partial.len();
    }
}
