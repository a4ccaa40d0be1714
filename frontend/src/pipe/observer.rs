//! Watching while standard input is sent, for whoever shows progress.

use shmchat::Endpoint;
use std::time::Duration;

/// Watches a transfer. `()` does nothing.
pub trait Observer {
    /// This many more bytes were read. Called after every `read`, so it should do nothing most of the time.
    fn came(&mut self, bytes: usize, endpoint: &mut Endpoint);

    /// Called before a sleep: how soon there will be something worth showing. `None` if there is nothing; then the sleep has
    /// no timer.
    fn due(&self) -> Option<Duration>;

    /// That time has come.
    fn show(&mut self, endpoint: &mut Endpoint);
}

impl Observer for () {
    fn came(&mut self, _: usize, _: &mut Endpoint) {}

    fn due(&self) -> Option<Duration> {
        None
    }

    fn show(&mut self, _: &mut Endpoint) {}
}
