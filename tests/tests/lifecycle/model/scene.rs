//! The same steps on the real library, on real segments, each held against the oracle.
//!
//! All lives are in this process. A killed one is an endpoint whose locks and descriptors are closed without a word, in
//! between two calls or inside of one ([`die_at`]).

use super::action::{CAPACITY, Parts};
use super::oracle::{Memory, State, Truth};
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use shmchat::ChannelName;
use shmchat::MemoryKind;
use shmchat::admin::{AdminError, Condition, Orphan, Ownership, orphans};
use shmchat::internals::fault::{Died, Point, die_at};
use shmchat::internals::memory::Location;
use shmchat::{Channel, Endpoint, Error, Presence, Role};
use shmchat_tests::LIMIT;
use shmchat_tests::in_memory;
use std::os::fd::AsFd;
use std::path::{Path, PathBuf};
use std::time::Instant;

pub(crate) const ROLES: [Role; 2] = [Role::Writer, Role::Reader];

/// One of a few names: none, short ones, and the longest there can be.
pub(crate) fn name(seed: u8) -> &'static str {
    ["", "bob", "你好", "0123456789012345678901234567890123456789012345678901234567890123"][usize::from(seed % 4)]
}

/// A life of a role.
pub(crate) struct Life {
    pub(crate) endpoint: Endpoint,
    pub(crate) name: &'static str,
    pub(crate) parts: Parts,
    /// The message in parts that it is sending has begun.
    pub(crate) inside: bool,
    /// It sleeps: since so much was on the lane, and so many lives of the other side had come or gone.
    pub(crate) asleep: Option<(usize, u32)>,
}

/// A channel, and what must be true of it.
pub(crate) struct Scene {
    pub(crate) channel: Channel,
    pub(crate) folder: PathBuf,
    pub(crate) truth: Truth,
    pub(crate) lives: [Option<Life>; 2],
    /// Comings and goings of each role that its peer must be woken by.
    pub(crate) changes: [u32; 2],
    /// The memory, once it was attached.
    pub(crate) place: Option<Location>,
    /// What each role shows of somebody elsewhere, or showed before it died.
    pub(crate) shown: [Option<Presence>; 2],
}

/// Makes a call, which dies if it comes to this point.
pub(crate) fn call<T>(death: Option<(Point, u32)>, call: impl FnOnce() -> T) -> Result<T, Died> {
    match death {
        Some((point, pass)) => die_at(point, pass, call),
        None => Ok(call()),
    }
}

/// Cleans an orphan away. Where the machine's segments are shared, somebody else's look may have it attached.
fn clean(orphan: &Orphan, force: bool) -> Result<bool, AdminError> {
    let limit = Instant::now() + LIMIT;
    loop {
        match orphan.clean(force) {
            Err(AdminError::OrphanInUse { .. }) if Instant::now() < limit => {}
            cleaned => return cleaned,
        }
    }
}

impl Scene {
    pub(crate) fn new(base: &Path, name: &str) -> Self {
        let channel = in_memory(Channel::named(name.parse::<ChannelName>().expect("a name")).dir(base));
        let channel = channel.capacity(CAPACITY as u64).expect("a capacity");
        let (truth, folder) = (Truth::default(), base.join(name));
        Scene { channel, folder, truth, lives: [None, None], changes: [0; 2], place: None, shown: [None; 2] }
    }

    pub(crate) fn life(&mut self, role: Role) -> Option<&mut Life> {
        self.lives[role as usize].as_mut()
    }

    pub(crate) fn is_alive(&self, role: Role) -> bool {
        self.lives[role as usize].is_some()
    }

