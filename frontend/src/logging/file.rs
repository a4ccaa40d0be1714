//! A log file that several processes append to, and that is rotated by size.
//!
//! ```text
//! info.log  ── larger than ROTATE_AT ──►  info.log.1 ──► info.log.2 ──► …  info.log.5 ──► gone
//! ```
//!
//! # Several processes
//! Each line is one `write` to a descriptor opened with `O_APPEND`, which a local file appends whole: lines of different
//! processes follow each other and never mix. Before each line, a process checks that the path still names the file it has
//! open, and switches to the new one if not. So one process rotates for all, and one that has not noticed yet writes one more
//! line to `info.log.1`.
//!
//! A process that finds the file full locks the directory, looks again, and rotates: if two find it full at once, only one
//! rotates. Nobody waits for that lock. If another process holds it (it may be stopped), the file keeps growing, and the next
//! line tries again.
//!
//! # Crash behaviour
//! The files are renamed from the oldest on, each to a free name. A process killed in between leaves a gap in the numbers and
//! loses nothing; the next rotation closes the gap.

use std::ffi::OsString;
use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

/// The size in bytes above which a file is rotated: some 10,000 lines, which any editor opens at once.
pub(super) const ROTATE_AT: u64 = 1 << 20;

/// How many rotated files are kept beside the current one: with four levels, at most 24 MiB in a directory.
pub(super) const KEPT: u32 = 5;

/// A file that lines are appended to.
#[derive(Debug)]
pub(super) struct LogFile {
    path: PathBuf,
    /// The size in bytes above which it is rotated; `None` for never.
    limit: Option<u64>,
    file: Mutex<File>,
}

/// Creates a directory for its owner only, and its missing parents, unless it exists.
pub(super) fn make_folder(path: &Path) -> io::Result<()> {
    DirBuilder::new().recursive(true).mode(0o700).create(path)
}

impl LogFile {
    /// Opens the file, or creates it for its owner only.
    pub(super) fn open(path: PathBuf) -> io::Result<Self> {
        let file = Mutex::new(open(&path)?);
        Ok(LogFile { path, limit: None, file })
    }

    /// Opens it the same way, to be rotated by size.
    pub(super) fn open_rotated(path: PathBuf) -> io::Result<Self> {
        Ok(LogFile { limit: Some(ROTATE_AT), ..LogFile::open(path)? })
    }

    /// Appends a line, with its line end. A line that cannot be written is dropped.
    pub(super) fn append(&self, line: &[u8]) {
        let mut file = self.file.lock().unwrap_or_else(PoisonError::into_inner);
        if !self.is_current(&file)
            && let Ok(current) = open(&self.path)
        {
            *file = current;
        }
        if let Some(limit) = self.limit
            && let Ok(metadata) = file.metadata()
            && metadata.len() > 0
            && metadata.len() + line.len() as u64 > limit
            && let Ok(Some(new)) = self.rotate(&file)
        {
            *file = new;
        }
        let _ = file.write_all(line);
    }

    /// Whether the path still names this open file.
    fn is_current(&self, file: &File) -> bool {
        match (file.metadata(), fs::metadata(&self.path)) {
            (Ok(ours), Ok(there)) => (ours.dev(), ours.ino()) == (there.dev(), there.ino()),
            // It was moved away, or cannot be looked at any more.
            _ => false,
        }
    }

    /// Moves the full file away, unless another process did or is about to. Returns the new file, if there is one.
    fn rotate(&self, full: &File) -> io::Result<Option<File>> {
        // A name without a directory is in this one.
        let folder = self.path.parent().filter(|folder| *folder != Path::new("")).unwrap_or(Path::new("."));
        let folder = File::open(folder)?;
        if folder.try_lock().is_err() {
            return Ok(None);
        }
        if self.is_current(full) {
            for number in (1..KEPT).rev() {
                move_if_there(&self.numbered(number), &self.numbered(number + 1))?;
            }
            move_if_there(&self.path, &self.numbered(1))?;
        }
        open(&self.path).map(Some)
    }

    fn numbered(&self, number: u32) -> PathBuf {
        let mut name = OsString::from(self.path.clone());
        name.push(format!(".{number}"));
        name.into()
    }
}

fn open(path: &Path) -> io::Result<File> {
    OpenOptions::new().create(true).append(true).mode(0o600).open(path)
}

