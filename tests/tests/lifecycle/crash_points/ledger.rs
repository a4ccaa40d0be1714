//! What was said on one lane, what of it has been handed over, and what a receiver must find next.
//!
//! A message is its number and its length; [`content`] makes its bytes.

use shmchat::Role;
use shmchat_tests::numbered::content;
use std::ops::RangeInclusive;

/// The longest message that a lane of the smallest capacity takes whole is 31,680 bytes: this one is three records.
pub(crate) const SPLIT: usize = 30_000;

/// Fits a record of its own, and the lane some four times.
pub(crate) const LARGE: usize = 15_000;

/// Longer than the lane, so that it goes in parts.
pub(crate) const LONG: usize = 200_000;

/// One lane.
#[derive(Debug)]
pub(crate) struct Ledger {
    from: Role,
    next_number: usize,
    /// Number and length of each message that must arrive, in order.
    accepted: Vec<(usize, usize)>,
    /// Messages that are being sent: they arrive all or not at all, after those in `accepted` that were there before.
    sending: Option<(usize, Vec<(usize, usize)>)>,
    /// How many have been handed over. After a receiver's death a range: where the next one may begin.
    handed: RangeInclusive<usize>,
    /// How many are acknowledged for certain.
    settled: usize,
}

/// What becomes of messages that were being sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fate {
    /// They must arrive.
    Accepted,
    /// They must not.
    Refused,
    /// All or none.
    Doubtful,
}

impl Ledger {
    pub(crate) fn new(from: Role) -> Self {
        Ledger { from, next_number: 0, accepted: Vec::new(), sending: None, handed: 0..=0, settled: 0 }
    }

    /// Begins to send `count` messages of `length` bytes at least; the first one's number.
    pub(crate) fn begin(&mut self, count: usize, length: usize) -> usize {
        let first = self.next_number;
        self.next_number += count;
        let messages = (first..self.next_number).map(|number| (number, content(self.from, number, length).len()));
        self.sending = Some((self.accepted.len(), messages.collect()));
        first
    }

    /// Says what became of what was being sent.
    pub(crate) fn decide(&mut self, fate: Fate) {
        match fate {
            Fate::Accepted => self.accept(),
            Fate::Refused => {
                // A receiver that was handed them has ended the doubt.
                assert!(self.sending.take().is_some(), "a message of the {} arrived that was not accepted", self.from);
            }
            Fate::Doubtful => {}
        }
    }

    fn accept(&mut self) {
        if let Some((place, messages)) = self.sending.take() {
            self.accepted.splice(place..place, messages);
        }
    }

    /// Whether messages wait to be handed over; none where nobody can tell.
    pub(crate) fn waits(&self) -> Option<bool> {
        let all = self.accepted.len();
        match (self.handed.contains(&all), *self.handed.start() == all && self.sending.is_none()) {
            (_, true) => Some(false),
            (false, _) => Some(true),
            _ => None,
        }
    }

    /// Whether nobody can tell what becomes of what was being sent.
    pub(crate) fn is_sending(&self) -> bool {
        self.sending.is_some()
    }

    /// How many have been handed over.
    pub(crate) fn handed(&self) -> usize {
        *self.handed.end()
    }

    /// A receiver was handed message `number`, of `length` bytes. It must be the next.
    pub(crate) fn hand(&mut self, number: usize, length: usize) {
        if let Some((place, messages)) = &self.sending
            && self.handed.contains(place)
            && messages[0] == (number, length)
        {
            self.accept();
        }
        let Some(index) = self.handed.clone().find(|&index| self.accepted.get(index) == Some(&(number, length))) else {
            let next: Vec<_> = self.handed.clone().map(|index| self.accepted.get(index)).collect();
            panic!("message {number} of the {}, {length} bytes, where {next:?} should come", self.from)
        };
        self.handed = index + 1..=index + 1;
    }

    /// A receiver has looked and found nothing more: so everything has been handed over.
    #[track_caller]
    pub(crate) fn assert_all_handed(&self) {
        let all = self.accepted.len();
        assert!(self.handed.contains(&all), "of {all} messages of the {} only {:?} came", self.from, self.handed);
    }

    /// A receiving call has returned that began when `before` had been handed over: these are acknowledged.
    pub(crate) fn settle(&mut self, before: usize) {
        self.settled = before;
    }

    /// The receiver has died while it acknowledged nothing.
    pub(crate) fn forget_unsettled(&mut self) {
        self.handed = self.settled..=self.settled;
    }

    /// The receiver has died in a call that began when `before` had been handed over, after it had acknowledged these: `all`
    /// of them, or one at least.
    pub(crate) fn forget_since(&mut self, before: usize, all: bool) {
        let from = if all { before } else { before.min(self.settled + 1) };
        self.handed = from..=before;
    }
}
