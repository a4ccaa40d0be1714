//! The guided tour: `make tour`.
#![forbid(unsafe_code)]

use std::io::{Write, stderr};
use std::process::ExitCode;

fn main() -> ExitCode {
    match shmchat_tour::cli::run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // The terminal may be what is lost.
            let _ = writeln!(stderr(), "shmchat-tour: {error}");
            ExitCode::FAILURE
        }
    }
}
