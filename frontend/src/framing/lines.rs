//! Turns lines in a pipe into messages and back: one message per line, of any bytes but the line end itself.
//!
//! What comes out is byte for byte what went in: empty lines, bytes that are not UTF-8, a last line without a line end. Whole
//! lines travel in blocks ([`Kind::Lines`]), so neither side does any work per line. A line longer than a record is gathered in
//! private memory, so that it goes in whole or not at all, like any message that fits half the lane. A longer one goes in
//! parts, and neither side ever holds more of it than that.
//!
//! The blocks are read directly into the segment. Compared with reading into private memory and copying from there,
//! `seq 1 20000000` through `writer` and `reader >/dev/null` takes 47 ms instead of 63.

use super::message::text;
use crate::text::LINE_FEED;
use crate::text::split_at_most;
use shmchat::Kind;
use shmchat::Memory;
use shmchat::{Envelope, Outgoing, Part, WriteSlot};
use std::ops::RangeInclusive;
use std::time::SystemTime;

/// Cuts a byte stream that is read directly into the segment: whole lines in blocks, a line too long for a block by itself, and
/// a line too long for half the lane in parts. Anything read past the end of the last line is carried over to the next slot.
///
/// The caller sends what [`left`](Self::left) returns until there is nothing. Then, if it [`gathers`](Self::gathers) a long
/// line, the caller reads into its [`space`](Self::space). Otherwise it reserves a slot of one of these
/// [`lengths`](Self::lengths), fills it with [`carry_into`](Self::carry_into) and a read, and has it [`cut`](Self::cut). At the
/// end of the input it calls [`end`](Self::end).
#[derive(Debug)]
pub struct Cutter {
    /// Bytes read but not sent: less than a record, except for a long line.
    carried: Vec<u8>,
    /// How many of these bytes are known to contain no line end.
    scanned: usize,
    /// Whether a part of the next line has been sent.
    inside: bool,
    /// Whether the input has ended.
    ended: bool,
    /// The longest block, and the longest part read in place, in bytes.
    record: usize,
    /// The longest line that goes in whole, in bytes.
    whole: usize,
}

/// How many bytes of a gathered line are read at once: what a pipe holds by default.
const GATHERED: usize = 64 << 10;

/// The least room, beside what is carried over, that is worth a `read`: a page. Less than that at the end of the ring is
/// skipped; in a full lane, more is waited for.
pub const WORTH_READING: usize = 4096;

impl Cutter {
    /// A cutter with blocks of at most `record` bytes, and lines of up to `whole` bytes sent whole.
    pub fn new(record: usize, whole: usize) -> Self {
        let whole = whole.max(record);
        Cutter { carried: Vec::new(), scanned: 0, inside: false, ended: false, record, whole }
    }

    /// Tells it that the input has ended.
    pub fn end(&mut self) {
        self.ended = true;
    }

    /// How many bytes have been read but not sent.
    pub fn unsent(&self) -> usize {
        self.carried.len()
    }

    /// What can be sent from the bytes carried over alone, with `clock` as its time, and how many of them that takes.
    pub fn left(&mut self, clock: SystemTime) -> Option<(Outgoing<'_>, usize)> {
        let end = memchr::memchr(LINE_FEED, &self.carried[self.scanned..]).map(|at| at + self.scanned);
        self.scanned = end.unwrap_or(self.carried.len());
        let carried = &self.carried[..];
        let piece = |length: usize, is_end: bool, unterminated: bool| {
            let part = Part::of(!self.inside, is_end);
            (
                Outgoing { part, unterminated, ..text(&carried[..length], clock) },
                length + usize::from(is_end && !unterminated),
            )
        };
        match end {
            Some(end) if !self.inside && end < self.record => {
                let near = &carried[..carried.len().min(self.record)];
                let last = memchr::memrchr(LINE_FEED, near).unwrap_or(end);
                Some((Outgoing { kind: Kind::Lines, ..text(&carried[..=last], clock) }, last + 1))
            }
            Some(end) if end <= self.whole => Some(piece(end, true, false)),
            None if self.ended && carried.len() <= self.whole => {
                (self.inside || !carried.is_empty()).then(|| piece(carried.len(), true, true))
            }
            _ if carried.len() > self.whole => Some(piece(split_at_most(carried, self.whole), false, false)),
            // More of a line that goes in parts, with no room beside it to read into.
            _ if self.inside && carried.len() >= self.record => Some(piece(carried.len(), false, false)),
            _ => None,
        }
    }

    /// Tells it that what [`left`](Self::left) returned has been sent: a message of this part, and this many bytes.
    pub fn sent(&mut self, part: Part, bytes: usize) {
        self.inside = !part.is_end();
        self.carried.drain(..bytes);
        self.scanned = 0;
    }

