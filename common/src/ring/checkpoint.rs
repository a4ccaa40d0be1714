//! A sender's checkpoint: a few words of its own, stored in one step with what it sends.
//!
//! A program that passes messages on from elsewhere must know, after any death, which of them it has sent. So it stores where
//! it was together with the messages: its successor finds both or neither. Only the producer writes here:
//!
//! ```text
//! slot 0: tail 4,096   count 7   "up to message 93"     ◄── the one that holds
//! slot 1: tail 9,000   count 8   "up to message 120"    ◄── stored, and tail not moved there yet
//!
//!                     tail
//! ────────────────────▼─────────────────────────────────
//!   … │ message 93    │ messages 94 to 120, written  │ …
//! ```
//!
//! The checkpoint that holds is the one with the largest count of those whose tail is not past the lane's. A new one goes into
//! the other slot, with the tail that the lane is about to have. Then the lane's `tail` moves, and this one store, (A), makes
//! both the messages and the checkpoint count. If there is nothing to show, the slot's own tail is that store. A count of 0
//! means that there is none, as in fresh memory.
//!
//! `released` is the count up to which checkpoints have been kept elsewhere. A larger one keeps the segment, as a message that
//! waits does: [`is_kept`].
//!
//! # Crash behaviour
//! A producer that dies while it writes a slot leaves a tail past every lane's there, and one that dies before it moves `tail`
//! leaves one past this lane's: either way the other slot still holds. Its successor may reach that tail with other messages,
//! so before it sends anything it takes the slot back ([`Checkpoints::of`]).
//!
//! "Both or neither" does not hold over a power cut: the header's page may be older than those of the messages. What a start
//! then finds never holds for messages that are lost, but messages may be there that came after it, and those its sender
//! sends once more.

use super::{FAR_FUTURE, Memory, Producer};
use crate::fault::{Mutant, Point, point, sabotaged};
use crate::layout::{CHECKPOINT_SLOT_WORDS, CHECKPOINT_SLOTS, CHECKPOINT_WORDS, LanePlace, Words};
use crate::sync::{AtomicU64, Ordering, fence};

/// 48 bytes of a sender's own, which it stores in one step with what it sends:
/// [`Sender::flush_at`](crate::Sender::flush_at). What they mean is up to the sender; nobody else looks at them.
pub type Checkpoint = [u64; CHECKPOINT_WORDS];

/// The tail of a slot that is being written, or was taken back: past every lane's.
const NOBODYS: u64 = u64::MAX;

/// Where in a lane's block its words are.
const RELEASED: usize = 0;
const SLOTS: usize = 1;

/// Where in a slot its words are.
const TAIL: usize = 0;
const COUNT: usize = 1;
const WORDS: usize = 2;

fn released(place: &LanePlace) -> usize {
    place.checkpoints + RELEASED
}

fn slot(place: &LanePlace, index: usize) -> usize {
    place.checkpoints + SLOTS + index * CHECKPOINT_SLOT_WORDS
}

/// The slot that holds at `tail`, and its count. What a broken peer wrote there gives another slot, and no more.
fn holding(words: &impl Words, place: &LanePlace, tail: u64) -> (usize, u64) {
    let slots = (0..CHECKPOINT_SLOTS).map(|index| {
        let holds = words.word(slot(place, index) + TAIL) <= tail;
        // Acquire: the count is at least as new as the tail.
        fence(Ordering::Acquire);
        let count = words.word(slot(place, index) + COUNT);
        (index, if holds && count < FAR_FUTURE { count } else { 0 })
    });
    slots.max_by_key(|&(_, count)| count).unwrap_or_default()
}

/// Whether a checkpoint stands in the lane that its sender has not released. It is exact while the sender is not active.
pub fn is_kept(words: &impl Words, place: &LanePlace) -> bool {
    let tail = words.word(place.tail);
    fence(Ordering::Acquire);
    let (_, count) = holding(words, place, tail);
    count > words.word(released(place)) && !sabotaged(Mutant::IgnoreCheckpoint)
}

