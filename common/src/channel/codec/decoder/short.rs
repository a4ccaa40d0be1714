//! Many short messages at once.

use super::{Decoder, MultiRecord};
use crate::channel::codec::envelope::{Envelope, Message};
use crate::channel::codec::part::Part;
use crate::fault::{Mutant, sabotaged};
use crate::ring::Memory;
use crate::ring::record::Kind;

impl<M: Memory> Decoder<M> {
    /// Hands over short messages of bytes, from a pack that was begun or from one copy of the lane, until they amount to `bytes`,
    /// counting `overhead` for each, or there are no more of them. Returns how many there were, and what they amount to: none if
    /// something else comes next.
    #[inline]
    pub fn each_short(&mut self, bytes: usize, overhead: usize, mut each: impl FnMut(Message<'_>)) -> (usize, usize) {
        match self.each_in_pack(bytes, overhead, &mut each) {
            (0, _) => self.each_plain(bytes, overhead, each),
            some => some,
        }
    }

    /// Hands over messages from the pack in the buffer, if there is one, until they amount to `bytes`, counting
    /// `overhead` for each. Returns how many there were, and what they amount to.
    #[inline]
    fn each_in_pack(&mut self, bytes: usize, overhead: usize, mut each: impl FnMut(Message<'_>)) -> (usize, usize) {
        let Some(MultiRecord { envelope, base, done, pack: Some(pack), .. }) = &mut self.block else { return (0, 0) };
        let (length, stride) = (usize::from(pack.message_bytes), pack.stride());
        let count = bytes.div_ceil(length + overhead).min((self.buffer.len() - *done) / stride);
        for message in self.buffer[*done..].chunks_exact(stride).take(count) {
            // Never the first one, whose position is that of the record: it was handed over when the record was taken.
            let seq = *base + *done as u64;
            let bytes = &message[..length];
            each(Message { envelope: Envelope { seq, ..*envelope }, from: self.names.current(), bytes });
            *done += stride;
        }
        self.within = *base + *done as u64;
        self.current = *done - stride..*done - stride + length;
        if *done == self.buffer.len() {
            self.block = None;
            self.handed = self.consumer.position();
        }
        (count, count * (length + overhead))
    }

    /// Hands over short messages of bytes that lie one after another in the lane, until they amount to `bytes`, counting
    /// `overhead` for each, or to as much as is copied at once. Returns how many there were, and what they amount to.
    #[inline]
    fn each_plain(&mut self, bytes: usize, overhead: usize, mut each: impl FnMut(Message<'_>)) -> (usize, usize) {
        let is_between =
            self.block.is_none() && self.standing.is_none() && self.open.is_none() && self.resume.is_none();
        if !is_between {
            return (0, 0);
        }
        let (mut count, mut amount) = (0, 0);
        let from = self.names.current();
        let taken = self.consumer.take_plain(&mut self.buffer, |seq, bytes_of_it| {
            let (kind, part) = (Kind::Bytes, Part::Whole);
            let envelope = Envelope { seq, kind, sent: None, part, unterminated: false, follows_truncated: false };
            each(Message { envelope, from, bytes: bytes_of_it });
            count += 1;
            amount += bytes_of_it.len() + overhead;
            amount < bytes
        });
        if taken > 0 {
            self.handed = self.consumer.position();
            self.buffer.clear();
            self.current = 0..0;
            if sabotaged(Mutant::AcknowledgeEarly) {
                self.acknowledge();
            }
        }
        (count, amount)
    }
}
