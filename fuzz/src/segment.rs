//! A whole channel over a real segment: attached, used, left and cleaned by a script, while a hostile peer writes over
//! header and lanes.
//!
//! Each call gives a result or an error that says why, never a panic; and after each run neither segment nor bell is
//! left, whatever the header said meanwhile.

use crate::hostile;
use crate::script::Script;
use shmchat::admin::AdminError;
use shmchat::internals::layout::{HEADER_BYTES, Lane, LanePlace, MIN_CAPACITY, WORD, word};
use shmchat::internals::memory::Segment;
use shmchat::internals::ring::max_record;
use shmchat::internals::sync::Ordering::Relaxed;
use shmchat::{Channel, ChannelName, Endpoint, Error, Interest, Outgoing, Part, Role, TryRecvError, TrySendError};
use std::fs;
use std::os::unix::fs::FileTypeExt;
use std::path::{Path, PathBuf};
use std::time::SystemTime;
use zerocopy::{FromBytes, Immutable, IntoBytes};

/// Calls and writes of one script.
const STEPS: usize = 60;

/// The words that say whose segment it is.
const IDENTITY: [usize; 7] =
    [word::MAGIC, word::VERSION, word::CAPACITY, word::ID, word::ID + 1, word::KEY_DEVICE, word::KEY_INODE];

/// Where scripts play: a folder, with one channel in it.
pub struct Stage {
    folder: PathBuf,
    channel: Channel,
}

impl Stage {
    /// A stage in `base`. The channel's folder stays, for who gave `base` to remove.
    pub fn new(base: &Path) -> Self {
        let name = ChannelName::default();
        let channel = Channel::named(name.clone()).dir(base).capacity(MIN_CAPACITY).expect("the smallest capacity");
        Stage { folder: base.join(name.as_str()), channel }
    }

    /// Runs one script.
    pub fn run(&self, data: &[u8]) {
        let mut script = Script::new(data);
        let mut play = Play::begin(self);
        for _ in 0..STEPS {
            if play.step(&mut script).is_none() {
                break;
            }
        }
    }
}

/// One run. Dropping it takes everything down.
struct Play<'a> {
    stage: &'a Stage,
    /// The writer and the reader, while they are there.
    sides: [Option<Endpoint>; 2],
    /// All segments that the sides have had. The last one is written to.
    segments: Vec<Segment>,
    /// What their [`IDENTITY`] words were at first.
    identity: [u64; IDENTITY.len()],
}

impl<'a> Play<'a> {
    fn begin(stage: &'a Stage) -> Self {
        let mut play = Play { stage, sides: [None, None], segments: Vec::new(), identity: [0; IDENTITY.len()] };
        play.attach(Role::Writer);
        assert_eq!(play.segments.len(), 1, "a fresh channel, and nobody has written to it");
        play.identity = IDENTITY.map(|index| play.words()[index].load(Relaxed));
        play
    }

    fn words(&self) -> &[shmchat::internals::sync::AtomicU64] {
        self.segments.last().expect("one at least").as_ref()
    }

    fn attach(&mut self, role: Role) {
        let Some(mut endpoint) = allow(self.stage.channel.attach(role)) else { return };
        endpoint.receiver().set_message_limit(usize::from(u16::MAX));
        let place = endpoint.segment().place.clone();
        if self.segments.iter().all(|segment| *segment.place() != place) {
            self.segments.push(Segment::attach(&place).expect("the endpoint has it attached"));
        }
        self.sides[role as usize] = Some(endpoint);
    }

    /// One step of the script; none at its end.
    fn step(&mut self, script: &mut Script<'_>) -> Option<()> {
        let choice = script.byte()?;
        match choice % 8 {
            // Where a type of items is agreed.
            0 if choice >= 0x80 => {
                let types = word::ITEM_TYPES..word::ITEM_TYPES + 2 * word::ITEM_TYPE_STRIDE;
                hostile::write_word(script, &self.words()[types])
            }
            0 => hostile::write_word(script, &self.words()[..HEADER_BYTES / WORD / 2]),
            1 => self.write_identity(script),
            2 | 3 => {
                let lane = script.one_of(&[Lane::Messages, Lane::Replies])?;
                hostile::act(script, self.words(), &LanePlace::in_segment(lane, MIN_CAPACITY))
            }
            _ => {
                let role = script.one_of(&[Role::Writer, Role::Reader])?;
                match self.sides[role as usize].take() {
                    None => self.attach(role),
                    Some(endpoint) => self.sides[role as usize] = use_endpoint(endpoint, script)?,
                }
                self.clean_if_abandoned(script)
            }
        }
    }

    /// Changes one of the few words that decide whose the segment is, to what they may be in another life.
    fn write_identity(&self, script: &mut Script<'_>) -> Option<()> {
        let index = script.below(IDENTITY.len())?;
        let old = self.identity[index];
        let new = script.one_of(&[0, old, old ^ 1, old << 1, u64::MAX])?;
        self.words()[IDENTITY[index]].store(new, Relaxed);
        Some(())
    }

    /// Clean-up waits for the roles' locks, so only where both are free.
    fn clean_if_abandoned(&self, script: &mut Script<'_>) -> Option<()> {
        if self.sides.iter().all(Option::is_none) && script.flag()? {
            match self.stage.channel.clean(script.flag()?) {
                Ok(_) | Err(AdminError::MessagesWait { .. } | AdminError::CheckpointKept { .. }) => {}
                Err(AdminError::Channel(error)) => drop(allow::<()>(Err(error))),
                Err(other) => panic!("an error that no peer can cause: {other}"),
            }
        }
        Some(())
    }
}

