//! What is logged, and where to, by the arguments: what every program takes.

use super::help::heading;
use crate::logging::LogTarget;
use clap::{Args, ValueEnum, ValueHint};
use log::LevelFilter;
use std::convert::Infallible;
use std::path::Path;

/// What is logged, and where to.
#[derive(Clone, Debug, Args)]
pub struct Logging {
    /// Lowest level: debug, info, warning (default), fatal
    ///
    /// The least important level to log. Overrides -q and -v.
    #[arg(long, value_name = "LEVEL", value_enum, help_heading = heading::LOG)]
    pub log_level: Option<LogLevel>,

    /// To the screen, a FILE, or one file per level in DIR/
    ///
    /// Each line has a level, a time and a message. The screen is standard error; nothing is logged there while the chat is
    /// open. A FILE is appended to. In a directory (one that exists, or a name that ends in a slash) each level has a file of
    /// its own: debug.log, info.log, warning.log, fatal.log. One that grows above 1 MiB is rotated: info.log becomes
    /// info.log.1, and so on up to info.log.5.
    #[arg(long, value_name = "WHERE", value_parser = log_target, value_hint = ValueHint::AnyPath, default_value = "screen", hide_default_value = true, help_heading = heading::LOG)]
    pub log_to: LogTarget,

    /// Only report errors
    #[arg(short, long, conflicts_with = "verbose", help_heading = heading::LOG)]
    pub quiet: bool,

    /// Print more: -v what happens, -vv how
    #[arg(short, long, action = clap::ArgAction::Count, help_heading = heading::LOG)]
    pub verbose: u8,
}

/// The log levels, as users know them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum LogLevel {
    /// How things happen, and everything below
    Debug,
    /// What happens, and everything below
    Info,
    /// What may need attention, and everything below
    Warning,
    /// What ends the program
    Fatal,
}

impl Logging {
    /// The least important level to log.
    pub(super) fn log_level(&self) -> LevelFilter {
        match (self.log_level, self.quiet, self.verbose) {
            (Some(LogLevel::Debug), ..) => LevelFilter::Debug,
            (Some(LogLevel::Info), ..) => LevelFilter::Info,
            (Some(LogLevel::Warning), ..) => LevelFilter::Warn,
            (Some(LogLevel::Fatal), ..) | (None, true, _) => LevelFilter::Error,
            (None, false, 0) => LevelFilter::Warn,
            (None, false, 1) => LevelFilter::Info,
            (None, false, _) => LevelFilter::Debug,
        }
    }
}

fn log_target(text: &str) -> Result<LogTarget, Infallible> {
    Ok(match text {
        "screen" => LogTarget::Screen,
        folder if folder.ends_with('/') || Path::new(folder).is_dir() => LogTarget::Folder(folder.into()),
        file => LogTarget::File(file.into()),
    })
}
