//! The newest record once more, beside the tail: a message that travels in one cache line, or in two neighbours.
//!
//! ```text
//! two lines of 64 bytes, the producer's:
//! │ tail │ header │ payload: 48 bytes and                │ 64 bytes more                           │
//!    ▲       └── 0: nothing is here
//!    └────────── stored last, as ever
//! ```
//!
//! A receiver that waits for one short message would have to fetch two cache lines from the other processor, one after the
//! other: that of the tail, then that of the record. So a producer that publishes a single record of at most [120 bytes](LanePlace::most_copied)
//! writes it here too. The ring stays the truth: it is written as always, and whoever finds more than one record, or nothing
//! sound here, reads the ring.
//!
//! | the producer | the consumer |
//! | --- | --- |
//! | header = 0; fence(Release) | tail, by Acquire (A') |
//! | header; payload | header; payload; fence(Acquire) |
//! | tail, by Release (A) | header and tail again: both as before, or nothing was read |
//!
//! If a word of a later payload was copied, its 0, or its header, is seen after that. A later header is another one, because
//! its check comes from the record's position: the next record's differs for certain, and that of any record after it is seen
//! with a later tail. A header that is left from an earlier record could look like this one's, once in 65,536 times, so a
//! producer that moves the tail without a copy stores 0. A broken peer can put other bytes here than in the ring; they are
//! checked as if they came from the ring.
//!
//! # Crash behaviour
//! A producer that dies before it stores the tail leaves a copy of a record that nobody sees yet, or a header of 0. Its
//! successor takes back the copy with whatever it publishes first.

use super::record::{Kind, RecordHeader, UncheckedHeader};
use super::{Buffer, copy, max_record};
use crate::fault::{Mutant, Point, point, sabotaged};
use crate::layout::{LanePlace, TAIL_COPY_WORDS};
use crate::sync::{AtomicU64, Ordering, fence};

/// In place of a header: nothing is here.
const NOTHING: u64 = 0;

/// Takes back what is there. The caller stores the tail next.
#[inline]
pub(super) fn clear(memory: &[AtomicU64], place: &LanePlace) {
    memory[place.tail_copy].store(NOTHING, Ordering::Relaxed);
}

/// Copies a record here, whose words stand in the ring. The caller stores the tail next.
#[inline]
pub(super) fn store(memory: &[AtomicU64], place: &LanePlace, record: &[AtomicU64]) {
    let [header, payload @ ..] = record else { return };
    let copy = &memory[place.tail_copy..place.tail_copy + TAIL_COPY_WORDS];
    if !sabotaged(Mutant::OverwriteTailCopy) {
        copy[0].store(NOTHING, Ordering::Relaxed);
        // Release: whoever finds a word of the new payload finds that the old header is gone.
        fence(Ordering::Release);
    }
    for (to, from) in copy[1..].iter().zip(payload) {
        to.store(from.load(Ordering::Relaxed), Ordering::Relaxed);
    }
    copy[0].store(header.load(Ordering::Relaxed), Ordering::Relaxed);
    point(Point::TailCopied);
}

