//! This program's library, in the ways in which it can be used.

use crate::mechanism::{Kind, Mechanism, Port, Reason, Setup, Side};
use crate::pattern::{Check, Pattern};
use common::{Channel, Endpoint, Received, Role};
use std::marker::PhantomData;
use std::path::PathBuf;

/// Bytes that the receiver of batches takes at once, and that the sender shows at once.
const BATCH: usize = 16 << 10;

/// One way of using an endpoint.
pub(crate) trait Way: Sync {
    const NAME: &'static str;
    fn send(endpoint: &mut Endpoint, message: &[u8], unsent: &mut usize) -> Result<(), common::Error>;
    fn receive(endpoint: &mut Endpoint, check: &mut Check) -> Result<(), common::Error>;
}

/// `send` and `recv` for each message; who has nothing to do sleeps.
pub(crate) struct Single;

impl Way for Single {
    const NAME: &'static str = "shmchat";

    #[inline]
    fn send(endpoint: &mut Endpoint, message: &[u8], _: &mut usize) -> Result<(), common::Error> {
        endpoint.send(message).map(drop)
    }

    #[inline]
    fn receive(endpoint: &mut Endpoint, check: &mut Check) -> Result<(), common::Error> {
        if let Some(message) = endpoint.recv()? {
            check.bytes(message.bytes);
        }
        Ok(())
    }
}

/// Messages shown and taken many at a time; who has nothing to do sleeps.
pub(crate) struct Batches;

impl Way for Batches {
    const NAME: &'static str = "shmchat, batches";

    #[inline]
    fn send(endpoint: &mut Endpoint, message: &[u8], unsent: &mut usize) -> Result<(), common::Error> {
        endpoint.queue(message)?;
        *unsent += message.len() + 8;
        if *unsent >= BATCH {
            *unsent = 0;
            endpoint.flush()?;
        }
        Ok(())
    }

    #[inline]
    fn receive(endpoint: &mut Endpoint, check: &mut Check) -> Result<(), common::Error> {
        endpoint.recv_batch(BATCH, |message| check.bytes(message.bytes)).map(drop)
    }
}

/// `try_send` and `try_recv` in a loop: nobody ever sleeps.
pub(crate) struct Spinning;

impl Way for Spinning {
    const NAME: &'static str = "shmchat, spinning";

    #[inline]
    fn send(endpoint: &mut Endpoint, message: &[u8], _: &mut usize) -> Result<(), common::Error> {
        while endpoint.try_send(message)?.is_none() {
            std::hint::spin_loop();
        }
        Ok(())
    }

    #[inline]
    fn receive(endpoint: &mut Endpoint, check: &mut Check) -> Result<(), common::Error> {
        loop {
            match endpoint.try_recv()? {
                Received::Message(message) => {
                    check.bytes(message.bytes);
                    return Ok(());
                }
                Received::Empty => std::hint::spin_loop(),
                Received::Ended => return Ok(()),
            }
        }
    }
}

pub(crate) struct Shmchat<W> {
    folder: PathBuf,
    way: PhantomData<W>,
}

pub(crate) struct ShmchatPort<W> {
    endpoint: Endpoint,
    message: Vec<u8>,
    unsent: usize,
    way: PhantomData<W>,
}

impl<W: Way> Mechanism for Shmchat<W> {
    const NAME: &'static str = W::NAME;
    const KIND: Kind = Kind::Ours;
    type Port = ShmchatPort<W>;

    fn prepare(setup: &Setup<'_>) -> Result<Self, Reason> {
        Ok(Shmchat { folder: setup.folder.into(), way: PhantomData })
    }

    fn open(&self, side: Side) -> Result<Self::Port, Reason> {
        let role = if side == Side::First { Role::Writer } else { Role::Reader };
        let mut channel = Channel::named("bench".parse()?).dir(&self.folder);
        if let Some(bytes) = std::env::var("CAPACITY").ok().and_then(|bytes| bytes.parse().ok()) {
            channel = channel.capacity(bytes)?;
        }
        let endpoint = channel.attach(role)?;
        Ok(ShmchatPort { endpoint, message: Vec::new(), unsent: 0, way: PhantomData })
    }
}

impl<W: Way> Port for ShmchatPort<W> {
    #[inline]
    fn send(&mut self, message: Pattern) -> Result<(), Reason> {
        self.message.resize(message.length, 0);
        message.fill(0, &mut self.message);
        Ok(W::send(&mut self.endpoint, &self.message, &mut self.unsent)?)
    }

    #[inline]
    fn flush(&mut self) -> Result<(), Reason> {
        Ok(self.endpoint.flush()?)
    }

    #[inline]
    fn receive(&mut self, check: &mut Check) -> Result<(), Reason> {
        Ok(W::receive(&mut self.endpoint, check)?)
    }
}
