//! Messages where they stand, in the segment.

use super::copy::load;
use super::envelope::Envelope;
use super::reached::Reached;
use crate::descriptor::Span;
use crate::ring::record::Kind;
use crate::sync::AtomicU64;
use std::ops::Range;

/// A message, a part of one, or a block of lines, where it stands in the segment.
///
/// It is acknowledged by the next receiving call, or [`acknowledge`](crate::Receiver::acknowledge), like a
/// [`Message`](crate::Message): who reads a message to write it to a descriptor, or works on words, does without the copy.
/// [`Sender::reserve`](crate::Sender::reserve) has an example.
///
/// # Trust
/// What stands in the segment can be changed by the other side while one looks at it, also after it was sent: a sound peer
/// never does, a hostile one may. So the words are atomic, and each look may see others; who decides something by what it
/// saw decides by a private copy ([`copy_to`](Self::copy_to)). Bytes that are only passed on are the other side's either
/// way.
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
    /// [`acknowledge_until`](crate::Receiver::acknowledge_until). Behind the last one a message still has its end, which who prints a line
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

/// A message, part of one, or block of lines that stands in the lane.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct InPlace {
    /// What is known of it.
    pub envelope: Envelope,
    /// The position in the lane of the word in which it begins.
    pub(super) position: u64,
    /// Where in that word it begins: at its first byte, but for the rest of a message, or of a block whose first lines were
    /// handed over.
    pub(super) skip: usize,
    pub(super) length: usize,
}
