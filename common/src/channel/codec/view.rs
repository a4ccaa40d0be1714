//! Messages in place, in the segment.

use super::copy;
use super::envelope::Envelope;
use super::reached::Reached;
use crate::descriptor::Span;
use crate::ring::record::Kind;
use crate::sync::AtomicU64;
use std::ops::Range;

/// A message, a part of one, or a block of lines, where it stands in the segment:
/// [`Receiver::recv_view`](crate::Receiver::recv_view).
///
/// Like a [`Message`](crate::Message) it is acknowledged by the next receiving call, or by
/// [`acknowledge`](crate::Receiver::acknowledge). It saves the copy if you write the message to a descriptor, or work
/// on its words. [`Sender::reserve`](crate::Sender::reserve) has an example with descriptors.
///
/// ```
/// use shmchat::{Channel, Role};
///
/// # let folder = tempfile::tempdir()?;
/// # let channel = Channel::named("lobby".parse()?).dir(folder.path());
/// # let (mut writer, mut reader) = (channel.attach(Role::Writer)?, channel.attach(Role::Reader)?);
/// writer.send("hello")?;
/// let view = reader.receiver().recv_view()?;
/// assert_eq!((view.len(), view.envelope.seq), (5, 0));
/// let mut copy = Vec::new();
/// view.copy_to(&mut copy); // private: now decide by what it says
/// assert_eq!(copy, b"hello");
/// # reader.receiver().acknowledge()?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Trust
/// The other side can change what stands in the segment while you look at it, also after it sent it. A sound peer never does; a
/// hostile one may. So the words are atomic, and each look may see other bytes. Decide only by a private copy
/// ([`copy_to`](Self::copy_to), [`for_each_piece`](Self::for_each_piece)). Bytes that you only pass on are the other side's in any case.
#[derive(Clone, Copy, Debug)]
pub struct View<'a> {
    /// What is known of it.
    pub envelope: Envelope,
    /// The name of whoever sent it: see [`Message::from`](crate::Message::from).
    pub from: &'a str,
    begun: &'a [u8],
    words: &'a [AtomicU64],
    position: u64,
    skip: usize,
    length: usize,
    is_followed: bool,
}

impl<'a> View<'a> {
    pub(super) fn new(begun: &'a [u8], words: &'a [AtomicU64], from: &'a str, found: &InPlace) -> Self {
        let InPlace { envelope, position, skip, length, is_followed } = *found;
        View { envelope, from, begun, words, position, skip, length, is_followed }
    }

    /// The position in the lane of the first of these bytes. For a line it is the `seq` that the line has if it is received by
    /// itself.
    pub fn position(&self) -> u64 {
        self.position + self.skip as u64
    }

    /// What the copying calls had put together of this message before; it comes first. Empty unless you use both kinds of call.
    pub fn begun(&self) -> &'a [u8] {
        self.begun
    }

    /// How many bytes stand in the segment.
    pub fn len(&self) -> usize {
        self.length
    }

    /// Whether no bytes stand in the segment.
    pub fn is_empty(&self) -> bool {
        self.length == 0
    }

    /// The words in which they stand. The first byte is byte [`skip`](Self::skip) of the first word in memory. Whatever
    /// follows the last byte has no meaning.
    pub fn words(&self) -> &'a [AtomicU64] {
        self.words
    }

    /// Where in the first word the bytes begin: at 0, except for the rest of a message, and for a block of lines whose
    /// first lines were received singly.
    pub fn skip(&self) -> usize {
        self.skip
    }

    /// The position behind the first `bytes` of the bytes in the segment, for
    /// [`acknowledge_until`](crate::Receiver::acknowledge_until). `reached(0)` is the position before the message.
    ///
    /// Behind its last byte a message still has its end: the line feed, for a program that prints lines. A successor
    /// gets that end as an empty [`Part::Last`](crate::Part::Last). A part with more to follow and a block of lines
    /// have no such end.
    ///
    /// # Panics
    /// If there are fewer bytes.
    #[must_use]
    pub fn reached(&self, bytes: usize) -> Reached {
        assert!(bytes <= self.length, "{bytes} bytes of {}", self.length);
        let (kind, part) = (self.envelope.kind, self.envelope.part);
        let has_end = kind != Kind::Lines && part.is_end() && bytes == self.length;
        // With no bytes received, the end alone is not due, unless that is all a predecessor left.
        let end_is_due = has_end && (bytes > 0 || !part.is_start());
        Reached::new(self.position() + bytes as u64, end_is_due)
    }

    /// The position behind all of it, its end included: to acknowledge this message or part, and what is before it.
    ///
    /// ```
    /// use shmchat::{Channel, Role};
    ///
    /// # let folder = tempfile::tempdir()?;
    /// # let channel = Channel::named("lobby".parse()?).dir(folder.path());
    /// # let (mut writer, mut reader) = (channel.attach(Role::Writer)?, channel.attach(Role::Reader)?);
    /// writer.sender().send_batch(["one", "two"])?;
    /// reader.receiver().take_ahead();
    /// let one = reader.receiver().recv_view()?.end();
    /// let two = reader.receiver().recv_view()?.end();
    /// reader.receiver().release(one)?;
    /// assert_eq!(writer.sender().backlog()?.messages, 1);
    /// reader.receiver().release(two)?;
    /// assert!(writer.sender().is_delivered()?);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn end(&self) -> Reached {
        let end = (self.position() + self.length as u64).next_multiple_of(8);
        // In a pack the next message begins there. Behind a record's last byte, its end may still be due: that is one further
        // on, where no message has a byte, because a record begins with its header.
        Reached::new(if self.is_followed { end } else { end + 1 }, false)
    }

    /// These of the bytes in the segment, to be written to a descriptor. The example is at [`Span`].
    ///
    /// # Panics
    /// If the range does not lie inside them.
    pub fn span(&self, range: Range<usize>) -> Span<'a> {
        Span::within(self.words, self.skip..self.skip + self.length).cut(range)
    }

    /// Appends all bytes to `out`, also those of [`begun`](Self::begun): a private copy.
    pub fn copy_to(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(self.begun);
        copy::load(self.words, self.skip..self.skip + self.length, out);
    }

    /// Hands over all bytes, also those of [`begun`](Self::begun), in pieces of some hundred bytes, from the first to the
    /// last. Each piece is a private copy, as trustworthy as one by [`copy_to`](Self::copy_to), and still in the first-level
    /// cache. So who looks at a long message once can use plain bytes and vector instructions. Reading the
    /// [`words`](Self::words) takes longer, unless they are few.
    ///
    /// Where a piece ends says nothing; but unless there is something [`begun`](Self::begun) or to [`skip`](Self::skip), only the
    /// last one's length is not a multiple of 8. The example is at [`WriteSlot::fill_with`](crate::WriteSlot::fill_with).
    #[inline]
    pub fn for_each_piece(&self, mut each: impl FnMut(&[u8])) {
        if !self.begun.is_empty() {
            each(self.begun);
        }
        copy::load_pieces(self.words, self.skip..self.skip + self.length, each);
    }
}

/// A message, part of one, or block of lines, in place in the lane.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct InPlace {
    /// What is known of it.
    pub envelope: Envelope,
    /// The position in the lane of the word in which it begins.
    pub(super) position: u64,
    /// Where in that word it begins: at its first byte, except for the rest of a message, or of a block whose first
    /// lines were handed over.
    pub(super) skip: usize,
    pub(super) length: usize,
    /// Whether another message follows in the same record.
    pub(super) is_followed: bool,
}