    /// Whether it is gathering a line that is too long to be read in place.
    pub fn gathers(&self) -> bool {
        self.carried.len() >= self.record
    }

    /// Where to read more of that line. Call [`gathered`](Self::gathered) afterwards.
    pub fn space(&mut self) -> &mut [u8] {
        let start = self.carried.len();
        self.carried.resize(start + GATHERED, 0);
        &mut self.carried[start..]
    }

    /// Tells it how many bytes have been read into the space.
    pub fn gathered(&mut self, bytes: usize) {
        let unread = GATHERED - bytes.min(GATHERED);
        self.carried.truncate(self.carried.len() - unread);
    }

    /// The slot lengths that are useful.
    pub fn lengths(&self) -> RangeInclusive<usize> {
        self.record.min(self.carried.len() + WORTH_READING)..=self.record
    }

    /// Whether the next bytes begin a message, which then carries a time.
    pub fn begins(&self) -> bool {
        !self.inside
    }

    /// Puts the bytes carried over into the slot first.
    pub fn carry_into<M: Memory>(&self, room: &mut WriteSlot<'_, M>) {
        room.fill(&self.carried);
    }

    /// Sends what it can of what is in the slot, and carries over the rest.
    pub fn cut<M: Memory>(&mut self, room: WriteSlot<'_, M>) {
        let filled = room.filled();
        let found = if self.inside {
            room.find_first(0..filled, LINE_FEED)
        } else {
            room.find_last(self.carried.len()..filled, LINE_FEED)
        };
        // How much is sent, how much is consumed, and as what.
        let (length, done, kind, part) = match found {
            Some(at) if self.inside => (at, at + 1, Kind::Text, Part::Last),
            Some(at) => (at + 1, at + 1, Kind::Lines, Part::Whole),
            None if self.inside && filled > 0 => (filled, filled, Kind::Text, Part::Middle),
            // The beginning of a line, perhaps of a long one.
            None => (0, 0, Kind::Text, Part::Middle),
        };
        self.carried.clear();
        room.copy_to(done..filled, &mut self.carried);
        self.scanned = if self.inside { 0 } else { self.carried.len() };
        if done > 0 {
            self.inside = !part.is_end();
            room.commit(length, kind, part, false);
        }
    }
}

/// Joins messages into a byte stream, one line each.
#[derive(Debug)]
pub struct Joiner {
    /// What ends a line.
    separator: u8,
    /// Whether the last line printed lacks its end: more of it follows, or its source had none.
    open: bool,
}

impl Default for Joiner {
    fn default() -> Self {
        Joiner::ending_in(LINE_FEED)
    }
}

impl Joiner {
    /// A joiner that ends each message with this byte instead of a line feed.
    pub fn ending_in(separator: u8) -> Self {
        Joiner { separator, open: false }
    }

