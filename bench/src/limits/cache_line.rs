//! One word that two processes hand to each other: the least that anything takes that passes through shared memory.

use crate::measure::{Cpus, RoundTrips, in_two_processes, timed};
use crate::mechanism::{Reason, Side};
use nix::sys::mman::{MapFlags, ProtFlags, mmap_anonymous, munmap};
use std::num::NonZeroUsize;
use std::ptr::NonNull;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

/// Set in the last number.
const LAST: u64 = 1 << 63;

const PAGE: NonZeroUsize = NonZeroUsize::new(4096).expect("not zero");

/// A word on a page that forked processes share.
struct SharedWord(NonNull<AtomicU64>);

impl SharedWord {
    fn new() -> Result<Self, Reason> {
        let (rights, flags) = (ProtFlags::PROT_READ | ProtFlags::PROT_WRITE, MapFlags::MAP_SHARED);
        // SAFETY: a new mapping, at an address that the kernel chooses, touches no memory of ours.
        let page = unsafe { mmap_anonymous(None, PAGE, rights, flags) }?;
        Ok(SharedWord(page.cast()))
    }

    fn word(&self) -> &AtomicU64 {
        // SAFETY: the page is mapped until `drop`, aligned, and zero at first; all access to it is through this word.
        unsafe { self.0.as_ref() }
    }
}

impl Drop for SharedWord {
    fn drop(&mut self) {
        // SAFETY: mapped by `new` with this length, and no reference outlives `self`.
        let _ = unsafe { munmap(self.0.cast(), PAGE.get()) };
    }
}

/// The first side stores odd numbers, the second answers each with the next even one.
pub(super) fn round_trips(cpus: Cpus, time: u64) -> Result<RoundTrips, Reason> {
    let shared = SharedWord::new()?;
    let [[p50, p99, p999], _] = in_two_processes(|side, meeting| {
        cpus.pin(side)?;
        let word = shared.word();
        meeting.wait()?;
        match side {
            Side::First => {
                let trips = timed(time, |number, last| {
                    word.store((2 * number + 1) | if last { LAST } else { 0 }, Relaxed);
                    while word.load(Relaxed) != 2 * number + 2 {}
                    Ok(())
                })?;
                Ok(trips.figures())
            }
            Side::Second => {
                for number in 0.. {
                    let found = loop {
                        let found = word.load(Relaxed);
                        if found & !LAST == 2 * number + 1 {
                            break found;
                        }
                    };
                    word.store(2 * number + 2, Relaxed);
                    if found & LAST != 0 {
                        break;
                    }
                }
                Ok([0; 3])
            }
        }
    })?;
    Ok(RoundTrips { p50, p99, p999 })
}
