//! The library's two sides, killed some hundred times a second and started again, while numbered and checksummed messages
//! pass between them. Then the last pair finishes in good order, and the count says whether anything was lost, torn or out of
//! order.
//!
//! The processes are this very program, started again as a writer or a reader. What each has done is noted in a segment of
//! its own ([`Notes`]), which survives them.

use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use shmchat::ChannelName;
use shmchat::internals::fault::Mutant;
use shmchat::internals::key::Key;
use shmchat::internals::ring::record::Kind;
use shmchat::internals::segment::{self, Segment, SegmentId};
use shmchat::internals::sync::Ordering::SeqCst;
use shmchat::{Channel, Endpoint, Interest, Outgoing, Part, RecvError, Role, TrySendError};
use std::io::{Read, Write};
use std::os::fd::AsFd;
use std::os::unix::process::ExitStatusExt;
use std::path::Path;
use std::process::{Child, ChildStdout, Command, Stdio, exit};
use std::sync::mpsc::RecvTimeoutError;
use std::time::{Duration, Instant};

/// A victim lives so long at the most, from its start.
const LONGEST_LIFE: Duration = Duration::from_millis(8);

/// A writer that is to be killed at work lives so long at the most once it has attached.
const LONGEST_WORK: Duration = Duration::from_millis(2);

/// So many kills inside a record at the least, so that a run proves something. On a machine that has other work to do few
/// writers come so far, and then the loop goes on until they are so many.
const ENOUGH_INSIDE: u64 = 50;

/// By then the last pair has finished, however slow the machine.
const LIMIT: Duration = Duration::from_secs(60);

/// What the loop is shown to catch.
pub(crate) const CAUGHT: [Mutant; 3] = [Mutant::TailBeforePayload, Mutant::HeadBeforeCopy, Mutant::AcknowledgeEarly];

/// The longest message: several records.
const LONGEST: u64 = 200_000;

/// What is noted of the run, in shared memory: a process that is killed has noted all that it did.
struct Notes(Segment);

#[derive(Clone, Copy)]
enum Note {
    /// Messages accepted: `flush` has returned.
    Accepted,
    /// The writer is inside of `put`.
    Inside,
    /// The writer is to finish and quit.
    Finish,
    /// The number of the message that is to be shown next.
    Expected,
    /// Messages shown again.
    Again,
    /// Messages left out.
    Lost,
    /// Messages whose bytes were not those sent.
    Torn,
}

impl Notes {
    fn get(&self, note: Note) -> u64 {
        self.0.as_ref()[note as usize].load(SeqCst)
    }

    fn set(&self, note: Note, value: u64) {
        self.0.as_ref()[note as usize].store(value, SeqCst);
    }

    fn add(&self, note: Note, value: u64) {
        self.0.as_ref()[note as usize].fetch_add(value, SeqCst);
    }
}

/// Marsaglia's xorshift.
fn mix(mut number: u64) -> u64 {
    number = number.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1;
    number ^= number << 13;
    number ^= number >> 7;
    number ^ number << 17
}

/// Makes messages, fast: most of a writer's time is to be spent in sending them.
struct Messages {
    noise: Vec<u8>,
}

impl Messages {
    fn new() -> Self {
        let words = (0..LONGEST / 8 + 1024).map(|index| mix(index).to_le_bytes());
        Messages { noise: words.flatten().collect() }
    }

    /// What message `number` holds after its number: bytes that its neighbours do not have.
    fn body(&self, number: u64) -> &[u8] {
        let random = mix(number);
        // Mostly short, now and then several records.
        let length = match random % 16 {
            0 => random % LONGEST,
            1..4 => random % 5_000,
            _ => random % 100,
        } as usize;
        let start = (random >> 32) as usize % 8_000;
        &self.noise[start..start + length]
    }

    fn get(&self, number: u64, into: &mut Vec<u8>) {
        into.clear();
        into.extend_from_slice(&number.to_le_bytes());
        into.extend_from_slice(self.body(number));
    }

    /// The number of the message; none if it is not as it was sent.
    fn number(&self, message: &[u8]) -> Option<u64> {
        let (number, body) = message.split_first_chunk()?;
        let number = u64::from_le_bytes(*number);
        (body == self.body(number)).then_some(number)
    }
}

fn open(folder: &Path, role: Role) -> Endpoint {
    let channel = Channel::named(ChannelName::default()).dir(folder);
    let endpoint = channel.attach(role).unwrap_or_else(|error| {
        eprintln!("kill_loop: {error}");
        exit(1)
    });
    // Whoever wanted to know may not wait for it.
    let _ = std::io::stdout().write_all(b".");
    let _ = std::io::stdout().flush();
    endpoint
}

fn sleep_on(endpoint: &mut Endpoint) {
    poll(&mut [PollFd::new(endpoint.as_fd(), PollFlags::POLLIN)], PollTimeout::NONE).expect("poll");
    endpoint.handle_wakeup().expect("attend");
}

