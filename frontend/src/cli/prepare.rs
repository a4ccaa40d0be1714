//! What a run sets up in its process before it creates anything.

use super::args::Shared;
use super::failure::Failure;
use crate::logging::{self, LogTarget};
use nix::sys::stat::{Mode, umask};

/// Keeps what we create private from its first moment on, whatever the user's umask is. A umask may also take rights away from
/// ourselves; then, of two processes that start at once, one would find a folder that it may not enter yet.
pub(super) fn keep_to_ourselves() {
    umask(Mode::S_IRWXG | Mode::S_IRWXO);
}

/// Starts the log as the arguments say, but never on a screen that is taken.
pub(super) fn start_logging(shared: &Shared, screen_is_taken: bool) -> Result<(), Failure> {
    let target = match &shared.log_to {
        LogTarget::Screen if screen_is_taken => LogTarget::Nowhere,
        target => target.clone(),
    };
    logging::start(&target, shared.log_level()).map_err(|error| Failure::Log { target, error: error.to_string() })
}
