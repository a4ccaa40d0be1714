//! `writer`: sends what you type, or what comes on standard input, to the reader.

#![forbid(unsafe_code)]

use clap::Parser;
use frontend::cli::{self, Failure, Flow, Looking, Shared, Writing};
use shmchat::Role;
use std::process::ExitCode;

/// Talk to a reader through shared memory.
///
/// In a terminal, opens a screen to chat on. In a pipe, sends each line of standard input as a message, and quits at the end
/// of input.
#[derive(Debug, Parser)]
#[command(version)]
struct Arguments {
    #[command(flatten)]
    shared: Shared,

    #[command(flatten)]
    writing: Writing,

    #[command(flatten)]
    looking: Looking,
}

fn main() -> ExitCode {
    cli::finish(run())
}

fn run() -> Result<(), Failure> {
    let arguments: Arguments = cli::parse(Role::Writer);
    if arguments.looking.is_asked()? {
        cli::status(&arguments.shared, &arguments.looking)
    } else {
        cli::run(Role::Writer, &arguments.shared, &Flow::from(&arguments.writing))
    }
}
