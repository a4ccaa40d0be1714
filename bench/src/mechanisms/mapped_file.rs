//! A ring of slots in a mapped file, as one would write it by hand: each side moves an index, and looks at the other's until
//! it has moved. Nobody sleeps.

use super::memory::{APART, Memory};
use super::sizes::slots;
use crate::mechanism::{Kind, Manner, Mechanism, Port, Reason, Setup, Side};
use crate::pattern::{Check, Pattern};
use std::fs::File;
use std::sync::Arc;
use std::sync::atomic::Ordering::{Acquire, Release};

/// Looks at the other's index before the processor is offered to others: some 40 microseconds.
const SPINS: u32 = 1000;

pub(crate) struct MappedFile<const N: usize> {
    rings: [Arc<Memory>; 2],
}

/// One side's end of a ring.
struct End<const N: usize> {
    /// The reader's index, the writer's index, the slots.
    ring: Arc<Memory>,
    /// Messages that this side has written or read.
    mine: u64,
    /// Messages that the other side had when last looked at.
    theirs: u64,
}

pub(crate) struct MappedFilePort<const N: usize> {
    sink: End<N>,
    source: End<N>,
}

const READ: usize = 0;
const WRITTEN: usize = APART;
const SLOTS: usize = 2 * APART;

impl<const N: usize> End<N> {
    fn new(ring: &Arc<Memory>) -> Self {
        End { ring: Arc::clone(ring), mine: 0, theirs: 0 }
    }

    /// Looks at the other's index at `word` until `enough` of it.
    #[inline]
    fn wait(&mut self, word: usize, enough: impl Fn(u64) -> bool) {
        let mut spins = 0;
        while !enough(self.theirs) {
            if spins == SPINS {
                std::thread::yield_now();
            } else if spins > 0 {
                std::hint::spin_loop();
            }
            spins = SPINS.min(spins + 1);
            self.theirs = self.ring.word(word).load(Acquire);
        }
    }

    #[inline]
    fn slot(&mut self) -> &mut [u8] {
        let offset = SLOTS + (self.mine as usize % slots(N)) * N;
        // SAFETY: the slot is this side's until it moves its index.
        unsafe { self.ring.bytes(offset, N) }
    }

    /// Hands the slots before this side's index to the other side.
    #[inline]
    fn show(&self, word: usize) {
        self.ring.word(word).store(self.mine, Release);
    }
}

impl<const N: usize> Mechanism for MappedFile<N> {
    const NAME: &'static str = "mapped file, spinning";
    const KIND: Kind = Kind::ByHand;
    const MANNER: Manner = Manner::InPlace;
    type Port = MappedFilePort<N>;

    fn prepare(setup: &Setup<'_>) -> Result<Self, Reason> {
        let ring = |name| -> Result<_, Reason> {
            let file = File::create_new(setup.folder.join(name))?;
            Ok(Arc::new(Memory::map(file, SLOTS + slots(N) * N)?))
        };
        Ok(MappedFile { rings: [ring("there")?, ring("back")?] })
    }

    fn open(&self, side: Side) -> Result<Self::Port, Reason> {
        let (send, receive) = side.of([&self.rings[0], &self.rings[1]]);
        Ok(MappedFilePort { sink: End::new(send), source: End::new(receive) })
    }
}

impl<const N: usize> Port for MappedFilePort<N> {
    #[inline]
    fn send(&mut self, message: Pattern) -> Result<(), Reason> {
        let mine = self.sink.mine;
        self.sink.wait(READ, |read| mine - read < slots(N) as u64);
        message.fill(0, self.sink.slot());
        self.sink.mine += 1;
        self.sink.show(WRITTEN);
        Ok(())
    }

    #[inline]
    fn receive(&mut self, check: &mut Check) -> Result<(), Reason> {
        let mine = self.source.mine;
        self.source.wait(WRITTEN, |written| written > mine);
        // All that is there, and one word of it to the writer: one by one it moved a sixth of the messages of 8 bytes.
        while self.source.mine < self.source.theirs {
            check.bytes(self.source.slot());
            self.source.mine += 1;
        }
        self.source.show(READ);
        Ok(())
    }
}
