//! What a run sets up in its process before it creates anything.

use super::failure::Failure;
use super::log_options::Logging;
use crate::logging::{self, LogTarget};
use nix::sys::stat::{Mode, umask};
use shmchat::hint::errno_of;

/// Sets up what all programs need of their process.
///
/// - What we create is private from its first moment on, whatever the user's umask is. A umask may also take rights away from
///   ourselves; then, of two processes that start at once, one would find a folder that it may not enter yet.
/// - A memory's file that somebody cuts short is an error, not the end.
///
/// Returns the umask that the user had.
///
/// # Errors
/// If the system refuses it.
pub(super) fn set_up_process() -> Result<Mode, Failure> {
    let theirs = umask(Mode::S_IRWXG | Mode::S_IRWXO);
    shmchat::handle_sigbus().map_err(|error| Failure::Signals(errno_of(&error)))?;
    Ok(theirs)
}

/// Sets up a program that has no screen.
///
/// # Errors
/// If the log cannot be written.
pub fn prepare(log: &Logging) -> Result<(), Failure> {
    set_up_process()?;
    start_logging(log, false)
}

/// Starts the log as the arguments say, but never on a screen that is taken.
pub(super) fn start_logging(log: &Logging, screen_is_taken: bool) -> Result<(), Failure> {
    let target = match &log.log_to {
        LogTarget::Screen if screen_is_taken => LogTarget::Nowhere,
        target => target.clone(),
    };
    logging::start(&target, log.log_level()).map_err(|error| Failure::Log { target, error: error.to_string() })
}