    /// What comes of a start, as far as it came.
    pub(crate) fn started(&mut self, role: Role, passed: &[Point]) {
        if passed.contains(&Point::SegmentCreated) {
            // A new one, whose number it has told nobody.
            self.place = None;
        }
        if passed.contains(&Point::HeaderMade) {
            self.truth = Truth { memory: Memory::Whole, ..Truth::default() };
        } else if passed.contains(&Point::SegmentCreated) {
            self.truth = Truth { memory: Memory::HalfMade, ..Truth::default() };
        }
        if passed.contains(&Point::StaleStateReset) {
            self.truth.states[role.other() as usize] = Some(State::Absent);
        }
        if passed.contains(&Point::FirstBellMade) {
            self.forget_quit(role, None);
        }
        if passed.contains(&Point::StandInReset) {
            self.shown[role as usize] = None;
        }
        if passed.contains(&Point::PresentStored) {
            self.truth.states[role as usize] = Some(State::Present);
        }
    }

    pub(crate) fn start(&mut self, role: Role, parts: Parts, seed: u8, death: Option<(Point, u32)>) {
        let other = role.other();
        let channel = self.channel.clone().display_name(name(seed));
        let started = match call(death, || channel.attach(role)) {
            Ok(started) => started,
            // It may also have died because the role was taken.
            Err(died) => return self.started(role, &died.passed),
        };
        let mut endpoint = match started {
            Err(Error::RoleTaken { .. }) if self.is_alive(role) => return,
            started => started.expect("a start"),
        };
        assert!(!self.is_alive(role), "two {role}s at once");
        if self.truth.memory != Memory::Whole {
            self.truth = Truth { memory: Memory::Whole, ..Truth::default() };
        }
        let from_other = self.truth.to(role).is_empty();
        let state = &mut self.truth.states[other as usize];
        *state = match (self.lives[other as usize].is_some(), from_other) {
            // What an earlier run left, and was read, means nothing any more.
            (false, Some(true)) => Some(State::Absent),
            (false, None) => None,
            _ => *state,
        };
        self.forget_quit(role, Some(endpoint.peer().presence));
        self.truth.states[role as usize] = Some(State::Present);
        self.shown[role as usize] = None;
        self.truth.to(role).begin();
        self.changes[role as usize] += 1;
        self.place = Some(endpoint.segment().place.clone());
        if parts == Parts::AsTheyCome {
            endpoint.receiver().set_message_limit(0);
        }
        let found = endpoint.peer().presence;
        if let Some(expected) = self.presence(other) {
            assert_eq!(found, expected, "what the {role} believes of the {other}");
        }
        if let Some(other) = &self.lives[other as usize] {
            assert_eq!(endpoint.peer().name, other.name, "whom the {role} finds");
        }
        self.lives[role as usize] = Some(Life { endpoint, name: name(seed), parts, inside: false, asleep: None });
    }

    /// What others find of a role.
    pub(crate) fn presence(&self, role: Role) -> Option<Presence> {
        let state = self.truth.states[role as usize]?;
        Some(match (state, self.shown[role as usize]) {
            (_, shown) if self.is_alive(role) => shown.unwrap_or(Presence::Here),
            (State::Absent, _) => Presence::Absent,
            (State::Present, Some(shown @ (Presence::Absent | Presence::Quit))) => shown,
            (State::Present, _) => Presence::Gone,
            (State::Quit, _) => Presence::Quit,
        })
    }

    /// Who is not there starts, without a name, and who sleeps wakes.
    pub(crate) fn begin(&mut self, role: Role) {
        if self.is_alive(role) {
            self.wake(role);
        } else {
            self.start(role, Parts::AsTheyCome, 0, None);
        }
    }

    /// A role changes its name, which the other side finds in the header.
    pub(crate) fn rename(&mut self, role: Role, seed: u8) {
        self.wake(role);
        let Some(life) = self.life(role) else { return };
        life.name = name(seed);
        life.endpoint.set_display_name(name(seed)).expect("rename");
        if let Some(other) = self.life(role.other()) {
            other.endpoint.handle_wakeup().expect("attend");
            other.asleep = None;
            assert_eq!(other.endpoint.peer().name, name(seed), "whom the {} sees", role.other());
        }
    }

