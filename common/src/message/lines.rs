//! Lines in a pipe into messages and back: a message per line, any bytes but the line end itself.
//!
//! What comes out is byte for byte what went in: empty lines, bytes that are not UTF-8, a last line without a line
//! end. Whole lines go in blocks ([`Kind::Lines`]), so nothing is done per line on either side. Neither direction
//! ever holds more than a block, however long a line is: one longer than a record goes in parts and is printed in
//! parts.

#![forbid(unsafe_code)]

use super::text;
use crate::channel::{Envelope, Outgoing, Part};
use crate::ring::record::{Kind, LINE_FEED};

/// Bytes read at once. Four times what a pipe holds unless enlarged: one fence and one ring then serve many lines.
pub const BLOCK: usize = 256 << 10;

/// Cuts a stream of bytes into messages, a line each, in blocks where it can.
///
/// The caller reads into [`space`](Self::space), says how much with [`filled`](Self::filled) or [`end`](Self::end),
/// then sends what [`piece`](Self::piece) gives and says [`sent`](Self::sent) for each, until there is none.
#[derive(Debug)]
pub struct Splitter {
    block: Vec<u8>,
    /// What is not sent yet: `block[start..end]`.
    start: usize,
    end: usize,
    /// No more bytes come.
    ended: bool,
    /// A part of the line that `start` stands in has been sent.
    inside: bool,
    /// The longest block, or part of a line, in bytes.
    part_limit: usize,
    /// Each line by itself.
    singly: bool,
}

/// What [`Splitter::piece`] gave, to be told [`Splitter::sent`].
#[derive(Clone, Copy, Debug)]
pub struct Piece {
    kind: Kind,
    part: Part,
    unended: bool,
    length: usize,
}

impl Splitter {
    /// A splitter whose blocks and parts are of `part_limit` bytes at most. `singly`: no blocks, for who looks at
    /// each line.
    pub fn new(part_limit: usize, singly: bool) -> Self {
        let part_limit = part_limit.min(BLOCK);
        Splitter { block: vec![0; BLOCK], start: 0, end: 0, ended: false, inside: false, part_limit, singly }
    }

    /// Where to read the next bytes into; not empty once no [`piece`](Self::piece) is left.
    pub fn space(&mut self) -> &mut [u8] {
        if self.start > 0 {
            self.block.copy_within(self.start..self.end, 0);
            self.end -= self.start;
            self.start = 0;
        }
        &mut self.block[self.end..]
    }

    /// This many bytes have been read into [`space`](Self::space).
    pub fn filled(&mut self, bytes: usize) {
        self.end += bytes;
    }

    /// No more bytes come.
    pub fn end(&mut self) {
        self.ended = true;
    }

    /// Bytes that have been read and not sent.
    pub fn unsent(&self) -> usize {
        self.end - self.start
    }

    /// The next block of lines, or line, or part of a line that is too long for one message; none where the next line
    /// is not complete yet.
    pub fn piece(&self) -> Option<Piece> {
        let rest = &self.block[self.start..self.end];
        let window = &rest[..rest.len().min(self.part_limit)];
        if !self.inside
            && !self.singly
            && let Some(last) = memchr::memrchr(LINE_FEED, window)
        {
            return Some(Piece { kind: Kind::Lines, part: Part::Whole, unended: false, length: last + 1 });
        }
        let found = memchr::memchr(LINE_FEED, window);
        let (length, ends) = match found {
            Some(length) => (length, true),
            None if rest.len() > self.part_limit => (self.part_limit, false),
            None if self.ended && (!rest.is_empty() || self.inside) => (rest.len(), true),
            None => return None,
        };
        Some(Piece { kind: Kind::Text, part: Part::of(!self.inside, ends), unended: ends && found.is_none(), length })
    }

    /// The piece as a message said at `clock`.
    #[inline]
    pub fn message(&self, piece: Piece, clock: u64) -> Outgoing<'_> {
        let bytes = &self.block[self.start..self.start + piece.length];
        Outgoing { kind: piece.kind, part: piece.part, unended: piece.unended, ..text(bytes, clock) }
    }

    /// The piece has been sent.
    #[inline]
    pub fn sent(&mut self, piece: Piece) {
        self.inside = !piece.part.is_end();
        let line_feed = piece.kind == Kind::Text && piece.part.is_end() && !piece.unended;
        self.start += piece.length + usize::from(line_feed);
    }
}

