//! ipc-channel's channels of bytes, which do without serialisation. <https://docs.rs/ipc-channel>
//!
//! Its shared memory, one for each message, was slower at every size: half as fast at 1 MiB.

use super::ends::Ends;
use crate::mechanism::{Kind, Manner, Mechanism, Port, Reason, Setup, Side};
use crate::pattern::{Check, Pattern};
use ipc_channel::ipc::{IpcBytesReceiver, IpcBytesSender, bytes_channel};

pub(crate) struct IpcChannel {
    /// Both ends are inherited; sent over another channel they would be the same.
    ends: Ends<IpcChannelPort>,
}

pub(crate) struct IpcChannelPort {
    sender: IpcBytesSender,
    receiver: IpcBytesReceiver,
    message: Vec<u8>,
}

impl Mechanism for IpcChannel {
    const NAME: &'static str = "ipc-channel";
    const KIND: Kind = Kind::Peer;
    const MANNER: Manner = Manner::Single;
    type Port = IpcChannelPort;

    fn prepare(_: &Setup<'_>) -> Result<Self, Reason> {
        let (there, arriving) = bytes_channel()?;
        let (back, returning) = bytes_channel()?;
        let port = |sender, receiver| IpcChannelPort { sender, receiver, message: Vec::new() };
        Ok(IpcChannel { ends: Ends::new(port(there, returning), port(back, arriving)) })
    }

    fn open(&self, side: Side) -> Result<Self::Port, Reason> {
        self.ends.take(side)
    }
}

impl Port for IpcChannelPort {
    fn send(&mut self, message: Pattern) -> Result<(), Reason> {
        self.message.resize(message.length, 0);
        message.fill(0, &mut self.message);
        Ok(self.sender.send(&self.message)?)
    }

    fn receive(&mut self, check: &mut Check) -> Result<(), Reason> {
        check.bytes(&self.receiver.recv()?);
        Ok(())
    }
}
