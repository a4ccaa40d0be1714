//! This program's library, in the ways in which it can be used.

use crate::mechanism::{self, Manner, Mechanism, Port, Reason, Setup, Side};
use crate::pattern::{Check, Pattern};
use shmchat::{Channel, Endpoint, Kind, MemoryKind, Part, RecvError, Role, TryRecvError, TrySendError};
use std::marker::PhantomData;
use std::path::{Path, PathBuf};

/// Bytes that the receiver of batches takes at once, and that the sender shows at once.
const BATCH: usize = 16 << 10;

/// Bytes of a message in place that are written and looked at word by word; longer ones in pieces.
const SHORT: usize = 128;

/// One way of using an endpoint.
pub(crate) trait Way: Sync {
    const NAME: &'static str;
    const MANNER: Manner;
    /// The kind of memory.
    const MEMORY: MemoryKind = MemoryKind::SysV;
    /// Sends a message, made in `space` or where it is to stand.
    fn send<const N: usize>(
        endpoint: &mut Endpoint,
        message: Pattern,
        space: &mut [u8; N],
        unsent: &mut usize,
    ) -> Result<(), shmchat::Error>;
    fn receive<const N: usize>(endpoint: &mut Endpoint, check: &mut Check) -> Result<(), shmchat::Error>;
}

/// `send` and `recv` for each message; who has nothing to do sleeps.
pub(crate) struct Single<M>(PhantomData<M>);

/// A kind of memory to do that in.
pub(crate) trait Memory: Sync {
    const NAME: &'static str;
    const KIND: MemoryKind;
}

pub(crate) struct SysV;
pub(crate) struct Posix;
pub(crate) struct File;

impl Memory for SysV {
    const NAME: &'static str = "shmchat";
    const KIND: MemoryKind = MemoryKind::SysV;
}

impl Memory for Posix {
    const NAME: &'static str = "shmchat, posix memory";
    const KIND: MemoryKind = MemoryKind::Posix;
}

impl Memory for File {
    const NAME: &'static str = "shmchat, a mapped file";
    const KIND: MemoryKind = MemoryKind::File;
}

impl<M: Memory> Way for Single<M> {
    const NAME: &'static str = M::NAME;
    const MANNER: Manner = Manner::Single;
    const MEMORY: MemoryKind = M::KIND;

    #[inline]
    fn send<const N: usize>(
        endpoint: &mut Endpoint,
        message: Pattern,
        space: &mut [u8; N],
        _: &mut usize,
    ) -> Result<(), shmchat::Error> {
        message.fill(0, space);
        endpoint.send(&*space).map(drop)
    }

    #[inline]
    fn receive<const N: usize>(endpoint: &mut Endpoint, check: &mut Check) -> Result<(), shmchat::Error> {
        unless_quit(endpoint.receiver().recv_batch(BATCH, |message| look::<N>(check, message.bytes)).map(drop))
    }
}

/// Messages shown and taken many at a time; who has nothing to do sleeps.
pub(crate) struct Batches;

impl Way for Batches {
    const NAME: &'static str = "shmchat, batches";
    const MANNER: Manner = Manner::Batches;

    #[inline]
    fn send<const N: usize>(
        endpoint: &mut Endpoint,
        message: Pattern,
        space: &mut [u8; N],
        unsent: &mut usize,
    ) -> Result<(), shmchat::Error> {
        message.fill(0, space);
        endpoint.sender().enqueue(&*space)?;
        *unsent += N + 8;
        if *unsent >= BATCH {
            *unsent = 0;
            endpoint.sender().flush()?;
        }
        Ok(())
    }

    #[inline]
    fn receive<const N: usize>(endpoint: &mut Endpoint, check: &mut Check) -> Result<(), shmchat::Error> {
        unless_quit(endpoint.receiver().recv_batch(BATCH, |message| look::<N>(check, message.bytes)).map(drop))
    }
}

/// `try_send` and `try_recv` in a loop: nobody ever sleeps.
pub(crate) struct Spinning;

impl Way for Spinning {
    const NAME: &'static str = "shmchat, spinning";
    const MANNER: Manner = Manner::Single;

    #[inline]
    fn send<const N: usize>(
        endpoint: &mut Endpoint,
        message: Pattern,
        space: &mut [u8; N],
        _: &mut usize,
    ) -> Result<(), shmchat::Error> {
        message.fill(0, space);
        loop {
            match endpoint.try_send(&*space) {
                Ok(_) => return Ok(()),
                Err(TrySendError::Channel(error)) => return Err(error),
                Err(_) => std::hint::spin_loop(),
            }
        }
    }

    #[inline]
    fn receive<const N: usize>(endpoint: &mut Endpoint, check: &mut Check) -> Result<(), shmchat::Error> {
        loop {
            match endpoint.try_recv() {
                Ok(message) => {
                    look::<N>(check, message.bytes);
                    return Ok(());
                }
                Err(TryRecvError::Channel(error)) => return Err(error),
                Err(TryRecvError::Quit) => return Ok(()),
                Err(_) => std::hint::spin_loop(),
            }
        }
    }
}