/// Makes a stream of bytes of messages, a line each.
#[derive(Debug, Default)]
pub struct Joiner {
    /// The last line that was printed lacks its end: more of it comes, or its source had none.
    open: bool,
}

impl Joiner {
    /// Appends to `out` what is printed before a message, part of one, or block of lines.
    #[inline]
    pub fn begin(&self, envelope: &Envelope, out: &mut Vec<u8>) {
        if envelope.part.is_start() && self.open {
            // A line without an end, and now another message: they stay two lines.
            out.push(LINE_FEED);
        }
    }

    /// Appends to `out` what is printed after it.
    #[inline]
    pub fn end(&mut self, envelope: &Envelope, out: &mut Vec<u8>) {
        self.open = !envelope.part.is_end() || envelope.unended;
        if !self.open && envelope.kind != Kind::Lines {
            out.push(LINE_FEED);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn join(joiner: &mut Joiner, outgoing: &Outgoing<'_>, out: &mut Vec<u8>) {
        let Outgoing { kind, part, unended, sent, bytes } = *outgoing;
        let envelope = Envelope { seq: 0, kind, sent, part, unended, after_cut: false };
        joiner.begin(&envelope, out);
        out.extend_from_slice(bytes);
        joiner.end(&envelope, out);
    }

    /// Splits `input`, read in pieces of `reads` bytes, and joins it again; gives the messages too.
    fn round_trip(
        input: &[u8],
        mut reads: impl Iterator<Item = usize>,
        limit: usize,
        singly: bool,
    ) -> (Vec<u8>, Vec<(Part, usize)>) {
        let (mut splitter, mut joiner) = (Splitter::new(limit, singly), Joiner::default());
        let (mut out, mut parts) = (Vec::new(), Vec::new());
        let mut rest = input;
        loop {
            while let Some(piece) = splitter.piece() {
                join(&mut joiner, &splitter.message(piece, 0), &mut out);
                parts.push((piece.part, piece.length));
                splitter.sent(piece);
            }
            if splitter.ended {
                return (out, parts);
            }
            let space = splitter.space();
            let bytes = reads.next().unwrap().min(rest.len()).min(space.len());
            space[..bytes].copy_from_slice(&rest[..bytes]);
            splitter.filled(bytes);
            rest = &rest[bytes..];
            if rest.is_empty() {
                splitter.end();
            }
        }
    }

    proptest! {
        #[test]
        fn any_bytes_come_out_the_same(
            input in prop::collection::vec(prop_oneof![Just(b'\n'), any::<u8>()], 0..3000),
            reads in prop::collection::vec(1..700_usize, 1..10),
            limit in 1..300_usize,
            singly: bool,
        ) {
            let (out, parts) = round_trip(&input, reads.into_iter().cycle(), limit, singly);
            prop_assert_eq!(out, input);
            prop_assert!(parts.iter().all(|&(_, length)| length <= limit));
        }
    }

    #[test]
    fn each_line_is_a_message() {
        let (_, parts) = round_trip(b"one\n\nthree\nfour", std::iter::repeat(2), 100, true);
        assert_eq!(parts, [(Part::Whole, 3), (Part::Whole, 0), (Part::Whole, 5), (Part::Whole, 4)]);
    }

    #[test]
    fn whole_lines_go_in_blocks() {
        let (_, parts) = round_trip(b"one\n\nthree\nfour", std::iter::repeat(100), 100, false);
        assert_eq!(parts, [(Part::Whole, 11), (Part::Whole, 4)]);
    }

    #[test]
    fn no_input_is_no_message() {
        assert_eq!(round_trip(b"", std::iter::repeat(1), 100, false), (vec![], vec![]));
    }

    #[test]
    fn a_line_longer_than_a_block_goes_in_parts() {
        let mut input = vec![b'a'; 3 * BLOCK];
        input.extend(b"\nshort\n");
        let (out, parts) = round_trip(&input, std::iter::repeat(10_000), 64 << 10, false);
        assert!(out == input);
        assert_eq!(parts.last(), Some(&(Part::Whole, 6)));
        assert!(parts.len() >= 3 * BLOCK / (64 << 10));
    }

    #[test]
    fn a_line_without_an_end_is_ended_when_another_message_follows() {
        let (mut joiner, mut out) = (Joiner::default(), Vec::new());
        let first = Outgoing { unended: true, ..text(b"a", 0) };
        join(&mut joiner, &first, &mut out);
        join(&mut joiner, &text(b"b", 0), &mut out);
        assert_eq!(out, b"a\nb\n");
    }
}
