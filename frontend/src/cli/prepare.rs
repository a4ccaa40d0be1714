//! What a run needs of its process, before anything is made.

use super::args::Shared;
use super::failure::Failure;
use crate::logging::{self, LogTarget};
use nix::sys::stat::{Mode, umask};

/// What we make is ours alone from its first moment on, whatever the user's umask lets through or takes away: it may
/// take rights from us too, and then of two that start at once one finds a folder that it may not enter yet.
pub(super) fn keep_to_ourselves() {
    umask(Mode::S_IRWXG | Mode::S_IRWXO);
}

/// Starts the log as the arguments have it, but not on a screen that is taken.
pub(super) fn start_logging(shared: &Shared, screen_is_taken: bool) -> Result<(), Failure> {
    let target = match &shared.log_to {
        LogTarget::Screen if screen_is_taken => LogTarget::Nowhere,
        target => target.clone(),
    };
    logging::start(&target, shared.log_level()).map_err(|error| Failure::Log { target, error: error.to_string() })
}
