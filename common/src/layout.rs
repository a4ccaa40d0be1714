//! What is where in the segment.
//!
//! ```text
//! byte
//! 0x0000  magic, version, capacity, channel id (2), key file's device and inode, generation   written once, magic last
//! 0x0080  role writer: state, epoch, pid, uid, since, name length, name (64 bytes), renamed, typing   written by its owner
//! 0x0100  role reader: the same
//! 0x0180  role writer, role reader: stand-in   written by its owner: 0, or what it shows of another process's presence
//! 0x0190  role writer, role reader: relies     written by its owner: 1 if it relies on the barriers of sleepers
//! 0x01A0  (zero)
//! 0x0200  lane messages: tail, its copy    producer's; bytes ever written, never wraps; the newest record, if it is short
//! 0x0280                 head, mark        consumer's; bytes ever given back; how far into the record at head it has come
//! 0x0300                 consumer parked   1: the consumer sleeps or is about to
//! 0x0380                 producer parked   1: the producer waits for room; 2: until the lane is empty
//! 0x0400  lane replies: the same four
//! 0x0600  path length, path (1024 bytes)            the channel's folder, for people to read; written once, before the magic
//! 0x0A08  (zero)
//! 0x0A80  lane messages: names             consumer's; two slots of start, length, name (64 bytes): who sent what lies at head
//! 0x0B20  lane replies: the same
//! 0x0BC0  lane messages: checkpoints       producer's; released, two slots of tail, count, checkpoint (48 bytes)
//! 0x0C48  lane replies: the same
//! 0x0CD0  lane messages: item type         name hash, size, alignment, name length, name (40 bytes); written under `lock`
//! 0x0D18  lane replies: the same
//! 0x0D60  boot id (2), durability          written before the magic; the boot id also by the first start in another boot, as the
//!                                          last of all; the durability also by a start that syncs the channel from then on
//! 0x0D78  both lanes: dropped              written by that start: bytes that a power cut has taken
//! 0x0D88  both lanes: durable head         consumer's; where `head` may be after a power cut, if all is synced
//! 0x0D98  (zero)
//! 0x1000  lane messages: `capacity` bytes of records (writer to reader)
//! 0x1000 + capacity  lane replies: `capacity` bytes of records (reader to writer)
//! ```
//!
//! Everything consists of 64-bit words in the machine's own byte order: both sides run on one machine. Each hot word
//! has [`HOT_STRIDE`] bytes to itself, because x86-64 fetches cache lines in pairs, and two cores that write
//! neighbouring lines slow each other down. `tail` and `head` count bytes since the segment was created and are used
//! modulo the capacity, so `tail = head` is empty and `tail - head = capacity` is full, with no slot given up. At 10
//! GB/s they would take 58 years to wrap.

use std::mem::{offset_of, size_of};

/// The size of a word in bytes. Everything in the segment is aligned to it.
pub const WORD: usize = 8;

/// Words of the smallest page that any system has.
pub const PAGE_WORDS: usize = 4096 / WORD;

/// "shmchat" and a byte that no text contains. It is stored last (Release), so a 0 in its place means "its creator died".
pub const MAGIC: u64 = u64::from_be_bytes(*b"shmchat\xC5");

/// The version of the segment's layout. A segment of another version is refused: [`Error::Version`](crate::Error::Version).
///
/// ```
/// use shmchat::inspect;
///
/// println!("this program uses layout version {}", inspect::LAYOUT_VERSION);
/// ```
///
/// Its place, that of the magic number, and the sizes that a segment may have ([`capacity_of`]) stay the same in every version. Up to this version that also goes for the channel's
/// id, and for the key file's device and inode.
pub const VERSION: u64 = 7;

/// How many bytes a hot word has to itself: two cache lines.
pub const HOT_STRIDE: usize = 128;

/// A raised flag of a sleeper: ring at the next change.
pub const PARKED: u64 = 1;

/// A raised flag of a producer: ring when its lane is empty.
pub const PARKED_UNTIL_EMPTY: u64 = 2;

/// The bit of a mark that says: all bytes of a message were received, but its end was not. No position is large enough
/// to have it.
pub const END_IS_DUE: u64 = 1 << 63;

/// The most bytes of a display name, in the header and in a lane.
pub const NAME_BYTES: usize = 64;

/// The most bytes of an item type's name in the header. A longer one is cut; its hash is of all of it.
pub const ITEM_NAME_BYTES: usize = 40;

/// The most bytes of the folder's path in the header. A longer one is left out; then nobody can say where the segment belongs.
pub const PATH_BYTES: usize = 1024;

