//! A command for each message, beside what people use for that; and messages through long-lived workers.

use super::channel::{Channel, Programs};
use super::together::Together;
use crate::mechanism::Reason;
use std::io::{Write, pipe};
use std::process::{Command, Stdio};
use std::time::Instant;

/// Commands of a run.
pub(super) const COMMANDS: usize = 1000;

/// Messages of a run through one worker, and how many it may have at once.
pub(super) const MESSAGES: usize = 2_000_000;
const AHEAD: &str = "4096";

/// Messages of a run through several, which have one each at a time.
pub(super) const SHARED: usize = 100_000;

/// Who runs the commands.
#[derive(Clone, Copy)]
pub(super) enum Runner {
    Ours,
    Xargs,
    Parallel,
}

/// Whether there is such a program.
pub(super) fn is_there(program: &str) -> bool {
    let version = Command::new(program)
        .arg("--version")
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status();
    version.is_ok_and(|status| status.success())
}

/// Starts `true` for each line, so many at once. Commands a second.
pub(super) fn commands(programs: &Programs, runner: Runner, jobs: usize) -> Result<f64, Reason> {
    let (channel, jobs) = (Channel::new(programs)?, jobs.to_string());
    let mut command = match runner {
        Runner::Ours => {
            send(&channel, COMMANDS)?;
            let mut command = channel.reader();
            command.args(["--jobs", &jobs, "--exec", "true", "{}"]);
            command
        }
        Runner::Xargs => fed("xargs", &["-P", &jobs, "-n", "1", "true"])?,
        Runner::Parallel => fed("parallel", &["--will-cite", "-j", &jobs, "true"])?,
    };
    let mut together = Together::new()?;
    let start = Instant::now();
    together.start(command.stdout(Stdio::null()))?;
    drop(command);
    together.finish()?;
    Ok(COMMANDS as f64 / start.elapsed().as_secs_f64())
}

/// Messages a second through `cat` as a worker: one that has all that is taken ahead, or several with one each.
pub(super) fn workers(programs: &Programs, jobs: usize, messages: usize) -> Result<f64, Reason> {
    let channel = Channel::new(programs)?;
    send(&channel, messages)?;
    let mut together = Together::new()?;
    let start = Instant::now();
    let mut reader = channel.reader();
    reader.args(["--jobs", &jobs.to_string(), "--ahead", AHEAD, "--worker", "cat"]);
    together.start(reader.stdout(Stdio::null()))?;
    drop(reader);
    together.finish()?;
    Ok(messages as f64 / start.elapsed().as_secs_f64())
}

fn send(channel: &Channel<'_>, messages: usize) -> Result<(), Reason> {
    let mut together = Together::new()?;
    let mut writer = channel.writer();
    together.start(writer.args(["--capacity", "64MiB"]).stdin(lines(messages)?).stdout(Stdio::null()))?;
    drop(writer);
    together.finish()
}

fn fed(program: &str, arguments: &[&str]) -> Result<Command, Reason> {
    let mut command = Command::new(program);
    command.args(arguments).stdin(lines(COMMANDS)?);
    Ok(command)
}

/// Numbered lines, by a thread.
fn lines(count: usize) -> Result<std::io::PipeReader, Reason> {
    let (lines, mut to) = pipe()?;
    let text: String = (0..count).map(|number| format!("{number}\n")).collect();
    // It ends when they are read, or nobody reads them any more.
    std::thread::spawn(move || to.write_all(text.as_bytes()));
    Ok(lines)
}
