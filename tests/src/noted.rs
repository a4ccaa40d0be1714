//! The library's kill loop, both ends of it: the messages that `kill_victim` sends and receives, and what is noted of them.

use shmchat::internals::key::Key;
use shmchat::internals::memory::{Location, Rights, Segment, Slot};
use shmchat::internals::sync::Ordering::SeqCst;

/// The longest message: several records.
const LONGEST: u64 = 200_000;

/// What is noted of a run, in shared memory: a process that is killed has noted all that it did.
#[derive(Debug)]
pub struct Notes(Segment);

/// One of them.
#[derive(Clone, Copy, Debug)]
pub enum Note {
    /// Messages accepted: `flush` has returned.
    Accepted,
    /// The writer is inside of `put`.
    Inside,
    /// The writer is to finish and quit.
    Finish,
    /// The number of the message that is to be shown next.
    Expected,
    /// Messages shown again.
    Again,
    /// Messages left out.
    Lost,
    /// Messages whose bytes were not those sent.
    Torn,
}

impl Notes {
    /// New ones. Who makes them removes their segment.
    ///
    /// # Panics
    /// If there can be no segment.
    pub fn make() -> Self {
        const PRIVATE: Key = Key(0); // IPC_PRIVATE: a segment without a key
        Notes::of(&Slot::SysV(PRIVATE).create(4096, Rights::only(0o600)).expect("a segment for the notes"))
    }

    /// Those in this segment.
    ///
    /// # Panics
    /// If there is no such segment.
    pub fn of(place: &Location) -> Self {
        Notes(Segment::attach(place).expect("attach the notes"))
    }

    /// Where they stand.
    pub fn place(&self) -> &Location {
        self.0.place()
    }

    /// What is noted.
    pub fn get(&self, note: Note) -> u64 {
        self.0.as_ref()[note as usize].load(SeqCst)
    }

    /// Notes this.
    pub fn set(&self, note: Note, value: u64) {
        self.0.as_ref()[note as usize].store(value, SeqCst);
    }

    /// Notes so many more.
    pub fn add(&self, note: Note, value: u64) {
        self.0.as_ref()[note as usize].fetch_add(value, SeqCst);
    }
}

/// Marsaglia's xorshift.
pub fn mix(mut number: u64) -> u64 {
    number = number.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1;
    number ^= number << 13;
    number ^= number >> 7;
    number ^ number << 17
}

/// Makes messages, fast: most of a writer's time is to be spent in sending them.
#[derive(Debug)]
pub struct Messages {
    noise: Vec<u8>,
}

impl Default for Messages {
    fn default() -> Self {
        let words = (0..LONGEST / 8 + 1024).map(|index| mix(index).to_le_bytes());
        Messages { noise: words.flatten().collect() }
    }
}

impl Messages {
    /// What message `number` holds after its number: bytes that its neighbours do not have.
    fn body(&self, number: u64) -> &[u8] {
        let random = mix(number);
        // Mostly short, now and then several records.
        let length = match random % 16 {
            0 => random % LONGEST,
            1..4 => random % 5_000,
            _ => random % 100,
        } as usize;
        let start = (random >> 32) as usize % 8_000;
        &self.noise[start..start + length]
    }

    /// Message `number`.
    pub fn get(&self, number: u64, into: &mut Vec<u8>) {
        into.clear();
        into.extend_from_slice(&number.to_le_bytes());
        into.extend_from_slice(self.body(number));
    }

    /// The number of the message; none if it is not as it was sent.
    pub fn number(&self, message: &[u8]) -> Option<u64> {
        let (number, body) = message.split_first_chunk()?;
        let number = u64::from_le_bytes(*number);
        (body == self.body(number)).then_some(number)
    }
}