impl Drop for Play<'_> {
    fn drop(&mut self) {
        self.sides = [None, None];
        // A segment that has lost its identity is a foreign one, which clean-up leaves alone. It is ours all the same.
        for segment in &self.segments {
            for (index, value) in IDENTITY.into_iter().zip(self.identity) {
                segment.as_ref()[index].store(value, Relaxed);
            }
        }
        // One by one, as attach has made them at one key after the other.
        let clean = || self.stage.channel.clean(true);
        while clean().is_ok_and(|cleaned| cleaned.is_some_and(|cleaned| cleaned.segment.is_some())) {}
        if !std::thread::panicking() {
            self.assert_nothing_left();
        }
    }
}

impl Play<'_> {
    fn assert_nothing_left(&self) {
        for left in &self.segments {
            assert!(left.place().stat().is_ok_and(|stat| stat.doomed), "segment {} is left", left.place());
        }
        for entry in fs::read_dir(&self.stage.folder).expect("the channel's folder").flatten() {
            assert!(!entry.file_type().is_ok_and(|kind| kind.is_fifo()), "{entry:?} is left");
        }
    }
}

/// What came of a call, where it is a result or one of the errors that a hostile peer can cause.
fn allow<T>(outcome: Result<T, Error>) -> Option<T> {
    match outcome {
        Ok(result) => Some(result),
        Err(Error::Corrupt { .. } | Error::Version { .. } | Error::NoFreeKey { .. }) => None,
        Err(other) => panic!("an error that no peer can cause: {other}"),
    }
}

/// The same of a receiving call.
fn allow_receiving<T>(outcome: Result<T, TryRecvError>) {
    match outcome {
        Ok(_) | Err(TryRecvError::Empty | TryRecvError::Quit) => {}
        Err(TryRecvError::Channel(error)) => drop(allow::<()>(Err(error))),
    }
}

/// Uses an endpoint; none at the script's end, and no endpoint if it has quit.
fn use_endpoint(mut endpoint: Endpoint, script: &mut Script<'_>) -> Option<Option<Endpoint>> {
    let choice = script.byte()?;
    match choice % 16 {
        0 => {
            allow(endpoint.quit());
            return Some(None);
        }
        1 => {
            drop(endpoint);
            return Some(None);
        }
        2 => drop(allow(endpoint.sender().backlog())),
        3 => drop(allow(endpoint.sender().acknowledged())),
        4 => drop(allow(endpoint.receiver().acknowledge())),
        5 => endpoint.receiver().take_ahead(),
        6 => {
            let interest = Interest {
                message: choice & 0x10 != 0,
                room: choice & 0x20 != 0,
                acknowledged: choice & 0x40 != 0,
                delivered: choice & 0x80 != 0,
            };
            allow(endpoint.arm(interest));
            allow(endpoint.handle_wakeup());
        }
        7 => endpoint.receiver().set_message_limit(script.short()?.into()),
        8 => allow_receiving(endpoint.try_recv()),
        9 | 10 => allow_receiving(endpoint.receiver().try_recv_batch(script.short()?.into(), bounded)),
        11 => allow_receiving(endpoint.receiver().try_recv_blocks(script.short()?.into(), bounded)),
        12 if choice & 0x10 != 0 => use_items::<[u16; 3]>(&mut endpoint, script)?,
        13 if choice & 0x10 != 0 => use_items::<u64>(&mut endpoint, script)?,
        _ => {
            let length = usize::from(script.short()?) % 30_000;
            let bytes = script.payload(length, None)?;
            let part = Part::of(choice & 0x20 == 0, choice & 0x40 == 0);
            let text = Outgoing { part, ..frontend::framing::text(&bytes, SystemTime::UNIX_EPOCH) };
            let message = if choice & 0x10 == 0 { text } else { (&bytes).into() };
            // Nothing with more to follow is nothing that a sound sender sends.
            if !bytes.is_empty() {
                match endpoint.try_send(message) {
                    Ok(_) | Err(TrySendError::Full) => {}
                    Err(TrySendError::Channel(error)) => drop(allow::<()>(Err(error))),
                }
            }
        }
    }
    Some(Some(endpoint))
}

/// Sends and receives items; none at the script's end.
fn use_items<T: Clone + FromBytes + Immutable + IntoBytes + 'static>(
    endpoint: &mut Endpoint,
    script: &mut Script<'_>,
) -> Option<()> {
    let mut items = vec![T::new_zeroed(); script.short()?.into()];
    let mut typed = match endpoint.typed::<T>() {
        // A peer may say anything of its items.
        Err(Error::OtherType { .. }) => return Some(()),
        typed => match allow(typed) {
            Some(typed) => typed,
            None => return Some(()),
        },
    };
    if script.flag()? {
        let sent = allow(typed.try_send_slice(&items));
        assert!(sent.is_none_or(|sent| sent <= items.len()));
    }
    match typed.try_recv_slice(&mut items) {
        Err(TryRecvError::Channel(Error::NoItems { .. })) => {}
        received => allow_receiving(received),
    }
    Some(())
}

/// A message holds what its limit and one record hold, at the most.
fn bounded(message: shmchat::Message<'_>) {
    let most = usize::from(u16::MAX) + max_record(MIN_CAPACITY) as usize;
    assert!(message.bytes.len() < most, "{} bytes", message.bytes.len());
}
