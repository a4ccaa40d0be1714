//! A start, a look and a quit on a machine with many segments of the same user, none of them the channel's.
//!
//! In an IPC namespace of its own, whose segments go with the last process in it: nothing is left, and nobody else's segments
//! count. <https://man7.org/linux/man-pages/man7/ipc_namespaces.7.html>

use super::channel::{Channel, Programs};
use super::start::median;
use super::together::{Together, read_soon};
use crate::measure::in_a_process;
use crate::mechanism::Reason;
use nix::sched::{CloneFlags, unshare};
use nix::unistd::{getgid, getuid};
use shmchat::internals::key::Key;
use shmchat::internals::layout::{DEFAULT_CAPACITY, segment_bytes};
use shmchat::internals::memory::{Rights, Slot};
use shmchat::{Channel as Library, Role};
use std::fs;
use std::io::{Write, pipe};
use std::process::Stdio;
use std::time::{Duration, Instant};
use tempfile::TempDir;

/// How many segments there are. The kernel allows 4,096 unless told otherwise.
pub(super) const SEGMENTS: usize = 1000;

/// Runs for one figure, after one that counts for nothing: it makes the channel.
pub(super) const TRIES: usize = 20;

/// About how long it takes to make the segments.
pub(super) const MAKING: Duration = Duration::from_millis(300);

/// What is measured.
#[derive(Clone, Copy)]
pub(super) enum What {
    /// A writer that finds no segment, makes one, has nothing to send, and takes it away again: from start to end.
    Start,
    /// `reader --status` of all channels: from start to end.
    Status,
    /// From the end of a writer's input to its end. It has slept, so that most of this is the kernel's: closing an inotify
    /// instance, which waits for a grace period.
    Quit,
}

/// The median time, in nanoseconds.
pub(super) fn beside(programs: &Programs, what: What) -> Result<f64, Reason> {
    let found = in_a_process(|| {
        enter_a_namespace()?;
        let _crowd = crowd()?;
        let channel = Channel::new(programs)?;
        let mut times = Vec::new();
        for _ in 0..=TRIES {
            times.push(once(&channel, what)?.as_nanos() as f64);
        }
        Ok(vec![median(times.split_off(1)) as u64])
    })?;
    Ok(found[0] as f64)
}

fn once(channel: &Channel<'_>, what: What) -> Result<Duration, Reason> {
    let mut together = Together::new()?;
    let start = match what {
        What::Start | What::Status => {
            let mut command = if let What::Start = what { channel.writer() } else { channel.reader() };
            if let What::Status = what {
                command.arg("--status");
            }
            let start = Instant::now();
            together.start(command.stdout(Stdio::null()))?;
            start
        }
        What::Quit => {
            let (input, mut typed) = pipe()?;
            let (mut output, sink) = pipe()?;
            let mut reading = Together::new()?;
            reading.start(channel.reader().arg("--count").arg("1").stdout(sink))?;
            together.start(channel.writer().stdin(input).stdout(Stdio::null()))?;
            typed.write_all(b"here\n")?;
            read_soon(&mut output, &mut [0; 64])?;
            reading.finish()?;
            let start = Instant::now();
            drop(typed);
            start
        }
    };
    together.finish()?;
    Ok(start.elapsed())
}

/// Leaves the machine's segments for a namespace without any.
fn enter_a_namespace() -> Result<(), Reason> {
    if unshare(CloneFlags::CLONE_NEWIPC).is_ok() {
        return Ok(());
    }
    // Who is not root may only as the root of a user namespace, in which nobody else is.
    let (uid, gid) = (getuid(), getgid());
    unshare(CloneFlags::CLONE_NEWUSER | CloneFlags::CLONE_NEWIPC)
        .map_err(|errno| Reason::unable(format!("an IPC namespace of one's own: {}", errno.desc())))?;
    fs::write("/proc/self/setgroups", "deny")?;
    fs::write("/proc/self/uid_map", format!("{uid} {uid} 1"))?;
    fs::write("/proc/self/gid_map", format!("{gid} {gid} 1"))?;
    Ok(())
}

/// Segments of the user: every other one another program's, of a size that ours have too; the others those of channels in
/// another directory, with a message in each.
fn crowd() -> Result<TempDir, Reason> {
    let folder = tempfile::tempdir()?;
    for index in 0..SEGMENTS / 2 {
        Slot::SysV(Key(libc::IPC_PRIVATE)).create(segment_bytes(DEFAULT_CAPACITY), Rights::only(0o600))?;
        let channel = Library::named(format!("channel-{index}").parse()?).dir(folder.path());
        let mut writer = channel.capacity(Library::MIN_CAPACITY)?.attach(Role::Writer)?;
        writer.send("waiting")?;
        writer.quit()?;
    }
    Ok(folder)
}
