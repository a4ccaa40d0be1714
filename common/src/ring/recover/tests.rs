//! Whatever stands in a lane, a start after a power cut finds whole records or none. What pages a power cut can leave is tried in
//! `tests`, `lifecycle::power_cut`.

use super::*;
use crate::ring::record::{Flags, RecordHeader, SEAL_BYTES};
use crate::ring::{Buffer, Checkpoints, Consumer, Disk, Producer};
use crate::sync::AtomicU64;
use proptest::prelude::*;
use std::sync::Arc;
use std::sync::atomic::AtomicU32;

const CAPACITY: u64 = 1024;
const PLACE: LanePlace = LanePlace::alone(CAPACITY).with(Durability::Sealed);

fn memory() -> Vec<AtomicU64> {
    (0..PLACE.words_needed()).map(|_| AtomicU64::new(0)).collect()
}

fn words(memory: &[AtomicU64]) -> Vec<u64> {
    memory.iter().map(|word| word.load(Relaxed)).collect()
}

/// Sends these, one by one, and gives where the last one ends.
fn send(memory: &[AtomicU64], messages: &[&[u8]]) -> u64 {
    let mut producer = Producer::attach(memory, PLACE).unwrap();
    for message in messages {
        producer.put(Kind::Bytes, Flags::NONE, None, message).unwrap().unwrap();
        producer.publish();
    }
    producer.position()
}

#[test]
fn a_sealed_record_is_one_word_longer_and_comes_as_it_was_sent() {
    for length in 0..200 {
        let memory = memory();
        let message: Vec<u8> = (0..length).collect();
        let end = send(&memory, &[&message]);
        assert_eq!(end, 8 + u64::from(length).next_multiple_of(8) + SEAL_BYTES);
        let mut consumer = Consumer::attach(&*memory, PLACE).unwrap();
        let mut out = Buffer::default();
        assert!(consumer.take(&mut out).unwrap().is_some());
        assert_eq!((&*out, consumer.position()), (&*message, end));
    }
}

#[test]
fn a_record_counts_only_if_every_word_of_it_is_there() {
    let sound = memory();
    let end = send(&sound, &[b"one", b"twenty bytes of text", b"three"]);
    assert_eq!(look(&sound, &PLACE), Ok(Found { head: 0, tail: end, dropped: 0 }));
    // The second begins behind 24 bytes, and is 40 long.
    for word in PLACE.word_at(24)..PLACE.word_at(64) {
        let memory: Vec<_> = words(&sound).into_iter().map(AtomicU64::new).collect();
        memory[word].store(!words(&sound)[word], Relaxed);
        assert_eq!(look(&memory, &PLACE), Ok(Found { head: 0, tail: 24, dropped: end - 24 }), "{word}");
    }
}

#[test]
fn what_was_written_and_not_published_is_not_found() {
    let memory = memory();
    let end = send(&memory, &[b"one"]);
    let mut producer = Producer::attach(&*memory, PLACE).unwrap();
    producer.put(Kind::Bytes, Flags::NONE, None, b"never shown").unwrap().unwrap();
    assert_eq!(look(&memory, &PLACE).map(|found| found.tail), Ok(end));
}

#[test]
fn a_name_that_no_message_follows_is_not_kept() {
    let memory = memory();
    let mut producer = Producer::attach(&*memory, PLACE).unwrap();
    producer.put(Kind::Name, Flags::NONE, None, b"ada").unwrap().unwrap();
    producer.publish();
    assert_eq!(look(&memory, &PLACE).map(|found| found.tail), Ok(0));
    producer.put(Kind::Text, Flags::NONE, Some(7), b"hello").unwrap().unwrap();
    producer.publish();
    assert_eq!(look(&memory, &PLACE).map(|found| found.tail), Ok(producer.position()));
}

