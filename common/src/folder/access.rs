//! Who may use a channel, and whether what was opened keeps to that.
//!
//! A group's channel is not made by accident: both the mode and the group have to be asked for. What proves that a
//! file is the group's, and not put there by an outsider, is its group id: `chown(2)` lets an owner give a file only to
//! a group that it is a member of. (In a folder with the setgid bit that outsiders can write to, files get the group by
//! themselves: such a folder is no place for a group's channel.) Nothing of the kind holds for segments, whose
//! group anyone may set; there the channel's random id, which only the group can read, is the proof.
//! <https://man7.org/linux/man-pages/man2/chown.2.html>

#![forbid(unsafe_code)]

use super::Error;
use crate::fault::{Mutant, sabotaged};
use nix::sys::stat::{FileStat, Mode, SFlag};
use nix::unistd::geteuid;
use std::path::Path;

/// Who may use a channel.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Access {
    /// Its owner alone: 0600, the folder 0700.
    #[default]
    Owner,
    /// The members of the group with this id: 0660, the folder 0770.
    Group(u32),
}

/// What is opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Thing {
    /// The folder of channel folders.
    Base,
    /// A channel's folder.
    Folder,
    /// A file in it.
    File,
    /// A bell in it.
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
    /// The rights that a thing is made with.
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

    /// The group that a thing is given to.
    pub(super) fn group(self) -> Option<u32> {
        match self {
            Access::Owner => None,
            Access::Group(group) => Some(group),
        }
    }

    /// The nine permission bits of a segment.
    pub fn segment_mode(self) -> u32 {
        match self {
            Access::Owner => 0o600,
            Access::Group(_) => 0o660,
        }
    }
}

/// Whether what was opened is such a thing, and open to those only who may use the channel.
pub(super) fn check(stat: &FileStat, path: &Path, thing: Thing, access: Access) -> Result<(), Error> {
    let path = path.to_path_buf();
    let found = SFlag::from_bits_truncate(stat.st_mode & SFlag::S_IFMT.bits());
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
        Access::Owner if owner != me => Err(Error::NotOurs { path, owner, me }),
        Access::Group(group) if owner != me && stat.st_gid != group => Err(Error::NotOurs { path, owner, me }),
        Access::Owner if mode & 0o077 != 0 => Err(Error::TooOpen { path, mode, wanted }),
        Access::Group(_) if mode & 0o007 != 0 => Err(Error::TooOpen { path, mode, wanted }),
        Access::Group(group) if stat.st_gid != group || mode & wanted & 0o070 != wanted & 0o070 => {
            Err(Error::NotTheGroups { path, mode, found: stat.st_gid, group })
        }
        _ => Ok(()),
    }
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
