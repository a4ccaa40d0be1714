//! The arguments of a pool of workers.

use super::args::{Shared, seconds};
use super::console::is_dumb_terminal;
use super::failure::Failure;
use super::flow::Reading;
use super::help::heading;
use crate::exec::{CommandLine, Error, Halt, Pooling, Work};
use crate::pipe::Framing;
use clap::{ArgGroup, Args};
use std::ffi::OsString;
use std::io::{self, IsTerminal};
use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::time::Duration;

/// How many messages are taken ahead for each job, unless it is said.
const AHEAD: usize = 4;

/// The names of the arguments that say what to run.
const WORK: &str = "work";

/// What only a reader takes: a command for each message.
#[derive(Clone, Debug, Args)]
#[command(group = ArgGroup::new(WORK).args(["exec", "shell", "worker"]))]
pub struct Working {
    /// Run CMD for each message, up to ';' or the end
    ///
    /// The message is its standard input, and {} in an argument is replaced by it. It also has SHMCHAT_CHANNEL, SHMCHAT_SEQ (the
    /// message's id, the same if it is run again), SHMCHAT_ATTEMPT, SHMCHAT_FROM and SHMCHAT_TS. A message is done, and leaves
    /// the channel, when CMD exits with 0. Put other options before this one.
    #[arg(long, value_names = ["CMD", "ARG"], num_args = 1.., allow_hyphen_values = true, value_terminator = ";", help_heading = heading::WORK)]
    pub exec: Option<Vec<OsString>>,

    /// Run a line of shell for each message
    ///
    /// Like --exec sh -c LINE. Nothing is replaced in it: read the message from standard input, or use --exec sh -c LINE sh {}
    /// and find it in "$1".
    #[arg(long, value_name = "LINE", allow_hyphen_values = true, help_heading = heading::WORK)]
    pub shell: Option<OsString>,

    /// Start LINE once, and feed it the messages
    ///
    /// Each message is a line of its standard input, and each line that it prints says that one is done, in the same order. With
    /// --framing nul or json, that format is used both ways; in JSON it answers {"seq":N,"ok":true}, or "ok":false and "error".
    /// It must not keep its answers in a buffer: see stdbuf(1), and the -u of many programs.
    #[arg(long, value_name = "LINE", allow_hyphen_values = true, help_heading = heading::WORK)]
    pub worker: Option<OsString>,

    /// How many commands run at once [default: 1]
    ///
    /// 0 means one for each processor. An idle one gets the next message.
    #[arg(short, long, value_name = "N", requires = WORK, help_heading = heading::WORK)]
    pub jobs: Option<u16>,

    /// Take N messages ahead [default: 4 for each job]
    ///
    /// Counted from the oldest that isn't done. If the reader is killed, up to N messages that were done may run again. A single
    /// worker gets all of them at once, which makes it faster.
    #[arg(long, value_name = "N", requires = WORK, help_heading = heading::WORK, hide_short_help = true)]
    pub ahead: Option<NonZeroUsize>,

    /// Try again N times if it fails [default: 2]
    ///
    /// It failed if its command exits with another code than 0, is ended by a signal, or takes too long. After that it goes to
    /// the --dead-letter file; without one, the reader stops with exit code 1, and the message stays in the channel.
    #[arg(long, value_name = "N", requires = WORK, help_heading = heading::WORK, hide_short_help = true)]
    pub retries: Option<u32>,

    /// Wait SECONDS before the first retry [default: 1]
    ///
    /// It doubles with each retry, up to a minute, less up to a quarter by chance.
    #[arg(long, value_name = "SECONDS", value_parser = seconds, requires = WORK, help_heading = heading::WORK, hide_short_help = true)]
    pub backoff: Option<f64>,

    /// End a command after SECONDS; this attempt failed
    ///
    /// With SIGTERM, and SIGKILL 5 seconds later, for the command and all that it started.
    #[arg(long, value_name = "SECONDS", value_parser = seconds, requires = WORK, help_heading = heading::WORK, hide_short_help = true)]
    pub job_timeout: Option<f64>,

