//! A place in the lane to fill with a message.

use super::copy;
use super::encoder::Encoder;
use super::part::Part;
use crate::descriptor;
use crate::memory::Segment;
use crate::ring::record::Kind;
use crate::ring::{Corrupt, Memory, Reserved, search};
use crate::sync::AtomicU64;
use nix::errno::Errno;
use std::ops::{Range, RangeInclusive};
use std::os::fd::AsFd;
use std::time::SystemTime;

/// A place in the segment for one message, or a part of one: [`Sender::reserve`](crate::Sender::reserve). Fill it, then
/// [`commit`](Self::commit) it. If you drop it instead, nothing has happened.
///
/// ```
/// use shmchat::{Channel, Kind, Part, Role};
///
/// # let folder = tempfile::tempdir()?;
/// # let channel = Channel::named("lobby".parse()?).dir(folder.path());
/// # let (mut writer, mut reader) = (channel.attach(Role::Writer)?, channel.attach(Role::Reader)?);
/// let mut slot = writer.sender().reserve(1..=64, None)?;
/// assert_eq!((slot.fill(b"two lines\nor on"), slot.fill(b"e")), (15, 1));
/// let end = slot.find_last(0..slot.filled(), b'\n').expect("a line feed");
/// let mut rest = Vec::new();
/// slot.copy_to(end + 1..slot.filled(), &mut rest);
/// slot.commit(end, Kind::Bytes, Part::Whole, false); // only the first line
/// writer.sender().flush()?;
/// assert_eq!((reader.recv()?.bytes, &rest[..]), (&b"two lines"[..], &b"or one"[..]));
/// # reader.receiver().acknowledge()?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
#[must_use = "nothing is sent before it is committed"]
pub struct WriteSlot<'a, M = Segment> {
    encoder: &'a mut Encoder<M>,
    place: Reserved,
    /// How many bytes are in it.
    filled: usize,
}

impl<'a, M: Memory> WriteSlot<'a, M> {
    pub(in crate::channel) fn new(encoder: &'a mut Encoder<M>, place: Reserved) -> Self {
        WriteSlot { encoder, place, filled: 0 }
    }

    /// How many bytes it holds at most.
    pub fn size(&self) -> usize {
        self.place.length()
    }

    /// How many bytes [`fill`](Self::fill), [`fill_with`](Self::fill_with), [`read_from`](Self::read_from) and
    /// [`fill_by`](Self::fill_by) have put there.
    pub fn filled(&self) -> usize {
        self.filled
    }

    /// Its words, to be written to. The first byte of the message is the first byte in memory of the first word.
    pub fn words(&self) -> &[AtomicU64] {
        self.encoder.reserved(&self.place)
    }

    /// Appends these bytes, or as many of them as there is room for. Gives how many.
    pub fn fill(&mut self, bytes: &[u8]) -> usize {
        let count = bytes.len().min(self.size() - self.filled);
        copy::store(self.words(), self.filled, &bytes[..count]);
        self.filled += count;
        count
    }

    /// Appends up to `count` bytes that `make` writes, or as many of them as there is room for. Gives how many.
    ///
    /// `make` is called with pieces of some hundred bytes, from the first to the last: with the place of the piece among these
    /// bytes, and with private memory for it, all of which it has to write to. So what makes a long message can use plain
    /// bytes and vector instructions, and the piece is still in the first-level cache when it is copied. Writing to the
    /// [`words`](Self::words) takes longer, unless they are few.
    ///
    /// ```
    /// use shmchat::{Channel, Kind, Part, Role};
    ///
    /// # let folder = tempfile::tempdir()?;
    /// # let channel = Channel::named("lobby".parse()?).dir(folder.path());
    /// # let (mut writer, mut reader) = (channel.attach(Role::Writer)?, channel.attach(Role::Reader)?);
    /// let mut slot = writer.sender().reserve(20_000..=20_000, None)?;
    /// slot.fill_with(20_000, |start, piece| {
    ///     for (at, byte) in (start..).zip(piece) {
    ///         *byte = at as u8;
    ///     }
    /// });
    /// slot.commit(20_000, Kind::Bytes, Part::Whole, false);
    /// writer.sender().flush()?;
    ///
    /// let view = reader.receiver().recv_view()?;
    /// let mut sum = 0;
    /// view.for_each_piece(|piece| sum += piece.iter().map(|&byte| u64::from(byte)).sum::<u64>());
    /// assert_eq!(sum, (0..20_000).map(|at| at % 256).sum());
    /// # reader.receiver().acknowledge()?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[inline]
    pub fn fill_with(&mut self, count: usize, make: impl FnMut(usize, &mut [u8])) -> usize {
        let count = count.min(self.size() - self.filled);
        copy::store_pieces(self.words(), self.filled..self.filled + count, make);
        self.filled += count;
        count
    }

    /// Appends what one `read` gives, and gives how many bytes that was. 0 means the end of the input, or a full slot.
    /// <https://man7.org/linux/man-pages/man2/read.2.html>
    ///
    /// # Errors
    /// What `read(2)` returned; EAGAIN if the descriptor is non-blocking and has nothing.
    pub fn read_from(&mut self, fd: impl AsFd) -> Result<usize, Errno> {
        self.fill_by(|words, space| descriptor::read(fd, words, space))
    }

    /// Appends what `read` writes into this range of the words, in bytes. `read` returns how many bytes it wrote.
    ///
    /// # Errors
    /// Those of `read`.
    pub fn fill_by<E>(
        &mut self,
        read: impl FnOnce(&[AtomicU64], Range<usize>) -> Result<usize, E>,
    ) -> Result<usize, E> {
        let space = self.filled..self.size();
        let bytes = read(self.words(), space.clone())?.min(space.len());
        self.filled += bytes;
        Ok(bytes)
    }

    /// The index of the last byte in this range that is `wanted`, among the bytes that are filled.
    pub fn find_last(&self, range: Range<usize>, wanted: u8) -> Option<usize> {
        search::last(self.words(), range.start..range.end.min(self.filled), wanted)
    }

    /// The index of the first byte in this range that is `wanted`, among the bytes that are filled.
    pub fn find_first(&self, range: Range<usize>, wanted: u8) -> Option<usize> {
        search::first(self.words(), range.start..range.end.min(self.filled), wanted)
    }

    /// Appends these bytes to `out`.
    ///
    /// # Panics
    /// If the slot does not hold as many.
    pub fn copy_to(&self, range: Range<usize>, out: &mut Vec<u8>) {
        copy::load(self.words(), range, out);
    }

    /// Makes a message, or a part of one, of the first `length` bytes. Gives its `seq`. The next
    /// [`flush`](crate::Sender::flush) makes it accepted, as for what was [enqueued](crate::Sender::enqueue).
    ///
    /// # Panics
    /// If the slot does not hold as many bytes, or if `length` is 0 and more is to follow.
    pub fn commit(self, length: usize, kind: Kind, part: Part, unterminated: bool) -> u64 {
        self.encoder.commit(&self.place, length, kind, part, unterminated)
    }
}

impl<M: Memory> Encoder<M> {
    /// A place to fill with one record of any of these lengths: [`reserve`](Self::reserve).
    pub fn write_slot(
        &mut self,
        lengths: &RangeInclusive<usize>,
        sent: Option<SystemTime>,
    ) -> Result<Option<WriteSlot<'_, M>>, Corrupt> {
        let place = self.reserve(lengths, sent)?;
        Ok(place.map(|place| WriteSlot::new(self, place)))
    }
}
