//! What is waiting in a lane, for an observer who takes nothing and stores nothing.
//!
//! There are two questions. *Is there anything?* is answered by [`is_empty`], from head and tail alone. *How much?* is
//! answered by [`Backlog`], for people: it counts the messages that begin in the lane, which is 0 if only the rest of
//! one is left. To decide whether a lane may be removed, ask the first.
//!
//! The count walks the records from `head` to `tail` with the consumer's checks. Each record takes at least 8 bytes, so
//! the walk ends, whatever is there.

use super::consumer::header_at;
use super::record::{Flags, Kind, LINE_FEED, RecordHeader};
use super::{Corrupt, checked_indices};
use crate::clock;
use crate::layout::{END_IS_DUE, LanePlace, Words};
use crate::sync::{Ordering::Acquire, fence};
use std::fmt;
use std::time::SystemTime;

/// How often to count a lane again if its consumer has moved on in the meantime.
const LOOKS: usize = 8;

/// What waits in a lane, for people to read: [`Sender::backlog`](crate::Sender::backlog). [`Display`](fmt::Display)
/// says it in words.
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
    /// How many messages begin there. 0 if only the rest of one is left, so ask [`is_empty`](Self::is_empty) whether
    /// anything waits.
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

/// Whether a lane is empty: its head has reached its tail. This, and never a count of messages, decides what may be
/// removed. It is exact while neither side is active; otherwise it was true at some instant during the look.
pub fn is_empty(words: &impl Words, place: &LanePlace) -> Result<bool, Corrupt> {
    let (tail, head) = indices(words, place)?;
    Ok(head == tail)
}

/// Both indices, checked. The consumer's is loaded first, so it cannot be past the tail.
fn indices(words: &impl Words, place: &LanePlace) -> Result<(u64, u64), Corrupt> {
    let head = words.word(place.head);
    fence(Acquire);
    // (A') pairs with the producer's (A): the records before this tail are whole.
    let tail = words.word(place.tail);
    fence(Acquire);
    checked_indices(tail, head, place.capacity)
}

/// Counts what is waiting in a lane that others may be using. `None` if its consumer is so busy that no count is valid.
///
/// The producer writes after `tail`, and may overwrite a record only after `head` has moved past it. So if `head` did
/// not move during a count, it counted whole records; only such a count is believed, even if it finds nonsense.
pub fn look(words: &impl Words, place: &LanePlace) -> Result<Option<Backlog>, Corrupt> {
    for _ in 0..LOOKS {
        let head = words.word(place.head);
        fence(Acquire);
        let counted = indices(words, place).and_then(|(tail, head)| count(words, place, head, tail));
        // The loads of the count come before this load of `head`.
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
        if !matches!(header.kind, Kind::Padding | Kind::Name) {
            let at = place.word_at(position) + 1;
            let stamped = header.flags.has(Flags::STAMPED);
            if is_first && stamped {
                backlog.oldest = Some(clock::from_word(words.word(at)));
            }
            let stamp = if stamped { 8 } else { 0 };
            // How much of the record at `head` the consumer has already taken.
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
