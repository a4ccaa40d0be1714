//! A System V message queue in each direction. <https://man7.org/linux/man-pages/man7/sysvipc.7.html>

use super::sizes::limit;
use crate::mechanism::{Kind, Manner, Mechanism, Port, Reason, Setup, Side};
use crate::pattern::{Check, Pattern};
use nix::errno::Errno;
use std::ffi::{c_int, c_long};

/// Where the kernel says how long a message may be.
const LENGTH_MAX: &str = "/proc/sys/kernel/msgmax";

/// Bytes of the message's type, which stands before the message.
const TYPE: usize = size_of::<c_long>();

pub(crate) struct SysvQueues {
    queues: [Queue; 2],
}

pub(crate) struct SysvQueuesPort {
    sink: c_int,
    source: c_int,
    /// Type and message.
    message: Vec<u8>,
}

/// A queue, removed once both sides are done: unlike a segment it cannot be removed while in use.
struct Queue(c_int);

impl Queue {
    fn new() -> Result<Self, Reason> {
        // SAFETY: takes no memory of ours.
        Ok(Queue(Errno::result(unsafe { libc::msgget(libc::IPC_PRIVATE, 0o600) })?))
    }
}

impl Drop for Queue {
    fn drop(&mut self) {
        // SAFETY: this command writes nothing, so it takes a null pointer.
        let _ = unsafe { libc::msgctl(self.0, libc::IPC_RMID, std::ptr::null_mut()) };
    }
}

impl Mechanism for SysvQueues {
    const NAME: &'static str = "System V message queue";
    const KIND: Kind = Kind::Peer;
    const MANNER: Manner = Manner::Single;
    type Port = SysvQueuesPort;

    fn prepare(setup: &Setup<'_>) -> Result<Self, Reason> {
        let length_max = limit(LENGTH_MAX)?;
        if setup.payload > length_max {
            return Err(Reason(format!("a message is at most {length_max} bytes ({LENGTH_MAX})")));
        }
        Ok(SysvQueues { queues: [Queue::new()?, Queue::new()?] })
    }

    fn open(&self, side: Side) -> Result<Self::Port, Reason> {
        let (send, receive) = side.of([&self.queues[0], &self.queues[1]]);
        Ok(SysvQueuesPort { sink: send.0, source: receive.0, message: Vec::new() })
    }
}

impl Port for SysvQueuesPort {
    #[inline]
    fn send(&mut self, message: Pattern) -> Result<(), Reason> {
        self.message.resize(TYPE + message.length, 0);
        let (kind, bytes) = self.message.split_at_mut(TYPE);
        kind.copy_from_slice(&c_long::to_ne_bytes(1));
        message.fill(0, bytes);
        // SAFETY: the vector holds the type and then as many bytes as are said to be sent.
        Errno::result(unsafe { libc::msgsnd(self.sink, self.message.as_ptr().cast(), message.length, 0) })?;
        Ok(())
    }

    #[inline]
    fn receive(&mut self, check: &mut Check) -> Result<(), Reason> {
        self.message.resize(TYPE + check.length(), 0);
        let space = self.message.as_mut_ptr().cast();
        // SAFETY: the vector has room for the type and then for as many bytes as are said to be taken.
        let count = Errno::result(unsafe { libc::msgrcv(self.source, space, check.length(), 0, 0) })?;
        check.bytes(&self.message[TYPE..TYPE + count as usize]);
        Ok(())
    }
}
