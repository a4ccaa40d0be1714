//! `reader`: shows, or prints on standard output, what the writer sends.

#![forbid(unsafe_code)]

use clap::Parser;
use common::Role;
use common::cli::{self, Failure, Shared};
use std::process::ExitCode;

/// Listen to a writer through shared memory, and answer.
///
/// In a terminal: a screen to chat on. In a pipe: prints each message as a line, until the writer quits.
#[derive(Debug, Parser)]
#[command(
    version,
    after_help = "\
Examples:
  reader                    chat on the channel lobby; start `writer` in another terminal
  reader logs | grep error  print what a `tail -f log | writer logs` sends
  reader --clean            remove what killed processes left"
)]
struct Arguments {
    #[command(flatten)]
    shared: Shared,

    /// Wait for the next writer when one has quit
    #[arg(long)]
    stay: bool,

    /// Remove what no living process holds, of CHANNEL or of all, and say what
    #[arg(long, conflicts_with = "stay", help_heading = "Where the channel lies")]
    clean: bool,

    /// With --clean: also where messages wait
    #[arg(long, requires = "clean", help_heading = "Where the channel lies")]
    force: bool,
}

fn main() -> ExitCode {
    cli::finish(run())
}

fn run() -> Result<(), Failure> {
    let arguments: Arguments = cli::parse();
    if arguments.clean {
        cli::clean(&arguments.shared, arguments.force)
    } else {
        cli::run(Role::Reader, &arguments.shared, arguments.stay)
    }
}
