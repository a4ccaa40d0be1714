//! What the models are made of.

use loom::sync::{Condvar, Mutex};
use shmchat::internals::doorbell::Parking;
use shmchat::internals::fault::{Mutant, sabotage};
use shmchat::internals::layout::LanePlace;
use shmchat::internals::ring::record::{Flags, Kind};
use shmchat::internals::ring::{Buffer, Consumer, Producer};
use shmchat::internals::sync::{AtomicU64, Ordering};
use std::convert::Infallible;
use std::sync::Arc;

pub(crate) type Memory = Arc<[AtomicU64]>;

pub(crate) fn memory(place: LanePlace) -> Memory {
    (0..place.words_needed()).map(|_| AtomicU64::new(0)).collect()
}

/// The FIFO as the kernel gives it: a byte rung is there until it is read, sleeping ends when one is there, and it ends
/// when the other side dies. Loom reports a sleeper that nobody can wake as a deadlock.
#[derive(Clone)]
pub(crate) struct Fifo(Arc<(Mutex<State>, Condvar)>);

#[derive(Default)]
struct State {
    bytes: usize,
    hung_up: bool,
}

impl Fifo {
    pub(crate) fn new() -> Self {
        Fifo(Arc::new((Mutex::new(State::default()), Condvar::new())))
    }

    pub(crate) fn ring(&self) {
        self.0.0.lock().unwrap().bytes += 1;
        self.0.1.notify_one();
    }

    /// What the kernel does at the death of whoever rings here.
    pub(crate) fn hang_up(&self) {
        self.0.0.lock().unwrap().hung_up = true;
        self.0.1.notify_one();
    }

    /// Sleeps; whether the other side was found dead.
    pub(crate) fn sleep(&self) -> bool {
        let mut state = self.0.0.lock().unwrap();
        while state.bytes == 0 && !state.hung_up {
            state = self.0.1.wait(state).unwrap();
        }
        // Who has seen it closes the dead one's doorbell.
        std::mem::take(&mut state.hung_up)
    }

    pub(crate) fn empty(&self) {
        self.0.0.lock().unwrap().bytes = 0;
    }
}

/// How a message is sent and taken: copied, or where it stands.
#[derive(Clone, Copy)]
pub(crate) struct Way {
    pub(crate) put: fn(&mut Producer<Memory>, &[u8]) -> bool,
    pub(crate) take: fn(&mut Consumer<Memory>) -> Option<Vec<u8>>,
}

/// Both ways.
pub(crate) const WAYS: [Way; 2] = [Way { put, take }, Way { put: put_in_place, take: take_in_place }];

fn put_in_place(producer: &mut Producer<Memory>, payload: &[u8]) -> bool {
    let Some(place) = producer.reserve(&(payload.len()..=payload.len()), None).unwrap() else { return false };
    for (word, bytes) in producer.reserved(&place).iter().zip(payload.chunks(8)) {
        let mut value = [0; 8];
        value[..bytes.len()].copy_from_slice(bytes);
        word.store(u64::from_ne_bytes(value), Ordering::Relaxed);
    }
    producer.commit(&place, payload.len(), Kind::Bytes, Flags::NONE);
    true
}

fn take_in_place(consumer: &mut Consumer<Memory>) -> Option<Vec<u8>> {
    let record = consumer.pass().unwrap()?;
    let words = consumer.words(record.payload_position(), record.payload_length());
    let bytes = words.iter().flat_map(|word| word.load(Ordering::Relaxed).to_ne_bytes());
    Some(bytes.take(record.payload_length()).collect())
}

pub(crate) fn put(producer: &mut Producer<Memory>, payload: &[u8]) -> bool {
    producer.put(Kind::Bytes, Flags::NONE, None, payload).unwrap().is_some()
}

pub(crate) fn take(consumer: &mut Consumer<Memory>) -> Option<Vec<u8>> {
    let mut payload = Buffer::default();
    consumer.take(&mut payload).unwrap().map(|_| payload.to_vec())
}

/// Sleeps as an endpoint does: flag up, second look, sleep, empty the doorbell, flag down. Whether the other side was found
/// dead.
pub(crate) fn rest(flag: &Parking<Memory>, doorbell: &Fifo, ready: impl FnOnce() -> bool) -> bool {
    flag.park_unless(|| Ok::<_, Infallible>(ready())).unwrap() && sleep(flag, doorbell)
}

/// The same for a producer that is to be rung only when its lane is empty.
pub(crate) fn rest_until_empty(flag: &Parking<Memory>, doorbell: &Fifo, is_empty: impl FnOnce() -> bool) -> bool {
    flag.park_until_empty(|| Ok::<_, Infallible>(is_empty())).unwrap() && sleep(flag, doorbell)
}

fn sleep(flag: &Parking<Memory>, doorbell: &Fifo) -> bool {
    let died = doorbell.sleep();
    doorbell.empty();
    flag.unpark();
    died
}

pub(crate) fn check(model: impl Fn() + Sync + Send + 'static) {
    // No bound on preemptions: every order is tried.
    loom::model(model);
}

/// Runs the model with one line sabotaged; it must fail.
pub(crate) fn check_catches(mutant: Mutant, model: impl Fn() + Sync + Send + 'static) {
    let quiet = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| sabotage(mutant, || check(model))));
    assert!(quiet.is_err(), "{mutant:?} went unnoticed");
}
