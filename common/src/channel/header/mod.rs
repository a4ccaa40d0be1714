//! The segment's header, read and written by field.
//!
//! # Crash behaviour
//! [`SegmentHeader::initialise`] stores the channel's identity first and the magic last (Release). A creator that dies
//! in between leaves a segment whose magic is 0 and that holds nothing but what a new one holds. The next start
//! recognises that, and initialises it again, as a generation of its own.

mod endurance;
mod item_type;
mod peer_record;
mod stand_in;
mod summary;

pub(super) use endurance::Unrecovered;
pub(super) use peer_record::PeerRecord;
pub(super) use stand_in::StandIn;
pub(super) use summary::{backlog, checkpoint, checkpoints, is_empty, lanes, role};

use super::error::Corruption;
use super::peer::Presence;
use super::role::Role;
use crate::boot::BootId;
use crate::clock;
use crate::fault::{Mutant, Point, point, sabotaged};
use crate::key::{ChannelId, Identity};
use crate::layout::{self, NAME_BYTES, PATH_BYTES, WORD, Words, word};
use crate::memory::Segment;
use crate::sync::Ordering::{Acquire, Relaxed, Release};
use crate::sync::fence;
use std::ffi::OsString;
use std::io;
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

/// How often to look at a name again that is being changed.
const LOOKS: usize = 8;

/// The state of a role.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u64)]
pub(super) enum State {
    /// Nobody has been there since the segment was created, or since it was last found empty and abandoned.
    Absent = 0,
    /// Attached, or killed while attached: the role's lock tells which.
    Present = 1,
    /// Quit in good order.
    Quit = 2,
}

/// The header of an attached segment, or of one that may only be read.
#[derive(Debug)]
pub(super) struct SegmentHeader<W = Segment>(pub(super) W);

impl<W: Words> SegmentHeader<W> {
    fn load(&self, index: usize) -> u64 {
        self.0.word(index)
    }

    /// A load that orders those after it.
    fn load_acquire(&self, index: usize) -> u64 {
        let value = self.load(index);
        fence(Acquire);
        value
    }

    pub(super) fn magic(&self) -> u64 {
        self.load_acquire(word::MAGIC)
    }

    pub(super) fn version(&self) -> u64 {
        self.load(word::VERSION)
    }

    /// The capacity of each lane, as the header says and the size of the segment allows. The result stays valid; but
    /// the word belongs to others too, and may be different next time.
    pub(super) fn capacity(&self) -> Result<u64, Corruption> {
        let value = self.load(word::CAPACITY);
        if layout::capacity_of(self.0.count() * layout::WORD) == Some(value) {
            Ok(value)
        } else {
            Err(Corruption::Header { field: "the capacity", value })
        }
    }

    /// Which creation of the segment this is: random, and not 0 if the header is sound.
    pub(super) fn generation(&self) -> u64 {
        self.load(word::GENERATION)
    }

    fn identity_words(identity: &Identity) -> [(usize, u64); 4] {
        [
            (word::ID, identity.id.0[0]),
            (word::ID + 1, identity.id.0[1]),
            (word::KEY_DEVICE, identity.device),
            (word::KEY_INODE, identity.inode),
        ]
    }

    /// The identity of the key file that it was made for.
    pub(super) fn claimed_identity(&self) -> Identity {
        let id = ChannelId([self.load(word::ID), self.load(word::ID + 1)]);
        Identity { id, device: self.load(word::KEY_DEVICE), inode: self.load(word::KEY_INODE) }
    }

    /// Whether the segment was made for this key file.
    pub(super) fn belongs_to(&self, identity: &Identity) -> bool {
        Self::identity_words(identity).iter().all(|&(index, value)| self.load(index) == value)
    }

    /// Whether the complete id, or the complete device and inode of the key file, is still there.
    pub(super) fn bears_a_part_of(&self, identity: &Identity) -> bool {
        let words = Self::identity_words(identity);
        words.chunks(2).any(|part| part.iter().all(|&(index, value)| self.load(index) == value))
    }

