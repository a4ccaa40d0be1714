//! Who is alive: a role's lock file, locked with `flock` for the holder's whole life.
//!
//! The kernel releases the lock when its holder dies, however it dies. A stopped holder keeps it. And unlike a recycled
//! process id, a lock cannot be mistaken for another process's. That makes it the single truth about presence. The
//! contents of the file (pid and time) are for people, and for distinguishing one life from the next if a wrong answer
//! does no harm. <https://man7.org/linux/man-pages/man2/flock.2.html>
//!
//! The channel's own lock, held only around create, attach and remove, is of the same kind.
//!
//! # Crash behaviour
//! A killed holder's lock may stay held for some milliseconds while the kernel takes the process apart. So
//! [`Lock::take`] and [`has_died`] try again for a while before they say "held". That is the only wait by the clock in
//! this library.
//!
//! The kernel closes a dead process's files from the highest descriptor down. So [`Lock::move_above`] makes sure that a
//! lock is released before the doorbell hangs up: a process that is woken by a dead process's doorbell finds its lock
//! free at once.

use crate::clock;
use crate::fault::{Mutant, Point, point, sabotaged};
use crate::folder::FileId;
use nix::errno::Errno;
use std::fs::{File, TryLockError};
use std::io::{self, Seek, Write};
use std::os::fd::{AsRawFd, BorrowedFd};
use std::os::unix::fs::FileExt;
use std::time::{Duration, Instant, SystemTime};

/// How long a dead process's lock may still be held. We measured up to 5 ms on an idle machine; the rest is for a busy one.
pub const DYING: Duration = Duration::from_millis(100);

/// How long to wait for the channel's lock. It is held for less than a millisecond at a time, so a process that holds
/// it longer than this is stopped; waiting on would be a hang that no signal ends.
pub const BUSY: Duration = Duration::from_secs(5);

/// How often to try the lock in the meantime.
const LOOK_AGAIN: Duration = Duration::from_millis(1);

/// How many gaps in the table of descriptors [`Lock::move_above`] fills.
const MOST_GAPS: usize = 16;

/// A held lock. Dropping it, or dying, releases it.
#[derive(Debug)]
pub struct Lock {
    file: File,
}

/// The process that holds a lock, as its lock file says: part of [`Error::RoleTaken`](crate::Error::RoleTaken).
///
/// ```
/// use shmchat::{Channel, Error, Role};
///
/// # let folder = tempfile::tempdir()?;
/// # let channel = Channel::named("lobby".parse()?).dir(folder.path());
/// # let first = channel.attach(Role::Writer)?;
/// if let Err(Error::RoleTaken { holder: Some(holder), .. }) = channel.attach(Role::Writer) {
///     println!("process {} has been here for {:?}", holder.pid, holder.since.elapsed()?);
/// #   assert_eq!(holder.pid, std::process::id());
/// }
/// # drop(first);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Holder {
    /// The process id.
    pub pid: u32,
    /// When it took the lock. In its file: nanoseconds since the epoch.
    pub since: SystemTime,
}

/// The result of an attempt to take a lock.
#[derive(Debug)]
pub enum Attempt {
    /// It is ours now.
    Taken(Lock),
    /// A living process has it: this one, if the file says so.
    WouldBlock(Option<Holder>),
}

impl Lock {
    /// Takes the lock of this file, trying again for up to `patience`, and writes down who holds it.
    pub fn take(file: File, me: Holder, patience: Duration) -> io::Result<Attempt> {
        if !within(patience, || try_lock(&file))? {
            // Somebody has it, even if we cannot read who.
            return Ok(Attempt::WouldBlock(holder(&file).unwrap_or_default()));
        }
        point(Point::RoleLocked);
        let mut lock = Lock { file };
        lock.write(me)?;
        Ok(Attempt::Taken(lock))
    }

    /// Which file it is.
    pub fn place(&self) -> Result<FileId, Errno> {
        FileId::of(&self.file)
    }

    fn write(&mut self, me: Holder) -> io::Result<()> {
        self.file.set_len(0)?;
        self.file.rewind()?;
        // In one call: whoever reads it meanwhile finds it empty or whole.
        self.file.write_all(format!("{} {}\n", me.pid, clock::to_word(me.since)).as_bytes())
    }

    /// Gives the lock a descriptor above that of `other`, so that at our death it is released before that one closes.
    /// In a program whose table of descriptors has many gaps it may stay below; then it is released a little later.
    pub fn move_above(&mut self, other: BorrowedFd<'_>) -> io::Result<()> {
        // Gaps below are filled first. A copy shares the lock, which stays held as long as any of them is open.
        let mut gaps = Vec::new();
        while self.file.as_raw_fd() < other.as_raw_fd() && gaps.len() < MOST_GAPS {
            let copy = self.file.try_clone()?;
            gaps.push(std::mem::replace(&mut self.file, copy));
        }
        Ok(())
    }
}

