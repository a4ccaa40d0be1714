//! Finding the file, and reading it if nobody else can have written it.
//!
//! What stands there decides what runs: `--notify` names a command, `--dir` and `--log-to` name places. So, as `ssh` does it,
//! the file must belong to you or to root, and nobody else may be able to write to it. That holds for `--config FILE`, too.

use super::error::ConfigError;
use nix::unistd::geteuid;
use shmchat::hint::errno_of;
use std::fs::File;
use std::io::{self, ErrorKind, Read};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

/// A longer file is not read. Hundreds of channels with all options take a few KiB each.
pub(super) const LONGEST: u64 = 1 << 20;

/// Write permission of the group, or of all.
const WRITABLE_BY_OTHERS: u32 = 0o022;

/// Where the file is if `--config` names none: `$XDG_CONFIG_HOME/shmchat/config.toml`, and `~/.config` if that variable is not
/// set or not absolute (<https://specifications.freedesktop.org/basedir-spec/latest/>).
pub(super) fn default_path() -> Option<PathBuf> {
    let given = std::env::var_os("XDG_CONFIG_HOME").map(PathBuf::from).filter(|path| path.is_absolute());
    let base =
        given.or_else(|| std::env::home_dir().filter(|home| home.is_absolute()).map(|home| home.join(".config")));
    base.map(|base| base.join("shmchat/config.toml"))
}

/// The text of the file that was `asked` for, or of the default one, and where it is. `None` if there is no default one.
pub(super) fn read(asked: Option<&Path>) -> Result<Option<(PathBuf, String)>, ConfigError> {
    let Some(path) = asked.map(Path::to_owned).or_else(default_path) else { return Ok(None) };
    let failed = |error: io::Error| ConfigError::Read { path: path.clone(), errno: errno_of(&error) };
    let file = match File::open(&path) {
        Err(error) if asked.is_none() && is_missing(&path, &error) => return Ok(None),
        opened => opened.map_err(failed)?,
    };
    // Of the file that is open: the name may lead elsewhere by now.
    let found = file.metadata().map_err(failed)?;
    let mode = found.mode() & 0o7777;
    if found.uid() != 0 && found.uid() != geteuid().as_raw() {
        return Err(ConfigError::Foreign { path, owner: found.uid() });
    }
    if mode & WRITABLE_BY_OTHERS != 0 {
        return Err(ConfigError::Open { path, mode });
    }
    let mut bytes = Vec::new();
    file.take(LONGEST + 1).read_to_end(&mut bytes).map_err(failed)?;
    if bytes.len() as u64 > LONGEST {
        return Err(ConfigError::Long { path });
    }
    match String::from_utf8(bytes) {
        Ok(text) => Ok(Some((path, text))),
        Err(error) => {
            let valid = &error.as_bytes()[..error.utf8_error().valid_up_to()];
            let line = 1 + memchr::memchr_iter(b'\n', valid).count();
            Err(ConfigError::At { path, line, what: "this is not UTF-8".into() })
        }
    }
}

/// Whether there is no such file. After `su`, the old user's home may still be named and be closed to us: nothing there is ours.
fn is_missing(path: &Path, error: &io::Error) -> bool {
    match error.kind() {
        ErrorKind::NotFound | ErrorKind::NotADirectory => true,
        ErrorKind::PermissionDenied => path.metadata().is_err(),
        _ => false,
    }
}