    /// Checks that the header still has what everybody recognises the segment by.
    pub(super) fn check_identity(&self, identity: &Identity) -> Result<(), Corruption> {
        let magic = (word::MAGIC, layout::MAGIC);
        for (index, expected) in [magic].into_iter().chain(Self::identity_words(identity)) {
            let value = self.load(index);
            if value != expected {
                return Err(Corruption::Header { field: "the channel's identity", value });
            }
        }
        Ok(())
    }

    /// Whether its creator died before finishing it: each word of the header is still zero, or what
    /// [`initialise`](Self::initialise) stores there. A header that was ever in use has other words in it; if its magic
    /// is 0, somebody has overwritten it. The generation and the boot's id may be anything, because they are random, and so
    /// may the path of the folder, because it can be spelled in several ways; they are written only after the complete
    /// identity.
    pub(super) fn is_unfinished(&self, identity: &Identity, capacity: u64) -> bool {
        let made = Self::identity_words(identity);
        let made = [(word::VERSION, layout::VERSION), (word::CAPACITY, capacity)].into_iter().chain(made);
        let path = word::PATH_LENGTH..word::PATH + PATH_BYTES / WORD;
        let endurance = word::BOOT..=word::DURABILITY;
        let is_any = |index| index == word::GENERATION || path.contains(&index) || endurance.contains(&index);
        let has_identity = self.belongs_to(identity);
        let may_be =
            |index, value| (has_identity && is_any(index)) || made.clone().any(|known| known == (index, value));
        (0..layout::HEADER_BYTES / WORD).all(|index| {
            let value = self.load(index);
            value == 0 || may_be(index, value)
        })
    }

    fn role(role: Role) -> usize {
        word::ROLES + role as usize * word::ROLE_STRIDE
    }

    pub(super) fn state(&self, role: Role) -> Result<State, Corruption> {
        // Acquire pairs with the Release in `set_state`: whoever reads "quit" sees everything sent before it.
        match self.load_acquire(Self::role(role) + word::STATE) {
            0 => Ok(State::Absent),
            1 => Ok(State::Present),
            2 => Ok(State::Quit),
            value => Err(Corruption::Header { field: "a role's state", value }),
        }
    }

    /// What a role in this state shows in place of its own presence. The state must have been loaded first.
    pub(super) fn stand_in(&self, role: Role, state: State) -> Result<Option<StandIn>, Corruption> {
        if state != State::Present {
            return Ok(None);
        }
        // Acquire pairs with the Release in `set_stand_in`: whoever reads "quit" sees everything sent before it.
        StandIn::from_word(self.load_acquire(word::STAND_IN + role as usize))
    }

    /// Whether a role has quit, or the one that it stands for has.
    pub(super) fn has_quit(&self, role: Role) -> Result<bool, Corruption> {
        let state = self.state(role)?;
        let stand_in = self.stand_in(role, state)?.filter(|_| !sabotaged(Mutant::ShownQuitIsNone));
        Ok(state == State::Quit || stand_in.is_some_and(|stand_in| stand_in.shows == Presence::Quit))
    }

    pub(super) fn epoch(&self, role: Role) -> u64 {
        self.load(Self::role(role) + word::EPOCH)
    }

    /// What a role says about itself.
    pub(super) fn peer_record(&self, role: Role) -> PeerRecord {
        let base = Self::role(role);
        let read = || {
            let renamed = self.renamed(role);
            let name = self.bytes(base + word::NAME, base + word::NAME_LENGTH, NAME_BYTES);
            (renamed, name)
        };
        // A name that is just being changed is read again. A role that died at that stays as it is: part of either name.
        let whole = (0..LOOKS).map(|_| read()).find(|(renamed, _)| renamed % 2 == 0 && *renamed == self.renamed(role));
        let (_, name) = whole.unwrap_or_else(read);
        PeerRecord {
            pid: self.load(base + word::PID) as u32,
            uid: self.load(base + word::UID) as u32,
            since: clock::from_word(self.load(base + word::SINCE)),
            name: String::from_utf8_lossy(&name).into_owned(),
        }
    }

