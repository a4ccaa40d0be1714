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
const BLOCK: usize = 64 << 10;

/// One side's end of two streams, written message by message or in batches.
pub(crate) struct StreamPort<const BATCHES: bool, const N: usize> {
    sink: File,
    source: File,
    /// Messages for the next `write`, and how many bytes of them there are.
    unsent: Box<[u8]>,
    filled: usize,
    /// Where `read` puts what comes, as long as is to be read at once, and how many bytes at its start are less than a part.
    block: Box<[u8]>,
    kept: usize,
}

impl<const BATCHES: bool, const N: usize> StreamPort<BATCHES, N> {
    /// Bytes that are looked at together: a message, or as much of a longer one as is read at once.
    const PART: usize = if N < BLOCK { N } else { BLOCK };

    pub(super) fn new(sink: File, source: File) -> Self {
        Self::reading(sink, source, BLOCK)
    }

    /// The same for pipes, with room for [`PIPE`] bytes.
    ///
    /// Messages that are not written in batches are also read one by one: who reads more finds the pipe empty sooner, and
    /// to be woken costs more than to read. A message at a time of 8 bytes moved twice as many as 64 KiB at a time.
    pub(super) fn over_pipes(sink: File, source: File) -> Self {
        // Where the system allows less, it stays as it is.
        let _ = fcntl(&sink, FcntlArg::F_SETPIPE_SZ(PIPE));
        Self::reading(sink, source, if BATCHES { BLOCK } else { Self::PART })
    }

    fn reading(sink: File, source: File, at_once: usize) -> Self {
        let (unsent, block) = (vec![0; N.max(BATCH)].into(), vec![0; at_once].into());
        StreamPort { sink, source, unsent, filled: 0, block, kept: 0 }
    }
}

impl<const BATCHES: bool, const N: usize> Port for StreamPort<BATCHES, N> {
    #[inline]
    fn send(&mut self, message: Pattern) -> Result<(), Reason> {
        message.fill(0, &mut self.unsent[self.filled..][..N]);
        self.filled += N;
        if BATCHES && self.filled + N <= BATCH { Ok(()) } else { self.flush() }
    }

    #[inline]
    fn flush(&mut self) -> Result<(), Reason> {
        self.sink.write_all(&self.unsent[..self.filled])?;
        self.filled = 0;
        Ok(())
    }

    #[inline]
    fn receive(&mut self, check: &mut Check) -> Result<(), Reason> {
        let count = self.source.read(&mut self.block[self.kept..])?;
        if count == 0 {
            return Err(Reason("the other side is gone".into()));
        }
        let end = self.kept + count;
        let parts = self.block[..end].chunks_exact(Self::PART);
        self.kept = parts.remainder().len();
        parts.for_each(|part| check.bytes(part));
        self.block.copy_within(end - self.kept..end, 0);
        Ok(())
    }
}
