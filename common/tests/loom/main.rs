//! The shipped ring and the shipped flags under every order that the C11 memory model allows, by loom. `make loom`
//! runs it.
//!
//! The one thing modelled is the FIFO: a count of bytes that a sleeper waits for, since loom cannot look into the
//! kernel. What it must show, it shows by being able to fail: each mutant of [`shmchat::internals::fault::Mutant`] breaks the
//! model that guards against it.
#![cfg(loom)]

mod crash;
mod parts;

use loom::thread;
use parts::{Fifo, Memory, WAYS, Way, check, check_catches, memory, put, rest, rest_until_empty, take};
use shmchat::internals::doorbell::Parking;
use shmchat::internals::fault::Mutant;
use shmchat::internals::layout::LanePlace;
use shmchat::internals::ring::{Consumer, Producer};

/// A consumer that sleeps between messages gets all of them, in order and whole.
fn publish_against_sleep(Way { put, take }: Way) {
    let place = LanePlace::alone(64).without_copies();
    let memory = memory(place);
    let doorbell = Fifo::new();
    let mut producer = Producer::attach(memory.clone(), place).unwrap();
    let mut consumer = Consumer::attach(memory.clone(), place).unwrap();
    let sender = {
        let (flag, doorbell) = (Parking::new(memory.clone(), place.consumer_parked), doorbell.clone());
        thread::spawn(move || {
            for message in [[1; 8], [2; 8]] {
                assert!(put(&mut producer, &message));
                producer.publish();
                if flag.wake() {
                    doorbell.ring();
                }
            }
        })
    };
    let flag = Parking::new(memory, place.consumer_parked);
    for expected in [[1; 8], [2; 8]] {
        let got = loop {
            match take(&mut consumer) {
                Some(got) => break got,
                None => _ = rest(&flag, &doorbell, || consumer.has_next().unwrap()),
            }
        };
        assert_eq!(got, expected);
    }
    sender.join().unwrap();
}

/// A producer that sleeps while the lane is full gets room, and overwrites nothing that is still being read.
fn release_against_sleep(Way { put, take }: Way) {
    let place = LanePlace::alone(64).without_copies();
    let memory = memory(place);
    let doorbell = Fifo::new();
    let mut producer = Producer::attach(memory.clone(), place).unwrap();
    let mut consumer = Consumer::attach(memory.clone(), place).unwrap();
    for byte in 1..=4 {
        assert!(put(&mut producer, &[byte; 8]));
    }
    assert!(!put(&mut producer, &[5; 8]), "the lane is full");
    producer.publish();
    let receiver = {
        let (flag, doorbell) = (Parking::new(memory.clone(), place.producer_parked), doorbell.clone());
        thread::spawn(move || {
            for byte in 1..=2 {
                assert_eq!(take(&mut consumer), Some(vec![byte; 8]));
                consumer.release(consumer.position());
                if flag.wake() {
                    doorbell.ring();
                }
            }
        })
    };
    let flag = Parking::new(memory, place.producer_parked);
    while !put(&mut producer, &[5; 8]) {
        rest(&flag, &doorbell, || producer.has_room(16).unwrap());
    }
    producer.publish();
    receiver.join().unwrap();
}

/// A producer that sleeps until its lane is empty is woken by the release that empties it, and learns of it only then.
fn empty_against_sleep(Way { put, take }: Way) {
    let place = LanePlace::alone(64).without_copies();
    let memory = memory(place);
    let doorbell = Fifo::new();
    let mut producer = Producer::attach(memory.clone(), place).unwrap();
    let mut consumer = Consumer::attach(memory.clone(), place).unwrap();
    for byte in 1..=2 {
        assert!(put(&mut producer, &[byte; 8]));
    }
    producer.publish();
    let receiver = {
        let (flag, doorbell) = (Parking::new(memory.clone(), place.producer_parked), doorbell.clone());
        thread::spawn(move || {
            for byte in 1..=2 {
                assert_eq!(take(&mut consumer), Some(vec![byte; 8]));
                consumer.release(consumer.position());
                if flag.wake_by_release(consumer.free_for_producer() == consumer.capacity()) {
                    doorbell.ring();
                }
            }
        })
    };
    let flag = Parking::new(memory, place.producer_parked);
    let mut is_empty = || {
        producer.look().unwrap();
        producer.taken() == producer.position()
    };
    while !is_empty() {
        rest_until_empty(&flag, &doorbell, &mut is_empty);
    }
    receiver.join().unwrap();
}

