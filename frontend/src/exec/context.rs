//! What the commands of a pool have in common: what their environment says, and where their errors go.

use super::child::Ending;
use super::child::{Errors, Running};
use super::command_line::CommandLine;
use super::crew::Refusal;
use super::task::Task;
use super::watcher::Watcher;
use crate::logging;
use crate::text::rfc3339;
use nix::errno::Errno;
use shmchat::hint::errno_of;
use std::ffi::OsString;
use std::process::Stdio;
use std::time::Duration;

/// Where commands are started from.
#[derive(Debug)]
pub(super) struct Context {
    pub(super) line: CommandLine,
    pub(super) channel: String,
    pub(super) errors: Errors,
    /// How long an attempt may take.
    pub(super) limit: Option<Duration>,
    pub(super) watcher: Watcher,
}

impl Context {
    /// Starts the command, for a message or for as many as come.
    pub(super) fn start(&self, about: Option<(&Task, u32)>, input: Stdio) -> Result<Running, Refusal> {
        let mut variables = vec![("SHMCHAT_CHANNEL", OsString::from(&self.channel))];
        let arguments;
        let arguments = match about {
            Some((task, attempt)) => {
                variables.push(("SHMCHAT_SEQ", task.seq.to_string().into()));
                variables.push(("SHMCHAT_ATTEMPT", attempt.to_string().into()));
                // Its sender may have put anything there, and no variable can hold a NUL.
                variables.push(("SHMCHAT_FROM", task.from.replace('\0', "").into()));
                variables.push(("SHMCHAT_TS", task.sent.map(rfc3339).unwrap_or_default().into()));
                arguments = self.line.arguments_for(&task.bytes);
                &arguments
            }
            None => &self.line.arguments,
        };
        Running::start(&self.line, arguments, variables, input, self.errors, &self.watcher)
            .map_err(|error| refusal(errno_of(&error), arguments))
    }

    /// Passes on what a command printed on standard error.
    pub(super) fn pass_on(bytes: &[u8]) {
        logging::to_screen(bytes);
    }
}

/// What it means that a process cannot be started.
pub(super) fn refusal(errno: Errno, arguments: &[OsString]) -> Refusal {
    match errno {
        Errno::EAGAIN | Errno::EMFILE | Errno::ENFILE | Errno::ENOMEM => Refusal::Later(errno),
        Errno::E2BIG => Refusal::Failed(Ending::Never(format!(
            "an argument can't be that long ({} bytes): read the message from standard input instead of {{}}",
            arguments.iter().map(|argument| argument.len()).max().unwrap_or_default()
        ))),
        errno => Refusal::Failed(Ending::Said(format!("it cannot be started: {}", errno.desc()))),
    }
}
