//! Who may use a channel, and whether what was opened complies with that.
//!
//! Nobody creates a group's channel by accident: you have to ask for both the mode and the group. A thing with the
//! group's id and mode may have been created by anybody: in a directory with the setgid bit, files get the group
//! automatically, and anybody may set a segment's group. So the owner must be a member of the group, or root, or
//! ourselves; and so must a segment's creator, who could open it again at any time.
//! <https://man7.org/linux/man-pages/man2/chown.2.html>, <https://man7.org/linux/man-pages/man2/shmctl.2.html>

use super::error::Error;
use super::member::{Standing, standing};
use crate::fault::{Mutant, sabotaged};
use nix::sys::stat::{FileStat, Mode, SFlag};
use nix::unistd::geteuid;
use std::path::{Path, PathBuf};

/// Who may use a channel: [`Channel::access`](crate::Channel::access).
///
/// ```
/// use shmchat::{Access, Channel};
///
/// let channel = Channel::named("lobby".parse()?);
/// assert_eq!(channel.who(), Access::Owner);
/// let shared = channel.access(Access::Group(100)); // group 100 is often "users"
/// assert_eq!(shared.who().default_dir(), std::path::Path::new("/tmp/shmchat-group-100"));
/// assert_eq!(shared.who().segment_mode(), 0o660);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Access {
    /// Only the user who owns it: mode 0600, its folder 0700.
    #[default]
    Owner,
    /// The members of the group with this id: mode 0660, its folder 0770.
    Group(u32),
}

/// The kind of thing to open.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Thing {
    /// The directory that holds the channels.
    Base,
    /// A channel's folder.
    Folder,
    /// A file in it.
    File,
    /// A doorbell in it.
    Fifo,
}

impl Thing {
    pub(super) fn is_folder(self) -> bool {
        matches!(self, Thing::Base | Thing::Folder)
    }

    pub(super) fn kind(self) -> SFlag {
        match self {
            Thing::Base | Thing::Folder => SFlag::S_IFDIR,
            Thing::File => SFlag::S_IFREG,
            Thing::Fifo => SFlag::S_IFIFO,
        }
    }
}

impl Access {
    /// The directory that channels lie in if you name none: `$XDG_RUNTIME_DIR/shmchat` if there is such a runtime
    /// directory, else `/tmp/shmchat-<uid>`. For a group, whose members share no runtime directory,
    /// `/tmp/shmchat-group-<gid>`.
    pub fn default_dir(self) -> PathBuf {
        match (self, std::env::var_os("XDG_RUNTIME_DIR").map(PathBuf::from)) {
            (Access::Group(group), _) => PathBuf::from(format!("/tmp/shmchat-group-{group}")),
            (Access::Owner, Some(dir)) if dir.is_absolute() && dir.is_dir() => dir.join("shmchat"),
            (Access::Owner, _) => PathBuf::from(format!("/tmp/shmchat-{}", geteuid())),
        }
    }

    /// The directory in which the [files](crate::MemoryKind::File) of channels lie if you name none: a runtime directory
    /// goes at logout, so it is `$XDG_STATE_HOME/shmchat`, or `~/.local/state/shmchat`. `None` if nothing says where your
    /// home is, and for a group, whose members share no home: its files lie where its channels do.
    pub fn state_dir(self) -> Option<PathBuf> {
        if self != Access::Owner {
            return None;
        }
        let state = std::env::var_os("XDG_STATE_HOME").map(PathBuf::from).filter(|path| path.is_absolute());
        let in_home = || std::env::home_dir().filter(|home| home.is_absolute()).map(|home| home.join(".local/state"));
        state.or_else(in_home).map(|state| state.join("shmchat"))
    }

    /// The permissions that a thing is created with.
    pub(super) fn mode(self, thing: Thing) -> Mode {
        Mode::from_bits_truncate(match (self, thing) {
            (Access::Owner, Thing::Base | Thing::Folder) => 0o700,
            (Access::Owner, Thing::File | Thing::Fifo) => 0o600,
            // The sticky bit keeps one member from moving another's channel.
            (Access::Group(_), Thing::Base) => 0o1770,
            (Access::Group(_), Thing::Folder) => 0o770,
            (Access::Group(_), Thing::File | Thing::Fifo) => 0o660,
        })
    }

    /// The group that a thing gets.
    pub(super) fn group(self) -> Option<u32> {
        match self {
            Access::Owner => None,
            Access::Group(group) => Some(group),
        }
    }

    /// The nine permission bits of the segment: 0600 or 0660.
    pub fn segment_mode(self) -> u32 {
        match self {
            Access::Owner => 0o600,
            Access::Group(_) => 0o660,
        }
    }

    /// Whether you may use what this user id made: it is your own; or, for a group, it belongs to a member of the group
    /// or to root.
    pub fn admits(self, user: u32) -> bool {
        match self {
            Access::Owner => user == geteuid().as_raw(),
            Access::Group(group) => standing(user, group) == Standing::Member,
        }
    }
}

/// Checks that what was opened is such a thing, that its owner may use the channel, and that it is open only to those who may.
pub(super) fn check(stat: &FileStat, path: &Path, thing: Thing, access: Access) -> Result<(), Error> {
    let path = path.to_path_buf();
    let found = kind(stat);
    let (owner, me) = (stat.st_uid, geteuid().as_raw());
    let mode = stat.st_mode & 0o7777;
    if found != thing.kind() {
        return Err(Error::WrongKind { path, found: kind_name(found), wanted: kind_name(thing.kind()) });
    }
    if sabotaged(Mutant::TrustRights) {
        return Ok(());
    }
    let wanted = access.mode(thing).bits();
    match access {
        Access::Owner => {
            // A group's channels have another default directory than ours.
            let ours = || path.parent() == Some(access.default_dir().as_path());
            let a_groups = thing == Thing::Folder && mode & 0o777 == 0o770 && !ours();
            let group = a_groups.then_some(stat.st_gid);
            match (owner == me, mode & 0o077) {
                (true, 0) => Ok(()),
                (true, _) => Err(Error::TooOpen { path, mode, wanted, owner, group }),
                (false, _) => Err(Error::NotOurs { path, owner, me, group }),
            }
        }
        Access::Group(group) => match standing(owner, group) {
            Standing::Outsider => Err(Error::NotAMembers { path, owner, group, known: true }),
            Standing::Unknown => Err(Error::NotAMembers { path, owner, group, known: false }),
            Standing::Member if owner != me && stat.st_gid != group => {
                Err(Error::NotOurs { path, owner, me, group: None })
            }
            Standing::Member if mode & 0o007 != 0 => Err(Error::TooOpen { path, mode, wanted, owner, group: None }),
            Standing::Member if stat.st_gid != group || mode & wanted & 0o070 != wanted & 0o070 => {
                Err(Error::NotTheGroups { path, mode, found: stat.st_gid, group })
            }
            Standing::Member => Ok(()),
        },
    }
}

/// What kind of file it is.
pub(super) fn kind(stat: &FileStat) -> SFlag {
    SFlag::from_bits_truncate(stat.st_mode & SFlag::S_IFMT.bits())
}

pub(super) fn kind_name(kind: SFlag) -> &'static str {
    match kind {
        SFlag::S_IFDIR => "a folder",
        SFlag::S_IFREG => "a plain file",
        SFlag::S_IFIFO => "a FIFO",
        SFlag::S_IFLNK => "a symbolic link",
        SFlag::S_IFSOCK => "a socket",
        _ => "a device",
    }
}
