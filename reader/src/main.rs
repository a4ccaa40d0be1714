//! `reader`: shows what the writer sends, or prints it on standard output.

#![forbid(unsafe_code)]

use clap::Parser;
use frontend::cli::{self, Failure, Flow, Reading, Shared, heading};
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

    /// Wait for the next writer after one quits
    #[arg(long, help_heading = heading::MESSAGES)]
    stay: bool,

    #[command(flatten)]
    reading: Reading,

    /// Show which channels there are, who is there, and what is waiting
    ///
    /// With CHANNEL, show that one only. Otherwise show every channel in the directory, and the segments that belong to
    /// none. Changes nothing.
    #[arg(long, conflicts_with_all = ["stay", "clean", "force"], help_heading = heading::UPKEEP)]
    status: bool,

    /// With --status: print one JSON object per line
    #[arg(long, requires = "status", help_heading = heading::UPKEEP)]
    json: bool,

    /// Remove what no living process uses, and report it
    ///
    /// With CHANNEL, clean that one only; otherwise every channel in the directory. Where messages are waiting, nothing is
    /// removed unless you add --force.
    #[arg(long, conflicts_with = "stay", help_heading = heading::UPKEEP)]
    clean: bool,

    /// With --clean: even where messages are waiting
    #[arg(long, requires = "clean", help_heading = heading::UPKEEP)]
    force: bool,
}

fn main() -> ExitCode {
    cli::finish(run())
}

fn run() -> Result<(), Failure> {
    let arguments: Arguments = cli::parse(Role::Reader);
    if arguments.status {
        cli::status(&arguments.shared, arguments.json)
    } else if arguments.clean {
        cli::clean(&arguments.shared, arguments.force)
    } else {
        let flow = Flow { stay: arguments.stay, ..Flow::from(&arguments.reading) };
        cli::run(Role::Reader, &arguments.shared, &flow)
    }
}
