//! Why something in the file system cannot be used. Each message says what it is, whose it is, and what to do.

use crate::hint::{group_word, hint, shell_word, user_text};
use nix::errno::Errno;
use nix::unistd::geteuid;
use std::fmt;
use std::path::{Path, PathBuf};

/// Why something in the file system is not used: part of [`Error::Folder`](crate::Error::Folder). Each message names the thing,
/// its owner, and often the way out.
///
/// ```
/// use shmchat::{Channel, Error, Role, error::FolderError};
/// # let folder = tempfile::tempdir()?;
///
/// std::fs::write(folder.path().join("lobby"), "not a folder")?;
/// let error = Channel::named("lobby".parse()?).dir(folder.path()).attach(Role::Writer).unwrap_err();
/// assert!(matches!(error, Error::Folder(FolderError::WrongKind { found: "a plain file", .. })));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// It belongs to somebody else.
    #[error(
        "{path} belongs to {}, not to you (uid {me})",
        user_text(*.owner), path = path.display()
    )]
    NotOurs {
        /// The path of it.
        path: PathBuf,
        /// The user id that it belongs to.
        owner: u32,
        /// This process's user id.
        me: u32,
        /// The group that it seems to be open to.
        group: Option<u32>,
    },
    /// It stands where a group's channel should be, and its owner is not a member of the group.
    #[error(
        "{path} belongs to {}, {}",
        user_text(*.owner), stranger(*.known, *.group), path = path.display()
    )]
    NotAMembers {
        /// The path of it.
        path: PathBuf,
        /// The user id that it belongs to.
        owner: u32,
        /// The group that was asked for.
        group: u32,
        /// Whether the user database knows the owner.
        known: bool,
    },
    /// Other users could read or write it.
    #[error(
        "{path} is open to others (mode {mode:04o}); {}",
        close(path, *.wanted, *.owner), path = path.display()
    )]
    TooOpen {
        /// The path of it.
        path: PathBuf,
        /// Its permission bits.
        mode: u32,
        /// The permission bits that it should have.
        wanted: u32,
        /// The user id that it belongs to, which alone can change that.
        owner: u32,
        /// The group that it seems to be open to.
        group: Option<u32>,
    },
    /// It is not open to this group.
    #[error(
        "{path} is not open to group {} (it has mode {mode:04o} and group {}); choose another channel",
        group_word(*.group), group_word(*.found), path = path.display()
    )]
    NotTheGroups {
        /// The path of it.
        path: PathBuf,
        /// Its permission bits.
        mode: u32,
        /// Its group.
        found: u32,
        /// The group that was asked for.
        group: u32,
    },
    /// It is another kind of file.
    #[error("{path} is {found}{whose}, not {wanted}; move it away", path = path.display(), whose = OwnerText(path))]
    WrongKind {
        /// The path of it.
        path: PathBuf,
        /// What it is.
        found: &'static str,
        /// What it should be.
        wanted: &'static str,
    },
    /// The system refused something.
    #[error("cannot {doing} {path}: {errno}{hint}", path = path.display(), errno = errno.desc(), hint = hint("path", *.errno))]
    System {
        /// What was to be done: a verb.
        doing: &'static str,
        /// What it was to be done to.
        path: PathBuf,
        /// The system's error number.
        #[source]
        errno: Errno,
    },
}

/// Whose something is, for people to read; nothing if that cannot be found out.
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
        false => format!("who is unknown to the user database and may not be a member of group {group}"),
    }
}

/// How to close it to others, and who can.
fn close(path: &Path, wanted: u32, owner: u32) -> String {
    let command = format!("chmod {wanted:o} {}", shell_word(path));
    match geteuid().is_root() || geteuid().as_raw() == owner {
        true => format!("close it with: {command}"),
        false => format!("{} can close it with: {command}", user_text(owner)),
    }
}