/// Who holds the lock, as far as the file says: it may be empty for an instant, and is not cleared at death.
pub fn holder(file: &File) -> io::Result<Option<Holder>> {
    let mut space = [0; 64];
    let length = loop {
        match file.read_at(&mut space, 0) {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            read => break read?,
        }
    };
    let text = std::str::from_utf8(&space[..length]).unwrap_or_default();
    let parse = || {
        let (pid, since) = text.trim_end().split_once(' ')?;
        Some(Holder { pid: pid.parse().ok()?, since: clock::from_word(since.parse().ok()?) })
    };
    Ok(parse())
}

/// Whether nobody holds the lock at the moment. The check takes it for an instant, which [`Lock::take`] waits out.
pub fn is_free(file: &File) -> io::Result<bool> {
    let free = try_lock(file)?;
    if free {
        file.unlock()?;
    }
    Ok(free)
}

/// Whether the holder, whose doorbell has just hung up, is dead: true as soon as its lock is free, false if it is still
/// held after [`DYING`].
pub fn has_died(file: &File) -> io::Result<bool> {
    within(DYING, || is_free(file))
}

fn try_lock(file: &File) -> io::Result<bool> {
    loop {
        return match file.try_lock() {
            Ok(()) => Ok(true),
            Err(TryLockError::WouldBlock) => Ok(false),
            Err(TryLockError::Error(error)) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(TryLockError::Error(error)) => Err(error),
        };
    }
}

/// Tries again and again for up to `patience`. Returns whether it succeeded. A dying process releases what it holds one
/// thing after the other.
pub(crate) fn within<E>(patience: Duration, mut attempt: impl FnMut() -> Result<bool, E>) -> Result<bool, E> {
    let start = Instant::now();
    loop {
        if attempt()? {
            return Ok(true);
        }
        if start.elapsed() >= patience || sabotaged(Mutant::SkipLockRetry) {
            return Ok(false);
        }
        std::thread::sleep(LOOK_AGAIN);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs::OpenOptions;
    use std::os::fd::AsFd;
    use std::path::Path;

    fn open(path: &Path) -> File {
        OpenOptions::new().read(true).write(true).create(true).truncate(false).open(path).unwrap()
    }

    fn take(path: &Path, me: Holder) -> Attempt {
        Lock::take(open(path), me, DYING).unwrap()
    }

    #[test]
    fn a_role_is_held_once_and_free_after_its_holder_goes() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("writer.lock");
        let me = Holder { pid: 42, since: clock::from_word(1_795_000_000_000_000_000) };
        assert!(is_free(&open(&path)).unwrap());
        let Attempt::Taken(lock) = take(&path, me) else { panic!("the role was free") };
        assert!(!is_free(&open(&path)).unwrap());
        let Attempt::WouldBlock(holder) = take(&path, Holder { pid: 43, since: SystemTime::UNIX_EPOCH }) else {
            panic!("taken twice")
        };
        assert_eq!(holder, Some(me));
        drop(lock);
        assert!(has_died(&open(&path)).unwrap());
        assert!(matches!(take(&path, me), Attempt::Taken(_)));
    }

    #[test]
    fn a_lock_that_is_still_held_is_looked_at_again() {
        let mut looks = 0;
        let free = within(DYING, || {
            looks += 1;
            Ok::<_, io::Error>(looks == 3)
        });
        assert!(free.unwrap());
        let mut looks = 0;
        let free = within(Duration::ZERO, || {
            looks += 1;
            Ok::<_, io::Error>(false)
        });
        assert_eq!((free.unwrap(), looks), (false, 1));
    }

    #[test]
    fn a_lock_that_moves_up_stays_held() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("writer.lock");
        let Attempt::Taken(mut lock) = take(&path, Holder { pid: 42, since: SystemTime::UNIX_EPOCH }) else {
            panic!("it was free")
        };
        let (gap, other) = (open(&path), open(&path));
        drop(gap);
        lock.move_above(other.as_fd()).unwrap();
        assert!(lock.file.as_raw_fd() > other.as_raw_fd());
        assert!(!is_free(&open(&path)).unwrap());
    }

    #[test]
    fn a_lock_file_that_says_nonsense_names_nobody() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("reader.lock");
        for text in ["", "\n", "12", "a b\n", "1 2 3\n", "\u{1b}[31m 5\n"] {
            std::fs::write(&path, text).unwrap();
            assert_eq!(holder(&open(&path)).unwrap(), None, "{text:?}");
        }
    }
}
