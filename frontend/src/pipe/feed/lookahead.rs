//! Looking for the end of the input when there is no room.

use crate::pipe::error::{Error, system};
use crate::pipe::stdio::{ReadOutcome, read_outcome, read_some};
use shmchat::WriteSlot;
use std::os::fd::AsFd;

/// The next byte of the input, read while there is no room. So the end of the input is noticed without waiting for room that
/// it does not need.
#[derive(Default)]
pub(super) struct Lookahead(Option<u8>);

impl Lookahead {
    /// Looks for the end of the input, unless a byte is held already.
    pub(super) fn look(&mut self, input: &dyn AsFd) -> Result<ReadOutcome, Error> {
        if self.0.is_some() {
            return Ok(ReadOutcome::NoRoom);
        }
        let mut byte = [0];
        let found = read_some(input, &mut byte).map_err(system("read standard input"))?;
        Ok(match found {
            ReadOutcome::Bytes(_) => {
                self.0 = Some(byte[0]);
                ReadOutcome::NoRoom
            }
            other => other,
        })
    }

    /// Puts the held byte, or else the result of one `read`, into the slot.
    pub(super) fn fill(&mut self, room: &mut WriteSlot<'_>, input: &dyn AsFd) -> Result<ReadOutcome, Error> {
        match self.0.take() {
            Some(byte) => Ok(ReadOutcome::Bytes(room.fill(&[byte]))),
            None => read_outcome(room.read_from(input)).map_err(system("read standard input")),
        }
    }

    /// Whether a byte is held.
    pub(super) fn is_some(&self) -> bool {
        self.0.is_some()
    }
}
