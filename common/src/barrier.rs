//! The memory barrier between a change and a look at a sleeper's flag, of which only the sleeper pays.
//!
//! Dekker's argument (see [`crate::doorbell::parking`]) needs a barrier on both sides. Whoever changes the ring does so many
//! million times a second, whoever goes to sleep does it once and enters the kernel anyway. So the sleeper asks the kernel to
//! put a barrier into every other process that relies on this: `membarrier(GLOBAL_EXPEDITED)`
//! (<https://man7.org/linux/man-pages/man2/membarrier.2.html>). On the other side, keeping the compiler from changing the
//! order is enough.
//!
//! | | a process that relies on sleepers | any other |
//! | --- | --- | --- |
//! | after a change, [`light`](Barrier::light) | compiler fence | fence(SeqCst) |
//! | before a sleep, [`heavy`](Barrier::heavy) | `membarrier` | fence(SeqCst); 10 ms more if the other side relies on sleepers |
//!
//! A process relies on sleepers once the kernel has registered it, and says so in the segment's header before it sends
//! anything. A kernel without `membarrier`, or a sandbox that forbids it, refuses the registration. If only one side may use
//! it, that side cannot reach the other, so a sleeper that may not waits 10 ms between its flag and its second look: no
//! processor keeps a store to itself for that long, since the next timer interrupt ends it.
//!
//! With a fence of its own, one `send` a message moved 88 million messages of 8 bytes a second, and 140 without it. The
//! `membarrier` costs the sleeper 2 to 10 µs while the other side is busy on another processor, and less than 1 µs otherwise;
//! a sleep and a wake-up cost 10 to 70 µs.
//!
//! The model checker cannot see into the kernel. There, both sides have a fence.

#[cfg(not(loom))]
use rustix::thread::{MembarrierCommand, membarrier};
use std::time::Duration;

/// How this process keeps changes and looks in order.
#[derive(Clone, Copy, Debug)]
pub struct Barrier {
    relies: bool,
}

/// Longer than any processor keeps a store from the others: timer interrupts come at least 100 times a second.
const LONGER_THAN_A_STORE: Duration = Duration::from_millis(10);

impl Barrier {
    /// A fence on each side.
    pub const FENCES: Self = Barrier { relies: false };

    /// Asks the kernel to let this process rely on sleepers. It is asked once; all threads count.
    #[cfg(not(loom))]
    pub fn register() -> Self {
        static RELIES: std::sync::OnceLock<bool> = std::sync::OnceLock::new();
        let register = || membarrier(MembarrierCommand::RegisterGlobalExpedited).is_ok();
        Barrier { relies: *RELIES.get_or_init(register) }
    }

    /// The same in a model.
    #[cfg(loom)]
    pub fn register() -> Self {
        Barrier::FENCES
    }

    /// Whether the other side must know that this process relies on it when it sleeps.
    pub fn relies(self) -> bool {
        self.relies
    }

    /// After a change, before the look at the flag: (B).
    #[inline]
    pub fn light(self) {
        if self.relies {
            std::sync::atomic::compiler_fence(std::sync::atomic::Ordering::SeqCst);
        } else {
            crate::sync::fence(crate::sync::Ordering::SeqCst);
        }
    }

    /// After the flag is raised, before the second look: (B'). `other_relies`: whether the other side relies on this.
    pub fn heavy(self, other_relies: impl FnOnce() -> bool) {
        #[cfg(not(loom))]
        if self.relies && membarrier(MembarrierCommand::GlobalExpedited).is_ok() {
            return;
        }
        crate::sync::fence(crate::sync::Ordering::SeqCst);
        if other_relies() {
            std::thread::sleep(LONGER_THAN_A_STORE);
        }
    }
}
