//! Packs what is taken from the lane into publications.
//!
//! A publication costs the server some 10 microseconds, whatever is in it, so small messages travel together. The first one goes
//! at once. While it is on its way, what comes is collected until it is acknowledged, or until there is enough: as TCP does it
//! (Nagle, <https://www.rfc-editor.org/rfc/rfc896>). So a typed line waits for nothing, and a stream of small messages fills
//! its publications by itself. With a `linger` the first one waits for more, too.

use super::window::{Publication, Stored, Window};
use crate::wire::{Heading, Life, Piece, Taken, Writer, piece};
use shmchat::{Kind, Reached, View};
use std::time::{Duration, Instant};

/// How large things may get.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// The longest payload that the server and the stream take, in bytes, without the headers.
    pub payload: usize,
    /// From how many bytes on a payload is full.
    pub pack: usize,
    /// How many bytes of payload may be on their way.
    pub window: usize,
    /// How long a publication waits for more.
    pub linger: Duration,
}

/// A publication being put together.
#[derive(Debug)]
struct Open {
    writer: Writer,
    reached: Option<Reached>,
    end: u64,
    since: Instant,
}

/// Packs what is taken from the lane into publications.
#[derive(Debug)]
pub struct Batcher {
    limits: Limits,
    window: Window<Reached>,
    /// The heading of the next publication, except for its end.
    ring: u64,
    bridge: u64,
    start: u64,
    number: u64,
    taken: Option<Taken>,
    life: Life,
    open: Option<Open>,
    /// What lies before this position in the lane is stored already.
    stored_until: u64,
    /// As far as there is nothing but what is stored already.
    already: Option<Reached>,
    scratch: Vec<u8>,
}

impl Batcher {
    /// Goes on behind what this bridge, or one before it, has stored.
    pub fn new(limits: Limits, ring: u64, bridge: u64, stored: Option<Stored>, last: u64) -> Self {
        let end = stored.filter(|stored| stored.ring == ring).map_or(0, |stored| stored.end);
        Batcher {
            limits,
            window: Window::new(last, limits.window),
            ring,
            bridge,
            start: end,
            number: 0,
            taken: None,
            life: Life::default(),
            open: None,
            stored_until: end,
            already: None,
            scratch: Vec::new(),
        }
    }

    /// The publications that are on their way.
    pub fn window(&mut self) -> &mut Window<Reached> {
        &mut self.window
    }

    /// Whether no more fits.
    pub fn is_full(&self) -> bool {
        !self.window.has_room()
    }

    /// Whether something is neither stored nor on its way yet.
    pub fn has_open(&self) -> bool {
        self.open.is_some()
    }

    /// Adds a message, or a part of one, or a block of lines.
    pub fn add(&mut self, view: &View<'_>) {
        let (start, length) = (view.position(), view.len());
        let end = start + length as u64;
        if end <= self.stored_until {
            self.already = Some(view.end());
            return;
        }
        let mut done = self.stored_until.saturating_sub(start) as usize;
        // A part of nothing with more to follow says nothing.
        if length == 0 && !view.envelope.part.is_end() {
            return;
        }
        // Only lines are looked at before they travel, and what has to be cut.
        let in_one = view.envelope.kind != Kind::Lines && done == 0;
        if !in_one {
            self.scratch.clear();
            view.copy_to(&mut self.scratch);
        }
        let mut scratch = std::mem::take(&mut self.scratch);
        loop {
            let wanted = length - done;
            let room = self.room_for(wanted);
            let fits = in_one && done == 0 && wanted <= room;
            if !fits && scratch.is_empty() && length > 0 {
                view.copy_to(&mut scratch);
            }
            let (kind, part) = (view.envelope.kind, view.envelope.part);
            let next = if fits {
                Piece { kind, part, bytes: 0..length, done: length }
            } else {
                piece(kind, part, &scratch, done, room)
            };
            let is_last = next.done >= length;
            let open = self.open.get_or_insert_with(|| Open {
                writer: Writer::new(&self.life),
                reached: None,
                end: 0,
                since: Instant::now(),
            });
            let unterminated = view.envelope.unterminated && next.part.is_end() && is_last;
            open.writer.push(&next, view.from, view.envelope.sent, unterminated, |out| {
                if fits { view.copy_to(out) } else { out.extend_from_slice(&scratch[next.bytes.clone()]) }
            });
            open.end = start + next.done as u64;
            done = next.done;
            if is_last {
                open.reached = Some(view.end());
            }
            if open.writer.bytes() >= self.limits.pack.min(self.limits.payload) {
                self.close();
            }
            if is_last {
                break;
            }
        }
        scratch.clear();
        self.scratch = scratch;
    }

    /// How much of `wanted` bytes goes into the open publication, or into the next one if nothing is in it yet.
    fn room_for(&mut self, wanted: usize) -> usize {
        if let Some(open) = &self.open {
            let room = open.writer.room(self.limits.payload);
            if wanted <= room {
                return room;
            }
            self.close();
        }
        Writer::new(&self.life).room(self.limits.payload).max(1)
    }

    /// Ends the open publication, if there is one: it may go.
    pub fn close(&mut self) {
        let Some(Open { writer, reached, end, .. }) = self.open.take() else { return };
        self.push(writer.finish(), end, reached);
    }

    fn push(&mut self, payload: Vec<u8>, end: u64, reached: Option<Reached>) {
        let heading = Heading { ring: self.ring, range: self.start..end, bridge: self.bridge, taken: self.taken };
        self.start = end;
        self.window.push(Publication { heading, payload: payload.into(), reached, number: self.number, again: 0 });
        self.number += 1;
    }

    /// Ends the open publication if it has waited long enough.
    pub fn close_if_due(&mut self, now: Instant) {
        if self.due().is_some_and(|due| due <= now) {
            self.close();
        }
    }

    /// When the open publication is to go; `None` if nothing is open, or if it goes when something is acknowledged.
    pub fn due(&self) -> Option<Instant> {
        let open = self.open.as_ref()?;
        let waits_for_one = self.limits.linger.is_zero() && !self.window.is_empty();
        (!waits_for_one).then(|| open.since + self.limits.linger)
    }

    /// Who is at this end, for all publications from now on. A change is published at once, behind what was taken before it.
    pub fn set_life(&mut self, life: Life) {
        if self.life != life {
            self.close();
            self.life = life;
            self.say();
        }
    }

    /// How far the other stream was taken, for all publications from now on.
    pub fn set_taken(&mut self, taken: Taken) {
        self.taken = Some(taken);
    }

    /// Publishes what there is to say beside messages.
    pub fn say(&mut self) {
        self.close();
        let (payload, end) = (Writer::new(&self.life).finish(), self.start);
        self.push(payload, end, None);
    }

    /// Up to where the lane held only what is stored already, since the last call: to be acknowledged.
    pub fn already_stored(&mut self) -> Option<Reached> {
        self.already.take()
    }
}
