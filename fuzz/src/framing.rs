//! A stream cut into messages, carried through a lane, and put together again: it comes out as it went in, however it
//! is read, sent and received.

use crate::script::Script;
use common::channel::{Inbox, Outbox};
use common::layout::LanePlace;
use common::message::lines::{Cutter, Joiner};
use common::ring::{Consumer, Producer};
use common::sync::AtomicU64;
use std::sync::Arc;

type Heap = Arc<[AtomicU64]>;

/// Runs one stream; what its first bytes say is how.
pub fn run(data: &[u8]) {
    let mut script = Script::new(data);
    let Some(how) = How::read(&mut script) else { return };
    lines(&how, script.rest());
}

/// How a stream is read, sent and received.
struct How {
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
}

impl How {
    fn read(script: &mut Script<'_>) -> Option<Self> {
        let capacity = 256 << (script.byte()? % 4);
        let room = Outbox::new(Producer::attach(heap(capacity), LanePlace::alone(capacity)).ok()?).record_limit() - 8;
        Some(How {
            capacity,
            part_limit: 1 + script.below(room)?,
            limit: script.one_of(&[usize::MAX, 0, 1, 100, 1000])?,
            reads: [script.byte()?, script.byte()?, script.byte()?, script.byte()?],
            in_place: script.flag()?,
            blocks: script.flag()?,
        })
    }
}

fn heap(capacity: u64) -> Heap {
    (0..LanePlace::alone(capacity).words_needed()).map(|_| AtomicU64::new(0)).collect()
}

/// A lane between two honest sides, and what has come out of it.
struct Carrier {
    outbox: Outbox<Heap>,
    inbox: Inbox<Heap>,
    in_place: bool,
    blocks: bool,
    joiner: Joiner,
    out: Vec<u8>,
}

impl Carrier {
    fn new(how: &How) -> Self {
        let (memory, place) = (heap(how.capacity), LanePlace::alone(how.capacity));
        let mut inbox = Inbox::new(Consumer::attach(memory.clone(), place).expect("an empty lane"));
        inbox.set_message_limit(how.limit);
        let outbox = Outbox::new(Producer::attach(memory, place).expect("an empty lane"));
        Carrier {
            outbox,
            inbox,
            in_place: how.in_place,
            blocks: how.blocks,
            joiner: Joiner::default(),
            out: Vec::new(),
        }
    }

    fn receive(&mut self) {
        self.outbox.publish();
        loop {
            if self.in_place {
                let Some(found) = self.inbox.next_in_place().expect("an honest sender") else { break };
                let view = self.inbox.view(&found);
                self.joiner.begin(&view.envelope, &mut self.out);
                view.copy_to(&mut self.out);
                self.joiner.end(&view.envelope, &mut self.out);
            } else {
                let next = if self.blocks { self.inbox.next_block() } else { self.inbox.next_message() };
                let Some(envelope) = next.expect("an honest sender") else { break };
                self.joiner.begin(&envelope, &mut self.out);
                self.out.extend_from_slice(self.inbox.bytes());
                self.joiner.end(&envelope, &mut self.out);
            }
            self.inbox.acknowledge();
        }
    }
}

/// As lines.
fn lines(how: &How, input: &[u8]) {
    let mut cutter = Cutter::new(how.part_limit);
    let mut carrier = Carrier::new(how);
    let (mut rest, mut reads) = (input, how.reads.iter().cycle());
    loop {
        while let Some((message, bytes)) = cutter.left(7) {
            let part = message.part;
            assert!(message.bytes.len() <= how.part_limit, "a piece of {} bytes", message.bytes.len());
            if carrier.outbox.put(&message).expect("an honest receiver").is_none() {
                carrier.receive();
                carrier.outbox.put(&message).expect("an honest receiver").expect("room, as all was received");
            }
            cutter.sent(part, bytes);
        }
        if rest.is_empty() {
            break;
        }
        let clock = cutter.begins().then_some(7);
        let Some(mut room) = carrier.outbox.room(&cutter.lengths(), clock).expect("an honest receiver") else {
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
    assert!(carrier.out == input, "{:?} became {:?}", input.escape_ascii(), carrier.out.escape_ascii());
}
