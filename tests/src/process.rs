//! A `writer` or `reader` that runs between pipes.

use crate::LIMIT;
use crate::life::Life;
use crate::watched::{Watch, Watched};
use nix::sys::signal::Signal;
use std::io::{Read, Write};
use std::process::Child;
use std::sync::Arc;
use std::sync::mpsc::{Sender, channel};
use std::thread;
use std::time::Instant;

/// Takes a piece of a process's output as it comes; false: no more, close it.
pub(crate) type Sink = Box<dyn FnMut(&[u8]) -> bool + Send>;

/// A thread that writes to a pipe what it is sent, so that no test blocks in a write.
fn feed(mut pipe: impl Write + Send + 'static) -> Sender<Vec<u8>> {
    let (sender, bytes) = channel::<Vec<u8>>();
    thread::spawn(move || {
        for bytes in bytes {
            if pipe.write_all(&bytes).is_err() {
                return;
            }
        }
    });
    sender
}

/// A running process between pipes. Dropping it kills it.
#[derive(Debug)]
pub struct Process {
    name: &'static str,
    life: Life,
    input: Option<Sender<Vec<u8>>>,
    /// Its standard output, as far as it was kept.
    pub stdout: Stream,
    /// Its standard error.
    pub stderr: Stream,
}

/// How a process ended, and all it said.
#[derive(Debug)]
pub struct Ended {
    /// The exit code; none if a signal ended it.
    pub code: Option<i32>,
    /// The signal that ended it.
    pub signal: Option<Signal>,
    /// Standard output, as far as it was kept.
    pub stdout: Vec<u8>,
    /// Standard error.
    pub stderr: String,
}

impl Process {
    /// Takes over a child just started. `given` is all of its input; what it writes goes to `sink`, or is kept.
    pub(crate) fn of(name: &'static str, child: &mut Child, given: Option<Vec<u8>>, sink: Option<Sink>) -> Self {
        let input = child.stdin.take().map(feed);
        let input = match given {
            Some(bytes) => {
                // The end of the sender is the end of the input.
                let _ = input.expect("stdin is a pipe").send(bytes);
                None
            }
            None => input,
        };
        let stdout = child.stdout.take().map(|pipe| Stream::of(pipe, sink));
        let stderr = child.stderr.take().map(|pipe| Stream::of(pipe, None));
        let (stdout, stderr) = (stdout.unwrap_or_default(), stderr.unwrap_or_default());
        Process { name, life: Life::of(child.id()), input, stdout, stderr }
    }

    /// Its process id.
    pub fn pid(&self) -> i32 {
        self.life.pid()
    }

    /// Waits until it sleeps in `poll`: it has taken up all that came, and nothing has happened since.
    #[track_caller]
    pub fn wait_asleep(&self) {
        let limit = Instant::now() + LIMIT;
        while !is_in_poll(self.pid()) {
            assert!(self.is_alive() && Instant::now() < limit, "{} does not sleep: {}", self.name, state(self.pid()));
            thread::yield_now();
        }
    }

    /// Waits until it has ended (false) or sleeps by the clock (true), as one does that looks at a held lock again.
    pub fn is_patient(&self) -> bool {
        let sleep = libc::SYS_clock_nanosleep.to_string();
        let limit = Instant::now() + LIMIT;
        while self.is_alive() {
            assert!(
                Instant::now() < limit,
                "{} neither ended nor slept by the clock: {}",
                self.name,
                state(self.pid())
            );
            if system_call(self.pid()) == sleep {
                return true;
            }
            thread::yield_now();
        }
        false
    }

    /// Whether it has not ended.
    pub fn is_alive(&self) -> bool {
        self.life.is_alive()
    }

    /// Writes to its standard input, which must be held.
    pub fn send(&self, bytes: impl Into<Vec<u8>>) {
        let input = self.input.as_ref().expect("a held input that has not ended");
        // One that has ended does not read it any more.
        let _ = input.send(bytes.into());
    }

    /// Ends its standard input.
    pub fn end_input(&mut self) {
        self.input = None;
    }

    /// Sends it a signal.
    pub fn signal(&self, signal: Signal) {
        self.life.signal(signal);
    }

    /// Waits until it has said on standard error that it is attached: it must run with `-v`.
    #[track_caller]
    pub fn wait_attached(&self) {
        self.stderr.wait_for("attached as");
    }

    /// Waits for its end. What it said is given out once.
    #[track_caller]
    pub fn wait(&self) -> Ended {
        let show = || format!("stdout: {}\nstderr: {}", self.stdout.dump(), self.stderr.dump());
        let end = self.life.wait(|| format!("{} ({})\n{}", self.name, state(self.pid()), show()));
        Ended {
            code: end.ok(),
            signal: end.err(),
            stdout: self.stdout.all(),
            stderr: String::from_utf8(self.stderr.all()).expect("what is said is UTF-8"),
        }
    }

