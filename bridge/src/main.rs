//! `shmchat-bridge`: carries a channel to another machine.

#![forbid(unsafe_code)]

use shmchat::hint::errno_of;
use shmchat_bridge::cli;
use shmchat_bridge::failure::Failure;
use std::process::ExitCode;
use tokio::runtime::Builder;

fn main() -> ExitCode {
    frontend::cli::finish(run())
}

fn run() -> Result<(), Failure> {
    let arguments = cli::parse();
    let runtime = Builder::new_current_thread().enable_all().build();
    runtime.map_err(|error| Failure::Runtime(errno_of(&error)))?.block_on(shmchat_bridge::run(&arguments))
}
