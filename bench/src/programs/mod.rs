//! Whole programs as a user runs them, from starting the first to the end of the last, beside `cat`.

mod carry;
mod channel;
mod crowd;
mod data;
mod idle;
mod start;
mod together;
mod typing;
mod work;

use crate::figures::{Measure, Section, Subject};
use crate::limits::copy_file;
use crate::mechanism::{Kind, Reason};
use crate::options::Options;
use crate::plan::Job;
use carry::{End, Framing};
use channel::Programs;
use data::{Content, Data};
use std::rc::Rc;
use std::time::Duration;
use work::Runner;

/// The names that the targets look for.
pub(crate) const LINES: &str = "lines: writer, reader";
pub(crate) const LINES_CAT: &str = "lines: cat | cat";
pub(crate) const LINES_TO_PIPE: &str = "lines: writer, reader | cat";
pub(crate) const LINES_CAT_TO_PIPE: &str = "lines: cat | cat | cat";
pub(crate) const RAW: &str = "raw: writer, reader";
pub(crate) const RAW_CAT: &str = "raw: cat | cat";
pub(crate) const RAW_TO_PIPE: &str = "raw: writer, reader | cat";
pub(crate) const RAW_CAT_TO_PIPE: &str = "raw: cat | cat | cat";
pub(crate) const MEMCPY: &str = "raw: one memcpy";
pub(crate) const COLD_START: &str = "one line, cold writer, waiting reader";
pub(crate) const CROWDED_START: &str = "writer alone, start to end, beside 1,000 segments";
pub(crate) const CROWDED_STATUS: &str = "reader --status, beside 1,000 segments";
pub(crate) const CROWDED_QUIT: &str = "writer, end of input to end, beside 1,000 segments";
pub(crate) const TYPING: &str = "Enter on one screen, text on the other";
pub(crate) const TRUE: &str = "/bin/true, from start to end";
pub(crate) const IDLE: &str = "idle pair";
pub(crate) const COMMANDS: &str = "true: reader --jobs 2 --exec";
pub(crate) const COMMANDS_XARGS: &str = "true: xargs -P 2";
pub(crate) const COMMANDS_PARALLEL: &str = "true: parallel -j 2";
pub(crate) const WORKER: &str = "cat: reader --worker";
pub(crate) const WORKERS: &str = "cat: reader --jobs 2 --worker";

/// Commands at once, and workers.
const JOBS: usize = 2;

/// Guessed bytes a second, to tell how long is left.
const GUESS: u64 = 1_000_000_000;

