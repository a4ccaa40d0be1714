//! `reader`: shows, or prints on standard output, what the writer sends.

#![forbid(unsafe_code)]

use clap::Parser;
use frontend::cli::{self, Failure, Flow, Reading, Shared, heading};
use shmchat::Role;
use std::process::ExitCode;

/// Listen to a writer through shared memory, and answer.
///
/// In a terminal: a screen to chat on. In a pipe: prints each message as a line, until the writer quits.
#[derive(Debug, Parser)]
#[command(version)]
struct Arguments {
    #[command(flatten)]
    shared: Shared,

    /// Wait for the next writer when one has quit
    #[arg(long, help_heading = heading::MESSAGES)]
    stay: bool,

    #[command(flatten)]
    reading: Reading,

    /// Show what there is, who is there, and what waits
    ///
    /// Of CHANNEL, or of all channels in the folder, and what lies in memory without one. Changes nothing.
    #[arg(long, conflicts_with_all = ["stay", "clean", "force"], help_heading = heading::UPKEEP)]
    status: bool,

    /// With --status: a JSON object per line
    #[arg(long, requires = "status", help_heading = heading::UPKEEP)]
    json: bool,

    /// Remove what no living process holds, and say what
    ///
    /// Of CHANNEL, or of all channels in the folder. Where messages wait nothing is removed, unless --force.
    #[arg(long, conflicts_with = "stay", help_heading = heading::UPKEEP)]
    clean: bool,

    /// With --clean: also where messages wait
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
