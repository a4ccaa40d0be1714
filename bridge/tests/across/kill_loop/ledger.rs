//! What the victims of the kill loop have done, in a file: who is killed has noted all that it did.
//!
//! A ledger is some words, each written by one `pwrite`. The kernel looks at a SIGKILL only after that, so a word is old or
//! new and nothing between.

use std::fs::{File, OpenOptions};
use std::os::unix::fs::FileExt;
use std::path::Path;

/// A sender sends so many messages at once at the most.
pub(crate) const BATCH: u64 = 8;

/// One way's ledger.
#[derive(Debug)]
pub(crate) struct Ledger(File);

/// A word of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Word {
    /// Lives of the sender: each bears its number in what it sends.
    Lives,
    /// Messages accepted: `flush` has returned.
    Accepted,
    /// The sender is to send no more.
    Finish,
    /// The sender has seen that.
    Finished,
    /// The writer is to quit.
    Quit,
    /// The number that the receiver is to see next.
    Expected,
    /// The life whose message it has seen last.
    LastLife,
    /// Messages seen again directly after a kill of the receiver.
    Again,
    /// Messages sent again by a sender that was killed before it had noted that they were accepted.
    Resent,
    /// Messages seen twice without such a reason.
    Doubled,
    /// Messages left out.
    Lost,
    /// Messages of an earlier life after those of a later one.
    Reordered,
    /// Messages whose bytes were not those sent.
    Torn,
    /// Bytes of all that the receivers have seen.
    Bytes,
}

impl Ledger {
    /// The ledger in this file, which is made if there is none.
    pub(crate) fn open(file: &Path) -> Self {
        let file = OpenOptions::new().read(true).write(true).create(true).truncate(false).open(file);
        Ledger(file.expect("a ledger"))
    }

    /// What is noted.
    pub(crate) fn get(&self, word: Word) -> u64 {
        let mut bytes = [0; 8];
        // Behind the end nothing is noted yet.
        let read = self.0.read_at(&mut bytes, word as u64 * 8).expect("read a ledger");
        if read < bytes.len() { 0 } else { u64::from_le_bytes(bytes) }
    }

    /// Notes this.
    pub(crate) fn set(&self, word: Word, value: u64) {
        self.0.write_all_at(&value.to_le_bytes(), word as u64 * 8).expect("write a ledger");
    }

    /// Notes so many more.
    pub(crate) fn add(&self, word: Word, value: u64) {
        self.set(word, self.get(word) + value);
    }
}

/// What a receiver checks of each message that it sees, in the order in which they come.
#[derive(Debug)]
pub(crate) struct Check<'l> {
    ledger: &'l Ledger,
    expected: u64,
    last_life: u64,
    /// It has seen nothing new since it started, so what its predecessor had seen may come again.
    is_new: bool,
}

impl<'l> Check<'l> {
    /// That of a receiver that has just started.
    pub(crate) fn new(ledger: &'l Ledger) -> Self {
        let (expected, last_life) = (ledger.get(Word::Expected), ledger.get(Word::LastLife));
        Check { ledger, expected, last_life, is_new: true }
    }

    /// Looks at message `number` of the sender's life `life`.
    pub(crate) fn see(&mut self, life: u64, number: u64) {
        if life < self.last_life {
            return self.ledger.add(if self.is_new { Word::Again } else { Word::Reordered }, 1);
        }
        if number < self.expected {
            // Of a life not seen before: its predecessor was killed between `flush` and its note, which is a batch at the most.
            let is_batch = self.expected - number <= BATCH;
            let word = match life > self.last_life {
                true if is_batch => Word::Resent,
                false if self.is_new => Word::Again,
                _ => Word::Doubled,
            };
            self.ledger.add(word, 1);
            if word == Word::Resent {
                // The rest of that batch comes again, too.
                (self.expected, self.last_life, self.is_new) = (number + 1, life, false);
                self.ledger.set(Word::Expected, self.expected);
                self.ledger.set(Word::LastLife, life);
            }
            return;
        }
        if number > self.expected {
            self.ledger.add(Word::Lost, number - self.expected);
        }
        (self.expected, self.last_life, self.is_new) = (number + 1, life, false);
        // It is not acknowledged yet. A successor that finds only the first of these takes it for new, which it is.
        self.ledger.set(Word::LastLife, life);
        self.ledger.set(Word::Expected, self.expected);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What a receiver notes that sees these messages (life, number), and is started again where there is none.
    fn noted(seen: &[Option<(u64, u64)>]) -> [u64; 5] {
        let file = tempfile::NamedTempFile::new().expect("a file");
        let ledger = Ledger::open(file.path());
        for life in seen.split(Option::is_none) {
            let mut check = Check::new(&ledger);
            life.iter().flatten().for_each(|&(life, number)| check.see(life, number));
        }
        use Word::{Again, Doubled, Lost, Reordered, Resent};
        [Again, Resent, Doubled, Lost, Reordered].map(|word| ledger.get(word))
    }

    #[test]
    fn messages_in_order_are_nothing_to_note() {
        assert_eq!(noted(&[Some((1, 0)), Some((1, 1)), Some((2, 2)), None, Some((3, 3))]), [0; 5]);
    }

    #[test]
    fn what_a_killed_receiver_had_seen_may_come_again_and_only_then() {
        assert_eq!(
            noted(&[Some((1, 0)), Some((1, 1)), None, Some((1, 0)), Some((1, 1)), Some((1, 2))]),
            [2, 0, 0, 0, 0]
        );
        assert_eq!(noted(&[Some((1, 0)), Some((1, 1)), Some((1, 1))]), [0, 0, 1, 0, 0]);
        assert_eq!(noted(&[Some((1, 0)), None, Some((1, 1)), Some((1, 0))]), [0, 0, 1, 0, 0]);
    }

    #[test]
    fn a_killed_sender_may_send_its_last_batch_again() {
        assert_eq!(noted(&[Some((1, 0)), Some((1, 1)), Some((2, 0)), Some((2, 1)), Some((2, 2))]), [0, 1, 0, 0, 0]);
        let many: Vec<_> = (0..20).map(|number| Some((1, number))).chain([Some((2, 3))]).collect();
        assert_eq!(noted(&many), [0, 0, 1, 0, 0]);
    }

    #[test]
    fn a_gap_and_an_old_life_are_noted() {
        assert_eq!(noted(&[Some((1, 0)), Some((1, 3))]), [0, 0, 0, 2, 0]);
        assert_eq!(noted(&[Some((1, 0)), Some((2, 1)), Some((1, 1))]), [0, 0, 0, 0, 1]);
    }
}
