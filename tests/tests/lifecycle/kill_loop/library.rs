//! The library's two sides, killed some hundred times a second and started again, while numbered and checksummed messages
//! pass between them. Then the last pair finishes in good order, and the count says whether anything was lost, torn or out of
//! order.
//!
//! The processes are `kill_victim`, as a writer or as a reader. What each has done is noted in a segment of its own ([`Notes`]),
//! which survives them.

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use shmchat::Channel;
use shmchat::ChannelName;
use shmchat::internals::fault::Mutant;
use shmchat_tests::in_memory;
use shmchat_tests::noted::{Note, Notes, mix};
use shmchat_tests::{program, spawn};
use std::io::Read;
use std::os::unix::process::ExitStatusExt;
use std::process::{Child, ChildStdout, Command, Stdio};
use std::sync::mpsc::RecvTimeoutError;
use std::time::{Duration, Instant};

/// A victim lives so long at the most, from its start.
const LONGEST_LIFE: Duration = Duration::from_millis(8);

/// A writer that is to be killed at work lives so long at the most once it has attached.
const LONGEST_WORK: Duration = Duration::from_millis(2);

/// So many kills inside a record at the least, so that a run proves something. On a machine that has other work to do few
/// writers come so far, and then the loop goes on until they are so many, or no more come.
const ENOUGH_INSIDE: u64 = 50;

/// By then the last pair has finished, or the next kill has come inside a record, however slow the machine.
const LIMIT: Duration = Duration::from_secs(60);

/// What the loop is shown to catch.
pub(crate) const CAUGHT: [Mutant; 3] = [Mutant::TailBeforePayload, Mutant::HeadBeforeCopy, Mutant::AcknowledgeEarly];

/// By then it has caught each, however slow the machine: 3 to 241 kills were enough.
const MOST_KILLS: u64 = 3_000;

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
        Ground { folder: tempfile::tempdir().expect("a folder"), notes: Notes::make(), sabotage }
    }

    fn start(&self, role: &str) -> Victim {
        let mut command = Command::new(program("kill_victim"));
        command.arg(role).arg(self.folder.path()).arg(self.notes.place().shmid().expect("a segment").to_string());
        if let Some(mutant) = self.sabotage {
            // It will fail, and what it says then is of no interest.
            command.env("SHMCHAT_SABOTAGE", mutant.name()).stderr(Stdio::null());
        }
        let mut child = spawn(command.stdout(Stdio::piped())).expect("start a victim");
        let said = child.stdout.take().expect("a pipe");
        Victim { child, said }
    }

    fn channel(&self) -> Channel {
        in_memory(Channel::named(ChannelName::default()).dir(self.folder.path()))
    }
}

impl Drop for Ground {
    fn drop(&mut self) {
        let _ = self.notes.place().remove();
        let _ = self.channel().clean(true);
    }
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
    // How many, and when the last of them came.
    let mut inside = (0, start);
    let (kills, mut last) = kill_until(&ground, |kills| {
        if kills.inside > inside.0 {
            inside = (kills.inside, Instant::now());
        }
        start.elapsed() >= length && (kills.inside >= ENOUGH_INSIDE || inside.1.elapsed() >= LIMIT)
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
    let mut caught = false;
    let (kills, last) = kill_until(&ground, |kills| {
        caught = notes.get(Note::Lost) + notes.get(Note::Torn) + kills.failed > 0;
        caught || kills.all >= MOST_KILLS
    });
    let [lost, torn] = [Note::Lost, Note::Torn].map(|note| notes.get(note));
    let (name, all, failed) = (mutant.name(), kills.all, kills.failed);
    println!("with {name}: after {all} kills lost {lost}, torn {torn}, ended by an error {failed}");
    assert!(caught, "{name} went unnoticed");
    drop(last);
}
