//! Reads shared words directly from file descriptors and writes them directly to them, without a private copy in
//! between: `read` and `write` get the address of the words.
//!
//! # Why this is sound
//! This needs `unsafe` because the kernel gets an address. What the kernel does there is outside the language's memory
//! model, just like what another process does. Three things make it right:
//! - *In bounds.* A [`Span`] is made only from a slice and bounded by it, so no call reaches past the memory that its
//!   lifetime keeps alive.
//! - *May change.* [`read`] takes atomic words, which may be written through a shared reference. A peer that writes the
//!   same words in the meantime turns the bytes into garbage, and nothing else: there is never a reference to them as
//!   plain bytes, and nothing that was checked is in them. A record's header is never read or written here.
//! - *In order.* A system call is opaque to the compiler, and what the kernel copies on this thread is ordered with
//!   this thread's own loads and stores as in the program. So a `tail` stored with Release after [`read`] publishes
//!   what was read, and a `head` stored with Release after [`Span::write_to`] gives back what has been copied out.
//!
//! The kernel copies the pages that are written out before the call returns. `vmsplice`, which would lend them to a
//! pipe instead, is not used: nobody learns when the pipe's reader has finished with them, so their room could never be
//! given back.

#![allow(unsafe_code)]

use crate::sync::AtomicU64;
use nix::errno::Errno;
use std::ffi::c_void;
use std::fmt;
use std::marker::PhantomData;
use std::ops::Range;
use std::os::fd::{AsFd, AsRawFd};

/// Bytes to be written to a descriptor: private ones, or bytes in shared memory that go to the kernel without a
/// copy between. [`View::span`](crate::View::span) makes one.
///
/// ```
/// use shmchat::{Channel, Role};
/// use std::io::Read;
///
/// # let folder = tempfile::tempdir()?;
/// # let channel = Channel::named("lobby".parse()?).dir(folder.path());
/// # let (mut writer, mut reader) = (channel.attach(Role::Writer)?, channel.attach(Role::Reader)?);
/// writer.send("0123456789")?;
/// let view = reader.receiver().recv_view()?;
/// let (mut output, pipe) = std::io::pipe()?;
/// let half = view.span(0..view.len()).cut(5..10);
/// assert_eq!((half.len(), half.write_to(&pipe)?), (5, 5));
/// # drop(pipe);
/// # let mut text = String::new();
/// # output.read_to_string(&mut text)?;
/// # assert_eq!(text, "56789");
/// # reader.receiver().acknowledge()?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy)]
pub struct Span<'a> {
    start: *const u8,
    length: usize,
    memory: PhantomData<&'a [AtomicU64]>,
}

impl<'a> Span<'a> {
    /// These private bytes.
    #[must_use]
    pub fn of(bytes: &'a [u8]) -> Self {
        Span { start: bytes.as_ptr(), length: bytes.len(), memory: PhantomData }
    }

    /// These bytes of shared words, counted from the first byte of the first word.
    ///
    /// # Panics
    /// If the words end before.
    #[must_use]
    pub fn within(words: &'a [AtomicU64], range: Range<usize>) -> Self {
        Span { start: words.as_ptr().cast(), length: size_of_val(words), memory: PhantomData }.cut(range)
    }

    /// A part of it.
    ///
    /// # Panics
    /// If the range does not lie inside.
    #[must_use]
    pub fn cut(self, range: Range<usize>) -> Self {
        assert!(range.start <= range.end && range.end <= self.length, "{range:?} of {} bytes", self.length);
        Span { start: self.start.wrapping_add(range.start), length: range.len(), memory: PhantomData }
    }

    /// How many bytes there are.
    pub fn len(self) -> usize {
        self.length
    }

    /// Whether there is nothing to write.
    pub fn is_empty(self) -> bool {
        self.length == 0
    }

    /// Writes the bytes, or the first of them, and gives how many the descriptor took. Waits if it has no room.
    /// <https://man7.org/linux/man-pages/man2/write.2.html>
    ///
    /// # Errors
    /// What `write(2)` returned.
    pub fn write_to(self, fd: impl AsFd) -> Result<usize, Errno> {
        let source = self.start.cast::<c_void>();
        // SAFETY: the span's memory lives as long as the span does, and the kernel only reads it.
        let result = unsafe { libc::write(fd.as_fd().as_raw_fd(), source, self.length) };
        self.count(result)
    }

