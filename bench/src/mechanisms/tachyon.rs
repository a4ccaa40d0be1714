//! The crate `tachyon-ipc`: a ring of records in a sealed memory file, handed over by a Unix socket.
//! <https://docs.rs/tachyon-ipc>
//!
//! A bus for each direction. A message is made and looked at where it lies, one at a time or many. A sender that finds the
//! ring full polls. A receiver that finds it empty polls for ever, and says so to its sender, which then leaves out the fence
//! and the look at who sleeps; or it polls 10,000 times, as in the crate's documentation, and then sleeps on a futex.
//!
//! In batches a sender that has committed 32 messages shows them by itself.
//!
//! A receiver gives room back with every 32nd message and never before, so a ring that holds fewer hangs. Here it holds as
//! many bytes as a lane of ours, or [`AT_LEAST`] messages if that is more: 4 MiB for messages of 64 KiB, 64 MiB for 1 MiB.
//!
//! What fills and looks is compiled by rustc, for any x86-64; the crate compiles itself for the processor that it finds.

use super::sizes::CAPACITY;
use crate::mechanism::{Kind, Manner, Mechanism, Port, Reason, Setup, Side};
use crate::pattern::{Check, Pattern};
use std::fs::File;
use std::marker::PhantomData;
use std::os::fd::AsRawFd;
use tachyon_ipc::{Bus, TachyonError};

/// Messages for which there must be room: 32 that are not given back, one that is looked at, and one that is made.
const AT_LEAST: usize = 34;

/// Bytes of a record beside its message, and to a multiple of which it is rounded up.
const HEADER: usize = 64;

/// Told to the receiver with each message. We have only one kind.
const TYPE: u32 = 1;

/// Messages that a receiver of batches takes at once, at most. The crate makes a list for so many each time.
const TAKEN: usize = 256;

/// How one waits, and what one does with a message.
pub(crate) trait Way: Sync {
    const NAME: &'static str;
    const MANNER: Manner;
    /// Looks before a receiver sleeps; it never does if there are as many as can be.
    const SPINS: u32;
}

pub(crate) struct Spinning;

impl Way for Spinning {
    const NAME: &'static str = "tachyon-ipc, spinning";
    const MANNER: Manner = Manner::InPlace;
    const SPINS: u32 = u32::MAX;
}

pub(crate) struct Sleeping;

impl Way for Sleeping {
    const NAME: &'static str = "tachyon-ipc, sleeping";
    const MANNER: Manner = Manner::InPlace;
    const SPINS: u32 = 10_000;
}

pub(crate) struct Batches;

impl Way for Batches {
    const NAME: &'static str = "tachyon-ipc, batches";
    const MANNER: Manner = Manner::Batches;
    const SPINS: u32 = u32::MAX;
}

pub(crate) struct Tachyon<W> {
    /// The run's folder, in which the sockets lie until both sides have met.
    folder: File,
    capacity: usize,
    way: PhantomData<W>,
}

pub(crate) struct TachyonPort<W> {
    sink: Bus,
    source: Bus,
    way: PhantomData<W>,
}

/// Bytes of a ring, a power of two.
fn capacity(payload: usize) -> usize {
    let record = (HEADER + payload).next_multiple_of(HEADER);
    // A record that does not fit before the end of the ring leaves that room unused.
    CAPACITY.max((AT_LEAST + 1) * record).next_power_of_two()
}

fn connect(path: &str) -> Result<Bus, Reason> {
    loop {
        match Bus::connect(path) {
            Ok(bus) => return Ok(bus),
            // The other side does not listen yet.
            Err(TachyonError::NetworkError | TachyonError::SystemError) => std::thread::yield_now(),
            Err(error) => return Err(error.into()),
        }
    }
}

impl<W: Way> Mechanism for Tachyon<W> {
    const NAME: &'static str = W::NAME;
    const KIND: Kind = Kind::Peer;
    const MANNER: Manner = W::MANNER;
    type Port = TachyonPort<W>;

    fn prepare(setup: &Setup<'_>) -> Result<Self, Reason> {
        Ok(Tachyon { folder: File::open(setup.folder)?, capacity: capacity(setup.payload), way: PhantomData })
    }

    fn open(&self, side: Side) -> Result<Self::Port, Reason> {
        // Short enough for a socket's name, however long the folder's own path is.
        let path = |name| format!("/proc/self/fd/{}/{name}", self.folder.as_raw_fd());
        // Each waits for the other, so both sides meet on the buses in the same order.
        let (sink, source) = match side {
            Side::First => {
                let sink = Bus::listen(&path("there"), self.capacity)?;
                (sink, connect(&path("back"))?)
            }
            Side::Second => {
                let source = connect(&path("there"))?;
                (Bus::listen(&path("back"), self.capacity)?, source)
            }
        };
        if W::SPINS == u32::MAX {
            source.set_polling_mode(1);
            sink.set_polling_mode(1);
        }
        Ok(TachyonPort { sink, source, way: PhantomData })
    }
}

impl<W: Way> Port for TachyonPort<W> {
    #[inline]
    fn send(&mut self, message: Pattern) -> Result<(), Reason> {
        let mut space = loop {
            match self.sink.acquire_tx(message.length) {
                Ok(space) => break space,
                // The receiver cannot make room for what it has not been shown.
                Err(TachyonError::BufferFull) => {
                    self.sink.flush();
                    std::hint::spin_loop();
                }
                Err(error) => return Err(error.into()),
            }
        };
        // SAFETY: the space is this side's until it is committed, and as long as was asked for; any bytes will do.
        message.fill(0, unsafe { space.as_mut_slice() });
        Ok(match W::MANNER {
            Manner::Batches => space.commit_unflushed(message.length, TYPE),
            _ => space.commit(message.length, TYPE),
        }?)
    }

    #[inline]
    fn flush(&mut self) -> Result<(), Reason> {
        self.sink.flush();
        Ok(())
    }

    #[inline]
    fn receive(&mut self, check: &mut Check) -> Result<(), Reason> {
        if W::MANNER == Manner::Batches {
            let messages = self.source.drain_batch(TAKEN, W::SPINS)?;
            messages.iter().for_each(|message| check.bytes(message.data()));
            return Ok(messages.commit()?);
        }
        let message = self.source.acquire_rx(W::SPINS)?;
        check.bytes(message.data());
        Ok(message.commit()?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_is_room_for_more_messages_than_a_receiver_holds_back() {
        assert_eq!([8, 64, 1024].map(capacity), [CAPACITY; 3]);
        assert_eq!([64 << 10, 1 << 20].map(capacity), [4 << 20, 64 << 20]);
    }
}
