//! Messages that are written and read where they stand, in the segment: a [`WriteSlot`] to fill, a [`View`] to look at.
//!
//! A message sent by [`Endpoint::put`] is copied in, and one received by [`Endpoint::recv`] is copied out. Who reads it from
//! a descriptor anyway, or writes it to one, or works on words, can do without both copies:
//!
//! ```
//! use shmchat::ring::record::Kind;
//! use shmchat::{Channel, Endpoint, Error, Part, Received, Role};
//! use std::io::{Read, Write};
//!
//! # let folder = tempfile::tempdir()?;
//! # let channel = Channel::named("lobby".parse::<shmchat::channel::ChannelName>()?).dir(folder.path());
//! # let (mut writer, mut reader) = (channel.attach(Role::Writer)?, channel.attach(Role::Reader)?);
//! # let (input, mut source) = std::io::pipe()?;
//! # source.write_all(b"straight through")?;
//! # let (mut sink, output) = std::io::pipe()?;
//! // As many bytes as one `read` gives, up to a record's size, from a descriptor into the segment.
//! if let Some(mut room) = writer.try_reserve(1..=usize::MAX, None)? {
//!     let length = room.read_from(&input)?;
//!     room.commit(length, Kind::Bytes, Part::Whole, false);
//!     writer.flush()?;
//! }
//! // In the other process, from the segment to a descriptor.
//! if let Received::Message(view) = reader.try_recv_view()? {
//!     let written = view.span(0..view.len()).write_to(&output)?;
//!     assert_eq!(written, view.len());
//! }
//! reader.acknowledge()?;
//! # drop(output);
//! # let mut bytes = String::new();
//! # sink.read_to_string(&mut bytes)?;
//! # assert_eq!(bytes, "straight through");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # Trust
//! What stands in the segment can be changed by the other side while one looks at it, also after it was sent: a sound peer never
//! does, a hostile one may. So the words are atomic, and each look may see others; who decides something by what it
//! saw decides by a private copy ([`View::copy_to`]). Bytes that are only passed on are the other side's either way.
//!
//! # Crash behaviour
//! As for copied messages: what stands in a room is nobody's until it is committed and [flushed](Endpoint::flush); what
//! was seen in a view waits for a successor until it is acknowledged.

use super::decoder::{Envelope, InPlace, Reached};
use super::encoder::{Encoder, Part};
use super::endpoint::Endpoint;
use super::error::Error;
use super::receive::Received;
use super::sleep::Interest;
use crate::descriptor::{self, Span};
use crate::ring::record::Kind;
use crate::ring::{Memory, Reserved, search};
use crate::segment::Segment;
use crate::sync::{AtomicU64, Ordering};
use nix::errno::Errno;
use std::ops::{ControlFlow, Range, RangeInclusive};
use std::os::fd::AsFd;

/// A place in the segment for one message, or a part of one. Dropped without a [`commit`](Self::commit), nothing has
/// happened.
#[derive(Debug)]
#[must_use = "nothing is sent before it is committed"]
pub struct WriteSlot<'a, M = Segment> {
    encoder: &'a mut Encoder<M>,
    place: Reserved,
    /// Bytes that stand in it.
    filled: usize,
}

impl<'a, M: Memory> WriteSlot<'a, M> {
    pub(super) fn new(encoder: &'a mut Encoder<M>, place: Reserved) -> Self {
        WriteSlot { encoder, place, filled: 0 }
    }

    /// The most bytes that it holds.
    pub fn size(&self) -> usize {
        self.place.length()
    }

    /// Bytes that [`fill`](Self::fill) and [`read_from`](Self::read_from) have put there.
    pub fn filled(&self) -> usize {
        self.filled
    }

    /// Its words, to be written to: the first byte of the message is the first word's first in memory.
    pub fn words(&self) -> &[AtomicU64] {
        self.encoder.reserved(&self.place)
    }

    /// Appends these bytes; fewer where it gets full. Gives how many.
    pub fn fill(&mut self, bytes: &[u8]) -> usize {
        let count = bytes.len().min(self.size() - self.filled);
        let mut at = self.filled;
        let mut rest = &bytes[..count];
        while !rest.is_empty() {
            let within = at % 8;
            let (now, later) = rest.split_at(rest.len().min(8 - within));
            let word = &self.words()[at / 8];
            let mut value = word.load(Ordering::Relaxed).to_ne_bytes();
            value[within..within + now.len()].copy_from_slice(now);
            word.store(u64::from_ne_bytes(value), Ordering::Relaxed);
            at += now.len();
            rest = later;
        }
        self.filled += count;
        count
    }

    /// Appends what one `read` gives; none is the end of the input, or a full room.
    /// <https://man7.org/linux/man-pages/man2/read.2.html>
    pub fn read_from(&mut self, fd: impl AsFd) -> Result<usize, Errno> {
        self.fill_by(|words, space| descriptor::read(fd, words, space))
    }

