//! The transcript in a file (`--transcript FILE`): every message of both sides is appended.
//!
//! ```text
//!   received ──▶ append ──▶ write(2) ──▶ acknowledge        so a killed reader keeps all that it acknowledged
//!   sent, in the segment ──▶ append ──▶ write(2)
//! ```
//!
//! | the name ends in | a message is |
//! | --- | --- |
//! | `.jsonl` | one object per line, as in [`json`] |
//! | anything else | `2026-11-21 09:41:07 alice  text`, with its other lines indented, or `… * alice waves` for what somebody does; what a terminal would obey is made [visible](crate::text::visible) |
//!
//! Files are noted when they are offered and when they have arrived, or have not; their bytes are not in here.
//!
//! If the terminal is lost, the draft is lost with it, unless it stands here: `… alice (not sent)  text`, in plain text only.
//!
//! Unlike on the screen, nothing is left out: a long message arrives in parts, and each is appended as it arrives.
//!
//! # Crash behaviour
//! If we are killed after the `write` and before the acknowledgement, the next reader appends the same messages again; in a
//! `.jsonl` their `seq` shows that. If we are killed during the `write`, the file may end in a partial line: the next process
//! begins with a new line. In plain text, a message in parts may lack a character that two parts share. Nothing is synced to
//! disk: after a power failure, what the kernel had not written is lost.
mod plain;
mod saved;

pub(super) use saved::save;

use std::fs::{File, OpenOptions};
use std::io::{self, ErrorKind, Read, Seek, SeekFrom, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use crate::framing::json;
use nix::errno::Errno;
use shmchat::hint::{errno_of, hint};
use shmchat::{Envelope, Kind, Message, Part};

/// The transcript cannot be written.
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
    /// What is not written yet.
    lines: Vec<u8>,
}

#[derive(Debug)]
enum ArchiveFormat {
    Plain(plain::PlainWriter),
    Json(json::JsonWriter),
}

impl Archive {
    /// Opens the file, or creates it for its owner only.
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

    /// Adds a message that arrived, or a part of one.
    pub(super) fn add(&mut self, message: &Message<'_>) {
        match &mut self.format {
            ArchiveFormat::Plain(writer) => writer.add(message, &mut self.lines),
            ArchiveFormat::Json(writer) => {
                writer.set_from(message.from);
                writer.append(&message.envelope, message.bytes, &mut self.lines);
            }
        }
    }

    /// Adds a message of ours, which has been at `seq` in the segment since this time.
    pub(super) fn add_ours(&mut self, from: &str, kind: Kind, said: &str, seq: u64, clock: SystemTime) {
        let part = Part::Whole;
        let envelope = Envelope { seq, kind, sent: Some(clock), part, unterminated: false, follows_truncated: false };
        match &mut self.format {
            // Ours may come between two parts of theirs: it is written separately.
            ArchiveFormat::Plain(writer) => writer.add_whole(from, &envelope, said.as_bytes(), &mut self.lines),
            ArchiveFormat::Json(writer) => {
                writer.set_from(from);
                writer.append(&envelope, said.as_bytes(), &mut self.lines);
            }
        }
    }

    /// Adds a line about a file.
    pub(super) fn add_note(&mut self, text: &str, clock: SystemTime) {
        match &mut self.format {
            ArchiveFormat::Plain(writer) => writer.add_note(text, clock, &mut self.lines),
            ArchiveFormat::Json(_) => json::append_note(text, clock, &mut self.lines),
        }
    }

    /// Adds a draft that was never sent, because nobody can be shown it any more; in plain text only.
    pub(super) fn add_draft(&mut self, from: &str, draft: &str, clock: SystemTime) {
        if let ArchiveFormat::Plain(writer) = &mut self.format {
            writer.add_draft(from, draft, clock, &mut self.lines);
        }
    }

    /// Hands everything that was added to the kernel, so that it outlives this process.
    pub(super) fn write(&mut self) -> Result<(), Error> {
        if self.lines.is_empty() {
            return Ok(());
        }
        let written = self.file.write_all(&self.lines);
        self.lines.clear();
        written.map_err(|error| Error { path: self.path.clone(), errno: errno_of(&error) })
    }
}

/// Whether the file ends with a new line, as far as we can tell: it may be a terminal, or unreadable.
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
