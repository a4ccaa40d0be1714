//! Why something in the file system is not used. Each message says what it is, whose it is, and the way out.

#![forbid(unsafe_code)]

use crate::remedy::remedy;
use nix::errno::Errno;
use std::fmt;
use std::path::{Path, PathBuf};

/// Why something in the file system is not used.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Somebody else's.
    #[error("{path} belongs to uid {owner}, not to you (uid {me}); choose another place with --dir", path = path.display())]
    NotOurs {
        /// What.
        path: PathBuf,
        /// Whose it is.
        owner: u32,
        /// Who we are.
        me: u32,
    },
    /// Others could read or write it.
    #[error(
        "{path} is open to others (mode {mode:04o}); close it with: chmod {wanted:o} {path}{hint}",
        path = path.display(), hint = group_hint(*mode, *wanted)
    )]
    TooOpen {
        /// What.
        path: PathBuf,
        /// Its rights.
        mode: u32,
        /// The rights it should have.
        wanted: u32,
    },
    /// It was not made for this group.
    #[error(
        "{path} is not open to group {group} (it has mode {mode:04o} and group {found}); choose another channel, or remove it when nobody uses it",
        path = path.display()
    )]
    NotTheGroups {
        /// What.
        path: PathBuf,
        /// Its rights.
        mode: u32,
        /// Its group.
        found: u32,
        /// The group that was asked for.
        group: u32,
    },
    /// Another kind of file stands there.
    #[error("{path} is {found}{whose}, not {wanted}; move it away or choose another place with --dir", path = path.display(), whose = Whose(path))]
    WrongKind {
        /// What.
        path: PathBuf,
        /// What it is.
        found: &'static str,
        /// What it should be.
        wanted: &'static str,
    },
    /// The system said no.
    #[error("cannot {doing} {path}: {errno}{remedy}", path = path.display(), errno = errno.desc(), remedy = remedy("path", *.errno))]
    System {
        /// The verb.
        doing: &'static str,
        /// What with.
        path: PathBuf,
        /// What the system said.
        #[source]
        errno: Errno,
    },
}

/// Whose something is, for people to read; nothing where that is not to be found out.
struct Whose<'a>(&'a Path);

impl fmt::Display for Whose<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let found = nix::sys::stat::lstat(self.0).ok();
        found.map_or(Ok(()), |stat| write!(f, " of uid {}", stat.st_uid))
    }
}

/// What is closed to all but a group may well be a group's channel, opened without saying so.
fn group_hint(mode: u32, wanted: u32) -> &'static str {
    let a_groups = mode & 0o007 == 0 && wanted & 0o070 == 0;
    if a_groups { "; or, if it is a group's channel, say: --mode 0660 --group NAME" } else { "" }
}
