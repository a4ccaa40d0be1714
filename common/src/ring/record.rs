//! A record's header: one word, `length:32 | kind:8 | flags:8 | check:16`, from the low end.
//!
//! `length` counts the payload's bytes, without header and padding. `check` is derived from the record's position,
//! which never repeats. So stale bytes, from the last round of the ring or from a crash, are not taken for a record.

use super::Corrupt;
use crate::fault::{Mutant, sabotaged};
use crate::layout::NAME_BYTES;

/// What a message is. The plain calls send [`Kind::Bytes`].
///
/// ```
/// use shmchat::{Channel, Kind, Outgoing, Role};
///
/// # let folder = tempfile::tempdir()?;
/// # let channel = Channel::named("lobby".parse()?).dir(folder.path());
/// # let (mut writer, mut reader) = (channel.attach(Role::Writer)?, channel.attach(Role::Reader)?);
/// let lines = Outgoing { kind: Kind::Lines, sent: Some(std::time::SystemTime::now()), ..Outgoing::from("one\ntwo\n") };
/// writer.send(lines)?;
/// writer.send(lines)?;
/// reader.receiver().try_recv_blocks(1, |block| assert_eq!(block.bytes, b"one\ntwo\n"))?;
/// assert_eq!(reader.recv()?.bytes, b"one"); // or line by line, each of them `Kind::Text`
/// # assert_eq!(reader.recv()?.bytes, b"two");
/// # reader.receiver().acknowledge()?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Kind {
    /// Nothing: it fills the end of the ring. You never receive it, and must not send it.
    Padding = 1,
    /// Bytes, as a program sent them.
    Bytes = 2,
    /// A chat message, with the time.
    Text = 3,
    /// Chat messages, one in each line, each ended by a line feed, all sent at the same time. So a line costs one byte
    /// instead of a header, and lines are copied in blocks: for 5 million lines of 7 bytes a reader and a writer take 9
    /// ms of processor time each, instead of 93 ms with a record for each line. The position of a line is that of its
    /// first byte.
    Lines = 4,
    /// The name of whoever sent what follows, in UTF-8: a record of its own, before the first message of each sender and
    /// wherever the name changes. You never receive it as a message: [`Message::from`](crate::Message::from) says the
    /// name. Nor can you send it: see [`Outgoing::from`](crate::Outgoing::from).
    Name = 5,
    /// A chat message that says what its sender does, with the time: `waves`, to be shown as `* alice waves`.
    Action = 6,
    /// What programs say to each other about a file being sent, with the time; not for people to read.
    File = 7,
}

impl Kind {
    #[inline]
    fn from_byte(byte: u8) -> Option<Self> {
        match byte {
            1 => Some(Kind::Padding),
            2 => Some(Kind::Bytes),
            3 => Some(Kind::Text),
            4 => Some(Kind::Lines),
            5 => Some(Kind::Name),
            6 => Some(Kind::Action),
            7 => Some(Kind::File),
            _ => None,
        }
    }
}

/// What ends each line of a record of [`Kind::Lines`].
pub const LINE_FEED: u8 = b'\n';

/// How a record belongs to its neighbours: a set of the constants below. Part of a [`RecordHeader`].
///
/// ```
/// use shmchat::inspect::Flags;
///
/// let first = Flags::MORE.with(Flags::STAMPED, true);
/// assert!(first.has(Flags::MORE) && first.has(Flags::STAMPED));
/// assert!(!first.is_whole() && Flags::NONE.is_whole());
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Flags(u8);

impl Flags {
    /// A record that is a whole message.
    pub const NONE: Self = Flags(0);
    /// More of the same message follows in the next record.
    pub const MORE: Self = Flags(1);
    /// Continues the message of the record before. A record without it starts a message, also where the death of its
    /// sender cut the message before it off.
    pub const CONTINUES: Self = Flags(2);
    /// The line that this message was had no line feed in its source, as the last line of a file may have none.
    pub const UNTERMINATED: Self = Flags(4);
    /// Several messages of [`Kind::Bytes`], all of one length, each padded to 8 bytes: a pack. So a short message in a
    /// batch costs no header, neither to write nor to check. [`RecordHeader::length`] then holds two numbers.
    pub const PACKED: Self = Flags(16);
    /// The payload starts with one more word, counted in `length`: the sender's clock, in nanoseconds since the epoch. A text
    /// without it was sent at the same time as the one before. A batch reads the clock once, so its short lines weigh only
    /// their own bytes.
    pub const STAMPED: Self = Flags(8);