/// One role's part of the header, in words.
#[repr(C)]
pub struct RoleBlock {
    state: u64,
    epoch: u64,
    pid: u64,
    uid: u64,
    since: u64,
    name_length: u64,
    name: [u64; NAME_BYTES / WORD],
    renamed: u64,
    typing: u64,
}

/// A word with two cache lines to itself.
#[repr(C)]
pub struct Hot {
    word: u64,
    _pad: [u64; HOT_STRIDE / WORD - 1],
}

/// How many words of a record are copied beside the tail, its header included: with the tail they fill two cache lines.
pub const TAIL_COPY_WORDS: usize = 15;

/// The producer's index, and beside it a copy of the newest record: both are its own to write.
#[repr(C)]
pub struct HotTail {
    word: u64,
    copy: [u64; TAIL_COPY_WORDS],
}

/// The consumer's index, and its mark beside it: both are its own to write.
#[repr(C)]
pub struct HotHead {
    word: u64,
    mark: u64,
    _pad: [u64; HOT_STRIDE / WORD - 2],
}

/// One lane's part of the header.
#[repr(C)]
pub struct LaneBlock {
    tail: HotTail,
    head: HotHead,
    consumer_parked: Hot,
    producer_parked: Hot,
}

/// A place for the name that holds from a position of a lane on: see [`crate::ring::names`].
#[repr(C)]
pub struct NameSlot {
    start: u64,
    length: u64,
    name: [u64; NAME_BYTES / WORD],
}

/// A place for a sender's checkpoint, which holds from a tail on: see [`crate::ring::checkpoint`].
#[repr(C)]
pub struct CheckpointSlot {
    tail: u64,
    count: u64,
    words: [u64; CHECKPOINT_WORDS],
}

/// One lane's checkpoints.
#[repr(C)]
pub struct CheckpointBlock {
    released: u64,
    slots: [CheckpointSlot; CHECKPOINT_SLOTS],
}

/// The type of the items in a lane, as agreed by those who came first.
#[repr(C)]
pub struct ItemTypeBlock {
    name_hash: u64,
    size: u64,
    align: u64,
    name_length: u64,
    name: [u64; ITEM_NAME_BYTES / WORD],
}

/// What lets a channel outlive a reboot: all zero in memory that ends with the boot.
#[repr(C)]
pub struct EnduranceBlock {
    boot: [u64; 2],
    durability: u64,
    dropped: [u64; 2],
    durable_heads: [u64; 2],
}

/// How many words a sender's checkpoint has.
pub const CHECKPOINT_WORDS: usize = 6;

/// How many slots for checkpoints a lane has.
pub const CHECKPOINT_SLOTS: usize = 2;

/// How many words a [`CheckpointSlot`] has.
pub const CHECKPOINT_SLOT_WORDS: usize = size_of::<CheckpointSlot>() / WORD;

/// How many words a [`CheckpointBlock`] has.
pub const CHECKPOINT_BLOCK_WORDS: usize = size_of::<CheckpointBlock>() / WORD;

/// How many words a [`NameSlot`] has.
pub const NAME_SLOT_WORDS: usize = size_of::<NameSlot>() / WORD;

/// How many slots for names a lane has.
pub const NAME_SLOTS: usize = 2;

/// The header, as in the diagram above. It is never constructed: it only tells the compiler the offsets.
#[repr(C)]
pub struct HeaderLayout {
    magic: u64,
    version: u64,
    capacity: u64,
    id: [u64; 2],
    key_device: u64,
    key_inode: u64,
    generation: u64,
    _pad: [u64; 8],
    roles: [RoleBlock; 2],
    stand_in: [u64; 2],
    relies: [u64; 2],
    _gap: [u64; 12],
    lanes: [LaneBlock; 2],
    path_length: u64,
    path: [u64; PATH_BYTES / WORD],
    _gap_before_names: [u64; 15],
    names: [[NameSlot; NAME_SLOTS]; 2],
    checkpoints: [CheckpointBlock; 2],
    item_types: [ItemTypeBlock; 2],
    endurance: EnduranceBlock,
}

mod durability;
mod pinned;
mod size;
pub mod word;
mod words;

pub use durability::Durability;
pub use size::{DEFAULT_CAPACITY, HEADER_BYTES, MAX_CAPACITY, MIN_CAPACITY, capacity_of, is_capacity, segment_bytes};
pub use words::Words;

/// Which of the two lanes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lane {
    /// Writer to reader.
    Messages,
    /// Reader to writer.
    Replies,
}

