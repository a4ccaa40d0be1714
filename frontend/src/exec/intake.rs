//! From the lane to tasks: takes messages ahead, one at a time, and acknowledges none.
//!
//! ```text
//! lane   acknowledged │ taken, unfinished │ of a block of lines, not taken │ not received
//!                     released by the plan   in `lines`
//! ```
//!
//! Parts are put together. A message of up to half the lane waits there until it is done. A longer one cannot, so its parts are
//! acknowledged as they come, once everything before it is done: until it is done, it is only in our memory.

use super::task::Task;
use crate::text::LINE_FEED;
use log::warn;
use shmchat::{Endpoint, Kind, Reached, TryRecvError, View};
use std::rc::Rc;
use std::time::SystemTime;

/// The longest message that is put together, in bytes. It is in memory as long as it is worked on.
const LONGEST: usize = 1 << 30;

const TOO_LONG: &str = "it is longer than 1 GiB";
const REST: &str = "it is only the rest of a message, whose beginning an earlier reader received";

/// A block of lines, of which some are taken.
#[derive(Debug)]
struct Block {
    bytes: Vec<u8>,
    at: usize,
    /// Where in the lane its first byte is.
    start: Reached,
    position: u64,
    sent: Option<SystemTime>,
    /// The first line is the rest of one.
    begins_inside: bool,
}

/// A message whose end has not come.
#[derive(Debug)]
struct Open {
    task: Task,
    length: usize,
}

/// What is taken from the lane.
#[derive(Debug, Default)]
pub(super) struct Intake {
    from: Option<Rc<str>>,
    block: Option<Block>,
    open: Option<Open>,
    /// The end of what came since then and is no task: a frame of a file transfer, or a part with more to follow.
    passed: Option<Reached>,
}

/// What comes next.
#[derive(Debug)]
pub(super) enum Found {
    Task(Task),
    /// Nothing now.
    Empty,
    /// The writer has quit, and nothing is left.
    Quit,
}

impl Intake {
    /// The next message.
    pub(super) fn next(&mut self, endpoint: &mut Endpoint) -> Result<Found, shmchat::Error> {
        loop {
            if let Some(task) = self.next_line() {
                return Ok(Found::Task(task));
            }
            match endpoint.receiver().try_recv_view() {
                Ok(view) => {
                    if let Some(task) = self.receive(&view) {
                        return Ok(Found::Task(task));
                    }
                }
                Err(TryRecvError::Empty) => return Ok(Found::Empty),
                Err(TryRecvError::Quit) => return Ok(Found::Quit),
                Err(TryRecvError::Channel(error)) => return Err(error),
            }
        }
    }

    /// If everything that was taken is done: where else nothing is to be done before. Tells it once.
    pub(super) fn passed(&mut self) -> Option<Reached> {
        self.passed.take()
    }

    fn receive(&mut self, view: &View<'_>) -> Option<Task> {
        let (envelope, end) = (view.envelope, view.end());
        if envelope.follows_truncated && self.open.take().is_some() {
            warn!(
                "a message was cut off, because its writer died before the end; it was never accepted, and nothing is done for it"
            );
        }
        if envelope.kind == Kind::File {
            self.passed = Some(end);
            return None;
        }
        let is_rest = !envelope.part.is_start();
        if envelope.kind == Kind::Lines {
            let mut bytes = Vec::with_capacity(view.len());
            view.copy_to(&mut bytes);
            let (start, position) = (view.reached(0), view.position());
            self.name(view.from);
            self.passed = None;
            self.block = Some(Block { bytes, at: 0, start, position, sent: envelope.sent, begins_inside: is_rest });
            return None;
        }
        let from = self.name(view.from);
        let open = self.open.get_or_insert_with(|| Open {
            task: Task {
                seq: envelope.seq,
                end,
                from,
                sent: envelope.sent,
                kind: envelope.kind,
                bytes: Vec::with_capacity(view.len()),
                broken: is_rest.then_some(REST),
                is_long: false,
            },
            length: 0,
        });
        open.task.end = end;
        open.length += view.begun().len() + view.len();
        if open.length <= LONGEST {
            view.copy_to(&mut open.task.bytes);
        } else {
            open.task.bytes = Vec::new();
            open.task.broken = Some(TOO_LONG);
        }
        if !envelope.part.is_end() {
            open.task.is_long = true;
            self.passed = Some(end);
            return None;
        }
        self.passed = None;
        self.open.take().map(|open| open.task)
    }

    /// The next line of the block that was received last.
    fn next_line(&mut self) -> Option<Task> {
        let block = self.block.as_mut()?;
        let rest = &block.bytes[block.at..];
        let length = memchr::memchr(LINE_FEED, rest).unwrap_or(rest.len());
        let behind = (block.at + length + 1).min(block.bytes.len());
        let is_rest = std::mem::take(&mut block.begins_inside);
        let task = Task {
            seq: block.position + block.at as u64,
            end: block.start.forward(behind),
            from: self.from.clone().unwrap_or_default(),
            sent: block.sent,
            kind: Kind::Text,
            bytes: rest[..length].to_vec(),
            broken: is_rest.then_some(REST),
            is_long: false,
        };
        block.at = behind;
        if behind == block.bytes.len() {
            self.block = None;
        }
        Some(task)
    }

    /// The name, made anew only if it is another one.
    fn name(&mut self, from: &str) -> Rc<str> {
        match &self.from {
            Some(known) if **known == *from => Rc::clone(known),
            _ => Rc::clone(self.from.insert(from.into())),
        }
    }
}
