//! Processes that belong together: started one by one, waited for within a time, killed if something goes wrong.

use crate::mechanism::Reason;
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use std::io::{PipeReader, PipeWriter, Read, pipe};
use std::os::fd::AsFd;
use std::path::PathBuf;
use std::process::{Child, Command};

/// Seconds without a byte or an end, after which programs count as hung.
const PATIENCE: u16 = 60;

/// What was started. All share one standard error, whose end tells that all have ended.
pub(super) struct Together {
    children: Vec<(String, Child)>,
    errors: PipeReader,
    errors_end: PipeWriter,
}

impl Together {
    pub(super) fn new() -> Result<Self, Reason> {
        let (errors, errors_end) = pipe()?;
        Ok(Together { children: Vec::new(), errors, errors_end })
    }

    /// Starts one more. Its process id.
    pub(super) fn start(&mut self, command: &mut Command) -> Result<u32, Reason> {
        let program = PathBuf::from(command.get_program());
        let name = program.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let child = command.stderr(self.errors_end.try_clone()?).spawn();
        let child = child.map_err(|error| Reason(format!("{} could not be started: {error}", program.display())))?;
        let pid = child.id();
        self.children.push((name, child));
        Ok(pid)
    }

    /// Waits until all have ended, and well.
    pub(super) fn finish(mut self) -> Result<(), Reason> {
        let (_, other_end) = pipe()?;
        drop(std::mem::replace(&mut self.errors_end, other_end));
        let mut said = Vec::new();
        let mut some = [0; 4096];
        loop {
            match read_soon(&mut self.errors, &mut some)? {
                0 => break,
                count => said.extend_from_slice(&some[..count]),
            }
        }
        for (name, child) in &mut self.children {
            let status = child.wait()?;
            if !status.success() {
                let said = String::from_utf8_lossy(&said);
                return Err(Reason(format!("{name}: {status}: {}", said.trim().replace('\n', "; "))));
            }
        }
        Ok(())
    }
}

impl Drop for Together {
    fn drop(&mut self) {
        for (_, child) in &mut self.children {
            // Neither does anything to one that was waited for.
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

/// Reads what there is, and waits for it, but not for ever.
pub(super) fn read_soon(source: &mut PipeReader, some: &mut [u8]) -> Result<usize, Reason> {
    let mut fds = [PollFd::new(source.as_fd(), PollFlags::POLLIN)];
    if poll(&mut fds, PollTimeout::from(PATIENCE * 1000))? == 0 {
        return Err(Reason::hung(PATIENCE.into()));
    }
    Ok(source.read(some)?)
}