fn write(folder: &Path, notes: &Notes) {
    let (messages, mut bytes) = (Messages::new(), Vec::new());
    let mut endpoint = open(folder, Role::Writer);
    loop {
        let finish = notes.get(Note::Finish) == 1;
        let first = notes.get(Note::Accepted);
        let mut number = first;
        // Batches of one to eight.
        while number <= first + mix(first) % 8 {
            messages.get(number, &mut bytes);
            notes.set(Note::Inside, 1);
            // Copied in, or written where it is to stand.
            let put = if number % 2 == 1 && bytes.len() <= endpoint.sender().part_limit() {
                put_in_place(&mut endpoint, &bytes)
            } else {
                match endpoint.sender().try_enqueue(&Outgoing::from(&bytes)) {
                    Err(TrySendError::Full) => false,
                    enqueued => enqueued.map(|_| true).expect("enqueue"),
                }
            };
            notes.set(Note::Inside, 0);
            if !put {
                break;
            }
            number += 1;
        }
        endpoint.sender().flush().expect("flush");
        notes.set(Note::Accepted, number);
        // At least one message after the last kill: it keeps the segment for a reader that is still starting. Without it a writer
        // that is quick to quit would find nobody there and nothing waiting, and that reader would wait for the next writer.
        if finish && number > first {
            break;
        }
        if number == first && endpoint.arm(Interest::ROOM).expect("arm") {
            sleep_on(&mut endpoint);
        }
    }
    endpoint.quit().expect("quit");
}

fn put_in_place(endpoint: &mut Endpoint, bytes: &[u8]) -> bool {
    let mut room = match endpoint.sender().try_reserve(bytes.len()..=usize::MAX, None) {
        Err(TrySendError::Full) => return false,
        room => room.expect("reserve"),
    };
    room.fill(bytes);
    room.commit(bytes.len(), Kind::Bytes, Part::Whole, false);
    true
}

fn read(folder: &Path, notes: &Notes) {
    let messages = Messages::new();
    let mut endpoint = open(folder, Role::Reader);
    loop {
        let received = match endpoint.recv() {
            Err(RecvError::Quit) => break,
            received => received.expect("recv"),
        };
        let Some(number) = messages.number(received.bytes) else {
            notes.add(Note::Torn, 1);
            continue;
        };
        let expected = notes.get(Note::Expected);
        if number < expected {
            notes.add(Note::Again, 1);
            continue;
        }
        notes.add(Note::Lost, number - expected);
        notes.set(Note::Expected, number + 1);
    }
    endpoint.quit().expect("quit");
}

/// A process of the loop; killed when the loop ends before it does.
struct Victim {
    child: Child,
    /// Where it says that it has attached.
    said: ChildStdout,
}

impl Victim {
    /// Waits until it has attached, or has ended.
    fn wait_attached(&mut self) {
        let _ = self.said.read(&mut [0]);
    }

    /// Kills it; whether it lived until then. One that had ended by itself has met an error.
    fn kill(&mut self) -> bool {
        kill(Pid::from_raw(self.child.id() as i32), Signal::SIGKILL).expect("kill");
        self.child.wait().expect("wait").signal() == Some(Signal::SIGKILL as i32)
    }
}

impl Drop for Victim {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Where a run takes place. Its segments go with it, also when the loop fails.
struct Ground {
    folder: tempfile::TempDir,
    notes: Notes,
    /// The line that the victims leave out.
    sabotage: Option<Mutant>,
}

impl Ground {
    fn new(sabotage: Option<Mutant>) -> Self {
        const PRIVATE: Key = Key(0); // IPC_PRIVATE: a segment without a key
        let id = segment::create(PRIVATE, 4096, 0o600).expect("a segment for the notes");
        let notes = Notes(Segment::attach(id).expect("attach the notes"));
        Ground { folder: tempfile::tempdir().expect("a folder"), notes, sabotage }
    }

    fn start(&self, role: &str) -> Victim {
        let mut command = Command::new(std::env::current_exe().expect("our own path"));
        command.arg(role).arg(self.folder.path()).arg(self.notes.0.id().to_string());
        if let Some(mutant) = self.sabotage {
            // It will fail, and what it says then is of no interest.
            command.env("SHMCHAT_SABOTAGE", mutant.name()).stderr(Stdio::null());
        }
        let mut child = command.stdout(Stdio::piped()).spawn().expect("start a victim");
        let said = child.stdout.take().expect("a pipe");
        Victim { child, said }
    }

