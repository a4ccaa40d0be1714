//! The crate `shmem-ipc`: a ring in a sealed memory file, and an eventfd to sleep on at each end of it.
//! <https://docs.rs/shmem-ipc>
//!
//! An item of the ring is a message, filled and checked where it lies. Who finds the ring empty or full sleeps, as in the
//! crate's own examples.

use super::sizes::slots;
use crate::mechanism::{Kind, Manner, Mechanism, Port, Reason, Setup, Side};
use crate::pattern::{Check, Pattern};
use shmem_ipc::sharedring::{Receiver, Sender};
use std::fs::File;

/// Bytes that the sender of batches shows at once: as many as ours.
const BATCH: usize = 16 << 10;

/// What a ring is opened by, as one would pass it to the other process.
struct Ring {
    memory: File,
    /// Rung when the ring is no longer empty.
    empty: File,
    /// Rung when the ring is no longer full.
    full: File,
}

impl Ring {
    fn new<const N: usize>() -> Result<Self, Reason> {
        let sender = Sender::<[u8; N]>::new(slots(N))?;
        Ok(Ring {
            memory: sender.memfd().as_file().try_clone()?,
            empty: sender.empty_signal().try_clone()?,
            full: sender.full_signal().try_clone()?,
        })
    }

    /// All three for one end of the ring.
    fn files(&self) -> Result<(File, File, File), Reason> {
        Ok((self.memory.try_clone()?, self.empty.try_clone()?, self.full.try_clone()?))
    }
}

pub(crate) struct ShmemIpc<const BATCHES: bool, const N: usize> {
    rings: [Ring; 2],
}

pub(crate) struct ShmemIpcPort<const BATCHES: bool, const N: usize> {
    sender: Sender<[u8; N]>,
    receiver: Receiver<[u8; N]>,
    /// Messages that are kept back until they are a batch.
    kept: Vec<Pattern>,
}

impl<const BATCHES: bool, const N: usize> Mechanism for ShmemIpc<BATCHES, N> {
    const NAME: &'static str = if BATCHES { "shmem-ipc, batches" } else { "shmem-ipc" };
    const KIND: Kind = Kind::Peer;
    const MANNER: Manner = if BATCHES { Manner::TypedBatches } else { Manner::InPlace };
    type Port = ShmemIpcPort<BATCHES, N>;

    fn prepare(_: &Setup<'_>) -> Result<Self, Reason> {
        Ok(ShmemIpc { rings: [Ring::new::<N>()?, Ring::new::<N>()?] })
    }

    fn open(&self, side: Side) -> Result<Self::Port, Reason> {
        let (send, receive) = side.of([&self.rings[0], &self.rings[1]]);
        let (memory, empty, full) = send.files()?;
        let sender = Sender::open(slots(N), memory, empty, full)?;
        let (memory, empty, full) = receive.files()?;
        let receiver = Receiver::open(slots(N), memory, empty, full)?;
        Ok(ShmemIpcPort { sender, receiver, kept: Vec::new() })
    }
}

impl<const BATCHES: bool, const N: usize> Port for ShmemIpcPort<BATCHES, N> {
    #[inline]
    fn send(&mut self, message: Pattern) -> Result<(), Reason> {
        if !BATCHES {
            return put(&mut self.sender, &[message]);
        }
        self.kept.push(message);
        if self.kept.len() * N >= BATCH { self.flush() } else { Ok(()) }
    }

    #[inline]
    fn flush(&mut self) -> Result<(), Reason> {
        put(&mut self.sender, &self.kept)?;
        self.kept.clear();
        Ok(())
    }

    #[inline]
    fn receive(&mut self, check: &mut Check) -> Result<(), Reason> {
        self.receiver.block_until_readable()?;
        let look = |messages: &[[u8; N]]| {
            messages.iter().for_each(|message| check.bytes(message));
            messages.len()
        };
        // SAFETY: the other end is this bench's own sender, which does not write what has not been taken yet.
        unsafe { self.receiver.receive_trusted(look) }?;
        Ok(())
    }
}

/// Sends messages, as many at once as there is room for.
#[inline]
fn put<const N: usize>(sender: &mut Sender<[u8; N]>, mut messages: &[Pattern]) -> Result<(), Reason> {
    while !messages.is_empty() {
        let mut put = 0;
        let fill = |slots: &mut [[u8; N]]| {
            put = slots.len().min(messages.len());
            slots.iter_mut().zip(messages).for_each(|(slot, message)| message.fill(0, slot));
            put
        };
        // SAFETY: the other end is this bench's own receiver, which does not read what has not been sent yet.
        unsafe { sender.send_trusted(fill) }?;
        if put == 0 {
            sender.block_until_writable()?;
        }
        messages = &messages[put..];
    }
    Ok(())
}
