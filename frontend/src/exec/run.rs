//! The one loop of a pool: takes messages, has them worked on, prints, and acknowledges what is done.
//!
//! ```text
//!   lane ─► Intake ─► Plan ─► Crew ─► Output ─► standard output, or replies
//!     ▲                 │
//!     └── acknowledged ◄┘  in the order of the ring, up to the oldest unfinished message
//! ```
//!
//! # Crash behaviour
//! Only what is done is acknowledged: its command has ended well, or it is among the dead letters, and its output is written. A
//! successor receives everything else again, from the oldest unfinished message on. Those of it that were done run once more;
//! they are fewer than `ahead`. What was running is killed by the [watcher](super::watcher).

use super::answers::separator;
use super::child::{Ending, Errors};
use super::commands::Commands;
use super::context::Context;
use super::crew::{Crew, Ended, LATER, Refusal, TRIES};
use super::error::Error;
use super::faults::{Mutant, sabotaged};
use super::intake::{Found, Intake};
use super::options::{Pooling, Work};
use super::output::Output;
use super::plan::{Limits, Plan};
use super::records::{DeadLetters, JobLog};
use super::tally::Tally;
use super::task::Task;
use super::watcher::Watcher;
use super::workers::Workers;
use crate::pipe::{PipeOutcome, is_awake, report_presence};
use crate::signals::Signals;
use crate::text::counted;
use log::warn;
use nix::errno::Errno;
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use shmchat::hint::errno_of;
use shmchat::{Endpoint, Interest, Presence, Reached};
use std::num::NonZeroU64;
use std::os::fd::{AsFd, BorrowedFd};
use std::time::{Duration, Instant};

mod settle;

/// Why nothing more is started.
#[derive(Debug)]
struct Stop {
    why: Result<PipeOutcome, Error>,
    /// What runs is ended, too.
    now: bool,
}

/// A pool at work.
struct Pool<'a> {
    endpoint: &'a mut Endpoint,
    options: &'a Pooling,
    plan: Plan<Task>,
    intake: Intake,
    crew: Box<dyn Crew>,
    output: Output<'a>,
    dead_letters: Option<DeadLetters>,
    job_log: Option<JobLog>,
    tally: Tally,
    /// How many more may be taken.
    left: Option<u64>,
    /// The writer has quit, or as many are taken as may be.
    is_dry: bool,
    stop: Option<Stop>,
    /// The system had no room for another process: when to try again, and how often that was so.
    blocked: Option<(Instant, u32)>,
}

/// Has a command work on each message until the writer has quit and everything is done.
///
/// # Errors
/// [`Error::Failed`] if a message failed for good and there is no file for it: it stays in the channel.
pub fn run(
    endpoint: &mut Endpoint,
    stdout: BorrowedFd<'_>,
    signals: &Signals,
    options: &Pooling,
) -> Result<PipeOutcome, Error> {
    let mut pool = Pool::start(endpoint, stdout, options)?;
    let end = pool.work(signals);
    // What ran and is not done stays, too.
    pool.tally.end(pool.plan.running() + pool.plan.waiting());
    end
}

impl<'a> Pool<'a> {
    fn start(endpoint: &'a mut Endpoint, stdout: BorrowedFd<'a>, options: &'a Pooling) -> Result<Self, Error> {
        let (Work::Command(line) | Work::Worker(line)) = &options.work;
        let shown = line.shown();
        let dead_letters = options.dead_letter.as_deref().map(DeadLetters::open).transpose()?;
        let job_log = options.log_jobs.as_deref().map(|path| JobLog::open(path, &shown)).transpose()?;
        let errors = if dead_letters.is_some() || options.status_line { Errors::Kept } else { Errors::Ours };
        let start =
            |error: std::io::Error| Error::System { doing: "start the pool's watcher", errno: errno_of(&error) };
        let context = Context {
            line: line.clone(),
            channel: endpoint.segment().channel.to_string(),
            errors,
            limit: options.job_timeout,
            watcher: Watcher::start().map_err(start)?,
        };
        let &Pooling { jobs, ahead, retries, backoff, keep_order, reply, framing, line_buffer, .. } = options;
        let crew: Box<dyn Crew> = match &options.work {
            Work::Command(_) => Box::new(Commands::new(context, jobs, line_buffer)),
            Work::Worker(_) => Box::new(Workers::start(context, framing, reply, jobs, ahead)?),
        };
        let output = if reply { Output::reply(separator(framing), keep_order) } else { Output::to(stdout, keep_order) };
        endpoint.receiver().take_ahead();
        Ok(Pool {
            endpoint,
            options,
            plan: Plan::new(Limits { ahead, retries, backoff }),
            intake: Intake::default(),
            crew,
            output,
            dead_letters,
            job_log,
            tally: Tally::new(options.status_line),
            left: options.count.map(NonZeroU64::get),
            is_dry: false,
            stop: None,
            blocked: None,
        })
    }

