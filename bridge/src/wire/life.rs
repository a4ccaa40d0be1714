//! Who is at an end of the channel, and whether it is there.

use super::number;
use shmchat::Presence;

/// The most bytes of a name, as in the library.
const NAME_MAX: usize = 64;

/// A life of an end: one process in its role, from its coming to its going.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Life {
    /// Whether it is there.
    pub presence: Presence,
    /// When it came, in nanoseconds since the epoch; 0 if nobody has come yet. It tells one life from the next.
    pub since: u64,
    /// Its process, there.
    pub pid: u32,
    /// What it calls itself.
    pub name: String,
}

impl Life {
    /// Whether both are the same process's.
    pub fn is_same(&self, other: &Life) -> bool {
        (self.since, self.pid) == (other.since, other.pid)
    }

    pub(super) fn write(&self, out: &mut Vec<u8>) {
        out.push(match self.presence {
            Presence::Absent => 0,
            Presence::Here => 1,
            Presence::Quit => 2,
            Presence::Gone => 3,
        });
        number::write(out, self.since);
        number::write(out, self.pid.into());
        let name = &self.name[..self.name.floor_char_boundary(NAME_MAX)];
        number::write(out, name.len() as u64);
        out.extend_from_slice(name.as_bytes());
    }

    pub(super) fn read(bytes: &mut &[u8]) -> Option<Life> {
        let (&presence, rest) = bytes.split_first()?;
        *bytes = rest;
        let presence = match presence {
            0 => Presence::Absent,
            1 => Presence::Here,
            2 => Presence::Quit,
            3 => Presence::Gone,
            _ => return None,
        };
        let since = number::read(bytes)?;
        let pid = number::read(bytes)?.try_into().ok()?;
        let name = read_name(bytes)?.to_owned();
        Some(Life { presence, since, pid, name })
    }
}

/// Takes a name from the front.
pub(super) fn read_name<'a>(bytes: &mut &'a [u8]) -> Option<&'a str> {
    let length = number::read(bytes)?;
    let length = usize::try_from(length).ok().filter(|&length| length <= NAME_MAX)?;
    let (name, rest) = bytes.split_at_checked(length)?;
    *bytes = rest;
    std::str::from_utf8(name).ok()
}
