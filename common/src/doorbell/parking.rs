//! Publish and sleep: who may sleep, and who must be rung.
//!
//! Each lane has two flags: its consumer raises one before it sleeps for a message, its producer the other before it
//! sleeps for room. The other side looks at the flag after each change it makes and rings only where it finds it up,
//! so a pair that is busy never enters the kernel.
//!
//! ```text
//! who changes the ring               who wants to sleep
//! ────────────────────               ──────────────────
//! store tail or head     (A), (C)    flag = 1
//! fence(SeqCst)          (B)         fence(SeqCst)                     (B')
//! flag == 1 and          ┐           look at tail or head again        (A'), (C')
//!   swap(0) == 1 ?       ┘           still nothing: sleep on the doorbell
//!   ring                             empty the doorbell; flag = 0; look again
//! ```
//!
//! Of the two fences one comes first in the single order of all SeqCst fences. If (B) does, the second look sees the
//! change; if (B') does, the flag is seen up. So either the sleeper does not sleep or it is rung: Dekker's argument.
//! Without either fence both may look at old values, and the sleeper sleeps on; a stress test passes for hours, the
//! model checker fails it at once (`common/tests/loom.rs`).
//!
//! After the sleep the order is: empty the doorbell, lower the flag, look at the ring. The other way round a byte rung
//! between the look and the emptying would be thrown away unseen.
//!
//! # Waiting for an empty lane
//! A producer may also sleep until *all* is taken: then it raises its flag to 2 instead of 1, and the consumer rings
//! only after the release that empties the lane. It looks at the same word at the same time as ever, so that costs it
//! nothing while nobody waits so. Whether its release emptied the lane it knows by the `tail` that it saw last; that one
//! is the last where the lane *is* empty, and where it is not, there was one ring too many.
//!
//! # Crash behaviour
//! A flag that a killed sleeper left up costs the other side one needless attempt to ring. One that a killed ringer
//! took down without ringing is covered by the doorbell's hang-up, which wakes the sleeper.

use crate::fault::{Mutant, Point, point, sabotaged};
use crate::layout::{PARKED, PARKED_UNTIL_EMPTY};
use crate::ring::Memory;
use crate::sync::{Ordering, fence};

/// One sleeper's flag.
#[derive(Clone, Debug)]
pub struct Parking<M> {
    memory: M,
    word: usize,
}

impl<M: Memory> Parking<M> {
    /// The flag at `word` of `memory`.
    pub fn new(memory: M, word: usize) -> Self {
        Parking { memory, word }
    }

    /// Called after each change of the ring: whether the other side sleeps and must be rung, by us alone.
    #[inline]
    #[must_use = "a sleeper that is not rung sleeps on"]
    pub fn wake(&self) -> bool {
        self.wake_if(|flag| flag == PARKED)
    }

    /// The same after room was given back, for a producer, who may be waiting for the lane to be empty; whether it is.
    #[inline]
    #[must_use = "a sleeper that is not rung sleeps on"]
    pub fn wake_by_release(&self, is_empty: bool) -> bool {
        let rings_when_empty = !sabotaged(Mutant::NoRingWhenEmpty);
        self.wake_if(|flag| flag == PARKED || (flag == PARKED_UNTIL_EMPTY && is_empty && rings_when_empty))
    }

    #[inline]
    fn wake_if(&self, wants: impl FnOnce(u64) -> bool) -> bool {
        if !sabotaged(Mutant::NoFenceBeforeRing) {
            fence(Ordering::SeqCst); // (B) pairs with (B')
        }
        let flag = &self.memory.as_ref()[self.word];
        // The load alone keeps the cache line shared while the other side is awake.
        // Whatever was taken down is rung for: the sleeper may have raised it for something else between.
        let claimed = wants(flag.load(Ordering::Relaxed)) && flag.swap(0, Ordering::Relaxed) != 0;
        if claimed {
            point(Point::FlagClaimed);
        }
        claimed
    }

    /// Called before sleeping: raises the flag and takes the second look. True: nothing there, sleep. False: do not,
    /// and the flag is down again.
    #[must_use = "false: what is waited for is already there"]
    pub fn park_unless<E>(&self, ready: impl FnOnce() -> Result<bool, E>) -> Result<bool, E> {
        self.park(PARKED, ready)
    }

    /// The same for a producer that is to be rung only when its lane is empty.
    #[must_use = "false: what is waited for is already there"]
    pub fn park_until_empty<E>(&self, is_empty: impl FnOnce() -> Result<bool, E>) -> Result<bool, E> {
        self.park(PARKED_UNTIL_EMPTY, is_empty)
    }

    fn park<E>(&self, flag: u64, ready: impl FnOnce() -> Result<bool, E>) -> Result<bool, E> {
        // An exchange, not a store: the ringer's exchange and this one then have one order that the model checker can
        // follow too. With a store, loom (0.7.2) lets the ringer's next look miss a flag raised after its exchange,
        // which C11 forbids. It is the slow path anyway.
        self.memory.as_ref()[self.word].swap(flag, Ordering::Relaxed);
        point(Point::FlagRaised);
        if !sabotaged(Mutant::NoFenceBeforeSleep) {
            fence(Ordering::SeqCst); // (B') pairs with (B)
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