    /// One more word follows the payload, not counted in `length`: the record's seal, a checksum. Records have
    /// it where the memory outlives the machine.
    pub const SEALED: Self = Flags(32);

    const ALL: u8 = 63;

    /// Whether this set contains all of `other`.
    #[inline]
    pub fn has(self, other: Flags) -> bool {
        self.0 & other.0 == other.0
    }

    /// This set, with `other` added if `yes`.
    #[inline]
    #[must_use]
    pub fn with(self, other: Flags, yes: bool) -> Self {
        Flags(self.0 | if yes { other.0 } else { 0 })
    }

    /// Whether the record is a whole message: it continues nothing, and nothing continues it.
    #[inline]
    pub fn is_whole(self) -> bool {
        self.0 & (Self::MORE.0 | Self::CONTINUES.0) == 0
    }
}

/// How much longer a [`Flags::SEALED`] record is.
pub const SEAL_BYTES: u64 = 8;

/// What the `length` of a [`Flags::PACKED`] record says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pack {
    /// The length of each message in bytes: at least 1, and below 64 KiB like every record.
    pub message_bytes: u16,
    /// How many words all messages take together.
    pub words: u16,
}

impl Pack {
    /// The two numbers in one.
    #[inline]
    pub fn length(self) -> u32 {
        u32::from(self.words) << 16 | u32::from(self.message_bytes)
    }

    #[inline]
    fn of_length(length: u32) -> Self {
        Pack { message_bytes: length as u16, words: (length >> 16) as u16 }
    }

    /// Bytes from one message to the next.
    #[inline]
    pub fn stride(self) -> usize {
        usize::from(self.message_bytes).next_multiple_of(8)
    }

    /// How many messages there are.
    pub fn count(self) -> usize {
        usize::from(self.words) * 8 / self.stride()
    }

    /// Whether a sound producer can have written it: at least two messages, and no part of one.
    fn is_sound(self) -> bool {
        let (all, each) = (usize::from(self.words) * 8, self.stride());
        self.message_bytes > 0 && all >= 2 * each && all.is_multiple_of(each)
    }
}

/// The header of a record, checked: [`RecordSeen`](crate::inspect::RecordSeen) has one.
///
/// ```
/// use shmchat::{Kind, inspect::{Flags, RecordHeader}};
///
/// let header = RecordHeader { length: 13, kind: Kind::Text, flags: Flags::NONE };
/// assert_eq!(header.payload_bytes(), 13);
/// assert_eq!(header.record_bytes(), 24); // 8 of header, and padding to 8
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RecordHeader {
    /// Bytes of payload. For [`Flags::PACKED`]: the words of all messages, times 65,536, plus the bytes of each.
    pub length: u32,
    /// What the payload is.
    pub kind: Kind,
    /// How the record belongs to its neighbours.
    pub flags: Flags,
}

impl RecordHeader {
    /// Bytes of payload.
    #[inline]
    pub fn payload_bytes(&self) -> u64 {
        if self.flags.has(Flags::PACKED) {
            u64::from(Pack::of_length(self.length).words) * 8
        } else {
            u64::from(self.length)
        }
    }

    /// Bytes that the record takes in the ring.
    #[inline]
    pub fn record_bytes(&self) -> u64 {
        self.unsealed_bytes() + self.seal_bytes()
    }

    /// The same without its seal.
    #[inline]
    fn unsealed_bytes(&self) -> u64 {
        8 + self.payload_bytes().next_multiple_of(8)
    }

    /// Bytes of the seal behind the payload.
    #[inline]
    pub fn seal_bytes(&self) -> u64 {
        const { assert!(Flags::SEALED.0 as u64 / 4 == SEAL_BYTES) };
        u64::from(self.flags.0 & Flags::SEALED.0) / 4
    }

