//! Byte streams: what is written comes out in the same order, but not in the same parts.

use crate::mechanism::{Port, Reason};
use crate::pattern::{Check, Pattern};
use nix::fcntl::{FcntlArg, fcntl};
use std::fs::File;
use std::io::{Read, Write};

/// What a pipe holds, in bytes: the most that a user may ask for (`/proc/sys/fs/pipe-max-size`). In batches it moved twice
/// what one of 64 KiB moves.
const PIPE: i32 = 1 << 20;

/// Bytes that are written at once in batches.
const BATCH: usize = 64 << 10;

/// Most bytes that are read at once.
pub(super) const BLOCK: usize = 64 << 10;

/// One side's end of two streams, written message by message or in batches.
pub(crate) struct StreamPort<const BATCHES: bool> {
    sink: File,
    source: File,
    /// Messages for the next `write`.
    unsent: Vec<u8>,
    /// Where `read` puts what comes: as long as is to be read at once.
    block: Box<[u8]>,
    /// Bytes at the start of the block that are less than a word.
    odd: usize,
    /// Bytes of the message that is coming which have come.
    came: usize,
}

impl<const BATCHES: bool> StreamPort<BATCHES> {
    /// `read_at_once` is a multiple of 8.
    pub(super) fn new(sink: File, source: File, read_at_once: usize) -> Self {
        StreamPort { sink, source, unsent: Vec::new(), block: vec![0; read_at_once].into(), odd: 0, came: 0 }
    }

    /// The same for pipes, with room for [`PIPE`] bytes.
    ///
    /// Messages that are not written in batches are also read one by one: who reads more finds the pipe empty sooner, and
    /// to be woken costs more than to read. A message at a time of 8 bytes moved twice as many as 64 KiB at a time.
    pub(super) fn over_pipes(sink: File, source: File, payload: usize) -> Self {
        // Where the system allows less, it stays as it is.
        let _ = fcntl(&sink, FcntlArg::F_SETPIPE_SZ(PIPE));
        Self::new(sink, source, if BATCHES { BLOCK } else { payload.min(BLOCK) })
    }
}

impl<const BATCHES: bool> Port for StreamPort<BATCHES> {
    #[inline]
    fn send(&mut self, message: Pattern) -> Result<(), Reason> {
        let start = self.unsent.len();
        self.unsent.resize(start + message.length, 0);
        message.fill(0, &mut self.unsent[start..]);
        if BATCHES && self.unsent.len() + message.length <= BATCH { Ok(()) } else { self.flush() }
    }

    #[inline]
    fn flush(&mut self) -> Result<(), Reason> {
        self.sink.write_all(&self.unsent)?;
        self.unsent.clear();
        Ok(())
    }

    #[inline]
    fn receive(&mut self, check: &mut Check) -> Result<(), Reason> {
        let count = self.source.read(&mut self.block[self.odd..])?;
        if count == 0 {
            return Err(Reason("the other side is gone".into()));
        }
        let end = self.odd + count;
        let (mut whole, odd) = self.block[..end].split_at(end - end % 8);
        self.odd = odd.len();
        while !whole.is_empty() {
            let part = whole.len().min(check.length() - self.came);
            check.bytes(&whole[..part]);
            self.came = (self.came + part) % check.length();
            whole = &whole[part..];
        }
        self.block.copy_within(end - self.odd..end, 0);
        Ok(())
    }
}
