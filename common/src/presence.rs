//! Who is alive: a role's lock file, `flock`ed for the holder's whole life.
//!
//! The kernel lets go of the lock when its holder dies, however it dies; a stopped holder keeps it; and a lock cannot
//! be mistaken for another process's, as a recycled process id can. That makes it the one truth about presence; what
//! the file says (pid and since when) is for people only. <https://man7.org/linux/man-pages/man2/flock.2.html>
//!
//! # Crash behaviour
//! A killed holder's lock may stay held some milliseconds while the kernel takes the process apart, so both
//! [`RoleLock::take`] and [`has_died`] look again for up to [`DYING`] before they say "held". That is the one wait by
//! the clock in this library.

#![forbid(unsafe_code)]

use crate::fault::{Mutant, sabotaged};
use std::fs::{File, TryLockError};
use std::io::{self, Read, Seek, Write};
use std::time::{Duration, Instant};

/// How long a dead process's lock may still be held. Measured: up to 5 ms on an idle machine; the rest is for a busy
/// one.
pub const DYING: Duration = Duration::from_millis(100);

/// How often the lock is looked at meanwhile.
const LOOK_AGAIN: Duration = Duration::from_millis(1);

/// A role, held. Dropping it, or dying, gives it up.
#[derive(Debug)]
pub struct RoleLock {
    file: File,
}

/// Who holds a role, as its lock file says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Holder {
    /// The process id.
    pub pid: u32,
    /// When it took the role, in seconds since the epoch.
    pub since: u64,
}

/// What came of an attempt to take a role.
#[derive(Debug)]
pub enum Attempt {
    /// It is ours now.
    Taken(RoleLock),
    /// A living process has it, the one named if its lock file says so.
    Held(Option<Holder>),
}

impl RoleLock {
    /// Takes the role whose lock file this is, and writes down who holds it.
    pub fn take(mut file: File, me: Holder) -> io::Result<Attempt> {
        if !within_dying_time(|| try_lock(&file))? {
            return Ok(Attempt::Held(holder(&mut file)));
        }
        let mut lock = RoleLock { file };
        lock.write(me)?;
        Ok(Attempt::Taken(lock))
    }

    fn write(&mut self, me: Holder) -> io::Result<()> {
        self.file.set_len(0)?;
        self.file.rewind()?;
        writeln!(self.file, "{} {}", me.pid, me.since)
    }
}

/// Who holds the role, as far as the file says: it may be empty for an instant, and it is not cleared at death.
fn holder(file: &mut File) -> Option<Holder> {
    let mut text = String::new();
    file.rewind().ok()?;
    file.take(64).read_to_string(&mut text).ok()?;
    let (pid, since) = text.trim_end().split_once(' ')?;
    Some(Holder { pid: pid.parse().ok()?, since: since.parse().ok()? })
}

/// Whether nobody holds the role now. The look takes the lock for a moment, which [`RoleLock::take`] sits out.
pub fn is_free(file: &File) -> io::Result<bool> {
    let free = try_lock(file)?;
    if free {
        file.unlock()?;
    }
    Ok(free)
}

/// Whether the holder, whose bell has just hung up, is dead: true as soon as its lock is free, false if it is still
/// held after [`DYING`].
pub fn has_died(file: &File) -> io::Result<bool> {
    within_dying_time(|| is_free(file))
}

fn try_lock(file: &File) -> io::Result<bool> {
    match file.try_lock() {
        Ok(()) => Ok(true),
        Err(TryLockError::WouldBlock) => Ok(false),
        Err(TryLockError::Error(error)) => Err(error),
    }
}

fn within_dying_time(mut attempt: impl FnMut() -> io::Result<bool>) -> io::Result<bool> {
    let start = Instant::now();
    loop {
        if attempt()? {
            return Ok(true);
        }
        if start.elapsed() >= DYING || sabotaged(Mutant::SkipLockRetry) {
            return Ok(false);
        }
        std::thread::sleep(LOOK_AGAIN);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs::OpenOptions;
    use std::path::Path;

    fn open(path: &Path) -> File {
        OpenOptions::new().read(true).write(true).create(true).truncate(false).open(path).unwrap()
    }

    fn take(path: &Path, me: Holder) -> Attempt {
        RoleLock::take(open(path), me).unwrap()
    }

    #[test]
    fn a_role_is_held_once_and_free_after_its_holder_goes() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("writer.lock");
        let me = Holder { pid: 42, since: 1_795_000_000 };
        assert!(is_free(&open(&path)).unwrap());
        let Attempt::Taken(lock) = take(&path, me) else { panic!("the role was free") };
        assert!(!is_free(&open(&path)).unwrap());
        let Attempt::Held(holder) = take(&path, Holder { pid: 43, since: 0 }) else { panic!("taken twice") };
        assert_eq!(holder, Some(me));
        drop(lock);
        assert!(has_died(&open(&path)).unwrap());
        assert!(matches!(take(&path, me), Attempt::Taken(_)));
    }

    #[test]
    fn a_lock_file_that_says_nonsense_names_nobody() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("reader.lock");
        for text in ["", "\n", "12", "a b\n", "1 2 3\n", "\u{1b}[31m 5\n"] {
            std::fs::write(&path, text).unwrap();
            assert_eq!(holder(&mut open(&path)), None, "{text:?}");
        }
    }
}
