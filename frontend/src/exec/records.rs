//! Files that tell what became of the messages: dead letters, and a line for each attempt.

use super::child::Ending;
use super::crew::Ended;
use super::error::Error;
use super::task::Task;
use crate::text::{escaped, rfc3339};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::Serialize;
use shmchat::hint::errno_of;
use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

/// A file that lines are appended to. Only its owner can read a new one.
#[derive(Debug)]
struct Appended {
    path: PathBuf,
    file: File,
}

impl Appended {
    fn open(path: &Path) -> Result<Self, Error> {
        let opened = OpenOptions::new().append(true).create(true).mode(0o600).open(path);
        let file = opened.map_err(|error| failed(path, &error))?;
        Ok(Appended { path: path.to_owned(), file })
    }

    fn append(&mut self, line: &[u8]) -> Result<(), Error> {
        self.file.write_all(line).map_err(|error| failed(&self.path, &error))
    }
}

fn failed(path: &Path, error: &io::Error) -> Error {
    Error::File { path: path.to_owned(), errno: errno_of(error) }
}

/// A message that had all its attempts. It has the fields of a message in JSON, so that `writer --framing json` sends it again.
#[derive(Serialize)]
struct Letter<'a> {
    seq: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    ts: Option<String>,
    #[serde(skip_serializing_if = "str::is_empty")]
    from: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    text: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    base64: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    kind: Option<&'a str>,
    attempts: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    code: Option<i32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    signal: Option<i32>,
    error: String,
    #[serde(skip_serializing_if = "str::is_empty")]
    stderr: &'a str,
}

/// The messages that had all their attempts.
#[derive(Debug)]
pub(super) struct DeadLetters(Appended);

impl DeadLetters {
    /// Opens the file, so that one that cannot be written is noticed before a message is taken.
    pub(super) fn open(path: &Path) -> Result<Self, Error> {
        Appended::open(path).map(DeadLetters)
    }

    /// Appends a message. When this returns, it is on the disk.
    pub(super) fn bury(&mut self, task: &Task, attempts: u32, ending: &Ending, errors: &str) -> Result<(), Error> {
        let text = std::str::from_utf8(&task.bytes).ok();
        let (code, signal) = match ending {
            Ending::Exit(code) => (Some(*code), None),
            Ending::Signal(signal) => (None, Some(*signal)),
            _ => (None, None),
        };
        let letter = Letter {
            seq: task.seq,
            ts: task.sent.map(rfc3339),
            from: &task.from,
            text,
            base64: text.is_none().then(|| STANDARD.encode(&task.bytes)),
            kind: task.sent.is_none().then_some("bytes"),
            attempts,
            code,
            signal,
            error: ending.shown(),
            stderr: errors,
        };
        let line = serde_json::to_string(&letter).expect("text is JSON");
        let line = format!("{}\n", escaped(&line));
        self.0.append(line.as_bytes())?;
        self.0.file.sync_data().map_err(|error| failed(&self.0.path, &error))
    }
}

/// A line for each attempt, in the columns of GNU parallel's `--joblog`.
#[derive(Debug)]
pub(super) struct JobLog {
    file: Appended,
    command: String,
}

const COLUMNS: &str = "Seq\tHost\tStarttime\tJobRuntime\tSend\tReceive\tExitval\tSignal\tCommand\n";

impl JobLog {
    /// Opens the file, and writes the columns' names into a new one.
    pub(super) fn open(path: &Path, command: &str) -> Result<Self, Error> {
        let mut file = Appended::open(path)?;
        if file.file.metadata().is_ok_and(|found| found.len() == 0) {
            file.append(COLUMNS.as_bytes())?;
        }
        // One line is one attempt.
        Ok(JobLog { file, command: command.replace(['\n', '\t'], " ") })
    }

    /// Appends an attempt. One that ended in another way than by itself has code -1, as in `parallel`.
    pub(super) fn note(&mut self, task: &Task, ended: &Ended, ending: &Ending, now: SystemTime) -> Result<(), Error> {
        let (code, signal) = match ending {
            Ending::Exit(code) => (*code, 0),
            Ending::Signal(signal) => (0, *signal),
            _ => (-1, 0),
        };
        let began = now.checked_sub(ended.took).and_then(|began| began.duration_since(SystemTime::UNIX_EPOCH).ok());
        let seconds = |time: Duration| format!("{:.3}", time.as_secs_f64());
        let (seq, sent, received) = (task.seq, task.bytes.len(), ended.output.len());
        let (began, took) = (seconds(began.unwrap_or_default()), seconds(ended.took));
        let command = &self.command;
        self.file
            .append(format!("{seq}\t:\t{began}\t{took}\t{sent}\t{received}\t{code}\t{signal}\t{command}\n").as_bytes())
    }
}