    /// How often a role has changed its name, times two; odd while it does.
    pub(super) fn renamed(&self, role: Role) -> u64 {
        self.load_acquire(Self::role(role) + word::RENAMED)
    }

    /// When the user of a role last typed; `None` if nothing is being typed.
    pub(super) fn typing(&self, role: Role) -> Option<SystemTime> {
        Some(self.load(Self::role(role) + word::TYPING)).filter(|&word| word != 0).map(clock::from_word)
    }

    /// Where the folder of the key file is, as last stored: for people to read, and for checking. `None` if nobody
    /// stored it, or while somebody does.
    pub(super) fn folder(&self) -> Option<PathBuf> {
        let read = || {
            let bytes = self.bytes(word::PATH, word::PATH_LENGTH, PATH_BYTES);
            fence(Acquire);
            bytes
        };
        // It must read the same twice: a partial path would lead nowhere, and the segment would seem to belong to
        // nobody. A process that stops in the middle of `store_path` leaves a length of 0.
        let bytes = Some(read()).filter(|bytes| *bytes == read())?;
        let path = PathBuf::from(OsString::from_vec(bytes));
        // A path contains no NUL.
        (path.is_absolute() && !path.as_os_str().as_bytes().contains(&0)).then_some(path)
    }

    /// The bytes from the word at `index` on: as many as the word at `length` says, but at most `most`.
    fn bytes(&self, index: usize, length: usize, most: usize) -> Vec<u8> {
        let mut bytes: Vec<u8> = (0..most / WORD).flat_map(|word| self.load(index + word).to_ne_bytes()).collect();
        fence(Acquire);
        bytes.truncate(self.load(length).min(most as u64) as usize);
        bytes
    }
}

impl SegmentHeader {
    fn store(&self, index: usize, value: u64) {
        self.0.as_ref()[index].store(value, Relaxed);
    }

    /// Writes a header for the key file in this folder, magic last, over whatever was there before. `boot` is this boot, if
    /// the memory outlives it.
    ///
    /// # Errors
    /// If the system has no random number. Then nothing was written.
    pub(super) fn initialise(
        &self,
        identity: &Identity,
        folder: &Path,
        capacity: u64,
        boot: Option<BootId>,
    ) -> io::Result<()> {
        let generation = getrandom::u64()?.max(1);
        let words = self.0.as_ref();
        words[word::MAGIC].store(0, Release);
        for (index, value) in Self::identity_words(identity) {
            self.store(index, value);
            if index == word::ID {
                point(Point::HeaderBegun);
            }
        }
        point(Point::HeaderHalfMade);
        let first_after_identity = word::KEY_INODE + 1;
        for index in first_after_identity..layout::HEADER_BYTES / WORD {
            self.store(index, 0);
        }
        // Release: the identity is stored before it.
        fence(Release);
        self.store(word::GENERATION, generation);
        self.store_path(folder);
        point(Point::HeaderNamed);
        if let Some(boot) = boot {
            self.outlive(boot);
        }
        self.store(word::VERSION, layout::VERSION);
        self.store(word::CAPACITY, capacity);
        words[word::MAGIC].store(layout::MAGIC, Release);
        point(Point::HeaderMade);
        Ok(())
    }

    /// Makes it the memory of another key file, in this folder. Nobody else may use it meanwhile.
    pub(super) fn adopt(&self, identity: &Identity, folder: &Path) {
        for (index, value) in Self::identity_words(identity) {
            self.store(index, value);
        }
        self.store_path(folder);
    }

