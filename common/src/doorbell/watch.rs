//! What else wakes a sleeper: a hand in the channel's folder.
//!
//! Whoever sleeps alone is woken by nobody if its key file, its lock file or its whole folder goes: the next start makes
//! others, and rings a doorbell that no one sleeps on. The kernel tells of it through an inotify instance, which lies in the
//! doorbell's epoll set and costs a sleeper nothing while nothing happens.
//!
//! The events are not read for what they say. They may be lost when there are too many (`IN_Q_OVERFLOW`), and what a name
//! meant when it was removed says nothing of what stands there now: so any event means "look at everything".
//!
//! # What is watched
//! | what | for | not for |
//! | --- | --- | --- |
//! | the folder | names that go or are replaced, and its own moving | `IN_CREATE`: a start makes files, and none of them harms who is here; `IN_MODIFY`: a ring is a write to a file in it |
//! | the key file | what is written to it | |
//! | the folder of channel folders | its own moving | what lies in it: other channels come and go |
//!
//! So a peer that starts, works and quits makes no event, but for a group's files, which get their names by renaming.
//!
//! A watched folder makes a write to a FIFO in it 27 ns slower and a read 34 ns (390 and 418 without, Linux 6.18 in a
//! virtual machine; 170 ns more each with `IN_MODIFY`), where waking a sleeper takes 5 µs. To close a used instance takes
//! 70 µs, since the kernel waits until nobody looks at its watches any more; an unused one 2 µs. So [`FolderWatch::new`] takes
//! a descriptor, early, so that a dying process's lock and doorbell have higher ones and go first, and
//! [`FolderWatch::begin`] uses it before the first sleep: who never sleeps never pays.
//!
//! <https://man7.org/linux/man-pages/man7/inotify.7.html>

use log::debug;
use nix::errno::Errno;
use nix::sys::inotify::{AddWatchFlags, InitFlags, Inotify};
use nix::unistd::read;
use std::os::fd::{AsFd, BorrowedFd};
use std::path::Path;

/// Bytes of events read at once: at least one with the longest name fits (16 and 256).
const READ_AT_ONCE: usize = 4096;

/// An inotify instance for a channel's folder.
#[derive(Debug)]
pub struct FolderWatch {
    inotify: Inotify,
    begun: bool,
}

impl FolderWatch {
    /// One that watches nothing yet; none where the system has none to spare (`fs.inotify.max_user_instances`): then who
    /// sleeps alone finds out what happened to its folder only when something else wakes it.
    pub fn new() -> Option<Self> {
        let inotify = Inotify::init(InitFlags::IN_CLOEXEC | InitFlags::IN_NONBLOCK);
        let inotify = inotify.inspect_err(|errno| debug!("the folder is not watched: {}", errno.desc()));
        Some(FolderWatch { inotify: inotify.ok()?, begun: false })
    }

    /// Begins to watch `folder` and the file in it that is called `key`; false if that was done before.
    ///
    /// Paths are what others find it by, so that is what is watched; look afterwards whether they lead where they should.
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

    /// Watches the file that is called `key` now: a watch stays with its file, whatever that is called.
    pub fn renew(&self, folder: &Path, key: &str) {
        self.add(&folder.join(key), AddWatchFlags::IN_MODIFY | AddWatchFlags::IN_DONT_FOLLOW);
    }

    /// What cannot be watched (`fs.inotify.max_user_watches`; or it has gone) is not.
    fn add(&self, path: &Path, what: AddWatchFlags) {
        let added = self.inotify.add_watch(path, what);
        if let Err(errno) = added {
            debug!("{} is not watched: {}", path.display(), errno.desc());
        }
    }

    /// Takes events away: all, or as many as are read at once. Never blocks.
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
