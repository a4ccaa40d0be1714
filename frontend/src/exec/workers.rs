//! Long-lived workers, each fed through its own pipe.
//!
//! A worker has one message at a time, so a slow one holds up nobody else. With a single worker, nobody else could take the next
//! one: it gets all that may be taken ahead, and never waits for us.
//!
//! A worker that dies, or does what it should not, is replaced. The message that it worked on counts as a failed attempt; those
//! behind it are given to another one.

use super::answers::append;
use super::child::Ending;
use super::context::Context;
use super::crew::{Crew, Ended, LATER, Refusal, TRIES};
use super::error::Error;
use super::output::Output;
use super::task::Task;
use super::worker::{Given, Worker};
use crate::framing::json::JsonWriter;
use crate::pipe::Framing;
use nix::errno::Errno;
use nix::poll::{PollFd, PollFlags};
use std::os::fd::AsFd;
use std::time::{Duration, Instant};

/// How often workers may end at once, one after the other, without having been given anything.
const USELESS: u32 = 3;

/// The pause before a worker is started again that ended without having been given anything. It doubles each time.
const PAUSE: Duration = Duration::from_secs(1);

/// All workers, in their places.
#[derive(Debug)]
pub(super) struct Workers {
    framing: Framing,
    reply: bool,
    /// How many messages one may have.
    window: usize,
    places: Vec<Option<Worker>>,
    json: JsonWriter,
    /// How often some have ended at once, one after the other, without having been given anything.
    useless: u32,
    /// Until then, none is started.
    pause_until: Option<Instant>,
    /// How often none could be started while there was none.
    tries: u32,
    closed: bool,
    /// Its watcher goes last: it is there as long as a worker is.
    context: Context,
}

impl Workers {
    /// Starts so many. With a single one, it may have up to `ahead` messages.
    ///
    /// # Errors
    /// If one cannot be started.
    pub(super) fn start(
        context: Context,
        framing: Framing,
        reply: bool,
        jobs: usize,
        ahead: usize,
    ) -> Result<Self, Error> {
        let places = (0..jobs).map(|_| None).collect();
        let window = if jobs == 1 { ahead } else { 1 };
        let mut workers = Workers {
            context,
            framing,
            reply,
            window,
            places,
            json: JsonWriter::default(),
            useless: 0,
            pause_until: None,
            tries: 0,
            closed: false,
        };
        workers.fill(Instant::now())?;
        Ok(workers)
    }

    /// Starts those that are missing. If the system has no room for all of them, fewer will do.
    fn fill(&mut self, now: Instant) -> Result<(), Error> {
        if self.closed || self.pause_until.is_some_and(|until| until > now) {
            return Ok(());
        }
        self.pause_until = None;
        for place in 0..self.places.len() {
            if self.places[place].is_some() {
                continue;
            }
            match Worker::start(&self.context) {
                Ok(worker) => (self.places[place], self.tries) = (Some(worker), 0),
                Err(Refusal::Later(_)) if self.is_busy() => {
                    self.pause_until = Some(now + PAUSE);
                    return Ok(());
                }
                Err(Refusal::Later(_)) if self.tries < TRIES => {
                    self.tries += 1;
                    self.pause_until = Some(now + LATER);
                    return Ok(());
                }
                Err(Refusal::Later(errno)) => return Err(Error::Start { command: self.context.line.shown(), errno }),
                Err(Refusal::Failed(ending)) => return Err(self.ends(&ending)),
            }
        }
        Ok(())
    }

    fn ends(&self, ending: &Ending) -> Error {
        Error::WorkerEnds { command: self.context.line.shown(), ending: ending.shown() }
    }

    /// What is left of a worker that has ended.
    fn bury(&mut self, place: usize, now: Instant, ended: &mut Vec<Ended>) -> Result<(), Error> {
        let Some(mut worker) = self.places[place].take() else { return Ok(()) };
        let ending = match (worker.running.reap(), worker.fault.take()) {
            (Ending::Timeout, _) => Ending::Timeout,
            (_, Some(fault)) => Ending::Said(fault),
            (Ending::Exit(0), None) => Ending::Said("its worker ended without an answer".to_owned()),
            (ending, None) => ending,
        };
        let errors = worker.running.errors_tail();
        for (at, given) in worker.given.iter().enumerate() {
            let is_first = at == 0;
            ended.push(Ended {
                number: given.number,
                ending: is_first.then(|| ending.clone()),
                output: Vec::new(),
                errors: if is_first { errors.clone() } else { String::new() },
                took: now.saturating_duration_since(given.since),
            });
        }
        if self.closed || worker.was_given || now.saturating_duration_since(worker.running.started) > PAUSE {
            self.useless = 0;
            return Ok(());
        }
        // Those that were started together count once.
        if self.pause_until.is_some_and(|until| until > now) {
            return Ok(());
        }
        self.useless += 1;
        self.pause_until = Some(now + PAUSE * (1 << (self.useless - 1)));
        if self.useless >= USELESS {
            return Err(self.ends(&ending));
        }
        Ok(())
    }
}

