//! A stream that is read into private memory, for framings that cannot be cut where they are to stand.

use std::time::SystemTime;

/// Room that is offered to each read: what a pipe holds unless it was enlarged, so a busy stream is flushed once for as
/// much.
const READ: usize = 64 << 10;

/// What was read of a stream and not taken from it yet.
#[derive(Debug, Default)]
pub struct StreamBuffer {
    bytes: Vec<u8>,
    /// Taken before this, read before `filled`.
    start: usize,
    filled: usize,
    /// When it was read last.
    clock: Option<SystemTime>,
    ended: bool,
}

impl StreamBuffer {
    /// Room for more of the stream: 64 KiB at least.
    pub fn space(&mut self) -> &mut [u8] {
        if self.start > 0 {
            self.bytes.copy_within(self.start..self.filled, 0);
            self.filled -= self.start;
            self.start = 0;
        }
        if self.bytes.len() < self.filled + READ {
            // Doubled, so that a long message is not copied once per read.
            self.bytes.resize((self.filled + READ).max(2 * self.bytes.len()), 0);
        }
        &mut self.bytes[self.filled..]
    }

    /// So many bytes have been put into the room.
    ///
    /// # Panics
    /// If it does not hold as much.
    pub fn fill(&mut self, bytes: usize) {
        self.filled += bytes;
        assert!(self.filled <= self.bytes.len(), "more than there was room for");
        self.clock = Some(SystemTime::now());
    }

    /// No more bytes come.
    pub fn end(&mut self) {
        self.ended = true;
    }

    /// Whether no more bytes come.
    pub fn has_ended(&self) -> bool {
        self.ended
    }

    /// What was read and not taken.
    pub fn rest(&self) -> &[u8] {
        &self.bytes[self.start..self.filled]
    }

    /// Takes so many bytes.
    ///
    /// # Panics
    /// If there are not as many.
    pub fn take(&mut self, bytes: usize) {
        self.start += bytes;
        assert!(self.start <= self.filled, "more than there is");
    }

    /// When it was read last.
    pub fn clock(&self) -> SystemTime {
        self.clock.unwrap_or(SystemTime::UNIX_EPOCH)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_read_is_taken_in_order() {
        let mut block = StreamBuffer::default();
        block.space()[..5].copy_from_slice(b"hello");
        block.fill(5);
        block.take(2);
        assert!(block.space().len() >= READ);
        block.space()[..1].copy_from_slice(b"!");
        block.fill(1);
        assert_eq!(block.rest(), b"llo!");
    }
}
