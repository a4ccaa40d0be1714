//! What must be true of a channel, on a page: what was accepted on each lane, how much of it was acknowledged, and who is
//! there. Nothing here knows of records, indices or files.
//!
//! A lane is a list of [`Token`]s. What cannot be known (how far a receiver came in the call that it died in) is a set of
//! places, of which what is seen later leaves those that fit.

use shmchat::{Part, Role};
use std::collections::BTreeSet;

/// A message begins, a byte of it, or it ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Token {
    Start,
    Byte(u8),
    End,
}

/// The tokens of a message, or of a part of one.
fn tokens(bytes: &[u8], part: Part) -> impl Iterator<Item = Token> {
    let start = part.is_start().then_some(Token::Start);
    let end = part.is_end().then_some(Token::End);
    start.into_iter().chain(bytes.iter().map(|&byte| Token::Byte(byte))).chain(end)
}

/// What a receiver was handed: with its sender's name, and whether it was told that the message before had no end.
#[derive(Debug)]
pub(crate) struct Handed {
    pub(crate) bytes: Vec<u8>,
    pub(crate) part: Part,
    pub(crate) cut: bool,
    pub(crate) from: String,
}

/// One direction.
#[derive(Clone, Debug)]
pub(crate) struct Lane {
    accepted: Vec<Token>,
    /// Who said each of them.
    names: Vec<&'static str>,
    /// Written by the sender and not shown yet.
    unshown: Vec<Token>,
    unshown_names: Vec<&'static str>,
    /// Where the messages begin that came in parts.
    in_parts: BTreeSet<usize>,
    /// Everything before one of these was acknowledged.
    acknowledged: BTreeSet<usize>,
    /// The same by a receiver that needed the room, before it had the message's end.
    given_back: BTreeSet<usize>,
    /// The living receiver was handed everything before one of these.
    taken: BTreeSet<usize>,
    /// The living receiver has been handed something.
    has_taken: bool,
}

impl Default for Lane {
    fn default() -> Self {
        let start = BTreeSet::from([0]);
        Lane {
            accepted: Vec::new(),
            names: Vec::new(),
            unshown: Vec::new(),
            unshown_names: Vec::new(),
            in_parts: BTreeSet::new(),
            acknowledged: start.clone(),
            given_back: BTreeSet::new(),
            taken: start,
            has_taken: false,
        }
    }
}

impl Lane {
    /// The sender has written this. A name goes with the start of a message; what goes on is from whoever spoke last.
    pub(crate) fn write(&mut self, bytes: &[u8], part: Part, from: &'static str) {
        let last = self.unshown_names.last().or(self.names.last());
        let from = last.filter(|_| !part.is_start()).copied().unwrap_or(from);
        if part == Part::First {
            self.in_parts.insert(self.accepted.len() + self.unshown.len());
        }
        self.unshown.extend(tokens(bytes, part));
        self.unshown_names.resize(self.unshown.len(), from);
    }

    /// What was written is accepted from now on.
    pub(crate) fn show(&mut self) {
        self.accepted.append(&mut self.unshown);
        self.names.append(&mut self.unshown_names);
    }

    pub(crate) fn has_unshown(&self) -> bool {
        !self.unshown.is_empty()
    }

    /// The sender has died.
    pub(crate) fn forget_unshown(&mut self) {
        self.unshown.clear();
        self.unshown_names.clear();
    }

    pub(crate) fn len(&self) -> usize {
        self.accepted.len()
    }

    /// Whether nothing waits; none where that cannot be known.
    pub(crate) fn is_empty(&self) -> Option<bool> {
        let places: BTreeSet<_> = self.acknowledged.union(&self.given_back).collect();
        match places.contains(&self.len()) {
            true if places.len() > 1 => None,
            found => Some(found),
        }
    }

    /// A receiver comes.
    pub(crate) fn begin(&mut self) {
        self.acknowledged.append(&mut self.given_back);
        self.taken = self.acknowledged.clone();
        self.has_taken = false;
    }

