//! A message to be sent.

use super::part::Part;
use crate::ring::record::Kind;
use std::time::SystemTime;

/// A message, or a part of one, to be sent.
#[derive(Clone, Copy, Debug)]
pub struct Outgoing<'a> {
    /// What it is to the other side.
    pub kind: Kind,
    /// The sender's clock; stands with [`Kind::Text`] and [`Kind::Lines`], with the part that begins the message.
    pub sent: Option<SystemTime>,
    /// Its bytes.
    pub bytes: &'a [u8],
    /// Which part of the message they are.
    pub part: Part,
    /// The last line of a text that does not end in a line end.
    pub unterminated: bool,
}

impl<'a> From<&'a [u8]> for Outgoing<'a> {
    /// Plain bytes, whole.
    fn from(bytes: &'a [u8]) -> Self {
        Outgoing { kind: Kind::Bytes, sent: None, bytes, part: Part::Whole, unterminated: false }
    }
}

impl<'a, const N: usize> From<&'a [u8; N]> for Outgoing<'a> {
    fn from(bytes: &'a [u8; N]) -> Self {
        bytes.as_slice().into()
    }
}

impl<'a> From<&'a Vec<u8>> for Outgoing<'a> {
    fn from(bytes: &'a Vec<u8>) -> Self {
        bytes.as_slice().into()
    }
}

impl<'a> From<&'a str> for Outgoing<'a> {
    fn from(text: &'a str) -> Self {
        text.as_bytes().into()
    }
}