    /// What wakes a sleeper first: it attends to its bell.
    pub(crate) fn wake(&mut self, role: Role) {
        if let Some(life) = self.life(role)
            && life.asleep.take().is_some()
        {
            life.endpoint.handle_wakeup().expect("attend");
        }
    }

    /// A role has died, by itself or by force.
    pub(crate) fn dead(&mut self, role: Role) {
        let life = self.lives[role as usize].take().expect("a life");
        life.endpoint.die();
        self.truth.from(role).forget_unshown();
        self.changes[role as usize] += 1;
    }

    /// A sleeper for whom something has come since can be woken.
    pub(crate) fn check_awake(&self) {
        for role in ROLES {
            let Some(Life { endpoint, asleep: Some((there, changes)), .. }) = &self.lives[role as usize] else {
                continue;
            };
            let (now, now_changes) =
                (self.truth.lanes[role.other() as usize].len(), self.changes[role.other() as usize]);
            if now > *there || now_changes > *changes {
                let mut fds = [PollFd::new(endpoint.as_fd(), PollFlags::POLLIN)];
                assert_eq!(poll(&mut fds, PollTimeout::ZERO), Ok(1), "the {role} sleeps on");
            }
        }
    }

    pub(crate) fn leave(&mut self, role: Role, quits: bool, death: Option<(Point, u32)>) {
        self.wake(role);
        let Some(life) = self.lives[role as usize].take() else { return };
        let alone = !self.is_alive(role.other());
        self.changes[role as usize] += 1;
        let endpoint = life.endpoint;
        let had_unshown = self.truth.from(role).has_unshown();
        let came = call(death, || if quits { endpoint.quit() } else { endpoint.withdraw() });
        match came {
            Ok(report) => {
                self.truth.from(role).show();
                self.truth.to(role).acknowledge();
                let report = report.expect("leave");
                let expected = if alone { self.truth.is_empty() } else { Some(false) };
                assert!(
                    expected.is_none_or(|expected| report.removed == expected),
                    "the {role} leaves, alone: {alone}, nothing waits: {:?}, removed: {}",
                    self.truth.is_empty(),
                    report.removed
                );
                match report.removed {
                    true => self.truth.remove(),
                    false if quits => self.truth.states[role as usize] = Some(State::Quit),
                    false => {}
                }
            }
            Err(Died { passed }) => {
                if passed.contains(&Point::TailStored) || (!had_unshown && self.truth.from(role).has_unshown()) {
                    self.truth.from(role).show();
                }
                self.truth.from(role).forget_unshown();
                match passed.contains(&Point::Quitting) {
                    true => self.truth.to(role).acknowledge(),
                    false => self.truth.to(role).may_acknowledge(),
                }
                if passed.contains(&Point::QuitStored) {
                    self.truth.states[role as usize] = Some(State::Quit);
                }
                if passed.contains(&Point::SegmentRemoved) {
                    assert!(alone && self.truth.is_empty() != Some(false), "the {role} removed what is needed");
                    self.truth.remove();
                }
            }
        }
    }

    pub(crate) fn kill(&mut self, role: Role) {
        if self.is_alive(role) {
            self.dead(role);
        }
    }

    pub(crate) fn status(&self) {
        let status = self.channel.status().expect("a look");
        let Some(status) = status else {
            assert_eq!(self.truth.memory, Memory::Nothing, "there is something");
            return;
        };
        let condition = match status.condition {
            Condition::Whole => Memory::Whole,
            Condition::Empty => Memory::Nothing,
            // Before the key file is filled there is no segment either.
            Condition::HalfMade if status.segment.is_none() => Memory::Nothing,
            Condition::HalfMade => Memory::HalfMade,
            other => panic!("{other:?}"),
        };
        assert_eq!(condition, self.truth.memory);
        if condition != Memory::Whole {
            return;
        }
        for role in ROLES {
            let found = &status.roles[role as usize];
            if let Some(expected) = self.presence(role) {
                assert_eq!(found.presence, expected, "the {role}, by its status");
            }
            let lane = status.lanes[role as usize].expect("nobody is at work");
            if let Some(is_empty) = self.truth.lanes[role as usize].is_empty() {
                assert_eq!(lane.is_empty(), is_empty, "the {role}'s lane, by its status: {lane:?}");
            }
        }
    }

