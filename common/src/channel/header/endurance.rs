//! What lets a channel outlive the boot: which boot its memory was last found sound in, and how it is made sound in another.
//!
//! # Crash behaviour
//! A start in another boot first stores 0 in place of the first word of the boot's id, and that word of this boot's id as the
//! last of all. So whoever comes after one that died in between, or after another power cut, finds another boot too and does all
//! of it again.
//!
//! Nobody lived on over the boot, so what the roles said of their processes means nothing. That a role had quit, or had not,
//! is still true: it decides whether a reader ends once it has read what was left.

use super::SegmentHeader;
use crate::boot::BootId;
use crate::channel::error::Corruption;
use crate::channel::role::Role;
use crate::fault::{Point, point};
use crate::layout::{Durability, HEADER_BYTES, Lane, LanePlace, PAGE_WORDS, WORD, Words, word};
use crate::ring::{Disk, Memory, recover};
use crate::sync::Ordering::{Relaxed, Release};
use crate::sync::fence;

/// In place of the first word of a boot's id: somebody is making the memory sound.
const RECOVERING: u64 = 0;

const ROLES: [Role; 2] = [Role::Writer, Role::Reader];

/// Why a memory could not be made sound.
#[derive(Debug)]
pub(in crate::channel) enum Unrecovered {
    /// It makes no sense.
    Corrupt(Corruption),
    /// The disk refuses.
    Disk,
}

impl<T: Into<Corruption>> From<T> for Unrecovered {
    fn from(what: T) -> Self {
        Unrecovered::Corrupt(what.into())
    }
}

impl<W: Words> SegmentHeader<W> {
    /// What its records outlive.
    pub(in crate::channel) fn durability(&self) -> Result<Durability, Corruption> {
        let value = self.load(word::DURABILITY);
        Durability::from_word(value).ok_or(Corruption::Header { field: "its durability", value })
    }

    /// Whether nobody has made the memory sound in this boot.
    pub(in crate::channel) fn is_of_another_boot(&self, boot: BootId) -> bool {
        BootId([self.load(word::BOOT), self.load(word::BOOT + 1)]) != boot
    }

    /// Where the words of the lane are on which `role` sends.
    pub(in crate::channel) fn lane(&self, role: Role) -> Result<LanePlace, Corruption> {
        Ok(LanePlace::in_segment(role.sends_on(), self.capacity()?).with(self.durability()?))
    }

    /// Bytes of what the role sent that the last power cut has taken, as far as is known.
    pub(in crate::channel) fn dropped(&self, role: Role) -> u64 {
        self.load(word::DROPPED + role.sends_on() as usize)
    }
}

impl<M: Memory> SegmentHeader<M> {
    fn set(&self, index: usize, value: u64) {
        self.0.as_ref()[index].store(value, Relaxed);
    }

    fn set_boot(&self, BootId([first, second]): BootId) {
        self.set(word::BOOT + 1, second);
        // Release: whoever finds it finds what was stored before.
        self.0.as_ref()[word::BOOT].store(first, Release);
    }

    /// Brings all of it to the disk; the caller is alone with it. `false` if the disk refuses.
    pub(in crate::channel) fn persist(&self, disk: &dyn Disk) -> bool {
        let is_there = disk.sync();
        if !is_there {
            // The system takes for written what the disk has refused. Stored again, it is there for the next start to write.
            for word in self.0.as_ref().iter().step_by(PAGE_WORDS) {
                word.store(word.load(Relaxed), Relaxed);
            }
        }
        is_there
    }

    /// Says in a new header that it outlives the boot.
    pub(in crate::channel) fn outlive(&self, boot: BootId) {
        self.set(word::DURABILITY, Durability::Sealed as u64);
        self.set_boot(boot);
    }

    /// Fills both lanes with zeros. What is zero already stays untouched.
    pub(in crate::channel) fn clear_lanes(&self) {
        for word in self.0.as_ref().iter().skip(HEADER_BYTES / WORD) {
            if word.load(Relaxed) != 0 {
                word.store(0, Relaxed);
            }
        }
    }

