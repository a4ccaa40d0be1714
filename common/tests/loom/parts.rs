//! What the models are made of.

use common::bell::Parking;
use common::fault::{Mutant, sabotage};
use common::layout::LanePlace;
use common::ring::record::{Flags, Kind};
use common::ring::{Consumer, Producer};
use common::sync::AtomicU64;
use loom::sync::{Condvar, Mutex};
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
        // Who has seen it closes the dead one's bell.
        std::mem::take(&mut state.hung_up)
    }

    pub(crate) fn empty(&self) {
        self.0.0.lock().unwrap().bytes = 0;
    }
}

pub(crate) fn put(producer: &mut Producer<Memory>, payload: &[u8]) -> bool {
    producer.put(Kind::Bytes, Flags::NONE, None, payload).unwrap().is_some()
}

pub(crate) fn take(consumer: &mut Consumer<Memory>) -> Option<Vec<u8>> {
    let mut payload = Vec::new();
    consumer.take(&mut payload).unwrap().map(|_| payload)
}

/// Sleeps as an endpoint does: flag up, second look, sleep, empty the bell, flag down. Whether the other side was found
/// dead.
pub(crate) fn rest(flag: &Parking<Memory>, bell: &Fifo, ready: impl FnOnce() -> bool) -> bool {
    if !flag.park_unless(|| Ok::<_, Infallible>(ready())).unwrap() {
        return false;
    }
    let died = bell.sleep();
    bell.empty();
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