/// Made and looked at where it stands in the segment, copied by nobody but a piece at a time; in parts of a record's size
/// where it is longer.
pub(crate) struct InPlace;

impl Way for InPlace {
    const NAME: &'static str = "shmchat, in place";
    const MANNER: Manner = Manner::InPlace;

    #[inline]
    fn send<const N: usize>(
        endpoint: &mut Endpoint,
        message: Pattern,
        _: &mut [u8; N],
        _: &mut usize,
    ) -> Result<(), shmchat::Error> {
        let most = endpoint.sender().part_limit() / 8 * 8;
        for start in (0..N).step_by(most) {
            let length = most.min(N - start);
            let mut room = endpoint.sender().reserve(length..=length, None)?;
            if length <= SHORT {
                message.fill_words(start, &room.words()[..length / 8]);
            } else {
                room.fill_with(length, |at, piece| message.fill(start + at, piece));
            }
            room.commit(length, Kind::Bytes, Part::of(start == 0, start + length == N), false);
            endpoint.sender().flush()?;
        }
        Ok(())
    }

    #[inline]
    fn receive<const N: usize>(endpoint: &mut Endpoint, check: &mut Check) -> Result<(), shmchat::Error> {
        let view = endpoint.receiver().recv_view();
        unless_quit(view.map(|view| {
            if view.len() <= SHORT {
                check.words(&view.words()[..view.len() / 8]);
            } else {
                view.for_each_piece(|piece| check.bytes(piece));
            }
        }))
    }
}

/// The other side's quit is no error: the counts tell whether all came.
pub(super) fn unless_quit(received: Result<(), RecvError>) -> Result<(), shmchat::Error> {
    match received {
        Err(RecvError::Channel(error)) => Err(error),
        _ => Ok(()),
    }
}

/// Looks at a message of a size that the receiver knows beforehand, as one does who receives values of one type.
#[inline]
fn look<const N: usize>(check: &mut Check, message: &[u8]) {
    match <&[u8; N]>::try_from(message) {
        Ok(message) => check.bytes(message),
        Err(_) => check.bytes(message),
    }
}

/// Not by way of the stack, which has no room for the longest.
fn zeros<const N: usize>() -> Result<Box<[u8; N]>, Reason> {
    vec![0; N].into_boxed_slice().try_into().map_err(|_| Reason("another length".into()))
}

pub(crate) struct Shmchat<W, const N: usize> {
    folder: PathBuf,
    capacity: Option<u64>,
    way: PhantomData<W>,
}

pub(crate) struct ShmchatPort<W, const N: usize> {
    endpoint: Endpoint,
    message: Box<[u8; N]>,
    unsent: usize,
    way: PhantomData<W>,
}

/// The channel of a run.
pub(super) fn channel(folder: &Path) -> Result<Channel, shmchat::Error> {
    Ok(Channel::named("bench".parse()?).dir(folder))
}

impl<W, const N: usize> Drop for Shmchat<W, N> {
    /// Removes the segment where a run that failed left it.
    fn drop(&mut self) {
        if let Ok(channel) = channel(&self.folder) {
            let _ = channel.clean(true);
        }
    }
}

impl<W: Way, const N: usize> Mechanism for Shmchat<W, N> {
    const NAME: &'static str = W::NAME;
    const KIND: mechanism::Kind = match W::MEMORY {
        MemoryKind::SysV => mechanism::Kind::Ours,
        _ => mechanism::Kind::OursElsewhere,
    };
    const MANNER: Manner = W::MANNER;
    type Port = ShmchatPort<W, N>;

    fn prepare(setup: &Setup<'_>) -> Result<Self, Reason> {
        Ok(Shmchat { folder: setup.folder.into(), capacity: setup.capacity, way: PhantomData })
    }

    fn open(&self, side: Side) -> Result<Self::Port, Reason> {
        let role = if side == Side::First { Role::Writer } else { Role::Reader };
        let mut channel = channel(&self.folder)?;
        if let Some(bytes) = self.capacity {
            channel = channel.capacity(bytes)?;
        }
        let endpoint = channel.memory(W::MEMORY).attach(role)?;
        Ok(ShmchatPort { endpoint, message: zeros()?, unsent: 0, way: PhantomData })
    }
}

impl<W: Way, const N: usize> Port for ShmchatPort<W, N> {
    #[inline]
    fn send(&mut self, message: Pattern) -> Result<(), Reason> {
        W::send(&mut self.endpoint, message, &mut self.message, &mut self.unsent).map_err(|error| match error {
            shmchat::Error::TooLong { .. } => Reason::unable(error),
            error => error.into(),
        })
    }

    #[inline]
    fn flush(&mut self) -> Result<(), Reason> {
        Ok(self.endpoint.sender().flush()?)
    }

    #[inline]
    fn receive(&mut self, check: &mut Check) -> Result<(), Reason> {
        Ok(W::receive::<N>(&mut self.endpoint, check)?)
    }
}