/// Where one lane's words are, as indices of words. The ring needs nothing else, so it also runs on memory that is not
/// a segment (a test's heap, loom's cells).
#[derive(Clone, Copy, Debug)]
pub struct LanePlace {
    /// The producer's index.
    pub tail: usize,
    /// The copy of the newest record: its header, then its payload.
    pub tail_copy: usize,
    /// The longest record that is copied there, in bytes; 0 if none is.
    pub most_copied: u64,
    /// The consumer's index.
    pub head: usize,
    /// How far into the record at `head` the consumer has got, as a position in the lane. It has no meaning outside
    /// that record.
    pub mark: usize,
    /// The sleeping consumer's flag.
    pub consumer_parked: usize,
    /// The waiting producer's flag.
    pub producer_parked: usize,
    /// Where `head` may be after a power cut.
    pub durable_head: usize,
    /// What its records outlive.
    pub durability: Durability,
    /// The first word of the consumer's slots for names.
    pub names: usize,
    /// The first word of the producer's checkpoints.
    pub checkpoints: usize,
    /// The first word of the records.
    pub data: usize,
    /// Bytes of records; a power of two.
    pub capacity: u64,
}

impl LanePlace {
    /// The place of `lane` in a segment whose lanes hold `capacity` bytes each.
    pub const fn in_segment(lane: Lane, capacity: u64) -> Self {
        let (block, data) = match lane {
            Lane::Messages => (0, HEADER_BYTES),
            Lane::Replies => (1, HEADER_BYTES + capacity as usize),
        };
        let base = offset_of!(HeaderLayout, lanes) + block * size_of::<LaneBlock>();
        LanePlace {
            tail: (base + offset_of!(LaneBlock, tail)) / WORD,
            tail_copy: (base + offset_of!(LaneBlock, tail) + offset_of!(HotTail, copy)) / WORD,
            most_copied: (TAIL_COPY_WORDS * WORD) as u64,
            head: (base + offset_of!(LaneBlock, head)) / WORD,
            mark: (base + offset_of!(LaneBlock, head) + offset_of!(HotHead, mark)) / WORD,
            consumer_parked: (base + offset_of!(LaneBlock, consumer_parked)) / WORD,
            producer_parked: (base + offset_of!(LaneBlock, producer_parked)) / WORD,
            durable_head: (offset_of!(HeaderLayout, endurance) + offset_of!(EnduranceBlock, durable_heads)) / WORD
                + block,
            durability: Durability::Boot,
            names: offset_of!(HeaderLayout, names) / WORD + block * NAME_SLOTS * NAME_SLOT_WORDS,
            checkpoints: offset_of!(HeaderLayout, checkpoints) / WORD + block * CHECKPOINT_BLOCK_WORDS,
            data: data / WORD,
            capacity,
        }
    }

    /// A lane in memory of its own, with its hot words side by side: for tests and models.
    pub const fn alone(capacity: u64) -> Self {
        let tail_copy = 6;
        let names = tail_copy + TAIL_COPY_WORDS;
        let checkpoints = names + NAME_SLOTS * NAME_SLOT_WORDS;
        let data = checkpoints + CHECKPOINT_BLOCK_WORDS;
        LanePlace {
            tail: 0,
            tail_copy,
            most_copied: (TAIL_COPY_WORDS * WORD) as u64,
            head: 1,
            mark: 2,
            consumer_parked: 3,
            producer_parked: 4,
            durable_head: 5,
            durability: Durability::Boot,
            names,
            checkpoints,
            data,
            capacity,
        }
    }

    /// The same place without copies beside the tail: for models that are about something else.
    pub const fn without_copies(self) -> Self {
        LanePlace { most_copied: 0, ..self }
    }

    /// The same place, with records that outlive this.
    #[must_use]
    pub const fn with(self, durability: Durability) -> Self {
        LanePlace { durability, ..self }
    }

    /// Where in the records a position is, in bytes.
    #[inline]
    pub const fn offset(&self, position: u64) -> u64 {
        position & (self.capacity - 1)
    }

    /// The word at a position.
    #[inline]
    pub const fn word_at(&self, position: u64) -> usize {
        self.data + (self.offset(position) / WORD as u64) as usize
    }

    /// Bytes from a position to the end of the records, where they start over.
    #[inline]
    pub const fn contiguous(&self, position: u64) -> u64 {
        self.capacity - self.offset(position)
    }

    /// How many words of memory this lane needs.
    pub const fn words_needed(&self) -> usize {
        self.data + self.capacity as usize / WORD
    }
}

#[cfg(test)]
mod tests;
