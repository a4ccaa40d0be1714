//! One lane on the heap, its two ends used by a script, and a hostile peer that writes over it between the calls.
//!
//! Whatever stands there, a call gives a result or says "corrupt" ([`Corruption`]); it never panics, hands over no more
//! than it may, and keeps its own books right. Hangs are libFuzzer's to find.

use crate::hostile;
use crate::script::Script;
use shmchat::error::Corruption;
use shmchat::internals::channel::{Decoder, Encoder, InPlace, NoItems, WhenTight};
use shmchat::internals::doorbell::Parking;
use shmchat::internals::layout::{Durability, LanePlace};
use shmchat::internals::ring::record::{Kind, LINE_FEED};
use shmchat::internals::ring::{Consumer, Corrupt, Producer, max_record, recover};
use shmchat::internals::sync::{AtomicU64, Ordering::Relaxed};
use shmchat::{Envelope, Outgoing, Part};
use std::fs::File;
use std::sync::{Arc, OnceLock};
use std::time::{Duration, SystemTime};

type Heap = Arc<[AtomicU64]>;

/// Calls and writes of one script. A longer one finds nothing that a shorter one does not.
const STEPS: usize = 200;

/// What takes all that is written to it.
static NULL: OnceLock<File> = OnceLock::new();

/// Runs one script.
pub fn run(data: &[u8]) {
    let mut script = Script::new(data);
    let Some(mut lane) = Lane::new(&mut script) else { return };
    for _ in 0..STEPS {
        if lane.step(&mut script).is_none() {
            break;
        }
        lane.check();
    }
}

struct Lane {
    memory: Heap,
    place: LanePlace,
    sender: Option<Encoder<Heap>>,
    receiver: Option<Receiver>,
}

/// How messages are taken.
#[derive(Clone, Copy, PartialEq, Eq)]
enum How {
    /// Each line by itself.
    Singly,
    /// Lines in the blocks that they were sent in.
    InBlocks,
    /// The same, and where they stand.
    InPlace,
}

/// The receiving end, and what was seen of what it handed over.
struct Receiver {
    decoder: Decoder<Heap>,
    limit: usize,
    last: Option<Envelope>,
}

impl Lane {
    fn new(script: &mut Script<'_>) -> Option<Self> {
        let shape = script.byte()?;
        let durability = if shape / 4 % 4 == 1 { Durability::Sealed } else { Durability::Boot };
        let place = LanePlace::alone(256 << (shape % 4)).with(durability);
        let memory: Heap = (0..place.words_needed()).map(|_| AtomicU64::new(0)).collect();
        // Anywhere in the lane's life, and beyond its end.
        let start = match script.byte()? % 8 {
            0..4 => 0,
            4 | 5 => u64::from(script.short()?) * 8,
            6 => (1_u64 << 62).wrapping_add(script.distance()?),
            _ => script.word()?,
        };
        memory[place.tail].store(start, Relaxed);
        memory[place.head].store(start, Relaxed);
        Some(Lane { memory, place, sender: None, receiver: None })
    }

    /// One step of the script; none at its end.
    fn step(&mut self, script: &mut Script<'_>) -> Option<()> {
        let choice = script.byte()?;
        match choice % 4 {
            0 if choice / 4 == 0 && self.place.durability.is_sealed() => self.reboot(),
            0 => hostile::act(script, &self.memory, &self.place),
            1 => self.send(script, choice / 4),
            _ => self.receive(script, choice / 4),
        }
    }

    /// A start in another boot, in whatever is there.
    fn reboot(&mut self) -> Option<()> {
        (self.sender, self.receiver) = (None, None);
        let found = recover::recover(&self.memory, &self.place, |_| {}).ok()?;
        assert!(found.tail >= found.head && found.tail - found.head <= self.place.capacity, "{found:?}");
        let consumer = Consumer::attach(self.memory.clone(), self.place).expect("sound indices");
        assert_eq!(consumer.released(), found.head);
        Some(())
    }

