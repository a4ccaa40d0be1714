//! Namespaces of one's own, in which nothing stands but what was made there: of segments, and of mounts.
//!
//! Keys have 32 bits, so a segment that another run has left may stand at a test's key; and a start looks at every segment
//! of its user, and some at all that is in `/dev/shm`. Neither is to depend on what else is on the machine.
//! <https://man7.org/linux/man-pages/man7/ipc_namespaces.7.html>,
//! <https://man7.org/linux/man-pages/man7/mount_namespaces.7.html>

use nix::mount::{MsFlags, mount};
use nix::sched::{CloneFlags, unshare};
use std::cell::Cell;

thread_local! {
    static ALONE: Cell<bool> = const { Cell::new(false) };
    static OWN_DEV_SHM: Cell<bool> = const { Cell::new(false) };
}

/// Gives this thread, and the threads and processes it starts from now on, an IPC namespace of their own, once; whether they
/// have one. Not where that takes more rights than we have: then they share the machine's.
pub fn alone() -> bool {
    if !ALONE.get() {
        ALONE.set(unshare(CloneFlags::CLONE_NEWIPC).is_ok());
    }
    ALONE.get()
}

/// The same with a namespace of mounts, in which nothing that they mount is mounted for anybody else. Each call makes another.
pub(crate) fn own_mounts() -> bool {
    let private = MsFlags::MS_REC | MsFlags::MS_PRIVATE;
    unshare(CloneFlags::CLONE_NEWNS).is_ok() && mount(None::<&str>, "/", None::<&str>, private, None::<&str>).is_ok()
}

/// The same with a `/dev/shm`, once.
pub(crate) fn own_dev_shm() -> bool {
    if !OWN_DEV_SHM.get() {
        let mounted = || mount(Some("none"), "/dev/shm", Some("tmpfs"), MsFlags::empty(), Some("mode=1777")).is_ok();
        OWN_DEV_SHM.set(own_mounts() && mounted());
    }
    OWN_DEV_SHM.get()
}
