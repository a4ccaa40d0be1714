//! The command line that the binaries share: arguments, exit codes, and the choice between screen and pipe.
//!
//! From the bottom up: a file imports only from those above it in this list.
//!
//! | file | what it does |
//! | --- | --- |
//! | `failure` | why a run failed, and its exit code |
//! | `size` | sizes, as people write them |
//! | `console` | lines on standard output and standard error |
//! | `exit` | the end of a run: its line and its exit code |
//! | `program` | what a program's help says beside its options |
//! | `help` | headings, examples, completions, the man page |
//! | `place` | the options that say where a channel is |
//! | `log_options` | those about the log |
//! | `args` | all options of `reader` and `writer`, and what their values mean |
//! | `upkeep` | the arguments that look after channels |
//! | `flow` | how messages flow through a pipe |
//! | `working` | those of a pool of workers |
//! | `config` | the config file |
//! | `parse` | the words of the command line and the config file as arguments |
//! | `advisor` | the commands that help, with this run's arguments |
//! | `channels` | the channels that the arguments name |
//! | `prepare` | umask and log |
//! | `transfer_bar` | the progress bar of a long transfer |
//! | `run` | the screen or the pipe |
//! | `pool` | a pool of workers |
//! | `status`, `clean` | what is there, and removing it |
//!
//! A binary's `main` parses its arguments, calls [`run`](run()), [`status`](status()) or [`clean`](clean()), and turns the
//! result into an exit code with [`finish`].

mod advisor;
mod args;
mod channels;
mod clean;
mod config;
mod console;
mod exit;
mod failure;
mod flow;
mod help;
mod log_options;
mod parse;
mod place;
mod pool;
mod prepare;
mod program;
mod run;
mod size;
mod status;
mod transfer_bar;
mod upkeep;
mod working;

pub use args::{Color, Shared, seconds};
pub use clean::clean;
pub use exit::finish;
pub use failure::{EXIT_CODES, Ending, Failure};
pub use flow::{Flow, Reading, Writing};
pub use help::heading;
pub use log_options::{LogLevel, Logging};
pub use parse::{parse, parse_as};
pub use place::Place;
pub use pool::pool;
pub use prepare::prepare;
pub use program::Program;
pub use run::run;
pub use status::status;
pub use upkeep::{Cleaning, Extent, Looking};
pub use working::Working;
