//! A stream that is read into private memory, for formats that cannot be cut directly in the segment.

use std::time::SystemTime;

/// The room offered to each read: what a pipe holds by default, so a busy stream is flushed once per that much.
const READ: usize = 64 << 10;

/// What was read from a stream and not taken yet.
#[derive(Debug, Default)]
pub struct StreamBuffer {
    bytes: Vec<u8>,
    /// Bytes before this have been taken; bytes before `filled` have been read.
    start: usize,
    filled: usize,
    /// When it was last read.
    clock: Option<SystemTime>,
    ended: bool,
}

impl StreamBuffer {
    /// Room for more of the stream: at least 64 KiB.
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

    /// Tells it how many bytes have been put into the room.
    ///
    /// # Panics
    /// If there is not that much room.
    pub fn fill(&mut self, bytes: usize) {
        self.filled += bytes;
        assert!(self.filled <= self.bytes.len(), "more than there was room for");
        self.clock = Some(SystemTime::now());
    }

    /// Tells it that the stream has ended.
    pub fn end(&mut self) {
        self.ended = true;
    }

    /// Whether the stream has ended.
    pub fn has_ended(&self) -> bool {
        self.ended
    }

    /// What was read but not taken.
    pub fn rest(&self) -> &[u8] {
        &self.bytes[self.start..self.filled]
    }

    /// Takes this many bytes.
    ///
    /// # Panics
    /// If there are fewer.
    pub fn take(&mut self, bytes: usize) {
        self.start += bytes;
        assert!(self.start <= self.filled, "more than there is");
    }

    /// When it was last read.
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
