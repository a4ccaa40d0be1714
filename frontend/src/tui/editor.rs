//! The user's editor in place of the screen.
//!
//! The draft goes into a private file (0600), the editor gets the terminal, and what it leaves in the file becomes the draft.
//! Before you start one, leave the screen and stop the input thread: two readers of one terminal would each get some of the
//! keys.
//!
//! # Crash behaviour
//! If this process is killed, the editor keeps running, and its file stays in the directory for temporary files.
use std::env;
use std::ffi::OsString;
use std::fs::File;
use std::io::{self, Read, Write};
use std::os::fd::{AsFd, BorrowedFd};
use std::process::{Command, ExitStatus};
use std::sync::Arc;
use std::thread::{self, JoinHandle};

use nix::poll::{PollFd, PollFlags, PollTimeout};
use nix::sys::eventfd::{EfdFlags, EventFd};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use tempfile::TempPath;

use super::input::DRAFT_MAX;
use super::wait::{is_ready, wait};
use crate::signals::Signals;

/// What became of a draft.
#[derive(Debug)]
pub(super) struct Edited {
    /// The new draft, or why there is none.
    pub(super) draft: Result<String, String>,
    /// The signal that asked us to end in the meantime. The editor was asked to end too, and has ended.
    pub(super) signal: Option<Signal>,
}

/// The user's editor at work on a draft. As a descriptor it is readable once the editor has ended.
#[derive(Debug)]
pub(super) struct Editing {
    /// The command, as the user gave it.
    name: String,
    file: DraftFile,
    pid: Pid,
    ended: Arc<EventFd>,
    /// Waits for its end in a thread, so that we can wait for other things too.
    waiting: JoinHandle<io::Result<ExitStatus>>,
    asked: Option<Signal>,
}

impl Editing {
    /// Opens the draft in the user's editor, or says why it cannot.
    pub(super) fn start(draft: &str) -> Result<Self, String> {
        let editor = ["VISUAL", "EDITOR"].iter().filter_map(env::var_os).find(|editor| !editor.is_empty());
        let editor = editor.ok_or("no editor: set VISUAL or EDITOR")?;
        let name = editor.to_string_lossy().into_owned();
        Editing::run(editor, name.clone(), draft).map_err(|error| format!("the draft is unchanged: {name}: {error}"))
    }

    /// Runs `$EDITOR FILE` through a shell, because the variable may hold arguments.
    fn run(editor: OsString, name: String, draft: &str) -> io::Result<Self> {
        let file = DraftFile::with(draft)?;
        let ended = Arc::new(EventFd::from_flags(EfdFlags::EFD_CLOEXEC | EfdFlags::EFD_NONBLOCK)?);
        let mut script = editor.clone();
        script.push(" \"$@\"");
        let mut child = Command::new("sh").arg("-c").arg(script).arg(editor).arg(file.0.as_os_str()).spawn()?;
        let pid = Pid::from_raw(i32::try_from(child.id()).map_err(io::Error::other)?);
        let at_end = Arc::clone(&ended);
        let waiting = thread::spawn(move || {
            let status = child.wait();
            _ = at_end.write(1);
            status
        });
        Ok(Editing { name, file, pid, ended, waiting, asked: None })
    }

    /// Handles the signals that have arrived: if we are asked to end, so is the editor.
    pub(super) fn heed(&mut self, signals: &Signals) -> io::Result<()> {
        while let Some(signal) = signals.take() {
            // Ctrl-C and a resize are for the editor: they were sent to it too.
            if matches!(signal, Signal::SIGTERM | Signal::SIGHUP) && self.asked.is_none() {
                self.asked = Some(signal);
                _ = kill(self.pid, Signal::SIGHUP);
            }
        }
        Ok(())
    }

    /// Waits for its end, and takes the draft back.
    pub(super) fn finish(mut self, signals: &Signals) -> Edited {
        let edited = self.wait_for_end(signals).and_then(|()| {
            let status = self.waiting.join().map_err(|_| io::Error::other("waiting for it failed"))??;
            Ok((status, self.file.read()?))
        });
        let name = self.name;
        let draft = match edited {
            Ok((status, text)) if status.success() => Ok(text),
            Ok((status, _)) => Err(format!("the draft is unchanged: {name} ended with {status}")),
            Err(error) => Err(format!("the draft is unchanged: {name}: {error}")),
        };
        Edited { draft, signal: self.asked }
    }

    fn wait_for_end(&mut self, signals: &Signals) -> io::Result<()> {
        loop {
            let mut fds = [&self.as_fd(), &signals.as_fd()].map(|fd| PollFd::new(*fd, PollFlags::POLLIN));
            wait(&mut fds, PollTimeout::NONE)?;
            let ended = is_ready(&fds[0]);
            self.heed(signals)?;
            if ended {
                return Ok(());
            }
        }
    }
}

impl AsFd for Editing {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.ended.as_fd()
    }
}

/// The draft in a private file (0600, in the directory for temporary files), which is removed with this value.
#[derive(Debug)]
struct DraftFile(TempPath);

impl DraftFile {
    fn with(draft: &str) -> io::Result<Self> {
        // The extension tells the editor that it is text.
        let mut file = tempfile::Builder::new().prefix("shmchat-draft-").suffix(".txt").tempfile()?;
        file.write_all(draft.as_bytes())?;
        Ok(DraftFile(file.into_temp_path()))
    }

    /// The contents now, without the new line that editors put at the end. If that is more than a draft holds, only its
    /// beginning and a little more, which shows that it is too long.
    ///
    /// It is opened by its path: many editors replace the old file with a new one.
    fn read(&self) -> io::Result<String> {
        let mut bytes = Vec::new();
        File::open(&self.0)?.take(2 * DRAFT_MAX as u64).read_to_end(&mut bytes)?;
        let text = String::from_utf8_lossy(&bytes);
        Ok(text.strip_suffix('\n').unwrap_or(&text).to_owned())
    }
}