    fn work(&mut self, signals: &Signals) -> Result<PipeOutcome, Error> {
        let mut peer = Presence::Absent;
        let mut progress = Instant::now();
        loop {
            report_presence(self.endpoint, &mut peer);
            let mut now = Instant::now();
            loop {
                self.take()?;
                self.begin(now)?;
                let had_a_hand = self.crew.has_a_hand();
                self.crew.prepare(now, &mut self.output)?;
                // What is released makes room for more, and a worker that has just been replaced can take some.
                if self.finish()? {
                    progress = now;
                } else if had_a_hand || !self.crew.has_a_hand() {
                    break;
                }
            }
            if self.is_over() {
                let stop = self.stop.take();
                return stop.map_or(Ok(PipeOutcome::Done), |stop| stop.why);
            }
            if !self.arm()? {
                continue;
            }
            self.tally.show(self.plan.running(), self.plan.waiting(), now);
            let is_waiting = self.plan.is_empty() && self.stop.is_none();
            let limit = self.options.limit.filter(|_| is_waiting).map(|limit| progress + limit);
            // What is due and did not start waits for something else.
            let again = self.plan.due().filter(|&due| due > now);
            let blocked = self.blocked.map(|(until, _)| until).filter(|&until| until > now);
            let due = [self.crew.due(), again, self.tally.due(), self.output.due(), limit, blocked];
            let due = due.into_iter().flatten().min();
            let mut fds = vec![
                PollFd::new(signals.as_fd(), PollFlags::POLLIN),
                PollFd::new(self.endpoint.as_fd(), PollFlags::POLLIN),
            ];
            let prints = self.output.descriptor().filter(|_| !self.output.is_closed());
            let prints = prints.map(|fd| fds.push(fd)).is_some();
            self.crew.descriptors(&mut fds);
            sleep(&mut fds, due.map(|due| due.saturating_duration_since(now)))?;
            let ready: Vec<bool> = fds.iter().map(is_awake).collect();
            drop(fds);
            let mut ready = ready.into_iter();
            now = Instant::now();
            let (signal, _, printable) = (ready.next(), ready.next(), prints && ready.next() == Some(true));
            self.endpoint.handle_wakeup()?;
            if printable {
                self.output.heard();
            }
            if signal == Some(true) {
                self.interrupt(signals, now);
            }
            let mut ended = Vec::new();
            let failed = self.crew.advance(&mut ready, now, &mut self.output, &mut ended);
            if !ended.is_empty() {
                (progress, self.blocked) = (now, None);
            }
            ended.into_iter().try_for_each(|ended| self.settle(ended, now))?;
            failed?;
            if limit.is_some_and(|limit| limit <= now) && self.plan.is_empty() {
                self.take()?;
                if self.plan.is_empty() && self.stop.is_none() {
                    return Err(Error::Timeout { channel: self.endpoint.segment().channel.clone() });
                }
            }
        }
    }

    /// Takes as many messages as may be taken ahead.
    fn take(&mut self) -> Result<(), Error> {
        while self.stop.is_none() && self.left != Some(0) && self.plan.has_room() {
            match self.intake.next(self.endpoint)? {
                Found::Task(task) => {
                    self.left = self.left.map(|left| left - 1);
                    if sabotaged(Mutant::AcknowledgeBeforeDone) {
                        self.endpoint.receiver().release(task.end)?;
                    }
                    self.plan.take(task);
                    self.tally.changed();
                    self.is_dry = false;
                }
                Found::Empty => {
                    self.is_dry = false;
                    return Ok(());
                }
                Found::Quit => {
                    self.is_dry = !self.options.stay;
                    return Ok(());
                }
            }
        }
        Ok(())
    }

