//! Looking on while standard input is sent: for who shows how far it is.

use shmchat::Endpoint;
use std::time::Duration;

/// Who looks on. `()` does not.
pub trait Observer {
    /// So many more bytes were read. Called after every `read`, so it should mostly do nothing.
    fn came(&mut self, bytes: usize, endpoint: &mut Endpoint);

    /// Called before a sleep: after what time something that came will be worth showing; none if there is no such thing,
    /// and then the sleep has no timer.
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
