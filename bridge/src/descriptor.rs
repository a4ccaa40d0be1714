//! A descriptor that the runtime waits for.

use std::future::pending;
use std::io;
use std::os::fd::{AsFd, OwnedFd};
use tokio::io::unix::AsyncFd;

/// A descriptor that the runtime waits for. It is one of its own for the same open file, because the runtime wants to own it.
#[derive(Debug)]
pub(crate) struct Watched(AsyncFd<OwnedFd>);

impl Watched {
    /// Watches this file.
    pub(crate) fn new(file: impl AsFd) -> io::Result<Self> {
        // Deprecated for those who give it a descriptor that they may close meanwhile. This one is owned.
        #[allow(deprecated)]
        let watched = AsyncFd::new(file.as_fd().try_clone_to_owned()?);
        watched.map(Watched)
    }

    /// Waits until it can be read. Then look at all that there is to read: the next call waits for something new.
    pub(crate) async fn readable(&self) {
        match self.0.readable().await {
            Ok(mut ready) => ready.clear_ready(),
            // The runtime has ended.
            Err(_) => pending().await,
        }
    }
}
