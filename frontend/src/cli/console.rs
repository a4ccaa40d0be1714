//! Lines on standard output and standard error, and what the terminal can do.

use super::failure::Failure;
use crate::logging;
use crate::text::visible_line;
use shmchat::hint::errno_of;
use std::io::{self, IsTerminal, Write};

/// Prints a line that the user asked for. Only a closed pipe is not a failure.
pub(super) fn tell(line: &str) -> Result<(), Failure> {
    unless_closed(writeln!(io::stdout(), "{line}"))
}

/// The result of writing standard output. It is not a failure if nobody reads it any more.
pub(super) fn unless_closed(written: io::Result<()>) -> Result<(), Failure> {
    match written {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => Err(Failure::Output(errno_of(&error))),
        _ => Ok(()),
    }
}

/// A terminal that cannot place a cursor has no screen to draw on.
pub(super) fn is_dumb_terminal() -> bool {
    std::env::var_os("TERM").is_none_or(|term| term.is_empty() || term == "dumb")
}

/// Whether standard input and output are terminals, so that there is a screen to open.
pub(super) fn on_terminals() -> bool {
    io::stdin().is_terminal() && io::stdout().is_terminal()
}

/// Prints a line on standard output. It is not a failure if nobody reads it any more (a closed pipe, a lost terminal).
pub(super) fn print(line: &str) {
    let _ = writeln!(io::stdout(), "{line}");
}

/// Prints a text on standard error: beside what it is if it is a line, else below it, each line as it is, to be copied.
pub(super) fn say_lines(what: &str, text: &str) {
    match text.contains('\n') {
        false => say(&format!("{what} {text}")),
        true => {
            say(what);
            text.split('\n').for_each(|line| logging::to_screen(format!("{}\n", visible_line(line))));
        }
    }
}

/// Prints a line on standard error. It is not a failure if nobody can read it any more.
pub(super) fn say(line: &str) {
    let program = std::env::args_os().next().unwrap_or_default();
    let program = std::path::Path::new(&program).file_name().unwrap_or_default().to_string_lossy();
    logging::to_screen(format!("{program}: {}\n", visible_line(line)));
}
