//! A stream cut into messages, carried through a lane, and put together again: it comes out as it went in, however it
//! is read, sent and received, and also by way of JSON and another lane. And any stream as JSON: what of it are messages
//! goes through, and comes out as JSON that says the same.

use crate::script::Script;
use frontend::framing::json::{JsonWriter, Objects};
use frontend::framing::lines::{Cutter, Joiner};
use frontend::framing::separated::Separated;
use frontend::framing::{Next, PartPolicy, Source};
use shmchat::internals::channel::{Decoder, Encoder};
use shmchat::internals::layout::LanePlace;
use shmchat::internals::ring::record::{Kind, LINE_FEED};
use shmchat::internals::ring::{Consumer, Producer};
use shmchat::internals::sync::AtomicU64;
use shmchat::{Envelope, Part};
use std::sync::Arc;
use std::time::SystemTime;

type Heap = Arc<[AtomicU64]>;

/// Runs one stream; what its first bytes say is how.
pub fn run(data: &[u8]) {
    let mut script = Script::new(data);
    let Some(how) = How::read(&mut script) else { return };
    let input = script.rest();
    match how.framing {
        Framing::Lines => assert_same(input, &lines(&how, input, Carrier::joining(&how, LINE_FEED)).out),
        Framing::Nul => {
            let mut source = Separated::new(0, how.pieces(), false);
            assert_same(input, &through(&how, &mut source, input, Carrier::joining(&how, 0)).out);
        }
        Framing::LinesByJson => {
            let json = lines(&how, input, Carrier::writing(&how)).out;
            let mut source = Objects::new(how.pieces(), false);
            assert_same(input, &through(&how, &mut source, &json, Carrier::joining(&how, LINE_FEED)).out);
        }
        Framing::Json => {
            let once = through(&how, &mut Objects::new(how.pieces(), false), input, Carrier::writing(&how));
            let twice = through(&how, &mut Objects::new(how.pieces(), false), &once.out, Carrier::writing(&how));
            assert_eq!(twice.wrong, 0, "{:?}", once.out.escape_ascii());
            assert!(once.said == twice.said, "{:?} became {:?}", once.out.escape_ascii(), twice.out.escape_ascii());
        }
    }
}

#[track_caller]
fn assert_same(input: &[u8], out: &[u8]) {
    assert!(out == input, "{:?} became {:?}", input.escape_ascii(), out.escape_ascii());
}

/// What a stream is.
#[derive(Clone, Copy)]
enum Framing {
    Lines,
    Nul,
    /// Lines that become JSON, and lines again.
    LinesByJson,
    /// JSON, or what passes for it.
    Json,
}

/// How a stream is read, sent and received.
struct How {
    framing: Framing,
    capacity: u64,
    /// The longest part of a message.
    part_limit: usize,
    /// The receiver's limit.
    limit: usize,
    /// Bytes that the stream gives at once, in turns.
    reads: [u8; 4],
    /// Received where it stands.
    in_place: bool,
    /// Received in whole blocks.
    blocks: bool,
    /// Streams whose parts come singly are put together too before they are sent.
    whole: bool,
}

impl How {
    fn read(script: &mut Script<'_>) -> Option<Self> {
        let capacity = 256 << (script.byte()? % 4);
        let room = Encoder::new(Producer::attach(heap(capacity), LanePlace::alone(capacity)).ok()?).record_limit() - 8;
        let part_limit = 1 + script.below(room)?;
        let limit = script.one_of(&[usize::MAX, 0, 1, 100, 1000])?;
        let reads = [script.byte()?, script.byte()?, script.byte()?, script.byte()?];
        let in_place = script.flag()?;
        let last = script.byte()?;
        // Lines were first: the numbers are such as their inputs in the corpus do not have.
        let framing = match last >> 4 {
            7 => Framing::Nul,
            9 => Framing::LinesByJson,
            11 => Framing::Json,
            _ => Framing::Lines,
        };
        let (blocks, whole) = (last % 2 == 1, last / 8 % 2 == 1);
        Some(How { framing, capacity, part_limit, limit, reads, in_place, blocks, whole })
    }

    fn pieces(&self) -> PartPolicy {
        PartPolicy { limit: self.part_limit, streams: !self.whole }
    }
}

fn heap(capacity: u64) -> Heap {
    (0..LanePlace::alone(capacity).words_needed()).map(|_| AtomicU64::new(0)).collect()
}

/// A lane between two honest sides, and what has come out of it.
struct Carrier {
    encoder: Encoder<Heap>,
    decoder: Decoder<Heap>,
    in_place: bool,
    blocks: bool,
    into: Into,
    out: Vec<u8>,
    /// What has been said, in any parts: each message's kind, clock, bytes, whether it is unterminated, and whether it is whole.
    said: Vec<Said>,
    /// How often a stream was no message.
    wrong: usize,
}

type Said = (Kind, Option<SystemTime>, Vec<u8>, bool, bool);

/// What comes out.
enum Into {
    Stream(Joiner),
    Json(JsonWriter),
}

impl Carrier {
    fn joining(how: &How, separator: u8) -> Self {
        Carrier::new(how, Into::Stream(Joiner::ending_in(separator)))
    }

    fn writing(how: &How) -> Self {
        Carrier::new(how, Into::Json(JsonWriter::default()))
    }

    fn new(how: &How, into: Into) -> Self {
        let (memory, place) = (heap(how.capacity), LanePlace::alone(how.capacity));
        let mut decoder = Decoder::new(Consumer::attach(memory.clone(), place).expect("an empty lane"));
        decoder.set_message_limit(how.limit);
        let encoder = Encoder::new(Producer::attach(memory, place).expect("an empty lane"));
        let &How { in_place, blocks, .. } = how;
        Carrier { encoder, decoder, in_place, blocks, into, out: Vec::new(), said: Vec::new(), wrong: 0 }
    }

