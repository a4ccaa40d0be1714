//! What the programs carry: two files in memory, made when first asked for, gone with the bench.

use crate::mechanism::Reason;
use nix::sys::statvfs::statvfs;
use std::cell::OnceCell;
use std::fs;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use tempfile::TempDir;

/// Which of the two.
#[derive(Clone, Copy)]
pub(super) enum File {
    /// `seq 1 20000000`.
    Lines,
    /// Bytes without line ends in mind.
    Raw,
}

/// Bytes of `seq 1 20000000`.
const LINES_BYTES: u64 = 168_888_897;

/// Larger than any cache. In a quick run, still larger than most.
const RAW_BYTES: u64 = 4 << 30;
const QUICK_RAW_BYTES: u64 = 1 << 30;

/// Where files lie in memory on any Linux.
const IN_MEMORY: &str = "/dev/shm";

/// Both files.
pub(super) struct Data {
    raw_bytes: u64,
    folder: OnceCell<TempDir>,
    lines: OnceCell<PathBuf>,
    raw: OnceCell<PathBuf>,
}

impl Data {
    pub(super) fn new(quick: bool) -> Self {
        let raw_bytes = if quick { QUICK_RAW_BYTES } else { RAW_BYTES };
        Data { raw_bytes, folder: OnceCell::new(), lines: OnceCell::new(), raw: OnceCell::new() }
    }

    pub(super) fn bytes(&self, file: File) -> u64 {
        match file {
            File::Lines => LINES_BYTES,
            File::Raw => self.raw_bytes,
        }
    }

    /// Where the file lies. The first call makes it.
    pub(super) fn path(&self, file: File) -> Result<&Path, Reason> {
        let (made, name) = match file {
            File::Lines => (&self.lines, "lines"),
            File::Raw => (&self.raw, "raw"),
        };
        if made.get().is_none() {
            let path = self.folder()?.join(name);
            match file {
                File::Lines => write_lines(&path)?,
                File::Raw => write_raw(&path, self.raw_bytes)?,
            }
            let _ = made.set(path);
        }
        made.get().map(PathBuf::as_path).ok_or_else(|| Reason("no file was made".into()))
    }

    fn folder(&self) -> Result<&Path, Reason> {
        if self.folder.get().is_none() {
            let _ = self.folder.set(self.new_folder()?);
        }
        self.folder.get().map(TempDir::path).ok_or_else(|| Reason("no folder was made".into()))
    }

    /// In memory where it has room for both files and a copy, else among the other temporary files, where the page cache
    /// holds what was just written.
    fn new_folder(&self) -> Result<TempDir, Reason> {
        let wanted = LINES_BYTES + 2 * self.raw_bytes;
        let free = |path: &Path| statvfs(path).map(|found| found.blocks_available() * found.fragment_size());
        let (place, other) = (Path::new(IN_MEMORY), std::env::temp_dir());
        let place = if free(place).is_ok_and(|bytes| bytes >= wanted) { place } else { &other };
        Ok(tempfile::Builder::new().prefix("shmchat-bench.").tempdir_in(place)?)
    }
}

fn write_lines(path: &Path) -> Result<(), Reason> {
    let status =
        Command::new("seq").args(["1", "20000000"]).stdout(fs::File::create(path)?).stdin(Stdio::null()).status()?;
    let bytes = path.metadata()?.len();
    match status.success() && bytes == LINES_BYTES {
        true => Ok(()),
        false => Err(Reason(format!("seq 1 20000000 wrote {bytes} bytes, not {LINES_BYTES}"))),
    }
}

/// Numbers one after the other, so that no two words are alike and none can be left out unseen.
fn write_raw(path: &Path, bytes: u64) -> Result<(), Reason> {
    let mut file = BufWriter::with_capacity(1 << 20, fs::File::create(path)?);
    for number in 0..bytes / 8 {
        file.write_all(&number.to_le_bytes())?;
    }
    Ok(file.flush()?)
}