    /// What must hold after each step, whoever wrote what.
    fn check(&mut self) {
        if let Some(sender) = &mut self.sender {
            let lane = sender.lane();
            assert!(lane.position() - lane.taken() <= self.place.capacity, "more sent than the lane holds");
            assert!(lane.contiguous() <= self.place.capacity && lane.contiguous() % 8 == 0);
        }
    }

    fn send(&mut self, script: &mut Script<'_>, choice: u8) -> Option<()> {
        let Some(sender) = self.sender.as_mut().filter(|_| !choice.is_multiple_of(16)) else {
            self.sender = Producer::attach(self.memory.clone(), self.place).ok().map(Encoder::new);
            return Some(());
        };
        let _: Result<(), Corrupt> = match choice % 16 {
            1 => sender.has_room().map(drop),
            2 => sender.lane().look().map(drop),
            3 => sender.lane().backlog().map(|backlog| assert!(backlog.messages <= self.place.capacity, "{backlog:?}")),
            4 | 5 => {
                sender.publish();
                // Whoever sleeps is rung once.
                let flag = Parking::new(self.memory.clone(), self.place.consumer_parked);
                assert!(!(flag.wake() && flag.wake()), "rung twice");
                Ok(())
            }
            14 => put_items(script, sender)?,
            15 => {
                sender.set_name(&name(script)?);
                Ok(())
            }
            _ => put(script, sender)?,
        };
        Some(())
    }

    fn receive(&mut self, script: &mut Script<'_>, choice: u8) -> Option<()> {
        let Some(receiver) = self.receiver.as_mut().filter(|_| !choice.is_multiple_of(16)) else {
            let limit = script.one_of(&[usize::MAX, 0, 1, 64, 500, 5000])?;
            self.receiver = Consumer::attach(self.memory.clone(), self.place).ok().map(|consumer| {
                let mut decoder = Decoder::new(consumer);
                decoder.set_message_limit(limit);
                Receiver { decoder, limit, last: None }
            });
            return Some(());
        };
        let capacity = self.place.capacity;
        let _: Result<(), Corruption> = match choice % 16 {
            1 => receiver.decoder.is_empty().map(drop),
            2 => receiver.decoder.bytes_waiting().map(|bytes| assert!(bytes <= capacity, "{bytes} bytes")),
            4 => {
                let flag = Parking::new(self.memory.clone(), self.place.consumer_parked);
                flag.park_unless(|| receiver.decoder.has_next()).map(drop)
            }
            5 | 6 => {
                receiver.decoder.acknowledge();
                receiver.decoder.should_wake_sender();
                Ok(())
            }
            7 => receiver.drain(capacity, How::Singly),
            8 => receiver.drain(capacity, How::InBlocks),
            9 | 10 => receiver.next(capacity, How::InBlocks).map(drop),
            11 => receiver.drain(capacity, How::InPlace),
            12 => receiver.next(capacity, How::InPlace).map(drop),
            13 => {
                let bytes = script.byte()?.into();
                let stopped = receiver.stop(bytes);
                // Who has stopped takes nothing more.
                self.receiver = None;
                stopped
            }
            14 => {
                receiver.next_short(script.byte()?.into(), capacity);
                Ok(())
            }
            15 => receiver.take_items(script)?,
            _ => receiver.next(capacity, How::Singly).map(drop),
        };
        Some(())
    }
}

/// A message follows the last one, if there was one.
fn follow(last: &mut Option<Envelope>, envelope: Envelope) {
    if let Some(last) = last {
        assert!(envelope.seq >= last.seq, "{} after {}", envelope.seq, last.seq);
        assert!(envelope.seq > last.seq || !envelope.part.is_start(), "the same message twice");
        let cut = !last.part.is_end() && envelope.part.is_start();
        assert!(!cut || envelope.follows_truncated, "a message was cut off and nobody says so");
    }
    *last = Some(envelope);
}

/// Puts items, and asks for no more room than there is; none at the script's end.
fn put_items(script: &mut Script<'_>, sender: &mut Encoder<Heap>) -> Option<Result<(), Corrupt>> {
    let size = 1 + usize::from(script.byte()?) % sender.record_limit();
    let count = usize::from(script.byte()?) % 64;
    let when_tight = script.one_of(&[WhenTight::Wait, WhenTight::Fewer])?;
    let items = script.payload(size * count, None)?;
    let before = sender.lane().position();
    let put = sender.put_items(size, &items, when_tight);
    Some(put.map(|bytes| {
        assert!(bytes <= items.len() && bytes.is_multiple_of(size), "{bytes} bytes of items of {size}");
        assert!(bytes > 0 || sender.lane().position() <= before, "refused, and something stays");
    }))
}

