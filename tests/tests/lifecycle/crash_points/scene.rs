//! One case's stage: a channel in a folder of its own, what was said there, a victim that is led order by order, and perhaps
//! a peer that lives on. The peer is an endpoint of the walk's own process, in which no other test runs, and which starts processes
//! only by `posix_spawn`, so that no half-started child holds a lock or a bell of it.
//!
//! Nothing waits by the clock. The walk waits in `poll` for what the victim says or the peer's bell, or looks again and again
//! whether a victim's flag is up; [`LIMIT`] turns a hang into a failure.

use super::expect::{Acknowledged, acknowledged, fate};
use super::ledger::{Fate, Ledger};
use super::victim::{Death, Said, Victim};
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use shmchat::internals::doorbell::Parking;
use shmchat::internals::fault::Mutant;
use shmchat::internals::key::Identity;
use shmchat::internals::layout::{Lane, LanePlace, MIN_CAPACITY};
use shmchat::internals::memory::Segment;
use shmchat::internals::ring::record::Kind;
use shmchat::{Endpoint, Interest, Outgoing, Part, Presence, Role, TryRecvError};
use shmchat_tests::numbered::{SHORT, channel, content, lines, number_of};
use shmchat_tests::{LIMIT, Place};
use std::os::fd::{AsFd, BorrowedFd};
use std::time::Instant;
use std::time::SystemTime;

/// The victim has died.
#[derive(Debug)]
pub(crate) struct Died;

/// What a victim answered to an order, unless it died.
pub(crate) type Answer = Result<String, Died>;

/// A victim, and the order that it is at.
#[derive(Debug)]
pub(crate) struct Actor {
    pub(crate) victim: Victim,
    pub(crate) role: Role,
    /// The word of the last order.
    pub(crate) order: &'static str,
    /// How much had been handed over when the receiving call began that it is in.
    before: Option<usize>,
}

impl Actor {
    /// Whether it is in a receiving call.
    pub(crate) fn is_waiting(&self) -> bool {
        self.before.is_some()
    }
}

/// Which of its two flags a sleeper has up.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Flag {
    /// It waits for a message.
    Message,
    /// It waits for room.
    WriteSlot,
}

/// The stage. Fields are dropped in this order: what lives there, then the place.
#[derive(Debug)]
pub(crate) struct Scene {
    /// The one that lives on, if anyone does.
    pub(crate) peer: Option<Endpoint>,
    /// What the peer sleeps for.
    pub(crate) interest: Interest,
    /// What was said, by who said it.
    ledgers: [Ledger; 2],
    /// What the key file said before a clean-up.
    pub(crate) identity: Option<Identity>,
    /// How often a message said that the one before it was cut off.
    pub(crate) cuts: usize,
    pub(crate) place: Place,
}

/// Waits until one of the descriptors is readable or hung up: which. None are if the limit is over.
fn readable<const N: usize>(descriptors: [BorrowedFd<'_>; N], limit: PollTimeout) -> [bool; N] {
    let mut polled = descriptors.map(|descriptor| PollFd::new(descriptor, PollFlags::POLLIN));
    poll(&mut polled, limit).expect("poll");
    polled.map(|polled| polled.any().unwrap_or_default())
}

/// What is found when all has been received.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Drained {
    /// Nothing more now.
    Empty,
    /// Nothing more: the other side has quit.
    Quit,
}

fn limit() -> PollTimeout {
    PollTimeout::try_from(LIMIT).expect("a limit in milliseconds")
}

impl Scene {
    pub(crate) fn new() -> Self {
        let ledgers = [Role::Writer, Role::Reader].map(Ledger::new);
        Scene { peer: None, interest: Interest::MESSAGE, ledgers, identity: None, cuts: 0, place: Place::new() }
    }

    /// What `role` sends.
    pub(crate) fn ledger(&mut self, role: Role) -> &mut Ledger {
        &mut self.ledgers[role as usize]
    }

    /// All that was said is gone with its segment.
    pub(crate) fn forget(&mut self) {
        self.ledgers = [Role::Writer, Role::Reader].map(Ledger::new);
    }

    /// Attaches within this process.
    pub(crate) fn attach(&self, role: Role) -> Endpoint {
        channel(self.place.dir()).display_name(role.to_string()).attach(role).expect("attach")
    }

    /// Starts a victim and waits until it is attached.
    pub(crate) fn start(&mut self, role: Role, death: Death, sabotage: Option<Mutant>) -> (Actor, Answer) {
        let victim = Victim::start(Some(role), self.place.dir(), death, sabotage);
        let mut actor = Actor { victim, role, order: "attach", before: None };
        let answer = self.answer(&mut actor);
        (actor, answer)
    }

