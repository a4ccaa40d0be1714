//! A folder of the tour's own, and the broom that removes it with all that belongs to it.

use super::broom::{self, numbered_of};
use super::removal::Ours;
use crate::segments;
use nix::errno::Errno;
use shmchat::inspect::SegmentId;
use shmchat::internals::key::ftok;
use std::fs::{self, File};
use std::io::{self, PipeWriter, Write};
use std::os::unix::fs::{DirBuilderExt, MetadataExt};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

/// The project id of the original pair's keys: none of those that channels try.
pub(super) const PROJECT_ID: i32 = 84;

/// The folder. Dropping it sweeps and waits for the broom.
#[derive(Debug)]
pub(super) struct Scratch {
    dir: PathBuf,
    broom: Child,
    /// The end of a pipe that the broom reads. All sides hold it too: its end is that of all of them.
    leash: Option<PipeWriter>,
    /// What the original pair of this goal has, or may have.
    ours: Ours,
    /// How many key files were made.
    files: usize,
    /// A second folder, on a file system that numbers its files one after the other.
    numbered: Option<PathBuf>,
}

impl Scratch {
    pub(super) fn new() -> io::Result<Self> {
        // The broom removes it; `tempfile` only finds a name.
        let dir = tempfile::Builder::new().prefix("shmchat-tour.").tempdir()?.keep();
        let (read, leash) = io::pipe()?;
        let mut command = Command::new(std::env::current_exe()?);
        command.arg("broom").arg("--dir").arg(&dir).stdin(read).stdout(Stdio::null()).stderr(Stdio::null());
        // Away from the terminal's keys, which end all processes of a group.
        let spawned = command.process_group(0).spawn();
        let broom = spawned.inspect_err(|_| _ = fs::remove_dir(&dir))?;
        let mut scratch = Scratch { dir, broom, leash: Some(leash), ours: Ours::default(), files: 0, numbered: None };
        scratch.prepare()?;
        Ok(scratch)
    }

    /// Makes the folders.
    pub(super) fn prepare(&mut self) -> io::Result<()> {
        let make = |folder: PathBuf| {
            fs::create_dir_all(&folder).map_err(|error| io::Error::other(format!("{}: {error}", folder.display())))
        };
        make(self.original())?;
        make(self.channels())
    }

    /// Where the original pair's FIFO is.
    pub(super) fn original(&self) -> PathBuf {
        self.dir.join("original")
    }

    /// Where the channels' folders lie.
    pub(super) fn channels(&self) -> PathBuf {
        self.dir.join("channels")
    }

    /// The folder of the one channel.
    pub(super) fn channel(&self) -> PathBuf {
        self.channels().join(shmchat::ChannelName::default().as_str())
    }

    /// An end of the leash, for a side.
    pub(super) fn leash(&self) -> io::Result<PipeWriter> {
        self.leash.as_ref().ok_or_else(|| io::Error::other("the broom has gone"))?.try_clone()
    }

    /// Where the newest key file is.
    pub(super) fn key_file(&self) -> PathBuf {
        self.original().join(format!("key{}", self.files))
    }

    /// A new file whose key nobody has a segment at.
    pub(super) fn free_key_file(&mut self) -> io::Result<PathBuf> {
        loop {
            self.files += 1;
            let file = self.key_file();
            File::create(&file)?;
            if self.reserve(&file)? {
                return Ok(file);
            }
        }
    }

    /// Has the broom remove the segment with this file's key in the end; false if somebody else's is there.
    pub(super) fn reserve(&mut self, file: &Path) -> io::Result<bool> {
        let found = file.metadata()?;
        let key = ftok(found.dev(), found.ino(), PROJECT_ID as u8);
        if !is_free(segments::find(key))? {
            return Ok(false);
        }
        self.ours.keys.push(key);
        self.tell(&format!("key {}", key.0))?;
        Ok(true)
    }

    /// A folder in `/dev/shm`, which the broom removes too.
    pub(super) fn numbered(&mut self) -> io::Result<PathBuf> {
        if let Some(folder) = &self.numbered {
            return Ok(folder.clone());
        }
        let folder = numbered_of(&self.dir);
        fs::DirBuilder::new().mode(0o700).create(&folder)?;
        self.numbered = Some(folder.clone());
        Ok(folder)
    }

    /// Removes everything that the sides have made. They must be dead.
    pub(super) fn sweep(&mut self) {
        broom::sweep(&self.dir, &self.ours);
        self.ours = Ours::default();
        // If the broom has gone, the next start says so.
        let _ = self.tell("swept all");
    }

    /// A side was started, and has made nothing yet.
    pub(super) fn started(&mut self, pid: u32) -> io::Result<()> {
        self.ours.pids.push(pid);
        self.tell(&format!("pid {pid}"))
    }

    /// Tells the broom.
    fn tell(&mut self, line: &str) -> io::Result<()> {
        match &mut self.leash {
            Some(leash) => leash.write_all(format!("{line}\n").as_bytes()),
            None => Ok(()),
        }
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        self.leash = None;
        let _ = self.broom.wait();
    }
}

/// Whether nobody has a segment at a key, by what `shmget` says there. Where it fails for any other reason, it does so at every
/// key: nobody may go on to the next one.
fn is_free(found: Result<SegmentId, Errno>) -> io::Result<bool> {
    match found {
        Err(Errno::ENOENT) => Ok(true),
        Ok(_) | Err(Errno::EACCES) => Ok(false),
        Err(errno) => Err(io::Error::other(format!("shmget: {}", errno.desc()))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_free_or_taken_and_where_there_are_no_segments_it_is_an_error() {
        assert!(is_free(Err(Errno::ENOENT)).is_ok_and(|free| free));
        assert!(is_free(Ok(SegmentId(7))).is_ok_and(|free| !free));
        assert!(is_free(Err(Errno::EACCES)).is_ok_and(|free| !free));
        for errno in [Errno::ENOSYS, Errno::EPERM] {
            assert!(is_free(Err(errno)).is_err_and(|error| error.to_string().contains("shmget: ")), "{errno}");
        }
    }
}
