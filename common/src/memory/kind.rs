//! The three kinds of memory.

use std::fmt;
use std::str::FromStr;

/// What kind of shared memory a channel lies in: [`Channel::memory`](crate::Channel::memory). All kinds keep the same promises
/// to two living processes, and none loses anything when one of them is killed.
///
/// | | what it is | where to see it | after a reboot |
/// | --- | --- | --- | --- |
/// | `sysv` | a System V segment | `ipcs -m` | gone |
/// | `posix` | POSIX shared memory | `ls /dev/shm` | gone |
/// | `file` | a mapped file | in `~/.local/state/shmchat`, or in the directory that you named | still there |
///
/// ```
/// use shmchat::MemoryKind;
///
/// assert_eq!("posix".parse(), Ok(MemoryKind::Posix));
/// assert_eq!(MemoryKind::default().to_string(), "sysv");
/// assert!("mmap".parse::<MemoryKind>().is_err());
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum MemoryKind {
    /// `shmget`: a segment at a key that `ftok` makes.
    #[default]
    SysV,
    /// `shm_open`: an object in `/dev/shm`, named after the channel's id. Containers that share `/dev/shm` need not share
    /// their IPC namespace.
    Posix,
    /// `mmap` of a file, which outlives the machine's memory.
    File,
}

impl MemoryKind {
    /// All of them.
    pub const ALL: [MemoryKind; 3] = [MemoryKind::SysV, MemoryKind::Posix, MemoryKind::File];

    /// Whether what is in it is still there after a reboot.
    pub(crate) fn outlives_boot(self) -> bool {
        self == MemoryKind::File
    }

    /// A look at it, for errors.
    pub(crate) fn looking(self) -> &'static str {
        self.doing("look at the segment", "look at the memory")
    }

    /// What was tried, for errors: for a segment other advice helps than for what is a file.
    pub(crate) fn doing(self, to_segment: &'static str, to_memory: &'static str) -> &'static str {
        if self == MemoryKind::SysV { to_segment } else { to_memory }
    }
}

impl fmt::Display for MemoryKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            MemoryKind::SysV => "sysv",
            MemoryKind::Posix => "posix",
            MemoryKind::File => "file",
        })
    }
}

/// A word that is no kind of memory: the error of `"mmap".parse::<MemoryKind>()`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected sysv, posix or file")]
pub struct UnknownMemoryKind;

impl FromStr for MemoryKind {
    type Err = UnknownMemoryKind;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        MemoryKind::ALL.into_iter().find(|kind| kind.to_string() == text).ok_or(UnknownMemoryKind)
    }
}
