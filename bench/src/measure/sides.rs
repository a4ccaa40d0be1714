//! Two sides of a run, each pinned to a processor of its own: two processes, or two threads of one.
//!
//! The sides are forked, not started anew, so that they inherit what was prepared for both: pipes, sockets, mappings. The
//! bench itself has one thread, which is what makes that sound.

use crate::mechanism::{Kind, Mechanism, Reason, Side};
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::sched::{CpuSet, sched_getaffinity, sched_setaffinity};
use nix::sys::signal::{Signal, kill};
use nix::sys::socket::{AddressFamily, SockFlag, SockType, socketpair};
use nix::sys::wait::waitpid;
use nix::unistd::{ForkResult, Pid, fork, pipe};
use std::fs::File;
use std::io::{ErrorKind, Read, Write};
use std::os::fd::{AsFd, OwnedFd};
use std::sync::Mutex;

/// Longest that a run may take before it counts as hung, in milliseconds.
const PATIENCE: u16 = 60_000;

/// The two processors that the sides run on.
#[derive(Clone, Copy)]
pub(crate) struct Cpus(pub(crate) [usize; 2]);

impl Cpus {
    /// The last two that we may run on: the first ones serve more interrupts.
    pub(crate) fn choose() -> Result<Self, Reason> {
        let allowed = sched_getaffinity(Pid::from_raw(0))?;
        let usable: Vec<_> = (0..CpuSet::count()).filter(|&cpu| allowed.is_set(cpu).unwrap_or(false)).collect();
        match usable[..] {
            [.., first, second] => Ok(Cpus([first, second])),
            _ => Err(Reason("the bench needs two processors to pin the two sides to".into())),
        }
    }

    /// Keeps the calling thread on one side's processor.
    pub(crate) fn pin(self, side: Side) -> Result<(), Reason> {
        let mut set = CpuSet::new();
        set.set(self.0[if side == Side::First { 0 } else { 1 }])?;
        sched_setaffinity(Pid::from_raw(0), &set)?;
        Ok(())
    }
}

/// Where both sides meet before they start.
pub(crate) struct Meeting(File);

impl Meeting {
    /// Waits until the other side is here too. Neither sleeps: waking would take one of them longer than ten thousand
    /// messages of the other.
    pub(crate) fn wait(&mut self) -> Result<(), Reason> {
        self.0.write_all(b".")?;
        loop {
            match self.0.read(&mut [0]) {
                Ok(0) => return Err(Reason("the other side has gone".into())),
                Ok(_) => return Ok(()),
                Err(error) if error.kind() == ErrorKind::WouldBlock => std::hint::spin_loop(),
                Err(error) => return Err(error.into()),
            }
        }
    }
}

fn meeting() -> Result<[Meeting; 2], Reason> {
    let flags = SockFlag::SOCK_CLOEXEC | SockFlag::SOCK_NONBLOCK;
    let (one, other) = socketpair(AddressFamily::Unix, SockType::Stream, None, flags)?;
    Ok([one, other].map(|end| Meeting(File::from(end))))
}

/// Runs `side` for both sides of a mechanism, and gives the figures that each found.
pub(crate) fn run<M: Mechanism, const N: usize>(
    cpus: Cpus,
    prepared: &M,
    side: impl Fn(Side, M::Port, &mut Meeting) -> Result<[u64; N], Reason> + Sync,
) -> Result<[[u64; N]; 2], Reason> {
    let run = |which, meeting: &mut Meeting| -> Result<[u64; N], Reason> {
        cpus.pin(which)?;
        let port = prepared.open(which)?;
        side(which, port, meeting)
    };
    match M::KIND {
        Kind::InProcess => in_two_threads(run),
        Kind::Ours | Kind::OursElsewhere | Kind::Peer | Kind::ByHand => in_two_processes(run),
    }
}

fn in_two_threads<const N: usize>(
    run: impl Fn(Side, &mut Meeting) -> Result<[u64; N], Reason> + Sync,
) -> Result<[[u64; N]; 2], Reason> {
    // In a process of their own all the same, so that pinning and memory are as for the others.
    let both = in_a_process(|| {
        let [mut one, mut other] = meeting()?;
        let results = Mutex::new([None, None]);
        std::thread::scope(|scope| {
            scope.spawn(|| results.lock().expect("no panic")[1] = Some(run(Side::Second, &mut other)));
            let first = run(Side::First, &mut one);
            results.lock().expect("no panic")[0] = Some(first);
        });
        let [first, second] = results.into_inner().expect("no panic");
        let (first, second) = (first.expect("ran")?, second.expect("ran")?);
        Ok(first.into_iter().chain(second).collect())
    })?;
    Ok([std::array::from_fn(|index| both[index]), std::array::from_fn(|index| both[N + index])])
}

