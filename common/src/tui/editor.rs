//! The user's editor in place of the screen.
//!
//! The draft goes into a file of ours alone, the editor gets the terminal, and what it leaves in the file is the draft.
//! Whoever calls this has given the terminal back and stopped the input thread: two that read one terminal would
//! share the keys out between them.
//!
//! # Crash behaviour
//! The channel is not looked at meanwhile; what comes waits in the segment. If this process is killed the editor goes
//! on, and its file stays in the folder for temporary files.
#![forbid(unsafe_code)]

use std::env;
use std::ffi::OsString;
use std::fs::{self, OpenOptions};
use std::io::{self, Read, Write};
use std::os::fd::AsFd;
use std::os::unix::fs::OpenOptionsExt;
use std::path::PathBuf;
use std::process::{Command, ExitStatus};
use std::sync::Arc;
use std::thread;

use nix::errno::Errno;
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::sys::eventfd::{EfdFlags, EventFd};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use super::input::DRAFT_MAX;
use crate::signals::Signals;

/// What became of a draft.
#[derive(Debug)]
pub(super) struct Edited {
    /// The draft, or why there is no other.
    pub(super) draft: Result<String, String>,
    /// The signal that asked us to end meanwhile; the editor was asked to end too, and has.
    pub(super) signal: Option<Signal>,
}

/// Lets the user's editor have the draft, and waits for its end.
pub(super) fn edit(draft: &str, signals: &Signals) -> Edited {
    let Some(editor) = ["VISUAL", "EDITOR"].iter().filter_map(env::var_os).find(|editor| !editor.is_empty()) else {
        return Edited { draft: Err("no editor: set VISUAL or EDITOR".to_owned()), signal: None };
    };
    let mut signal = None;
    let edited = File::with(draft).and_then(|file| {
        let (status, asked) = run(&editor, &file, signals)?;
        signal = asked;
        Ok((status, file.read()?))
    });
    let name = editor.to_string_lossy();
    let draft = match edited {
        Ok((status, text)) if status.success() => Ok(text),
        Ok((status, _)) => Err(format!("the draft is as it was: {name} ended with {status}")),
        Err(error) => Err(format!("the draft is as it was: {name}: {error}")),
    };
    Edited { draft, signal }
}

/// Runs `$EDITOR FILE` as a shell does, for the variable may hold arguments.
fn run(editor: &OsString, file: &File, signals: &Signals) -> io::Result<(ExitStatus, Option<Signal>)> {
    let mut script = editor.clone();
    script.push(" \"$@\"");
    let mut child = Command::new("sh").arg("-c").arg(script).arg(editor).arg(&file.0).spawn()?;
    let pid = Pid::from_raw(i32::try_from(child.id()).map_err(io::Error::other)?);
    // Its end is waited for by a thread, so that a signal is heard meanwhile.
    let ended = Arc::new(EventFd::from_flags(EfdFlags::EFD_CLOEXEC | EfdFlags::EFD_NONBLOCK)?);
    let tell = Arc::clone(&ended);
    let waiting = thread::spawn(move || {
        let status = child.wait();
        _ = tell.write(1);
        status
    });
    let mut asked = None;
    loop {
        let mut fds = [PollFd::new(ended.as_fd(), PollFlags::POLLIN), PollFd::new(signals.as_fd(), PollFlags::POLLIN)];
        match poll(&mut fds, PollTimeout::NONE) {
            Ok(_) | Err(Errno::EINTR) => {}
            Err(errno) => return Err(errno.into()),
        }
        while let Some(signal) = signals.take()? {
            // A Ctrl-C is the editor's, and so is a resize: they were sent to it too.
            if matches!(signal, Signal::SIGTERM | Signal::SIGHUP) && asked.is_none() {
                asked = Some(signal);
                _ = kill(pid, Signal::SIGHUP);
            }
        }
        if ended.read().is_ok() {
            let status = waiting.join().map_err(|_| io::Error::other("waiting for it failed"))??;
            return Ok((status, asked));
        }
    }
}

/// The draft in a file, which goes with this value.
struct File(PathBuf);

impl File {
    fn with(draft: &str) -> io::Result<Self> {
        let name = format!("shmchat-draft-{:016x}.txt", getrandom::u64().map_err(io::Error::other)?);
        let path = env::temp_dir().join(name);
        let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&path)?;
        let made = File(path);
        file.write_all(draft.as_bytes())?;
        Ok(made)
    }

    /// What stands in it now, without the new line that editors put at the end; of more than a draft holds only the
    /// beginning and a little, so that it is seen to be too long.
    fn read(&self) -> io::Result<String> {
        let mut bytes = Vec::new();
        fs::File::open(&self.0)?.take(2 * DRAFT_MAX as u64).read_to_end(&mut bytes)?;
        let text = String::from_utf8_lossy(&bytes);
        Ok(text.strip_suffix('\n').unwrap_or(&text).to_owned())
    }
}

impl Drop for File {
    fn drop(&mut self) {
        // An editor may have taken it away.
        _ = fs::remove_file(&self.0);
    }
}
