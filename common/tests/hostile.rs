//! A hostile peer: random words over the whole segment of a live pair, headers, indices and records alike. Whatever it
//! writes, each call ends, with a message, nothing, or an error that says "corrupt"; never a panic or a read outside.
#![cfg(not(loom))]

use shmchat::internals::layout::{HEADER_BYTES, MIN_CAPACITY, WORD, segment_bytes};
use shmchat::internals::memory::Segment;
use shmchat::internals::ring::record::Kind;
use shmchat::internals::sync::Ordering;
use shmchat::{
    Channel, ChannelName, Endpoint, Error, Part, RecvTimeoutError, Role, SendTimeoutError, TryRecvError, TrySendError,
    View,
};
use std::ops::ControlFlow;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::time::{Duration, SystemTime};

const ROUNDS: u64 = 40;

/// Calls that each side makes in a round, unless an error ends it.
const CALLS: u32 = 2_000;

/// Marsaglia's xorshift: any numbers will do, as long as a failing round can be run again.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }
}

/// Writes over the segment until told to stop: mostly where it hurts.
fn scribble(segment: &Segment, random: &mut Random, stop: &AtomicBool) {
    let words = segment.as_ref();
    while !stop.load(Relaxed) {
        let range = if random.next().is_multiple_of(2) { HEADER_BYTES / WORD } else { words.len() };
        let index = random.next() as usize % range;
        let old = words[index].load(Ordering::Relaxed);
        let new = match random.next() % 5 {
            0 => random.next(),
            1 => old.wrapping_add(8),
            2 => old.wrapping_sub(random.next() % 4096),
            3 => old ^ 1 << (random.next() % 64),
            _ => 0,
        };
        words[index].store(new, Ordering::Relaxed);
        // Rarely enough that some rounds get far.
        for _ in 0..random.next() % 2_000 {
            std::hint::spin_loop();
        }
    }
}

/// How a call ended that did nothing.
enum End {
    /// There was nothing to do, or no room, or the other side has quit.
    Nothing,
    Channel(Error),
}

/// What a call that did nothing says, as an [`End`].
macro_rules! ends {
    ($($error:ident),*) => { $(impl From<$error> for End {
        fn from(error: $error) -> Self {
            match error {
                $error::Channel(error) => End::Channel(error),
                _ => End::Nothing,
            }
        }
    })* };
}

ends!(SendTimeoutError, TrySendError, RecvTimeoutError, TryRecvError);

/// Uses every call of an endpoint; the error that ended it, if one did.
fn use_endpoint(endpoint: &mut Endpoint, random: &mut Random) -> Result<(), Error> {
    let short = Duration::from_micros(100);
    for _ in 0..CALLS {
        let message = vec![7; (random.next() % 9_000) as usize];
        let outcome = match random.next() % 12 {
            0 => endpoint.send_timeout(&message, short).map(drop).map_err(End::from),
            1 => endpoint.try_send(&message).map(drop).map_err(End::from),
            2 => endpoint.receiver().try_recv_batch(4096, |_| ()).map(drop).map_err(End::from),
            3 => endpoint.receiver().try_recv_blocks(4096, |_| ()).map(drop).map_err(End::from),
            4 => endpoint.recv_timeout(short).map(drop).map_err(End::from),
            5 => endpoint.sender().backlog().map(drop).map_err(End::Channel),
            6 => {
                let slot = endpoint.sender().try_reserve(1..=message.len(), Some(SystemTime::UNIX_EPOCH));
                slot.map_err(End::from).map(|mut slot| {
                    let length = slot.fill(&message);
                    slot.commit(length, Kind::Text, Part::Whole, false);
                })
            }
            7 => endpoint.receiver().try_recv_view().map(|view| _ = look(&view)).map_err(End::from),
            8 => endpoint.receiver().try_recv_views(|view| look(&view)).map(drop).map_err(End::from),
            9 => endpoint.sender().typed::<[u16; 3]>().map_err(End::Channel).and_then(|mut typed| {
                let items = vec![[7; 3]; message.len()];
                typed.try_send_slice(&items).map(drop).map_err(End::Channel)
            }),
            10 => endpoint.receiver().typed::<[u16; 3]>().map_err(End::Channel).and_then(|mut typed| {
                let mut items = vec![[7; 3]; message.len()];
                typed.try_recv_slice(&mut items).map(drop).map_err(End::from)
            }),
            _ => endpoint.sender().acknowledged().map(drop).map_err(End::Channel),
        };
        match outcome {
            Ok(())
            | Err(
                End::Nothing | End::Channel(Error::TooLong { .. } | Error::NoItems { .. } | Error::OtherType { .. }),
            ) => {}
            Err(End::Channel(error)) => return Err(error),
        }
    }
    Ok(())
}

/// Looks at all that a view shows; whether to go on is up to what stands there.
fn look(view: &View<'_>) -> ControlFlow<()> {
    let mut copy = Vec::new();
    view.copy_to(&mut copy);
    assert_eq!(copy.len(), view.begun().len() + view.len());
    assert_eq!(view.span(0..view.len()).len(), view.len());
    if copy.len().is_multiple_of(2) { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
}

/// A slice longer than the segment is what no sanitizer finds: it knows nothing of the memory behind a mapping.
#[test]
fn the_words_of_a_segment_end_where_it_ends() {
    let base = tempfile::tempdir().unwrap();
    let channel = Channel::named(ChannelName::default()).dir(base.path()).capacity(MIN_CAPACITY).unwrap();
    let writer = channel.attach(Role::Writer).unwrap();
    let segment = Segment::attach(&writer.segment().place).unwrap();
    let bytes = segment.place().stat().unwrap().bytes;
    assert_eq!((segment.as_ref().len() * WORD, segment.bytes()), (bytes, bytes));
    assert_eq!(bytes, segment_bytes(MIN_CAPACITY));
}

#[test]
fn whatever_a_hostile_peer_writes_each_call_ends_with_a_message_or_an_error() {
    // How many sides meet what is scribbled is a matter of chance: some rounds, and as many more as it takes.
    let (mut round, mut corrupt) = (0_u64, 0);
    while round < ROUNDS || (corrupt <= ROUNDS / 4 && round < 50 * ROUNDS) {
        round += 1;
        let base = tempfile::tempdir().unwrap();
        let channel = Channel::named(ChannelName::default()).dir(base.path()).capacity(MIN_CAPACITY).unwrap();
        let mut writer = channel.attach(Role::Writer).unwrap();
        let mut reader = channel.attach(Role::Reader).unwrap();
        let place = writer.segment().place.clone();
        let segment = Segment::attach(&place).unwrap();
        let stop = AtomicBool::new(false);
        let ends = std::thread::scope(|scope| {
            let scribbling = scope.spawn(|| scribble(&segment, &mut Random(round), &stop));
            let writing = scope.spawn(|| use_endpoint(&mut writer, &mut Random(round << 8)));
            let reading = use_endpoint(&mut reader, &mut Random(round << 16));
            let writing = writing.join().unwrap();
            stop.store(true, Relaxed);
            scribbling.join().unwrap();
            [writing, reading]
        });
        for end in ends {
            match end {
                Ok(()) => {}
                Err(Error::Corrupt { .. }) => corrupt += 1,
                Err(other) => panic!("round {round}: {other}"),
            }
        }
        drop((writer, reader, segment));
        // A broken segment stays for its owner to look at; a healthy one has gone by itself.
        let _ = place.remove();
    }
    assert!(corrupt > ROUNDS / 4, "only {corrupt} sides met what was scribbled: the test proves nothing");
}
