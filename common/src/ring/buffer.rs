//! Private memory that records are copied into.

use std::ops::{Deref, DerefMut, Range};

/// Bytes that are appended to and cleared, over and over. Unlike in a `Vec`, the spare room stays initialised, so that
/// room for a copy is not filled with zeros each time.
#[derive(Clone, Debug, Default)]
pub struct Buffer {
    bytes: Vec<u8>,
    length: usize,
}

impl Buffer {
    /// Room for `bytes` more bytes. They are in the buffer from then on, with arbitrary contents.
    #[inline]
    pub(super) fn extend(&mut self, bytes: usize) -> &mut [u8] {
        let start = self.length;
        self.length += bytes;
        if self.length > self.bytes.len() {
            self.grow();
        }
        &mut self.bytes[start..self.length]
    }

    #[cold]
    fn grow(&mut self) {
        self.bytes.resize(self.length.next_power_of_two(), 0);
    }

    /// Forgets all but the first `length` bytes.
    #[inline]
    pub fn truncate(&mut self, length: usize) {
        self.length = self.length.min(length);
    }

    /// Forgets all bytes.
    #[inline]
    pub fn clear(&mut self) {
        self.length = 0;
    }

    /// Forgets the first `count` bytes; the others move to the front.
    pub fn remove_front(&mut self, count: usize) {
        self.remove(0..count);
    }

    /// Forgets these bytes; those after them move up.
    pub(super) fn remove(&mut self, range: Range<usize>) {
        self.bytes.copy_within(range.end..self.length, range.start);
        self.length -= range.len();
    }
}

impl Deref for Buffer {
    type Target = [u8];

    #[inline]
    fn deref(&self) -> &[u8] {
        &self.bytes[..self.length]
    }
}

impl DerefMut for Buffer {
    #[inline]
    fn deref_mut(&mut self) -> &mut [u8] {
        &mut self.bytes[..self.length]
    }
}
