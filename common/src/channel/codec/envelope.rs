//! A received message, and what is known of it.

use super::part::Part;
use crate::ring::record::Kind;
use std::time::SystemTime;

/// What is known of a message beside its bytes.
///
/// ```
/// use shmchat::{Channel, Kind, Part, Role};
///
/// # let folder = tempfile::tempdir()?;
/// # let channel = Channel::named("lobby".parse()?).dir(folder.path());
/// # let (mut writer, mut reader) = (channel.attach(Role::Writer)?, channel.attach(Role::Reader)?);
/// let seq = writer.send("hello")?;
/// let envelope = reader.recv()?.envelope;
/// assert_eq!(envelope.seq, seq);
/// assert_eq!((envelope.kind, envelope.part), (Kind::Bytes, Part::Whole));
/// assert!(!envelope.follows_truncated);
/// # reader.receiver().acknowledge()?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Envelope {
    /// The message's position in the lane, in bytes. It grows from message to message. It is the same for each part of a message,
    /// and the same again if the message is received a second time. For a part without its beginning, which an earlier
    /// receiver had, it is the position of that part.
    pub seq: u64,
    /// What it is. [`Kind::Lines`] only if you asked for blocks or views.
    pub kind: Kind,
    /// The sender's clock, if it told.
    pub sent: Option<SystemTime>,
    /// Which part of the message this is. A block of lines is [`Part::Last`] if its first line is the rest of one.
    pub part: Part,
    /// This is the last line of a text, and the text does not end in a line feed.
    pub unterminated: bool,
    /// The message before this one was cut off, because its sender died. It was never accepted, so no promise is broken;
    /// but if you have shown a part of it already, you may want to say so.
    pub follows_truncated: bool,
}

/// A received message, or a part of one. It borrows the endpoint.
///
/// It is acknowledged by the next receiving call, by [`Receiver::acknowledge`](crate::Receiver::acknowledge), or when you quit. Until
/// then the other side counts it as waiting, and if you are killed your successor receives it again.
///
/// ```
/// use shmchat::{Channel, OwnedMessage, Role};
///
/// # let folder = tempfile::tempdir()?;
/// # let channel = Channel::named("lobby".parse()?).dir(folder.path());
/// # let (mut writer, mut reader) = (channel.attach(Role::Writer)?, channel.attach(Role::Reader)?);
/// writer.send("hello")?;
/// let message = reader.recv()?;
/// assert_eq!(std::str::from_utf8(message.bytes)?, "hello");
/// let kept: OwnedMessage = message.into(); // borrows nothing
/// reader.receiver().acknowledge()?;
/// assert_eq!(kept.bytes, b"hello");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Message<'a> {
    /// What is known of it.
    pub envelope: Envelope,
    /// The name of whoever sent it, in up to 64 bytes; empty if it gave none. It is right for every message, whoever has
    /// quit, died or come since. The sender wrote it, so do not rely on it, and do not print it to a terminal as it is.
    pub from: &'a str,
    /// Its bytes, in private memory: the other side cannot change them any more.
    pub bytes: &'a [u8],
}

impl Message<'_> {
    /// What a message counts for in a batch beside its bytes, so that empty ones end a batch too: 16 bytes.
    pub const OVERHEAD: usize = 16;
}

/// A received message, or a part of one, that owns its bytes: what [`Endpoint::iter`](crate::Endpoint::iter) gives, and what
/// a [`Message`] turns into. It can go to another thread.
///
/// ```
/// use shmchat::{Channel, OwnedMessage, Role};
///
/// # let folder = tempfile::tempdir()?;
/// # let channel = Channel::named("lobby".parse()?).dir(folder.path());
/// # let (mut writer, mut reader) = (channel.attach(Role::Writer)?, channel.attach(Role::Reader)?);
/// writer.sender().send_batch(["one", "two"])?;
/// writer.quit()?;
/// let all: Vec<OwnedMessage> = reader.iter().collect::<Result<_, _>>()?;
/// let lengths = std::thread::spawn(move || all.iter().map(|message| message.bytes.len()).sum::<usize>());
/// assert_eq!(lengths.join().unwrap(), 6);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OwnedMessage {
    /// What is known of it.
    pub envelope: Envelope,
    /// The name of whoever sent it: see [`Message::from`].
    pub from: String,
    /// Its bytes.
    pub bytes: Vec<u8>,
}

impl From<Message<'_>> for OwnedMessage {
    fn from(message: Message<'_>) -> Self {
        OwnedMessage { envelope: message.envelope, from: message.from.to_owned(), bytes: message.bytes.to_vec() }
    }
}
