//! A process for each message.
//!
//! The message is the standard input: a nameless file in memory, so that the command has all of it whatever becomes of us, and
//! nobody has to feed it. <https://man7.org/linux/man-pages/man2/memfd_create.2.html>

use super::child::{Ending, Running};
use super::context::{Context, refusal};
use super::crew::{Crew, Ended, Refusal};
use super::error::Error;
use super::output::Output;
use super::task::Task;
use nix::errno::Errno;
use nix::poll::{PollFd, PollFlags};
use nix::sys::memfd::{MFdFlags, memfd_create};
use shmchat::hint::errno_of;
use std::fs::File;
use std::os::fd::AsFd;
use std::os::unix::fs::FileExt;
use std::time::{Duration, Instant};

/// How long a command that has ended is waited for if something that it left running still holds its output.
const GRACE: Duration = Duration::from_secs(1);

/// A command that runs.
#[derive(Debug)]
struct Job {
    number: u64,
    running: Running,
    out: Vec<u8>,
    /// Whether more output is read now.
    reads: bool,
    /// When it had ended.
    ended: Option<Instant>,
    /// What is wrong with it.
    fault: Option<String>,
}

/// The commands that run.
#[derive(Debug)]
pub(super) struct Commands {
    most: usize,
    jobs: Vec<Job>,
    line_buffer: bool,
    /// Its watcher goes last: it is there as long as a command is.
    context: Context,
}

impl Commands {
    /// At most so many at once.
    pub(super) fn new(context: Context, most: usize, line_buffer: bool) -> Self {
        Commands { context, most, jobs: Vec::new(), line_buffer }
    }
}

impl Crew for Commands {
    fn has_a_hand(&self) -> bool {
        self.jobs.len() < self.most
    }

    fn start(&mut self, number: u64, attempt: u32, task: &Task) -> Result<(), Refusal> {
        if self.context.line.has_place() && task.bytes.contains(&0) {
            let why = "the message has a NUL, which no argument can hold: read it from standard input instead of {}";
            return Err(Refusal::Failed(Ending::Never(why.to_owned())));
        }
        let input = in_memory(&task.bytes).map_err(|errno| refusal(errno, &[]))?;
        let running = self.context.start(Some((task, attempt)), input.into())?;
        self.jobs.push(Job { number, running, out: Vec::new(), reads: true, ended: None, fault: None });
        Ok(())
    }

    fn prepare(&mut self, now: Instant, output: &mut Output<'_>) -> Result<(), Error> {
        // Whoever has the floor may give it up, for which others wait.
        if let Some(job) = self.jobs.iter_mut().find(|job| output.has_floor(job.number)) {
            job.pass_on(self.line_buffer, output);
        }
        for job in &mut self.jobs {
            if job.ended.is_none()
                && let Some(limit) = self.context.limit
                && now.saturating_duration_since(job.running.started) >= limit
            {
                job.running.timed_out = true;
                job.running.terminate(now);
            }
            job.running.kill_if_due(now);
            job.pass_on(self.line_buffer, output);
            job.reads = job.out.len() < output.most();
            if !job.reads && output.is_reply() && job.fault.is_none() {
                job.fault = Some(format!("its answer is longer than {} bytes", output.most()));
                job.running.terminate(now);
            }
        }
        Ok(())
    }

    fn descriptors<'a>(&'a self, fds: &mut Vec<PollFd<'a>>) {
        for job in &self.jobs {
            let input = |fd| PollFd::new(fd, PollFlags::POLLIN);
            if job.ended.is_none() {
                fds.push(input(job.running.pidfd.as_fd()));
            }
            if let Some(output) = job.running.output.as_ref().filter(|_| job.reads) {
                fds.push(input(output.as_fd()));
            }
            fds.extend(job.running.errors.as_ref().map(|errors| input(errors.as_fd())));
        }
    }

    fn advance(
        &mut self,
        ready: &mut dyn Iterator<Item = bool>,
        now: Instant,
        _: &mut Output<'_>,
        ended: &mut Vec<Ended>,
    ) -> Result<(), Error> {
        let mut over = Vec::new();
        for (at, job) in self.jobs.iter_mut().enumerate() {
            let mut is_ready = |asked: bool| asked && ready.next().unwrap_or(false);
            let has_ended = is_ready(job.ended.is_none());
            let reads = is_ready(job.reads && job.running.output.is_some());
            let errs = is_ready(job.running.errors.is_some());
            if errs || has_ended {
                job.running.read_errors(&mut Context::pass_on);
            }
            if has_ended {
                job.running.read_rest(&mut job.out);
                job.ended = Some(now);
            } else if reads {
                job.running.read_output(&mut job.out);
            }
            let is_over =
                job.ended.is_some_and(|at| job.running.output.is_none() || now.saturating_duration_since(at) >= GRACE);
            if is_over {
                over.push(at);
            }
        }
        for at in over.into_iter().rev() {
            ended.push(self.jobs.swap_remove(at).reap(now));
        }
        Ok(())
    }

    fn due(&self) -> Option<Instant> {
        let limits = |job: &Job| match job.ended {
            Some(at) => Some(at + GRACE),
            None if job.running.timed_out => None,
            None => self.context.limit.map(|limit| job.running.started + limit),
        };
        self.jobs.iter().flat_map(|job| [limits(job), job.running.kill_at()]).flatten().min()
    }

    fn terminate(&mut self, now: Instant) {
        // One that has ended is done; what it left has its second.
        self.jobs.iter_mut().filter(|job| job.ended.is_none()).for_each(|job| job.running.terminate(now));
    }

    fn close(&mut self, _: Instant) {}

    fn is_busy(&self) -> bool {
        !self.jobs.is_empty()
    }
}

impl Job {
    /// Passes on what need not wait for the end: whole lines, or all of it if it is long.
    fn pass_on(&mut self, line_buffer: bool, output: &mut Output<'_>) {
        if line_buffer
            && let Some(end) = memchr::memrchr(b'\n', &self.out)
            && output.gives_floor(self.number)
        {
            let rest = self.out.split_off(end + 1);
            output.pass_on(self.number, std::mem::replace(&mut self.out, rest));
            output.gives_up_floor(self.number);
        }
        if self.out.len() >= output.most() && output.gives_floor(self.number) {
            output.pass_on(self.number, std::mem::take(&mut self.out));
        }
    }

    fn reap(mut self, now: Instant) -> Ended {
        let ending = self.running.reap();
        Ended {
            number: self.number,
            ending: Some(self.fault.map_or(ending, Ending::Said)),
            output: self.out,
            errors: self.running.errors_tail(),
            took: now.saturating_duration_since(self.running.started),
        }
    }
}

/// A nameless file with these bytes, to be read from its start.
fn in_memory(bytes: &[u8]) -> Result<File, Errno> {
    let file = File::from(memfd_create(c"message", MFdFlags::MFD_CLOEXEC)?);
    match file.write_all_at(bytes, 0).map_err(|error| errno_of(&error)) {
        Ok(()) => Ok(file),
        // There is no disk under it, so what is full is the memory. That says nothing about the message.
        Err(Errno::ENOSPC) => Err(Errno::ENOMEM),
        Err(errno) => Err(errno),
    }
}
