//! What the programs do while one of their calls fails, and what must be true whatever they say.

use super::call::{CONFIG_FILE, Call};
use super::strace::{Injection, Traced};
use nix::errno::Errno;
use nix::sys::signal::Signal;
use shmchat::internals::layout::{Lane, LanePlace, MIN_CAPACITY};
use shmchat::internals::memory::Segment;
use shmchat_tests::{Ended, LIMIT, Place, Process, Run, numbered_lines};
use std::fs::{self, Permissions};
use std::os::unix::fs::{FileTypeExt, PermissionsExt};
use std::path::Path;
use std::sync::atomic::Ordering::Relaxed;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

/// What the last writer of every scene sends.
const LAST: &[u8] = b"the end\n";

/// Seen where standard output was a closed pipe.
const QUIETLY: &str = "nothing: it ends quietly";

/// Seen where the clean-up could not look at the segment or the key file.
const FOREIGN: &str = "that there is nothing to remove: what may not be looked at counts as another's";

/// How often a condition is looked at that nothing tells of.
const LOOK: Duration = Duration::from_millis(1);

/// One thing that a program is used for.
#[derive(Clone, Copy)]
pub(crate) struct Scene {
    /// What happens.
    pub(crate) name: &'static str,
    /// Which program is made to fail, as the table calls it.
    pub(crate) program: &'static str,
    /// Plays it. Panics if something is not as it must be.
    pub(crate) play: fn(&Stage) -> Seen,
}

/// All of them.
pub(crate) const SCENES: [Scene; 8] = [
    Scene { name: "a writer that is the first", program: "writer", play: writer_is_first },
    Scene { name: "a writer whose reader sleeps", program: "writer", play: writer_rings },
    Scene { name: "a writer that waits for room", program: "writer", play: writer_waits_for_room },
    Scene { name: "a writer that leaves last", program: "writer", play: writer_leaves_last },
    Scene { name: "a reader of what waits", program: "reader", play: reader_prints },
    Scene { name: "a reader whose writer waits for room", program: "reader", play: reader_makes_room },
    Scene { name: "a reader that is the first, whose writer dies", program: "reader", play: reader_waits },
    Scene { name: "a clean-up after a killed writer", program: "reader --clean", play: reader_cleans },
];

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
    place: Place,
    log: tempfile::TempDir,
    injection: Option<Injection>,
}

impl Stage {
    /// A new one.
    pub(crate) fn new(injection: Option<Injection>) -> Self {
        let log = tempfile::tempdir().expect("a temporary folder");
        let config = log.path().join(CONFIG_FILE);
        fs::create_dir_all(config.parent().expect("a folder")).expect("a folder");
        fs::write(&config, "name = \"alice\"\n").expect("a config file");
        fs::set_permissions(&config, Permissions::from_mode(0o600)).expect("chmod");
        Stage { place: Place::new(), log, injection }
    }

    /// The folder of channels.
    pub(crate) fn dir(&self) -> &Path {
        self.place.dir()
    }

    fn start(&self, run: Run) -> Traced {
        let run = run.env("XDG_CONFIG_HOME", self.log.path());
        Traced::start(run, &self.log.path().join("strace"), self.injection.as_ref())
    }

    /// Whether calls go on failing, so that the program cannot have tidied up behind itself.
    fn goes_on(&self) -> bool {
        self.injection.as_ref().is_some_and(|injection| injection.on)
    }

    fn fails_with(&self, errno: Errno) -> bool {
        self.injection.as_ref().is_some_and(|injection| injection.errno == errno)
    }

    /// Checks that it ended as a program of ours does, whatever failed.
    #[track_caller]
    fn classify(&self, (ended, calls): (&Ended, Vec<Call>)) -> Seen {
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
        let things =
            [&dir, CONFIG_FILE, "channel lobby", "every segment", "standard output", "standard input", "signals"];
        assert!(line.is_empty() || things.iter().any(|thing| line.contains(*thing)), "which thing? {line}");
        Seen { code, line, note: "nothing: it goes on", calls }
    }

    /// One word of the lane of messages; none where there is no segment.
    fn messages(&self, word: impl Fn(LanePlace) -> usize) -> Option<u64> {
        let segment = Segment::attach(self.place.segments().first()?).ok()?;
        let index = word(LanePlace::in_segment(Lane::Messages, MIN_CAPACITY));
        segment.as_ref().get(index).map(|word| word.load(Relaxed))
    }

    fn reader_sleeps(&self) -> bool {
        self.messages(|lane| lane.consumer_parked) == Some(1)
    }

    fn writer_sleeps(&self) -> bool {
        self.messages(|lane| lane.producer_parked) == Some(1)
    }

    /// The segment and the FIFOs that lie there.
    fn left(&self) -> Vec<String> {
        let segments = self.place.segments().into_iter().map(|id| format!("segment {id}"));
        let entries = fs::read_dir(self.place.folder()).into_iter().flatten().flatten();
        let fifos = entries.filter(|entry| entry.file_type().is_ok_and(|kind| kind.is_fifo()));
        segments.chain(fifos.map(|entry| format!("{:?}", entry.file_name()))).collect()
    }

