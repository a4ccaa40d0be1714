//! `reader`: shows what the writer sends, or prints it on standard output.

#![forbid(unsafe_code)]

use clap::Parser;
use frontend::cli::{self, Cleaning, Failure, Flow, Looking, Reading, Shared, Working};
use frontend::exec;
use shmchat::Role;
use std::process::ExitCode;

/// Listen to a writer through shared memory, and reply.
///
/// In a terminal, opens a screen to chat on. In a pipe, prints each message as a line until the writer quits.
#[derive(Debug, Parser)]
#[command(version)]
struct Arguments {
    #[command(flatten)]
    shared: Shared,

    #[command(flatten)]
    reading: Reading,

    #[command(flatten)]
    working: Working,

    #[command(flatten)]
    looking: Looking,

    #[command(flatten)]
    cleaning: Cleaning,
}

fn main() -> ExitCode {
    if exec::watch_if_asked() {
        return ExitCode::SUCCESS;
    }
    cli::finish(run())
}

fn run() -> Result<(), Failure> {
    let arguments: Arguments = cli::parse(Role::Reader);
    if arguments.looking.is_asked()? {
        cli::status(&arguments.shared, &arguments.looking)
    } else if let Some(extent) = arguments.cleaning.extent()? {
        cli::clean(&arguments.shared, extent)
    } else if let Some(pooling) = arguments.working.pooling(&arguments.shared, &arguments.reading)? {
        cli::pool(&arguments.shared, &pooling)
    } else {
        cli::run(Role::Reader, &arguments.shared, &Flow::from(&arguments.reading))
    }
}
