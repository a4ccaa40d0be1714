//! A message cut to a length: to what fits in a publication, or in a lane.
//!
//! Any message can be cut into parts, which its receiver puts together again. A block of lines is cut between lines; a line
//! that is too long by itself becomes a text in parts, without its line feed, as a sender of lines would have sent it.

use shmchat::{Kind, Part};
use std::ops::Range;

/// A piece of a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Piece {
    /// What it is.
    pub kind: Kind,
    /// Which part of a message it is.
    pub part: Part,
    /// Which of the message's bytes.
    pub bytes: Range<usize>,
    /// How many of them are done with after this piece: a line feed that a text ends with is not in `bytes`.
    pub done: usize,
}

const LINE_FEED: u8 = b'\n';

/// The next piece of a message, of which `done` bytes are done with: at most `limit` bytes of it.
///
/// # Panics
/// If `limit` is 0.
pub fn piece(kind: Kind, part: Part, bytes: &[u8], done: usize, limit: usize) -> Piece {
    assert!(limit > 0, "pieces of nothing");
    if kind != Kind::Lines {
        let end = bytes.len().min(done + limit);
        let part = Part::of(part.is_start() && done == 0, part.is_end() && end == bytes.len());
        return Piece { kind, part, bytes: done..end, done: end };
    }
    let rest = &bytes[done..];
    let in_line = if done == 0 { !part.is_start() } else { bytes[done - 1] != LINE_FEED };
    if !in_line {
        let fits = &rest[..rest.len().min(limit)];
        if let Some(last) = fits.iter().rposition(|&byte| byte == LINE_FEED) {
            let end = done + last + 1;
            return Piece { kind, part: Part::Whole, bytes: done..end, done: end };
        }
    }
    let line = rest.iter().position(|&byte| byte == LINE_FEED);
    // Without a line feed it is no block of lines, and all of it is one text.
    let length = line.unwrap_or(rest.len());
    let end = done + length.min(limit);
    let is_end = length <= limit;
    let part = Part::of(!in_line, is_end);
    Piece {
        kind: Kind::Text,
        part,
        bytes: done..end,
        done: if is_end { end + usize::from(line.is_some()) } else { end },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn pieces(kind: Kind, part: Part, bytes: &[u8], limit: usize) -> Vec<Piece> {
        let mut all: Vec<Piece> = Vec::new();
        while all.is_empty() || all.last().is_some_and(|last| last.done < bytes.len()) {
            all.push(piece(kind, part, bytes, all.last().map_or(0, |last| last.done), limit));
        }
        all
    }

    /// The texts that a receiver makes of lines in pieces.
    fn texts(pieces: &[Piece], bytes: &[u8]) -> Vec<Vec<u8>> {
        let mut texts = Vec::new();
        let mut open: Option<Vec<u8>> = None;
        for piece in pieces {
            let part = &bytes[piece.bytes.clone()];
            if piece.kind == Kind::Lines {
                assert_eq!((open.take(), part.last()), (None, Some(&LINE_FEED)));
                texts.extend(part[..part.len() - 1].split(|&byte| byte == LINE_FEED).map(<[u8]>::to_vec));
                continue;
            }
            assert_eq!(piece.part.is_start(), open.is_none());
            let mut text = open.take().unwrap_or_default();
            text.extend_from_slice(part);
            if piece.part.is_end() { texts.push(text) } else { open = Some(text) }
        }
        assert_eq!(open, None);
        texts
    }

    proptest! {
        #[test]
        fn pieces_of_a_message_are_its_bytes_in_order(bytes: Vec<u8>, limit in 1_usize..50) {
            let pieces = pieces(Kind::Bytes, Part::Whole, &bytes, limit);
            let joined: Vec<u8> = pieces.iter().flat_map(|piece| bytes[piece.bytes.clone()].to_vec()).collect();
            prop_assert_eq!(joined, bytes);
            prop_assert!(pieces.iter().all(|piece| piece.bytes.len() <= limit));
            let starts = pieces.iter().filter(|piece| piece.part.is_start()).count();
            let ends = pieces.iter().filter(|piece| piece.part.is_end()).count();
            prop_assert_eq!((starts, ends), (1, 1));
            prop_assert!(pieces[0].part.is_start() && pieces[pieces.len() - 1].part.is_end());
        }

        #[test]
        fn lines_in_pieces_are_the_same_lines(lines in prop::collection::vec("[a-c]{0,12}", 1..20), limit in 1_usize..40) {
            let block = lines.join("\n") + "\n";
            let pieces = pieces(Kind::Lines, Part::Whole, block.as_bytes(), limit);
            prop_assert!(pieces.iter().all(|piece| piece.bytes.len() <= limit));
            prop_assert_eq!(texts(&pieces, block.as_bytes()), lines.iter().map(|line| line.as_bytes().to_vec()).collect::<Vec<_>>());
        }
    }

    #[test]
    fn a_block_that_begins_with_the_rest_of_a_line_gives_that_rest_first() {
        let all = pieces(Kind::Lines, Part::Last, b"rest\nline\n", 100);
        assert_eq!(all[0], Piece { kind: Kind::Text, part: Part::Last, bytes: 0..4, done: 5 });
        assert_eq!(all[1], Piece { kind: Kind::Lines, part: Part::Whole, bytes: 5..10, done: 10 });
    }

    #[test]
    fn an_empty_message_is_one_empty_piece() {
        assert_eq!(
            pieces(Kind::Text, Part::Whole, b"", 5),
            [Piece { kind: Kind::Text, part: Part::Whole, bytes: 0..0, done: 0 }]
        );
    }

    #[test]
    fn the_middle_of_a_message_stays_the_middle() {
        let parts = |part| pieces(Kind::Bytes, part, b"abcd", 2).iter().map(|piece| piece.part).collect::<Vec<_>>();
        assert_eq!(parts(Part::First), [Part::First, Part::Middle]);
        assert_eq!(parts(Part::Middle), [Part::Middle, Part::Middle]);
        assert_eq!(parts(Part::Last), [Part::Middle, Part::Last]);
    }
}