    /// Append what failed for good to FILE, as JSON
    ///
    /// One object per line: the message as --framing json has it, and attempts, code or signal, error, and the last 2 KiB of
    /// standard error. To send them again: writer --framing json CHANNEL < FILE, which reads lines of up to 8 MiB.
    #[arg(long, value_name = "FILE", requires = WORK, help_heading = heading::WORK, hide_short_help = true)]
    pub dead_letter: Option<PathBuf>,

    /// Stop early, such as now,fail=1 or soon,done=100
    ///
    /// soon lets what is running finish, now ends it. fail counts messages that failed for good, success those that are done,
    /// done both.
    #[arg(long, value_name = "WHEN,WHAT=N", requires = WORK, help_heading = heading::WORK, hide_short_help = true)]
    pub halt: Option<Halt>,

    /// Print in the order of the messages
    ///
    /// Without it, outputs are printed in the order in which commands end. Either way each is printed whole. One that is longer
    /// than 1 MiB is printed as it comes, when it has its turn. At most 16 MiB are held back; then the pool waits.
    #[arg(short, long, requires = WORK, help_heading = heading::WORK, hide_short_help = true)]
    pub keep_order: bool,

    /// Print lines at once, mixed with others
    #[arg(long, conflicts_with_all = ["keep_order", "reply", "worker"], requires = WORK, help_heading = heading::WORK, hide_short_help = true)]
    pub line_buffer: bool,

    /// Send the output back to the writer instead
    ///
    /// Each output is one message, without the line feed at its end. See writer --replies.
    #[arg(long, requires = WORK, help_heading = heading::WORK, hide_short_help = true)]
    pub reply: bool,

    /// Append a line for each attempt to FILE
    ///
    /// In the columns of GNU parallel's --joblog.
    #[arg(long, value_name = "FILE", requires = WORK, help_heading = heading::WORK, hide_short_help = true)]
    pub log_jobs: Option<PathBuf>,
}

impl Working {
    /// What is to be run, if anything.
    ///
    /// # Errors
    /// If the arguments do not fit together, or there is no such command.
    pub fn pooling(&self, shared: &Shared, reading: &Reading) -> Result<Option<Pooling>, Failure> {
        let work = match (&self.exec, &self.shell, &self.worker) {
            (Some(words), ..) => CommandLine::of_words(words).map(Work::Command),
            (_, Some(line), _) => CommandLine::of_shell(line).map(Work::Command),
            (.., Some(line)) => CommandLine::of_line(line).map(Work::Worker),
            _ => return Ok(None),
        };
        let framing = shared.framing();
        if framing == Framing::Raw {
            return Err(Failure::Usage("a command is run for each message, and --framing raw has none (see --help)"));
        }
        if shared.transcript.is_some() {
            return Err(Failure::Usage(
                "--transcript works on the screen only; for a pool, use --log-jobs (see --help)",
            ));
        }
        let processors = || std::thread::available_parallelism().map_or(1, NonZeroUsize::get);
        let jobs = match self.jobs.unwrap_or(1) {
            0 => processors(),
            jobs => jobs.into(),
        };
        let ahead = self.ahead.map_or(jobs.saturating_mul(AHEAD), NonZeroUsize::get).max(jobs);
        Ok(Some(Pooling {
            work: work.map_err(|error: Error| Failure::Pool(error))?,
            jobs,
            ahead,
            retries: self.retries.unwrap_or(2),
            backoff: Duration::from_secs_f64(self.backoff.unwrap_or(1.0)),
            job_timeout: self.job_timeout.map(Duration::from_secs_f64),
            dead_letter: self.dead_letter.clone(),
            log_jobs: self.log_jobs.clone(),
            halt: self.halt,
            keep_order: self.keep_order,
            line_buffer: self.line_buffer,
            reply: self.reply,
            framing,
            stay: reading.stay,
            count: reading.count,
            limit: shared.timeout.map(Duration::from_secs_f64),
            status_line: io::stderr().is_terminal() && !is_dumb_terminal() && !shared.log.quiet,
        }))
    }
}
