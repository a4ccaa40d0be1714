//! The headers of a publication.

use async_nats::HeaderMap;
use std::fmt::{self, Display};
use std::ops::Range;
use std::str::FromStr;

/// The names of the headers.
pub mod header {
    /// The version of what follows: `1`.
    pub const VERSION: &str = "Shmchat-Version";
    /// The generation of the segment that the publication comes from, in hexadecimal.
    pub const RING: &str = "Shmchat-Ring";
    /// From which position of the lane to which.
    pub const RANGE: &str = "Shmchat-Range";
    /// The bridge process that publishes, in hexadecimal.
    pub const BRIDGE: &str = "Shmchat-Bridge";
    /// How far that bridge has taken the other stream.
    pub const TAKEN: &str = "Shmchat-Taken";
    /// NATS's own: the sequence number that the stream's last message must have.
    pub const EXPECTED_SEQUENCE: &str = "Nats-Expected-Last-Sequence";
    /// NATS's own: the id that the stream's last message must have.
    pub const EXPECTED_ID: &str = "Nats-Expected-Last-Msg-Id";
    /// NATS's own: two messages with the same id, shortly one after the other, are one.
    pub const MESSAGE_ID: &str = "Nats-Msg-Id";
}

/// What this program writes, and all that it reads.
const VERSION: &str = "1";

/// How far a stream was taken: everything before this is in a lane, or was.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Taken {
    /// Which stream: when it was created, in nanoseconds since the epoch. A stream that was deleted and created anew counts
    /// from 1 again.
    pub stream: u64,
    /// The sequence number of the last publication of which something was taken.
    pub sequence: u64,
    /// How many bytes of its payload were taken; [`Taken::ALL`] for all of it.
    pub offset: u64,
}

impl Taken {
    /// All of a publication.
    pub const ALL: u64 = u64::MAX;

    /// The first publication of which something is missing.
    pub fn next_sequence(&self) -> u64 {
        if self.offset == Self::ALL { self.sequence.saturating_add(1) } else { self.sequence }
    }
}

impl Display for Taken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}:", self.stream, self.sequence)?;
        if self.offset == Self::ALL { f.write_str("all") } else { write!(f, "{}", self.offset) }
    }
}

impl FromStr for Taken {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        let mut parts = text.splitn(3, ':');
        let mut next = || parts.next().ok_or(());
        let stream = next()?.parse().map_err(drop)?;
        let sequence = next()?.parse().map_err(drop)?;
        let offset = match next()? {
            "all" => Self::ALL,
            number => number.parse().map_err(drop)?,
        };
        Ok(Taken { stream, sequence, offset })
    }
}

/// What the headers say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Heading {
    /// The generation of the segment that the publication comes from.
    pub ring: u64,
    /// From which position of the lane to which; empty if it holds no messages.
    pub range: Range<u64>,
    /// The bridge process that publishes.
    pub bridge: u64,
    /// How far that bridge has taken the other stream, if it has taken anything.
    pub taken: Option<Taken>,
}

/// Why headers are not ours.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum HeadingError {
    /// Some other program's message.
    #[error("it has no header {0}")]
    Missing(&'static str),
    /// One of ours, by a version that we do not know, or by somebody who pretends.
    #[error("its header {0} makes no sense")]
    Invalid(&'static str),
}

impl Heading {
    /// As headers.
    pub fn write(&self, headers: &mut HeaderMap) {
        headers.insert(header::VERSION, VERSION);
        headers.insert(header::RING, format!("{:016x}", self.ring));
        headers.insert(header::RANGE, format!("{}-{}", self.range.start, self.range.end));
        headers.insert(header::BRIDGE, format!("{:016x}", self.bridge));
        if let Some(taken) = &self.taken {
            headers.insert(header::TAKEN, taken.to_string());
        }
    }

    /// From headers.
    pub fn read(headers: Option<&HeaderMap>) -> Result<Heading, HeadingError> {
        let get = |name| headers.and_then(|headers| headers.get(name)).map(|value| value.as_str());
        let need = |name| get(name).ok_or(HeadingError::Missing(name));
        let hex = |name| {
            let text = need(name)?;
            let whole = text.len() == 16 && text.bytes().all(|byte| byte.is_ascii_hexdigit());
            u64::from_str_radix(text, 16).ok().filter(|_| whole).ok_or(HeadingError::Invalid(name))
        };
        if need(header::VERSION)? != VERSION {
            return Err(HeadingError::Invalid(header::VERSION));
        }
        let range =
            need(header::RANGE)?.split_once('-').and_then(|(start, end)| Some(start.parse().ok()?..end.parse().ok()?));
        // No position comes near that: it would take 58 years at 10 GB/s.
        let range = range.filter(|range: &Range<u64>| range.start <= range.end && range.end < 1 << 62);
        let taken = get(header::TAKEN)
            .map(|text| text.parse().map_err(|()| HeadingError::Invalid(header::TAKEN)))
            .transpose()?;
        Ok(Heading {
            ring: hex(header::RING)?,
            range: range.ok_or(HeadingError::Invalid(header::RANGE))?,
            bridge: hex(header::BRIDGE)?,
            taken,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn heading() -> Heading {
        let taken = Some(Taken { stream: 17, sequence: 12, offset: 5 });
        Heading { ring: 0x9f, range: 4096..8200, bridge: 3, taken }
    }

    #[test]
    fn a_heading_reads_as_it_was_written() {
        let all = Some(Taken { offset: Taken::ALL, ..Taken::default() });
        for taken in [None, heading().taken, all] {
            let heading = Heading { taken, ..heading() };
            let mut headers = HeaderMap::new();
            heading.write(&mut headers);
            assert_eq!(Heading::read(Some(&headers)), Ok(heading));
        }
    }

    #[test]
    fn a_message_of_another_program_is_told_from_a_damaged_one_of_ours() {
        assert_eq!(Heading::read(None), Err(HeadingError::Missing(header::VERSION)));
        for (name, value) in [
            (header::VERSION, "2"),
            (header::RING, "12"),
            (header::RING, "+00000000000000a"),
            (header::RANGE, "7"),
            (header::RANGE, "9-7"),
            (header::RANGE, "0-9999999999999999999"),
            (header::BRIDGE, ""),
            (header::TAKEN, "1:2"),
            (header::TAKEN, "a:b:c"),
        ] {
            let mut headers = HeaderMap::new();
            heading().write(&mut headers);
            headers.insert(name, value);
            assert_eq!(Heading::read(Some(&headers)), Err(HeadingError::Invalid(name)), "{name}: {value}");
        }
    }

    #[test]
    fn the_next_publication_is_the_same_while_a_part_of_it_is_missing() {
        assert_eq!(Taken { stream: 1, sequence: 7, offset: 3 }.next_sequence(), 7);
        assert_eq!(Taken { stream: 1, sequence: 7, offset: Taken::ALL }.next_sequence(), 8);
    }

    proptest! {
        #[test]
        fn any_text_is_a_place_or_none(text: String) {
            let _ = text.parse::<Taken>();
        }
    }
}