fn move_if_there(from: &Path, to: &Path) -> io::Result<()> {
    match fs::rename(from, to) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;
    use std::os::unix::fs::PermissionsExt;
    use std::thread;

    fn mode(path: &Path) -> u32 {
        path.metadata().unwrap().permissions().mode() & 0o777
    }

    /// One with a limit of the test's own.
    fn rotated(path: &Path, limit: u64) -> LogFile {
        LogFile { limit: Some(limit), ..LogFile::open(path.into()).unwrap() }
    }

    #[test]
    fn a_full_file_is_moved_to_the_next_number_and_the_oldest_goes() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("info.log");
        let log = rotated(&path, 10);
        for number in 0..10 {
            log.append(format!("line {number:02}\n").as_bytes());
        }
        assert_eq!(fs::read_to_string(&path).unwrap(), "line 09\n");
        for number in 1..=KEPT {
            assert_eq!(fs::read_to_string(log.numbered(number)).unwrap(), format!("line {:02}\n", 9 - number));
            assert_eq!(mode(&log.numbered(number)), 0o600);
        }
        assert_eq!(fs::read_dir(folder.path()).unwrap().count() as u32, 1 + KEPT);
        assert_eq!(mode(&path), 0o600);
    }

    #[test]
    fn a_gap_in_the_numbers_is_closed_and_nothing_is_lost() {
        let folder = tempfile::tempdir().unwrap();
        let log = rotated(&folder.path().join("info.log"), 10);
        // As one leaves them that was killed after its first step.
        for number in [2, 3] {
            fs::write(log.numbered(number), format!("older {number}\n")).unwrap();
        }
        log.append(b"before\n");
        log.append(b"after\n");
        let found = |number| fs::read_to_string(log.numbered(number)).unwrap();
        assert_eq!([found(1), found(3), found(4)], ["before\n", "older 2\n", "older 3\n"]);
    }

    #[test]
    fn a_file_without_a_limit_stays_one_and_is_made_anew_where_it_was_moved_away() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("log");
        let log = LogFile::open(path.clone()).unwrap();
        log.append(b"one\n");
        fs::rename(&path, folder.path().join("moved")).unwrap();
        log.append(b"two\n");
        assert_eq!(fs::read(&path).unwrap(), b"two\n");
        assert_eq!(mode(&path), 0o600);
    }

    #[test]
    fn who_finds_under_the_lock_that_another_has_rotated_moves_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("info.log");
        let (slow, quick) = (rotated(&path, 10), rotated(&path, 10));
        slow.append(b"one line\n");
        // Both found it full; the quick one came first.
        quick.append(b"two lines\n");
        let full = slow.file.lock().unwrap().try_clone().unwrap();
        let mut current = slow.rotate(&full).unwrap().unwrap();
        current.write_all(b"three\n").unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"two lines\nthree\n");
        assert_eq!(fs::read(slow.numbered(1)).unwrap(), b"one line\n");
        assert!(!slow.numbered(2).exists());
    }

    #[test]
    fn while_another_is_at_it_the_file_grows_on() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("info.log");
        let log = rotated(&path, 10);
        let held = File::open(folder.path()).unwrap();
        held.lock().unwrap();
        log.append(b"one line\n");
        log.append(b"two lines\n");
        assert_eq!(fs::read(&path).unwrap(), b"one line\ntwo lines\n");
        held.unlock().unwrap();
        log.append(b"three\n");
        assert_eq!(fs::read(&path).unwrap(), b"three\n");
    }

    /// Each with a descriptor of its own, as processes have: what they share is the folder alone.
    #[test]
    fn of_many_that_rotate_one_file_none_tears_a_line_or_loses_one() {
        const WRITERS: usize = 8;
        const LINES: usize = 200;
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("info.log");
        // All lines fit into what is kept.
        let limit = (WRITERS * LINES * 20) as u64 / 3;
        thread::scope(|scope| {
            for writer in 0..WRITERS {
                let log = rotated(&path, limit);
                scope.spawn(move || {
                    for line in 0..LINES {
                        log.append(format!("writer {writer} line {line:05}\n").as_bytes());
                    }
                });
            }
        });
        let files = fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().path());
        let text: String = files.map(|path| fs::read_to_string(path).unwrap()).collect();
        assert!(folder.path().join("info.log.1").exists(), "it was rotated");
        assert_eq!(text.lines().count(), WRITERS * LINES);
        let wanted = |writer| (0..LINES).map(move |line| format!("writer {writer} line {line:05}"));
        let wanted: BTreeSet<String> = (0..WRITERS).flat_map(wanted).collect();
        assert_eq!(text.lines().map(str::to_owned).collect::<BTreeSet<_>>(), wanted);
    }
}
