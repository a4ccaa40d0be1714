//! SIGKILL at any instant: the writer, either bridge, the server, the reader; and connections that are cut, slowed down and held
//! up in between. Numbered messages go one way and numbered replies the other. At the end a count says whether anything was
//! lost, doubled, torn or out of order.
//!
//! | file | what it is |
//! | --- | --- |
//! | `victim` | the writer and the reader |
//! | `ledger` | what they have done, and what each checks of what it sees |
//!
//! `make bridge-test` runs 30 seconds of it, `make bridge-soak SECONDS=600` as long as it is told. `SEED=N` draws the same things
//! to happen again as a run has named; what the processes are at by then is up to the machine.
//!
//! A message may come twice only directly after a kill of who receives it. A sender that was killed before it had noted that a batch
//! was accepted sends that batch again, under its new number: that is counted apart.
//!
//! A wait by the clock stands for one thing: how long a victim lives. That is the stimulus; nothing is concluded from it.

mod ledger;
mod victim;

use crate::harness::client::Client;
use crate::harness::machine::{MESSAGES, Two};
use crate::harness::proxy::{Proxy, Way};
use crate::harness::until;
use ledger::{Ledger, Word};
use nix::sys::signal::Signal;
use shmchat::Role::{self, Reader, Writer};
use shmchat_tests::{Noise, Process};
use std::thread;
use std::time::{Duration, Instant};
use victim::{Victim, ledger};

/// How long it runs unless `SECONDS` says otherwise.
const SECONDS: u64 = 30;

/// From one thing that happens to the next, in milliseconds at the most.
const LONGEST_PAUSE: u64 = 400;

/// After so many things that happen, both ways must go on before the next.
const UNTIL_PROGRESS: u64 = 8;

/// The streams are small, so that they are full now and then, and that a machine's disk is not.
const STREAM: &str = "--max-bytes 32MiB";

/// What can happen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Event {
    Kill(Role),
    KillBridge(usize),
    KillServer,
    Cut(usize),
    Slow(usize),
    /// What goes one way is held back, and then the connection is cut or goes on.
    Hold(usize, Way),
}

/// All of them; what stands here twice happens twice as often.
const EVENTS: [Event; 16] = [
    Event::Kill(Writer),
    Event::Kill(Writer),
    Event::Kill(Reader),
    Event::Kill(Reader),
    Event::KillBridge(0),
    Event::KillBridge(0),
    Event::KillBridge(1),
    Event::KillBridge(1),
    Event::KillServer,
    Event::Cut(0),
    Event::Cut(1),
    Event::Slow(0),
    Event::Slow(1),
    Event::Hold(0, Way::Down),
    Event::Hold(0, Way::Up),
    Event::Hold(1, Way::Down),
];

#[derive(Debug, Default)]
struct Count {
    writers: u64,
    readers: u64,
    bridges: [u64; 2],
    servers: u64,
    cut: u64,
    slow: u64,
    held: u64,
    /// Processes that had ended by themselves, and what they said.
    failed: Vec<String>,
}

/// Where it takes place. What is killed first stands first.
struct Ground {
    victims: [Victim; 2],
    bridges: [Option<Process>; 2],
    proxies: [Proxy; 2],
    two: Two,
    ledgers: tempfile::TempDir,
    count: Count,
    noise: Noise,
    story: Vec<Event>,
}

/// The index of a role, of its victim and of the bridge beside it.
fn index(role: Role) -> usize {
    usize::from(role == Reader)
}

impl Ground {
    fn new(seed: u64) -> Self {
        let two = Two::new();
        let ledgers = tempfile::tempdir().expect("a folder");
        let port = two.server.port();
        let victims = [Writer, Reader].map(|role| start_victim(&two, &ledgers, role));
        let mut noise = Noise(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1);
        // The first ones are alike for neighbouring seeds.
        (0..8).for_each(|_| _ = noise.number());
        let proxies = [(); 2].map(|()| Proxy::new(Some(port)));
        let (count, story) = (Count::default(), Vec::new());
        let mut ground = Ground { victims, bridges: [None, None], proxies, two, ledgers, count, noise, story };
        (0..2).for_each(|side| ground.start_bridge(side));
        ground
    }

    fn start_bridge(&mut self, side: usize) {
        let machine = [&self.two.left, &self.two.right][side];
        let role = [Reader, Writer][side].to_string();
        self.bridges[side] = Some(machine.bridge(&role, &self.proxies[side].url()).args(STREAM).start());
    }

    fn pause(&mut self) {
        // Short ones as often as long ones: much happens within some milliseconds.
        let most = LONGEST_PAUSE >> (self.noise.number() % 6);
        thread::sleep(Duration::from_millis(self.noise.number() % (most + 1)));
    }

    fn happen(&mut self, event: Event) {
        self.story.push(event);
        match event {
            Event::Kill(role) => {
                if !self.victims[index(role)].kill() {
                    self.count.failed.push(format!("the {role}"));
                }
                *[&mut self.count.writers, &mut self.count.readers][index(role)] += 1;
                self.victims[index(role)] = start_victim(&self.two, &self.ledgers, role);
            }
            Event::KillBridge(side) => {
                let ended = self.bridges[side].take().expect("it runs").kill();
                if ended.signal != Some(Signal::SIGKILL) {
                    self.count.failed.push(format!("bridge {side}: {:?} {}", ended.code, ended.stderr));
                }
                self.count.bridges[side] += 1;
                self.start_bridge(side);
            }
            Event::KillServer => {
                self.two.server.kill();
                self.count.servers += 1;
                self.pause();
                self.two.server.start_again();
            }
            Event::Cut(side) => {
                self.proxies[side].cut();
                self.count.cut += 1;
            }
            Event::Slow(side) => {
                let rate = 1_000 << (self.noise.number() % 10);
                self.proxies[side].slow_down(Some(rate));
                self.pause();
                self.proxies[side].slow_down(None);
                self.count.slow += 1;
            }
            Event::Hold(side, way) => {
                self.proxies[side].hold(way, true);
                self.pause();
                if self.noise.number().is_multiple_of(2) {
                    self.proxies[side].cut();
                    self.count.cut += 1;
                } else if self.noise.number().is_multiple_of(2) {
                    // What is held back arrives after the death of who sent it.
                    self.happen(Event::KillBridge(side));
                }
                self.proxies[side].hold(way, false);
                self.count.held += 1;
            }
        }
    }

