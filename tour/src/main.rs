//! The guided tour: `make tour`.
#![forbid(unsafe_code)]

use std::process::ExitCode;

fn main() -> ExitCode {
    match shmchat_tour::cli::run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("shmchat-tour: {error}");
            ExitCode::FAILURE
        }
    }
}
