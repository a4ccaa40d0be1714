//! Where a scene is played: the channel, the programs, and what must be true whatever they say.

use super::call::Call;
use super::strace::{Follow, Injection, Traced};
use super::target::CONFIG_FILE;
use nix::errno::Errno;
use nix::sys::signal::Signal;
use shmchat::internals::layout::{Lane, LanePlace, MIN_CAPACITY, Words};
use shmchat::internals::memory::Window;
use shmchat_tests::{Ended, LIMIT, Place, Process, Run};
use std::fs::{self, Permissions};
use std::os::unix::fs::{FileTypeExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// What the last writer of every scene sends.
pub(super) const LAST: &[u8] = b"the end\n";

/// Seen where standard output was a closed pipe.
pub(super) const QUIETLY: &str = "nothing: it ends quietly";

/// How often a condition is looked at that nothing tells of.
const LOOK: Duration = Duration::from_millis(1);

/// What the user sees.
pub(crate) struct Seen {
    /// The exit code.
    pub(crate) code: i32,
    /// The one line on standard error; empty where there was none.
    pub(crate) line: String,
    /// What is seen where there is no line.
    pub(crate) note: &'static str,
    /// The calls that strace wrote down.
    pub(crate) calls: Vec<Call>,
}

/// Where a scene is played.
pub(crate) struct Stage {
    pub(super) place: Place,
    /// The arguments that choose the memory.
    memory: &'static str,
    log: tempfile::TempDir,
    injection: Option<Injection>,
}

impl Stage {
    /// A new one, for channels in this memory.
    pub(crate) fn new(memory: &'static str, injection: Option<Injection>) -> Self {
        let log = tempfile::tempdir().expect("a temporary folder");
        let config = log.path().join(CONFIG_FILE);
        fs::create_dir_all(config.parent().expect("a folder")).expect("a folder");
        fs::write(&config, "name = \"alice\"\n").expect("a config file");
        fs::set_permissions(&config, Permissions::from_mode(0o600)).expect("chmod");
        Stage { place: Place::new(), memory, log, injection }
    }

    /// The folder of channels.
    pub(crate) fn dir(&self) -> &Path {
        self.place.dir()
    }

    /// A writer.
    pub(super) fn writer(&self) -> Run {
        self.place.writer().args(self.memory)
    }

    /// A reader.
    pub(super) fn reader(&self) -> Run {
        self.place.reader().args(self.memory)
    }

    /// A file beside the channels.
    pub(super) fn file(&self, name: &str) -> PathBuf {
        self.log.path().join(name)
    }

    /// The program that is made to fail.
    pub(super) fn start(&self, run: Run) -> Traced {
        self.trace(run, Follow::Always)
    }

    /// The same for one that starts others.
    pub(super) fn start_pool(&self, run: Run) -> Traced {
        self.trace(run, Follow::UntilExec)
    }

    fn trace(&self, run: Run, follow: Follow) -> Traced {
        let run = run.env("XDG_CONFIG_HOME", self.log.path());
        Traced::start(run, &self.file("strace"), self.injection.as_ref(), follow)
    }

    /// Which of its calls of this name fails, if it is one of them.
    pub(super) fn fails_at(&self, name: &str) -> Option<usize> {
        self.injection.as_ref().filter(|injection| injection.name == name).map(|injection| injection.ordinal)
    }

    /// Checks that it brought something to the disk so many times at least, where it is to do so and nothing fails.
    #[track_caller]
    pub(super) fn assert_synced(&self, calls: &[Call], times: usize) {
        let synced = calls.iter().filter(|call| call.name == "fdatasync").count();
        let is_due = self.injection.is_none() && self.memory.contains("--sync");
        assert!(synced >= times || !is_due, "only {synced} times on the disk");
    }

    /// Whether calls go on failing, so that the program cannot have tidied up behind itself.
    pub(super) fn goes_on(&self) -> bool {
        self.injection.as_ref().is_some_and(|injection| injection.on)
    }

    pub(super) fn fails_with(&self, errno: Errno) -> bool {
        self.injection.as_ref().is_some_and(|injection| injection.errno == errno)
    }

    /// Checks that it ended as a program of ours does, whatever failed.
    #[track_caller]
    pub(super) fn classify(&self, (ended, calls): (&Ended, Vec<Call>)) -> Seen {
        let code = ended.code.unwrap_or_else(|| panic!("a signal ended it: {ended:?}"));
        assert!([0, 1, 3, 4, 5].contains(&code), "exit code {code}: {ended:?}");
        assert!(!ended.stderr.contains("panicked"), "{}", ended.stderr);
        // The log's lines begin with their level.
        let lines = ended.stderr.lines().filter(|line| !line.starts_with('[')).collect::<Vec<_>>();
        let expected = usize::from(code != 0);
        // Where no write succeeds there is none.
        let unsaid = lines.is_empty()
            && self.injection.as_ref().is_some_and(|injection| injection.on && injection.name == "write");
        assert!(lines.len() == expected || unsaid, "exit code {code}, and: {}", ended.stderr);
        let line = lines.first().copied().unwrap_or_default().to_owned();
        let dir = self.dir().display().to_string();
        let beside = self.log.path().display().to_string();
        let things = [
            &dir,
            &beside,
            "/dev/shm/",
            CONFIG_FILE,
            "channel lobby",
            "every segment",
            "standard output",
            "standard input",
            "signals",
            "command",
            "start '",
            "watcher",
        ];
        assert!(line.is_empty() || things.iter().any(|thing| line.contains(*thing)), "which thing? {line}");
        Seen { code, line, note: "nothing: it goes on", calls }
    }

    /// One word of the lane of messages; none where there is no segment.
    fn messages(&self, word: impl Fn(LanePlace) -> usize) -> Option<u64> {
        let memory = Window::attach(self.place.segments().first()?).ok()?;
        let index = word(LanePlace::in_segment(Lane::Messages, MIN_CAPACITY));
        (index < memory.count()).then(|| memory.word(index))
    }

    pub(super) fn reader_sleeps(&self) -> bool {
        self.messages(|lane| lane.consumer_parked) == Some(1)
    }

    pub(super) fn writer_sleeps(&self) -> bool {
        self.messages(|lane| lane.producer_parked) == Some(1)
    }

    /// The segment and the FIFOs that lie there.
    pub(super) fn left(&self) -> Vec<String> {
        let segments = self.place.segments().into_iter().map(|id| format!("segment {id}"));
        let entries = fs::read_dir(self.place.folder()).into_iter().flatten().flatten();
        let fifos = entries.filter(|entry| entry.file_type().is_ok_and(|kind| kind.is_fifo()));
        segments.chain(fifos.map(|entry| format!("{:?}", entry.file_name()))).collect()
    }

    /// A last writer, and the reader that reads what waits: what that prints. Then nothing may be left.
    pub(super) fn last_pair(&self) -> Vec<u8> {
        self.last_writer();
        let reader = self.reader().finish();
        assert_good(&reader);
        self.nothing_left();
        reader.stdout
    }

    pub(super) fn last_writer(&self) {
        assert_good(&self.writer().input(LAST).finish());
    }

    pub(super) fn nothing_left(&self) {
        assert_eq!(self.left(), [""; 0], "left behind by a pair that ended well");
        assert_good(&self.place.reader().args("--clean").finish());
    }
}

/// It may log what it found, and has no error.
#[track_caller]
pub(super) fn assert_good(ended: &Ended) {
    let error = ended.stderr.lines().any(|line| !line.starts_with('['));
    assert!(ended.code == Some(0) && !error, "a later one: {ended:?}");
}

/// Waits until `ready` says yes.
#[track_caller]
pub(super) fn until(what: &str, ready: impl Fn() -> bool) {
    let start = Instant::now();
    while !ready() {
        assert!(start.elapsed() < LIMIT, "waited too long until {what}");
        std::thread::sleep(LOOK);
    }
}

/// What was read is what was sent: all of it if the writer said so, else the first lines of it; and each once.
#[track_caller]
pub(super) fn assert_read(seen: &Seen, read: &[u8], sent: &[u8]) {
    let read = read.strip_suffix(LAST).unwrap_or_else(|| panic!("the last message is missing: {}", tail(read)));
    if seen.code == 0 {
        assert!(read == sent, "accepted were {} bytes, read {}: {}", sent.len(), read.len(), tail(read));
    } else {
        assert!(
            sent.starts_with(read) && (read.is_empty() || read.ends_with(b"\n")),
            "not the first lines: {}",
            tail(read)
        );
    }
}

pub(super) fn tail(bytes: &[u8]) -> String {
    String::from_utf8_lossy(&bytes[bytes.len().saturating_sub(200)..]).into_owned()
}

/// What a reader printed and what the next one did are together what was sent: the next began where the first had come
/// to, or before.
#[track_caller]
pub(super) fn assert_covered(first: &[u8], second: &[u8], sent: &[u8]) {
    let all = [sent, LAST].concat();
    assert!(sent.starts_with(first), "the first lines: {}", tail(first));
    assert!(all.ends_with(second), "the last lines: {}", tail(second));
    assert!(all.len() - second.len() <= first.len(), "lost are bytes {} to {}", first.len(), all.len() - second.len());
}

/// All that this reader, which stays, prints up to the last message.
pub(super) fn read_by(stage: &Stage, reader: Process) -> Vec<u8> {
    stage.last_writer();
    reader.stdout.wait_for(&String::from_utf8_lossy(LAST));
    reader.signal(Signal::SIGTERM);
    let ended = reader.wait();
    assert_eq!(ended.code, Some(128 + Signal::SIGTERM as i32), "the reader that stays: {ended:?}");
    stage.nothing_left();
    ended.stdout
}

impl Seen {
    /// Where nobody reads standard output any more the program ends quietly.
    pub(super) fn or_quietly(mut self, stage: &Stage) -> Self {
        if stage.fails_with(Errno::EPIPE) && self.calls.iter().any(|call| call.injected && call.writes_output()) {
            self.note = QUIETLY;
        }
        self
    }
}