#[test]
fn what_points_past_the_new_tail_is_forgotten() {
    let memory = memory();
    let first = send(&memory, &[b"one"]);
    let mut producer = Producer::attach(&*memory, PLACE).unwrap();
    let mut checkpoints = Checkpoints::of(&producer);
    checkpoints.store(&producer, &[1; 6]);
    producer.put(Kind::Bytes, Flags::NONE, None, b"lost").unwrap().unwrap();
    checkpoints.store(&producer, &[2; 6]);
    producer.publish();
    checkpoints.release(&producer);
    memory[PLACE.mark].store(first + 8, Relaxed);
    memory[PLACE.names].store(first + 8, Relaxed);
    memory[PLACE.consumer_parked].store(1, Relaxed);
    memory[PLACE.word_at(first) + 1].store(0, Relaxed);

    let mut dropped = 0;
    let found = recover(&&*memory, &PLACE, |bytes| dropped = bytes).unwrap();
    assert_eq!((found.tail, dropped), (first, 24));
    let producer = Producer::attach(&*memory, PLACE).unwrap();
    let mut checkpoints = Checkpoints::of(&producer);
    assert_eq!((producer.position(), checkpoints.last()), (first, Some([1; 6])));
    checkpoints.store(&producer, &[3; 6]);
    assert!(checkpoint::is_kept(&&*memory, &PLACE), "the next one counts again");
    assert_eq!((memory[PLACE.mark].load(Relaxed), memory[PLACE.consumer_parked].load(Relaxed)), (0, 0));
    assert!(memory[PLACE.names].load(Relaxed) > CAPACITY, "that slot is nobody's");
    let behind = PLACE.word_at(first)..PLACE.words_needed();
    assert!(words(&memory)[behind].iter().all(|&word| word == 0), "nothing is left to come back");
}

#[test]
fn a_record_at_head_is_found_although_the_padding_before_it_was_given_back() {
    let memory = memory();
    let end = send(&memory, &[&[1; 224], &[2; 224], &[3; 224], &[4; 224]]);
    let mut consumer = Consumer::attach(&*memory, PLACE).unwrap();
    let mut out = Buffer::default();
    while consumer.take(&mut out).unwrap().is_some() {}
    consumer.release(end);
    // The first of these does not fit in the 64 bytes before the end of the ring.
    let end = send(&memory, &[&[5; 100], b"six"]);
    let first = consumer.take(&mut out).unwrap().unwrap().position;
    assert_eq!(first, CAPACITY, "behind padding");
    // As a receiver does that has acknowledged some lines of a block.
    consumer.release(first);
    assert_eq!(look(&memory, &PLACE), Ok(Found { head: first, tail: end, dropped: 0 }));
    for word in [PLACE.word_at(first), PLACE.word_at(first) + 1, PLACE.word_at(first + 112)] {
        let memory: Vec<_> = words(&memory).into_iter().map(AtomicU64::new).collect();
        memory[word].fetch_xor(1 << 40, Relaxed);
        assert_eq!(look(&memory, &PLACE).map(|found| found.tail), Ok(first), "{word}");
    }
}

/// A disk that fails from a certain call on.
#[derive(Debug)]
struct Failing(AtomicU32);

impl Disk for Failing {
    fn sync(&self) -> bool {
        let left = self.0.load(Relaxed);
        self.0.store(left.saturating_sub(1), Relaxed);
        left > 0
    }
}

#[test]
fn a_disk_that_refuses_shows_nothing_and_gives_nothing_back() {
    let place = PLACE.with(Durability::Synced);
    let memory = memory();
    let disk: Arc<dyn Disk> = Arc::new(Failing(AtomicU32::new(2)));
    let mut producer = Producer::attach(&*memory, place).unwrap().keep_on(disk.clone());
    let mut consumer = Consumer::attach(&*memory, place).unwrap().keep_on(disk.clone());
    producer.put(Kind::Bytes, Flags::NONE, None, b"one").unwrap().unwrap();
    assert!(producer.publish());
    producer.put(Kind::Bytes, Flags::NONE, None, b"two").unwrap().unwrap();
    assert!(!producer.publish());
    assert_eq!((producer.has_unpublished(), memory[place.tail].load(Relaxed)), (true, 24));
    consumer.take(&mut Buffer::default()).unwrap().unwrap();
    consumer.release(consumer.position());
    assert_eq!((consumer.released(), memory[place.head].load(Relaxed)), (0, 0));
}

