//! The end of a run: one line that says what went wrong, and the exit code.

use super::console::say;
use super::failure::Ending;
use crate::logging;
use log::info;
use std::process::ExitCode;

/// Says what went wrong in one line, and returns the exit code.
pub fn finish<E: Ending>(result: Result<(), E>) -> ExitCode {
    ExitCode::from(finish_with(result))
}

/// The same, as a number.
pub(super) fn finish_with<E: Ending>(result: Result<(), E>) -> u8 {
    match result {
        Ok(()) => 0,
        Err(failure) => {
            if failure.is_signal() {
                info!("{failure}");
            } else {
                logging::fatal(&failure.to_string());
                say(&failure.to_string());
            }
            failure.code()
        }
    }
}