    /// Replaces the separators in a block of lines; leaves other messages alone.
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
            // A line without an end, then another message: they stay two lines.
            out.push(self.separator);
        }
    }

    /// Appends to `out` what is printed after it.
    #[inline]
    pub fn end(&mut self, envelope: &Envelope, out: &mut Vec<u8>) {
        self.open = !envelope.part.is_end() || envelope.unterminated;
        if !self.open && envelope.kind != Kind::Lines {
            out.push(self.separator);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use shmchat::internals::channel::{Decoder, Encoder};
    use shmchat::internals::layout::LanePlace;
    use shmchat::internals::ring::{Consumer, Producer};
    use shmchat::internals::sync::AtomicU64;
    use std::sync::Arc;

    /// A lane on the heap, cut into at one end and joined at the other.
    struct TestLane {
        encoder: Encoder<Arc<[AtomicU64]>>,
        decoder: Decoder<Arc<[AtomicU64]>>,
        joiner: Joiner,
        out: Vec<u8>,
        parts: Vec<(Kind, Part, usize)>,
        /// What was put by itself.
        put: Vec<(Part, usize)>,
    }

    impl TestLane {
        fn new(capacity: u64) -> Self {
            let place = LanePlace::alone(capacity);
            let memory: Arc<[AtomicU64]> = (0..place.words_needed()).map(|_| AtomicU64::new(0)).collect();
            let encoder = Encoder::new(Producer::attach(memory.clone(), place).unwrap());
            let mut decoder = Decoder::new(Consumer::attach(memory, place).unwrap());
            decoder.set_message_limit(0);
            TestLane {
                encoder,
                decoder,
                joiner: Joiner::default(),
                out: Vec::new(),
                parts: Vec::new(),
                put: Vec::new(),
            }
        }

        fn receive(&mut self) {
            self.encoder.publish();
            while let Some(envelope) = self.decoder.next_block().unwrap() {
                self.joiner.begin(&envelope, &mut self.out);
                self.out.extend_from_slice(self.decoder.bytes());
                self.joiner.end(&envelope, &mut self.out);
                self.parts.push((envelope.kind, envelope.part, self.decoder.bytes().len()));
                self.decoder.acknowledge();
            }
        }

        /// Carries `input`, read in pieces of `reads` bytes; what comes out, and in which parts.
        fn carry(self, input: &[u8], reads: impl Iterator<Item = usize>) -> (Vec<u8>, Vec<(Kind, Part, usize)>) {
            let lane = self.carried(input, reads);
            (lane.out, lane.parts)
        }

        fn carried(mut self, input: &[u8], reads: impl Iterator<Item = usize>) -> Self {
            let mut cutter = Cutter::new(self.encoder.record_limit() - 8, self.encoder.whole_limit());
            let (mut rest, mut reads) = (input, reads);
            while !cutter.ended {
                self.send_left(&mut cutter);
                if cutter.gathers() {
                    let now = rest.len().min(reads.next().unwrap());
                    cutter.space()[..now].copy_from_slice(&rest[..now]);
                    cutter.gathered(now);
                    rest = &rest[now..];
                    if now == 0 {
                        cutter.end();
                    }
                    continue;
                }
                let clock = cutter.begins().then_some(SystemTime::UNIX_EPOCH);
                let Some(mut room) = self.encoder.write_slot(&cutter.lengths(), clock).unwrap() else {
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
            self
        }

        fn send_left(&mut self, cutter: &mut Cutter) {
            while let Some((message, bytes)) = cutter.left(SystemTime::UNIX_EPOCH) {
                let (part, kind, length) = (message.part, message.kind, message.bytes.len());
                if self.encoder.put(&message).unwrap().is_some() {
                    cutter.sent(part, bytes);
                    if kind == Kind::Text {
                        self.put.push((part, length));
                    }
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
            let (out, parts) = TestLane::new(capacity).carry(&input, reads.into_iter().cycle());
            prop_assert_eq!(out, input);
            prop_assert!(parts.iter().all(|&(_, _, length)| length <= capacity as usize / 4 - 16));
        }

        #[test]
        fn long_lines_come_out_the_same(
            lengths in prop::collection::vec(0..3000_usize, 0..8),
            reads in prop::collection::vec(1..700_usize, 1..10),
            unterminated: bool,
        ) {
            let mut input: Vec<u8> = lengths.iter().flat_map(|&length| [vec![b'~'; length], b"\n".to_vec()].concat()).collect();
            if unterminated {
                input.pop();
            }
            let lane = TestLane::new(1024);
            let (record, whole) = (lane.encoder.record_limit() - 8, lane.encoder.whole_limit());
            let lane = lane.carried(&input, reads.into_iter().cycle());
            prop_assert_eq!(lane.out, input);
            // What fits goes in whole, and what does not begins with as much as fits.
            let long: Vec<_> = lengths.iter().copied().filter(|&length| length >= record).collect();
            let begun: Vec<_> = lane.put.iter().copied().filter(|(part, length)| part.is_start() && *length >= record).collect();
            prop_assert_eq!(begun.len(), long.len());
            for ((part, length), of) in begun.into_iter().zip(long) {
                prop_assert_eq!((part, length), if of <= whole { (Part::Whole, of) } else { (Part::First, whole) });
            }
        }
    }

    #[test]
    fn whole_lines_go_in_blocks() {
        let (_, parts) = TestLane::new(4096).carry(b"one\n\nthree\nfour", std::iter::repeat(100));
        assert_eq!(parts, [(Kind::Lines, Part::Whole, 11), (Kind::Text, Part::Whole, 4)]);
    }

    #[test]
    fn no_input_is_no_message() {
        assert_eq!(TestLane::new(4096).carry(b"", std::iter::repeat(1)), (vec![], vec![]));
    }

    #[test]
    fn a_line_longer_than_half_the_lane_goes_in_parts() {
        let mut input = vec![b'a'; 600 << 10];
        input.extend(b"\nshort\n");
        let (out, parts) = TestLane::new(1 << 20).carry(&input, std::iter::repeat(10_000));
        assert!(out == input);
        assert_eq!(parts.first().map(|part| part.1), Some(Part::First));
        assert_eq!(parts.last(), Some(&(Kind::Lines, Part::Whole, 6)));
        assert!(parts.len() >= input.len() / (64 << 10));
    }

    #[test]
    fn a_line_without_an_end_is_ended_when_another_message_follows() {
        let mut lane = TestLane::new(4096);
        for message in
            [Outgoing { unterminated: true, ..text(b"a", SystemTime::UNIX_EPOCH) }, text(b"b", SystemTime::UNIX_EPOCH)]
        {
            lane.encoder.put(&message).unwrap().unwrap();
        }
        lane.receive();
        assert_eq!(lane.out, b"a\nb\n");
    }
}
