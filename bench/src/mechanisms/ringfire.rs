//! The crate `ringfire`: a ring of slots of one type in a file in memory, in the mode that loses nothing.
//! <https://docs.rs/ringfire>
//!
//! A ring for each direction, with one producer and one registered reader. A slot carries its own number, written before and
//! after the message, so that a reader needs no other word and checks that nobody wrote meanwhile. A producer that finds the
//! ring full polls the reader's cursor. Where nothing is there, a reader looks again at once, or it looks 32 times and then
//! sleeps on a futex, as the crate's own [`FutexWait`] does by default. Readers take what has come in batches, as in the
//! crate's own benchmarks.

use super::sizes::slots;
use crate::mechanism::{Kind, Manner, Mechanism, Port, Reason, Setup, Side};
use crate::pattern::{Check, Pattern};
use nix::sys::memfd::{MFdFlags, memfd_create};
use ringfire::{BusySpin, CleanupMode, FlowControl, FutexWait, RingConsumer, RingProducer, RingProducerBuilder};
use std::fs::File;
use std::marker::PhantomData;
use std::os::fd::AsRawFd;
use std::path::PathBuf;

/// Bytes that are shown at once in batches: as many as ours.
const BATCH: usize = 16 << 10;

/// Bytes, and messages, that a reader takes at once.
const TAKEN: usize = 16 << 10;
const MOST_TAKEN: usize = 64;

/// How one waits, and whether messages are kept back until they are a batch.
pub(crate) trait Way: Sync {
    const NAME: &'static str;
    const MANNER: Manner;
    type Wait: ringfire::WaitStrategy + Default;
}

/// A push for each message; nobody sleeps.
pub(crate) struct Spinning;

impl Way for Spinning {
    const NAME: &'static str = "ringfire, spinning";
    const MANNER: Manner = Manner::Single;
    type Wait = BusySpin;
}

/// A push for each message; a reader sleeps that finds nothing.
pub(crate) struct Sleeping;

impl Way for Sleeping {
    const NAME: &'static str = "ringfire, sleeping";
    const MANNER: Manner = Manner::Single;
    type Wait = FutexWait;
}

/// Many messages in a push; nobody sleeps.
pub(crate) struct Batches;

impl Way for Batches {
    const NAME: &'static str = "ringfire, batches";
    const MANNER: Manner = Manner::TypedBatches;
    type Wait = BusySpin;
}

pub(crate) struct Ringfire<W, const N: usize> {
    /// First to second, second to first: files without a name, so that nothing can be left of them.
    rings: [File; 2],
    way: PhantomData<W>,
}

pub(crate) struct RingfirePort<W: Way, const N: usize> {
    producer: RingProducer<[u8; N]>,
    consumer: RingConsumer<[u8; N]>,
    wait: W::Wait,
    /// Messages that are kept back until they are shown, already as bytes: the crate copies them from there.
    kept: Box<[[u8; N]]>,
    filled: usize,
    taken: Box<[[u8; N]]>,
}

/// Where a process can open what it has inherited.
fn path(ring: &File) -> PathBuf {
    format!("/proc/self/fd/{}", ring.as_raw_fd()).into()
}

/// So many messages, made on the heap: the stack has no room for the longest.
fn messages<const N: usize>(count: usize) -> Box<[[u8; N]]> {
    vec![[0; N]; count].into()
}

impl<W: Way, const N: usize> Mechanism for Ringfire<W, N> {
    const NAME: &'static str = W::NAME;
    const KIND: Kind = Kind::Peer;
    const MANNER: Manner = W::MANNER;
    type Port = RingfirePort<W, N>;

    fn prepare(_: &Setup<'_>) -> Result<Self, Reason> {
        let ring = || memfd_create("shmchat-bench", MFdFlags::MFD_CLOEXEC).map(File::from);
        Ok(Ringfire { rings: [ring()?, ring()?], way: PhantomData })
    }

    fn open(&self, side: Side) -> Result<Self::Port, Reason> {
        let (send, receive) = side.of([&self.rings[0], &self.rings[1]]);
        let producer = RingProducerBuilder::new(slots(N) as u64)
            .flow_control(FlowControl::LosslessBackpressure)
            .max_readers(1)
            .cleanup_mode(CleanupMode::Persistent)
            .build(path(send))?;
        // Until the other side has made its ring there is nothing to attach to.
        let consumer = loop {
            match RingConsumer::attach(path(receive)) {
                Ok(consumer) => break consumer,
                Err(_) => std::thread::yield_now(),
            }
        };
        // Only readers that are registered hold the producer back.
        while producer.registry().is_none_or(|readers| readers.min_cursor().is_none()) {
            std::thread::yield_now();
        }
        let at_once = if W::MANNER == Manner::TypedBatches { (BATCH / N).max(1) } else { 1 };
        let taken = (TAKEN / N).clamp(1, MOST_TAKEN);
        let (kept, taken) = (messages(at_once), messages(taken));
        Ok(RingfirePort { producer, consumer, wait: W::Wait::default(), kept, filled: 0, taken })
    }
}

impl<W: Way, const N: usize> Port for RingfirePort<W, N> {
    #[inline]
    fn send(&mut self, message: Pattern) -> Result<(), Reason> {
        message.fill(0, &mut self.kept[self.filled]);
        if W::MANNER == Manner::Single {
            self.producer.push(&self.kept[0]);
            return Ok(());
        }
        self.filled += 1;
        if self.filled == self.kept.len() { self.flush() } else { Ok(()) }
    }

    #[inline]
    fn flush(&mut self) -> Result<(), Reason> {
        self.producer.push_batch(&self.kept[..self.filled]);
        self.filled = 0;
        Ok(())
    }

    #[inline]
    fn receive(&mut self, check: &mut Check) -> Result<(), Reason> {
        match self.consumer.recv_batch(&mut self.taken) {
            0 => check.bytes(&self.consumer.recv_blocking(&mut self.wait)),
            count => self.taken[..count].iter().for_each(|message| check.bytes(message)),
        }
        Ok(())
    }
}
