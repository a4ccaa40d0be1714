//! Files that tell what became of the messages: dead letters, and a line for each attempt.

use super::child::Ending;
use super::crew::Ended;
use super::error::Error;
use super::task::Task;
use crate::framing::json::JsonWriter;
use crate::text::escaped;
use serde::Serialize;
use shmchat::hint::errno_of;
use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::{FileExt, OpenOptionsExt};
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
        let mut appended = Appended { path: path.to_owned(), file };
        appended.end_torn_line()?;
        Ok(appended)
    }

    /// Ends the last line if whoever wrote it was killed within it. If it cannot be read, it counts as whole.
    fn end_torn_line(&mut self) -> Result<(), Error> {
        let found = self.file.metadata().map_err(|error| failed(&self.path, &error))?;
        let mut last = [0];
        if found.is_file()
            && found.len() > 0
            && File::open(&self.path).and_then(|file| file.read_exact_at(&mut last, found.len() - 1)).is_ok()
            && last != *b"\n"
        {
            self.append(b"\n")?;
        }
        Ok(())
    }

    fn append(&mut self, line: &[u8]) -> Result<(), Error> {
        self.file.write_all(line).map_err(|error| failed(&self.path, &error))
    }
}

fn failed(path: &Path, error: &io::Error) -> Error {
    Error::File { path: path.to_owned(), errno: errno_of(error) }
}

/// What is told of a message that had all its attempts, beside the message itself.
#[derive(Serialize)]
struct Failure<'a> {
    attempts: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    code: Option<i32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    signal: Option<i32>,
    error: String,
    #[serde(skip_serializing_if = "str::is_empty")]
    stderr: &'a str,
}

/// The messages that had all their attempts, as objects of JSON, so that `writer --framing json` sends them again.
#[derive(Debug)]
pub(super) struct DeadLetters {
    file: Appended,
    json: JsonWriter,
}

impl DeadLetters {
    /// Opens the file, so that one that cannot be written is noticed before a message is taken.
    pub(super) fn open(path: &Path) -> Result<Self, Error> {
        Ok(DeadLetters { file: Appended::open(path)?, json: JsonWriter::default() })
    }

    /// Appends a message. When this returns, it is on the disk.
    pub(super) fn bury(&mut self, task: &Task, attempts: u32, ending: &Ending, errors: &str) -> Result<(), Error> {
        let (code, signal) = match ending {
            Ending::Exit(code) => (Some(*code), None),
            Ending::Signal(signal) => (None, Some(*signal)),
            _ => (None, None),
        };
        let mut line = Vec::new();
        self.json.set_from(&task.from);
        self.json.append(&task.envelope(), &task.bytes, &mut line);
        let failure = Failure { attempts, code, signal, error: ending.shown(), stderr: errors };
        let failure = serde_json::to_string(&failure).expect("text is JSON");
        // One object of both: the brace and the line feed at the end of one and the brace at the start of the other go.
        line.truncate(line.len() - 2);
        line.push(b',');
        line.extend_from_slice(&escaped(&failure).as_bytes()[1..]);
        line.push(b'\n');
        self.file.append(&line)?;
        self.file.file.sync_data().map_err(|error| failed(&self.file.path, &error))
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