    /// Stores in which folder the key file is, for whoever finds the segment when the folder is gone. The caller holds
    /// the channel's `lock`.
    ///
    /// # Crash behaviour
    /// The length is 0 in the meantime, as if nothing was stored: so nobody takes the segment for one whose folder is
    /// gone, and the next start stores it again.
    pub(super) fn store_path(&self, folder: &Path) {
        self.store(word::PATH_LENGTH, 0);
        // Release: whoever reads a byte of the new path finds the 0, or the new length.
        fence(Release);
        // A path that cannot be made absolute (the current directory is gone) is of no use to anybody else.
        let folder = std::path::absolute(folder).unwrap_or_default();
        let path = folder.as_os_str().as_bytes();
        let mut bytes = [0; PATH_BYTES];
        let Some(place) = bytes.get_mut(..path.len()) else { return };
        place.copy_from_slice(path);
        for (index, chunk) in bytes.as_chunks::<WORD>().0.iter().enumerate() {
            self.store(word::PATH + index, u64::from_ne_bytes(*chunk));
        }
        fence(Release);
        self.store(word::PATH_LENGTH, path.len() as u64);
    }

    pub(super) fn set_state(&self, role: Role, state: State) {
        self.0.as_ref()[Self::role(role) + word::STATE].store(state as u64, Release);
    }

    /// Says what a role shows; `None`: its own presence.
    pub(super) fn set_stand_in(&self, role: Role, stand_in: Option<StandIn>) {
        let word = stand_in.map_or(0, StandIn::to_word);
        self.0.as_ref()[word::STAND_IN + role as usize].store(word, Release);
    }

    /// Says whether a role relies on the barriers of sleepers: before it sends anything.
    pub(super) fn set_relies(&self, role: Role, relies: bool) {
        self.0.as_ref()[word::RELIES + role as usize].store(relies.into(), Release);
    }

    /// Forgets a quit that a role shows. Its process may be storing something else just now, which then stays.
    pub(super) fn forget_shown_quit(&self, role: Role) {
        let word = &self.0.as_ref()[word::STAND_IN + role as usize];
        let seen = word.load(Relaxed);
        if let Ok(Some(shown)) = StandIn::from_word(seen)
            && shown.shows == Presence::Quit
        {
            let nobody = StandIn::after(Some(shown), Presence::Absent);
            // Whoever sees the outcome acts on this word alone.
            let _ = word.compare_exchange(seen, nobody.to_word(), Relaxed, Relaxed);
        }
    }

    /// Writes who we are, and that a new life of this role has begun.
    ///
    /// What the role's last life showed is replaced at the last moment: until then it may be what others see of that life.
    pub(super) fn present(&self, role: Role, peer_record: &PeerRecord, stand_in: Option<StandIn>) {
        let base = Self::role(role);
        self.store(base + word::PID, u64::from(peer_record.pid));
        self.store(base + word::UID, u64::from(peer_record.uid));
        self.store(base + word::SINCE, clock::to_word(peer_record.since));
        self.store(base + word::TYPING, 0);
        self.rename(role, &peer_record.name);
        self.store(base + word::EPOCH, self.epoch(role).wrapping_add(1));
        point(Point::PeerRecordStored);
        self.set_stand_in(role, stand_in);
        point(Point::StandInReset);
        self.set_state(role, State::Present);
    }

    /// Writes our name over the one before.
    pub(super) fn rename(&self, role: Role, new: &str) {
        let base = Self::role(role);
        let mut name = [0; NAME_BYTES];
        let length = new.floor_char_boundary(NAME_BYTES);
        name[..length].copy_from_slice(&new.as_bytes()[..length]);
        // Odd also if a predecessor died here.
        let begun = self.renamed(role) | 1;
        self.store(base + word::RENAMED, begun);
        // Release: whoever reads a byte of the new name finds the odd number, or the new one.
        fence(Release);
        for (index, chunk) in name.as_chunks::<WORD>().0.iter().enumerate() {
            self.store(base + word::NAME + index, u64::from_ne_bytes(*chunk));
        }
        self.store(base + word::NAME_LENGTH, length as u64);
        fence(Release);
        self.store(base + word::RENAMED, begun.wrapping_add(1));
    }

    /// Says when our user last typed, or that nothing is being typed.
    pub(super) fn set_typing(&self, role: Role, at: Option<SystemTime>) {
        self.store(Self::role(role) + word::TYPING, at.map_or(0, clock::to_word));
    }
}
