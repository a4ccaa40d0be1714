//! Writes the `log` facade's records to the screen, to a file, or to one file per level in a directory.
//!
//! The levels are info, debug, warning and fatal, as in this program's ancestor; `fatal` is the facade's `error`. A line is
//! `[level] time message`. The message is made [visible](crate::text::visible), because it may quote the other side. Each line
//! is one `write` and nothing is buffered, so everything that a killed process logged is there.
//!
//! # Why there is no log crate
//! Two processes may log to one directory, in files that are private to their user. Backends that rotate files assume that each
//! file belongs to one process: `flexi_logger` 0.31 renames a file that another process still writes to, and leaves the
//! permissions to the umask. All that such a crate could do here is print a line.

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
    /// A file, which is appended to, and created for its owner only if it is missing. It is never rotated: if you name a file,
    /// you mean that one (it may be a FIFO, or logrotate's). If it is moved away, it is created again.
    File(PathBuf),
    /// One rotated file per level in a directory, which is created for its owner only if it is missing.
    Folder(PathBuf),
    /// Nowhere: while the chat owns the screen and you named no file.
    Nowhere,
}

/// From the most to the least severe.
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
    /// By level, in the order of [`LEVELS`]: those that are logged.
    Folder(Vec<LogFile>),
}

/// Starts the log of this process. Call it once.
///
/// # Errors
/// If the directory or a file cannot be created or opened.
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

/// Logs what ends the program, unless the log is on the screen, where that line appears anyway.
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

/// Clears what is drawn on the last line of standard error, writes these bytes there, and draws it again.
type Cover = dyn Fn(&[u8]) + Send + Sync;

/// What is drawn on standard error, if anything is.
static COVER: Mutex<Option<Arc<Cover>>> = Mutex::new(None);

/// From now on, lines go to standard error through `cover`, which has something drawn there. `None` ends that.
pub fn cover_screen(cover: Option<Arc<Cover>>) {
    *COVER.lock().unwrap_or_else(PoisonError::into_inner) = cover;
}

/// Writes lines to standard error. It is not a failure if nobody can read them any more.
pub fn to_screen(lines: impl AsRef<[u8]>) {
    let cover = COVER.lock().unwrap_or_else(PoisonError::into_inner).clone();
    match cover {
        Some(cover) => cover(lines.as_ref()),
        None => drop(io::stderr().write_all(lines.as_ref())),
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
