//! A message to be sent.

use super::part::Part;
use crate::ring::record::Kind;
use std::time::SystemTime;

/// A message, or a part of one, to be sent.
///
/// The sending calls take a `&str`, a `&[u8]`, a byte array or a `&Vec<u8>` as well: each becomes a whole message of
/// [`Kind::Bytes`]. Fill the fields yourself for anything else:
///
/// ```
/// use shmchat::{Channel, Kind, Outgoing, Role};
/// use std::time::SystemTime;
///
/// # let folder = tempfile::tempdir()?;
/// # let channel = Channel::named("lobby".parse()?).dir(folder.path());
/// # let (mut writer, mut reader) = (channel.attach(Role::Writer)?, channel.attach(Role::Reader)?);
/// let now = SystemTime::now();
/// writer.send(Outgoing { kind: Kind::Text, sent: Some(now), ..Outgoing::from("hello") })?;
///
/// let message = reader.recv()?;
/// assert_eq!((message.envelope.kind, message.envelope.sent), (Kind::Text, Some(now)));
/// # reader.receiver().acknowledge()?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Outgoing<'a> {
    /// What the other side is to take it for.
    pub kind: Kind,
    /// The sender's clock, for [`Kind::Text`] and [`Kind::Lines`]. It goes with the part that begins the message. A text without it
    /// counts as sent at the same time as the one before it.
    pub sent: Option<SystemTime>,
    /// Its bytes.
    pub bytes: &'a [u8],
    /// Which part of the message they are.
    pub part: Part,
    /// This is the last line of a text, and the text does not end in a line feed.
    pub unterminated: bool,
    /// Who sends it, in at most 64 bytes; `None` for this endpoint's own
    /// [display name](crate::Endpoint::set_display_name). It goes with the part that begins the message. Passing on
    /// other people's messages, you name them here.
    pub from: Option<&'a str>,
}

impl<'a> From<&'a [u8]> for Outgoing<'a> {
    /// Plain bytes, whole.
    fn from(bytes: &'a [u8]) -> Self {
        Outgoing { kind: Kind::Bytes, sent: None, bytes, part: Part::Whole, unterminated: false, from: None }
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
