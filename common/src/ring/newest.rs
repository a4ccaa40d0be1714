//! The newest records of a lane, seen from outside: by somebody who is neither its producer nor its consumer, or is not
//! acting as one.
//!
//! ```text
//!                        │ hdr … │ hdr …     │ hdr …  │
//!   ─────────────────────┴───────┴───────────┴────────▲ tail
//!                                 ◄─── is there a header here whose record ends where the next one begins?
//! ```
//!
//! Records do not say where the one before them begins, so each is searched for backwards, word by word, over the
//! length of the longest record. A header contains 16 bits of a hash of its own position, and its length must lead to
//! where the next one begins. So what is found is a record, or looks exactly like one. Records that were taken long ago
//! are still there too, until they are overwritten.
//!
//! Nothing is written and nothing is believed. The producer may be overwriting what is copied here; then the copy is
//! garbage, which is only shown.

use super::record::{Kind, RecordHeader, SEAL_BYTES, UncheckedHeader};
use super::{ForeignIndex, Memory, max_record};
use crate::layout::{LanePlace, PARKED, PARKED_UNTIL_EMPTY};
use crate::sync::Ordering;

/// A lane as it was found: part of [`Inspection`](crate::inspect::Inspection).
///
/// ```
/// use shmchat::{Channel, Role};
///
/// # let folder = tempfile::tempdir()?;
/// # let channel = Channel::named("lobby".parse()?).dir(folder.path());
/// # let (mut writer, mut reader) = (channel.attach(Role::Writer)?, channel.attach(Role::Reader)?);
/// writer.send("hello")?;
/// let [messages, replies] = writer.inspect(1, 64).lanes;
/// assert_eq!((messages.tail - messages.head, messages.filled), (16, Some(16)));
/// assert!(!messages.consumer_parked, "the reader does not sleep");
/// assert!(replies.newest.is_empty());
/// # reader.recv()?;
/// # reader.receiver().acknowledge()?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LaneSeen {
    /// Bytes ever written, headers and padding included, as the producer says.
    pub tail: u64,
    /// Bytes ever acknowledged, as the consumer says.
    pub head: u64,
    /// Bytes of records that wait. `None` if head and tail do not fit together.
    pub filled: Option<u64>,
    /// The receiver sleeps, or is about to.
    pub consumer_parked: bool,
    /// The sender waits for room or for an acknowledgement, or is about to.
    pub producer_parked: bool,
    /// The newest records, newest first.
    pub newest: Vec<RecordSeen>,
}

/// A record in a lane, or what looks like one: part of [`LaneSeen`]. It may have been received long ago.
///
/// ```
/// use shmchat::{Channel, Kind, Role};
///
/// # let folder = tempfile::tempdir()?;
/// # let channel = Channel::named("lobby".parse()?).dir(folder.path());
/// # let (mut writer, mut reader) = (channel.attach(Role::Writer)?, channel.attach(Role::Reader)?);
/// writer.send("hello, world")?;
/// # reader.recv()?;
/// # reader.receiver().acknowledge()?;
/// let record = &writer.inspect(1, 5).lanes[0].newest[0];
/// assert_eq!((record.position, record.header.kind, record.header.length), (0, Kind::Bytes, 12));
/// assert_eq!(record.bytes, b"hello");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RecordSeen {
    /// Where it is in the lane, in bytes ever written.
    pub position: u64,
    /// Its header, as found.
    pub word: u64,
    /// What the header says.
    pub header: RecordHeader,
    /// The first bytes of its payload.
    pub bytes: Vec<u8>,
}

/// Looks at a lane and at up to `records` of its newest records, up to `bytes` bytes of each.
pub fn look<M: Memory>(memory: &M, place: &LanePlace, records: usize, bytes: usize) -> LaneSeen {
    let load = |index: usize| memory.as_ref().get(index).map_or(0, |word| word.load(Ordering::Acquire));
    // The consumer's first, so that its head cannot be past the tail.
    let head = load(place.head);
    let tail = load(place.tail);
    let mut newest = Vec::new();
    let mut end = tail;
    let oldest = tail.saturating_sub(place.capacity);
    while newest.len() < records {
        let Some((position, word, header)) = before(&load, place, end, oldest) else { break };
        end = position;
        if header.kind == Kind::Padding {
            continue;
        }
        let length = usize::try_from(header.payload_bytes()).unwrap_or(usize::MAX).min(bytes);
        let words = (1..).map(|word| load(index_of(place, position.wrapping_add(8 * word))).to_ne_bytes());
        let mut copy: Vec<u8> = words.take(length.div_ceil(8)).flatten().collect();
        copy.truncate(length);
        newest.push(RecordSeen { position, word, header, bytes: copy });
    }
    LaneSeen {
        tail,
        head,
        filled: ForeignIndex(tail).between(head, head.wrapping_add(place.capacity)).map(|tail| tail.wrapping_sub(head)),
        consumer_parked: load(place.consumer_parked) == PARKED,
        producer_parked: matches!(load(place.producer_parked), PARKED | PARKED_UNTIL_EMPTY),
        newest,
    }
}

fn index_of(place: &LanePlace, position: u64) -> usize {
    place.word_at(position)
}

