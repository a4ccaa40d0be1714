//! A run of a pool on a channel: attach, work, quit.

use super::advisor::Advisor;
use super::args::Shared;
use super::channels::channel;
use super::failure::Failure;
use super::prepare::{set_up_process, start_logging};
use super::run::{RunOutcome, checked, leave};
use crate::exec::{self, Pooling, affordable};
use crate::pipe::PipeOutcome;
use crate::signals::Signals;
use crate::text::{NAME_MAX, split_at_most};
use log::{debug, warn};
use nix::sys::stat::umask;
use shmchat::Role;
use std::io;
use std::os::fd::AsFd;

/// Attaches as the channel's reader, and has commands work on its messages.
pub fn pool(shared: &Shared, pooling: &Pooling) -> Result<(), Failure> {
    let advisor = Advisor::of(shared);
    run_pool(shared, pooling, &advisor).map_err(|failure| advisor.advise(failure))
}

fn run_pool(shared: &Shared, pooling: &Pooling, advisor: &Advisor) -> Result<(), Failure> {
    let channel = channel(shared)?;
    let signals = Signals::ending().map_err(Failure::Signals)?;
    let theirs = set_up_process()?;
    start_logging(&shared.log, false)?;
    let jobs = affordable(pooling.jobs);
    if jobs < pooling.jobs {
        warn!("cannot start more than {jobs} at once, because few files may be open: raise that with ulimit -n");
    }
    let pooling = Pooling { jobs, ..pooling.clone() };
    let mut endpoint = channel.display_name(name(&shared.display_name(), jobs)).attach(Role::Reader)?;
    // What the commands create is up to the user.
    umask(theirs);
    let ended = exec::run(&mut endpoint, io::stdout().as_fd(), &signals, &pooling).map_err(Failure::Pool);
    debug!("{}: the end: {ended:?}", endpoint.segment());
    let ended = checked(ended, &endpoint).map(|end| {
        let signal = if let PipeOutcome::Signal(signal) = end { Some(signal) } else { None };
        RunOutcome { signal, attended: false }
    });
    leave(ended, endpoint, advisor, shared.log.quiet)
}

/// The name that the other side and `--status` see: it says that this is a pool.
fn name(own: &str, jobs: usize) -> String {
    let what = format!(", pool of {jobs}");
    let room = NAME_MAX - what.len();
    let own = if own.len() > room { &own[..split_at_most(own.as_bytes(), room)] } else { own };
    format!("{own}{what}")
}