    fn channel(&self) -> Channel {
        Channel::named(ChannelName::default()).dir(self.folder.path())
    }
}

impl Drop for Ground {
    fn drop(&mut self) {
        let _ = segment::remove(self.notes.0.id());
        let _ = self.channel().clean(true);
    }
}

/// Lives as a victim, if the arguments say so.
pub(crate) fn live(arguments: &[String]) -> bool {
    let [_, role, folder, notes] = arguments else { return false };
    let Ok(id) = notes.parse() else { return false };
    let notes = Notes(Segment::attach(SegmentId(id)).expect("attach the notes"));
    match role.as_str() {
        "writer" => write(Path::new(folder), &notes),
        _ => read(Path::new(folder), &notes),
    }
    true
}

/// What the killing came to.
#[derive(Default)]
struct Kills {
    all: u64,
    writers: u64,
    inside: u64,
    /// Victims that had ended by themselves: they had met an error.
    failed: u64,
}

/// Kills writers and readers, and starts others, until `enough`; the last pair is left alive.
fn kill_until(ground: &Ground, mut enough: impl FnMut(&Kills) -> bool) -> (Kills, [Victim; 2]) {
    let notes = &ground.notes;
    let mut random = u64::from(std::process::id());
    let mut kills = Kills::default();
    let mut writer = ground.start("writer");
    let mut reader = ground.start("reader");
    while !enough(&kills) {
        random = mix(random.wrapping_add(kills.all));
        std::thread::sleep(LONGEST_LIFE.mul_f64((random % 1000) as f64 / 1000.0));
        let which = random >> 32;
        if !which.is_multiple_of(3) {
            // Half of the writers die at any instant, most of these while they start; the others when they are at work.
            if which.is_multiple_of(2) {
                writer.wait_attached();
                std::thread::sleep(LONGEST_WORK.mul_f64((random % 997) as f64 / 997.0));
            }
            kills.failed += u64::from(!writer.kill());
            kills.writers += 1;
            kills.inside += notes.get(Note::Inside);
            notes.set(Note::Inside, 0);
            kills.all += 1;
            writer = ground.start("writer");
        }
        if !which.is_multiple_of(5) {
            kills.failed += u64::from(!reader.kill());
            kills.all += 1;
            reader = ground.start("reader");
        }
    }
    (kills, [writer, reader])
}

pub(crate) fn nothing_is_lost_or_torn(length: Duration) {
    let ground = Ground::new(None);
    let start = Instant::now();
    let (kills, mut last) = kill_until(&ground, |kills| {
        let time = start.elapsed();
        time >= length && kills.inside >= ENOUGH_INSIDE || time >= length + LIMIT
    });
    let per_second = kills.all as f64 / start.elapsed().as_secs_f64();

    let notes = &ground.notes;
    notes.set(Note::Finish, 1);
    // A writer that waits for room wakes when the reader gives some, so both come to their end by themselves. A hang is a failure.
    let (ended, watch) = std::sync::mpsc::channel::<()>();
    let pids = last.each_ref().map(|victim| Pid::from_raw(victim.child.id() as i32));
    let watchdog = std::thread::spawn(move || {
        if watch.recv_timeout(LIMIT) == Err(RecvTimeoutError::Timeout) {
            eprintln!("kill_loop: the last pair hangs");
            pids.map(|pid| kill(pid, Signal::SIGKILL)).into_iter().for_each(drop);
        }
    });
    let ends = last.each_mut().map(|victim| victim.child.wait().expect("wait").success());
    drop(ended);
    watchdog.join().expect("the watchdog");
    let (accepted, shown) = (notes.get(Note::Accepted), notes.get(Note::Expected));
    let [again, lost, torn] = [Note::Again, Note::Lost, Note::Torn].map(|note| notes.get(note));

    let Kills { all, writers, inside, failed } = kills;
    println!("kills {all} ({per_second:.0} a second), of writers {writers}, of these inside a record {inside}");
    println!("messages accepted {accepted}, shown {shown}, shown again {again}, lost {lost}, torn {torn}");
    assert!(ends == [true, true], "the last pair did not end in good order");
    assert_eq!((lost, torn), (0, 0));
    assert_eq!(failed, 0, "so many ended by themselves before they were killed");
    assert!(shown >= accepted, "{} accepted messages were not shown", accepted - shown);
    assert!(inside >= ENOUGH_INSIDE, "too few kills fell inside a record: this run proves nothing");
    let left = ground.channel().clean(false).expect("clean");
    assert_eq!(left, None, "the last pair left something behind");
}

/// With one line of the victims sabotaged, something is lost or torn, or a victim meets an error, before long.
pub(crate) fn is_caught(mutant: Mutant) {
    let ground = Ground::new(Some(mutant));
    let notes = &ground.notes;
    let start = Instant::now();
    let mut caught = false;
    let (kills, last) = kill_until(&ground, |kills| {
        caught = notes.get(Note::Lost) + notes.get(Note::Torn) + kills.failed > 0;
        caught || start.elapsed() > LIMIT
    });
    let [lost, torn] = [Note::Lost, Note::Torn].map(|note| notes.get(note));
    let (name, all, failed) = (mutant.name(), kills.all, kills.failed);
    println!("with {name}: after {all} kills lost {lost}, torn {torn}, ended by an error {failed}");
    assert!(caught, "{name} went unnoticed");
    drop(last);
}