    fn receive(&mut self) {
        self.encoder.publish();
        let mut bytes = Vec::new();
        loop {
            bytes.clear();
            let (envelope, position) = if self.in_place {
                let Some(found) = self.decoder.next_in_place().expect("an honest sender") else { break };
                let view = self.decoder.view(&found);
                view.copy_to(&mut bytes);
                (view.envelope, view.position())
            } else {
                let next = if self.blocks { self.decoder.next_block() } else { self.decoder.next_message() };
                let Some(envelope) = next.expect("an honest sender") else { break };
                bytes.extend_from_slice(self.decoder.bytes());
                (envelope, envelope.seq)
            };
            self.take(&envelope, position, &mut bytes);
            self.decoder.acknowledge();
        }
    }

    fn take(&mut self, envelope: &Envelope, position: u64, bytes: &mut [u8]) {
        match &mut self.into {
            Into::Stream(joiner) => {
                joiner.begin(envelope, &mut self.out);
                joiner.separate(envelope, bytes);
                self.out.extend_from_slice(bytes);
                joiner.end(envelope, &mut self.out);
            }
            Into::Json(writer) if envelope.kind == Kind::Lines => {
                let mut at = 0;
                for line in bytes.split_inclusive(|&byte| byte == LINE_FEED) {
                    writer.append_line(envelope, position + at as u64, at == 0, line, &mut self.out);
                    at += line.len();
                }
            }
            Into::Json(writer) => {
                let Envelope { kind, sent, part, unterminated, .. } = *envelope;
                // What goes on with something else than with what is open is a message of its own.
                let goes_on =
                    !part.is_start() && !envelope.follows_truncated && self.said.last().is_some_and(|open| !open.4);
                if !goes_on {
                    self.said.push((kind, sent, Vec::new(), false, false));
                }
                let message = self.said.last_mut().expect("nobody died in the middle");
                message.2.extend_from_slice(bytes);
                (message.3, message.4) = (unterminated, part.is_end());
                writer.append(envelope, bytes, &mut self.out);
            }
        }
    }

    fn put(&mut self, message: &shmchat::Outgoing<'_>) {
        if self.encoder.put(message).expect("an honest receiver").is_none() {
            self.receive();
            self.encoder.put(message).expect("an honest receiver").expect("room, as all was received");
        }
    }
}

/// Through private memory.
fn through(how: &How, source: &mut impl Source, input: &[u8], mut carrier: Carrier) -> Carrier {
    let (mut rest, mut reads) = (input, how.reads.iter().cycle());
    loop {
        match source.next() {
            Ok(Next::Message(message)) => {
                assert!(message.bytes.len() <= how.part_limit, "a piece of {} bytes", message.bytes.len());
                assert!(!message.bytes.is_empty() || message.part.is_end(), "a part of nothing, with more to follow");
                carrier.put(&message);
                source.sent();
            }
            Ok(Next::Quit) => unreachable!("nobody asked"),
            Ok(Next::Nothing) => {
                let block = source.block();
                if block.has_ended() {
                    break;
                }
                let bytes = (1 + usize::from(*reads.next().expect("a cycle"))).min(rest.len());
                block.space()[..bytes].copy_from_slice(&rest[..bytes]);
                block.fill(bytes);
                rest = &rest[bytes..];
                if rest.is_empty() {
                    block.end();
                }
            }
            Err(_) => {
                carrier.wrong += 1;
                source.skip();
            }
        }
    }
    if carrier.wrong == 0 {
        assert_eq!(source.unsent(), 0, "all was sent");
    }
    carrier.receive();
    carrier
}

/// As lines.
fn lines(how: &How, input: &[u8], mut carrier: Carrier) -> Carrier {
    let whole = carrier.encoder.whole_limit();
    let mut cutter = Cutter::new(how.part_limit, whole);
    let (mut rest, mut reads, mut inside) = (input, how.reads.iter().cycle(), false);
    loop {
        while let Some((message, bytes)) = cutter.left(SystemTime::UNIX_EPOCH) {
            let part = message.part;
            assert!(message.bytes.len() <= whole, "a piece of {} bytes", message.bytes.len());
            assert!(message.part == Part::Whole || inside || message.bytes.len() > whole - 4, "cut for nothing");
            inside = !part.is_end();
            carrier.put(&message);
            cutter.sent(part, bytes);
        }
        if rest.is_empty() {
            break;
        }
        if cutter.gathers() {
            let bytes = (1 + usize::from(*reads.next().expect("a cycle"))).min(rest.len());
            cutter.space()[..bytes].copy_from_slice(&rest[..bytes]);
            cutter.gathered(bytes);
            rest = &rest[bytes..];
            if rest.is_empty() {
                cutter.end();
            }
            continue;
        }
        let clock = cutter.begins().then_some(SystemTime::UNIX_EPOCH);
        let Some(mut room) = carrier.encoder.write_slot(&cutter.lengths(), clock).expect("an honest receiver") else {
            carrier.receive();
            continue;
        };
        cutter.carry_into(&mut room);
        let bytes = (1 + usize::from(*reads.next().expect("a cycle"))).min(rest.len());
        let read = room.fill(&rest[..bytes]);
        assert!(read > 0, "no room to read into");
        rest = &rest[read..];
        cutter.cut(room);
        if rest.is_empty() {
            cutter.end();
        }
    }
    carrier.receive();
    carrier
}
