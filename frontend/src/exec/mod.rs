//! A pool of workers behind the reader: `--exec`, `--shell`, `--worker`.
//!
//! Each message is work for a command. It leaves the channel when its command has done it, so whoever is killed, nothing is
//! done zero times. [`run()`] has the loop and what a kill leaves.
//!
//! From the bottom up: a file imports only from those above it in this list.
//!
//! | file | what it is |
//! | --- | --- |
//! | `faults` | what tests can leave out |
//! | `error` | why a pool fails |
//! | `command_line` | a program that was found, and its arguments |
//! | `options` | what a pool is asked to do |
//! | `task` | a message as work to be done |
//! | `intake` | from the lane to tasks |
//! | `plan` | what is to be done with each, without processes or clocks |
//! | `watcher` | kills the commands of a reader that was killed |
//! | `child` | a process, and the pipes to it |
//! | `output` | what the commands print, whole and in order |
//! | `crew` | those who do the work, as the loop sees them |
//! | `context` | what all commands have in common |
//! | `commands` | a process for each message |
//! | `answers` | how messages and answers stand in a worker's pipes |
//! | `worker` | a long-lived process |
//! | `workers` | all of them, in their places |
//! | `records` | dead letters, and a line for each attempt |
//! | `tally` | what a person sees while it runs |
//! | `run` | the one loop |

mod answers;
mod child;
mod command_line;
mod commands;
mod context;
mod crew;
mod error;
mod faults;
mod intake;
mod options;
mod output;
mod plan;
mod records;
mod run;
mod tally;
mod task;
mod watcher;
mod worker;
mod workers;

pub use command_line::CommandLine;
pub use error::Error;
pub use options::{Counted, Halt, Pooling, Work, affordable};
pub use run::run;
pub use watcher::watch_if_asked;