    /// Makes the memory sound, if nobody has done so in this boot. The caller holds the channel's `lock`. Returns whether
    /// there was anything to do.
    ///
    /// Positions that were given to somebody may be given to other messages now, so this is another generation, unless all
    /// that was ever shown is there: in a synced memory, if the disk kept its word.
    pub(in crate::channel) fn recover(
        &self,
        boot: BootId,
        generation: u64,
        disk: &dyn Disk,
    ) -> Result<bool, Unrecovered> {
        if !self.is_of_another_boot(boot) {
            return Ok(false);
        }
        let durability = self.durability()?;
        let capacity = self.capacity()?;
        if self.load(word::BOOT) != RECOVERING {
            for role in ROLES {
                self.set(word::DROPPED + role.sends_on() as usize, 0);
            }
            self.0.as_ref()[word::BOOT].store(RECOVERING, Release);
        }
        point(Point::RecoveryBegun);
        for lane in [Lane::Messages, Lane::Replies] {
            let place = LanePlace::in_segment(lane, capacity).with(durability);
            let dropped = word::DROPPED + lane as usize;
            // One that died after it stored the tail has counted more.
            let count = |bytes: u64| self.set(dropped, bytes.max(self.load(dropped)));
            recover::recover(&self.0, &place, count)?;
        }
        for role in ROLES {
            let block = word::ROLES + role as usize * word::ROLE_STRIDE;
            for index in [block + word::PID, block + word::TYPING, word::RELIES + role as usize] {
                self.set(index, 0);
            }
        }
        if durability != Durability::Synced || ROLES.iter().any(|&role| self.dropped(role) > 0) {
            self.set(word::GENERATION, generation);
        }
        if !self.persist(disk) {
            return Err(Unrecovered::Disk);
        }
        point(Point::Recovered);
        self.set_boot(boot);
        Ok(true)
    }

