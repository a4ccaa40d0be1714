//! From the words on the command line and in the config file to a program's arguments.

use super::args::end;
use super::config::{Config, ConfigError};
use super::console::{is_dumb_terminal, on_terminals, say, tell};
use super::exit::finish_with;
use super::help::{self, SHOW_CONFIG};
use super::program::Program;
use clap::Parser;
use shmchat::Role;
use std::ffi::OsString;
use std::process::exit;

/// Parses the arguments, and those of the config file. Ends the process if you asked for something else than a run (the help,
/// the version, completions, the man page, what the config says), or with one line and code 2 if they are wrong.
pub fn parse<P: Parser>(role: Role) -> P {
    parse_as(&Program::of(role))
}

/// The same for another program. Of the config file, it takes what is about the place of a channel and about the log.
pub fn parse_as<P: Parser>(program: &Program) -> P {
    let command = help::dress(P::command(), program);
    let short = !std::env::args_os().any(|argument| argument == "--help");
    let shown = if short { help::name_no_values(command.clone()) } else { command.clone() };
    let typed = shown.try_get_matches().unwrap_or_else(|error| end(&error));
    if let Some(result) = help::print_instead(command.clone(), &typed, program) {
        exit(finish_with(result).into())
    }
    let config = Config::read(&command, &typed).unwrap_or_else(|error| refuse(&error));
    if typed.get_flag(SHOW_CONFIG) {
        exit(finish_with(tell(config.shown().trim_end())).into())
    }
    let words = config.words(on_terminals() && !is_dumb_terminal());
    if words.is_empty() {
        return P::from_arg_matches(&typed).unwrap_or_else(|error| end(&error));
    }
    // Before what was typed, which may end in `--` and a channel's name.
    let mut arguments = std::env::args_os();
    let program = arguments.next().unwrap_or_else(|| OsString::from(command.get_name()));
    let all = [program].into_iter().chain(words).chain(arguments);
    let matches = command.clone().try_get_matches_from(all).unwrap_or_else(|error| end(&error));
    P::from_arg_matches(&matches).unwrap_or_else(|error| end(&error))
}

/// Ends the process because of what is in the config file, or of who could have put it there.
fn refuse(error: &ConfigError) -> ! {
    say(&error.to_string());
    exit(error.code().into())
}