    /// A last writer, and the reader that reads what waits: what that prints. Then nothing may be left.
    fn last_pair(&self) -> Vec<u8> {
        self.last_writer();
        let reader = self.place.reader().finish();
        assert_good(&reader);
        self.nothing_left();
        reader.stdout
    }

    fn last_writer(&self) {
        assert_good(&self.place.writer().input(LAST).finish());
    }

    fn nothing_left(&self) {
        assert_eq!(self.left(), [""; 0], "left behind by a pair that ended well");
        assert_good(&self.place.reader().args("--clean").finish());
    }
}

/// It may log what it found, and has no error.
#[track_caller]
fn assert_good(ended: &Ended) {
    let error = ended.stderr.lines().any(|line| !line.starts_with('['));
    assert!(ended.code == Some(0) && !error, "a later one: {ended:?}");
}

/// Waits until `ready` says yes.
#[track_caller]
fn until(what: &str, ready: impl Fn() -> bool) {
    let start = Instant::now();
    while !ready() {
        assert!(start.elapsed() < LIMIT, "waited too long until {what}");
        std::thread::sleep(LOOK);
    }
}

/// What was read is what was sent: all of it if the writer said so, else the first lines of it; and each once.
#[track_caller]
fn assert_read(seen: &Seen, read: &[u8], sent: &[u8]) {
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

fn tail(bytes: &[u8]) -> String {
    String::from_utf8_lossy(&bytes[bytes.len().saturating_sub(200)..]).into_owned()
}

/// What a reader printed and what the next one did are together what was sent: the next began where the first had come
/// to, or before.
#[track_caller]
fn assert_covered(first: &[u8], second: &[u8], sent: &[u8]) {
    let all = [sent, LAST].concat();
    assert!(sent.starts_with(first), "the first lines: {}", tail(first));
    assert!(all.ends_with(second), "the last lines: {}", tail(second));
    assert!(all.len() - second.len() <= first.len(), "lost are bytes {} to {}", first.len(), all.len() - second.len());
}

fn writer_is_first(stage: &Stage) -> Seen {
    let lines = numbered_lines(300);
    // It makes the folder of channels too.
    fs::remove_dir(stage.place.dir()).expect("an empty folder");
    let writer = stage.start(stage.place.writer().args("--capacity 64KiB").input(lines.clone()));
    let (ended, calls) = writer.wait();
    let seen = stage.classify((&ended, calls));
    let left = stage.left();
    let read = stage.last_pair();
    assert_read(&seen, &read, &lines);
    let waited = read != LAST;
    assert!(waited || stage.goes_on() || left.is_empty(), "nothing waits, and yet was left: {left:?} ({})", seen.line);
    seen
}

fn writer_rings(stage: &Stage) -> Seen {
    let lines = numbered_lines(300);
    let reader = stage.place.reader().args("--capacity 64KiB --stay").start();
    until("the reader sleeps", || stage.reader_sleeps());
    let (ended, calls) = stage.start(stage.place.writer().input(lines.clone())).wait();
    let seen = stage.classify((&ended, calls));
    assert_read(&seen, &read_by(stage, reader), &lines);
    seen
}

fn writer_waits_for_room(stage: &Stage) -> Seen {
    // More than twice what the lane holds.
    let lines = numbered_lines(4_000);
    let writer = stage.start(stage.place.writer().args("--capacity 64KiB").input(lines.clone()));
    until("the writer sleeps", || stage.writer_sleeps() || !writer.is_alive());
    let reader = stage.place.reader().args("--stay").start();
    let (ended, calls) = writer.wait();
    let seen = stage.classify((&ended, calls));
    assert_read(&seen, &read_by(stage, reader), &lines);
    // It waits for room before it reads, so at most the beginning of a line is gone for who wrote that.
    assert!(seen.code != 0 || !ended.stderr.contains("not sent"), "{}", ended.stderr);
    seen
}

/// All that this reader, which stays, prints up to the last message.
fn read_by(stage: &Stage, reader: Process) -> Vec<u8> {
    stage.last_writer();
    reader.stdout.wait_for(&String::from_utf8_lossy(LAST));
    reader.signal(Signal::SIGTERM);
    let ended = reader.wait();
    assert_eq!(ended.code, Some(128 + Signal::SIGTERM as i32), "the reader that stays: {ended:?}");
    stage.nothing_left();
    ended.stdout
}

fn writer_leaves_last(stage: &Stage) -> Seen {
    let lines = numbered_lines(300);
    let last = lines.iter().rev().skip(1).position(|&byte| byte == b'\n').map_or(0, |length| lines.len() - 1 - length);
    let reader = stage.place.reader().args("--capacity 64KiB --stay").start();
    until("the reader sleeps", || stage.reader_sleeps());
    let mut writer = stage.start(stage.place.writer().held_input());
    writer.send(lines.clone());
    until("all is read", || reader.stdout.has(&String::from_utf8_lossy(&lines[last..])) || !writer.is_alive());
    reader.signal(Signal::SIGTERM);
    let mut read = reader.wait().stdout;
    writer.end_input();
    let (ended, calls) = writer.wait();
    let seen = stage.classify((&ended, calls));
    if seen.code == 0 {
        assert_eq!(stage.left(), [""; 0], "it said that all was well");
    }
    read.extend(stage.last_pair());
    assert_read(&seen, &read, &lines);
    seen
}

fn reader_prints(stage: &Stage) -> Seen {
    // Several batches.
    let lines = numbered_lines(4_000);
    assert_good(&stage.place.writer().input(lines.clone()).finish());
    let (ended, calls) = stage.start(stage.place.reader()).wait();
    let seen = stage.classify((&ended, calls)).or_quietly(stage);
    if seen.code == 0 && seen.note != QUIETLY {
        assert!(ended.stdout == lines, "it said that all was well, and printed {} bytes", ended.stdout.len());
        assert_eq!(stage.left(), [""; 0], "it said that all was well");
    }
    assert_covered(&ended.stdout, &stage.last_pair(), &lines);
    seen
}

impl Seen {
    /// Where nobody reads standard output any more the program ends quietly.
    fn or_quietly(mut self, stage: &Stage) -> Self {
        if stage.fails_with(Errno::EPIPE) && self.calls.iter().any(|call| call.injected && call.writes_output()) {
            self.note = QUIETLY;
        }
        self
    }
}

fn reader_makes_room(stage: &Stage) -> Seen {
    let lines = numbered_lines(4_000);
    let writer = stage.place.writer().args("--capacity 64KiB").input(lines.clone()).start();
    until("the writer sleeps", || stage.writer_sleeps());
    let (ended, calls) = stage.start(stage.place.reader()).wait();
    let seen = stage.classify((&ended, calls)).or_quietly(stage);
    if seen.code == 0 && seen.note != QUIETLY {
        assert!(ended.stdout == lines, "it said that all was well, and printed {} bytes", ended.stdout.len());
        assert_good(&writer.wait());
        assert_eq!(stage.left(), [""; 0], "it said that all was well");
        assert_covered(&ended.stdout, &stage.last_pair(), &lines);
    } else {
        // The writer still waits, and a next reader makes room.
        let next = stage.place.reader().args("--stay").start();
        assert_good(&writer.wait());
        assert_covered(&ended.stdout, &read_by(stage, next), &lines);
    }
    seen
}

fn reader_waits(stage: &Stage) -> Seen {
    let lines = numbered_lines(300);
    let half = lines.iter().position(|&byte| byte == b'\n').expect("a line") + 1;
    let printed = Arc::new(Mutex::new(Vec::new()));
    let sink = Arc::clone(&printed);
    let run = stage.place.reader().args("--capacity 64KiB").output_to(move |piece| {
        sink.lock().expect("no panic here").extend_from_slice(piece);
        true
    });
    let reader = stage.start(run);
    until("the reader sleeps", || stage.reader_sleeps() || !reader.is_alive());
    let ended_early = !reader.is_alive();
    if ended_early && !stage.goes_on() {
        assert_eq!(stage.left(), [""; 0], "left behind by a reader that could not start");
    }
    let mut writer = stage.place.writer().args("--capacity 64KiB").held_input().start();
    writer.send(&lines[..half]);
    until("the reader prints", || printed.lock().expect("no panic here").len() >= half || !reader.is_alive());
    if reader.is_alive() {
        writer.kill();
        let log_fails = || reader.has_failed(Call::writes_errors);
        until("the reader notices", || {
            reader.stderr.has("disconnected unexpectedly") || !reader.is_alive() || log_fails()
        });
    } else {
        writer.end_input();
        assert_good(&writer.wait());
    }
    assert_good(&stage.place.writer().input(&lines[half..]).finish());
    let (ended, calls) = reader.wait();
    let seen = stage.classify((&ended, calls)).or_quietly(stage);
    let printed = std::mem::take(&mut *printed.lock().expect("no panic here"));
    if seen.code == 0 && seen.note != QUIETLY {
        assert!(printed == lines, "it said that all was well, and printed: {}", tail(&printed));
        assert_eq!(stage.left(), [""; 0], "it said that all was well");
    }
    assert_covered(&printed, &stage.last_pair(), &lines);
    seen
}

fn reader_cleans(stage: &Stage) -> Seen {
    let writer = stage.place.writer().args("-v").held_input().start();
    writer.wait_attached();
    writer.kill();
    let (ended, calls) = stage.start(stage.place.reader().args("--clean")).wait();
    let mut seen = stage.classify((&ended, calls)).or_quietly(stage);
    let said = String::from_utf8_lossy(&ended.stdout);
    if seen.code == 0 && stage.fails_with(Errno::EACCES) && !said.contains("removed the segment") {
        // What may not be looked at is another's. It stays, and is taken up by the next pair.
        seen.note = FOREIGN;
    } else if seen.code == 0 {
        assert_eq!(stage.left(), [""; 0], "it said that all was well");
        assert!(said.contains("removed the segment") || seen.note == QUIETLY, "it said nothing: {said}");
    }
    assert_eq!(stage.last_pair(), LAST);
    seen
}
