//! Lines in a pipe into messages and back: a message per line, any bytes but the line end itself.
//!
//! What comes out is byte for byte what went in: empty lines, bytes that are not UTF-8, a last line without a line
//! end. Whole lines go in blocks ([`Kind::Lines`]), so nothing is done per line on either side. Neither direction
//! ever holds more than a record, however long a line is: one that is longer goes in parts and is printed in parts.
//!
//! The blocks are read where they are to stand in the segment. Against reading into private memory and copying from
//! there, `seq 1 20000000` through `writer` and `reader >/dev/null` takes 47 ms instead of 63.

#![forbid(unsafe_code)]

use super::text;
use crate::channel::{Envelope, Outgoing, Part, Room};
use crate::ring::Memory;
use crate::ring::record::{Kind, LINE_FEED};
use std::ops::RangeInclusive;

/// Cuts a stream of bytes that is read where it is to stand in the segment: whole lines in blocks, a line that is too
/// long for one in parts. What is read beyond the last line's end is carried over to the next place.
///
/// The caller sends what [`left`](Self::left) gives until that is nothing; then reserves a place of any of these
/// [`lengths`](Self::lengths), fills it by [`carry_into`](Self::carry_into) and a read, and has it
/// [`cut`](Self::cut); and says [`end`](Self::end) where no more comes.
#[derive(Debug)]
pub struct Cutter {
    /// Read, and not sent: always less than a part.
    carried: Vec<u8>,
    /// A part of the line that comes next has been sent.
    inside: bool,
    /// No more bytes come.
    ended: bool,
    /// The longest block, or part of a line, in bytes.
    part_limit: usize,
}

/// Least room beside what is carried over that is worth a `read`: a page. What is less at the ring's end is left out, what
/// is less in a full lane is waited for.
pub const WORTH_READING: usize = 4096;

impl Cutter {
    /// A cutter whose blocks and parts are of `part_limit` bytes at most.
    pub fn new(part_limit: usize) -> Self {
        Cutter { carried: Vec::new(), inside: false, ended: false, part_limit }
    }

    /// No more bytes come.
    pub fn end(&mut self) {
        self.ended = true;
    }

    /// Bytes that have been read and not sent.
    pub fn unsent(&self) -> usize {
        self.carried.len()
    }

    /// What of the bytes carried over can be sent by itself, as said at `clock`, and how many of them it takes.
    pub fn left(&self, clock: u64) -> Option<(Outgoing<'_>, usize)> {
        let carried = &self.carried[..];
        let line = |length: usize, unended: bool| {
            let part = Part::of(!self.inside, true);
            (Outgoing { part, unended, ..text(&carried[..length], clock) }, length + usize::from(!unended))
        };
        if self.inside
            && let Some(end) = memchr::memchr(LINE_FEED, carried)
        {
            return Some(line(end, false));
        }
        if let Some(last) = memchr::memrchr(LINE_FEED, carried) {
            return Some((Outgoing { kind: Kind::Lines, ..text(&carried[..=last], clock) }, last + 1));
        }
        (self.ended && (self.inside || !carried.is_empty())).then(|| line(carried.len(), true))
    }

    /// What [`left`](Self::left) gave has been sent: a message of this part, and so many bytes.
    pub fn sent(&mut self, part: Part, bytes: usize) {
        self.inside = !part.is_end();
        self.carried.drain(..bytes);
    }

    /// The lengths of a place that serve.
    pub fn lengths(&self) -> RangeInclusive<usize> {
        self.part_limit.min(self.carried.len() + WORTH_READING)..=self.part_limit
    }

    /// Whether what is read next begins a message, which says when it was said.
    pub fn begins(&self) -> bool {
        !self.inside
    }

    /// Puts what was carried over first.
    pub fn carry_into<M: Memory>(&self, room: &mut Room<'_, M>) {
        room.fill(&self.carried);
    }

    /// Where in the room a line stands that is just `x`, if one does.
    pub fn find_x<M: Memory>(&self, room: &Room<'_, M>) -> Option<usize> {
        let mut typed = vec![LINE_FEED];
        room.copy_to(0..room.filled(), &mut typed);
        memchr::memmem::find(&typed, b"\nx\n").filter(|_| !self.inside)
    }