    fn ledger(&self, sender: Role) -> Ledger {
        ledger(self.ledgers.path(), sender)
    }

    /// Waits until `is_enough` says so of both ways.
    fn wait_both(&self, what: &str, is_enough: impl Fn(Role, &Ledger) -> bool) {
        let ledgers = [Writer, Reader].map(|role| (role, self.ledger(role)));
        let both = || ledgers.iter().all(|(role, ledger)| is_enough(*role, ledger)).then_some(());
        until(what, both, || self.dump());
    }

    /// Both ways go on.
    fn wait_progress(&self) {
        let before = [Writer, Reader].map(|role| self.ledger(role).get(Word::Expected));
        self.wait_both("both ways to go on", |role, ledger| ledger.get(Word::Expected) > before[index(role)]);
    }

    fn dump(&self) -> String {
        let last = &self.story[self.story.len().saturating_sub(20)..];
        let server = Client::try_new(&self.two.server.url()).and_then(|client| client.info(MESSAGES));
        let state = server.map(|info| info.state);
        let ways = [Writer, Reader].map(|role| {
            let ledger = self.ledger(role);
            format!("of the {role}: accepted {}, seen {}", ledger.get(Word::Accepted), ledger.get(Word::Expected))
        });
        let waiting = [&self.two.left, &self.two.right].map(|machine| machine.waiting());
        let said = self.bridges.each_ref().map(|bridge| bridge.as_ref().map(|bridge| format!("{:?}", bridge.stderr)));
        format!("{ways:?}, waiting {waiting:?}, stream {state:?}\nlast: {last:?}\nbridges: {said:#?}")
    }
}

fn start_victim(two: &Two, ledgers: &tempfile::TempDir, role: Role) -> Victim {
    let machine = [&two.left, &two.right][index(role)];
    Victim::start(role, machine.place.dir(), ledgers.path())
}

#[test]
fn whatever_is_killed_each_message_arrives_once_in_order_and_whole() {
    let number = |name: &str| std::env::var(name).ok().and_then(|text| text.parse::<u64>().ok());
    let seed = number("SEED").unwrap_or(u64::from(std::process::id()));
    let length = Duration::from_secs(number("SECONDS").unwrap_or(SECONDS));
    println!("bridge kill loop: SEED={seed}");
    let mut ground = Ground::new(seed);
    let start = Instant::now();
    while start.elapsed() < length {
        for _ in 0..UNTIL_PROGRESS {
            ground.pause();
            let event = EVENTS[ground.noise.number() as usize % EVENTS.len()];
            ground.happen(event);
        }
        ground.wait_progress();
    }
    finish(ground);
}

/// Lets everything arrive, ends all in good order, and looks at what it came to.
fn finish(mut ground: Ground) {
    let ways = [Writer, Reader].map(|role| ground.ledger(role));
    ways.iter().for_each(|ledger| ledger.set(Word::Finish, 1));
    ground.wait_both("both to send no more", |_, ledger| ledger.get(Word::Finished) == 1);
    ground.wait_both("all to arrive", |_, ledger| ledger.get(Word::Expected) == ledger.get(Word::Accepted));
    ways[index(Writer)].set(Word::Quit, 1);
    for side in [0, 1] {
        let well = until("an end", || ground.victims[side].ended(), String::new);
        assert!(well, "a victim did not end well");
    }
    for bridge in &mut ground.bridges {
        let bridge = bridge.take().expect("it runs");
        bridge.signal(Signal::SIGTERM);
        let ended = bridge.wait();
        assert_eq!(ended.code, Some(128 + Signal::SIGTERM as i32), "{}", ended.stderr);
    }

    let info = Client::new(&ground.two.server.url()).info(MESSAGES);
    println!("the stream of messages: {:?}", info.map(|info| info.state));
    let Count { writers, readers, bridges: [left, right], servers, cut, slow, held, failed } = &ground.count;
    println!(
        "killed: {writers} writers, {readers} readers, {left} left bridges, {right} right bridges, {servers} servers; \
         connections: {cut} cut, {slow} slowed down, {held} held up"
    );
    let mut wrong = 0;
    for (role, ledger) in [Writer, Reader].iter().zip(&ways) {
        let [accepted, again, resent] = [Word::Accepted, Word::Again, Word::Resent].map(|word| ledger.get(word));
        let words = [Word::Lost, Word::Doubled, Word::Reordered, Word::Torn];
        let bad @ [lost, doubled, reordered, torn] = words.map(|word| ledger.get(word));
        println!(
            "messages of the {role}: {accepted}, {} bytes; lost {lost}, doubled {doubled}, reordered {reordered}, torn {torn}; \
             seen again after a kill of the receiver {again}, sent again after a kill of the sender {resent}",
            ledger.get(Word::Bytes)
        );
        wrong += bad.iter().sum::<u64>();
    }
    assert_eq!(wrong, 0, "see above");
    assert!(failed.is_empty(), "ended by themselves before they were killed: {failed:#?}");
    for machine in [&ground.two.left, &ground.two.right] {
        machine.place.assert_nothing_left();
    }
}
