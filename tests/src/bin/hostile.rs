//! A process that means harm, or is broken: what the safety tests set upon a `writer` and a `reader`.
//!
//! | `hostile --dir DIR …` | what it does |
//! | --- | --- |
//! | `hold FILE` | takes the lock `FILE` of the channel's folder, says so, and is stopped by SIGSTOP while it holds it |
//! | `pose ROLE` | takes a role's lock and says in the header that it is here, and has no bell |
//! | `linger ROLE` | the same with a bell; closes that at the first byte of its input, and keeps the lock until its end |
//! | `scribble SEED` | writes random words over the channel's segments, and rings both bells, until its input ends |
//! | `flood BELL` | writes random bytes into a bell as fast as they go in |
//! | `start GROUP` | opens the channel as a writer of that group, as a program of its own would that leaves its umask alone |
//! | `named NAME` | is a writer of that name, whatever is in it, that sends each line of its input and quits at its end |
//! | `occupy KEY BYTES` | makes a segment at a key, as another program of its user would, and leaves it there |
//!
//! It works on the default channel. What it has done it says on standard output, a line each.

use nix::sys::signal::{Signal, raise};
use nix::sys::stat::Mode;
use shmchat::ChannelName;
use shmchat::internals::folder::Access;
use shmchat::internals::key::{Identity, Key, PROJECT_IDS};
use shmchat::internals::layout::{HEADER_BYTES, Lane, LanePlace, MIN_CAPACITY, WORD, word};
use shmchat::internals::memory::{Rights, Segment, Slot};
use shmchat::internals::presence::{Attempt, DYING, Holder, Lock};
use shmchat::{Channel, Role};
use shmchat_tests::in_memory;
use shmchat_tests::{by_name, called};
use std::fs::{File, OpenOptions};
use std::io::{self, BufRead, Read, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::thread;
use std::time::{Duration, SystemTime};

/// Since when it says that it is there, in nanoseconds since the epoch.
const SINCE: u64 = 1_700_000_000_000_000_000;

/// The longest that the scribbler lets a pair be, so that some get far before they meet it.
const LONGEST_PAUSE: u64 = 20_000;

/// The most words that are written at once.
const LONGEST_BURST: u64 = 40;

fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let [_, "--dir", dir, what @ ..] = &arguments[..] else { panic!("usage: see tests/src/bin/hostile.rs") };
    let folder = &Path::new(dir).join(ChannelName::default().as_str());
    match what {
        ["hold", file] => hold(&folder.join(file)),
        ["pose", role] => pose(folder, role, None),
        ["linger", role] => pose(folder, role, Some(open_bell(&folder.join(format!("to-{role}"))))),
        ["scribble", seed] => scribble(folder, seed.parse().expect("a number")),
        ["flood", bell] => flood(&folder.join(bell)),
        ["start", group] => start(Path::new(dir), group.parse().expect("a group's number")),
        ["named", name] => named(Path::new(dir), name),
        ["occupy", key, bytes] => occupy(key.parse().expect("a key"), bytes.parse().expect("a size")),
        _ => panic!("no such harm: {what:?}"),
    }
}

fn say(line: &str) {
    println!("{line}");
    io::stdout().flush().expect("somebody listens");
}

fn until_the_input_ends() {
    let _ = io::stdin().read_to_end(&mut Vec::new());
}

fn take(path: &Path) -> (Lock, Holder) {
    let file = OpenOptions::new().read(true).write(true).create(true).truncate(false).mode(0o600).open(path);
    let me = Holder { pid: std::process::id(), since: SystemTime::UNIX_EPOCH + Duration::from_nanos(SINCE) };
    match Lock::take(file.expect("the lock file"), me, DYING).expect("locking") {
        Attempt::Taken(lock) => (lock, me),
        Attempt::WouldBlock(holder) => panic!("{} is held by {holder:?}", path.display()),
    }
}

fn start(base: &Path, group: u32) {
    let channel = in_memory(Channel::named(ChannelName::default()).dir(base)).access(Access::Group(group));
    drop(channel.attach(Role::Writer).expect("attach"));
}

fn named(base: &Path, name: &str) {
    let channel = in_memory(Channel::named(ChannelName::default()).dir(base).display_name(name));
    let mut writer = channel.attach(Role::Writer).expect("attach");
    for line in io::stdin().lock().split(b'\n') {
        writer.send(&line.expect("the input")).expect("sending");
    }
    writer.quit().expect("quitting");
}

fn hold(path: &Path) {
    let (_lock, _) = take(path);
    say("held");
    raise(Signal::SIGSTOP).expect("stopping");
}

/// The channel's segments that stand there now and bear its id.
fn segments(identity: &Identity, folder: &Path) -> Vec<Segment> {
    let found = PROJECT_IDS.filter_map(|id| Slot::SysV(identity.key(id)).find().ok());
    let attached = found.chain(by_name(identity, folder)).filter_map(|id| Segment::attach(&id).ok());
    let words = |segment: &Segment| segment.as_ref().get(word::ID..word::ID + 2).map(|id| [&id[0], &id[1]].map(load));
    attached.filter(|segment| words(segment) == Some(identity.id.0)).collect()
}

fn load(word: &shmchat::internals::sync::AtomicU64) -> u64 {
    word.load(shmchat::internals::sync::Ordering::Relaxed)
}

fn store(segment: &Segment, index: usize, value: u64) {
    segment.as_ref()[index].store(value, shmchat::internals::sync::Ordering::Relaxed);
}

