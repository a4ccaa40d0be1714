//! An IPC namespace of one's own: no segment stands in it but those made there.
//!
//! Keys have 32 bits, so a segment that another run has left may stand at a test's key; and a start looks at every segment
//! of its user. Neither is to depend on what else is on the machine.
//! <https://man7.org/linux/man-pages/man7/ipc_namespaces.7.html>

use nix::sched::{CloneFlags, unshare};
use std::cell::Cell;

thread_local! { static ALONE: Cell<bool> = const { Cell::new(false) } }

/// Gives this thread, and the threads and processes it starts from now on, an IPC namespace of their own, once; whether they
/// have one. Not where that takes more rights than we have: then they share the machine's.
pub fn alone() -> bool {
    if !ALONE.get() {
        ALONE.set(unshare(CloneFlags::CLONE_NEWIPC).is_ok());
    }
    ALONE.get()
}