impl Crew for Workers {
    fn has_a_hand(&self) -> bool {
        self.places.iter().flatten().any(|worker| worker.takes(self.window))
    }

    fn start(&mut self, number: u64, _: u32, task: &Task) -> Result<(), Refusal> {
        let mut takers = self.places.iter_mut().flatten().filter(|worker| worker.takes(self.window));
        let Some(worker) = takers.next() else { return Err(Refusal::Later(Errno::EAGAIN)) };
        append(task, self.framing, &mut self.json, &mut worker.unsent)
            .map_err(|why| Refusal::Failed(Ending::Never(why.to_owned())))?;
        worker.given.push_back(Given { number, seq: task.seq, since: Instant::now() });
        worker.was_given = true;
        Ok(())
    }

    fn prepare(&mut self, now: Instant, _: &mut Output<'_>) -> Result<(), Error> {
        self.fill(now)?;
        for worker in self.places.iter_mut().flatten() {
            worker.write(now);
            if let Some(limit) = self.context.limit
                && worker.given.front().is_some_and(|given| now.saturating_duration_since(given.since) >= limit)
            {
                worker.running.timed_out = true;
                worker.running.terminate(now);
            }
            if self.closed {
                worker.close(now);
            }
            if let Some((by, why)) = worker.leaving
                && by <= now
                && (worker.given.is_empty() || why.is_some())
            {
                worker.fault = worker.fault.take().or(why.map(str::to_owned));
                worker.running.terminate(now);
            }
            worker.running.kill_if_due(now);
        }
        Ok(())
    }

    fn descriptors<'a>(&'a self, fds: &mut Vec<PollFd<'a>>) {
        for worker in self.places.iter().flatten() {
            fds.push(PollFd::new(worker.running.pidfd.as_fd(), PollFlags::POLLIN));
            fds.extend(worker.running.output.as_ref().map(|fd| PollFd::new(fd.as_fd(), PollFlags::POLLIN)));
            fds.extend(worker.running.errors.as_ref().map(|fd| PollFd::new(fd.as_fd(), PollFlags::POLLIN)));
            if worker.has_unsent() {
                fds.extend(worker.input.as_ref().map(|fd| PollFd::new(fd.as_fd(), PollFlags::POLLOUT)));
            }
        }
    }

    fn advance(
        &mut self,
        ready: &mut dyn Iterator<Item = bool>,
        now: Instant,
        _: &mut Output<'_>,
        ended: &mut Vec<Ended>,
    ) -> Result<(), Error> {
        let mut dead = Vec::new();
        for (place, worker) in self.places.iter_mut().enumerate() {
            let Some(worker) = worker else { continue };
            let mut is_ready = |asked: bool| asked && ready.next().unwrap_or(false);
            let has_ended = is_ready(true);
            let reads = is_ready(worker.running.output.is_some());
            let errs = is_ready(worker.running.errors.is_some());
            // It is written in any case.
            is_ready(worker.has_unsent());
            if errs || has_ended {
                worker.running.read_errors(&mut Context::pass_on);
            }
            if reads || has_ended {
                worker.listen(has_ended, self.framing, self.reply, now, ended);
            }
            match worker.fault {
                Some(_) if !has_ended => worker.running.terminate(now),
                _ if has_ended => dead.push(place),
                _ => {}
            }
        }
        dead.into_iter().try_for_each(|place| self.bury(place, now, ended))
    }

    fn due(&self) -> Option<Instant> {
        let missing = !self.closed && self.places.iter().any(Option::is_none);
        let limit = |worker: &Worker| {
            let given = worker.given.front().filter(|_| !worker.running.timed_out)?;
            self.context.limit.map(|limit| given.since + limit)
        };
        let leaves = |worker: &Worker| {
            let (by, why) = worker.leaving.filter(|_| worker.running.kill_at().is_none())?;
            (worker.given.is_empty() || why.is_some()).then_some(by)
        };
        let each = self.places.iter().flatten();
        let each = each.flat_map(|worker| [limit(worker), leaves(worker), worker.running.kill_at()]);
        each.chain([self.pause_until.filter(|_| missing)]).flatten().min()
    }

    fn terminate(&mut self, now: Instant) {
        self.places.iter_mut().flatten().for_each(|worker| worker.running.terminate(now));
    }

    fn close(&mut self, now: Instant) {
        self.closed = true;
        self.places.iter_mut().flatten().for_each(|worker| worker.close(now));
    }

    fn is_busy(&self) -> bool {
        self.places.iter().any(Option::is_some)
    }
}