    pub(crate) fn clean(&mut self, force: bool, death: Option<(Point, u32)>) {
        let alive = ROLES.iter().any(|&role| self.is_alive(role));
        let channel = &self.channel;
        let cleaned = match call(death, || channel.clean(force)) {
            Ok(cleaned) => cleaned,
            Err(Died { passed }) => {
                if passed.contains(&Point::HeaderMade) {
                    self.truth.memory = Memory::Whole;
                }
                if passed.contains(&Point::CleanSegmentRemoved) {
                    assert!(!alive, "cleaned where somebody lives");
                    assert!(force || self.truth.is_empty() != Some(false), "cleaned away what waits");
                    self.truth.remove();
                }
                return;
            }
        };
        let is_empty = self.truth.is_empty();
        match cleaned {
            Err(AdminError::Channel(Error::RoleTaken { .. })) => assert!(alive, "nobody is there"),
            Err(AdminError::MessagesWait { .. }) => assert!(!force && is_empty != Some(true), "nothing waits"),
            Err(error) => panic!("{error}"),
            Ok(cleaned) => {
                assert!(!alive, "cleaned where somebody lives");
                assert!(force || is_empty != Some(false), "cleaned away what waits");
                let removed = cleaned.is_some_and(|cleaned| cleaned.segment.is_some());
                assert_eq!(removed, self.truth.memory != Memory::Nothing, "what was cleaned");
                self.truth.remove();
            }
        }
    }

    /// The folder goes while nobody is there, and its segment is an orphan.
    pub(crate) fn remove_folder(&mut self, base: &Path) {
        let alive = ROLES.iter().any(|&role| self.is_alive(role));
        // One that is half made is not told from another program's without its folder.
        if alive || self.truth.memory == Memory::HalfMade || !self.folder.exists() {
            return;
        }
        let status = self.channel.status().expect("a look");
        std::fs::remove_dir_all(&self.folder).expect("remove the folder");
        let Some(segment) = status.and_then(|status| status.segment) else { return };
        if segment.place.kind() == MemoryKind::File {
            // It went with the folder.
            return self.truth.remove();
        }
        let is_empty = self.truth.is_empty();
        let orphan = || {
            let all = orphans(Some(base), &[]).expect("orphans");
            all.into_iter().find(|orphan| orphan.segment.place == segment.place)
        };
        let found = orphan().expect("the orphan is found");
        assert_eq!(found.whose, Ownership::Nobodys);
        match clean(&found, false) {
            Ok(removed) => {
                assert!(removed && is_empty != Some(false), "an orphan was removed in which something waits");
            }
            Err(AdminError::OrphanWaits { .. }) => {
                assert_ne!(is_empty, Some(true), "nothing waits in the orphan");
                assert!(clean(&orphan().expect("it is still there"), true).expect("by force"));
            }
            Err(error) => panic!("{error}"),
        }
        self.truth.remove();
    }

    /// The segment is there as long as it must be, and no longer.
    pub(crate) fn check_segment(&self) {
        let Some(place) = &self.place else { return };
        let there = place.stat().is_ok_and(|stat| !stat.doomed);
        match self.truth.memory {
            Memory::Whole => assert!(there, "the segment is gone"),
            Memory::Nothing => assert!(!there, "the segment is still there"),
            Memory::HalfMade => {}
        }
    }
}
