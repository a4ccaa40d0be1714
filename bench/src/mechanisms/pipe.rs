//! An anonymous pipe in each direction, written and read message by message.

use super::bytes::{read_whole, write_whole};
use crate::mechanism::{Kind, Mechanism, Port, Reason, Setup, Side};
use crate::pattern::{Check, Pattern};
use nix::unistd::pipe;
use std::fs::File;
use std::os::fd::OwnedFd;

pub(crate) struct Pipe {
    ends: [(OwnedFd, OwnedFd); 2],
}

pub(crate) struct PipePort {
    sink: File,
    source: File,
    message: Vec<u8>,
}

impl Mechanism for Pipe {
    const NAME: &'static str = "pipe";
    const KIND: Kind = Kind::Peer;
    type Port = PipePort;

    fn prepare(_: &Setup<'_>) -> Result<Self, Reason> {
        Ok(Pipe { ends: [pipe()?, pipe()?] })
    }

    fn open(&self, side: Side) -> Result<Self::Port, Reason> {
        let (send, receive) = side.of([&self.ends[0], &self.ends[1]]);
        Ok(PipePort { sink: send.1.try_clone()?.into(), source: receive.0.try_clone()?.into(), message: Vec::new() })
    }
}

impl Port for PipePort {
    fn send(&mut self, message: Pattern) -> Result<(), Reason> {
        write_whole(&mut self.sink, message, &mut self.message)
    }

    fn receive(&mut self, check: &mut Check) -> Result<(), Reason> {
        read_whole(&mut self.source, check, &mut self.message)
    }
}
