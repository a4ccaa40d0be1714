//! A separator byte after each message: NUL (`find -print0`, `xargs -0`), or the line feed if lines cannot be read
//! directly into the segment (see [`lines`](super::lines)).

use super::message::text;
use super::quit::asks_to_quit;
use super::source::{InputError, Next, PartPolicy, Source};
use super::stream_buffer::StreamBuffer;
use crate::text::split_at_most;
use shmchat::{Outgoing, Part};

/// Cuts a stream at a separator byte.
#[derive(Debug)]
pub struct Separated {
    block: StreamBuffer,
    separator: u8,
    policy: PartPolicy,
    /// Whether a message that is just `x` quits.
    x_quits: bool,
    /// Whether a part of the next message has been sent.
    inside: bool,
    /// How many bytes of the rest are known to contain no separator.
    scanned: usize,
    /// What [`next`](Source::next) returned: how many bytes of the stream, and whether it was the end of a message.
    given: (usize, bool),
}

impl Separated {
    /// Cuts at `separator`. `x_quits`: whether a message that is just `x` quits.
    pub fn new(separator: u8, policy: PartPolicy, x_quits: bool) -> Self {
        let (block, inside, scanned, given) = (StreamBuffer::default(), false, 0, (0, false));
        Separated { block, separator, policy, x_quits, inside, scanned, given }
    }
}

impl Source for Separated {
    fn block(&mut self) -> &mut StreamBuffer {
        &mut self.block
    }

    #[inline]
    fn next(&mut self) -> Result<Next<'_>, InputError> {
        let rest = self.block.rest();
        let limit = self.policy.limit;
        let near = &rest[..rest.len().min(limit + 1)];
        let found = memchr::memchr(self.separator, &near[self.scanned.min(near.len())..]);
        let (length, taken, is_end, unterminated) = match found.map(|at| at + self.scanned) {
            Some(at) => (at, at + 1, true, false),
            None if rest.len() > limit => {
                let length = split_at_most(rest, limit);
                (length, length, false, false)
            }
            None if self.block.has_ended() && (self.inside || !rest.is_empty()) => (rest.len(), rest.len(), true, true),
            None => {
                self.scanned = rest.len();
                return Ok(Next::Nothing);
            }
        };
        let bytes = &rest[..length];
        let part = Part::of(!self.inside, is_end);
        if self.x_quits && part == Part::Whole && asks_to_quit(bytes) {
            return Ok(Next::Quit);
        }
        self.given = (taken, is_end);
        Ok(Next::Message(Outgoing { part, unterminated, ..text(bytes, self.block.clock()) }))
    }

    #[inline]
    fn sent(&mut self) {
        let (taken, is_end) = self.given;
        self.block.take(taken);
        self.inside = !is_end;
        self.scanned = 0;
    }

    fn skip(&mut self) {}

    fn unsent(&self) -> usize {
        self.block.rest().len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What becomes of a stream that is read in pieces of this size.
    fn cut_up(stream: &[u8], limit: usize, at_once: usize) -> Vec<(Vec<u8>, Part, bool)> {
        let mut source = Separated::new(0, PartPolicy { limit, streams: false }, false);
        let (mut found, mut pieces) = (Vec::new(), stream.chunks(at_once));
        loop {
            match source.next().unwrap() {
                Next::Message(Outgoing { bytes, part, unterminated, .. }) => {
                    found.push((bytes.to_vec(), part, unterminated));
                }
                Next::Quit => unreachable!("nobody asked"),
                Next::Nothing => {
                    match pieces.next() {
                        None if source.block.has_ended() => return found,
                        None => source.block.end(),
                        Some(piece) => {
                            source.block.space()[..piece.len()].copy_from_slice(piece);
                            source.block.fill(piece.len());
                        }
                    }
                    continue;
                }
            }
            source.sent();
        }
    }

    #[test]
    fn each_separator_ends_a_message_and_the_last_may_lack_it() {
        let whole = |bytes: &[u8]| (bytes.to_vec(), Part::Whole, false);
        for at_once in 1..9 {
            assert_eq!(cut_up(b"", 8, at_once), []);
            assert_eq!(cut_up(b"\0", 8, at_once), [whole(b"")]);
            assert_eq!(cut_up(b"one\0\ntwo\0\0", 8, at_once), [whole(b"one"), whole(b"\ntwo"), whole(b"")]);
            assert_eq!(cut_up(b"one\0two", 8, at_once), [whole(b"one"), (b"two".to_vec(), Part::Whole, true)]);
        }
    }

    #[test]
    fn a_long_message_goes_in_parts_and_a_message_of_the_limit_does_not() {
        for at_once in 1..9 {
            let found = cut_up(b"12345678\x00123456789\0abcdefgh", 8, at_once);
            let parts: Vec<_> =
                found.iter().map(|(bytes, part, unterminated)| (bytes.len(), *part, *unterminated)).collect();
            assert_eq!(
                parts,
                [(8, Part::Whole, false), (8, Part::First, false), (1, Part::Last, false), (8, Part::Whole, true)]
            );
        }
    }
}
