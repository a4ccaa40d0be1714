//! Messages of every kind and length, into a lane.

use super::world::World;
use shmchat::internals::channel::WhenTight;
use shmchat::internals::ring::record::Kind;
use shmchat::{Outgoing, Part};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

impl World {
    /// Writes one message, or a block of lines; nothing if there is no room.
    pub(crate) fn write(&mut self) {
        let (record, whole) = (self.sender().record_limit() - 8, self.sender().whole_limit());
        let length = match self.dice.below(8) {
            0..4 => self.dice.below(60),
            4..6 => self.dice.below(2_000),
            6 => self.dice.below(record),
            _ => self.dice.below(whole),
        };
        let other = [None, Some("eve")][usize::from(self.dice.below(6) == 0)];
        let sent = Some(UNIX_EPOCH + Duration::from_secs(self.dice.below(3) as u64));
        match self.dice.below(10) {
            0..3 => self.put(length, Kind::Bytes, None, other),
            3..6 => self.put(length, Kind::Text, sent, other),
            6 => self.put_lines(sent),
            7 => self.put_in_place(length.min(record - 8), sent),
            8 => self.put_items(length),
            _ => self.put_parts(length.min(record), sent),
        }
    }

    pub(crate) fn put(&mut self, length: usize, kind: Kind, sent: Option<SystemTime>, other: Option<&str>) {
        let number = self.book.make(length, other.unwrap_or(self.name));
        let bytes = self.book.made[number].bytes.clone();
        let message = Outgoing { kind, sent, from: other, ..Outgoing::from(&bytes) };
        if self.sender().put(&message).expect("a sound lane").is_some() {
            self.book.pending.push(number);
        }
    }

    fn put_lines(&mut self, sent: Option<SystemTime>) {
        let mut numbers = Vec::new();
        let mut block = Vec::new();
        for _ in 0..=self.dice.below(5) {
            let number = self.book.make(self.dice.below(40), self.name);
            block.extend_from_slice(&self.book.made[number].bytes);
            block.push(b'\n');
            numbers.push(number);
        }
        let message = Outgoing { kind: Kind::Lines, sent, ..Outgoing::from(&block) };
        if self.sender().put(&message).expect("a sound lane").is_some() {
            self.book.pending.append(&mut numbers);
        }
    }

    fn put_in_place(&mut self, length: usize, sent: Option<SystemTime>) {
        let number = self.book.make(length, self.name);
        let bytes = self.book.made[number].bytes.clone();
        // More room than it takes, so that what is behind it has been written to.
        let most = bytes.len() + self.dice.below(20);
        let Some(mut slot) = self.sender().write_slot(&(bytes.len()..=most), sent).expect("a sound lane") else {
            return;
        };
        slot.fill(&bytes);
        slot.fill(&[0xff; 20]);
        slot.commit(bytes.len(), Kind::Text, Part::Whole, false);
        self.book.pending.push(number);
    }

    fn put_items(&mut self, length: usize) {
        let number = self.book.make(length.next_multiple_of(8), self.name);
        let bytes = self.book.made[number].bytes.clone();
        let when_tight = [WhenTight::Wait, WhenTight::Fewer][self.dice.below(2)];
        let written = self.sender().put_items(8, &bytes, when_tight).expect("a sound lane");
        if written > 0 {
            self.book.made[number].bytes.truncate(written);
            self.book.pending.push(number);
        }
    }

    /// Two parts, each shown by itself; or only the first, and then something else.
    fn put_parts(&mut self, length: usize, sent: Option<SystemTime>) {
        let number = self.book.make(length + 1, self.name);
        let bytes = self.book.made[number].bytes.clone();
        let (first, last) = bytes.split_at(bytes.len() / 2);
        for (bytes, part) in [(first, Part::First), (last, Part::Last)] {
            let message = Outgoing { kind: Kind::Text, sent, bytes, part, ..Outgoing::from("") };
            if self.sender().put(&message).expect("a sound lane").is_none() {
                return;
            }
            if part.is_end() {
                self.book.pending.push(number);
            } else if self.dice.below(2) == 0 {
                self.show();
            }
        }
    }
}
