//! Publish and sleep: who may sleep, and who must be rung.
//!
//! Each lane has two flags: its consumer raises one before it sleeps until a message arrives, its producer raises the
//! other before it sleeps until there is room. The other side looks at the flag after each change it makes, and rings
//! only if it is up. So a busy pair never enters the kernel.
//!
//! ```text
//! who changes the ring               who wants to sleep
//! ────────────────────               ──────────────────
//! store tail or head     (A), (C)    flag = 1
//! light barrier          (B)         heavy barrier                     (B')
//! flag == 1 and          ┐           look at tail or head again        (A'), (C')
//!   swap(0) == 1 ?       ┘           still nothing: sleep on the doorbell
//!   ring                             empty the doorbell; flag = 0; look again
//! ```
//!
//! What the two barriers are is in `crate::barrier`; think of two fences, which is what the model checker gets. One of them
//! comes first in the single order of all SeqCst fences. If it is (B), the second look sees the change; if it is (B'), the
//! flag is seen up. So either the sleeper does not sleep, or it is rung: Dekker's argument. Without either one, both may see
//! old values, and the sleeper sleeps on. A stress test passes for hours; the model checker fails at once
//! (`common/tests/loom.rs`).
//!
//! After the sleep the order is: empty the doorbell, lower the flag, look at the ring. The other way round, a byte rung
//! between the look and the emptying would be thrown away unseen.
//!
//! # Waiting for an empty lane
//! A producer may also sleep until *everything* is taken: then it raises its flag to 2 instead of 1, and the consumer
//! rings only after the release that empties the lane. The consumer looks at the same word at the same time as always,
//! so this costs nothing while nobody waits like that. It knows from the `tail` that it last saw whether its release
//! emptied the lane. If the lane *is* empty, that `tail` is the last one; if it is not, there was one ring too many.
//!
//! # Crash behaviour
//! A flag that a killed sleeper left up costs the other side one needless attempt to ring. If a ringer is killed after
//! it took the flag down and before it rang, the doorbell's hang-up wakes the sleeper.

use crate::barrier::Barrier;
use crate::fault::{Mutant, Point, point, sabotaged};
use crate::layout::{PARKED, PARKED_UNTIL_EMPTY};
use crate::ring::Memory;
use crate::sync::Ordering;

/// One sleeper's flag.
#[derive(Clone, Debug)]
pub struct Parking<M> {
    memory: M,
    word: usize,
    barrier: Barrier,
    /// The word that says whether the other side relies on our barriers.
    relies: Option<usize>,
}

impl<M: Memory> Parking<M> {
    /// The flag at `word` of `memory`, with a fence on each side.
    pub fn new(memory: M, word: usize) -> Self {
        Parking { memory, word, barrier: Barrier::FENCES, relies: None }
    }

    /// The flag at `word` of `memory`, between processes of which the other one says at `relies` whether it relies on our
    /// barriers.
    pub fn between(memory: M, word: usize, barrier: Barrier, relies: usize) -> Self {
        Parking { memory, word, barrier, relies: Some(relies) }
    }

    /// Called after each change of the ring: whether the other side sleeps and must be rung, by us alone.
    #[inline]
    #[must_use = "a sleeper that is not rung sleeps on"]
    pub fn wake(&self) -> bool {
        self.wake_if(|flag| flag == PARKED)
    }

    /// The same after giving back room, for a producer that may be waiting for the lane to be empty: `is_empty` says
    /// whether it is.
    #[inline]
    #[must_use = "a sleeper that is not rung sleeps on"]
    pub fn wake_by_release(&self, is_empty: bool) -> bool {
        let rings_when_empty = !sabotaged(Mutant::NoRingWhenEmpty);
        self.wake_if(|flag| flag == PARKED || (flag == PARKED_UNTIL_EMPTY && is_empty && rings_when_empty))
    }

    #[inline]
    fn wake_if(&self, wants: impl FnOnce(u64) -> bool) -> bool {
        if !sabotaged(Mutant::NoFenceBeforeRing) {
            self.barrier.light(); // (B) pairs with (B')
        }
        let flag = &self.memory.as_ref()[self.word];
        // The load alone keeps the cache line shared while the other side is awake.
        // Whatever was taken down is rung for: in between, the sleeper may have raised it for something else.
        let claimed = wants(flag.load(Ordering::Relaxed)) && flag.swap(0, Ordering::Relaxed) != 0;
        if claimed {
            point(Point::FlagClaimed);
        }
        claimed
    }

    /// Called before sleeping: raises the flag and takes the second look. True: nothing is there, so sleep. False:
    /// don't sleep; the flag is down again.
    #[must_use = "false: what is waited for is already there"]
    pub fn park_unless<E>(&self, ready: impl FnOnce() -> Result<bool, E>) -> Result<bool, E> {
        self.park(PARKED, ready)
    }

    /// The same, for a producer that is to be rung only when its lane is empty.
    #[must_use = "false: what is waited for is already there"]
    pub fn park_until_empty<E>(&self, is_empty: impl FnOnce() -> Result<bool, E>) -> Result<bool, E> {
        self.park(PARKED_UNTIL_EMPTY, is_empty)
    }

    fn park<E>(&self, flag: u64, ready: impl FnOnce() -> Result<bool, E>) -> Result<bool, E> {
        // An exchange, not a store: then the ringer's exchange and this one have an order that the model checker can
        // follow too. With a store, loom (0.7.2) lets the ringer's next look miss a flag raised after its exchange,
        // which C11 forbids. It is the slow path anyway.
        self.memory.as_ref()[self.word].swap(flag, Ordering::Relaxed);
        point(Point::FlagRaised);
        if !sabotaged(Mutant::NoFenceBeforeSleep) {
            let relies = |word: usize| self.memory.as_ref()[word].load(Ordering::Relaxed) != 0;
            self.barrier.heavy(|| self.relies.is_some_and(relies)); // (B') pairs with (B)
        }
        let ready = !sabotaged(Mutant::NoSecondLook) && ready()?;
        if ready {
            self.unpark();
        }
        Ok(!ready)
    }

    /// Called after the sleep and after the doorbell has been emptied: lowers the flag. The caller then looks at the ring.
    pub fn unpark(&self) {
        self.memory.as_ref()[self.word].store(0, Ordering::Relaxed);
    }

    /// Whether the flag is up, for people to look at.
    pub fn is_parked(&self) -> bool {
        self.memory.as_ref()[self.word].load(Ordering::Relaxed) != 0
    }
}
