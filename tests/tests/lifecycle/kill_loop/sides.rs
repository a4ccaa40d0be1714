//! A writer and a reader of a round, what they are given and what they print; and what else the processor has to do.

use nix::sys::signal::Signal;
use shmchat_tests::{Process, Run};
use std::io::{PipeReader, Write, pipe};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::Duration;

/// A `writer` and its input, of which we hold an end, too: what it has not read is still there when it has ended.
pub(crate) struct Writing {
    pub(crate) process: Process,
    pub(crate) feed: Sender<Vec<u8>>,
    pub(crate) rest: PipeReader,
    /// Bytes of the input that were given to it.
    pub(crate) fed: usize,
}

/// A `reader` and what it has printed.
pub(crate) struct Reading {
    pub(crate) process: Process,
    pub(crate) printed: Arc<Mutex<Vec<u8>>>,
    /// Its output is not taken.
    pub(crate) stalled: Arc<AtomicBool>,
    /// It was stopped, at whatever it was.
    pub(crate) stopped: bool,
}

impl Writing {
    /// Starts it, and gives it nothing yet.
    pub(crate) fn start(run: Run) -> Self {
        let (rest, mut to) = pipe().expect("a pipe");
        let process = run.input_of(rest.try_clone().expect("a copy")).start();
        let (feed, bursts) = channel::<Vec<u8>>();
        thread::spawn(move || bursts.iter().try_for_each(|burst| to.write_all(&burst)));
        Writing { process, feed, rest, fed: 0 }
    }
}

impl Reading {
    pub(crate) fn start(run: Run) -> Self {
        let printed = Arc::new(Mutex::new(Vec::new()));
        let stalled = Arc::new(AtomicBool::new(false));
        let (into, waits) = (Arc::clone(&printed), Arc::clone(&stalled));
        let run = run.output_to(move |piece| {
            into.lock().unwrap_or_else(PoisonError::into_inner).extend_from_slice(piece);
            while waits.load(Ordering::Relaxed) {
                thread::sleep(Duration::from_millis(1));
            }
            true
        });
        Reading { process: run.start(), printed, stalled, stopped: false }
    }

    pub(crate) fn stop(&mut self) {
        self.process.signal(Signal::SIGSTOP);
        self.stopped = true;
    }

    pub(crate) fn go_on(&mut self) {
        self.process.signal(Signal::SIGCONT);
        self.stopped = false;
    }
}

/// Bytes that a writer said it has read and not sent.
pub(crate) fn unsent(stderr: &str) -> usize {
    let said = stderr.lines().find_map(|line| line.split_once(" bytes were read from standard input and not sent"));
    said.and_then(|(before, _)| before.rsplit(' ').next()?.parse().ok()).unwrap_or(0)
}

/// A thread that makes the processor busy until it is dropped.
pub(crate) struct Busy(Arc<AtomicBool>);

impl Busy {
    pub(crate) fn new() -> Self {
        let over = Arc::new(AtomicBool::new(false));
        let seen = Arc::clone(&over);
        thread::spawn(move || {
            while !seen.load(Ordering::Relaxed) {
                std::hint::spin_loop();
            }
        });
        Busy(over)
    }
}

impl Drop for Busy {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}