    /// Like [`write_to`](Self::write_to), but never waits, whether or not the descriptor is non-blocking.
    /// <https://man7.org/linux/man-pages/man2/pwritev2.2.html>
    ///
    /// # Errors
    /// EAGAIN if the descriptor takes nothing now; EOPNOTSUPP if the kernel cannot promise that for this kind of file.
    /// Linux 6.18 can for pipes and sockets, but not for named FIFOs and terminals.
    pub fn write_now(self, fd: impl AsFd) -> Result<usize, Errno> {
        /// The offset that stands for "where the descriptor is".
        const HERE: libc::off_t = -1;
        let vector = libc::iovec { iov_base: self.start.cast_mut().cast(), iov_len: self.length };
        // SAFETY: one vector, and the span's memory lives as long as the span does; the kernel only reads both.
        let result = unsafe { libc::pwritev2(fd.as_fd().as_raw_fd(), &raw const vector, 1, HERE, libc::RWF_NOWAIT) };
        self.count(result)
    }

    /// How many bytes a call has moved.
    ///
    /// Where somebody has cut a mapped file short, a call gives EFAULT, while a load or store is a `SIGBUS`. So a byte of each
    /// page is loaded here: then it ends as a load would have, or everybody knows of it (`memory::guard`).
    fn count(self, result: isize) -> Result<usize, Errno> {
        let result = Errno::result(result);
        if result == Err(Errno::EFAULT) {
            // No page is smaller.
            let last = self.length.checked_sub(1);
            for at in (0..self.length).step_by(4096).chain(last) {
                // SAFETY: it lies in the span, whose memory lives as long as the span does. Private bytes do not change, and
                // a byte in shared words is loaded in one go.
                unsafe { self.start.wrapping_add(at).read_volatile() };
            }
        }
        result.map(|bytes| bytes as usize)
    }
}

impl fmt::Debug for Span<'_> {
    /// Its size: the contents may be another process's.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Span({} bytes)", self.length)
    }
}

/// Reads into these bytes of `words`, counted from the first word's first byte; gives how many came, 0 at the input's end.
/// <https://man7.org/linux/man-pages/man2/read.2.html>
///
/// # Panics
/// If the words end before.
pub fn read(fd: impl AsFd, words: &[AtomicU64], range: Range<usize>) -> Result<usize, Errno> {
    let space = Span::within(words, range);
    let target = space.start.cast_mut().cast::<c_void>();
    // SAFETY: the span lies within `words`, which live, and being atomic may change behind a shared reference.
    let result = unsafe { libc::read(fd.as_fd().as_raw_fd(), target, space.length) };
    space.count(result)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sync::Ordering::Relaxed;
    use std::io::{Read, Write, pipe};

    fn words(count: usize) -> Vec<AtomicU64> {
        (0..count).map(|_| AtomicU64::new(u64::from_ne_bytes([b'.'; 8]))).collect()
    }

    fn bytes(words: &[AtomicU64]) -> Vec<u8> {
        words.iter().flat_map(|word| word.load(Relaxed).to_ne_bytes()).collect()
    }

    #[test]
    fn what_is_read_stands_where_it_was_asked_for_and_nowhere_else() {
        let (from, mut to) = pipe().unwrap();
        to.write_all(b"0123456789").unwrap();
        let space = words(4);
        assert_eq!(read(&from, &space[1..4], 3..20), Ok(10));
        assert_eq!(bytes(&space), b"...........0123456789...........");
        drop(to);
        assert_eq!(read(&from, &space, 0..32), Ok(0));
        assert_eq!(read(&from, &space, 32..32), Ok(0), "no room at all");
    }

    #[test]
    fn what_is_written_is_what_was_named_and_no_byte_more() {
        let (mut from, to) = pipe().unwrap();
        let source = words(3);
        source[1].store(u64::from_ne_bytes(*b"abcdefgh"), Relaxed);
        assert_eq!(Span::within(&source, 6..18).write_to(&to), Ok(12));
        assert_eq!(Span::within(&source, 8..16).cut(2..5).write_now(&to), Ok(3));
        assert_eq!(Span::of(b"private").write_to(&to), Ok(7));
        drop(to);
        let mut out = String::new();
        from.read_to_string(&mut out).unwrap();
        assert_eq!(out, "..abcdefgh..cdeprivate");
    }

    #[test]
    fn a_full_pipe_takes_what_it_has_room_for_and_then_says_so_without_waiting() {
        let (_from, to) = pipe().unwrap();
        let source = words(1 << 17);
        let all = Span::within(&source, 0..1 << 20);
        let taken = all.write_now(&to).unwrap();
        assert!(taken > 4096 && taken < 1 << 20, "{taken}");
        assert_eq!(all.write_now(&to), Err(Errno::EAGAIN));
    }

    #[test]
    #[should_panic(expected = "of 24 bytes")]
    fn a_span_past_the_words_is_refused() {
        let _ = Span::within(&words(3), 20..25);
    }

    #[test]
    #[should_panic(expected = "of 3 bytes")]
    fn a_part_past_the_span_is_refused() {
        let _ = Span::of(b"abc").cut(1..4);
    }
}