/// Puts a message such as the binaries send; none at the script's end.
fn put(script: &mut Script<'_>, sender: &mut Encoder<Heap>) -> Option<Result<(), Corrupt>> {
    let shape = script.byte()?;
    let whole = sender.whole_limit();
    let (kind, longest) = match shape % 4 {
        0 => (Kind::Bytes, whole),
        // Whoever sends blocks keeps them to a record.
        1 => (Kind::Lines, sender.record_limit() - 8),
        _ => (Kind::Text, whole),
    };
    let length: usize = if shape & 0x80 == 0 { script.byte()?.into() } else { script.short()?.into() };
    let bytes = script.payload(length % (longest + 1), (kind == Kind::Lines).then_some(LINE_FEED))?;
    let part = match (kind, shape >> 2 & 3) {
        (Kind::Lines, _) | (_, 0) => Part::Whole,
        (_, 1) => Part::First,
        (_, 2) => Part::Middle,
        (_, _) => Part::Last,
    };
    if bytes.is_empty() && (kind == Kind::Lines || !part.is_end()) {
        return Some(Ok(()));
    }
    let sent = (shape & 0x10 != 0).then(|| SystemTime::UNIX_EPOCH + Duration::from_nanos(shape.into()));
    let before = sender.lane().position();
    // What is not this end's own message is not written in place.
    let in_place = shape & 0x40 != 0 && shape % 4 != 3 && bytes.len() <= sender.record_limit() - 8;
    let from = if shape % 4 == 3 { Some(name(script)?) } else { None };
    let message = Outgoing { kind, sent, bytes: &bytes, part, unterminated: shape & 0x20 != 0, from: from.as_deref() };
    let put = if in_place {
        put_in_place(sender, &message)
    } else if let Some(at) = sender.send_plain(&message) {
        Ok(Some(at))
    } else {
        sender.put(&message)
    };
    Some(put.map(|at| match at {
        Some(at) => assert!(at >= before && at < sender.lane().position(), "put at {at}"),
        // A name that a corrupt lane has left without its message goes, too.
        None => assert!(sender.lane().position() <= before, "refused, and something stays"),
    }))
}

/// A name, now and then one that is too long.
fn name(script: &mut Script<'_>) -> Option<String> {
    let length = script.byte()?;
    Some("né".repeat(usize::from(length) / 4))
}

/// The same, written where it is to stand, by two fills and not always to the end of the place.
fn put_in_place(sender: &mut Encoder<Heap>, message: &Outgoing<'_>) -> Result<Option<u64>, Corrupt> {
    let length = message.bytes.len();
    let longest = length + usize::from(message.unterminated) * 100;
    let Some(mut room) = sender.write_slot(&(length..=longest), message.sent)? else { return Ok(None) };
    let (first, second) = message.bytes.split_at(length / 3);
    assert_eq!((room.fill(first), room.fill(second)), (first.len(), second.len()));
    assert!(room.size() >= length && room.size() <= longest);
    Ok(Some(room.commit(length, message.kind, message.part, message.unterminated)))
}

impl Receiver {
    /// Takes all there is. Nobody writes meanwhile, so it ends.
    fn drain(&mut self, capacity: u64, how: How) -> Result<(), Corruption> {
        // A line takes a byte at least, a block or a part of a message a header and a byte; but a message that was
        // put together before may still be handed over.
        let most = if how == How::Singly { capacity } else { capacity / 8 } + 1;
        for _ in 0..=most {
            if !self.next(capacity, how)? {
                return Ok(());
            }
        }
        panic!("more than {most} messages out of {capacity} bytes");
    }

