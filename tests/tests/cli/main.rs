//! The command line: options, what is printed and logged, exit codes, `--status` and `--clean`, keys; and what `make install`
//! puts where.

mod bridge_place;
mod clean;
mod clean_damaged;
mod config;
mod crowd;
mod docs;
mod forget;
mod help;
mod hints;
mod hints_group;
mod install;
mod key;
mod key_file;
mod logging;
mod options;
mod progress;
mod root;
mod status;
mod status_broken;
mod usage;
