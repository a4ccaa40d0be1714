//! What the two sides of a channel say to each other, held against the oracle.

use super::action::{CAPACITY, Form, Parts, Way};
use super::oracle::{Handed, Memory};
use super::scene::{ROLES, Scene, call, name};
use shmchat::internals::fault::Point;
use shmchat::internals::ring::record::Kind;
use shmchat::{Interest, Message, Outgoing, Part, Presence, Role, TryRecvError, TrySendError};
use std::cell::Cell;
use std::ops::ControlFlow;
use std::time::SystemTime;

/// Tokens of a message that certainly take less than half the lane, however short its parts: each takes 24 bytes there at most.
const LONGEST_KEPT: usize = CAPACITY / 2 / 24;

/// Bytes without a line feed in them.
fn content(seed: u8, size: usize) -> Vec<u8> {
    (0..size).map(|index| b'a' + ((usize::from(seed) * 7 + index + index / 26) % 26) as u8).collect()
}

impl Scene {
    pub(crate) fn send(&mut self, role: Role, form: Form, shows: bool, seed: u8, death: Option<(Point, u32)>) {
        self.begin(role);
        let life = self.life(role).expect("it has started");
        let (start, end) = match form {
            Form::Part(_) => (!life.inside, false),
            Form::End(_) => (!life.inside, true),
            _ => (true, true),
        };
        let part = Part::of(start, end);
        let messages: Vec<Vec<u8>> = match form {
            Form::Whole(size) | Form::End(size) => vec![content(seed, size)],
            // Nothing is no part that more follows.
            Form::Part(size) => vec![content(seed, size.max(1))],
            Form::Pack(count, size) | Form::Lines(count, size) => {
                (0..count).map(|index| content(seed.wrapping_add(index as u8), size)).collect()
            }
        };
        // Now and then somebody else's message is passed on.
        let passed_on = seed.is_multiple_of(5).then(|| name(seed / 5));
        let from = passed_on.unwrap_or(life.name);
        let endpoint = &mut life.endpoint;
        let put = Cell::new(0);
        let came = call(death, || {
            if let Form::Lines(count, _) = form {
                let lines: Vec<u8> = messages.iter().flat_map(|line| [line, &b"\n"[..]].concat()).collect();
                let block = Outgoing {
                    kind: Kind::Lines,
                    sent: Some(SystemTime::UNIX_EPOCH),
                    bytes: &lines,
                    part,
                    unterminated: false,
                    from: passed_on,
                };
                put.set(if is_in(endpoint.sender().try_enqueue(&block)) { count } else { 0 });
            } else {
                for bytes in &messages {
                    let message = Outgoing { part, from: passed_on, ..Outgoing::from(bytes) };
                    if !is_in(endpoint.sender().try_enqueue(&message)) {
                        break;
                    }
                    put.set(put.get() + 1);
                }
            }
            if shows {
                endpoint.sender().flush().expect("flush");
            }
        });
        if put.get() > 0 {
            life.inside = !end;
        }
        let lane = self.truth.from(role);
        messages[..put.get()].iter().for_each(|bytes| lane.write(bytes, part, from));
        match came {
            Ok(()) if shows => lane.show(),
            Ok(()) => {}
            Err(died) => {
                if died.passed.contains(&Point::TailStored) {
                    lane.show();
                }
                self.dead(role);
            }
        }
    }