/// `None` while there is no key file, or none with an id in it: a clean-up removes it, and a start makes another.
fn identity(folder: &Path) -> Option<Identity> {
    Identity::read_or_fill(&mut File::open(folder.join("key")).ok()?).ok()
}

/// The end that a sleeper opens.
fn open_bell(bell: &Path) -> File {
    let _ = nix::unistd::mkfifo(bell, Mode::S_IRUSR | Mode::S_IWUSR);
    OpenOptions::new().read(true).write(true).custom_flags(libc::O_NONBLOCK).open(bell).expect("a bell")
}

fn pose(folder: &Path, role: &str, bell: Option<File>) {
    let (_lock, me) = take(&folder.join(format!("{role}.lock")));
    let block = word::ROLES + if role == "writer" { 0 } else { word::ROLE_STRIDE };
    for segment in segments(&identity(folder).expect("a key file"), folder) {
        store(&segment, block + word::PID, me.pid.into());
        store(&segment, block + word::SINCE, SINCE);
        store(&segment, block + word::EPOCH, load(&segment.as_ref()[block + word::EPOCH]) + 1);
        store(&segment, block + word::STATE, 1);
    }
    ring(&folder.join(if role == "writer" { "to-reader" } else { "to-writer" }), b"a");
    say("posing");
    if let Some(bell) = bell {
        let _ = io::stdin().read(&mut [0]);
        drop(bell);
        say("silent");
    }
    until_the_input_ends();
}

/// Writes to a bell if somebody listens there.
fn ring(bell: &Path, bytes: &[u8]) {
    let bell = OpenOptions::new().write(true).custom_flags(libc::O_NONBLOCK).open(bell);
    let _ = bell.and_then(|mut bell| bell.write(bytes));
}

/// Marsaglia's xorshift: any numbers will do, as long as they can be had again.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    fn below(&mut self, limit: u64) -> u64 {
        self.next() % limit
    }
}

/// The words of the header that somebody looks at while a pair is at work.
fn words_that_matter() -> Vec<usize> {
    let roles = [word::STATE, word::EPOCH, word::PID, word::SINCE, word::NAME_LENGTH, word::NAME];
    let roles = roles.into_iter().flat_map(|at| [0, word::ROLE_STRIDE].map(|role| word::ROLES + role + at));
    let lanes = [Lane::Messages, Lane::Replies].map(|lane| LanePlace::in_segment(lane, MIN_CAPACITY));
    let lanes = lanes.into_iter().flat_map(|at| [at.tail, at.head, at.mark, at.consumer_parked, at.producer_parked]);
    roles.chain(lanes).collect()
}

fn scribble(folder: &Path, seed: u64) {
    let matter = words_that_matter();
    let mut random = Random(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1);
    let mut known: Vec<Segment> = Vec::new();
    let stop = AtomicBool::new(false);
    thread::scope(|scope| {
        scope.spawn(|| {
            until_the_input_ends();
            stop.store(true, Relaxed);
        });
        while !stop.load(Relaxed) {
            thread::sleep(Duration::from_micros(random.below(LONGEST_PAUSE)));
            known.retain(|segment| segment.place().stat().is_ok_and(|stat| !stat.doomed));
            for new in identity(folder).iter().flat_map(|identity| segments(identity, folder)) {
                if !known.iter().any(|segment| segment.place() == new.place()) {
                    say(&format!("segment {}", called(new.place())));
                    known.push(new);
                }
            }
            for segment in &known {
                for _ in 0..random.below(LONGEST_BURST) {
                    scribble_one(segment, &matter, &mut random);
                }
            }
            // A hostile peer rings, too, and so nobody sleeps over it.
            let byte = [random.next() as u8];
            ring(&folder.join("to-reader"), &byte);
            ring(&folder.join("to-writer"), &byte);
        }
    });
    // Whoever sleeps now looks a last time at what stands there for good.
    ring(&folder.join("to-reader"), b"a");
    ring(&folder.join("to-writer"), b"a");
}

fn scribble_one(segment: &Segment, matter: &[usize], random: &mut Random) {
    let words = segment.as_ref();
    let index = match random.below(40) {
        // What the others know the segment by.
        0 => random.below(word::KEY_INODE as u64 + 1) as usize,
        1..24 => matter[random.below(matter.len() as u64) as usize],
        24..30 => random.below((HEADER_BYTES / WORD) as u64) as usize,
        _ => random.below(words.len() as u64) as usize,
    };
    let old = load(&words[index]);
    let other = load(&words[matter[random.below(matter.len() as u64) as usize]]);
    let new = match random.below(7) {
        0 => random.next(),
        1 => old.wrapping_add(8),
        2 => old.wrapping_sub(random.below(4096)),
        3 => old ^ 1 << random.below(64),
        4 => random.below(4),
        5 => other,
        _ => 0,
    };
    store(segment, index, new);
}

fn flood(bell: &Path) {
    let mut random = Random(0x1234_5678_9abc_def1);
    let mut bell = OpenOptions::new().write(true).open(bell).expect("a bell that somebody sleeps on");
    say("flooding");
    loop {
        let bytes: Vec<u8> = (0..512).flat_map(|_| random.next().to_ne_bytes()).collect();
        if bell.write_all(&bytes).is_err() {
            return;
        }
    }
}

fn occupy(key: i32, bytes: usize) {
    let id = Slot::SysV(Key(key)).create(bytes, Rights::only(0o600)).expect("a free key");
    let segment = Segment::attach(&id).expect("attaching");
    store(&segment, 100, 0xdead_beef);
    say(&format!("segment {}", called(&id)));
}
