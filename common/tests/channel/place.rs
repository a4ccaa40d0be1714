//! A channel of a test's own, and small steps.

use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use shmchat::ChannelName;
use shmchat::inspect::SegmentRef;
use shmchat::internals::layout::MIN_CAPACITY;
use shmchat::{Channel, Endpoint, Role};
use std::os::fd::AsFd;
use std::path::Path;

/// A channel in a folder of its own, whose segment goes with it also when the test fails.
pub(crate) struct Place {
    pub(crate) base: tempfile::TempDir,
}

impl Place {
    pub(crate) fn new() -> Self {
        Place { base: tempfile::tempdir().unwrap() }
    }

    pub(crate) fn channel(&self) -> Channel {
        Channel::named(ChannelName::default()).dir(self.base.path()).capacity(MIN_CAPACITY).unwrap()
    }

    pub(crate) fn open(&self, role: Role) -> Endpoint {
        self.channel().display_name(format!("the {role}")).attach(role).unwrap()
    }

    pub(crate) fn pair(&self) -> (Endpoint, Endpoint) {
        (self.open(Role::Writer), self.open(Role::Reader))
    }

    pub(crate) fn folder(&self) -> std::path::PathBuf {
        self.base.path().join("lobby")
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let _ = self.channel().clean(true);
    }
}

pub(crate) fn exists(at: &SegmentRef) -> bool {
    at.place.stat().is_ok()
}

pub(crate) fn has_doorbells(folder: &Path) -> bool {
    folder.join("to-reader").exists() || folder.join("to-writer").exists()
}

pub(crate) fn receive(endpoint: &mut Endpoint) -> Vec<u8> {
    endpoint.recv().expect("the other side has not quit").bytes.to_vec()
}

/// Sleeps in the caller's own poll, as [`Endpoint::arm`] allows.
pub(crate) fn sleep_on(endpoint: &mut Endpoint) {
    let mut fds = [PollFd::new(endpoint.as_fd(), PollFlags::POLLIN)];
    poll(&mut fds, PollTimeout::NONE).unwrap();
    endpoint.handle_wakeup().unwrap();
}