/// The first one breaks the seals in memory only. If it is killed there, nothing is left to find either.
#[test]
fn a_sender_goes_to_the_disk_before_it_shows_anything_even_if_it_finds_nothing_to_break() {
    let memory = memory();
    let mut killed = Producer::attach(&*memory, PLACE).unwrap();
    killed.put(Kind::Bytes, Flags::NONE, None, b"one").unwrap().unwrap();
    seal::seal(&memory, &PLACE, 0, killed.position());
    assert_eq!(look(&memory, &PLACE).map(|found| found.tail), Ok(24));
    let send = |syncs| {
        let disk = Arc::new(Failing(AtomicU32::new(syncs)));
        let mut producer = Producer::attach(&*memory, PLACE).unwrap().keep_on(disk.clone());
        assert_eq!(look(&memory, &PLACE).map(|found| found.tail), Ok(0));
        producer.put(Kind::Bytes, Flags::NONE, None, b"two").unwrap().unwrap();
        (producer.publish(), disk.0.load(Relaxed))
    };
    assert_eq!(send(0), (false, 0));
    assert_eq!(look(&memory, &PLACE).map(|found| found.tail), Ok(0));
    assert_eq!(send(2), (true, 1), "it was asked once");
    assert_eq!(look(&memory, &PLACE).map(|found| found.tail), Ok(24));
}

fn word() -> impl Strategy<Value = u64> {
    prop_oneof![
        Just(0),
        any::<u64>(),
        (0..40_u32, 0..130_u64).prop_map(|(length, position)| {
            let flags = Flags::NONE.with(Flags::SEALED, true);
            RecordHeader { length, kind: Kind::Bytes, flags }.encode(position * 8)
        }),
        (0..130_u64).prop_map(|position| {
            let length = (CAPACITY - position * 8 % CAPACITY).saturating_sub(8) as u32;
            RecordHeader { length, kind: Kind::Padding, flags: Flags::NONE }.encode(position * 8)
        }),
        (0..130_u64).prop_map(|position| position * 8),
    ]
}

proptest! {
    /// Nothing that stands in a lane makes a start panic, loop, or find what is not there; and once it is sound, it stays so.
    #[test]
    fn whatever_stands_there_what_is_found_is_sound(
        garbage in prop::collection::vec(word(), PLACE.words_needed()),
        head in prop_oneof![(0..130_u64).prop_map(|position| position * 8), any::<u64>()],
        durability in prop_oneof![Just(Durability::Sealed), Just(Durability::Synced)],
    ) {
        let place = PLACE.with(durability);
        let memory: Vec<_> = garbage.into_iter().map(AtomicU64::new).collect();
        memory[place.head].store(head, Relaxed);
        let Ok(found) = look(&memory, &place) else { return Ok(()) };
        prop_assert!(found.head >= head && found.head - head <= CAPACITY);
        prop_assert!(found.tail >= found.head && found.tail - found.head <= CAPACITY);
        prop_assert_eq!(recover(&memory, &place, |_| {}), Ok(found));
        prop_assert_eq!(look(&memory, &place), Ok(Found { dropped: 0, ..found }));
        let mut consumer = Consumer::attach(&*memory, place).unwrap();
        while consumer.take(&mut Buffer::default()).unwrap().is_some() {}
        prop_assert_eq!(consumer.position(), found.tail);
        prop_assert!(Producer::attach(&*memory, place).is_ok());
    }
}