    /// Appends what `read` puts into these bytes of the words, which says how many they were.
    pub fn fill_by<E>(
        &mut self,
        read: impl FnOnce(&[AtomicU64], Range<usize>) -> Result<usize, E>,
    ) -> Result<usize, E> {
        let space = self.filled..self.size();
        let bytes = read(self.words(), space.clone())?.min(space.len());
        self.filled += bytes;
        Ok(bytes)
    }

    /// The last of these bytes, among those that stand in it, that is `wanted`.
    pub fn find_last(&self, range: Range<usize>, wanted: u8) -> Option<usize> {
        search::last(self.words(), range.start..range.end.min(self.filled), wanted)
    }

    /// The first of these bytes, among those that stand in it, that is `wanted`.
    pub fn find_first(&self, range: Range<usize>, wanted: u8) -> Option<usize> {
        search::first(self.words(), range.start..range.end.min(self.filled), wanted)
    }

    /// Appends these bytes to `out`.
    ///
    /// # Panics
    /// If it does not hold as much.
    pub fn copy_to(&self, range: Range<usize>, out: &mut Vec<u8>) {
        load(self.words(), range, out);
    }

    /// Makes a message, or a part of one, of the first `length` bytes. Gives its `seq`. It is accepted by the
    /// [`flush`](Endpoint::flush) that follows, like what was [`put`](Endpoint::put).
    ///
    /// # Panics
    /// If it does not hold as much, or no bytes are to be a part that more follows.
    pub fn commit(self, length: usize, kind: Kind, part: Part, unterminated: bool) -> u64 {
        self.encoder.commit(&self.place, length, kind, part, unterminated)
    }
}

/// A message, a part of one, or a block of lines, where it stands in the segment.
///
/// It is acknowledged by the next receiving call, or [`acknowledge`](Endpoint::acknowledge), like a
/// [`Message`](super::Message).
#[derive(Clone, Copy, Debug)]
pub struct View<'a> {
    /// What is known of it.
    pub envelope: Envelope,
    begun: &'a [u8],
    words: &'a [AtomicU64],
    position: u64,
    skip: usize,
    length: usize,
}

impl<'a> View<'a> {
    pub(super) fn new(begun: &'a [u8], words: &'a [AtomicU64], found: &InPlace) -> Self {
        let InPlace { envelope, position, skip, length } = *found;
        View { envelope, begun, words, position, skip, length }
    }

    /// Where in the lane the first of the bytes that stand there does. That of a line is the line's `seq` where it is
    /// received by itself.
    pub fn position(&self) -> u64 {
        self.position + self.skip as u64
    }

    /// What calls that copy had put together of this message before; it comes first. Nothing unless such calls were made
    /// too.
    pub fn begun(&self) -> &'a [u8] {
        self.begun
    }

    /// Bytes that stand in the segment.
    pub fn len(&self) -> usize {
        self.length
    }

    /// Whether no bytes stand in the segment.
    pub fn is_empty(&self) -> bool {
        self.length == 0
    }

    /// The words in which they stand, the first at byte [`skip`](Self::skip). What is behind the last is anything.
    pub fn words(&self) -> &'a [AtomicU64] {
        self.words
    }

    /// Where in the first word they begin: at 0, but for the rest of a message, and for what is left of a block of lines of
    /// which the first were received singly.
    pub fn skip(&self) -> usize {
        self.skip
    }

    /// The place behind so many of its bytes that stand in the segment, for
    /// [`acknowledge_until`](Endpoint::acknowledge_until). Behind the last one a message still has its end, which who prints a line
    /// prints as a line feed; not so a part that more follows, or a block of lines.
    ///
    /// # Panics
    /// If there are not as many.
    pub fn reached(&self, bytes: usize) -> Reached {
        assert!(bytes <= self.length, "{bytes} bytes of {}", self.length);
        let (kind, part) = (self.envelope.kind, self.envelope.part);
        let has_end = kind != Kind::Lines && part.is_end() && bytes == self.length;
        // Of nothing but the end nothing was had, unless that is all that a predecessor left.
        let end_is_due = has_end && (bytes > 0 || !part.is_start());
        Reached::new(self.position() + bytes as u64, end_is_due)
    }

    /// These of the bytes in the segment, to be written to a descriptor.
    ///
    /// # Panics
    /// If there are not as many.
    pub fn span(&self, range: Range<usize>) -> Span<'a> {
        Span::within(self.words, self.skip..self.skip + self.length).cut(range)
    }

    /// Appends all bytes to `out`: the private copy on which one can decide.
    pub fn copy_to(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(self.begun);
        load(self.words, self.skip..self.skip + self.length, out);
    }
}

