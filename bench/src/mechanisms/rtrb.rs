//! `rtrb` between two threads: what a ring can do that knows its messages' size, has no other process to distrust, and
//! never sleeps. <https://docs.rs/rtrb>
//!
//! In batches, and where it is long, a message is written and checked where it lies in the ring.

use super::ends::Ends;
use super::sizes::slots;
use crate::mechanism::{Kind, Manner, Mechanism, Port, Reason, Setup, Side};
use crate::pattern::{Check, Pattern};
use rtrb::{Consumer, Producer, RingBuffer};

/// Bytes that are shown at once in batches: as many as ours.
const BATCH: usize = 16 << 10;

/// Bytes up to which a message for itself is pushed and popped: of 8 bytes that moved ten times as many as writing each
/// in place.
const BY_VALUE: usize = 64;

pub(crate) struct Rtrb<const BATCHES: bool, const N: usize> {
    ends: Ends<RtrbPort<BATCHES, N>>,
}

pub(crate) struct RtrbPort<const BATCHES: bool, const N: usize> {
    producer: Producer<[u8; N]>,
    consumer: Consumer<[u8; N]>,
    /// Messages that are kept back until they are a batch.
    kept: Vec<Pattern>,
}

type Ring<const N: usize> = (Producer<[u8; N]>, Consumer<[u8; N]>);

/// A ring whose every byte has been written, so that a slot can be filled in parts.
fn ring<const N: usize>() -> Result<Ring<N>, Reason> {
    let (mut producer, mut consumer) = RingBuffer::<[u8; N]>::new(slots(N));
    let mut chunk = producer.write_chunk_uninit(slots(N))?;
    for slot in chunk.as_mut_slices().0 {
        // SAFETY: zeros are bytes, and the slot has room for one of its kind.
        unsafe { slot.as_mut_ptr().write_bytes(0, 1) };
    }
    // SAFETY: all slots were just filled.
    unsafe { chunk.commit_all() };
    consumer.read_chunk(slots(N))?.commit_all();
    Ok((producer, consumer))
}

impl<const BATCHES: bool, const N: usize> Mechanism for Rtrb<BATCHES, N> {
    const NAME: &'static str = if BATCHES { "rtrb, two threads, batches" } else { "rtrb, two threads" };
    const KIND: Kind = Kind::InProcess;
    const MANNER: Manner = if BATCHES { Manner::TypedBatches } else { Manner::Single };
    type Port = RtrbPort<BATCHES, N>;

    fn prepare(_: &Setup<'_>) -> Result<Self, Reason> {
        let (there, arriving) = ring()?;
        let (back, returning) = ring()?;
        let port = |producer, consumer| RtrbPort { producer, consumer, kept: Vec::new() };
        Ok(Rtrb { ends: Ends::new(port(there, returning), port(back, arriving)) })
    }

    fn open(&self, side: Side) -> Result<Self::Port, Reason> {
        self.ends.take(side)
    }
}

impl<const BATCHES: bool, const N: usize> Port for RtrbPort<BATCHES, N> {
    #[inline]
    fn send(&mut self, message: Pattern) -> Result<(), Reason> {
        if !BATCHES && N <= BY_VALUE {
            let mut bytes = [0; N];
            message.fill(0, &mut bytes);
            while self.producer.is_full() {
                std::hint::spin_loop();
            }
            return self.producer.push(bytes).map_err(|_| Reason("full".into()));
        }
        self.kept.push(message);
        if !BATCHES || self.kept.len() * N >= BATCH { self.flush() } else { Ok(()) }
    }

    #[inline]
    fn flush(&mut self) -> Result<(), Reason> {
        put(&mut self.producer, &self.kept)?;
        self.kept.clear();
        Ok(())
    }

    #[inline]
    fn receive(&mut self, check: &mut Check) -> Result<(), Reason> {
        if !BATCHES && N <= BY_VALUE {
            loop {
                if let Ok(bytes) = self.consumer.pop() {
                    check.bytes(&bytes);
                    return Ok(());
                }
                std::hint::spin_loop();
            }
        }
        while self.consumer.is_empty() {
            std::hint::spin_loop();
        }
        let chunk = self.consumer.read_chunk(self.consumer.cached_slots())?;
        let (slots, more) = chunk.as_slices();
        slots.iter().chain(more).for_each(|slot| check.bytes(slot));
        chunk.commit_all();
        Ok(())
    }
}

/// Sends messages, as many at once as there is room for.
#[inline]
fn put<const N: usize>(producer: &mut Producer<[u8; N]>, mut messages: &[Pattern]) -> Result<(), Reason> {
    while !messages.is_empty() {
        while producer.is_full() {
            std::hint::spin_loop();
        }
        let mut chunk = producer.write_chunk_uninit(messages.len().min(producer.cached_slots()))?;
        let (slots, more) = chunk.as_mut_slices();
        let count = slots.len() + more.len();
        for (slot, message) in slots.iter_mut().chain(more).zip(messages) {
            // SAFETY: every slot was filled when the ring was made.
            message.fill(0, unsafe { slot.assume_init_mut() });
        }
        // SAFETY: all of it was just filled.
        unsafe { chunk.commit_all() };
        messages = &messages[count..];
    }
    Ok(())
}