/// Runs `side` in two processes, and gives the figures that each found.
pub(crate) fn in_two_processes<const N: usize>(
    side: impl Fn(Side, &mut Meeting) -> Result<[u64; N], Reason>,
) -> Result<[[u64; N]; 2], Reason> {
    let [one, other] = meeting()?;
    let parts = [(Side::First, one), (Side::Second, other)];
    let found = in_processes(parts, |(which, mut meeting)| side(which, &mut meeting).map(|found| found.to_vec()))?;
    Ok([0, 1].map(|which| std::array::from_fn(|index| found[which][index])))
}

/// Runs `work` in a process of its own, and gives the figures that it found.
pub(crate) fn in_a_process(work: impl Fn() -> Result<Vec<u64>, Reason>) -> Result<Vec<u64>, Reason> {
    Ok(in_processes([()], |()| work())?.remove(0))
}

/// A forked process, killed and waited for if it is not done.
struct Child {
    pid: Pid,
    result: File,
}

impl Drop for Child {
    fn drop(&mut self) {
        let _ = kill(self.pid, Signal::SIGKILL);
        let _ = waitpid(self.pid, None);
    }
}

/// Runs `work` for each part in a process of its own, all at the same time.
fn in_processes<T>(
    parts: impl IntoIterator<Item = T>,
    work: impl Fn(T) -> Result<Vec<u64>, Reason>,
) -> Result<Vec<Vec<u64>>, Reason> {
    let mut children = Vec::new();
    for part in parts {
        let (result, sink) = pipe()?;
        // SAFETY: the bench has one thread, so no lock is held by another at this moment.
        match unsafe { fork() }? {
            ForkResult::Parent { child } => children.push(Child { pid: child, result: result.into() }),
            ForkResult::Child => {
                let answer = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| work(part)));
                let answer = answer.unwrap_or_else(|_| Err(Reason("it panicked".into())));
                std::process::exit(if tell(sink, answer).is_ok() { 0 } else { 1 });
            }
        }
    }
    // The first that fails ends the run: the other one would wait for it.
    let mut answers: Vec<Option<Vec<u64>>> = children.iter().map(|_| None).collect();
    while let Some(waiting) = (!answers.iter().all(Option::is_some)).then(|| awaited(&answers)) {
        let mut fds: Vec<_> =
            waiting.iter().map(|&index| PollFd::new(children[index].result.as_fd(), PollFlags::POLLIN)).collect();
        if poll(&mut fds, PollTimeout::from(PATIENCE))? == 0 {
            return Err(Reason::hung(u64::from(PATIENCE) / 1000));
        }
        let ready: Vec<bool> = fds.iter().map(|fd| fd.any().unwrap_or(false)).collect();
        for (&index, _) in waiting.iter().zip(ready).filter(|(_, ready)| *ready) {
            answers[index] = Some(hear(&mut children[index].result)?);
        }
    }
    Ok(answers.into_iter().flatten().collect())
}

fn awaited(answers: &[Option<Vec<u64>>]) -> Vec<usize> {
    (0..answers.len()).filter(|&index| answers[index].is_none()).collect()
}

/// A line for a result: figures, or `!` and why there are none.
fn tell(sink: OwnedFd, answer: Result<Vec<u64>, Reason>) -> std::io::Result<()> {
    let line = match answer {
        Ok(figures) => figures.iter().map(u64::to_string).collect::<Vec<_>>().join(" "),
        Err(Reason(why)) => format!("!{why}"),
    };
    File::from(sink).write_all(line.as_bytes())
}

fn hear(result: &mut File) -> Result<Vec<u64>, Reason> {
    let mut line = String::new();
    result.read_to_string(&mut line)?;
    if let Some(why) = line.strip_prefix('!') {
        return Err(Reason(why.into()));
    }
    let figures: Result<Vec<u64>, _> = line.split_whitespace().map(str::parse).collect();
    match figures {
        Ok(figures) if !figures.is_empty() => Ok(figures),
        _ => Err(Reason("it died without a word".into())),
    }
}