    /// Its messages, if it is a pack.
    #[inline]
    pub fn pack(&self) -> Option<Pack> {
        self.flags.has(Flags::PACKED).then_some(Pack::of_length(self.length))
    }

    /// The word to store for a record at `position`.
    #[inline]
    pub fn encode(&self, position: u64) -> u64 {
        u64::from(self.length)
            | (self.kind as u64) << 32
            | u64::from(self.flags.0) << 40
            | u64::from(check(position)) << 48
    }
}

/// A header as read from the ring, not yet checked.
#[derive(Clone, Copy, Debug)]
pub struct UncheckedHeader(pub u64);

impl UncheckedHeader {
    /// The header, if a sound producer can have written it at `position`, with `contiguous` bytes left to the end of
    /// the ring, `published` bytes available, and no record longer than `max_record`.
    #[inline]
    pub fn check(
        self,
        position: u64,
        contiguous: u64,
        published: u64,
        max_record: u64,
    ) -> Result<RecordHeader, Corrupt> {
        self.checked(position, contiguous, published, max_record).ok_or(Corrupt::Record { position, header: self.0 })
    }

    /// The bytes of payload, if this is the header of a plain record at `position`: a whole message of [`Kind::Bytes`] that
    /// ends within `room` bytes. `None` for any other, sound or not.
    #[inline]
    pub fn plain(self, position: u64, room: u64) -> Option<usize> {
        let header = RecordHeader { length: self.0 as u32, kind: Kind::Bytes, flags: Flags::NONE };
        let fits = 8 + u64::from(header.length).next_multiple_of(8) <= room;
        (fits && self.0 == header.encode(position)).then_some(header.length as usize)
    }

    #[inline]
    fn checked(self, position: u64, contiguous: u64, published: u64, max_record: u64) -> Option<RecordHeader> {
        let length = self.0 as u32;
        let [.., kind, flags, _, _] = self.0.to_le_bytes();
        let header = RecordHeader { length, kind: Kind::from_byte(kind)?, flags: Flags(flags) };
        let unsealed = header.unsealed_bytes();
        let bytes = unsealed + header.seal_bytes();
        let stamp_bytes = if header.flags.has(Flags::STAMPED) { 8 } else { 0 };
        let sound = (self.0 >> 48) as u16 == check(position)
            && flags <= Flags::ALL
            && unsealed <= max_record
            && bytes <= contiguous
            && bytes <= published
            && length >= stamp_bytes
            // Without this, a hostile sender could keep a receiver busy for ever with empty pieces.
            && (length > stamp_bytes || !header.flags.has(Flags::MORE))
            && (header.kind != Kind::Lines || header.flags.is_whole())
            && header.pack().is_none_or(|pack| {
                header.kind == Kind::Bytes && header.flags == Flags::PACKED && pack.is_sound()
            })
            && (header.kind != Kind::Name
                || (length as usize <= NAME_BYTES && Flags::SEALED.has(header.flags)))
            && (header.kind != Kind::Padding || (bytes == contiguous && header.flags == Flags::NONE));
        (sound || sabotaged(Mutant::TrustRecordHeader)).then_some(header)
    }
}

