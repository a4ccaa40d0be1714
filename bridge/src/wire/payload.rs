//! The payload of a publication: the life of the local end, then pieces of messages.
//!
//! ```text
//! life    presence (1 byte), since, pid, length of the name, name
//! piece   tag: kind (3 bits), stamped, continues, more, unterminated; length; [stamp: 8 bytes]; bytes
//! name    tag 7; length; the name of whoever sent the pieces that follow
//! ```
//! Numbers are LEB128. A stamp is nanoseconds since the epoch, the low byte first. It stands where it differs from the last one
//! in this publication, a name likewise; before the first name it is empty.

use super::life::{Life, read_name};
use super::number;
use super::piece::Piece;
use shmchat::{Kind, Part};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

const KIND: u8 = 0b0000_0111;
const STAMPED: u8 = 0b0000_1000;
const CONTINUES: u8 = 0b0001_0000;
const MORE: u8 = 0b0010_0000;
const UNTERMINATED: u8 = 0b0100_0000;
/// In the place of a kind.
const NAME: u8 = 7;

/// The kinds that travel, by their number.
const KINDS: [Kind; 5] = [Kind::Bytes, Kind::Text, Kind::Lines, Kind::Action, Kind::File];

/// The most that stands before the bytes of a piece: a name, a tag, a length and a stamp.
const MOST_BEFORE: usize = (2 + 64) + 1 + 10 + 8;

/// A payload being written.
#[derive(Debug, Default)]
pub struct Writer {
    bytes: Vec<u8>,
    from: String,
    stamp: Option<SystemTime>,
    pieces: usize,
}

impl Writer {
    /// Begins with the local end's life.
    pub fn new(life: &Life) -> Writer {
        let mut writer = Writer::default();
        life.write(&mut writer.bytes);
        writer
    }

    /// How many bytes it has so far.
    pub fn bytes(&self) -> usize {
        self.bytes.len()
    }

    /// How many pieces it has so far.
    pub fn pieces(&self) -> usize {
        self.pieces
    }

    /// The longest piece for which a payload of `limit` bytes still has room. Of another payload, if it is 0.
    pub fn room(&self, limit: usize) -> usize {
        limit.saturating_sub(self.bytes.len() + MOST_BEFORE)
    }

    /// Adds a piece. `fill` appends its bytes.
    pub fn push(
        &mut self,
        piece: &Piece,
        from: &str,
        sent: Option<SystemTime>,
        unterminated: bool,
        fill: impl FnOnce(&mut Vec<u8>),
    ) {
        let kind = KINDS.iter().position(|&kind| kind == piece.kind).unwrap_or_default() as u8;
        let stamp = sent.filter(|_| piece.part.is_start() && sent != self.stamp);
        if piece.part.is_start() && self.from != from {
            self.bytes.push(NAME);
            number::write(&mut self.bytes, from.len() as u64);
            self.bytes.extend_from_slice(from.as_bytes());
            from.clone_into(&mut self.from);
        }
        let bit = |bit, is_set| if is_set { bit } else { 0 };
        self.bytes.push(
            kind | bit(STAMPED, stamp.is_some())
                | bit(CONTINUES, !piece.part.is_start())
                | bit(MORE, !piece.part.is_end())
                | bit(UNTERMINATED, unterminated),
        );
        number::write(&mut self.bytes, piece.bytes.len() as u64);
        if let Some(stamp) = stamp {
            self.bytes.extend_from_slice(&to_nanoseconds(stamp).to_le_bytes());
            self.stamp = Some(stamp);
        }
        fill(&mut self.bytes);
        self.pieces += 1;
    }

    /// The payload.
    pub fn finish(self) -> Vec<u8> {
        self.bytes
    }
}

fn to_nanoseconds(time: SystemTime) -> u64 {
    time.duration_since(UNIX_EPOCH).map_or(0, |since| u64::try_from(since.as_nanos()).unwrap_or(u64::MAX))
}