/// A producer that sleeps for room, and then until its lane is empty, is woken for each: whoever rings for the one must not
/// take down the flag of the other without ringing.
fn room_and_then_empty_against_sleep() {
    let place = LanePlace::alone(64).without_copies();
    let memory = memory(place);
    let doorbell = Fifo::new();
    let mut producer = Producer::attach(memory.clone(), place).unwrap();
    let mut consumer = Consumer::attach(memory.clone(), place).unwrap();
    for byte in 1..=4 {
        assert!(put(&mut producer, &[byte; 8]));
    }
    producer.publish();
    let receiver = {
        let (flag, doorbell) = (Parking::new(memory.clone(), place.producer_parked), doorbell.clone());
        thread::spawn(move || {
            // The four that fill it at once, and the one that finds room then.
            for last in [4, 5] {
                while take(&mut consumer).is_none_or(|payload| payload != [last; 8]) {
                    thread::yield_now();
                }
                consumer.release(consumer.position());
                if flag.wake_by_release(consumer.free_for_producer() == consumer.capacity()) {
                    doorbell.ring();
                }
            }
        })
    };
    let flag = Parking::new(memory, place.producer_parked);
    while !put(&mut producer, &[5; 8]) {
        rest(&flag, &doorbell, || producer.has_room(16).unwrap());
    }
    producer.publish();
    let mut is_empty = || {
        producer.look().unwrap();
        producer.taken() == producer.position()
    };
    while !is_empty() {
        rest_until_empty(&flag, &doorbell, &mut is_empty);
    }
    receiver.join().unwrap();
}

/// Records that reach the ring's end, with padding before them, arrive whole while both sides run.
fn wrap_and_padding(Way { put, take }: Way) {
    let place = LanePlace::alone(64).without_copies();
    let memory = memory(place);
    let mut producer = Producer::attach(memory.clone(), place).unwrap();
    let mut consumer = Consumer::attach(memory, place).unwrap();
    // 56 of 64 bytes are behind us: the next record of 16 needs padding.
    for length in [8, 8, 8, 0] {
        assert!(put(&mut producer, &vec![0; length]));
        producer.publish();
        take(&mut consumer).unwrap();
        consumer.release(consumer.position());
    }
    let sender = thread::spawn(move || {
        assert!(put(&mut producer, &[1; 8]));
        producer.publish();
        assert!(put(&mut producer, &[2; 5]));
        producer.publish();
    });
    let mut got = Vec::new();
    while got.len() < 2 {
        match take(&mut consumer) {
            Some(payload) => got.push(payload),
            None => thread::yield_now(),
        }
        consumer.release(consumer.position());
    }
    assert_eq!(got, [vec![1; 8], vec![2; 5]]);
    sender.join().unwrap();
}

/// Short records that are published one by one, each of them also beside the tail, arrive as they were sent.
fn one_short_record_after_another() {
    let place = LanePlace::alone(64);
    let memory = memory(place);
    let mut producer = Producer::attach(memory.clone(), place).unwrap();
    let mut consumer = Consumer::attach(memory, place).unwrap();
    let sender = thread::spawn(move || {
        for number in 1..=2 {
            assert!(producer.send_plain(&[number; 8]).is_some());
        }
    });
    let mut next = 1;
    while next <= 2 {
        match take(&mut consumer) {
            Some(payload) => {
                assert_eq!(payload, [next; 8]);
                next += 1;
            }
            None => thread::yield_now(),
        }
    }
    sender.join().unwrap();
}

