//! `reader`: shows what the writer sends, or prints it on standard output.

#![forbid(unsafe_code)]

use clap::Parser;
use frontend::cli::{self, Failure, Flow, Looking, Reading, Shared, heading};
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
    looking: Looking,

    /// Remove what no living process uses, and report it
    ///
    /// With CHANNEL, clean that one only; otherwise every channel in the directory. Where messages are waiting, nothing is
    /// removed unless you add --force.
    #[arg(long, conflicts_with_all = ["stay", "status"], help_heading = heading::UPKEEP)]
    clean: bool,

    /// With --clean: even where messages are waiting
    #[arg(long, requires = "clean", conflicts_with = "status", help_heading = heading::UPKEEP)]
    force: bool,
}

fn main() -> ExitCode {
    cli::finish(run())
}

fn run() -> Result<(), Failure> {
    let arguments: Arguments = cli::parse(Role::Reader);
    if arguments.looking.status {
        cli::status(&arguments.shared, arguments.looking.json)
    } else if arguments.clean {
        cli::clean(&arguments.shared, arguments.force)
    } else {
        cli::run(Role::Reader, &arguments.shared, &Flow::from(&arguments.reading))
    }
}