    /// Has the victim send messages.
    pub(crate) fn send(&mut self, actor: &mut Actor, order: &'static str, count: usize, length: usize) -> Answer {
        self.begin_send(actor, order, count, length);
        self.answer(actor)
    }

    /// Has it begin to.
    pub(crate) fn begin_send(&mut self, actor: &mut Actor, order: &'static str, count: usize, length: usize) {
        let first = self.ledger(actor.role).begin(count, length);
        actor.order = order;
        // "send-long" is a name of ours for a "send" whose end nobody can tell from outside.
        let word = order.strip_suffix("-long").unwrap_or(order);
        actor.victim.order(&format!("{word} {first} {count} {length}"));
    }

    /// Has the victim stand for somebody elsewhere, who is here.
    pub(crate) fn stand_in(&mut self, actor: &mut Actor) -> Answer {
        actor.order = "stand-in";
        actor.victim.order(actor.order);
        self.answer(actor)
    }

    /// Has the victim receive, or quit, which acknowledges too.
    pub(crate) fn receive(&mut self, actor: &mut Actor, order: &'static str) -> Answer {
        self.begin_receive(actor, order);
        self.answer(actor)
    }

    /// Has it begin to.
    pub(crate) fn begin_receive(&mut self, actor: &mut Actor, order: &'static str) {
        actor.order = order;
        actor.before = Some(self.ledger(actor.role.other()).handed());
        actor.victim.order(order);
    }

    /// Waits until the victim sleeps with this flag up, has answered, or has died; true if it sleeps.
    pub(crate) fn sleeps(&mut self, actor: &Actor, flag: Flag) -> bool {
        let segment = Segment::attach(&self.place.segments()[0]).expect("the segment");
        let lane = |lane| LanePlace::in_segment(lane, MIN_CAPACITY);
        let word = match (flag, actor.role) {
            (Flag::Message, Role::Writer) => lane(Lane::Replies).consumer_parked,
            (Flag::Message, Role::Reader) => lane(Lane::Messages).consumer_parked,
            (Flag::WriteSlot, Role::Writer) => lane(Lane::Messages).producer_parked,
            (Flag::WriteSlot, Role::Reader) => lane(Lane::Replies).producer_parked,
        };
        let flag = Parking::new(segment, word);
        let start = Instant::now();
        while readable([actor.victim.wire()], PollTimeout::ZERO) == [false] {
            if flag.is_parked() {
                return true;
            }
            assert!(start.elapsed() < LIMIT, "the victim neither sleeps nor answers");
            std::thread::yield_now();
        }
        false
    }

    /// Waits for the answer to the order, while the peer lives on.
    pub(crate) fn answer(&mut self, actor: &mut Actor) -> Answer {
        let done = loop {
            match actor.victim.said() {
                Some(Said::Handed(number, length)) => self.ledger(actor.role.other()).hand(number, length),
                Some(Said::Done(done)) => break done,
                None if !self.listen(actor) => {
                    self.bury(actor);
                    return Err(Died);
                }
                None => {}
            }
        };
        let fate = if done == "refused" { Fate::Refused } else { Fate::Accepted };
        match actor.before.take() {
            Some(before) => self.ledger(actor.role.other()).settle(before),
            None if !["attach", "stand-in"].contains(&actor.order) => self.ledger(actor.role).decide(fate),
            None => {}
        }
        self.settle();
        Ok(done)
    }

    /// Listens to the victim and serves the peer, whoever speaks first; false if the victim is dead.
    fn listen(&mut self, actor: &mut Actor) -> bool {
        loop {
            let wire = actor.victim.wire();
            let [spoke, rung] = match &self.peer {
                Some(peer) => readable([wire, peer.as_fd()], limit()),
                None => readable([wire], limit()).map(|spoke| [spoke, false])[0],
            };
            assert!(spoke || rung, "the victim hangs at {:?}", actor.order);
            if rung {
                self.serve();
            }
            if spoke {
                return actor.victim.listen();
            }
        }
    }

    /// What the victim had begun comes to its end without it.
    fn bury(&mut self, actor: &mut Actor) {
        let point = actor.victim.death.point;
        if actor.order.starts_with("send") || ["batch", "lines"].contains(&actor.order) {
            self.ledger(actor.role).decide(fate(point, actor.order));
        }
        let before = actor.before.take();
        let ledger = self.ledger(actor.role.other());
        match (before, acknowledged(point)) {
            (None, _) | (_, Acknowledged::Nothing) => ledger.forget_unsettled(),
            (Some(before), some) => ledger.forget_since(before, some == Acknowledged::All),
        }
    }

