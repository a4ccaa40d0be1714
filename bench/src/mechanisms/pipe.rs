//! An anonymous pipe in each direction. <https://man7.org/linux/man-pages/man7/pipe.7.html>

use super::bytes::StreamPort;
use crate::mechanism::{Kind, Manner, Mechanism, Reason, Setup, Side};
use nix::unistd::pipe;
use std::os::fd::OwnedFd;

pub(crate) struct Pipe<const BATCHES: bool, const N: usize> {
    ends: [(OwnedFd, OwnedFd); 2],
}

impl<const BATCHES: bool, const N: usize> Mechanism for Pipe<BATCHES, N> {
    const NAME: &'static str = if BATCHES { "pipe, batches" } else { "pipe" };
    const KIND: Kind = Kind::Peer;
    const MANNER: Manner = if BATCHES { Manner::TypedBatches } else { Manner::Single };
    type Port = StreamPort<BATCHES, N>;

    fn prepare(_: &Setup<'_>) -> Result<Self, Reason> {
        Ok(Pipe { ends: [pipe()?, pipe()?] })
    }

    fn open(&self, side: Side) -> Result<Self::Port, Reason> {
        let (send, receive) = side.of([&self.ends[0], &self.ends[1]]);
        Ok(StreamPort::over_pipes(send.1.try_clone()?.into(), receive.0.try_clone()?.into()))
    }
}
