//! A `writer` or `reader` between pipes.

#![forbid(unsafe_code)]

use crate::life::Life;
use crate::terminal::Terminal;
use crate::watched::{Watch, Watched};
use crate::{LIMIT, program, spawning};
use nix::sys::signal::Signal;
use std::ffi::OsString;
use std::io::{Read, Write};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::sync::mpsc::{Sender, channel};
use std::thread;
use std::time::Instant;

/// Takes a piece of a process's output as it comes; false: no more, close it.
type Sink = Box<dyn FnMut(&[u8]) -> bool + Send>;

/// A program and its arguments, not started yet.
pub struct Run {
    program: &'static str,
    args: Vec<OsString>,
    env: Vec<(OsString, OsString)>,
    /// A program that starts it, with its arguments; none starts it directly.
    under: Vec<OsString>,
    input: Input,
    output: Output,
    errors: Option<Stdio>,
    user: Option<User>,
}

/// Another user to run as, which takes root, and where that one finds the programs.
struct User {
    uid: u32,
    gid: u32,
    programs: PathBuf,
}

enum Input {
    Nothing,
    Bytes(Vec<u8>),
    Held,
    Of(Stdio),
}

enum Output {
    Kept,
    Taken(Sink),
    Of(Stdio),
}

impl Run {
    /// The program with this `--dir`.
    pub fn new(program: &'static str, dir: &Path) -> Self {
        Run::bare(program).arg("--dir").arg(dir)
    }

    /// The program without any arguments.
    pub fn bare(program: &'static str) -> Self {
        let (input, output) = (Input::Nothing, Output::Kept);
        Run { program, args: Vec::new(), env: Vec::new(), under: Vec::new(), input, output, errors: None, user: None }
    }

    /// One more variable in its environment.
    #[must_use]
    pub fn env(mut self, name: impl Into<OsString>, value: impl Into<OsString>) -> Self {
        self.env.push((name.into(), value.into()));
        self
    }

    /// What the shell does before it becomes the program, such as `umask 000`.
    #[must_use]
    pub fn after(self, first: &str) -> Self {
        self.under(["sh".into(), "-c".into(), format!("{first} && exec \"$0\" \"$@\"").into()])
    }

    /// More arguments, as a shell would split them at blanks.
    #[must_use]
    pub fn args(mut self, args: &str) -> Self {
        self.args.extend(args.split_whitespace().map(OsString::from));
        self
    }

    /// One more argument, whatever is in it.
    #[must_use]
    pub fn arg(mut self, arg: impl Into<OsString>) -> Self {
        self.args.push(arg.into());
        self
    }

    /// Has another program start it: that one and its arguments, to which these are added. The process is then the other
    /// program's.
    #[must_use]
    pub fn under(mut self, command: impl IntoIterator<Item = OsString>) -> Self {
        self.under = command.into_iter().collect();
        self
    }

    /// Standard input: these bytes, and then its end. `/dev/null` if nothing is said.
    #[must_use]
    pub fn input(mut self, bytes: impl Into<Vec<u8>>) -> Self {
        self.input = Input::Bytes(bytes.into());
        self
    }

    /// Standard input: a pipe that [`Process::send`] fills and [`Process::end_input`] ends.
    #[must_use]
    pub fn held_input(mut self) -> Self {
        self.input = Input::Held;
        self
    }

    /// Standard input: this file or pipe.
    #[must_use]
    pub fn input_of(mut self, input: impl Into<Stdio>) -> Self {
        self.input = Input::Of(input.into());
        self
    }

    /// Standard output goes to `sink`, piece by piece, until that says false: then it is closed.
    #[must_use]
    pub fn output_to(mut self, sink: impl FnMut(&[u8]) -> bool + Send + 'static) -> Self {
        self.output = Output::Taken(Box::new(sink));
        self
    }

    /// Standard output: this file or pipe.
    #[must_use]
    pub fn output_of(mut self, output: impl Into<Stdio>) -> Self {
        self.output = Output::Of(output.into());
        self
    }

    /// Standard error: this file or pipe; kept if nothing is said.
    #[must_use]
    pub fn errors_to(mut self, errors: impl Into<Stdio>) -> Self {
        self.errors = Some(errors.into());
        self
    }

    /// Runs it as this user, of this group alone, from a folder of programs that this user can read.
    #[must_use]
    pub fn as_user(mut self, uid: u32, gid: u32, programs: &Path) -> Self {
        self.user = Some(User { uid, gid, programs: programs.into() });
        self
    }

    /// Starts it between pipes.
    pub fn start(self) -> Process {
        let path = match &self.user {
            None => program(self.program),
            Some(User { programs, .. }) => programs.join(self.program),
        };
        let mut words = self.under;
        words.push(path.into());
        words.extend(self.args);
        let mut command = Command::new(&words[0]);
        if let Some(User { uid, gid, .. }) = self.user {
            command.uid(uid).gid(gid);
        }
        command.args(&words[1..]).envs(self.env).stderr(self.errors.unwrap_or_else(Stdio::piped));
        let mut given = None;
        command.stdin(match self.input {
            Input::Nothing => Stdio::null(),
            Input::Of(input) => input,
            Input::Held => Stdio::piped(),
            Input::Bytes(bytes) => {
                given = Some(bytes);
                Stdio::piped()
            }
        });
        let mut sink = None;
        command.stdout(match self.output {
            Output::Of(output) => output,
            Output::Kept => Stdio::piped(),
            Output::Taken(taken) => {
                sink = Some(taken);
                Stdio::piped()
            }
        });
        let mut child = {
            let _alone = spawning();
            command.spawn().unwrap_or_else(|error| panic!("cannot start {}: {error}", self.program))
        };
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
        Process {
            name: self.program,
            life: Life::of(child.id()),
            input,
            stdout: stdout.unwrap_or_default(),
            stderr: stderr.unwrap_or_default(),
        }
    }

    /// Starts it and waits for its end.
    #[track_caller]
    pub fn finish(self) -> Ended {
        self.start().wait()
    }

    /// Starts it on a pseudo-terminal of 80 by 24.
    pub fn in_terminal(self) -> Terminal {
        Terminal::start(self.program, &self.args, &self.env)
    }
}

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
    /// Its process id.
    pub fn pid(&self) -> i32 {
        self.life.pid()
    }

    /// What it does in the kernel now, as `proc(5)` tells: the number of the system call, or `running`.
    pub fn system_call(&self) -> String {
        let line = std::fs::read_to_string(format!("/proc/{}/syscall", self.pid())).unwrap_or_default();
        line.split_whitespace().next().unwrap_or_default().to_owned()
    }

    /// Waits until it sleeps in `poll`: it has taken up all that came, and nothing has happened since.
    #[track_caller]
    pub fn wait_asleep(&self) {
        #[cfg(target_arch = "x86_64")]
        const POLL: [libc::c_long; 2] = [libc::SYS_poll, libc::SYS_ppoll];
        #[cfg(not(target_arch = "x86_64"))]
        const POLL: [libc::c_long; 1] = [libc::SYS_ppoll];
        let limit = Instant::now() + LIMIT;
        while !POLL.iter().any(|poll| self.system_call() == poll.to_string()) {
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
            if self.system_call() == sleep {
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
