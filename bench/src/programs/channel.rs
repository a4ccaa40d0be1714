//! Our two programs, and the channel over which a run of them goes.

use crate::mechanism::Reason;
use crate::options::Options;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use tempfile::TempDir;

/// Our two programs.
pub(super) struct Programs {
    writer: PathBuf,
    reader: PathBuf,
}

impl Programs {
    pub(super) fn of(options: &Options) -> Self {
        Programs { writer: options.programs.join("writer"), reader: options.programs.join("reader") }
    }
}

/// A channel of its own for one run. What a failed run left in it goes with it.
pub(super) struct Channel<'a> {
    folder: TempDir,
    programs: &'a Programs,
}

impl<'a> Channel<'a> {
    pub(super) fn new(programs: &'a Programs) -> Result<Self, Reason> {
        Ok(Channel { folder: tempfile::tempdir()?, programs })
    }

    pub(super) fn writer(&self) -> Command {
        self.command(&self.programs.writer)
    }

    pub(super) fn reader(&self) -> Command {
        self.command(&self.programs.reader)
    }

    fn command(&self, program: &Path) -> Command {
        let mut command = Command::new(program);
        command.arg("--dir").arg(self.folder.path()).stdin(Stdio::null());
        command
    }
}

impl Drop for Channel<'_> {
    fn drop(&mut self) {
        let _ = self.reader().args(["--clean", "--force"]).stdout(Stdio::null()).stderr(Stdio::null()).status();
    }
}
