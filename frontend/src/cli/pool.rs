//! A run of a pool on a channel: attach, work, quit.

use super::advisor::Advisor;
use super::args::Shared;
use super::channels::channel;
use super::failure::Failure;
use super::prepare::start_logging;
use super::run::{RunOutcome, leave};
use crate::exec::{self, Interrupts, Pooling};
use crate::pipe::PipeOutcome;
use crate::text::{NAME_MAX, split_at_most};
use log::debug;
use nix::sys::stat::{Mode, umask};
use shmchat::Role;
use shmchat::hint::errno_of;
use std::io;
use std::os::fd::AsFd;

/// Attaches as the channel's reader, and has commands work on its messages.
pub fn pool(shared: &Shared, pooling: &Pooling) -> Result<(), Failure> {
    let advisor = Advisor::of(shared);
    run_pool(shared, pooling, &advisor).map_err(|failure| advisor.advise(failure))
}

fn run_pool(shared: &Shared, pooling: &Pooling, advisor: &Advisor) -> Result<(), Failure> {
    let channel = channel(shared)?;
    let interrupts = Interrupts::catch().map_err(|error| Failure::Signals(errno_of(&error)))?;
    // What we create is ours alone. What the commands create is up to the user.
    let theirs = umask(Mode::S_IRWXG | Mode::S_IRWXO);
    start_logging(&shared.log, false)?;
    let mut endpoint = channel.display_name(name(&shared.display_name(), pooling.jobs)).attach(Role::Reader)?;
    umask(theirs);
    let ended = exec::run(&mut endpoint, io::stdout().as_fd(), &interrupts, pooling).map_err(Failure::Pool);
    debug!("{}: the end: {ended:?}", endpoint.segment());
    let ended = ended.map(|end| {
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
