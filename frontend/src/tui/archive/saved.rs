//! The transcript so far in a file of its own (`/save FILE`), as it stands on the screen.
//!
//! It never replaces another file. If it cannot be written whole, it is removed; if we are killed meanwhile, a part of it stays.
use std::env;
use std::fs::{self, OpenOptions};
use std::io::{self, ErrorKind, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{self, Path, PathBuf};

use super::plain::{INDENT, head_line};
use crate::text::counted;
use crate::tui::model::{EntryKind, Model, left_out_note};
use nix::errno::Errno;
use shmchat::hint::{errno_of, hint};

/// The transcript was not saved.
#[derive(Debug, thiserror::Error)]
enum Error {
    #[error("{} already exists and was left alone; save under another name", .0.display())]
    Exists(PathBuf),
    #[error("cannot expand ~: HOME is not set; give the whole path")]
    NoHome,
    #[error("cannot save {}: {}{}", .0.display(), .1.desc(), hint("write the file", *.1))]
    System(PathBuf, Errno),
}

/// Saves the transcript, and says in one line how that went.
pub(in crate::tui) fn save(model: &Model, typed: &str) -> String {
    let saved = expanded(typed, env::var_os("HOME").map(PathBuf::from)).and_then(|path| {
        write(&path, text(model).as_bytes())?;
        Ok(path)
    });
    let is_message = |kind: &EntryKind| !matches!(kind, EntryKind::Notice);
    let messages = model.entries.iter().filter(|entry| is_message(&entry.kind)).count();
    match saved {
        Ok(path) => format!("saved {} to {}", counted(messages as u64, "message"), path.display()),
        Err(error) => error.to_string(),
    }
}

/// The path that was typed, from the root, with `~` expanded.
fn expanded(typed: &str, home: Option<PathBuf>) -> Result<PathBuf, Error> {
    let path = match typed.strip_prefix('~') {
        Some(rest) if rest.is_empty() || rest.starts_with('/') => {
            home.filter(|home| home.is_absolute()).ok_or(Error::NoHome)?.join(rest.trim_start_matches('/'))
        }
        _ => PathBuf::from(typed),
    };
    path::absolute(&path).map_err(|error| Error::System(path, errno_of(&error)))
}

/// Writes a new file for its owner alone.
fn write(path: &Path, text: &[u8]) -> Result<(), Error> {
    let failed = |error: &io::Error| match error.kind() {
        ErrorKind::AlreadyExists => Error::Exists(path.to_owned()),
        _ => Error::System(path.to_owned(), errno_of(error)),
    };
    let new = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path);
    let mut file = new.map_err(|error| failed(&error))?;
    file.write_all(text).map_err(|error| {
        // What is there of it is no use, and in the way of the next try.
        let _ = fs::remove_file(path);
        failed(&error)
    })
}

/// Every entry as `2026-11-21 09:41:07 alice  text`, with its other lines indented.
fn text(model: &Model) -> String {
    let mut text = String::new();
    if model.no_longer_kept() > 0 {
        text = format!("… {} no longer kept\n", counted(model.no_longer_kept(), "older message"));
    }
    for entry in &model.entries {
        text += &head_line(entry.at, entry.author().unwrap_or("·"), entry.is_action);
        text += &entry.text.replace('\n', INDENT);
        if let EntryKind::Theirs { shortened: left_out @ 1.., .. } = entry.kind {
            text += INDENT;
            text += &left_out_note(left_out);
        }
        text.push('\n');
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;

    #[test]
    fn a_tilde_is_the_home_and_any_other_path_begins_here() {
        let home = || Some(PathBuf::from("/home/alice"));
        let path = |typed| expanded(typed, home()).unwrap();
        assert_eq!(path("~/a b"), Path::new("/home/alice/a b"));
        assert_eq!(path("~"), Path::new("/home/alice"));
        assert_eq!(path("/x/~"), Path::new("/x/~"));
        assert_eq!(path("~bob"), env::current_dir().unwrap().join("~bob"));
        assert!(expanded("~/x", None).unwrap_err().to_string().contains("HOME is not set"));
    }

    #[test]
    fn a_file_is_written_for_its_owner_alone_and_never_over_another() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("saved");
        write(&path, b"first").unwrap();
        assert_eq!(path.metadata().unwrap().permissions().mode() & 0o777, 0o600);
        let error = write(&path, b"second").unwrap_err().to_string();
        assert!(error.contains("already exists") && error.contains("another name"), "{error}");
        std::os::unix::fs::symlink("nowhere", folder.path().join("link")).unwrap();
        assert!(matches!(write(&folder.path().join("link"), b"third"), Err(Error::Exists(_))));
        assert!(matches!(write(folder.path(), b"fourth"), Err(Error::Exists(_))));
        assert!(matches!(write(Path::new("/"), b"fifth"), Err(Error::Exists(_))));
        assert_eq!(fs::read(&path).unwrap(), b"first");
        let error = write(&folder.path().join("no/such"), b"sixth").unwrap_err().to_string();
        assert!(error.contains("no/such") && error.contains("No such file"), "{error}");
        // The file and the link, and nothing else.
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 2);
    }
}
