//! A `writer` or `reader` that is to be started: its arguments, its standard streams, its user.

use crate::dispositions::reset;
use crate::memory::memory;
use crate::process::{Ended, Process, Sink};
use crate::terminal::Terminal;
use crate::{program, spawn};
use shmchat::MemoryKind;
use std::ffi::OsString;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

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
    /// Where the program lies; none: beside the tests.
    programs: Option<PathBuf>,
}

/// Another user to run as, which takes root.
struct User {
    uid: u32,
    gid: u32,
}

enum Input {
    Nothing,
    Bytes(Vec<u8>),
    Kept,
    Of(Stdio),
}

enum Output {
    Kept,
    Taken(Sink),
    Of(Stdio),
}

impl Run {
    /// The program with this `--dir`, and the kind of memory that this run of the tests is about.
    pub fn new(program: &'static str, dir: &Path) -> Self {
        Run::bare(program).arg("--dir").arg(dir).in_memory()
    }

    /// The program without any arguments, and without the config file and the waiting messages of whoever runs the tests.
    pub fn bare(program: &'static str) -> Self {
        let (input, output) = (Input::Nothing, Output::Kept);
        let env = vec![("XDG_CONFIG_HOME".into(), "/nowhere".into()), ("XDG_STATE_HOME".into(), "/nowhere".into())];
        Run {
            program,
            args: Vec::new(),
            env,
            under: Vec::new(),
            input,
            output,
            errors: None,
            user: None,
            programs: None,
        }
    }

    /// With the kind of memory that this run of the tests is about.
    #[must_use]
    pub fn in_memory(self) -> Self {
        match memory() {
            // The default, so that it is used as most people use it.
            MemoryKind::SysV => self,
            kind if ["writer", "reader"].contains(&self.program) => self.arg(format!("--memory={kind}")),
            _ => self,
        }
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
        self.input = Input::Kept;
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
        self.user = Some(User { uid, gid });
        self.from_folder(programs)
    }

    /// Takes the program from this folder instead of the tests' own.
    #[must_use]
    pub fn from_folder(mut self, programs: &Path) -> Self {
        self.programs = Some(programs.into());
        self
    }

    fn path(&self) -> PathBuf {
        match &self.programs {
            None => program(self.program),
            Some(programs) => {
                reset();
                programs.join(self.program)
            }
        }
    }

    /// Starts it between pipes.
    pub fn start(self) -> Process {
        let path = self.path();
        let mut words = self.under;
        words.push(path.into());
        words.extend(self.args);
        let mut command = Command::new(&words[0]);
        if let Some(User { uid, gid }) = self.user {
            // As after a login: no rights but these, and a folder that every user may stand in.
            command.uid(uid).gid(gid).current_dir("/");
        }
        command.args(&words[1..]).envs(self.env).stderr(self.errors.unwrap_or_else(Stdio::piped));
        let mut given = None;
        command.stdin(match self.input {
            Input::Nothing => Stdio::null(),
            Input::Of(input) => input,
            Input::Kept => Stdio::piped(),
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
        let child = spawn(&mut command);
        let mut child = child.unwrap_or_else(|error| panic!("cannot start {}: {error}", self.program));
        Process::of(self.program, &mut child, given, sink)
    }

    /// Starts it and waits for its end.
    #[track_caller]
    pub fn finish(self) -> Ended {
        self.start().wait()
    }

    /// Starts it on a pseudo-terminal of 80 by 24.
    pub fn in_terminal(self) -> Terminal {
        let path = self.path();
        let words: Vec<_> = self.under.into_iter().chain([path.into()]).chain(self.args).collect();
        Terminal::start(self.program, &words, &self.env)
    }
}
