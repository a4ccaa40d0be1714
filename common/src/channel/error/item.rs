//! Items of a type: what the two sides say of theirs, and what else can stand where items are expected.

use crate::layout::ITEM_NAME_BYTES;
use crate::ring::record::Kind;
use std::fmt;

/// A type of items, as one side has said it in the channel: part of [`Error::OtherType`](crate::Error::OtherType).
///
/// Two programs mean the same type if its size, its alignment and its name without the path are the same. So each can have its
/// own `struct Tick`. What the fields are is not compared: give a type with other fields another name or another size.
///
/// ```
/// use shmchat::{Channel, Error, Role};
///
/// # let folder = tempfile::tempdir()?;
/// # let channel = Channel::named("lobby".parse()?).dir(folder.path());
/// # let (mut writer, mut reader) = (channel.attach(Role::Writer)?, channel.attach(Role::Reader)?);
/// writer.typed::<u32>()?;
/// match reader.typed::<f32>() {
///     Err(Error::OtherType { ours, theirs, .. }) => {
///         assert_eq!((ours.name.as_str(), theirs.name.as_str()), ("f32", "u32"));
///         assert_eq!((ours.size, ours.align), (theirs.size, theirs.align));
///     }
///     other => panic!("{other:?}"),
/// }
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ItemType {
    /// The name without the paths in it: the first 40 bytes if it is longer. Another process wrote it; it is shown with
    /// whatever is not printable escaped.
    pub name: String,
    /// The size of an item in bytes.
    pub size: u64,
    /// The alignment in bytes.
    pub align: u64,
    /// A hash of all of the name: FNV-1a, 64 bits. It is never 0.
    pub name_hash: u64,
}

impl ItemType {
    /// What this program says of `T`.
    pub(in crate::channel) fn of<T>() -> Self {
        let mut name = without_paths(std::any::type_name::<T>());
        let name_hash = fnv_1a(name.as_bytes());
        name.truncate(name.floor_char_boundary(ITEM_NAME_BYTES));
        ItemType { name, size: size_of::<T>() as u64, align: align_of::<T>() as u64, name_hash }
    }
}

impl fmt::Display for ItemType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let ItemType { name, size, align, name_hash } = self;
        write!(f, "{}", name.escape_debug())?;
        let is_all = fnv_1a(name.as_bytes()) == *name_hash;
        f.write_str(if is_all { " (" } else { "… (" })?;
        write!(f, "{size} byte{}, aligned to {align}", if *size == 1 { "" } else { "s" })?;
        if !is_all {
            write!(f, ", name hash {name_hash:016x}")?;
        }
        f.write_str(")")
    }
}

/// A type's name with only the last part of each path: `Tick` for `app::feed::Tick`, `[Tick; 4]` for `[app::feed::Tick; 4]`.
fn without_paths(name: &str) -> String {
    let mut short = String::with_capacity(name.len());
    let mut word = 0;
    let mut rest = name;
    while let Some(next) = rest.chars().next() {
        if let Some(behind) = rest.strip_prefix("::") {
            short.truncate(word);
            rest = behind;
            continue;
        }
        short.push(next);
        if !(next.is_alphanumeric() || next == '_') {
            word = short.len();
        }
        rest = &rest[next.len_utf8()..];
    }
    short
}

/// <http://www.isthe.com/chongo/tech/comp/fnv/>, and 1 for the one name that it would give 0.
fn fnv_1a(bytes: &[u8]) -> u64 {
    let step = |hash: u64, byte: &u8| (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3);
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, step).max(1)
}

/// Why a message is no items: part of [`Error::NoItems`](crate::Error::NoItems).
///
/// ```
/// use shmchat::error::Misfit;
///
/// assert_eq!(Misfit::Length(13).to_string(), "it has 13 bytes");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Misfit {
    /// So many bytes are no whole number of items, or none.
    Length(usize),
    /// It is a part of a message that is longer than a record.
    Part,
    /// It is not bytes, but text or something else.
    Kind(Kind),
}

impl fmt::Display for Misfit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Misfit::Length(bytes) => write!(f, "it has {bytes} byte{}", if *bytes == 1 { "" } else { "s" }),
            Misfit::Part => f.write_str("it is a part of a longer message"),
            Misfit::Kind(Kind::Lines) => f.write_str("it is lines of text"),
            Misfit::Kind(Kind::Text | Kind::Action) => f.write_str("it is text"),
            Misfit::Kind(Kind::File) => f.write_str("it is of a file that is being sent"),
            Misfit::Kind(kind) => write!(f, "it is of the kind {kind:?}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    mod one {
        pub(super) struct Tick(#[expect(dead_code)] [u64; 2]);
    }
    mod other {
        pub(super) struct Tick(#[expect(dead_code)] [u64; 2]);
    }

    #[test]
    fn the_same_name_in_two_modules_is_the_same_type() {
        let tick = ItemType::of::<one::Tick>();
        assert_eq!(tick, ItemType::of::<other::Tick>());
        assert_eq!(tick.to_string(), "Tick (16 bytes, aligned to 8)");
        assert_ne!(tick.name_hash, ItemType::of::<[u64; 2]>().name_hash);
    }

    #[test]
    fn every_path_in_a_name_is_left_out() {
        for (name, short) in [
            ("u8", "u8"),
            ("app::feed::Tick", "Tick"),
            ("[app::feed::Tick; 4]", "[Tick; 4]"),
            ("(a::b::C, d::E<f::G>)", "(C, E<G>)"),
            ("a::größe::Maß", "Maß"),
            ("core::num::wrapping::Wrapping<u8>", "Wrapping<u8>"),
            ("", ""),
            ("::", ""),
        ] {
            assert_eq!(without_paths(name), short, "{name}");
        }
    }

    #[test]
    fn a_long_name_is_cut_and_shown_with_its_hash() {
        struct ALongNameThatIsLongerThanTheRoomInTheHeaderOne;
        struct ALongNameThatIsLongerThanTheRoomInTheHeaderTwo;
        let (one, two) = (
            ItemType::of::<ALongNameThatIsLongerThanTheRoomInTheHeaderOne>(),
            ItemType::of::<ALongNameThatIsLongerThanTheRoomInTheHeaderTwo>(),
        );
        assert_eq!((&one.name, one.name.len()), (&two.name, ITEM_NAME_BYTES));
        assert_ne!(one.to_string(), two.to_string());
        assert!(one.to_string().starts_with("ALongNameThatIsLongerThanTheRoomInTheHea… (0 bytes, "), "{one}");
    }

    #[test]
    fn what_a_peer_wrote_is_shown_escaped() {
        let name = "\u{1b}[31m\u{202e}x";
        let item = ItemType { name: name.into(), size: 1, align: 1, name_hash: fnv_1a(name.as_bytes()) };
        assert_eq!(item.to_string(), r"\u{1b}[31m\u{202e}x (1 byte, aligned to 1)");
    }
}
