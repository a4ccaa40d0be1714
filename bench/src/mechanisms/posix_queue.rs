//! A POSIX message queue in each direction. <https://man7.org/linux/man-pages/man7/mq_overview.7.html>

use super::sizes::limit;
use crate::mechanism::{Kind, Manner, Mechanism, Port, Reason, Setup, Side};
use crate::pattern::{Check, Pattern};
use nix::mqueue::{MQ_OFlag, MqAttr, MqdT, mq_close, mq_open, mq_receive, mq_send, mq_unlink};
use nix::sys::stat::Mode;
use std::os::fd::{AsRawFd, FromRawFd};

/// Where the kernel says how long a message a user may send.
const LENGTH_MAX: &str = "/proc/sys/fs/mqueue/msgsize_max";

/// Where it says how many may wait in a queue. More wait in none of them, so that each gets what any user gets.
const COUNT_MAX: &str = "/proc/sys/fs/mqueue/msg_max";

pub(crate) struct PosixQueues {
    queues: [Queue; 2],
}

pub(crate) struct PosixQueuesPort {
    sink: MqdT,
    source: MqdT,
    message: Vec<u8>,
}

/// A queue without a name, which is gone once it is closed.
struct Queue(MqdT);

impl Queue {
    fn new(name: &str, payload: usize) -> Result<Self, Reason> {
        let length_max = limit(LENGTH_MAX)?;
        if payload > length_max {
            return Err(Reason(format!("a message is at most {length_max} bytes ({LENGTH_MAX})")));
        }
        let attributes = MqAttr::new(0, limit(COUNT_MAX)? as _, payload as _, 0);
        let flags = MQ_OFlag::O_CREAT | MQ_OFlag::O_EXCL | MQ_OFlag::O_RDWR | MQ_OFlag::O_CLOEXEC;
        let queue = Queue(mq_open(name, flags, Mode::S_IRUSR | Mode::S_IWUSR, Some(&attributes))?);
        mq_unlink(name)?;
        Ok(queue)
    }

    /// The same queue, for a side of its own.
    fn share(&self) -> MqdT {
        // SAFETY: the number is that of an open queue, and nothing closes it but the end of the process.
        unsafe { MqdT::from_raw_fd(self.0.as_raw_fd()) }
    }
}

impl Drop for Queue {
    fn drop(&mut self) {
        let _ = mq_close(self.share());
    }
}

impl Mechanism for PosixQueues {
    const NAME: &'static str = "POSIX message queue";
    const KIND: Kind = Kind::Peer;
    const MANNER: Manner = Manner::Single;
    type Port = PosixQueuesPort;

    fn prepare(setup: &Setup<'_>) -> Result<Self, Reason> {
        let run = setup.folder.file_name().map(|name| name.display().to_string()).unwrap_or_default();
        let queue = |direction| Queue::new(&format!("/shmchat-bench{run}-{direction}"), setup.payload);
        Ok(PosixQueues { queues: [queue("there")?, queue("back")?] })
    }

    fn open(&self, side: Side) -> Result<Self::Port, Reason> {
        let (send, receive) = side.of([&self.queues[0], &self.queues[1]]);
        Ok(PosixQueuesPort { sink: send.share(), source: receive.share(), message: Vec::new() })
    }
}

impl Port for PosixQueuesPort {
    #[inline]
    fn send(&mut self, message: Pattern) -> Result<(), Reason> {
        self.message.resize(message.length, 0);
        message.fill(0, &mut self.message);
        Ok(mq_send(&self.sink, &self.message, 0)?)
    }

    #[inline]
    fn receive(&mut self, check: &mut Check) -> Result<(), Reason> {
        self.message.resize(check.length(), 0);
        let count = mq_receive(&self.source, &mut self.message, &mut 0)?;
        check.bytes(&self.message[..count]);
        Ok(())
    }
}