/// Appends the payload of the record at `position` to `out`, if it is the only one before `tail` and stands here.
#[inline]
pub(super) fn load(
    memory: &[AtomicU64],
    place: &LanePlace,
    position: u64,
    tail: u64,
    out: &mut Buffer,
) -> Option<RecordHeader> {
    let copy = &memory[place.tail_copy..place.tail_copy + TAIL_COPY_WORDS];
    let word = copy[0].load(Ordering::Relaxed);
    let there = tail - position;
    let header = UncheckedHeader(word).check(position, place.contiguous(position), there, max_record(place.capacity));
    let header = header.ok().filter(|header| header.record_bytes() == there && header.kind != Kind::Padding)?;
    let (before, length) = (out.len(), header.payload_bytes() as usize);
    copy::load(&copy[1..1 + length.div_ceil(8)], length, out);
    // Acquire: if a word of a later payload was copied, the header is not the same any more.
    fence(Ordering::Acquire);
    let is_same = copy[0].load(Ordering::Relaxed) == word && memory[place.tail].load(Ordering::Relaxed) == tail;
    if !is_same && !sabotaged(Mutant::TrustTailCopy) {
        out.truncate(before);
        return None;
    }
    Some(header)
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::super::{Consumer, Producer};
    use super::*;
    use crate::ring::record::Flags;
    use std::sync::Arc;

    const CAPACITY: u64 = 4 << 10;

    #[derive(Clone)]
    struct Heap(Arc<[AtomicU64]>);

    impl AsRef<[AtomicU64]> for Heap {
        fn as_ref(&self) -> &[AtomicU64] {
            &self.0
        }
    }

    fn lane() -> (Heap, LanePlace, Producer<Heap>, Consumer<Heap>) {
        let place = LanePlace::alone(CAPACITY);
        let memory = Heap((0..place.words_needed()).map(|_| AtomicU64::new(0)).collect());
        let producer = Producer::attach(memory.clone(), place).unwrap();
        let consumer = Consumer::attach(memory.clone(), place).unwrap();
        (memory, place, producer, consumer)
    }

    fn take(consumer: &mut Consumer<Heap>) -> Vec<u8> {
        let mut out = Buffer::default();
        out.extend(3).fill(7);
        consumer.take(&mut out).unwrap().unwrap();
        consumer.release(consumer.position());
        assert_eq!(out[..3], [7; 3], "what was there stays");
        out[3..].to_vec()
    }

    fn put(producer: &mut Producer<Heap>, payload: &[u8]) {
        producer.put(Kind::Bytes, Flags::NONE, None, payload).unwrap().unwrap();
    }

    /// Spoils the ring, so that only the copy can have the payload.
    fn spoil(memory: &Heap, place: &LanePlace, position: u64) {
        memory.0[place.word_at(position) + 1].store(u64::MAX, Ordering::Relaxed);
    }

    #[test]
    fn a_short_record_by_itself_is_read_beside_the_tail_and_a_longer_one_in_the_ring() {
        for length in 1..=120 {
            let (memory, place, mut producer, mut consumer) = lane();
            let payload: Vec<u8> = (1..=length).collect();
            assert_eq!(producer.send_plain(&payload), Some(0));
            spoil(&memory, &place, 0);
            assert_eq!(take(&mut consumer) == payload, length <= 112, "{length}");
        }
    }

    #[test]
    fn a_stamp_travels_beside_the_tail_and_is_no_payload() {
        let (memory, place, mut producer, mut consumer) = lane();
        producer.put(Kind::Text, Flags::NONE, Some(5), b"hello").unwrap().unwrap();
        producer.publish();
        spoil(&memory, &place, 0);
        let mut out = Buffer::default();
        let taken = consumer.take(&mut out).unwrap().unwrap();
        assert_eq!((taken.stamp, &*out), (Some(5), &b"hello"[..]));
    }

    #[test]
    fn of_two_records_both_are_read_in_the_ring() {
        let (_, _, mut producer, mut consumer) = lane();
        put(&mut producer, b"one");
        producer.close_pack();
        put(&mut producer, b"two");
        producer.publish();
        producer.send_plain(b"three").unwrap();
        assert_eq!(
            [take(&mut consumer), take(&mut consumer), take(&mut consumer)],
            [b"one".to_vec(), b"two".to_vec(), b"three".to_vec()]
        );
    }

    /// Two records of 56 bytes, of 3s and of 4s, as they are taken after one of 1s that was published by itself a long time ago
    /// and had the header of the second.
    fn twins() -> [Vec<u8>; 2] {
        let header = |position| RecordHeader { length: 56, kind: Kind::Bytes, flags: Flags::NONE }.encode(position);
        // In a place that is reached in steps of 512 and one of 128 to 384, which are too long to be copied.
        let is_reached = |position: u64| (128..=384).contains(&((position - 64) % 512));
        let mut twins = (8..).map(|word| 8 * word).filter(|&position| header(position) == header(0));
        let twin = twins.find(|&position| is_reached(position)).unwrap();
        let (_, _, mut producer, mut consumer) = lane();
        producer.send_plain(&[1; 56]).unwrap();
        take(&mut consumer);
        while producer.position() < twin - 64 {
            let step = (512 - producer.position() % 512).min(twin - 64 - producer.position());
            put(&mut producer, &vec![2; step as usize - 8]);
            producer.publish();
            take(&mut consumer);
        }
        put(&mut producer, &[3; 56]);
        producer.close_pack();
        assert_eq!(producer.position(), twin);
        put(&mut producer, &[4; 56]);
        producer.publish();
        [take(&mut consumer), take(&mut consumer)]
    }

    #[test]
    fn a_copy_of_the_last_round_is_not_taken_although_its_header_looks_the_same() {
        assert_eq!(twins(), [vec![3; 56], vec![4; 56]]);
    }

    /// What is left out holds for a thread.
    #[cfg(feature = "faults")]
    #[test]
    fn a_copy_of_the_last_round_that_is_left_there_is_taken() {
        let without = || {
            crate::fault::leave_out(Mutant::StaleTailCopy);
            twins()
        };
        assert_eq!(std::thread::spawn(without).join().unwrap(), [vec![3; 56], vec![1; 56]]);
    }

    #[test]
    fn whatever_stands_beside_the_tail_nothing_but_the_next_record_is_read() {
        let (memory, place, mut producer, mut consumer) = lane();
        producer.send_plain(b"sound").unwrap();
        let sound = memory.0[place.tail_copy].load(Ordering::Relaxed);
        for word in [0, u64::MAX, sound ^ 1, sound ^ 1 << 32, sound ^ 1 << 40, sound ^ 1 << 63, sound + 8] {
            memory.0[place.tail_copy].store(word, Ordering::Relaxed);
            let mut out = Buffer::default();
            let header = load(&memory.0, &place, 0, 16, &mut out);
            assert!(header.is_none_or(|header| header.record_bytes() == 16) && out.len() <= 8, "{word:#x}");
        }
        memory.0[place.tail_copy].store(0, Ordering::Relaxed);
        assert_eq!(take(&mut consumer), b"sound");
    }
}