/// A job for each pipeline, and for start and idling.
pub(crate) fn jobs(options: &Options) -> Vec<Job<'static>> {
    let programs = Rc::new(Programs::of(options));
    let data = Rc::new(Data::new(options.quick));
    let mut jobs = Vec::new();

    for (name, content, framing, end) in [
        (LINES, Content::Lines, Some(Framing::Lines), End::Null),
        (LINES_CAT, Content::Lines, None, End::Null),
        (LINES_TO_PIPE, Content::Lines, Some(Framing::Lines), End::Pipe),
        (LINES_CAT_TO_PIPE, Content::Lines, None, End::Pipe),
        (RAW, Content::Raw, Some(Framing::Raw), End::Null),
        (RAW_CAT, Content::Raw, None, End::Null),
        (RAW_TO_PIPE, Content::Raw, Some(Framing::Raw), End::Pipe),
        (RAW_CAT_TO_PIPE, Content::Raw, None, End::Pipe),
    ] {
        let (programs, data) = (Rc::clone(&programs), Rc::clone(&data));
        let bytes = data.bytes(content);
        let mut is_checked = false;
        let run = move || {
            let path = &data.path(content)?;
            let elapsed = match framing {
                Some(framing) => {
                    if !is_checked {
                        carry::check(&programs, framing, path)?;
                        is_checked = true;
                    }
                    carry::ours(&programs, framing, path, end)?
                }
                None => carry::cats(path, end)?,
            };
            Ok(vec![bytes as f64 / elapsed.as_secs_f64()])
        };
        let expected = Duration::from_nanos(bytes * 1_000_000_000 / GUESS);
        let kind = if framing.is_some() { Kind::Ours } else { Kind::Peer };
        let what = format!("{} MB", bytes / 1_000_000);
        jobs.push(job(name, Some(kind), bytes, what, &[Measure::Bandwidth], expected, run));
    }

    let bytes = data.bytes(Content::Raw);
    let copied = Rc::clone(&data);
    let memcpy = move || Ok(vec![copy_file(&copied.path(Content::Raw)?)?]);
    // Most of the time goes to making the place that is copied to.
    let expected = Duration::from_nanos(bytes * 2_000_000_000 / GUESS);
    let what = format!("{} MB", bytes / 1_000_000);
    jobs.push(job(MEMCPY, None, bytes, what, &[Measure::Bandwidth], expected, memcpy));

    let expected = Duration::from_millis(4 * start::TRIES as u64);
    let ours = Rc::clone(&programs);
    let cold = move || Ok(vec![start::cold_line(&ours)?]);
    let what = || format!("{} times", start::TRIES);
    jobs.push(job(COLD_START, Some(Kind::Ours), 0, what(), &[Measure::Median], expected, cold));
    jobs.push(job(TRUE, None, 0, what(), &[Measure::Median], expected, || Ok(vec![start::nothing()?])));

    for (name, what) in
        [(CROWDED_START, crowd::What::Start), (CROWDED_STATUS, crowd::What::Status), (CROWDED_QUIT, crowd::What::Quit)]
    {
        let ours = Rc::clone(&programs);
        let beside = move || Ok(vec![crowd::beside(&ours, what)?]);
        let expected = crowd::MAKING + Duration::from_millis(10 * crowd::TRIES as u64);
        let what = format!("{} times", crowd::TRIES);
        jobs.push(job(name, Some(Kind::Ours), 0, what, &[Measure::Median], expected, beside));
    }

    let ours = Rc::clone(&programs);
    let typed = move || Ok(vec![typing::enter_to_text(&ours)?]);
    let expected = Duration::from_millis(10 * typing::MESSAGES as u64);
    let what = format!("{} messages", typing::MESSAGES);
    jobs.push(job(TYPING, Some(Kind::Ours), 0, what, &[Measure::Median], expected, typed));

    for (name, kind, runner, needs) in [
        (COMMANDS, Kind::Ours, Runner::Ours, None),
        (COMMANDS_XARGS, Kind::Peer, Runner::Xargs, Some("xargs")),
        (COMMANDS_PARALLEL, Kind::Peer, Runner::Parallel, Some("parallel")),
    ] {
        if needs.is_none_or(work::is_there) {
            let ours = Rc::clone(&programs);
            let run = move || Ok(vec![work::commands(&ours, runner, JOBS)?]);
            let (what, expected) = (format!("{} times", work::COMMANDS), Duration::from_secs(1));
            jobs.push(job(name, Some(kind), 0, what, &[Measure::Throughput], expected, run));
        }
    }
    for (name, hands, messages) in [(WORKER, 1, work::MESSAGES), (WORKERS, JOBS, work::SHARED)] {
        let ours = Rc::clone(&programs);
        let run = move || Ok(vec![work::workers(&ours, hands, messages)?]);
        let (what, expected) = (format!("{messages} messages"), Duration::from_secs(1));
        jobs.push(job(name, Some(Kind::Ours), 0, what, &[Measure::Throughput], expected, run));
    }

    let time = Duration::from_secs(if options.quick { 3 } else { 10 });
    let what = format!("{} s", time.as_secs());
    let idle = move || Ok(vec![idle::switches(&programs, time)? as f64]);
    jobs.push(job(IDLE, Some(Kind::Ours), 0, what, &[Measure::Switches], time + idle::SETTLING, idle));

    jobs.retain(|job| options.wants(job.subject.name));
    jobs
}

fn job(
    name: &'static str,
    kind: Option<Kind>,
    at: u64,
    what: String,
    measures: &'static [Measure],
    expected: Duration,
    run: impl FnMut() -> Result<Vec<f64>, Reason> + 'static,
) -> Job<'static> {
    let subject = Subject { section: Section::Programs, name, kind, manner: None, payload: 0, at };
    Job { subject, what, measures, expected, run: Box::new(run) }
}
