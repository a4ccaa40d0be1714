//! The tour on a pseudo-terminal whose screen is parsed, and what its processes have left.

use nix::fcntl::OFlag;
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use portable_pty::{Child, CommandBuilder, MasterPty, PtySize, native_pty_system};
use std::collections::BTreeSet;
use std::ffi::OsString;
use std::fs::{self, File, OpenOptions};
use std::io::{Read, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

/// How long anything may take before it counts as a hang.
const LIMIT: Duration = Duration::from_secs(60);

/// The program.
const TOUR: &str = env!("CARGO_BIN_EXE_shmchat-tour");

pub(crate) const COLUMNS: u16 = 80;
pub(crate) const ROWS: u16 = 24;

struct Shown {
    parser: vt100::Parser,
    /// The terminal is to be given up.
    giving_up: bool,
    ended: bool,
}

/// The tour. Dropping it kills it.
pub(crate) struct Playing {
    child: Box<dyn Child + Send + Sync>,
    /// The tour's process id, where the child is a shell.
    tour: Option<i32>,
    /// `None` where the terminal is lost.
    terminal: Option<(Box<dyn MasterPty + Send>, Box<dyn Write + Send>)>,
    shown: Arc<(Mutex<Shown>, Condvar)>,
    temporary: tempfile::TempDir,
    /// It, and all of its processes that were seen.
    family: BTreeSet<i32>,
    /// The names of its folders that were seen.
    folders: BTreeSet<OsString>,
    _alone: Option<File>,
}

fn size(columns: u16, rows: u16) -> PtySize {
    PtySize { rows, cols: columns, pixel_width: 0, pixel_height: 0 }
}

impl Playing {
    /// Starts it at a chapter, on 80 columns and 24 rows.
    pub(crate) fn chapter(number: usize) -> Self {
        let mut command = CommandBuilder::new(TOUR);
        command.args(["--chapter", &number.to_string()]);
        Playing::start(command, alone(number))
    }

    /// The original listener instead, with the files that are here.
    pub(crate) fn original_reader(folder: &Path, project_id: &str) -> Self {
        let mut command = CommandBuilder::new(TOUR);
        command.args(["original", "reader", "--project-id", project_id]);
        for (option, file) in [("--path", "key"), ("--fifo", "myfifo")] {
            command.args([OsString::from(option), folder.join(file).into_os_string()]);
        }
        Playing::start(command, None)
    }

    /// The same in a shell that stays: where the tour is a terminal's first process, the kernel hangs up on all others when
    /// it dies, and its sides would go for that reason.
    pub(crate) fn chapter_in_a_shell(number: usize) -> Self {
        let mut command = CommandBuilder::new("/bin/sh");
        command.args(["-c", "\"$@\"; read _", "sh", TOUR, "--chapter", &number.to_string()]);
        let mut playing = Playing::start(command, alone(number));
        playing.sees(&["Press Enter to begin."]);
        playing.tour = playing.children().first().copied();
        playing.family.clear();
        playing
    }

    fn start(mut command: CommandBuilder, alone: Option<File>) -> Self {
        let temporary = tempfile::tempdir().expect("a folder");
        command.env("TERM", "xterm-256color");
        command.env("TMPDIR", temporary.path());
        command.cwd("/");
        let pty = native_pty_system().openpty(size(COLUMNS, ROWS)).expect("a pseudo-terminal");
        let child = pty.slave.spawn_command(command).expect("the tour");
        drop(pty.slave);
        let parser = vt100::Parser::new(ROWS.try_into().unwrap(), COLUMNS.try_into().unwrap(), 0);
        let shown = Arc::new((Mutex::new(Shown { parser, giving_up: false, ended: false }), Condvar::new()));
        let told = Arc::clone(&shown);
        let mut output = pty.master.try_clone_reader().expect("its output");
        thread::spawn(move || {
            let mut space = [0; 4096];
            while let Ok(bytes @ 1..) = output.read(&mut space) {
                let mut shown = lock(&told.0);
                shown.parser.process(&space[..bytes]);
                told.1.notify_all();
                if shown.giving_up {
                    break;
                }
            }
            drop(output);
            lock(&told.0).ended = true;
            told.1.notify_all();
        });
        let keys = pty.master.take_writer().expect("its keyboard");
        let terminal = Some((pty.master, keys));
        let (family, folders) = Default::default();
        Playing { child, tour: None, terminal, shown, temporary, family, folders, _alone: alone }
    }

    pub(crate) fn pid(&self) -> i32 {
        self.tour.unwrap_or_else(|| self.child.process_id().expect("a process id") as i32)
    }

    /// Types these keys.
    pub(crate) fn press(&mut self, keys: &str) {
        let (_, keyboard) = self.terminal.as_mut().expect("a terminal");
        keyboard.write_all(keys.as_bytes()).and_then(|()| keyboard.flush()).expect("typing");
    }

    /// The text on the screen.
    pub(crate) fn screen(&self) -> String {
        lock(&self.shown.0).parser.screen().contents()
    }

    /// The screen: characters, styles, cursor.
    pub(crate) fn cells(&self) -> vt100::Screen {
        lock(&self.shown.0).parser.screen().clone()
    }

    /// Whether the ordinary screen is back, with its cursor.
    pub(crate) fn is_restored(&self) -> bool {
        let shown = lock(&self.shown.0);
        !shown.parser.screen().alternate_screen() && !shown.parser.screen().hide_cursor()
    }

    /// Waits until all of this stands on the screen at once.
    #[track_caller]
    pub(crate) fn sees(&mut self, texts: &[&str]) {
        let deadline = Instant::now() + LIMIT;
        let mut shown = lock(&self.shown.0);
        loop {
            let contents = shown.parser.screen().contents();
            if texts.iter().all(|text| contents.contains(text)) {
                break;
            }
            let left = deadline.saturating_duration_since(Instant::now());
            assert!(!shown.ended && !left.is_zero(), "not seen: {texts:?} in\n{contents}");
            shown = self.shown.1.wait_timeout(shown, left).unwrap_or_else(PoisonError::into_inner).0;
        }
        drop(shown);
        self.remember();
    }

    /// Makes the window another size.
    pub(crate) fn resize(&mut self, columns: u16, rows: u16) {
        let (terminal, _) = self.terminal.as_ref().expect("a terminal");
        lock(&self.shown.0).parser.set_size(rows.try_into().unwrap(), columns.try_into().unwrap());
        terminal.resize(size(columns, rows)).expect("resizing");
    }

    /// The terminal goes away. Before it does, `portable-pty` types Enter and Ctrl-D, which mean nothing on the stage.
    pub(crate) fn lose_the_terminal(&mut self) {
        self.remember();
        let (terminal, keys) = self.terminal.take().expect("a terminal");
        lock(&self.shown.0).giving_up = true;
        // The reading thread holds the terminal, too, and sleeps in `read`: a byte from the other end wakes it.
        let slave = OpenOptions::new()
            .write(true)
            .custom_flags(OFlag::O_NOCTTY.bits())
            .open(terminal.tty_name().expect("a name"));
        slave.and_then(|mut slave| slave.write_all(b"\0")).expect("waking the reading thread");
        let mut shown = lock(&self.shown.0);
        while !shown.ended {
            shown = self.shown.1.wait(shown).unwrap_or_else(PoisonError::into_inner);
        }
        drop(shown);
        drop(keys);
        drop(terminal);
    }

    pub(crate) fn signal(&mut self, signal: Signal) {
        self.remember();
        kill(Pid::from_raw(self.pid()), signal).expect("a signal");
    }

    /// Its children, as they are now.
    pub(crate) fn children(&self) -> Vec<i32> {
        let path = format!("/proc/{0}/task/{0}/children", self.pid());
        fs::read_to_string(path).unwrap_or_default().split_whitespace().filter_map(|pid| pid.parse().ok()).collect()
    }

    fn remember(&mut self) {
        self.family.extend(self.children());
        self.family.extend([self.pid()]);
        let folders = fs::read_dir(self.temporary.path()).expect("its folder").flatten();
        self.folders.extend(folders.map(|entry| entry.file_name()));
    }

    /// Waits for its end.
    pub(crate) fn wait(&mut self) -> Option<i32> {
        self.remember();
        let status = self.child.wait().expect("its end");
        if self.terminal.is_some() {
            // All that it has drawn is read when nobody has the terminal open any more.
            let mut shown = lock(&self.shown.0);
            while !shown.ended {
                shown = self.shown.1.wait(shown).unwrap_or_else(PoisonError::into_inner);
            }
        }
        (status.signal().is_none()).then(|| status.exit_code() as i32)
    }

    /// Waits for its end, and until nothing of it is left: no process, no file, no segment.
    #[track_caller]
    pub(crate) fn leaves_nothing(self) {
        self.leaves_nothing_of(&["the tour", "its broom", "its writer", "its reader"]);
    }

    /// The same, of one that had these processes at least.
    #[track_caller]
    pub(crate) fn leaves_nothing_of(mut self, processes: &[&str]) {
        if self.tour.is_none() {
            self.wait();
        }
        let deadline = Instant::now() + LIMIT;
        // After SIGKILL the broom is nobody's child that could be waited for.
        while self.family.iter().any(|&pid| is_alive(pid)) {
            assert!(Instant::now() < deadline, "still there: {:?}", self.family);
            thread::yield_now();
        }
        assert!(self.family.len() >= processes.len(), "{processes:?}: {:?}", self.family);
        let files: Vec<_> = fs::read_dir(self.temporary.path()).expect("its folder").flatten().collect();
        assert!(files.is_empty(), "{files:?}");
        assert!(!self.folders.is_empty(), "it has a folder");
        for name in &self.folders {
            let mut name = name.clone();
            name.push(".2");
            let second = Path::new("/dev/shm").join(name);
            assert!(!second.exists(), "{}", second.display());
        }
        assert_eq!(segments_of(&self.family), [""; 0]);
    }

    /// Where it keeps its files.
    pub(crate) fn folder(&self) -> &Path {
        self.temporary.path()
    }

    /// The segments that its processes have made.
    pub(crate) fn segments(&mut self) -> Vec<String> {
        self.remember();
        segments_of(&self.family)
    }
}

impl Drop for Playing {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Where a chapter is played by one test at a time, a lock: two tours find the same two files on a machine in chapter 2, and so
/// have one key.
fn alone(chapter: usize) -> Option<File> {
    (chapter == 2).then(|| {
        let file = File::open(TOUR).expect("the program");
        file.lock().expect("a lock");
        file
    })
}

fn lock(shown: &Mutex<Shown>) -> MutexGuard<'_, Shown> {
    shown.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Whether there is such a process, and it is no zombie.
fn is_alive(pid: i32) -> bool {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    // "4711 (name) S 1 …"
    stat.rsplit(')').next().is_some_and(|rest| !rest.is_empty() && !rest.trim_start().starts_with('Z'))
}

/// The lines of `/proc/sysvipc/shm` that one of these processes has made.
fn segments_of(pids: &BTreeSet<i32>) -> Vec<String> {
    let table = fs::read_to_string("/proc/sysvipc/shm").expect("the kernel's table");
    // key shmid perms size cpid lpid …
    let made = |line: &&str| {
        line.split_whitespace().nth(4).and_then(|pid| pid.parse().ok()).is_some_and(|pid| pids.contains(&pid))
    };
    table.lines().skip(1).filter(made).map(str::to_owned).collect()
}
