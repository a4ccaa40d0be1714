//! Byte streams that are written and read message by message.

use crate::mechanism::Reason;
use crate::pattern::{Check, Pattern};
use std::io::{Read, Write};

/// Writes one message.
pub(super) fn write_whole(sink: &mut impl Write, message: Pattern, space: &mut Vec<u8>) -> Result<(), Reason> {
    space.resize(message.length, 0);
    message.fill(0, space);
    Ok(sink.write_all(space)?)
}

/// Reads one message.
pub(super) fn read_whole(source: &mut impl Read, check: &mut Check, space: &mut Vec<u8>) -> Result<(), Reason> {
    space.resize(check.length(), 0);
    source.read_exact(space)?;
    check.bytes(space);
    Ok(())
}
