//! A pair of connected Unix stream sockets. <https://man7.org/linux/man-pages/man7/unix.7.html>

use super::bytes::StreamPort;
use super::sockets::widen;
use crate::mechanism::{Kind, Manner, Mechanism, Reason, Setup, Side};
use std::fs::File;
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::net::UnixStream;

pub(crate) struct UnixSockets<const BATCHES: bool, const N: usize> {
    ends: (OwnedFd, OwnedFd),
}

impl<const BATCHES: bool, const N: usize> Mechanism for UnixSockets<BATCHES, N> {
    const NAME: &'static str = if BATCHES { "Unix stream, batches" } else { "Unix stream" };
    const KIND: Kind = Kind::Peer;
    const MANNER: Manner = if BATCHES { Manner::TypedBatches } else { Manner::Single };
    type Port = StreamPort<BATCHES, N>;

    fn prepare(_: &Setup<'_>) -> Result<Self, Reason> {
        let (first, second) = UnixStream::pair()?;
        widen([first.as_fd(), second.as_fd()])?;
        Ok(UnixSockets { ends: (first.into(), second.into()) })
    }

    fn open(&self, side: Side) -> Result<Self::Port, Reason> {
        let mine: &OwnedFd = if side == Side::First { &self.ends.0 } else { &self.ends.1 };
        let sink: File = mine.try_clone()?.into();
        let source = sink.try_clone()?;
        Ok(StreamPort::new(sink, source))
    }
}