/// Both sides sleep on each other: a question and its answer over two lanes.
fn question_and_answer() {
    let place = LanePlace::alone(64).without_copies();
    let (there, back) = (memory(place), memory(place));
    let (bell_there, bell_back) = (Fifo::new(), Fifo::new());
    let side = |out: &Memory, into: &Memory| {
        let producer = Producer::attach(out.clone(), place).unwrap();
        let consumer = Consumer::attach(into.clone(), place).unwrap();
        let peer = Parking::new(out.clone(), place.consumer_parked);
        let own = Parking::new(into.clone(), place.consumer_parked);
        (producer, consumer, peer, own)
    };
    fn say(producer: &mut Producer<Memory>, peer: &Parking<Memory>, far: &Fifo, byte: u8) {
        assert!(put(producer, &[byte]));
        producer.publish();
        if peer.wake() {
            far.ring();
        }
    }
    fn hear(consumer: &mut Consumer<Memory>, own: &Parking<Memory>, doorbell: &Fifo) -> Vec<u8> {
        loop {
            match take(consumer) {
                Some(got) => return got,
                None => _ = rest(own, doorbell, || consumer.has_next().unwrap()),
            }
        }
    }
    let (mut producer, mut consumer, peer, own) = side(&back, &there);
    let answering = {
        let (bell_there, bell_back) = (bell_there.clone(), bell_back.clone());
        thread::spawn(move || {
            assert_eq!(hear(&mut consumer, &own, &bell_there), [1]);
            say(&mut producer, &peer, &bell_back, 2);
        })
    };
    let (mut producer, mut consumer, peer, own) = side(&there, &back);
    say(&mut producer, &peer, &bell_there, 1);
    assert_eq!(hear(&mut consumer, &own, &bell_back), [2]);
    answering.join().unwrap();
}

#[test]
fn a_consumer_that_sleeps_misses_no_message() {
    for way in WAYS {
        check(move || publish_against_sleep(way));
    }
}

#[test]
fn a_producer_that_sleeps_misses_no_room_and_overwrites_nothing() {
    for way in WAYS {
        check(move || release_against_sleep(way));
    }
}

#[test]
fn a_producer_that_sleeps_until_all_is_taken_is_woken() {
    for way in WAYS {
        check(move || empty_against_sleep(way));
    }
}

#[test]
fn a_producer_that_sleeps_for_room_and_then_until_all_is_taken_is_woken() {
    check(room_and_then_empty_against_sleep);
}

#[test]
fn a_producer_that_nobody_rings_when_all_is_taken_is_caught() {
    let mutants =
        [Mutant::NoRingWhenEmpty, Mutant::NoFenceBeforeRing, Mutant::NoFenceBeforeSleep, Mutant::NoSecondLook];
    for mutant in mutants {
        check_catches(mutant, || empty_against_sleep(WAYS[0]));
    }
}

#[test]
fn records_wrap_with_padding() {
    for way in WAYS {
        check(move || wrap_and_padding(way));
    }
}

#[test]
fn two_sides_that_sleep_on_each_other_both_wake() {
    check(question_and_answer);
}

#[test]
fn a_record_beside_the_tail_is_the_one_that_was_sent() {
    check(one_short_record_after_another);
}

#[test]
fn a_copy_that_is_overwritten_or_not_looked_at_again_is_caught() {
    for mutant in [Mutant::OverwriteTailCopy, Mutant::TrustTailCopy] {
        check_catches(mutant, one_short_record_after_another);
    }
}

#[test]
fn a_tail_before_its_payload_is_caught() {
    for way in WAYS {
        check_catches(Mutant::TailBeforePayload, move || wrap_and_padding(way));
        check_catches(Mutant::TailBeforePayload, move || publish_against_sleep(way));
    }
}

#[test]
fn a_tail_without_release_is_caught() {
    for way in WAYS {
        check_catches(Mutant::RelaxedTail, move || wrap_and_padding(way));
    }
}

#[test]
fn a_head_before_the_copy_is_caught() {
    for way in WAYS {
        check_catches(Mutant::HeadBeforeCopy, move || release_against_sleep(way));
    }
}

#[test]
fn a_ring_without_its_fence_is_caught() {
    check_catches(Mutant::NoFenceBeforeRing, || publish_against_sleep(WAYS[0]));
    check_catches(Mutant::NoFenceBeforeRing, || release_against_sleep(WAYS[0]));
}

#[test]
fn a_sleep_without_its_fence_is_caught() {
    check_catches(Mutant::NoFenceBeforeSleep, || publish_against_sleep(WAYS[0]));
    check_catches(Mutant::NoFenceBeforeSleep, || release_against_sleep(WAYS[0]));
}

#[test]
fn a_sleep_without_a_second_look_is_caught() {
    check_catches(Mutant::NoSecondLook, || publish_against_sleep(WAYS[0]));
    check_catches(Mutant::NoSecondLook, || release_against_sleep(WAYS[0]));
}
