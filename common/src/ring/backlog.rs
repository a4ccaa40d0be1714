//! What waits in a lane, looked at by somebody who takes nothing and stores nothing.
//!
//! Two questions with two answers. *Is there anything?* is [`is_empty`]: head and tail tell, and nothing else. *How much?* is
//! [`Backlog`], for people: it counts messages that begin in the lane, and there are none where only the rest of one waits.
//! Whoever decides whether a lane may be removed asks the first.
//!
//! The count walks the records from `head` to `tail` with the consumer's checks. Each takes 8 bytes at least, so a walk ends, whatever
//! stands there.

use super::consumer::header_at;
use super::record::{Flags, Kind, LINE_FEED, RecordHeader};
use super::{Corrupt, checked_indices};
use crate::clock;
use crate::layout::{END_IS_DUE, LanePlace, Words};
use crate::sync::{Ordering::Acquire, fence};
use std::fmt;
use std::time::SystemTime;

/// How often a lane is counted again whose consumer moved on meanwhile.
const LOOKS: usize = 8;

/// What waits in a lane, for people to read: [`Sender::backlog`](crate::Sender::backlog). [`Display`](fmt::Display) says it in words.
///
/// ```
/// use shmchat::{Backlog, Channel, Role};
///
/// # let folder = tempfile::tempdir()?;
/// # let channel = Channel::named("lobby".parse()?).dir(folder.path());
/// let mut writer = channel.attach(Role::Writer)?;
/// assert_eq!(writer.sender().backlog()?, Backlog::default());
/// writer.sender().send_batch(["hello", "again"])?;
/// let backlog = writer.sender().backlog()?;
/// assert_eq!((backlog.messages, backlog.bytes), (2, 10));
/// assert_eq!(backlog.and(backlog).to_string(), "4 messages are waiting");
/// # drop(writer);
/// # channel.clean(true)?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Backlog {
    /// How many messages begin there. 0 if only the rest of one is left, so ask [`is_empty`](Self::is_empty) whether anything waits.
    pub messages: u64,
    /// Bytes of what waits, without headers and times.
    pub bytes: u64,
    /// When the oldest of them was sent. `None` if it does not carry a time.
    pub oldest: Option<SystemTime>,
    /// Bytes of the lane that are taken, headers and padding included.
    pub occupied: u64,
}

impl Backlog {
    /// Whether the lane held nothing when it was looked at.
    pub fn is_empty(&self) -> bool {
        self.occupied == 0
    }

    /// What waits in both lanes together.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        Backlog {
            messages: self.messages + other.messages,
            bytes: self.bytes + other.bytes,
            oldest: self.oldest.into_iter().chain(other.oldest).min(),
            occupied: self.occupied + other.occupied,
        }
    }
}

impl fmt::Display for Backlog {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.messages {
            0 if self.is_empty() => f.write_str("nothing is waiting"),
            0 => f.write_str("the rest of a message is waiting"),
            1 => f.write_str("1 message is waiting"),
            messages => write!(f, "{messages} messages are waiting"),
        }
    }
}

/// Whether a lane is empty: its head has come up to its tail. This, and never a count of messages, decides what may be
/// removed. Exact while neither side is at work; else it was so at an instant of the look.
pub fn is_empty(words: &impl Words, place: &LanePlace) -> Result<bool, Corrupt> {
    let (tail, head) = indices(words, place)?;
    Ok(head == tail)
}

/// Both indices, checked. The consumer's first: then it cannot be past the tail.
fn indices(words: &impl Words, place: &LanePlace) -> Result<(u64, u64), Corrupt> {
    let head = words.word(place.head);
    fence(Acquire);
    // (A') pairs with the producer's (A): the records before this tail are whole.
    let tail = words.word(place.tail);
    fence(Acquire);
    checked_indices(tail, head, place.capacity)
}

/// Counts what waits in a lane that others may be using. None where its consumer is so busy that no count holds.
///
/// What the producer writes goes behind `tail`, and it may write over a record only when `head` has moved past it. So a
/// count during which `head` stood still is one of whole records, and only such a one is believed, also where it finds
/// nonsense.
pub fn look(words: &impl Words, place: &LanePlace) -> Result<Option<Backlog>, Corrupt> {
    for _ in 0..LOOKS {
        let head = words.word(place.head);
        fence(Acquire);
        let counted = indices(words, place).and_then(|(tail, head)| count(words, place, head, tail));
        // The words of the count come before this look at `head`.
        fence(Acquire);
        if words.word(place.head) == head {
            return counted.map(Some);
        }
    }
    Ok(None)
}

/// Counts the records from `head` to `tail`, both checked.
pub(super) fn count(words: &impl Words, place: &LanePlace, head: u64, tail: u64) -> Result<Backlog, Corrupt> {
    let mark = words.word(place.mark);
    let (mark, end_is_due) = (mark & !END_IS_DUE, mark & END_IS_DUE != 0);
    let mut backlog = Backlog { occupied: tail.wrapping_sub(head), ..Backlog::default() };
    let (mut position, mut is_first) = (head, true);
    let mut lines = Vec::new();
    while position != tail {
        let header = header_at(words, place, position, tail)?;
        if header.kind != Kind::Padding {
            let at = place.word_at(position) + 1;
            let stamped = header.flags.has(Flags::STAMPED);
            if is_first && stamped {
                backlog.oldest = Some(clock::from_word(words.word(at)));
            }
            let stamp = if stamped { 8 } else { 0 };
            // What the consumer has taken already of the record at `head`.
            let most = header.payload_bytes() + u64::from(end_is_due);
            let taken = mark.checked_sub(position + 8).filter(|&taken| is_first && taken < most);
            let taken = taken.unwrap_or_default();
            is_first = false;
            let (messages, bytes) = match (header.kind, header.pack()) {
                (Kind::Lines, _) => {
                    load(words, at, &header, &mut lines);
                    let rest = &lines[stamp.max(taken) as usize..];
                    (memchr::memchr_iter(LINE_FEED, rest).count() as u64, rest.len() as u64)
                }
                (_, Some(pack)) => {
                    let stride = pack.stride() as u64;
                    let begun = if end_is_due { taken.div_ceil(stride) } else { taken / stride };
                    let left = pack.count() as u64 - begun.min(pack.count() as u64);
                    (left, left * u64::from(pack.message_bytes))
                }
                _ => {
                    let begins = !header.flags.has(Flags::CONTINUES) && taken <= stamp;
                    (u64::from(begins), header.payload_bytes() - stamp.max(taken))
                }
            };
            backlog.messages += messages;
            backlog.bytes += bytes;
        }
        position += header.record_bytes();
    }
    Ok(backlog)
}

/// A private copy of a record's payload.
fn load(words: &impl Words, at: usize, header: &RecordHeader, out: &mut Vec<u8>) {
    let length = header.payload_bytes() as usize;
    out.clear();
    out.extend((at..at + length.div_ceil(8)).flat_map(|index| words.word(index).to_ne_bytes()));
    out.truncate(length);
}