/// A piece of a message as it arrived.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Item<'a> {
    /// What it is.
    pub kind: Kind,
    /// Which part of a message it is.
    pub part: Part,
    /// Its last line had no line feed.
    pub unterminated: bool,
    /// The sender's clock.
    pub sent: Option<SystemTime>,
    /// The sender's name.
    pub from: &'a str,
    /// Its bytes.
    pub bytes: &'a [u8],
    /// Where in the payload they begin.
    pub start: usize,
}

/// Why a payload is none of ours.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("its payload makes no sense at byte {at}")]
pub struct PayloadError {
    /// Where.
    pub at: usize,
}

/// A payload that was checked, or is being checked.
#[derive(Debug)]
pub struct Contents<'a> {
    whole: &'a [u8],
    rest: &'a [u8],
    from: &'a str,
    stamp: Option<SystemTime>,
}

impl<'a> Contents<'a> {
    /// Opens a payload, and checks it to its end.
    pub fn open(payload: &'a [u8]) -> Result<(Life, Contents<'a>), PayloadError> {
        let (_, mut contents) = Self::checked(payload)?;
        while contents.next_item()?.is_some() {}
        Self::checked(payload)
    }

    /// Opens a payload that was checked before: each time that there is room for more of it.
    pub fn checked(payload: &'a [u8]) -> Result<(Life, Contents<'a>), PayloadError> {
        let mut rest = payload;
        let life = Life::read(&mut rest).ok_or(PayloadError { at: payload.len() - rest.len() })?;
        Ok((life, Contents { whole: payload, rest, from: "", stamp: None }))
    }

    fn next_item(&mut self) -> Result<Option<Item<'a>>, PayloadError> {
        loop {
            let at = PayloadError { at: self.whole.len() - self.rest.len() };
            let Some((&tag, rest)) = self.rest.split_first() else { return Ok(None) };
            self.rest = rest;
            if tag == NAME {
                self.from = read_name(&mut self.rest).ok_or(at)?;
                continue;
            }
            return self.item(tag).ok_or(at).map(Some);
        }
    }

    fn item(&mut self, tag: u8) -> Option<Item<'a>> {
        let kind = *KINDS.get(usize::from(tag & KIND)).filter(|_| tag < 0x80)?;
        let length = usize::try_from(number::read(&mut self.rest)?).ok()?;
        if tag & STAMPED != 0 {
            let (stamp, rest) = self.rest.split_first_chunk()?;
            self.stamp = Some(UNIX_EPOCH + Duration::from_nanos(u64::from_le_bytes(*stamp)));
            self.rest = rest;
        }
        let start = self.whole.len() - self.rest.len();
        let (bytes, rest) = self.rest.split_at_checked(length)?;
        self.rest = rest;
        let part = Part::of(tag & CONTINUES == 0, tag & MORE == 0);
        // As the lane wants them: lines are whole, and bytes have no time.
        let is_block = kind != Kind::Lines || (bytes.last() == Some(&b'\n') && part == Part::Whole);
        let sent = self.stamp.filter(|_| kind != Kind::Bytes && part.is_start());
        let unterminated = tag & UNTERMINATED != 0;
        // A part of nothing with more to follow would never end.
        let is_something = part.is_end() || !bytes.is_empty();
        (is_block && is_something).then_some(Item { kind, part, unterminated, sent, from: self.from, bytes, start })
    }
}

impl<'a> Iterator for Contents<'a> {
    type Item = Item<'a>;

    fn next(&mut self) -> Option<Item<'a>> {
        // It was checked when it was opened.
        self.next_item().ok().flatten()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use shmchat::Presence;

    fn life() -> Life {
        Life { presence: Presence::Here, since: 1_764_000_000_000_000_000, pid: 4242, name: "Ada".to_owned() }
    }

    /// Kind, part, name, time, bytes.
    type Described<'a> = (Kind, Part, &'a str, Option<u64>, &'a [u8]);