/// Appends these bytes of `words` to `out`.
fn load(words: &[AtomicU64], range: Range<usize>, out: &mut Vec<u8>) {
    let words = &words[range.start / 8..range.end.div_ceil(8).max(range.start / 8)];
    let (start, skip) = (out.len(), range.start % 8);
    out.resize(start + words.len() * 8, 0);
    let (chunks, _) = out[start..].as_chunks_mut::<8>();
    for (chunk, word) in chunks.iter_mut().zip(words) {
        *chunk = word.load(Ordering::Relaxed).to_ne_bytes();
    }
    out.drain(start..start + skip);
    out.truncate(start + range.len());
}

impl Endpoint {
    /// A place in the lane for one message, or a part of one, of any of these lengths: the longest for which there is
    /// room now, up to a record's; none where there is no room for the shortest, and then
    /// [`Interest::ROOM`] is what to wait for. `n..=n` for a message of known length; `n..=usize::MAX` for as much of a
    /// stream as goes, where less than `n` is not worth the call. `sent` is the sender's clock, for [`Kind::Text`] and
    /// [`Kind::Lines`] where a message begins.
    ///
    /// # Errors
    /// [`Error::TooLong`] where the shortest is longer than [`part_limit`](Self::part_limit): such a message goes in
    /// parts.
    pub fn try_reserve(
        &mut self,
        lengths: RangeInclusive<usize>,
        sent: Option<u64>,
    ) -> Result<Option<WriteSlot<'_>>, Error> {
        let place = self.reserve_place(&lengths, sent)?;
        Ok(place.map(|place| WriteSlot::new(&mut self.encoder, place)))
    }

    /// The same, waiting for room while the lane is full.
    pub fn reserve(&mut self, lengths: RangeInclusive<usize>, sent: Option<u64>) -> Result<WriteSlot<'_>, Error> {
        let place = loop {
            match self.reserve_place(&lengths, sent)? {
                Some(place) => break place,
                None => self.wait(Interest::ROOM, None)?,
            };
        };
        Ok(WriteSlot::new(&mut self.encoder, place))
    }

    fn reserve_place(&mut self, lengths: &RangeInclusive<usize>, sent: Option<u64>) -> Result<Option<Reserved>, Error> {
        let limit = self.part_limit();
        if *lengths.start() > limit {
            return Err(Error::TooLong { channel: self.at.channel.clone(), bytes: *lengths.start(), limit });
        }
        self.encoder.reserve(lengths, sent).map_err(|what| self.corrupt(what))
    }

    /// Receives the next message if there is one now, and leaves it where it stands. One that is longer than a record
    /// comes in parts, whatever the [limit](Self::set_message_limit) is; lines come in the blocks that they were sent in.
    pub fn try_recv_view(&mut self) -> Result<Received<View<'_>>, Error> {
        Ok(match self.advance_in_place()? {
            Received::Message(found) => Received::Message(self.decoder.view(&found)),
            Received::Empty => Received::Empty,
            Received::Ended => Received::Ended,
        })
    }

    /// The same, sleeping while there is none. None when the other side has quit and all is received.
    pub fn recv_view(&mut self) -> Result<Option<View<'_>>, Error> {
        loop {
            self.coalesce()?;
            match self.advance_in_place()? {
                Received::Message(found) => return Ok(Some(self.decoder.view(&found))),
                Received::Ended => return Ok(None),
                Received::Empty => self.wait(Interest::MESSAGE, None)?,
            };
        }
    }

    fn advance_in_place(&mut self) -> Result<Received<InPlace>, Error> {
        self.acknowledge()?;
        // The order matters: what was sent before the quit is there once the quit is seen.
        let ended = self.peer_has_quit()?;
        Ok(match self.decoder.next_in_place().map_err(|what| self.corrupt(what))? {
            Some(found) => Received::Message(found),
            None if ended => Received::Ended,
            None => Received::Empty,
        })
    }

    /// Hands views to `each` as long as that says so and there are any of those found by one look. Gives how many they
    /// were, as a message, unless there was none. They are acknowledged together, by the next receiving call.
    pub fn try_recv_views(
        &mut self,
        mut each: impl FnMut(View<'_>) -> ControlFlow<()>,
    ) -> Result<Received<usize>, Error> {
        let mut count = 0;
        let mut next = self.advance_in_place()?;
        while let Received::Message(found) = next {
            count += 1;
            // One look at the lane for all of them: see `coalesce`.
            if each(self.decoder.view(&found)).is_break() || !self.decoder.has_seen() {
                break;
            }
            next = match self.decoder.next_in_place().map_err(|what| self.corrupt(what))? {
                Some(found) => Received::Message(found),
                None => Received::Empty,
            };
        }
        Ok(match next {
            Received::Ended => Received::Ended,
            _ if count == 0 => Received::Empty,
            _ => Received::Message(count),
        })
    }
}