    /// Sends what can be sent of what stands in the room, and carries over the rest.
    pub fn cut<M: Memory>(&mut self, room: Room<'_, M>) {
        let filled = room.filled();
        let found = if self.inside {
            room.find_first(0..filled, LINE_FEED)
        } else {
            room.find_last(self.carried.len()..filled, LINE_FEED)
        };
        // How much goes, how much is done with, and as what.
        let (length, done, kind, part) = match found {
            Some(at) if self.inside => (at, at + 1, Kind::Text, Part::Last),
            Some(at) => (at + 1, at + 1, Kind::Lines, Part::Whole),
            // More of a long line, or the beginning of one that is as long as can be.
            None if self.inside && filled > 0 => (filled, filled, Kind::Text, Part::Middle),
            None if filled == self.part_limit => (filled, filled, Kind::Text, Part::First),
            None => (0, 0, Kind::Text, Part::Middle),
        };
        self.carried.clear();
        room.copy_to(done..filled, &mut self.carried);
        if done > 0 {
            self.inside = !part.is_end();
            room.commit(length, kind, part, false);
        }
    }
}

/// Makes a stream of bytes of messages, a line each.
#[derive(Debug)]
pub struct Joiner {
    /// What ends a line.
    separator: u8,
    /// The last line that was printed lacks its end: more of it comes, or its source had none.
    open: bool,
}

impl Default for Joiner {
    fn default() -> Self {
        Joiner::ending_in(LINE_FEED)
    }
}

impl Joiner {
    /// One that ends each message in this byte instead of a line feed.
    pub fn ending_in(separator: u8) -> Self {
        Joiner { separator, open: false }
    }

    /// Makes of a block of lines what is printed of it; nothing is done to other messages.
    pub fn separate(&self, envelope: &Envelope, bytes: &mut [u8]) {
        if envelope.kind == Kind::Lines && self.separator != LINE_FEED {
            let separator = self.separator;
            bytes.iter_mut().filter(|byte| **byte == LINE_FEED).for_each(|byte| *byte = separator);
        }
    }

    /// Appends to `out` what is printed before a message, part of one, or block of lines.
    #[inline]
    pub fn begin(&self, envelope: &Envelope, out: &mut Vec<u8>) {
        if envelope.part.is_start() && self.open {
            // A line without an end, and now another message: they stay two lines.
            out.push(self.separator);
        }
    }

