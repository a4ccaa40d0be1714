//! The walk over the crash points, what both ends of it know: the channel, and the messages that `crash_victim` and its peer
//! send each other.
//!
//! A message is its number and its length; [`content`] makes its bytes and [`number_of`] checks them.

use crate::in_memory;
use shmchat::internals::layout::MIN_CAPACITY;
use shmchat::{Channel, ChannelName, Role};
use std::path::Path;

/// What a `crash_victim` is called that cleans up instead of taking a role.
pub const CLEAN: &str = "clean";

/// The least length: says only whose and which.
pub const SHORT: usize = 0;

/// The channel that everything happens on.
///
/// # Panics
/// Never: the least capacity is one.
pub fn channel(base: &Path) -> Channel {
    in_memory(Channel::named(ChannelName::default()).dir(base)).capacity(MIN_CAPACITY).expect("a capacity")
}

/// Message `number` of a side: it says whose and which it is, and is filled up to `length` with what its neighbours do not have.
pub fn content(from: Role, number: usize, length: usize) -> Vec<u8> {
    let mut bytes = format!("{from} {number} ").into_bytes();
    let filling = (bytes.len()..length).map(|index| b'!' + ((index * 7 + number) % 90) as u8);
    bytes.extend(filling);
    bytes
}

/// Messages as lines of a block.
pub fn lines(from: Role, first: usize, count: usize) -> Vec<u8> {
    (first..first + count).flat_map(|number| [content(from, number, SHORT), vec![b'\n']].concat()).collect()
}

/// Whose and which message this is; none where it is not a message of ours, whole.
pub fn number_of(bytes: &[u8]) -> Option<(Role, usize)> {
    let mut words = bytes.split(|&byte| byte == b' ').map(|word| std::str::from_utf8(word).unwrap_or_default());
    let from = match words.next()? {
        "writer" => Role::Writer,
        "reader" => Role::Reader,
        _ => return None,
    };
    let number = words.next()?.parse().ok()?;
    (content(from, number, bytes.len()) == bytes).then_some((from, number))
}