    /// Kills it by SIGKILL and waits for its end.
    #[track_caller]
    pub fn kill(self) -> Ended {
        self.signal(Signal::SIGKILL);
        self.wait()
    }
}

/// What the kernel says a process does, for a dump.
fn state(pid: i32) -> String {
    let read = |file: &str| std::fs::read_to_string(format!("/proc/{pid}/{file}")).unwrap_or_default();
    format!("wchan {}, system call {}", read("wchan"), read("syscall").trim_end())
}

impl Ended {
    /// Asserts that it ended well and had nothing to complain about.
    #[track_caller]
    pub fn assert_well(&self) -> &Self {
        assert_eq!((self.code, self.stderr.as_str()), (Some(0), ""));
        self
    }

    /// Asserts that it ended with this code and exactly one line on standard error, in which all of `words` stand.
    #[track_caller]
    pub fn assert_one_line(&self, code: i32, words: &[&str]) -> &Self {
        assert_eq!(self.code, Some(code), "{}", self.stderr);
        assert!(self.stderr.ends_with('\n') && self.stderr.lines().count() == 1, "one line: {:?}", self.stderr);
        for word in words {
            assert!(self.stderr.contains(word), "{word:?} in {:?}", self.stderr);
        }
        self
    }
}

/// What a process writes to one descriptor.
#[derive(Debug, Default)]
pub struct Stream(Arc<Watched<Written>>);

#[derive(Debug)]
struct Written {
    bytes: Vec<u8>,
    ended: bool,
}

impl Default for Written {
    fn default() -> Self {
        Written { bytes: Vec::new(), ended: true }
    }
}

impl Watch for Written {
    fn is_over(&self) -> bool {
        self.ended
    }

    fn dump(&self) -> String {
        let end = if self.ended { "the end" } else { "not ended" };
        let tail = &self.bytes[self.bytes.len().saturating_sub(2000)..];
        format!("{} bytes, {end}, the last: {}", self.bytes.len(), String::from_utf8_lossy(tail))
    }
}

impl Stream {
    /// Keeps what is written, or hands it to `sink` instead.
    fn of(mut pipe: impl Read + Send + 'static, mut sink: Option<Sink>) -> Self {
        let written = Arc::new(Watched::new(Written { bytes: Vec::new(), ended: false }));
        let told = Arc::clone(&written);
        thread::spawn(move || {
            let mut space = vec![0; 1 << 16];
            while let Ok(bytes @ 1..) = pipe.read(&mut space) {
                let piece = &space[..bytes];
                match &mut sink {
                    None => told.change(|written| written.bytes.extend_from_slice(piece)),
                    Some(sink) => {
                        if !sink(piece) {
                            break;
                        }
                    }
                }
            }
            drop(pipe);
            told.change(|written| written.ended = true);
        });
        Stream(written)
    }

    /// Whether this text is in it by now.
    pub fn has(&self, text: &str) -> bool {
        self.0.look().bytes.windows(text.len()).any(|window| window == text.as_bytes())
    }

    /// Waits until this text is in it.
    #[track_caller]
    pub fn wait_for(&self, text: &str) {
        let mut seen = 0;
        self.0.wait_for(&format!("{text:?}"), |written| {
            let found = written.bytes[seen..].windows(text.len()).any(|window| window == text.as_bytes());
            seen = written.bytes.len().saturating_sub(text.len());
            found.then_some(())
        });
    }

    /// Waits for its end; all of it.
    #[track_caller]
    pub fn all(&self) -> Vec<u8> {
        self.0.wait_for("the end of the output", |written| written.ended.then(|| std::mem::take(&mut written.bytes)))
    }

    fn dump(&self) -> String {
        self.0.look().dump()
    }
}

/// What a process does in the kernel now, as `proc(5)` tells: the number of the system call, or `running`.
fn system_call(pid: i32) -> String {
    let line = std::fs::read_to_string(format!("/proc/{pid}/syscall")).unwrap_or_default();
    line.split_whitespace().next().unwrap_or_default().to_owned()
}

/// Whether a process waits in `poll`.
pub fn is_in_poll(pid: i32) -> bool {
    #[cfg(target_arch = "x86_64")]
    const POLL: [libc::c_long; 2] = [libc::SYS_poll, libc::SYS_ppoll];
    #[cfg(not(target_arch = "x86_64"))]
    const POLL: [libc::c_long; 1] = [libc::SYS_ppoll];
    POLL.iter().any(|poll| system_call(pid) == poll.to_string())
}