    pub(crate) fn take(&mut self, role: Role, count: u32, way: Way, death: Option<(Point, u32)>) {
        self.begin(role);
        for _ in 0..count {
            let ended = self.presence(role.other()).map(|presence| presence == Presence::Quit);
            let Some(life) = self.lives[role as usize].as_mut() else { return };
            // Who puts messages together does not look at parts in place.
            let together = life.parts == Parts::PutTogether;
            let way = if together { Way::Copied } else { way };
            let endpoint = &mut life.endpoint;
            let mut handed: Vec<Handed> = Vec::new();
            let came = call(death, || match way {
                Way::Copied => endpoint.try_recv().map(|message| handed.push(copied(message))),
                Way::Batch => {
                    endpoint.receiver().try_recv_batch(2_000, |message| handed.push(copied(message))).map(drop)
                }
                Way::InPlace => endpoint
                    .receiver()
                    .try_recv_views(|view| {
                        let mut bytes = Vec::new();
                        view.copy_to(&mut bytes);
                        let (part, cut) = (view.envelope.part, view.envelope.follows_truncated);
                        let one = |bytes, part, cut| Handed { bytes, part, cut, from: view.from.to_owned() };
                        if view.envelope.kind == Kind::Lines {
                            let lines = bytes.strip_suffix(b"\n").expect("whole lines").split(|&byte| byte == b'\n');
                            let first = handed.len();
                            handed.extend(lines.map(|line| one(line.to_vec(), Part::Whole, false)));
                            handed[first].cut = cut;
                        } else {
                            handed.push(one(bytes, part, cut));
                        }
                        ControlFlow::Break(())
                    })
                    .map(drop),
            });
            let lane = self.truth.to(role);
            let Ok(received) = came else {
                lane.may_acknowledge();
                if together {
                    lane.may_give_back(LONGEST_KEPT);
                }
                return self.dead(role);
            };
            // Each call acknowledges what those before it handed over.
            lane.acknowledge();
            if together {
                lane.may_give_back(LONGEST_KEPT);
            }
            for handed in handed {
                lane.hand(&handed, together);
            }
            match received {
                Ok(()) => continue,
                Err(TryRecvError::Empty) => {
                    assert_ne!(ended, Some(true), "the {role} was not told that its peer has quit");
                }
                Err(TryRecvError::Quit) => assert_ne!(ended, Some(false), "the {role} was told that its peer has quit"),
                Err(error) => panic!("receive: {error}"),
            }
            lane.hand_nothing(together);
            return;
        }
    }

    pub(crate) fn acknowledge(&mut self, role: Role, death: Option<(Point, u32)>) {
        self.wake(role);
        let Some(life) = self.life(role) else { return };
        let endpoint = &mut life.endpoint;
        match call(death, || endpoint.receiver().acknowledge()) {
            Ok(result) => {
                result.expect("acknowledge");
                self.truth.to(role).acknowledge();
            }
            Err(_) => {
                self.truth.to(role).may_acknowledge();
                self.dead(role);
            }
        }
    }

    pub(crate) fn sleep(&mut self, role: Role, death: Option<(Point, u32)>) {
        self.wake(role);
        let (there, changes) = (self.truth.to(role).len(), self.changes[role.other() as usize]);
        let Some(life) = self.life(role) else { return };
        let endpoint = &mut life.endpoint;
        let came = call(death, || endpoint.arm(Interest::MESSAGE));
        if let Ok(armed) = &came {
            life.asleep = armed.as_ref().expect("arm").then_some((there, changes));
        }
        let lane = self.truth.from(role);
        match came {
            Ok(_) => lane.show(),
            Err(died) => {
                if died.passed.contains(&Point::TailStored) {
                    lane.show();
                }
                self.dead(role);
            }
        }
    }

    pub(crate) fn finish(&mut self) {
        for role in ROLES {
            self.kill(role);
        }
        if !self.folder.exists() {
            return;
        }
        for role in ROLES {
            self.start(role, Parts::AsTheyCome, 0, None);
        }
        for role in ROLES {
            // Until nothing is there, which must then be the truth.
            self.take(role, u32::MAX, Way::InPlace, None);
            self.take(role, u32::MAX, Way::Copied, None);
        }
        for role in ROLES {
            self.leave(role, true, None);
        }
        assert_eq!(self.truth.memory, Memory::Nothing, "all was read, and both have quit");
        let left = std::fs::read_dir(&self.folder).expect("the folder").flatten();
        let left: Vec<_> =
            left.map(|entry| entry.file_name()).filter(|name| name.to_string_lossy().starts_with("to-")).collect();
        assert!(left.is_empty(), "left: {left:?}");
        self.check_segment();
    }
}

/// A message as it was handed over.
fn copied(message: Message<'_>) -> Handed {
    let Message { envelope, from, bytes } = message;
    let (part, cut) = (envelope.part, envelope.follows_truncated);
    Handed { bytes: bytes.to_vec(), part, cut, from: from.to_owned() }
}

/// Whether there was room.
fn is_in(enqueued: Result<u64, TrySendError>) -> bool {
    match enqueued {
        Ok(_) => true,
        Err(TrySendError::Full) => false,
        Err(TrySendError::Channel(error)) => panic!("enqueue: {error}"),
    }
}
