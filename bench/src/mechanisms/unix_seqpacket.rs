//! A pair of connected Unix sockets that keep messages apart. <https://man7.org/linux/man-pages/man7/unix.7.html>

use super::sockets::{WMEM_MAX, allowed, widen};
use crate::mechanism::{Kind, Manner, Mechanism, Port, Reason, Setup, Side};
use crate::pattern::{Check, Pattern};
use nix::errno::Errno;
use nix::sys::socket::{AddressFamily, MsgFlags, SockFlag, SockType, recv, send, socketpair};
use std::os::fd::{AsFd, AsRawFd, OwnedFd};

pub(crate) struct UnixSeqpacket {
    ends: (OwnedFd, OwnedFd),
}

pub(crate) struct UnixSeqpacketPort {
    socket: OwnedFd,
    message: Vec<u8>,
}

impl Mechanism for UnixSeqpacket {
    const NAME: &'static str = "Unix seqpacket";
    const KIND: Kind = Kind::Peer;
    const MANNER: Manner = Manner::Single;
    type Port = UnixSeqpacketPort;

    fn prepare(_: &Setup<'_>) -> Result<Self, Reason> {
        let ends = socketpair(AddressFamily::Unix, SockType::SeqPacket, None, SockFlag::SOCK_CLOEXEC)?;
        widen([ends.0.as_fd(), ends.1.as_fd()])?;
        Ok(UnixSeqpacket { ends })
    }

    fn open(&self, side: Side) -> Result<Self::Port, Reason> {
        let mine: &OwnedFd = if side == Side::First { &self.ends.0 } else { &self.ends.1 };
        Ok(UnixSeqpacketPort { socket: mine.try_clone()?, message: Vec::new() })
    }
}

impl Port for UnixSeqpacketPort {
    #[inline]
    fn send(&mut self, message: Pattern) -> Result<(), Reason> {
        self.message.resize(message.length, 0);
        message.fill(0, &mut self.message);
        match send(self.socket.as_raw_fd(), &self.message, MsgFlags::empty()) {
            Ok(_) => Ok(()),
            Err(Errno::EMSGSIZE) => Err(Reason(format!(
                "a message must fit into the socket's buffer, at most twice the {} bytes of {WMEM_MAX}",
                allowed()?
            ))),
            Err(error) => Err(error.into()),
        }
    }

    #[inline]
    fn receive(&mut self, check: &mut Check) -> Result<(), Reason> {
        self.message.resize(check.length(), 0);
        let count = recv(self.socket.as_raw_fd(), &mut self.message, MsgFlags::empty())?;
        check.bytes(&self.message[..count]);
        Ok(())
    }
}