    /// Lets both sides bring everything to the disk from now on. The caller holds the channel's `lock`, and nobody is
    /// attached. `false` if the disk refuses: then nothing has changed.
    ///
    /// # Crash behaviour
    /// It says so only once all that was sent before is on the disk. If it dies between that and the end, it may be synced
    /// or not, and either is true.
    pub(in crate::channel) fn sync_from_now_on(&self, disk: &dyn Disk) -> Result<bool, Corruption> {
        if !self.persist(disk) {
            return Ok(false);
        }
        for role in ROLES {
            let place = self.lane(role)?;
            self.set(place.durable_head, self.load(place.head));
        }
        fence(Release);
        self.set(word::DURABILITY, Durability::Synced as u64);
        let is_there = disk.sync();
        if !is_there {
            self.set(word::DURABILITY, Durability::Sealed as u64);
        }
        Ok(is_there)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::layout::{MIN_CAPACITY, segment_bytes};
    use crate::ring::record::{Flags, Kind};
    use crate::ring::{Consumer, Producer};
    use crate::sync::AtomicU64;
    use std::sync::{Arc, Mutex};

    #[derive(Debug)]
    struct Good;

    impl Disk for Good {
        fn sync(&self) -> bool {
            true
        }
    }

    #[derive(Debug)]
    struct Bad;

    impl Disk for Bad {
        fn sync(&self) -> bool {
            false
        }
    }

    const FIRST: BootId = BootId([1, 2]);
    const SECOND: BootId = BootId([1, 3]);

    fn header() -> SegmentHeader<Vec<AtomicU64>> {
        let words = segment_bytes(MIN_CAPACITY) / WORD;
        let header = SegmentHeader((0..words).map(|_| AtomicU64::new(0)).collect::<Vec<_>>());
        header.set(word::CAPACITY, MIN_CAPACITY);
        header.set(word::GENERATION, 1);
        header.outlive(FIRST);
        header
    }

    fn send(header: &SegmentHeader<Vec<AtomicU64>>, role: Role) {
        let mut producer = Producer::attach(&header.0, header.lane(role).unwrap()).unwrap();
        producer.put(Kind::Bytes, Flags::NONE, None, b"hello").unwrap().unwrap();
        producer.publish();
    }

    #[test]
    fn in_the_same_boot_nothing_is_touched() {
        let header = header();
        let words = |header: &SegmentHeader<Vec<AtomicU64>>| -> Vec<u64> {
            header.0.iter().map(|word| word.load(Relaxed)).collect()
        };
        let before = words(&header);
        assert!(!header.recover(FIRST, 9, &Bad).unwrap());
        assert_eq!(words(&header), before);
    }

    #[test]
    fn in_another_boot_both_lanes_are_made_sound_once_and_what_was_lost_is_counted() {
        let header = header();
        send(&header, Role::Writer);
        send(&header, Role::Writer);
        send(&header, Role::Reader);
        let place = header.lane(Role::Writer).unwrap();
        header.set(place.word_at(24) + 1, 0);
        header.set(word::ROLES + word::PID, 7);
        assert!(matches!(header.recover(SECOND, 9, &Bad), Err(Unrecovered::Disk)));
        assert!(header.is_of_another_boot(SECOND), "it is tried again");
        assert!(header.recover(SECOND, 9, &Good).unwrap());
        assert!(!header.recover(SECOND, 10, &Good).unwrap());
        assert_eq!((header.dropped(Role::Writer), header.dropped(Role::Reader)), (24, 0));
        assert_eq!((header.generation(), header.load(word::ROLES + word::PID)), (9, 0));
        for (role, waiting) in [(Role::Writer, 24), (Role::Reader, 24)] {
            let mut consumer = Consumer::attach(&header.0, header.lane(role).unwrap()).unwrap();
            assert!(consumer.has_next().unwrap());
            assert_eq!(consumer.capacity() - consumer.free_for_producer(), waiting);
        }
        assert!(header.recover(BootId([8, 8]), 11, &Good).unwrap());
        assert_eq!(header.dropped(Role::Writer), 0, "the last power cut took nothing");
    }

    #[test]
    fn what_was_lost_stays_counted_if_a_start_dies_between_the_words_of_its_boots_id() {
        let header = header();
        send(&header, Role::Writer);
        header.set(header.lane(Role::Writer).unwrap().word_at(0) + 1, 0);
        assert!(header.recover(SECOND, 9, &Bad).is_err());
        header.set(word::BOOT + 1, SECOND.0[1]);
        assert!(header.is_of_another_boot(SECOND));
        assert!(header.recover(SECOND, 9, &Good).unwrap());
        assert_eq!(header.dropped(Role::Writer), 24);
    }

    #[test]
    fn a_synced_memory_of_which_something_is_lost_is_another_generation() {
        let header = header();
        send(&header, Role::Reader);
        assert!(header.sync_from_now_on(&Good).unwrap());
        header.set(header.lane(Role::Reader).unwrap().word_at(0) + 1, 0);
        assert!(header.recover(SECOND, 9, &Good).unwrap());
        assert_eq!((header.dropped(Role::Reader), header.generation()), (24, 9));
    }

    #[test]
    fn a_memory_is_said_to_be_synced_only_while_it_is() {
        /// Works so many times, and notes what it is asked to keep.
        #[derive(Debug)]
        struct Noting(Arc<Vec<AtomicU64>>, usize, Mutex<Vec<u64>>);

        impl Disk for Noting {
            fn sync(&self) -> bool {
                let mut said = self.2.lock().unwrap();
                said.push(self.0[word::DURABILITY].load(Relaxed));
                said.len() <= self.1
            }
        }

        for (works, at_last) in [(0, 1), (1, 1), (2, 2)] {
            let words = Arc::new(header().0);
            let disk = Noting(words.clone(), works, Mutex::default());
            let header = SegmentHeader(words.as_slice());
            assert_eq!(header.sync_from_now_on(&disk).unwrap(), works == 2);
            assert_eq!(disk.2.lock().unwrap()[..], [1, 2][..2.min(works + 1)]);
            assert_eq!(header.load(word::DURABILITY), at_last);
        }
    }

    #[test]
    fn a_synced_memory_keeps_its_generation_and_begins_where_head_is() {
        let header = header();
        send(&header, Role::Writer);
        assert!(header.sync_from_now_on(&Good).unwrap());
        let place = header.lane(Role::Writer).unwrap();
        assert_eq!(place.durability, Durability::Synced);
        header.set(place.durable_head, 24);
        assert!(header.recover(SECOND, 9, &Good).unwrap());
        assert_eq!((header.generation(), header.load(place.head)), (1, 24));
        header.set(word::DURABILITY, 3);
        assert!(matches!(header.durability(), Err(Corruption::Header { value: 3, .. })));
    }
}
