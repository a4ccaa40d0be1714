//! The publications that are on their way, in order.
//!
//! ```text
//! queue   [ sent | sent | sent | not sent | not sent ]
//!           │                    └ may go as long as less than `limit` bytes are on their way
//!           └ expects `last` to be the stream's last sequence, the next one `last + 1`, and so on
//! ```
//!
//! Each publication says which sequence number the stream's last message must have, and which id, if that message is on its
//! way too. So one that comes late, twice or out of turn is refused by the server. The number alone would not do: if somebody
//! else's message takes the number of the first, the second would find the number that it expects, and get in without the
//! first. (That was found by drawing at random what may happen, in the tests of this file.)
//!
//! After any failure, and whatever the client may still send of what it was given before: ask for the stream's last message,
//! drop what that covers, and send the rest again ([`Window::resume`]).

use crate::wire::Heading;
use bytes::Bytes;
use std::collections::VecDeque;

/// A publication that is to be stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Publication<R> {
    /// Its headers.
    pub heading: Heading,
    /// Its payload.
    pub payload: Bytes,
    /// What to acknowledge in the lane once it is stored.
    pub reached: Option<R>,
    /// How many this process has published before it.
    pub number: u64,
    /// How often it went before, if it holds no messages.
    pub again: u32,
}

/// What a publication expects of the stream's last message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Expected {
    /// Its sequence number.
    pub sequence: u64,
    /// Its id, if it is on its way too.
    pub id: Option<String>,
}

impl<R> Publication<R> {
    /// What tells it from all others. One with messages has the same id when another process publishes it again.
    pub fn id(&self) -> String {
        let Heading { ring, range, bridge, .. } = &self.heading;
        if self.has_messages() {
            format!("{ring:016x}-{}", range.end)
        } else {
            // Nothing but its id tells whether it is stored. So when it goes again it is another one: for a server that has the
            // first, it would be a repetition, which gets no number that the next one could expect.
            format!("{bridge:016x}.{}.{}", self.number, self.again)
        }
    }

    fn has_messages(&self) -> bool {
        !self.heading.range.is_empty()
    }
}

/// The last publication of ours that the stream has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stored {
    /// The generation of the segment that it came from.
    pub ring: u64,
    /// The position in the lane up to which it goes.
    pub end: u64,
}

/// Publications on their way.
#[derive(Debug)]
pub struct Window<R> {
    queue: VecDeque<Publication<R>>,
    /// How many of them are sent and not acknowledged.
    sent: usize,
    /// The stream's last sequence number before the first of them.
    last: u64,
    /// How many bytes of payload are in the queue.
    bytes: usize,
    limit: usize,
}

impl<R> Window<R> {
    /// Nothing yet, behind the stream's last sequence number. `limit` is for the bytes of payload.
    pub fn new(last: u64, limit: usize) -> Self {
        Window { queue: VecDeque::new(), sent: 0, last, bytes: 0, limit }
    }

    /// Whether there is room for another publication.
    pub fn has_room(&self) -> bool {
        self.bytes < self.limit
    }

    /// Whether nothing is on its way.
    pub fn is_empty(&self) -> bool {
        self.queue.is_empty()
    }

    /// Adds a publication.
    pub fn push(&mut self, publication: Publication<R>) {
        self.bytes += publication.payload.len();
        self.queue.push_back(publication);
    }

    /// The next publication to send, and what it expects.
    pub fn next_to_send(&mut self) -> Option<(&Publication<R>, Expected)> {
        let publication = self.queue.get(self.sent)?;
        let before = self.sent.checked_sub(1).and_then(|before| self.queue.get(before));
        let expected = Expected { sequence: self.last + self.sent as u64, id: before.map(Publication::id) };
        self.sent += 1;
        Some((publication, expected))
    }

    /// The first publication was stored with this sequence number. `None` if that is not the number it was to get: then
    /// nothing is known any more, and it takes a [`resume`](Self::resume).
    #[must_use]
    pub fn acknowledge(&mut self, sequence: u64) -> Option<Publication<R>> {
        if self.sent == 0 || sequence != self.last + 1 {
            return None;
        }
        let first = self.queue.pop_front()?;
        self.bytes -= first.payload.len();
        self.sent -= 1;
        self.last = sequence;
        Some(first)
    }

    /// Starts over behind what the stream has. Gives the publications that it has already, in order; the others are to be sent
    /// again.
    pub fn resume(&mut self, stored: Option<Stored>, last: u64) -> Vec<Publication<R>> {
        let is_stored = |publication: &Publication<R>| {
            stored.is_some_and(|stored| {
                stored.ring == publication.heading.ring
                    && publication.has_messages()
                    && publication.heading.range.end <= stored.end
            })
        };
        // One without messages, between two that are stored, is stored or has been overtaken.
        let count = self.queue.iter().rposition(is_stored).map_or(0, |last| last + 1);
        let done: Vec<_> = self.queue.drain(..count).collect();
        self.bytes -= done.iter().map(|publication| publication.payload.len()).sum::<usize>();
        for publication in self.queue.iter_mut().filter(|publication| !publication.has_messages()) {
            publication.again += 1;
        }
        (self.sent, self.last) = (0, last);
        done
    }
}

#[cfg(test)]
mod tests;