/// The check for a position: the top bits of a Fibonacci hash, so that neighbours and positions one round apart differ.
#[inline]
fn check(position: u64) -> u16 {
    ((position / 8).wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 48) as u16
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_header_comes_back_as_it_was_stored() {
        let header = RecordHeader { length: 13, kind: Kind::Text, flags: Flags::MORE.with(Flags::CONTINUES, true) };
        let word = header.encode(4096);
        assert_eq!(UncheckedHeader(word).check(4096, 1024, 1024, 1024), Ok(header));
    }

    #[test]
    fn a_header_from_another_round_of_the_ring_is_refused() {
        let word = RecordHeader { length: 8, kind: Kind::Bytes, flags: Flags::NONE }.encode(64);
        for round in 1..1000 {
            let position = 64 + round * 65536;
            assert!(UncheckedHeader(word).check(position, 1024, 1024, 1024).is_err(), "round {round}");
        }
    }

    #[test]
    fn a_length_past_what_is_there_is_refused() {
        let word = RecordHeader { length: 100, kind: Kind::Bytes, flags: Flags::NONE }.encode(0);
        assert!(UncheckedHeader(word).check(0, 112, 112, 112).is_ok());
        assert!(UncheckedHeader(word).check(0, 104, 112, 112).is_err(), "past the ring's end");
        assert!(UncheckedHeader(word).check(0, 112, 104, 112).is_err(), "past the tail");
        assert!(UncheckedHeader(word).check(0, 112, 112, 104).is_err(), "longer than any record");
        let huge = RecordHeader { length: u32::MAX, kind: Kind::Bytes, flags: Flags::NONE }.encode(0);
        assert!(UncheckedHeader(huge).check(0, u64::MAX, u64::MAX, 1 << 16).is_err());
    }

    #[test]
    fn any_other_word_is_refused() {
        let good = RecordHeader { length: 8, kind: Kind::Bytes, flags: Flags::NONE }.encode(8);
        for word in [0, u64::MAX, good ^ 8 << 32, good ^ 64 << 40, good ^ 1 << 48] {
            assert!(UncheckedHeader(word).check(8, 1024, 1024, 1024).is_err(), "{word:#x}");
        }
    }

    #[test]
    fn a_pack_is_of_bytes_and_of_two_whole_messages_at_least() {
        let check = |kind, flags, message_bytes, words| {
            let length = Pack { message_bytes, words }.length();
            UncheckedHeader(RecordHeader { length, kind, flags }.encode(8)).check(8, 1024, 1024, 1024)
        };
        let sound = check(Kind::Bytes, Flags::PACKED, 13, 6).unwrap();
        assert_eq!((sound.record_bytes(), sound.pack().unwrap().count()), (56, 3));
        for (message_bytes, words) in
            [(13, 2), (13, 5), (13, 0), (0, 4), (0, 0), (8, 128), (u16::MAX, 2), (1, u16::MAX)]
        {
            assert!(check(Kind::Bytes, Flags::PACKED, message_bytes, words).is_err(), "{message_bytes} {words}");
        }
        for flag in [Flags::MORE, Flags::CONTINUES, Flags::UNTERMINATED, Flags::STAMPED] {
            assert!(check(Kind::Bytes, Flags::PACKED.with(flag, true), 13, 6).is_err(), "{flag:?}");
        }
        assert!(check(Kind::Text, Flags::PACKED, 13, 6).is_err());
        assert!(check(Kind::Lines, Flags::PACKED, 13, 6).is_err());
    }

    #[test]
    fn a_name_is_short_and_by_itself() {
        let check = |length, flags| {
            let word = RecordHeader { length, kind: Kind::Name, flags }.encode(8);
            UncheckedHeader(word).check(8, 1024, 1024, 1024)
        };
        for length in [0, 1, NAME_BYTES as u32] {
            assert!(check(length, Flags::NONE).is_ok(), "{length}");
        }
        assert!(check(NAME_BYTES as u32 + 1, Flags::NONE).is_err());
        for flag in [Flags::MORE, Flags::CONTINUES, Flags::UNTERMINATED, Flags::STAMPED, Flags::PACKED] {
            assert!(check(32, flag).is_err(), "{flag:?}");
        }
    }

    #[test]
    fn a_piece_of_nothing_with_more_to_follow_is_refused() {
        let piece = |length, flags: Flags| {
            let word = RecordHeader { length, kind: Kind::Bytes, flags: flags.with(Flags::CONTINUES, true) }.encode(8);
            UncheckedHeader(word).check(8, 1024, 1024, 1024)
        };
        assert!(piece(0, Flags::MORE).is_err());
        assert!(piece(8, Flags::MORE.with(Flags::STAMPED, true)).is_err(), "a stamp is no payload");
        assert!(piece(1, Flags::MORE).is_ok());
        assert!(piece(0, Flags::NONE).is_ok(), "an empty end is how a sender finds out late that there is no more");
    }
}
