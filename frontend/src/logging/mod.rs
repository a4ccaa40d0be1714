//! The `log` facade's records to the screen, to a file, or to a file per level in a folder.
//!
//! The levels are info, debug, warning and fatal, as people know them from this program's ancestor; `fatal` is the
//! facade's `error`. A line is `[level] time message`, the message made [visible](crate::text::visible), since it may quote the other
//! side. It is written by one `write` and nothing is kept back, so that what a killed process logged is there.
//!
//! # Why there is no log crate
//! Two processes may log to one folder, in files of their user's alone. Backends of the facade that rotate their files take
//! each to be one process's: `flexi_logger` 0.31 renames what another still writes to, and leaves the rights to the
//! umask. What is left to do by one is to print a line.

mod file;

use crate::text::visible_line;
use chrono::{DateTime, Local};
use file::LogFile;
use log::{Level, LevelFilter, Log, Metadata, Record};
use std::io::{self, Write};
use std::path::PathBuf;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

/// Where log lines go.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LogTarget {
    /// Standard error.
    Screen,
    /// A file, appended to, made for its owner alone where it is missing. Its size is left to its owner: who names a file
    /// means that one (it may be a FIFO, or logrotate's; moved away, it is made anew).
    File(PathBuf),
    /// A file per level in a folder, rotated; the folder is made for its owner alone where it is missing.
    Folder(PathBuf),
    /// Nowhere: while the TUI owns the screen and no file was named.
    Nowhere,
}

/// From the worst to the least.
const LEVELS: [Level; 4] = [Level::Error, Level::Warn, Level::Info, Level::Debug];

/// A level's name.
pub fn level_name(level: Level) -> &'static str {
    match level {
        Level::Error => "fatal",
        Level::Warn => "warning",
        Level::Info => "info",
        Level::Debug | Level::Trace => "debug",
    }
}

/// The log of this process.
static LOGGER: OnceLock<Logger> = OnceLock::new();

#[derive(Debug)]
enum Logger {
    Nowhere,
    Screen,
    File(LogFile),
    /// By level, as in [`LEVELS`]; as many as are logged.
    Folder(Vec<LogFile>),
}

/// Starts the log for this process, once.
///
/// # Errors
/// Where the folder or a file cannot be made or opened.
pub fn start(target: &LogTarget, level: LevelFilter) -> io::Result<()> {
    let logger = match target {
        LogTarget::Nowhere => Logger::Nowhere,
        LogTarget::Screen => Logger::Screen,
        LogTarget::File(path) => Logger::File(LogFile::open(path.clone())?),
        LogTarget::Folder(folder) => {
            file::make_folder(folder)?;
            let logged = LEVELS.into_iter().filter(|&one| one <= level);
            let open = |level| LogFile::open_rotated(folder.join(level_name(level)).with_extension("log"));
            Logger::Folder(logged.map(open).collect::<Result<_, _>>()?)
        }
    };
    LOGGER.set(logger).map_err(|_| io::Error::other("the log has been started before"))?;
    log::set_logger(LOGGER.get().expect("just set")).map_err(io::Error::other)?;
    log::set_max_level(level);
    Ok(())
}

/// Logs what ends the program, unless the log is on the screen: there its line stands anyway.
pub fn fatal(message: &str) {
    if let Some(Logger::File(_) | Logger::Folder(_)) = LOGGER.get() {
        log::error!("{message}");
    }
}

impl Log for Logger {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.level() <= log::max_level()
    }

    fn log(&self, record: &Record<'_>) {
        if !self.enabled(record.metadata()) {
            return;
        }
        let line = line(record, Local::now());
        // A line that cannot be written is dropped: a full disk or a lost terminal is no reason to end a chat.
        match self {
            Logger::Nowhere => {}
            Logger::Screen => to_screen(&line),
            Logger::File(file) => file.append(line.as_bytes()),
            Logger::Folder(files) => {
                let file = LEVELS.iter().position(|&level| level == record.level()).and_then(|place| files.get(place));
                file.into_iter().for_each(|file| file.append(line.as_bytes()));
            }
        }
    }

    fn flush(&self) {}
}

fn line(record: &Record<'_>, now: DateTime<Local>) -> String {
    let message = visible_line(&record.args().to_string());
    format!("[{}] {} {message}\n", level_name(record.level()), now.format("%Y-%m-%d %H:%M:%S%.3f"))
}

/// Clears standard error's last line of what is drawn there, calls its argument, and draws it again.
type Cover = dyn Fn(&mut dyn FnMut()) + Send + Sync;

/// What is drawn on standard error, if anything is.
static COVER: Mutex<Option<Arc<Cover>>> = Mutex::new(None);

/// From now on lines go to standard error by way of `cover`, which has something drawn there; none: no more.
pub fn cover_screen(cover: Option<Arc<Cover>>) {
    *COVER.lock().unwrap_or_else(PoisonError::into_inner) = cover;
}

/// Writes lines to standard error. That nobody can read them any more is no reason to fail.
pub fn to_screen(lines: &str) {
    let cover = COVER.lock().unwrap_or_else(PoisonError::into_inner).clone();
    let mut write = || drop(io::stderr().write_all(lines.as_bytes()));
    match cover {
        Some(cover) => cover(&mut write),
        None => write(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_names_level_and_time_and_shows_no_control_character() {
        let record = Record::builder().level(Level::Error).args(format_args!("no\x1b[31m\nway")).build();
        let text = line(&record, Local::now());
        assert!(text.starts_with("[fatal] 20") && text.ends_with(" no␛[31m␊way\n"), "{text}");
    }
}