    /// Starts what can be started.
    fn begin(&mut self, now: Instant) -> Result<(), Error> {
        if self.blocked.is_some_and(|(until, _)| until > now) {
            return Ok(());
        }
        while self.stop.is_none() && self.crew.has_a_hand() {
            // What all others wait for may go on even then.
            if self.output.is_full() && !self.plan.oldest_is_ready(now) {
                break;
            }
            let Some(number) = self.plan.start(now) else { break };
            let task = self.plan.task(number);
            let started = match task.broken {
                Some(why) => Err(Refusal::Failed(Ending::Never(why.to_owned()))),
                None => self.crew.start(number, self.plan.attempts(number), task),
            };
            match started {
                Ok(()) => self.blocked = None,
                Err(Refusal::Later(errno)) => {
                    self.plan.put_back(number);
                    return self.wait_for_room(errno, now);
                }
                Err(Refusal::Failed(ending)) => {
                    let (output, errors, took) = (Vec::new(), String::new(), Duration::ZERO);
                    self.settle(Ended { number, ending: Some(ending), output, errors, took }, now)?;
                }
            }
        }
        Ok(())
    }

    /// The system has no room for another process: fewer will do, but not none.
    fn wait_for_room(&mut self, errno: Errno, now: Instant) -> Result<(), Error> {
        let tries = self.blocked.map_or(0, |(_, tries)| tries) + 1;
        if tries == 1 {
            warn!("cannot start more than {} now: {}", counted(self.plan.running() as u64, "command"), errno.desc());
        }
        if tries > TRIES && !self.crew.is_busy() {
            let (Work::Command(line) | Work::Worker(line)) = &self.options.work;
            return Err(Error::Start { command: line.shown(), errno });
        }
        self.blocked = Some((now + LATER, tries));
        Ok(())
    }

    /// Writes what is finished, and acknowledges what is done. Returns whether that lets anything else go on.
    fn finish(&mut self) -> Result<bool, Error> {
        let had_room = self.output.has_room();
        let on_terminal = self.output.needs_terminal();
        if on_terminal {
            self.tally.make_way();
        }
        let (plan, mut newest) = (&mut self.plan, None);
        self.output.write(self.endpoint, |number| {
            plan.done(number);
            newest = newest.max(Some(number));
        })?;
        if on_terminal && self.output.ends_line() {
            self.tally.come_back();
        }
        if self.output.is_closed() {
            self.stop(Ok(PipeOutcome::OutputClosed), true);
        }
        if let Some(number) = newest.filter(|_| sabotaged(Mutant::HeadPastUnfinished)) {
            let end = self.plan.task(number).end;
            self.endpoint.receiver().release(end)?;
        }
        let mut until: Option<Reached> = None;
        while let Some(task) = self.plan.release() {
            until = Some(task.end);
        }
        // Nothing is unfinished: neither is what came between messages, or the start of one that is longer than the lane. If
        // the rest of that is not to be taken, it stays.
        if self.plan.is_empty()
            && self.stop.is_none()
            && let Some(passed) = self.intake.passed()
        {
            until = Some(passed);
        }
        if let Some(until) = until {
            self.endpoint.receiver().release(until)?;
        }
        // Without the second, commands would wait for a room that is there.
        Ok(until.is_some() || self.output.has_room() && !had_room)
    }

    /// Whether the loop has nothing left to wait for.
    fn is_over(&mut self) -> bool {
        let is_done = self.plan.is_empty() && (self.is_dry || self.left == Some(0));
        if is_done {
            // From here on its workers end, so a message that came now would find none.
            self.stop.get_or_insert(Stop { why: Ok(PipeOutcome::Done), now: false });
        }
        if self.stop.is_none() {
            return false;
        }
        self.crew.close(Instant::now());
        let given_up = self.stop.as_ref().is_some_and(|stop| stop.now);
        !self.crew.is_busy() && (given_up || self.output.is_idle())
    }

    /// Prepares to sleep; false if there is something to do.
    fn arm(&mut self) -> Result<bool, Error> {
        let message = self.stop.is_none() && self.left != Some(0) && self.plan.has_room() && !self.is_dry;
        let interest = Interest { message, room: self.output.awaits_room(), ..Interest::NOTHING };
        Ok(self.endpoint.arm(interest)?)
    }
}

fn sleep(fds: &mut [PollFd<'_>], limit: Option<Duration>) -> Result<(), Error> {
    let timeout = limit.map_or(PollTimeout::NONE, |limit| {
        let milliseconds = limit.as_millis() + u128::from(!limit.is_zero());
        PollTimeout::try_from(milliseconds).unwrap_or(PollTimeout::MAX)
    });
    match poll(fds, timeout) {
        Ok(_) | Err(Errno::EINTR) => Ok(()),
        Err(errno) => Err(Error::System { doing: "wait for the commands", errno }),
    }
}
