//! Why something in the file system is not used. Each message says what it is, whose it is, and the way out.

use crate::hint::{group_word, hint, shell_word, user_text};
use nix::errno::Errno;
use nix::unistd::geteuid;
use std::fmt;
use std::path::{Path, PathBuf};

/// Why something in the file system is not used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// Somebody else's.
    #[error(
        "{path} belongs to {}, not to you (uid {me})",
        user_text(*.owner), path = path.display()
    )]
    NotOurs {
        /// What.
        path: PathBuf,
        /// Whose it is.
        owner: u32,
        /// Who we are.
        me: u32,
        /// The group that it seems to be open to.
        group: Option<u32>,
    },
    /// It is where a group's thing should be, and whoever made it is not in the group.
    #[error(
        "{path} belongs to {}, {}",
        user_text(*.owner), stranger(*.known, *.group), path = path.display()
    )]
    NotAMembers {
        /// What.
        path: PathBuf,
        /// Whose it is.
        owner: u32,
        /// The group that was asked for.
        group: u32,
        /// Whether the user database knows the owner.
        known: bool,
    },
    /// Others could read or write it.
    #[error(
        "{path} is open to others (mode {mode:04o}); {}",
        close(path, *.wanted, *.owner), path = path.display()
    )]
    TooOpen {
        /// What.
        path: PathBuf,
        /// Its rights.
        mode: u32,
        /// The rights it should have.
        wanted: u32,
        /// Whose it is, who alone can change that.
        owner: u32,
        /// The group that it seems to be open to.
        group: Option<u32>,
    },
    /// It was not made for this group.
    #[error(
        "{path} is not open to group {} (it has mode {mode:04o} and group {}); choose another channel",
        group_word(*.group), group_word(*.found), path = path.display()
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
    #[error("{path} is {found}{whose}, not {wanted}; move it away", path = path.display(), whose = OwnerText(path))]
    WrongKind {
        /// What.
        path: PathBuf,
        /// What it is.
        found: &'static str,
        /// What it should be.
        wanted: &'static str,
    },
    /// The system said no.
    #[error("cannot {doing} {path}: {errno}{hint}", path = path.display(), errno = errno.desc(), hint = hint("path", *.errno))]
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
struct OwnerText<'a>(&'a Path);

impl fmt::Display for OwnerText<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let found = nix::sys::stat::lstat(self.0).ok();
        found.map_or(Ok(()), |stat| write!(f, " of {}", user_text(stat.st_uid)))
    }
}

/// Why the owner is not trusted.
fn stranger(known: bool, group: u32) -> String {
    let group = group_word(group);
    match known {
        true => format!("who is not a member of group {group} and could listen in"),
        false => format!("whom the user database does not know, so it may not be a member of group {group}"),
    }
}

/// How to close it, and who can.
fn close(path: &Path, wanted: u32, owner: u32) -> String {
    let command = format!("chmod {wanted:o} {}", shell_word(path));
    match geteuid().is_root() || geteuid().as_raw() == owner {
        true => format!("close it with: {command}"),
        false => format!("{} can close it with: {command}", user_text(owner)),
    }
}
