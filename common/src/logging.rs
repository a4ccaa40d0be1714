//! The `log` facade's records to the screen or to a file.
//!
//! The levels are info, debug, warning and fatal, as people know them from this program's ancestor; `fatal` is the
//! facade's `error`. A line is `[level] time message`, the message made [`visible`], since it may quote the other
//! side.

#![forbid(unsafe_code)]

use crate::message::visible;
use flexi_logger::{
    DeferredNow, ErrorChannel, FileSpec, FlexiLoggerError, LogSpecification, Logger, LoggerHandle, Record,
};
use log::{Level, LevelFilter};
use std::fs::{OpenOptions, Permissions};
use std::io::{self, Write};
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

/// Where log lines go.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Target {
    /// Standard error.
    Screen,
    /// A file, appended to, made for its owner alone where it is missing.
    File(PathBuf),
    /// Nowhere: while the TUI owns the screen and no file was named.
    Nowhere,
}

/// Keeps the log going; the rest is written when it is dropped.
pub struct Logging(#[expect(dead_code, reason = "held for its drop")] Option<LoggerHandle>);

/// A level's name.
pub fn level_name(level: Level) -> &'static str {
    match level {
        Level::Error => "fatal",
        Level::Warn => "warning",
        Level::Info => "info",
        Level::Debug | Level::Trace => "debug",
    }
}

/// Starts the log for this process, once.
pub fn start(target: &Target, level: LevelFilter) -> Result<Logging, FlexiLoggerError> {
    // A log line that cannot be written is dropped. The backend would complain about it on standard error, and panic
    // where that is gone too, as it is when the terminal is.
    let logger = Logger::with(LogSpecification::builder().default(level).build()).error_channel(ErrorChannel::DevNull);
    let logger = match target {
        Target::Nowhere => return Ok(Logging(None)),
        Target::Screen => logger.log_to_stderr().format(line),
        Target::File(path) => {
            make_private(path).map_err(FlexiLoggerError::OutputIo)?;
            logger.log_to_file(FileSpec::try_from(path)?).append().format(line)
        }
    };
    Ok(Logging(Some(logger.start()?)))
}

/// Makes the file for its owner alone unless it is there; the log backend would make it readable to all.
fn make_private(path: &Path) -> io::Result<()> {
    let mut options = OpenOptions::new();
    options.append(true).mode(0o600);
    match options.clone().create_new(true).open(path) {
        // A strict umask may have taken our own rights away.
        Ok(file) => file.set_permissions(Permissions::from_mode(0o600)),
        // There already, be it as a link to a file that is not.
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => options.create(true).open(path).map(drop),
        Err(error) => Err(error),
    }
}

fn line(out: &mut dyn Write, now: &mut DeferredNow, record: &Record<'_>) -> io::Result<()> {
    let message = record.args().to_string();
    let time = now.now().format("%Y-%m-%d %H:%M:%S%.3f");
    write!(out, "[{}] {time} {}", level_name(record.level()), visible(&message).replace('\n', "␊"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_names_level_and_time_and_shows_no_control_character() {
        let mut out = Vec::new();
        let record = Record::builder().level(Level::Error).args(format_args!("no\x1b[31m\nway")).build();
        line(&mut out, &mut DeferredNow::new(), &record).unwrap();
        let text = String::from_utf8(out).unwrap();
        assert!(text.starts_with("[fatal] 20") && text.ends_with(" no␛[31m␊way"), "{text}");
    }

    #[test]
    fn a_log_file_is_its_owners_alone() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("log");
        make_private(&path).unwrap();
        assert_eq!(path.metadata().unwrap().permissions().mode() & 0o777, 0o600);
    }
}
