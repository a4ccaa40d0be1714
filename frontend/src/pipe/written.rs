//! How far a batch of messages went to standard output: which of them all the way, and of which one how many bytes.
//!
//! ```text
//! output   one⏎two⏎thr│ee⏎          written so far │
//! lane     one  two  three          what is acknowledged ends behind "thr": the next reader begins with "ee"
//! ```
//!
//! Where the output is the bytes themselves (lines, NUL, raw) that is exact to the byte, so two readers print together what
//! one would have. Where it is not (JSON, a terminal) it is exact to the message: the torn one is printed again, whole.

use shmchat::{Reached, View};

/// What was printed of a message, or of a part of one.
#[derive(Clone, Copy, Debug)]
struct WrittenPiece {
    /// Where its output begins, in bytes of the batch: with what separates it from the one before.
    start: u64,
    /// Whether there is a byte of that.
    is_separated: bool,
    /// The rest of the output are its own bytes, as they are.
    is_copied: bool,
    /// Where its first byte stands in the lane, or where one has to begin again where it was torn.
    at: Reached,
    /// Behind its last byte.
    behind: Reached,
}

/// The pieces of a batch.
#[derive(Debug, Default)]
pub(super) struct WrittenBatch {
    pieces: Vec<WrittenPiece>,
    /// Where the message that is open begins, or what is in this batch of it.
    message: Option<Reached>,
}

impl WrittenBatch {
    /// Begins the next one.
    pub(super) fn clear(&mut self) {
        self.pieces.clear();
        self.message = None;
    }

    /// A message, or part of one, was printed as it is from byte `start` of the batch on, perhaps behind a separator: so
    /// many of its own bytes.
    #[inline]
    pub(super) fn copied(&mut self, view: &View<'_>, start: u64, is_separated: bool, bytes: usize) {
        let (at, behind) = (view.reached(0), view.reached(bytes));
        self.pieces.push(WrittenPiece { start, is_separated, is_copied: true, at, behind });
    }

    /// A message, part of one, or line of a block, which begins behind so many bytes of the view, was printed as something
    /// else from byte `start` of the batch on.
    #[inline]
    pub(super) fn changed(&mut self, view: &View<'_>, bytes: usize, start: u64) {
        let here = view.reached(bytes);
        // What is part of a message has its beginning printed again too, if that was not acknowledged.
        let at = if bytes > 0 || view.envelope.part.is_start() { here } else { self.message.unwrap_or(here) };
        self.message = Some(at);
        self.pieces.push(WrittenPiece { start, is_separated: false, is_copied: false, at, behind: here });
    }

    /// How far one has come with the messages when so many bytes of the output were written; none if all of them were.
    pub(super) fn reached(&self, written: u64, printed: u64) -> Option<Reached> {
        if written >= printed {
            return None;
        }
        let index = self.pieces.iter().rposition(|piece| piece.start <= written)?;
        let piece = &self.pieces[index];
        if !piece.is_copied {
            return Some(piece.at);
        }
        let Some(own) = (written - piece.start).checked_sub(piece.is_separated.into()) else {
            // The separator is due to the message before it, which has no end of its own.
            return Some(index.checked_sub(1).map_or(piece.at, |before| self.pieces[before].behind));
        };
        let is_behind = own > 0 && own >= piece.behind.since(piece.at);
        Some(if is_behind { piece.behind } else { piece.at.forward(own as usize) })
    }
}
