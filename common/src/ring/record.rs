//! A record's header: one word, `length:32 | kind:8 | flags:8 | check:16`, from the low end.
//!
//! `length` counts the payload's bytes, without header and padding. `check` is derived from the record's position, which never repeats, so
//! that bytes which are stale by one round of the ring, or by a crash, are not taken for a record.

#![forbid(unsafe_code)]

use super::Corrupt;

/// What a record holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Kind {
    /// Nothing: fills the ring's end.
    Padding = 1,
    /// Bytes, as a program sent them.
    Bytes = 2,
    /// A chat message. Its first record starts with one word more, the sender's clock in nanoseconds since the epoch, counted in `length`.
    Text = 3,
}

impl Kind {
    fn from_byte(byte: u8) -> Option<Self> {
        [Kind::Padding, Kind::Bytes, Kind::Text].into_iter().find(|&kind| kind as u8 == byte)
    }
}

/// How a record hangs together with its neighbours.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Flags {
    /// More of the same message follows in the next record.
    pub more: bool,
    /// Continues the message of the record before. Without it a record starts a message, also where one was cut off by its writer's death.
    pub continues: bool,
    /// The line that this message was had no line end in its source: the last line of a file may be so.
    pub unended: bool,
}

impl Flags {
    const MORE: u8 = 1;
    const CONTINUES: u8 = 2;
    const UNENDED: u8 = 4;

    fn to_byte(self) -> u8 {
        (self.more as u8) * Self::MORE + (self.continues as u8) * Self::CONTINUES + (self.unended as u8) * Self::UNENDED
    }

    fn from_byte(byte: u8) -> Option<Self> {
        (byte <= Self::MORE | Self::CONTINUES | Self::UNENDED).then_some(Flags {
            more: byte & Self::MORE != 0,
            continues: byte & Self::CONTINUES != 0,
            unended: byte & Self::UNENDED != 0,
        })
    }
}

/// A header that has been checked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Header {
    /// Bytes of payload.
    pub length: u32,
    /// What they are.
    pub kind: Kind,
    /// How they hang together.
    pub flags: Flags,
}

impl Header {
    /// Bytes that the record takes in the ring.
    pub fn record_bytes(&self) -> u64 {
        8 + u64::from(self.length).next_multiple_of(8)
    }

    /// Whether the payload starts with the sender's clock.
    pub fn has_stamp(&self) -> bool {
        self.kind == Kind::Text && !self.flags.continues
    }

    /// The word to store for a record at `position`.
    pub fn encode(&self, position: u64) -> u64 {
        u64::from(self.length)
            | (self.kind as u64) << 32
            | u64::from(self.flags.to_byte()) << 40
            | u64::from(check(position)) << 48
    }
}

/// A header as read from the ring, not yet checked.
#[derive(Clone, Copy, Debug)]
pub struct UncheckedHeader(pub u64);

impl UncheckedHeader {
    /// The header, if a sound producer can have written it at `position`, where `contiguous` bytes are left to the ring's end, `published` bytes
    /// are there to be read, and no record is longer than `max_record`.
    pub fn check(self, position: u64, contiguous: u64, published: u64, max_record: u64) -> Result<Header, Corrupt> {
        let corrupt = Corrupt::Record { position, header: self.0 };
        let [b0, b1, b2, b3, kind, flags, c0, c1] = self.0.to_le_bytes();
        if u16::from_le_bytes([c0, c1]) != check(position) {
            return Err(corrupt);
        }
        let header = Header {
            length: u32::from_le_bytes([b0, b1, b2, b3]),
            kind: Kind::from_byte(kind).ok_or(corrupt)?,
            flags: Flags::from_byte(flags).ok_or(corrupt)?,
        };
        let bytes = header.record_bytes();
        let sound = match header.kind {
            Kind::Padding => bytes == contiguous && header.flags == Flags::default() && bytes <= max_record,
            _ => bytes <= max_record && (!header.has_stamp() || header.length >= 8),
        };
        if sound && bytes <= contiguous && bytes <= published { Ok(header) } else { Err(corrupt) }
    }
}

/// The check of a position: the top bits of a Fibonacci hash, so that neighbours and positions one round apart differ.
fn check(position: u64) -> u16 {
    ((position / 8).wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 48) as u16
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_header_comes_back_as_it_was_stored() {
        let header =
            Header { length: 13, kind: Kind::Text, flags: Flags { more: true, continues: true, unended: false } };
        let word = header.encode(4096);
        assert_eq!(UncheckedHeader(word).check(4096, 1024, 1024, 1024), Ok(header));
    }

    #[test]
    fn a_header_from_another_round_of_the_ring_is_refused() {
        let word = Header { length: 8, kind: Kind::Bytes, flags: Flags::default() }.encode(64);
        for round in 1..1000 {
            let position = 64 + round * 65536;
            assert!(UncheckedHeader(word).check(position, 1024, 1024, 1024).is_err(), "round {round}");
        }
    }

    #[test]
    fn a_length_past_what_is_there_is_refused() {
        let word = Header { length: 100, kind: Kind::Bytes, flags: Flags::default() }.encode(0);
        assert!(UncheckedHeader(word).check(0, 112, 112, 112).is_ok());
        assert!(UncheckedHeader(word).check(0, 104, 112, 112).is_err(), "past the ring's end");
        assert!(UncheckedHeader(word).check(0, 112, 104, 112).is_err(), "past the tail");
        assert!(UncheckedHeader(word).check(0, 112, 112, 104).is_err(), "longer than any record");
        let huge = Header { length: u32::MAX, kind: Kind::Bytes, flags: Flags::default() }.encode(0);
        assert!(UncheckedHeader(huge).check(0, u64::MAX, u64::MAX, 1 << 16).is_err());
    }

    #[test]
    fn any_other_word_is_refused() {
        let good = Header { length: 8, kind: Kind::Bytes, flags: Flags::default() }.encode(8);
        for word in [0, u64::MAX, good ^ 4 << 32, good ^ 8 << 40, good ^ 1 << 48] {
            assert!(UncheckedHeader(word).check(8, 1024, 1024, 1024).is_err(), "{word:#x}");
        }
    }
}
