//! What the programs carry: two files in memory, made when first asked for. They have no name, so that nothing is left of
//! them, however the bench ends.

use crate::mechanism::Reason;
use nix::sys::memfd::{MFdFlags, memfd_create};
use std::cell::OnceCell;
use std::fs::{self, File};
use std::io::{BufWriter, Write};
use std::os::fd::AsRawFd;
use std::path::PathBuf;
use std::process::{Command, Stdio};

/// Which of the two.
#[derive(Clone, Copy)]
pub(super) enum Content {
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

/// Both files.
pub(super) struct Data {
    raw_bytes: u64,
    lines: OnceCell<File>,
    raw: OnceCell<File>,
}

impl Data {
    pub(super) fn new(quick: bool) -> Self {
        let raw_bytes = if quick { QUICK_RAW_BYTES } else { RAW_BYTES };
        Data { raw_bytes, lines: OnceCell::new(), raw: OnceCell::new() }
    }

    pub(super) fn bytes(&self, content: Content) -> u64 {
        match content {
            Content::Lines => LINES_BYTES,
            Content::Raw => self.raw_bytes,
        }
    }

    /// Where other programs can open the file while the bench runs. The first call makes it.
    pub(super) fn path(&self, content: Content) -> Result<PathBuf, Reason> {
        let made = match content {
            Content::Lines => &self.lines,
            Content::Raw => &self.raw,
        };
        let file = match made.get() {
            Some(file) => file,
            None => {
                let file = self.make(content)?;
                made.get_or_init(|| file)
            }
        };
        Ok(format!("/proc/{}/fd/{}", std::process::id(), file.as_raw_fd()).into())
    }

    fn make(&self, content: Content) -> Result<File, Reason> {
        let bytes = self.bytes(content);
        // Beside it there must be room for the place that memcpy copies it to.
        let (wanted, free) = (2 * bytes + LINES_BYTES, available()?);
        if free < wanted {
            return Err(Reason::unable(format!("it takes {wanted} bytes of memory, and {free} are free")));
        }
        let file = File::from(memfd_create("shmchat-bench", MFdFlags::MFD_CLOEXEC)?);
        match content {
            Content::Lines => write_lines(&file)?,
            Content::Raw => write_raw(&file, bytes)?,
        }
        match file.metadata()?.len() {
            length if length == bytes => Ok(file),
            length => Err(Reason(format!("its data is {length} bytes long, not {bytes}"))),
        }
    }
}

/// Bytes of memory that can be had without pushing out anything.
fn available() -> Result<u64, Reason> {
    let memory = fs::read_to_string("/proc/meminfo")?;
    let line = memory.lines().find_map(|line| line.strip_prefix("MemAvailable:"));
    let kibibytes = line.and_then(|line| line.trim().strip_suffix(" kB")?.parse::<u64>().ok());
    kibibytes.map(|count| count * 1024).ok_or_else(|| Reason("/proc/meminfo does not tell how much is free".into()))
}

fn write_lines(file: &File) -> Result<(), Reason> {
    let status = Command::new("seq").args(["1", "20000000"]).stdout(file.try_clone()?).stdin(Stdio::null()).status()?;
    if status.success() { Ok(()) } else { Err(Reason(format!("seq: {status}"))) }
}

/// Numbers one after the other, so that no two words are alike and none can be left out unseen.
fn write_raw(file: &File, bytes: u64) -> Result<(), Reason> {
    let mut file = BufWriter::with_capacity(1 << 20, file);
    for number in 0..bytes / 8 {
        file.write_all(&number.to_le_bytes())?;
    }
    Ok(file.flush()?)
}
