//! How much has been written to standard output, or taken from there: which messages completely, and how many bytes of
//! which one.
//!
//! ```text
//! output   one⏎two⏎thr│ee⏎          written so far │
//! lane     one  two  three          acknowledged up to "thr": the next reader begins with "ee"
//! ```
//!
//! If the output is the bytes themselves (lines, NUL, raw), that is exact to the byte: two readers together print what one
//! would have. Otherwise (JSON, a terminal) it is exact to the message: a torn message is printed again, whole.

use shmchat::{Reached, View};
use std::collections::VecDeque;

/// How much of what was printed has been taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Taken {
    /// All of it.
    All,
    /// What lies before this position.
    Until(Reached),
    /// Nothing that is not acknowledged.
    Nothing,
}

/// The output of a message, or of a part of one.
#[derive(Clone, Copy, Debug)]
struct WrittenPiece {
    /// Where its output begins, in bytes of all output: with the separator after the one before.
    start: u64,
    /// Whether there is such a separator.
    is_separated: bool,
    /// Whether the rest of the output is its own bytes, unchanged.
    is_copied: bool,
    /// Where its first byte is in the lane, or where to begin again if it was torn.
    at: Reached,
    /// After its last byte.
    behind: Reached,
}

/// The pieces of the output of which something is not acknowledged.
#[derive(Debug, Default)]
pub(super) struct WrittenPieces {
    pieces: VecDeque<WrittenPiece>,
    /// Where the open message begins, or the first part of it that is not acknowledged.
    message: Option<Reached>,
}

impl WrittenPieces {
    /// Whether all output is acknowledged.
    pub(super) fn is_empty(&self) -> bool {
        self.pieces.is_empty()
    }

    /// All of them are acknowledged.
    pub(super) fn clear(&mut self) {
        self.pieces.clear();
        self.message = None;
    }

    /// Notes that this many bytes of a message, or of a part of one, were printed unchanged from byte `start` of the output on,
    /// perhaps after a separator.
    #[inline]
    pub(super) fn copied(&mut self, view: &View<'_>, start: u64, is_separated: bool, bytes: usize) {
        let (at, behind) = (view.reached(0), view.reached(bytes));
        self.pieces.push_back(WrittenPiece { start, is_separated, is_copied: true, at, behind });
    }

    /// Notes that a message, a part of one, or a line of a block, which begins after this many bytes of the view, was printed
    /// changed, from byte `start` of the output on.
    #[inline]
    pub(super) fn changed(&mut self, view: &View<'_>, bytes: usize, start: u64) {
        let here = view.reached(bytes);
        // If the beginning of the message was not acknowledged, it is printed again along with this part.
        let at = if bytes > 0 || view.envelope.part.is_start() { here } else { self.message.unwrap_or(here) };
        self.message = Some(at);
        self.pieces.push_back(WrittenPiece { start, is_separated: false, is_copied: false, at, behind: here });
    }

    /// How far the messages are done if this many bytes of the output were written; `None` if all of them were.
    pub(super) fn reached(&self, written: u64, printed: u64) -> Option<Reached> {
        if written >= printed {
            return None;
        }
        let index = self.last_begun(written)?;
        let piece = &self.pieces[index];
        if !piece.is_copied {
            return Some(piece.at);
        }
        let Some(own) = (written - piece.start).checked_sub(piece.is_separated.into()) else {
            // The separator belongs to the message before, which has no end of its own.
            return Some(index.checked_sub(1).map_or(piece.at, |before| self.pieces[before].behind));
        };
        let is_behind = own > 0 && own >= piece.behind.since(piece.at);
        Some(if is_behind { piece.behind } else { piece.at.forward(own as usize) })
    }

    /// Forgets what lies before this byte of the output: it won't be asked for again.
    pub(super) fn forget_before(&mut self, written: u64) {
        // The one before may be asked for where it ends.
        let first = self.last_begun(written).unwrap_or_default().saturating_sub(1);
        self.pieces.drain(..first);
    }

    /// Which piece was the last to begin by this byte of the output.
    fn last_begun(&self, written: u64) -> Option<usize> {
        self.pieces.partition_point(|piece| piece.start <= written).checked_sub(1)
    }
}