/// The record that ends at `end` and does not begin before `oldest`.
fn before(load: &impl Fn(usize) -> u64, place: &LanePlace, end: u64, oldest: u64) -> Option<(u64, u64, RecordHeader)> {
    let max_record = max_record(place.capacity);
    let first = end.saturating_sub(max_record + SEAL_BYTES).max(oldest);
    let mut position = end;
    while position - first >= 8 {
        position -= 8;
        let word = load(index_of(place, position));
        let contiguous = place.contiguous(position);
        let there = end - position;
        let found = UncheckedHeader(word).check(position, contiguous, there, max_record);
        if let Ok(header) = found
            && header.record_bytes() == there
        {
            return Some((position, word, header));
        }
    }
    None
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::super::{Buffer, Consumer, Producer};
    use super::*;
    use crate::ring::record::Flags;
    use crate::sync::AtomicU64;
    use proptest::prelude::*;
    use std::sync::Arc;

    const CAPACITY: u64 = 1 << 10;

    #[derive(Clone)]
    struct Heap(Arc<[AtomicU64]>);

    impl AsRef<[AtomicU64]> for Heap {
        fn as_ref(&self) -> &[AtomicU64] {
            &self.0
        }
    }

    fn heap() -> (Heap, LanePlace) {
        let place = LanePlace::alone(CAPACITY);
        (Heap((0..place.words_needed()).map(|_| AtomicU64::new(0)).collect()), place)
    }

    #[test]
    fn an_empty_lane_has_no_records() {
        let (memory, place) = heap();
        assert_eq!(look(&memory, &place, 8, 8), LaneSeen { filled: Some(0), ..LaneSeen::default() });
    }

    #[test]
    fn a_sleeper_is_seen_whatever_it_waits_for_and_nonsense_is_none() {
        let (memory, place) = heap();
        for (flag, is_parked) in [(0, false), (PARKED, true), (PARKED_UNTIL_EMPTY, true), (3, false), (u64::MAX, false)]
        {
            memory.0[place.producer_parked].store(flag, Ordering::Relaxed);
            assert_eq!(look(&memory, &place, 8, 8).producer_parked, is_parked, "{flag}");
        }
        memory.0[place.consumer_parked].store(PARKED, Ordering::Relaxed);
        assert!(look(&memory, &place, 8, 8).consumer_parked);
    }

    #[test]
    fn a_payload_that_looks_like_a_header_is_no_record_unless_it_ends_where_the_next_one_begins() {
        let (memory, place) = heap();
        let mut producer = Producer::attach(memory.clone(), place).unwrap();
        // It is after the record's own header, and says 8 bytes where 16 follow.
        let forged = RecordHeader { length: 8, kind: Kind::Text, flags: Flags::NONE }.encode(8);
        let payload = [forged, 1, 2].map(u64::to_ne_bytes).concat();
        producer.put(Kind::Text, Flags::NONE, None, &payload).unwrap().unwrap();
        producer.publish();
        let seen = look(&memory, &place, 8, 100);
        let found: Vec<_> = seen.newest.iter().map(|seen| (seen.position, &*seen.bytes)).collect();
        assert_eq!(found, [(0, &*payload)]);
    }

    proptest! {
        /// The consumer is the model: what it took last, newest first, is what is found, round after round of the ring.
        #[test]
        fn the_newest_records_are_those_that_were_taken_last(
            payloads in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..200), 1..60),
            asked in 1_usize..6,
        ) {
            let (memory, place) = heap();
            let mut producer = Producer::attach(memory.clone(), place).unwrap();
            let mut consumer = Consumer::attach(memory.clone(), place).unwrap();
            let mut expected: Vec<(u64, Vec<u8>)> = Vec::new();
            for payload in &payloads {
                producer.put(Kind::Text, Flags::NONE, None, payload).unwrap().unwrap();
                producer.publish();
                let waiting = look(&memory, &place, asked, 1000);
                assert_eq!(waiting.filled, Some(waiting.tail - waiting.head));
                let mut out = Buffer::default();
                let taken = consumer.take(&mut out).unwrap().unwrap();
                assert_eq!(&*out, &payload[..]);
                consumer.release(consumer.position());
                expected.insert(0, (taken.position, payload.clone()));
                let seen = look(&memory, &place, asked, 1000);
                prop_assert_eq!(seen.filled, Some(0));
                let found: Vec<_> = seen.newest.into_iter().map(|seen| (seen.position, seen.bytes)).collect();
                // Those that a whole ring of bytes ago were written over are not there any more.
                prop_assert!(!found.is_empty() && expected.starts_with(&found), "{:?}", found);
                let room = expected.iter().take(asked).map(|(_, bytes)| 16 + bytes.len() as u64).sum::<u64>();
                if room + 300 < CAPACITY {
                    prop_assert_eq!(found.len(), expected.len().min(asked));
                }
            }
        }

        #[test]
        fn whatever_stands_in_the_words_nothing_panics(
            words in prop::collection::vec(prop_oneof![any::<u64>(), 0_u64..5000, Just(u64::MAX), Just(0)], 133),
        ) {
            let (memory, place) = heap();
            for (word, value) in memory.0.iter().zip(words) {
                word.store(value, Ordering::Relaxed);
            }
            let seen = look(&memory, &place, 8, 40);
            prop_assert!(seen.newest.iter().all(|record| record.bytes.len() <= 40));
            prop_assert!(seen.filled.is_none_or(|filled| filled <= CAPACITY));
        }
    }
}