    /// Appends to `out` what is printed after it.
    #[inline]
    pub fn end(&mut self, envelope: &Envelope, out: &mut Vec<u8>) {
        self.open = !envelope.part.is_end() || envelope.unended;
        if !self.open && envelope.kind != Kind::Lines {
            out.push(self.separator);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::channel::{Inbox, Outbox};
    use crate::layout::LanePlace;
    use crate::ring::{Consumer, Producer};
    use crate::sync::AtomicU64;
    use proptest::prelude::*;
    use std::sync::Arc;

    /// A lane on the heap, cut into at one end and joined at the other.
    struct Line {
        outbox: Outbox<Arc<[AtomicU64]>>,
        inbox: Inbox<Arc<[AtomicU64]>>,
        joiner: Joiner,
        out: Vec<u8>,
        parts: Vec<(Kind, Part, usize)>,
    }

    impl Line {
        fn new(capacity: u64) -> Self {
            let place = LanePlace::alone(capacity);
            let memory: Arc<[AtomicU64]> = (0..place.words_needed()).map(|_| AtomicU64::new(0)).collect();
            let outbox = Outbox::new(Producer::attach(memory.clone(), place).unwrap());
            let mut inbox = Inbox::new(Consumer::attach(memory, place).unwrap());
            inbox.set_message_limit(0);
            Line { outbox, inbox, joiner: Joiner::default(), out: Vec::new(), parts: Vec::new() }
        }

        fn receive(&mut self) {
            self.outbox.publish();
            while let Some(envelope) = self.inbox.next_block().unwrap() {
                self.joiner.begin(&envelope, &mut self.out);
                self.out.extend_from_slice(self.inbox.bytes());
                self.joiner.end(&envelope, &mut self.out);
                self.parts.push((envelope.kind, envelope.part, self.inbox.bytes().len()));
                self.inbox.acknowledge();
            }
        }

        /// Carries `input`, read in pieces of `reads` bytes; what comes out, and in which parts.
        fn carry(mut self, input: &[u8], reads: impl Iterator<Item = usize>) -> (Vec<u8>, Vec<(Kind, Part, usize)>) {
            let mut cutter = Cutter::new(self.outbox.record_limit() - 8);
            let (mut rest, mut reads) = (input, reads);
            while !cutter.ended {
                self.send_left(&mut cutter);
                let clock = cutter.begins().then_some(7);
                let Some(mut room) = self.outbox.room(&cutter.lengths(), clock).unwrap() else {
                    self.receive();
                    continue;
                };
                cutter.carry_into(&mut room);
                let (now, later) = rest.split_at(rest.len().min(reads.next().unwrap()));
                let read = room.fill(now);
                rest = &rest[read..];
                if now.is_empty() && later.is_empty() {
                    cutter.end();
                } else {
                    assert!(read > 0, "no room to read into");
                    cutter.cut(room);
                }
            }
            self.send_left(&mut cutter);
            self.receive();
            (self.out, self.parts)
        }

        fn send_left(&mut self, cutter: &mut Cutter) {
            while let Some((message, bytes)) = cutter.left(7) {
                let part = message.part;
                if self.outbox.put(&message).unwrap().is_some() {
                    cutter.sent(part, bytes);
                } else {
                    self.receive();
                }
            }
        }
    }

    proptest! {
        #[test]
        fn any_bytes_come_out_the_same(
            input in prop::collection::vec(prop_oneof![Just(b'\n'), any::<u8>(), Just(b'a')], 0..5000),
            reads in prop::collection::vec(1..700_usize, 1..10),
            capacity in (8..13).prop_map(|shift| 1_u64 << shift),
        ) {
            let (out, parts) = Line::new(capacity).carry(&input, reads.into_iter().cycle());
            prop_assert_eq!(out, input);
            prop_assert!(parts.iter().all(|&(_, _, length)| length <= capacity as usize / 4 - 16));
        }

        #[test]
        fn long_lines_come_out_the_same(
            lengths in prop::collection::vec(0..3000_usize, 0..8),
            reads in prop::collection::vec(1..700_usize, 1..10),
            unended: bool,
        ) {
            let mut input: Vec<u8> = lengths.iter().flat_map(|&length| [vec![b'~'; length], b"\n".to_vec()].concat()).collect();
            if unended {
                input.pop();
            }
            let (out, _) = Line::new(1024).carry(&input, reads.into_iter().cycle());
            prop_assert_eq!(out, input);
        }
    }

    #[test]
    fn whole_lines_go_in_blocks() {
        let (_, parts) = Line::new(4096).carry(b"one\n\nthree\nfour", std::iter::repeat(100));
        assert_eq!(parts, [(Kind::Lines, Part::Whole, 11), (Kind::Text, Part::Whole, 4)]);
    }

    #[test]
    fn no_input_is_no_message() {
        assert_eq!(Line::new(4096).carry(b"", std::iter::repeat(1)), (vec![], vec![]));
    }

    #[test]
    fn a_line_longer_than_a_record_goes_in_parts() {
        let mut input = vec![b'a'; 300 << 10];
        input.extend(b"\nshort\n");
        let (out, parts) = Line::new(1 << 20).carry(&input, std::iter::repeat(10_000));
        assert!(out == input);
        assert_eq!(parts.first().map(|part| part.1), Some(Part::First));
        assert_eq!(parts.last(), Some(&(Kind::Lines, Part::Whole, 6)));
        assert!(parts.len() >= input.len() / (64 << 10));
    }

    #[test]
    fn a_line_that_is_just_x_is_found_wherever_it_stands_and_nowhere_else() {
        let find = |typed: &[u8]| {
            let mut line = Line::new(4096);
            let mut room = line.outbox.room(&(100..=100), None).unwrap().unwrap();
            room.fill(typed);
            Cutter::new(100).find_x(&room)
        };
        assert_eq!(find(b"x\n"), Some(0));
        assert_eq!(find(b"one\nx\ntwo\n"), Some(4));
        for typed in [&b"x"[..], b"xx\n", b" x\n", b"one x\n", b"\\x\n", b"\n"] {
            assert_eq!(find(typed), None);
        }
    }

    #[test]
    fn a_line_without_an_end_is_ended_when_another_message_follows() {
        let mut line = Line::new(4096);
        for message in [Outgoing { unended: true, ..text(b"a", 0) }, text(b"b", 0)] {
            line.outbox.put(&message).unwrap().unwrap();
        }
        line.receive();
        assert_eq!(line.out, b"a\nb\n");
    }
}