    /// The receiver was handed this. `together`: it takes messages whole, and is not handed one that has no end.
    pub(crate) fn hand(&mut self, handed: &Handed, together: bool) {
        let Handed { ref bytes, part, cut, from: ref sender } = *handed;
        let expected: Vec<Token> = tokens(bytes, part).collect();
        let places = std::mem::take(&mut self.taken);
        let fits = |&from: &usize| {
            // What has no end was dropped.
            let at = if together { self.next_whole(from)? } else { from };
            let begun = (self.has_taken || at > from) && at > 0 && self.accepted[at - 1] != Token::End;
            let is_cut = part.is_start() && begun;
            let there = self.accepted.get(at..at + expected.len())? == expected && is_cut == cut;
            let end = at + expected.len();
            (there && self.names[at..end].iter().all(|name| name == sender)).then_some(end)
        };
        self.taken = places.iter().filter_map(fits).collect();
        self.has_taken = true;
        let (size, all) = (bytes.len(), self.len());
        let what = format!("{size} bytes from {sender:?}, {part:?}, cut {cut}");
        assert!(!self.taken.is_empty(), "{what}: not what comes after {places:?} of {all}");
    }

    /// The receiver was told that nothing is there now.
    pub(crate) fn hand_nothing(&mut self, together: bool) {
        let nothing = |&from: &usize| from == self.len() || (together && self.next_whole(from).is_none());
        let places: BTreeSet<_> = self.taken.iter().copied().filter(nothing).collect();
        let all = self.len();
        assert!(!places.is_empty(), "nothing was handed over, and something is there: {:?} of {all}", self.taken);
        self.taken = places;
        if !self.has_taken {
            self.acknowledged = self.taken.clone();
        }
    }

    /// Where the first message, or rest of one, begins from here on that has an end.
    fn next_whole(&self, from: usize) -> Option<usize> {
        let mut at = from;
        while at < self.len() {
            let rest = &self.accepted[at..];
            let next = rest.iter().skip(1).position(|&token| token == Token::Start).map_or(rest.len(), |next| next + 1);
            if rest[..next].contains(&Token::End) {
                return Some(at);
            }
            at += next;
        }
        None
    }

    /// What the receiver was handed is acknowledged.
    pub(crate) fn acknowledge(&mut self) {
        let last = self.taken.last().copied();
        self.given_back.retain(|&place| Some(place) > last);
        self.acknowledged = self.taken.clone();
    }

    /// The receiver died in a call that may have acknowledged what it was handed, or some of it.
    pub(crate) fn may_acknowledge(&mut self) {
        let (Some(&low), Some(&high)) = (self.acknowledged.first(), self.taken.last()) else { return };
        let ends = |at: usize| at > 0 && self.accepted[at - 1] == Token::End;
        let starts = |at: usize| self.accepted.get(at) == Some(&Token::Start);
        let between = (low..=high).filter(|&at| ends(at) || starts(at));
        self.acknowledged = between.chain(self.acknowledged.iter().chain(&self.taken).copied()).collect();
    }

    /// A receiver that puts messages together gives room back before it has the end of one that came in parts, if it may be
    /// longer than half the lane, which `longest_kept` tokens certainly are not.
    pub(crate) fn may_give_back(&mut self, longest_kept: usize) {
        let Some(&from) = self.taken.last() else { return };
        let message = self.accepted.iter().take(from + 1).rposition(|&token| token == Token::Start);
        if self.len() - from > longest_kept && message.is_some_and(|message| self.in_parts.contains(&message)) {
            self.given_back.extend(from..=self.len());
        }
    }
}

/// Where a role stands, as others find it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum State {
    Absent,
    Present,
    Quit,
}

/// What there is of a channel's segment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Memory {
    Nothing,
    HalfMade,
    Whole,
}

/// A channel.
#[derive(Clone, Debug)]
pub(crate) struct Truth {
    pub(crate) memory: Memory,
    /// By the sending role.
    pub(crate) lanes: [Lane; 2],
    /// None where it cannot be known.
    pub(crate) states: [Option<State>; 2],
}

impl Default for Truth {
    fn default() -> Self {
        Truth { memory: Memory::Nothing, lanes: Default::default(), states: [Some(State::Absent); 2] }
    }
}

impl Truth {
    /// The lane that a role sends on.
    pub(crate) fn from(&mut self, role: Role) -> &mut Lane {
        &mut self.lanes[role as usize]
    }

    /// The lane that a role receives from.
    pub(crate) fn to(&mut self, role: Role) -> &mut Lane {
        &mut self.lanes[role.other() as usize]
    }

    /// Whether nothing waits on either lane; none where that cannot be known.
    pub(crate) fn is_empty(&self) -> Option<bool> {
        match self.lanes.each_ref().map(Lane::is_empty) {
            [Some(true), Some(true)] => Some(true),
            [Some(false), _] | [_, Some(false)] => Some(false),
            _ => None,
        }
    }

    /// The segment is gone.
    pub(crate) fn remove(&mut self) {
        *self = Truth::default();
    }
}
