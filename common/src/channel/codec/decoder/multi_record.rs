//! Several messages in one record: lines, or a pack of short messages of one length.

use crate::channel::codec::envelope::Envelope;
use crate::channel::codec::part::Part;
use crate::channel::codec::reached::Reached;
use crate::ring::record::{LINE_FEED, Pack};
use std::cmp::Ordering;
use std::ops::Range;

/// Several messages in one record, some of which are still to be handed over.
#[derive(Debug)]
pub(super) struct MultiRecord {
    pub(super) envelope: Envelope,
    /// The position in the lane of the buffer's first byte.
    pub(super) base: u64,
    /// How many bytes of the buffer have been handed over.
    pub(super) done: usize,
    /// How many bytes of the pack's message that begins there a predecessor received.
    pub(super) had: usize,
    /// Whether the rest of a message comes next.
    pub(super) is_rest: bool,
    /// Its messages, if they are not lines.
    pub(super) pack: Option<Pack>,
}

impl MultiRecord {
    /// Where the next message begins and ends, and where the one after it begins; `None` if there is none in `bytes`.
    #[inline]
    pub(super) fn next(&self, bytes: &[u8]) -> Option<(Range<usize>, usize)> {
        let start = self.done;
        let (length, stride) = match self.pack {
            Some(pack) => (usize::from(pack.message_bytes), pack.stride()),
            None => memchr::memchr(LINE_FEED, &bytes[start..]).map(|length| (length, length + 1))?,
        };
        Some((start + self.had..start + length, start + stride))
    }

    pub(super) fn new(envelope: Envelope, base: u64, pack: Option<Pack>) -> Self {
        MultiRecord { envelope, base, done: 0, had: 0, is_rest: false, pack }
    }

    /// The envelope of what comes next, or of everything that is left.
    #[inline]
    pub(super) fn next_envelope(&self) -> Envelope {
        // The position of the first one is that of the record: what `put` returned before it was known that a second
        // one would follow, and what identifies a whole block.
        let start = (self.done + self.rest_at()) as u64;
        let seq = if start > 0 { self.base + start } else { self.envelope.seq };
        Envelope { seq, part: if self.is_rest { Part::Last } else { self.envelope.part }, ..self.envelope }
    }

    /// Where in the next message the rest begins, which gives it its position. After the last byte of a message that
    /// only owes its end, the next one may begin.
    pub(super) fn rest_at(&self) -> usize {
        self.pack.map_or(self.had, |pack| Reached::rest_at(self.had, pack.message_bytes.into()))
    }

    /// The next message, after which this one begins, was handed over.
    #[inline]
    pub(super) fn advance(&mut self, next: usize) {
        (self.done, self.had, self.is_rest) = (next, 0, false);
        self.envelope.follows_truncated = false;
    }

    /// Continues where a predecessor's mark says, in a block of `length` bytes; or at its start, if the mark is not a
    /// place where that is possible.
    pub(super) fn resume(&mut self, mark: Reached, length: usize, line_ends_at: impl Fn(usize) -> bool) {
        let Some(had) = mark.behind(self.base, length) else { return };
        let Some(pack) = self.pack else {
            // A receiver that got the last line gives back the block.
            if had < length && !mark.end_is_due() {
                (self.done, self.is_rest) = (had, !line_ends_at(had - 1));
            }
            return;
        };
        let start = (had - usize::from(mark.end_is_due())) / pack.stride() * pack.stride();
        let of_message = had - start;
        // Between two messages there may be padding.
        let is_place = match of_message.cmp(&pack.message_bytes.into()) {
            Ordering::Less => !mark.end_is_due() && had < length,
            Ordering::Equal => mark.end_is_due(),
            Ordering::Greater => false,
        };
        if is_place {
            (self.done, self.had, self.is_rest) = (start, of_message, of_message > 0);
        }
    }
}
