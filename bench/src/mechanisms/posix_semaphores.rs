//! A ring of slots in POSIX shared memory, and two named semaphores that count what is free and what is filled: the bounded
//! buffer of the textbooks. <https://man7.org/linux/man-pages/man7/sem_overview.7.html>

use super::memory::Memory;
use super::sizes::slots;
use crate::mechanism::{Kind, Manner, Mechanism, Port, Reason, Setup, Side};
use crate::pattern::{Check, Pattern};
use nix::errno::Errno;
use nix::fcntl::OFlag;
use nix::sys::mman::{shm_open, shm_unlink};
use nix::sys::stat::Mode;
use std::ffi::{CString, c_uint};
use std::ptr::NonNull;
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

/// A semaphore whose name is gone already.
struct Semaphore(NonNull<libc::sem_t>);

// SAFETY: a semaphore is there to be used by several at once.
unsafe impl Send for Semaphore {}
// SAFETY: as above.
unsafe impl Sync for Semaphore {}

impl Semaphore {
    fn new(name: &str, count: usize) -> Result<Self, Reason> {
        let name = CString::new(name)?;
        let flags = libc::O_CREAT | libc::O_EXCL;
        let (mode, count) = (0o600 as libc::mode_t, c_uint::try_from(count)?);
        // SAFETY: the name ends in a zero byte, and mode and count are what these flags ask for.
        let semaphore = unsafe { libc::sem_open(name.as_ptr(), flags, mode, count) };
        let semaphore = Semaphore(NonNull::new(semaphore).ok_or_else(Errno::last)?);
        // SAFETY: the name ends in a zero byte.
        Errno::result(unsafe { libc::sem_unlink(name.as_ptr()) })?;
        Ok(semaphore)
    }

    #[inline]
    fn wait(&self) -> Result<(), Errno> {
        // SAFETY: it is open until it is dropped.
        Errno::result(unsafe { libc::sem_wait(self.0.as_ptr()) }).map(drop)
    }

    #[inline]
    fn post(&self) -> Result<(), Errno> {
        // SAFETY: it is open until it is dropped.
        Errno::result(unsafe { libc::sem_post(self.0.as_ptr()) }).map(drop)
    }
}

impl Drop for Semaphore {
    fn drop(&mut self) {
        // SAFETY: it is open, and nobody uses it any more.
        unsafe { libc::sem_close(self.0.as_ptr()) };
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
