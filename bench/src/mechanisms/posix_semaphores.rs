//! A ring of slots in POSIX shared memory, and two named semaphores that count what is free and what is filled: the bounded
//! buffer of the textbooks. <https://man7.org/linux/man-pages/man7/sem_overview.7.html>

use super::memory::Memory;
use super::sizes::slots;
use crate::mechanism::{Kind, Manner, Mechanism, Port, Reason, Setup, Side};
use crate::pattern::{Check, Pattern};
use crate::semaphore::Semaphore;
use nix::fcntl::OFlag;
use nix::sys::mman::{shm_open, shm_unlink};
use nix::sys::stat::Mode;
use std::sync::Arc;

pub(crate) struct PosixSemaphores {
    rings: [Arc<Ring>; 2],
}

struct Ring {
    memory: Memory,
    payload: usize,
    slots: usize,
    free: Semaphore,
    filled: Semaphore,
}

/// One side's end of a ring.
struct End {
    ring: Arc<Ring>,
    /// The slot that comes next.
    next: usize,
}

pub(crate) struct PosixSemaphoresPort {
    sink: End,
    source: End,
}

impl Ring {
    fn new(name: &str, payload: usize) -> Result<Arc<Self>, Reason> {
        let slots = slots(payload);
        let flags = OFlag::O_CREAT | OFlag::O_EXCL | OFlag::O_RDWR;
        let file = shm_open(name, flags, Mode::S_IRUSR | Mode::S_IWUSR)?;
        shm_unlink(name)?;
        let memory = Memory::map(file, slots * payload)?;
        let free = Semaphore::new(&format!("{name}-free"), slots)?;
        let filled = Semaphore::new(&format!("{name}-filled"), 0)?;
        Ok(Arc::new(Ring { memory, payload, slots, free, filled }))
    }
}

impl End {
    fn new(ring: &Arc<Ring>) -> Self {
        End { ring: Arc::clone(ring), next: 0 }
    }

    /// The slot that a semaphore has just given to this side.
    #[inline]
    fn slot(&mut self) -> &mut [u8] {
        let Ring { memory, payload, slots, .. } = &*self.ring;
        let offset = self.next * payload;
        self.next = (self.next + 1) % slots;
        // SAFETY: a slot is used by the one side that took it from a semaphore and has not given it to the other yet.
        unsafe { memory.bytes(offset, *payload) }
    }
}

impl Mechanism for PosixSemaphores {
    const NAME: &'static str = "POSIX memory, semaphores";
    const KIND: Kind = Kind::Peer;
    const MANNER: Manner = Manner::InPlace;
    type Port = PosixSemaphoresPort;

    fn prepare(setup: &Setup<'_>) -> Result<Self, Reason> {
        let run = setup.folder.file_name().map(|name| name.display().to_string()).unwrap_or_default();
        let ring = |direction| Ring::new(&format!("/shmchat-bench{run}-{direction}"), setup.payload);
        Ok(PosixSemaphores { rings: [ring("there")?, ring("back")?] })
    }

    fn open(&self, side: Side) -> Result<Self::Port, Reason> {
        let (send, receive) = side.of([&self.rings[0], &self.rings[1]]);
        Ok(PosixSemaphoresPort { sink: End::new(send), source: End::new(receive) })
    }
}

impl Port for PosixSemaphoresPort {
    #[inline]
    fn send(&mut self, message: Pattern) -> Result<(), Reason> {
        self.sink.ring.free.wait()?;
        message.fill(0, self.sink.slot());
        Ok(self.sink.ring.filled.post()?)
    }

    #[inline]
    fn receive(&mut self, check: &mut Check) -> Result<(), Reason> {
        self.source.ring.filled.wait()?;
        check.bytes(self.source.slot());
        Ok(self.source.ring.free.post()?)
    }
}