    fn write(items: &[Described<'_>]) -> Vec<u8> {
        let mut writer = Writer::new(&life());
        for &(kind, part, from, sent, bytes) in items {
            let sent = sent.map(|sent| UNIX_EPOCH + Duration::from_nanos(sent));
            let piece = Piece { kind, part, bytes: 0..bytes.len(), done: bytes.len() };
            writer.push(&piece, from, sent, false, |out| out.extend_from_slice(bytes));
        }
        writer.finish()
    }

    #[test]
    fn pieces_read_as_they_were_written() {
        let items: [Described<'_>; 6] = [
            (Kind::Text, Part::Whole, "Ada", Some(5), b"hello"),
            (Kind::Text, Part::Whole, "Ada", Some(5), "你好".as_bytes()),
            (Kind::Lines, Part::Whole, "Bob", Some(9), b"a\n\nb\n"),
            (Kind::Bytes, Part::First, "Bob", None, &[0; 300]),
            (Kind::Bytes, Part::Last, "Bob", None, b""),
            (Kind::Action, Part::Whole, "", Some(9), b"waves"),
        ];
        let payload = write(&items);
        let (read_life, contents) = Contents::open(&payload).unwrap();
        assert_eq!(read_life, life());
        let nanoseconds = |sent: Option<SystemTime>| sent.map(to_nanoseconds);
        let read: Vec<_> =
            contents.map(|item| (item.kind, item.part, item.from, nanoseconds(item.sent), item.bytes)).collect();
        assert_eq!(read, items);
    }

    #[test]
    fn what_is_the_same_as_before_is_not_written_again() {
        let one = write(&[(Kind::Text, Part::Whole, "Ada", Some(5), b"x")]).len();
        let two =
            write(&[(Kind::Text, Part::Whole, "Ada", Some(5), b"x"), (Kind::Text, Part::Whole, "Ada", Some(5), b"x")]);
        assert_eq!(two.len() - one, 3, "a tag, a length, a byte");
    }

    #[test]
    fn a_payload_that_is_cut_off_anywhere_is_none_or_shorter() {
        let payload =
            write(&[(Kind::Text, Part::Whole, "Ada", Some(5), b"hello"), (Kind::Bytes, Part::Whole, "", None, b"x")]);
        let whole = Contents::open(&payload).unwrap().1.count();
        for length in 0..payload.len() {
            let count = Contents::open(&payload[..length]).map_or(0, |(_, contents)| contents.count());
            assert!(count < whole, "{length} of {} bytes", payload.len());
        }
    }

    #[test]
    fn lines_that_are_no_lines_and_parts_that_never_end_are_refused() {
        for (kind, part, bytes) in [
            (Kind::Lines, Part::Whole, &b"no end"[..]),
            (Kind::Lines, Part::First, b"a\n"),
            (Kind::Bytes, Part::Middle, b""),
        ] {
            assert!(Contents::open(&write(&[(kind, part, "", None, bytes)])).is_err(), "{kind:?} {part:?}");
        }
    }

    proptest! {
        #[test]
        fn any_bytes_are_a_payload_or_an_error(bytes: Vec<u8>) {
            if let Ok((_, contents)) = Contents::open(&bytes) {
                prop_assert!(contents.map(|item| item.bytes.len()).sum::<usize>() <= bytes.len());
            }
        }

        #[test]
        fn a_byte_written_over_gives_an_error_or_pieces_that_the_lane_takes(at: prop::sample::Index, byte: u8) {
            let mut payload = write(&[(Kind::Lines, Part::Whole, "Ada", Some(5), b"a\nb\n"), (Kind::Text, Part::First, "Bob", Some(6), b"xyz")]);
            let at = at.index(payload.len());
            payload[at] = byte;
            if let Ok((_, contents)) = Contents::open(&payload) {
                for item in contents {
                    prop_assert!(item.kind != Kind::Lines || item.bytes.ends_with(b"\n"));
                    prop_assert!(item.part.is_end() || !item.bytes.is_empty());
                }
            }
        }
    }
}
