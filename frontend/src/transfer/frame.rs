//! What the two sides say to each other about files: one frame per message of the lane.
//!
//! ```text
//!   byte   0        1..9            9..17              17..
//!   offer  1        offer           size               name, UTF-8, at most 255 bytes
//!   withdraw 2      offer           why (1 byte)
//!   accept 3        offer           take
//!   skip   4        offer
//!   chunk  5        take            offset             bytes, at least 1
//!   done   6        take            SHA-256 (32 bytes)
//!   stored 7        take
//!   refuse 8        take            why (1 byte)
//! ```
//!
//! Numbers are little-endian. An *offer* is a number that its sender has drawn; a *take* is one that the receiver has drawn
//! when its user said `/get`. Bytes carry the take and nothing else, so they can only reach the process whose user asked
//! for them: a successor, or one that was asked nothing, knows no such number.
//!
//! A frame is untrusted. [`Frame::decode`] returns `None` for whatever is not exactly one of the above.

/// A frame's name for a file is at most this long, in bytes: as long as Linux allows a file name to be.
pub(super) const NAME_MAX: usize = 255;

/// What precedes the bytes of a chunk.
pub(super) const CHUNK_HEAD: usize = 17;

/// A frame, decoded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Frame<'a> {
    /// The sender has a file to give.
    Offer {
        /// Drawn by the sender.
        offer: u64,
        /// The file's size in bytes.
        size: u64,
        /// Its name, as the sender wrote it: anything but empty.
        name: &'a str,
    },
    /// The sender gives it no longer.
    Withdraw {
        /// Which one.
        offer: u64,
        /// Why.
        why: Withdrawn,
    },
    /// The receiver's user has said `/get`.
    Accept {
        /// Which one.
        offer: u64,
        /// What the bytes are to carry; drawn by the receiver.
        take: u64,
    },
    /// The receiver's user has said `/skip`, perhaps in the middle.
    Skip {
        /// Which one.
        offer: u64,
    },
    /// Bytes of the file.
    Chunk {
        /// As the receiver drew it.
        take: u64,
        /// Where they belong.
        offset: u64,
        /// At least one.
        bytes: &'a [u8],
    },
    /// All bytes were sent.
    Done {
        /// As the receiver drew it.
        take: u64,
        /// The hash of all of them.
        sha256: [u8; 32],
    },
    /// The file is whole and has its name.
    Stored {
        /// As the receiver drew it.
        take: u64,
    },
    /// The receiver does not take these bytes, or not any more. The offer stays open.
    Refuse {
        /// As they carried it.
        take: u64,
        /// Why.
        why: Refused,
    },
}

/// Why a sender withdraws an offer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Withdrawn {
    /// Its user said so.
    Asked = 1,
    /// The file is not what it was when it was offered.
    Changed = 2,
    /// The file could not be read.
    Unreadable = 3,
    /// This life of the sender has made no such offer.
    Unknown = 4,
}

/// Why a receiver refuses bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Refused {
    /// This life of the receiver has not asked for them.
    Unknown = 1,
    /// The disk is full.
    NoSpace = 2,
    /// The file could not be written.
    Unwritable = 3,
    /// The bytes are not those that were offered: a gap, too many, too few, or another hash.
    Damaged = 4,
}

impl Withdrawn {
    fn of(byte: u8) -> Option<Withdrawn> {
        [Withdrawn::Asked, Withdrawn::Changed, Withdrawn::Unreadable, Withdrawn::Unknown]
            .into_iter()
            .find(|&why| why as u8 == byte)
    }
}

impl Refused {
    fn of(byte: u8) -> Option<Refused> {
        [Refused::Unknown, Refused::NoSpace, Refused::Unwritable, Refused::Damaged]
            .into_iter()
            .find(|&why| why as u8 == byte)
    }
}

