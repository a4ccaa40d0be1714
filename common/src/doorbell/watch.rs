//! What else wakes a sleeper: a change in the channel's folder.
//!
//! If its key file, its lock file or its whole folder disappears, nobody wakes a process that sleeps alone: the next
//! start creates new ones, and rings a doorbell that nobody sleeps on. The kernel reports this through an inotify
//! instance, which is in the doorbell's epoll set and costs a sleeper nothing while nothing happens.
//!
//! The contents of the events are ignored. Events may be lost if there are too many (`IN_Q_OVERFLOW`), and what a name
//! meant when it was removed says nothing about what is there now. So any event means "check everything".
//!
//! # What is watched
//! | what | for | not for |
//! | --- | --- | --- |
//! | the folder | names that disappear or are replaced, and the folder being moved | `IN_CREATE`: a start creates files, which harm nobody who is here; `IN_MODIFY`: a ring is a write to a file in it |
//! | the key file | writes to it | |
//! | the directory that holds the channels | it being moved | its contents: other channels come and go |
//!
//! So a peer that starts, works and quits causes no event, except for a group's files, which get their names by renaming.
//!
//! A watched folder makes a write to a FIFO in it 27 ns slower and a read 34 ns (390 and 418 without, Linux 6.18 in a
//! virtual machine; 170 ns more each with `IN_MODIFY`), while waking a sleeper takes 5 µs. Closing a used instance
//! takes 70 µs to 20 ms, because the kernel waits until nobody looks at its watches any more; an unused one takes 2 to
//! 10 µs. So [`FolderWatch::new`] takes a descriptor early, so that a dying process's lock and doorbell have higher ones
//! and are closed first, and [`FolderWatch::begin`] uses it before the first sleep: a process that never sleeps never
//! pays.
//!
//! <https://man7.org/linux/man-pages/man7/inotify.7.html>

use log::debug;
use nix::errno::Errno;
use nix::sys::inotify::{AddWatchFlags, InitFlags, Inotify};
use nix::unistd::read;
use std::os::fd::{AsFd, BorrowedFd};
use std::path::Path;

/// How many bytes of events are read at once: at least one event with the longest name fits (16 and 256).
const READ_AT_ONCE: usize = 4096;

/// An inotify instance for a channel's folder.
#[derive(Debug)]
pub struct FolderWatch {
    inotify: Inotify,
    begun: bool,
}

impl FolderWatch {
    /// An instance that watches nothing yet; `None` if the system has none to spare (`fs.inotify.max_user_instances`).
    /// Then a process that sleeps alone finds out what happened to its folder only when something else wakes it.
    pub fn new() -> Option<Self> {
        let inotify = Inotify::init(InitFlags::IN_CLOEXEC | InitFlags::IN_NONBLOCK);
        let inotify = inotify.inspect_err(|errno| debug!("the folder is not watched: {}", errno.desc()));
        Some(FolderWatch { inotify: inotify.ok()?, begun: false })
    }

    /// Begins to watch `folder` and the file in it that is called `key`; false if that was done before.
    ///
    /// Others find the folder by its path, so the path is watched. Check afterwards that it leads where it should.
    pub fn begin(&mut self, folder: &Path, key: &str) -> bool {
        if std::mem::replace(&mut self.begun, true) {
            return false;
        }
        let names_go = AddWatchFlags::IN_DELETE | AddWatchFlags::IN_MOVE;
        self.add(folder, names_go | AddWatchFlags::IN_MOVE_SELF | AddWatchFlags::IN_DONT_FOLLOW);
        if let Some(base) = folder.parent() {
            self.add(base, AddWatchFlags::IN_MOVE_SELF);
        }
        self.renew(folder, key);
        true
    }

    /// Watches the file that is now called `key`: a watch stays with its file, whatever that is called.
    pub fn renew(&self, folder: &Path, key: &str) {
        self.add(&folder.join(key), AddWatchFlags::IN_MODIFY | AddWatchFlags::IN_DONT_FOLLOW);
    }

    /// Watches a path if possible (it may be gone, or see `fs.inotify.max_user_watches`).
    fn add(&self, path: &Path, what: AddWatchFlags) {
        let added = self.inotify.add_watch(path, what);
        if let Err(errno) = added {
            debug!("{} is not watched: {}", path.display(), errno.desc());
        }
    }

    /// Discards events: all, or as many as are read at once. Never blocks.
    pub(super) fn drain(&self) -> Result<(), Errno> {
        match read(&self.inotify, &mut [0; READ_AT_ONCE]) {
            Ok(_) | Err(Errno::EAGAIN | Errno::EINTR) => Ok(()),
            Err(errno) => Err(errno),
        }
    }
}

impl AsFd for FolderWatch {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.inotify.as_fd()
    }
}