/// Takes back a checkpoint for a later tail than this, which nobody else may move now.
pub(super) fn take_back(memory: &[AtomicU64], place: &LanePlace, tail: u64) {
    for index in 0..CHECKPOINT_SLOTS {
        let word = &memory[slot(place, index) + TAIL];
        if word.load(Ordering::Relaxed) > tail && !sabotaged(Mutant::StaleCheckpoint) {
            word.store(NOBODYS, Ordering::Relaxed);
        }
    }
}

/// Makes a lane's checkpoints fit a tail that a power cut has moved back: none holds for a later one, and none that comes
/// next counts as kept elsewhere already.
pub(super) fn fit(memory: &[AtomicU64], place: &LanePlace, tail: u64) {
    take_back(memory, place, tail);
    let (_, count) = holding(&memory, place, tail);
    let released = &memory[released(place)];
    released.store(released.load(Ordering::Relaxed).min(count), Ordering::Relaxed);
}

/// A sender's checkpoints: a private copy of the one that holds. The shared words are only written.
#[derive(Debug)]
pub struct Checkpoints {
    /// Which slot holds.
    holding: usize,
    /// Its count; 0 if there is no checkpoint.
    count: u64,
    words: Checkpoint,
}

impl Checkpoints {
    /// Those of a lane that this producer continues, and of no other living one. Takes back one that was stored without the
    /// messages it belongs to.
    pub fn of<M: Memory>(producer: &Producer<M>) -> Self {
        let (memory, place) = (producer.memory(), producer.place());
        take_back(memory.as_ref(), place, producer.published());
        let (holding, count) = holding(memory, place, producer.published());
        let first = slot(place, holding) + WORDS;
        Checkpoints { holding, count, words: std::array::from_fn(|word| memory.word(first + word)) }
    }

    /// The last one that was stored, by this life or an earlier one.
    pub fn last(&self) -> Option<Checkpoint> {
        (self.count > 0).then_some(self.words)
    }

    /// Stores one that holds as soon as everything that was written is published; at once if that is the case already. The
    /// caller publishes next, and writes nothing before.
    #[cold]
    pub fn store<M: Memory>(&mut self, producer: &Producer<M>, checkpoint: &Checkpoint) {
        let (memory, place) = (producer.memory().as_ref(), producer.place());
        let index = if sabotaged(Mutant::OneCheckpointSlot) { self.holding } else { 1 - self.holding };
        let at = slot(place, index);
        memory[at + TAIL].store(NOBODYS, Ordering::Relaxed);
        // Release: whoever finds a word of the new checkpoint finds that the slot is nobody's.
        fence(Ordering::Release);
        point(Point::CheckpointBegun);
        let count = self.count + 1;
        memory[at + COUNT].store(count, Ordering::Relaxed);
        for (word, &value) in checkpoint.iter().enumerate() {
            memory[at + WORDS + word].store(value, Ordering::Relaxed);
        }
        memory[at + TAIL].store(producer.position(), Ordering::Release);
        point(Point::CheckpointStored);
        *self = Checkpoints { holding: index, count, words: *checkpoint };
    }