impl<'a> Frame<'a> {
    /// The frame in these bytes, which anybody may have written; `None` if they are no frame.
    pub fn decode(bytes: &'a [u8]) -> Option<Frame<'a>> {
        let (&tag, rest) = bytes.split_first()?;
        let (id, rest) = number(rest)?;
        match tag {
            1 => {
                let (size, name) = number(rest)?;
                let name = std::str::from_utf8(name).ok()?;
                (1..=NAME_MAX).contains(&name.len()).then_some(Frame::Offer { offer: id, size, name })
            }
            2 => Some(Frame::Withdraw { offer: id, why: Withdrawn::of(only(rest)?)? }),
            3 => match number(rest)? {
                (take, []) => Some(Frame::Accept { offer: id, take }),
                _ => None,
            },
            4 if rest.is_empty() => Some(Frame::Skip { offer: id }),
            5 => match number(rest)? {
                (_, []) => None,
                (offset, bytes) => Some(Frame::Chunk { take: id, offset, bytes }),
            },
            6 => Some(Frame::Done { take: id, sha256: rest.try_into().ok()? }),
            7 if rest.is_empty() => Some(Frame::Stored { take: id }),
            8 => Some(Frame::Refuse { take: id, why: Refused::of(only(rest)?)? }),
            _ => None,
        }
    }

    /// Its bytes. A name that is too long loses its end.
    pub fn encode(&self) -> Vec<u8> {
        let mut out = Vec::new();
        let mut begin = |tag: u8, id: u64| {
            out.push(tag);
            out.extend_from_slice(&id.to_le_bytes());
        };
        match *self {
            Frame::Offer { offer, size, name } => {
                begin(1, offer);
                out.extend_from_slice(&size.to_le_bytes());
                out.extend_from_slice(&name.as_bytes()[..name.floor_char_boundary(NAME_MAX)]);
            }
            Frame::Withdraw { offer, why } => {
                begin(2, offer);
                out.push(why as u8);
            }
            Frame::Accept { offer, take } => {
                begin(3, offer);
                out.extend_from_slice(&take.to_le_bytes());
            }
            Frame::Skip { offer } => begin(4, offer),
            Frame::Chunk { take, offset, bytes } => {
                begin(5, take);
                out.extend_from_slice(&offset.to_le_bytes());
                out.extend_from_slice(bytes);
            }
            Frame::Done { take, sha256 } => {
                begin(6, take);
                out.extend_from_slice(&sha256);
            }
            Frame::Stored { take } => begin(7, take),
            Frame::Refuse { take, why } => {
                begin(8, take);
                out.push(why as u8);
            }
        }
        out
    }
}

/// The number that these bytes begin with, and the rest.
fn number(bytes: &[u8]) -> Option<(u64, &[u8])> {
    let (number, rest) = bytes.split_first_chunk()?;
    Some((u64::from_le_bytes(*number), rest))
}

/// The one byte that there has to be.
fn only(bytes: &[u8]) -> Option<u8> {
    match bytes {
        &[byte] => Some(byte),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn frame() -> impl Strategy<Value = (u8, u64, u64, String, Vec<u8>)> {
        (1..9_u8, any::<u64>(), any::<u64>(), "\\PC{1,60}", proptest::collection::vec(any::<u8>(), 1..80))
    }

    proptest! {
        #[test]
        fn what_was_encoded_is_decoded((tag, id, number, name, bytes) in frame()) {
            let withdrawn = Withdrawn::of(number as u8 % 4 + 1).unwrap();
            let refused = Refused::of(number as u8 % 4 + 1).unwrap();
            let frame = match tag {
                1 => Frame::Offer { offer: id, size: number, name: &name },
                2 => Frame::Withdraw { offer: id, why: withdrawn },
                3 => Frame::Accept { offer: id, take: number },
                4 => Frame::Skip { offer: id },
                5 => Frame::Chunk { take: id, offset: number, bytes: &bytes },
                6 => Frame::Done { take: id, sha256: [number as u8; 32] },
                7 => Frame::Stored { take: id },
                _ => Frame::Refuse { take: id, why: refused },
            };
            let encoded = frame.encode();
            prop_assert_eq!(Frame::decode(&encoded), Some(frame));
            // All but a chunk and an offer have one length only.
            prop_assert_eq!(Frame::decode(&encoded[..8]), None);
            if !matches!(tag, 1 | 5) {
                let longer = [&encoded[..], b"x"].concat();
                prop_assert_eq!(Frame::decode(&longer), None);
            }
        }

        #[test]
        fn any_bytes_are_a_frame_or_none_and_a_frame_is_itself(bytes in proptest::collection::vec(any::<u8>(), 0..64), tag in 0..10_u8) {
            for bytes in [bytes.clone(), [&[tag], &bytes[..]].concat()] {
                if let Some(frame) = Frame::decode(&bytes) {
                    prop_assert_eq!(frame.encode(), bytes);
                }
            }
        }
    }

    #[test]
    fn a_name_is_never_empty_and_never_longer_than_a_file_name() {
        let offer = |name| Frame::Offer { offer: 1, size: 2, name }.encode();
        assert_eq!(Frame::decode(&offer("")), None);
        let long = "你".repeat(100);
        let encoded = offer(&long);
        let Some(Frame::Offer { name, .. }) = Frame::decode(&encoded) else { panic!("an offer") };
        assert_eq!(name, "你".repeat(85));
        assert_eq!(Frame::decode(&[&encoded[..], b"x"].concat()), None, "256 bytes");
    }
}