    /// Takes the next message, or part of one, or block.
    fn next(&mut self, capacity: u64, how: How) -> Result<bool, Corruption> {
        let mut copy = Vec::new();
        let next = match how {
            How::Singly => self.decoder.next_message(),
            How::InBlocks => self.decoder.next_block(),
            How::InPlace => self.decoder.next_in_place().map(|found| found.map(|found| self.look(&found, &mut copy))),
        };
        if next.is_err() {
            // What was being put together is gone with the error, which says enough.
            self.last = None;
        }
        let Some(envelope) = next? else { return Ok(false) };
        // A record comes whole in place, and what had been put together before it comes with it.
        let longest = self.limit.saturating_sub(1).saturating_add(max_record(capacity) as usize - 8);
        let bytes = if how == How::InPlace { &copy[..] } else { self.decoder.bytes() };
        assert!(bytes.len() <= longest, "{} bytes where the limit is {}", bytes.len(), self.limit);
        assert!(how != How::Singly || envelope.kind != Kind::Lines, "a block that nobody asked for");
        match envelope.kind {
            Kind::Padding | Kind::Name => panic!("{:?} handed over", envelope.kind),
            Kind::Lines => assert_eq!(bytes.last(), Some(&LINE_FEED), "a block that does not end in a line end"),
            Kind::Bytes | Kind::Text | Kind::Action | Kind::File => {}
        }
        assert!(self.decoder.from().len() <= 64, "a name of {} bytes", self.decoder.from().len());
        follow(&mut self.last, envelope);
        Ok(true)
    }

    /// Takes many short messages at once.
    fn next_short(&mut self, bytes: usize, capacity: u64) {
        let Receiver { decoder, last, .. } = self;
        let mut handed = 0;
        let (count, amount) = decoder.each_short(bytes, 16, |message| {
            follow(last, message.envelope);
            assert!(message.envelope.kind == Kind::Bytes && message.bytes.len() as u64 <= capacity, "{message:?}");
            handed += message.bytes.len() + 16;
        });
        assert!(
            amount == handed && (count > 0) == (amount > 0),
            "{count} messages of {amount} bytes, and {handed} handed"
        );
    }

    /// Takes items; none at the script's end.
    fn take_items(&mut self, script: &mut Script<'_>) -> Option<Result<(), Corruption>> {
        let size = 1 + usize::from(script.byte()?);
        let mut out = vec![0xee; size * usize::from(script.byte()?)];
        let mut filled = 0;
        while filled < out.len() {
            match self.decoder.next_items(size) {
                Ok(Some(bytes)) => {
                    assert!(bytes > 0 && bytes.is_multiple_of(size), "{bytes} bytes of items of {size}");
                    let taken = self.decoder.take_items(size, &mut out[filled..]);
                    assert_eq!(taken, bytes.min(out.len() - filled));
                    filled += taken;
                    // What other calls say of it next is the rest of a message.
                    self.last = None;
                }
                Ok(None) | Err(NoItems::Misfit { .. }) => break,
                Err(NoItems::Corrupt(error)) => return Some(Err(error)),
            }
        }
        assert!(out[filled..].iter().all(|&byte| byte == 0xee), "more than it says");
        Some(Ok(()))
    }

    /// Acknowledges so many bytes, or fewer, of what comes next, as does who is stopped in the middle of it.
    fn stop(&mut self, bytes: usize) -> Result<(), Corruption> {
        let Some(found) = self.decoder.next_in_place()? else { return Ok(()) };
        let view = self.decoder.view(&found);
        let reached = view.reached(bytes % (view.len() + 1));
        let stopped = self.decoder.acknowledge_until(reached);
        self.decoder.acknowledge();
        stopped
    }

    /// Looks at all that stands in place, and passes it on.
    fn look(&self, found: &InPlace, copy: &mut Vec<u8>) -> Envelope {
        let view = self.decoder.view(found);
        view.copy_to(copy);
        assert_eq!(copy.len(), view.begun().len() + view.len());
        assert_eq!(view.words().len(), (view.skip() + view.len()).div_ceil(8));
        let null = NULL.get_or_init(|| File::options().write(true).open("/dev/null").expect("/dev/null"));
        assert_eq!(view.span(0..view.len()).write_to(null), Ok(view.len()));
        view.envelope
    }
}