    /// Says that the last one is kept elsewhere now.
    pub fn release<M: Memory>(&self, producer: &Producer<M>) {
        producer.memory().as_ref()[released(producer.place())].store(self.count, Ordering::Release);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ring::record::{Flags, Kind};
    use proptest::prelude::*;

    const CAPACITY: u64 = 256;
    const PLACE: LanePlace = LanePlace::alone(CAPACITY);

    fn memory() -> Vec<AtomicU64> {
        (0..PLACE.words_needed()).map(|_| AtomicU64::new(0)).collect()
    }

    /// One life of a sender.
    fn life(memory: &[AtomicU64]) -> (Producer<&[AtomicU64]>, Checkpoints) {
        let producer = Producer::attach(memory, PLACE).unwrap();
        let checkpoints = Checkpoints::of(&producer);
        (producer, checkpoints)
    }

    fn put(producer: &mut Producer<&[AtomicU64]>) {
        producer.put(Kind::Text, Flags::NONE, None, b"message").unwrap().unwrap();
    }

    #[test]
    fn a_checkpoint_holds_as_soon_as_its_messages_are_published() {
        let memory = memory();
        let (mut producer, mut checkpoints) = life(&memory);
        assert_eq!(checkpoints.last(), None);
        for number in 1..6 {
            put(&mut producer);
            checkpoints.store(&producer, &[number; 6]);
            let before = Some([number - 1; 6]).filter(|_| number > 1);
            let holds = |memory: &[AtomicU64]| {
                let (index, count) = holding(&memory, &PLACE, memory.word(PLACE.tail));
                (count > 0).then(|| memory.word(slot(&PLACE, index) + WORDS))
            };
            assert_eq!(holds(&memory), before.map(|words| words[0]));
            producer.publish();
            assert_eq!(holds(&memory), Some(number));
            assert_eq!((checkpoints.last(), life(&memory).1.last()), (Some([number; 6]), Some([number; 6])));
        }
    }

    #[test]
    fn a_checkpoint_with_nothing_to_publish_holds_at_once() {
        let memory = memory();
        let (producer, mut checkpoints) = life(&memory);
        for number in 1..4 {
            checkpoints.store(&producer, &[number; 6]);
            assert_eq!(life(&memory).1.last(), Some([number; 6]));
        }
    }

    #[test]
    fn a_checkpoint_whose_messages_were_never_published_stays_without_effect() {
        let memory = memory();
        let (mut producer, mut checkpoints) = life(&memory);
        put(&mut producer);
        checkpoints.store(&producer, &[1; 6]);
        producer.publish();
        put(&mut producer);
        checkpoints.store(&producer, &[2; 6]);

        // It died here. Its successor comes to the same tail with another message, and without a checkpoint.
        let (mut producer, checkpoints) = life(&memory);
        assert_eq!(checkpoints.last(), Some([1; 6]));
        put(&mut producer);
        producer.publish();
        assert_eq!(life(&memory).1.last(), Some([1; 6]));
    }

    #[test]
    fn a_checkpoint_is_kept_until_it_is_released_and_so_is_the_next_one() {
        let memory = memory();
        let (producer, mut checkpoints) = life(&memory);
        assert!(!is_kept(&memory, &PLACE));
        for number in 1..4 {
            checkpoints.store(&producer, &[number; 6]);
            assert!(is_kept(&memory, &PLACE));
            checkpoints = life(&memory).1;
            checkpoints.release(&producer);
            assert!(!is_kept(&memory, &PLACE));
            assert_eq!(life(&memory).1.last(), Some([number; 6]), "it can still be read");
        }
    }

    proptest! {
        /// Whatever a broken peer writes there, a sender goes on, and its own life keeps what it has stored.
        #[test]
        fn whatever_stands_there_a_sender_goes_on(
            block in prop::collection::vec(prop_oneof![Just(0), Just(1), Just(u64::MAX), Just(FAR_FUTURE), any::<u64>()], 17),
            after in prop::collection::vec(any::<u64>(), 17),
        ) {
            let memory = memory();
            let scribble = |block: &[u64]| {
                for (word, &value) in block.iter().enumerate() {
                    memory[PLACE.checkpoints + word].store(value, Ordering::Relaxed);
                }
            };
            scribble(&block);
            is_kept(&memory, &PLACE);
            let (mut producer, mut checkpoints) = life(&memory);
            checkpoints.last();
            put(&mut producer);
            checkpoints.store(&producer, &[1; 6]);
            producer.publish();
            prop_assert_eq!(life(&memory).1.last(), Some([1; 6]));
            scribble(&after);
            prop_assert_eq!(checkpoints.last(), Some([1; 6]));
            put(&mut producer);
            checkpoints.store(&producer, &[2; 6]);
            producer.publish();
            checkpoints.release(&producer);
        }
    }
}
