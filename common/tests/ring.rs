//! One lane between two threads, in memory that both see at the same address. A segment is attached by each side for
//! itself, and a sanitizer takes that for two memories; here it sees all that either does to the words they share
//! (`make sanitize`).
#![cfg(not(loom))]

use shmchat::Part;
use shmchat::error::Corruption;
use shmchat::internals::channel::{Decoder, Encoder};
use shmchat::internals::doorbell::Parking;
use shmchat::internals::layout::LanePlace;
use shmchat::internals::ring::record::Kind;
use shmchat::internals::ring::{Consumer, Corrupt, Producer};
use shmchat::internals::sync::{AtomicU64, Ordering};
use std::io::{Read, Write, pipe};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};

const CAPACITY: u64 = 4096;
const MESSAGES: usize = 5_000;

type Heap = Arc<[AtomicU64]>;

/// The two ends of a lane, and its memory.
fn lane() -> (Encoder<Heap>, Decoder<Heap>, Heap) {
    let place = LanePlace::alone(CAPACITY);
    let memory: Heap = (0..place.words_needed()).map(|_| AtomicU64::new(0)).collect();
    let encoder = Encoder::new(Producer::attach(memory.clone(), place).unwrap());
    let decoder = Decoder::new(Consumer::attach(memory.clone(), place).unwrap());
    (encoder, decoder, memory)
}

/// The message of this number: of one record or of several, none like the next.
fn message(number: usize) -> Vec<u8> {
    (0..number * 7 % 1500).map(|index| (index + number) as u8).collect()
}

fn send(mut encoder: Encoder<Heap>, memory: &Heap) -> Result<(), Corrupt> {
    let flag = Parking::new(memory.clone(), LanePlace::alone(CAPACITY).consumer_parked);
    for number in 0..MESSAGES {
        let mut attempts = 0;
        while encoder.put(&(&message(number)).into())?.is_none() {
            std::thread::yield_now();
            attempts += 1;
            if attempts > 100_000 {
                return Ok(()); // the other end has given up
            }
        }
        encoder.publish();
        let _ = flag.wake();
    }
    Ok(())
}

fn receive(mut decoder: Decoder<Heap>, memory: &Heap, mut each: impl FnMut(usize, &[u8])) -> Result<usize, Corruption> {
    let flag = Parking::new(memory.clone(), LanePlace::alone(CAPACITY).consumer_parked);
    let (mut count, mut attempts) = (0, 0);
    while count < MESSAGES && attempts < 100_000 {
        if decoder.next_message()?.is_some() {
            each(count, decoder.bytes());
            decoder.acknowledge();
            (count, attempts) = (count + 1, 0);
        } else {
            let _ = flag.park_unless(|| decoder.has_next())?;
            std::thread::yield_now();
            attempts += 1;
        }
    }
    Ok(count)
}

#[test]
fn what_one_thread_sends_another_receives_whole_and_in_order() {
    let (encoder, decoder, memory) = lane();
    std::thread::scope(|scope| {
        let sending = scope.spawn(|| send(encoder, &memory));
        let got = receive(decoder, &memory, |number, bytes| assert!(bytes == message(number), "message {number}"));
        assert_eq!(got, Ok(MESSAGES));
        sending.join().unwrap().unwrap();
    });
}

#[test]
fn a_stream_goes_from_a_pipe_through_the_lane_to_a_pipe_in_place() {
    const BYTES: usize = 1 << 20;
    let (mut encoder, mut decoder, _) = lane();
    let stream: Vec<u8> = (0..BYTES).map(|index| ((index * index) >> 3) as u8).collect();
    let (input, mut source) = pipe().unwrap();
    let (mut sink, output) = pipe().unwrap();
    std::thread::scope(|scope| {
        let feeding = scope.spawn(|| {
            source.write_all(&stream).unwrap();
            drop(source);
        });
        let sending = scope.spawn(move || {
            loop {
                let Some(mut room) = encoder.write_slot(&(1..=usize::MAX), None).unwrap() else {
                    std::thread::yield_now();
                    continue;
                };
                let read = room.read_from(&input).unwrap();
                if read == 0 {
                    return;
                }
                room.commit(read, Kind::Bytes, Part::Whole, false);
                encoder.publish();
            }
        });
        let receiving = scope.spawn(move || {
            let mut passed = 0;
            while passed < BYTES {
                let Some(found) = decoder.next_in_place().unwrap() else {
                    std::thread::yield_now();
                    continue;
                };
                let view = decoder.view(&found);
                assert_eq!(view.span(0..view.len()).write_to(&output), Ok(view.len()));
                passed += view.len();
                decoder.acknowledge();
            }
        });
        let mut got = Vec::new();
        sink.read_to_end(&mut got).unwrap();
        assert!(got == stream);
        // Joined one by one, which ThreadSanitizer sees; that the scope waits for its threads it does not.
        for thread in [feeding, sending, receiving] {
            thread.join().unwrap();
        }
    });
}

/// Rounds with a scribbling thread.
const ROUNDS: u64 = 20;

/// More ends than this must have met what was scribbled.
const ENOUGH: u32 = 10;

#[test]
fn a_third_thread_that_scribbles_makes_errors_and_no_race() {
    // How many ends meet what is scribbled is a matter of chance: some rounds, and as many more as it takes.
    let (mut round, mut corrupt) = (0_u64, 0);
    while round < ROUNDS || (corrupt <= ENOUGH && round < 50 * ROUNDS) {
        round += 1;
        let (encoder, decoder, memory) = lane();
        let stop = AtomicBool::new(false);
        std::thread::scope(|scope| {
            let scribbling = scope.spawn(|| {
                let mut random = round;
                while !stop.load(Relaxed) {
                    random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
                    memory[(random >> 33) as usize % memory.len()].store(random, Ordering::Relaxed);
                    std::thread::yield_now();
                }
            });
            let sending = scope.spawn(|| send(encoder, &memory));
            let received = receive(decoder, &memory, |_, _| ());
            let sent = sending.join().unwrap();
            stop.store(true, Relaxed);
            scribbling.join().unwrap();
            corrupt += u32::from(sent.is_err()) + u32::from(received.is_err());
        });
    }
    assert!(corrupt > ENOUGH, "only {corrupt} ends met what was scribbled: the test proves nothing");
}
