//! The transcript in a file (`--transcript FILE`): every message of both sides, appended.
//!
//! ```text
//!   received ──▶ append ──▶ write(2) ──▶ acknowledge        so a killed reader has all that it acknowledged
//!   sent, in the segment ──▶ append ──▶ write(2)
//! ```
//!
//! | the name ends in | a message is |
//! | --- | --- |
//! | `.jsonl` | an object a line, as [`json`] has them |
//! | anything else | `2026-11-21 09:41:07 alice  text`, its other lines indented; what a terminal would obey is made [visible](crate::text::visible) |
//!
//! Nothing is left out, as on the screen: a long message comes in parts, and each is appended as it comes.
//!
//! # Crash behaviour
//! Killed after the `write` and before the acknowledgement, the next reader appends the same messages again; in a
//! `.jsonl` their `seq` tells. Killed within the `write`, a part of a line may stand at the end: the next one begins
//! with a new line. Of a message in parts, plain text may lack a character that two parts share. Nothing is flushed to
//! the disk: a machine that loses its power loses what the kernel had not written.
mod plain;

use std::fs::{File, OpenOptions};
use std::io::{self, ErrorKind, Read, Seek, SeekFrom, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use crate::framing::{json, text};
use nix::errno::Errno;
use shmchat::hint::{errno_of, hint};
use shmchat::{Envelope, Message, Part};

/// A transcript that cannot be kept.
#[derive(Debug, thiserror::Error)]
#[error("cannot write the transcript {path}: {}{}; messages not written to it stay in the channel", .errno.desc(), hint("write the transcript", *.errno), path = .path.display())]
pub struct Error {
    path: PathBuf,
    errno: Errno,
}

/// The file, open to be appended to.
#[derive(Debug)]
pub(super) struct Archive {
    path: PathBuf,
    file: File,
    format: ArchiveFormat,
    /// What is to be written.
    lines: Vec<u8>,
}

#[derive(Debug)]
enum ArchiveFormat {
    Plain(plain::PlainWriter),
    Json(json::JsonWriter),
}

impl Archive {
    /// Opens the file, or makes it, for its owner alone.
    pub(super) fn open(path: &Path) -> Result<Archive, Error> {
        let wrong = |error: io::Error| Error { path: path.to_owned(), errno: errno_of(&error) };
        let file = OpenOptions::new().append(true).create(true).mode(0o600).open(path).map_err(wrong)?;
        let is_json = path.extension().is_some_and(|ending| ending == "jsonl");
        let format = if is_json {
            ArchiveFormat::Json(json::JsonWriter::default())
        } else {
            ArchiveFormat::Plain(plain::PlainWriter::default())
        };
        let lines = if ends_in_a_line(path) { Vec::new() } else { b"\n".to_vec() };
        Ok(Archive { path: path.to_owned(), file, format, lines })
    }

    /// Adds a message that came, or a part of one.
    pub(super) fn add(&mut self, from: &str, message: &Message<'_>) {
        match &mut self.format {
            ArchiveFormat::Plain(writer) => writer.add(from, message, &mut self.lines),
            ArchiveFormat::Json(writer) => {
                writer.set_from(from);
                writer.append(&message.envelope, message.bytes, &mut self.lines);
            }
        }
    }

    /// Adds a message of ours, which lies at `seq` in the segment since this time.
    pub(super) fn add_ours(&mut self, from: &str, said: &str, seq: u64, clock: SystemTime) {
        let kind = text(said.as_bytes(), clock).kind;
        let part = Part::Whole;
        let envelope = Envelope { seq, kind, sent: Some(clock), part, unterminated: false, follows_truncated: false };
        match &mut self.format {
            // Ours may come between two parts of theirs: it stands by itself.
            ArchiveFormat::Plain(writer) => writer.add_whole(from, &envelope, said.as_bytes(), &mut self.lines),
            ArchiveFormat::Json(writer) => {
                writer.set_from(from);
                writer.append(&envelope, said.as_bytes(), &mut self.lines);
            }
        }
    }

    /// Hands all that was added to the kernel, so that it outlives this process.
    pub(super) fn write(&mut self) -> Result<(), Error> {
        if self.lines.is_empty() {
            return Ok(());
        }
        let written = self.file.write_all(&self.lines);
        self.lines.clear();
        written.map_err(|error| Error { path: self.path.clone(), errno: errno_of(&error) })
    }
}

/// Whether what stands in the file ends with a new line, as far as one may see: the file may be a terminal, or not to
/// be read.
fn ends_in_a_line(path: &Path) -> bool {
    let last = || {
        if !path.metadata()?.is_file() {
            return Err(ErrorKind::Unsupported.into());
        }
        let mut file = File::open(path)?;
        file.seek(SeekFrom::End(-1))?;
        let mut byte = [0];
        file.read_exact(&mut byte)?;
        Ok::<_, io::Error>(byte[0])
    };
    last().map_or(true, |byte| byte == b'\n')
}

#[cfg(test)]
mod tests;