    /// An idle victim is killed from outside.
    pub(crate) fn kill(&mut self, actor: &mut Actor) {
        actor.victim.kill();
        match actor.before.take() {
            // It slept for a message.
            Some(before) => self.ledger(actor.role.other()).forget_since(before, true),
            None => self.ledger(actor.role.other()).forget_unsettled(),
        }
    }

    /// Sends from within this process; false if the lane is full.
    pub(crate) fn say(&mut self, endpoint: &mut Endpoint, length: usize) -> bool {
        let role = endpoint.role();
        let number = self.ledger(role).begin(1, length);
        let sent = endpoint.try_send(&content(role, number, length)).is_ok();
        self.ledger(role).decide(if sent { Fate::Accepted } else { Fate::Refused });
        sent
    }

    /// Receives within this process all that is there, and acknowledges it.
    pub(crate) fn drain(&mut self, endpoint: &mut Endpoint) -> Drained {
        loop {
            match endpoint.try_recv() {
                Ok(message) => {
                    let (from, number) = number_of(message.bytes).expect("a message of ours, whole");
                    let (length, follows_truncated) = (message.bytes.len(), message.envelope.follows_truncated);
                    self.cuts += usize::from(follows_truncated);
                    assert_eq!(message.from, from.to_string());
                    assert_eq!(from, endpoint.role().other());
                    self.ledger(from).hand(number, length);
                }
                Err(TryRecvError::Empty) => return Drained::Empty,
                Err(TryRecvError::Quit) => return Drained::Quit,
                Err(error) => panic!("receive: {error}"),
            }
        }
    }

    /// The peer says something; false if its lane is full.
    pub(crate) fn peer_says(&mut self, length: usize) -> bool {
        let mut peer = self.peer.take().expect("a peer");
        let said = self.say(&mut peer, length);
        self.peer = Some(peer);
        said
    }

    /// The peer says lines in a block.
    pub(crate) fn peer_says_lines(&mut self, count: usize) {
        let mut peer = self.peer.take().expect("a peer");
        let role = peer.role();
        let first = self.ledger(role).begin(count, SHORT);
        let bytes = lines(role, first, count);
        let block = Outgoing {
            kind: Kind::Lines,
            sent: Some(SystemTime::UNIX_EPOCH),
            bytes: &bytes,
            part: Part::Whole,
            unterminated: false,
            from: None,
        };
        peer.try_send(block).expect("room for a few lines");
        self.ledger(role).decide(Fate::Accepted);
        self.peer = Some(peer);
    }

    /// From now on the peer sleeps for something else.
    pub(crate) fn change_interest(&mut self, interest: Interest) {
        self.interest = interest;
        self.serve();
    }

    /// The peer's bell has rung.
    pub(crate) fn serve(&mut self) {
        let peer = self.peer.as_mut().expect("a peer");
        peer.handle_wakeup().expect("attend");
        self.rest();
    }

    /// The peer takes what is there and goes to sleep again.
    pub(crate) fn rest(&mut self) {
        let mut peer = self.peer.take().expect("a peer");
        loop {
            if self.interest.message {
                self.drain(&mut peer);
            }
            if peer.arm(self.interest).expect("arm") {
                break;
            }
            // The room that it waited for.
            self.interest.room = false;
        }
        self.peer = Some(peer);
    }

    /// Serves the peer until its bell is silent.
    pub(crate) fn settle(&mut self) {
        while let Some(peer) = &self.peer
            && readable([peer.as_fd()], PollTimeout::ZERO) == [true]
        {
            self.serve();
        }
    }

    /// What the peer believes of the other side.
    pub(crate) fn peer_presence(&self) -> Presence {
        self.peer.as_ref().expect("a peer").peer().presence
    }

    /// The peer sleeps until its bell has told it of one of these. There is no timer: a bell that is silent fails.
    #[track_caller]
    pub(crate) fn peer_learns(&mut self, expected: &[Presence]) {
        loop {
            let presence = self.peer_presence();
            if expected.contains(&presence) {
                return;
            }
            let peer = self.peer.as_ref().expect("a peer");
            let woken = readable([peer.as_fd()], limit()) == [true];
            assert!(woken, "the peer sleeps on and believes {presence:?} where {expected:?} is true");
            self.serve();
        }
    }
}
