//! Whose memory is in a slot: a segment at a key, or a file with the channel's name.
//!
//! PostgreSQL's rule: what is not certainly ours is foreign, and stays untouched (`src/backend/port/sysv_shmem.c`).

use super::alone::in_use;
use crate::channel::config::Config;
use crate::channel::error::{Corruption, Error, MemoryError};
use crate::channel::header::SegmentHeader;
use crate::channel::segment_ref::SegmentRef;
use crate::folder::{self, Access};
use crate::key::{Identity, Key};
use crate::layout::{self, Words};
use crate::memory::{Location, MemoryKind, Slot, Stat, Window};
use nix::errno::Errno;
use std::path::Path;

/// Set in the mode of a segment whose key does not come from its channel's own key file, because its users agreed on
/// another file. `shmat(2)` asks for the right to execute only with `SHM_EXEC`, so the bit gives nobody any rights; but
/// the kernel lists it. So a start knows which of a user's segments may belong to the channel although their keys don't
/// tell, and attaches only those. Attaching each of 1,000 takes 10 to 20 ms; listing them takes 0.6.
pub(super) const AT_AGREED_KEY: u32 = 0o100;

/// Whether a segment may be a channel's, of any version and at any key, by what the kernel lists of it. So of the segments
/// of other programs hardly any need to be attached, which takes some 10 µs each.
///
/// No key of ours is private, since a project id is never 0. The key of a segment that is marked for removal is lost.
pub(in crate::channel) fn may_be_a_channels(key: Option<Key>, stat: &Stat) -> bool {
    layout::capacity_of(stat.bytes).is_some() && (stat.doomed || key.is_none_or(|key| key.project_id() != 0))
}

/// Whether we may look into a segment at all: it is ours, or a member of our group has opened it to the group just as
/// we would. Anybody can create one with these permissions, so its owner and its creator, who could take it back, count
/// too; after that, its contents decide.
pub(in crate::channel) fn may_be_ours(access: Access, stat: &Stat) -> bool {
    let shared = match access {
        Access::Owner => false,
        Access::Group(group) => {
            let open = stat.group == group && stat.mode & !AT_AGREED_KEY == access.segment_mode();
            open && access.admits(stat.uid) && access.admits(stat.creator)
        }
    };
    is_mine(stat) || shared
}

pub(in crate::channel) fn is_mine(stat: &Stat) -> bool {
    let me = nix::unistd::geteuid().as_raw();
    stat.uid == me && stat.creator == me
}

/// What is in a slot.
pub(in crate::channel) enum Probe<W> {
    Nothing,
    /// It has a size that none of ours has, or we may not look into it.
    Foreign,
    /// It has our name and is ours to use, but has a size that none of ours has: its creator died before it had its room, or
    /// somebody has cut it short.
    WrongSize(SegmentRef, Stat),
    /// It may be ours. With what the kernel said about it before we attached it.
    Attached(SegmentRef, SegmentHeader<W>, Stat),
}

/// Looks for a memory in `slot` that may be ours, and attaches it.
pub(in crate::channel) fn probe<W>(
    config: &Config,
    slot: &Slot,
    attach: impl Fn(&Location) -> Result<W, Errno>,
) -> Result<Probe<W>, Error> {
    // A memory that disappears between two of these calls, or that we may not look at.
    let unless_gone = |errno| match errno {
        Errno::ENOENT | Errno::EINVAL | Errno::EIDRM => Ok(Probe::Nothing),
        Errno::EACCES | Errno::EPERM | Errno::EREMOTE => Ok(Probe::Foreign),
        errno => Err(Error::system(&config.name, slot.kind().looking(), errno)),
    };
    let place = match slot.find() {
        Ok(place) => place,
        Err(errno) => return unless_gone(errno),
    };
    let before = match place.stat() {
        Ok(stat) => stat,
        Err(errno) => return unless_gone(errno),
    };
    let at = SegmentRef { channel: config.name.clone(), place };
    if !may_be_ours(config.access, &before) {
        return Ok(Probe::Foreign);
    }
    if layout::capacity_of(before.bytes).is_none() {
        // Any program may have a segment at our key, but nobody else has a reason to use our name.
        let found_by_name = slot.kind() != MemoryKind::SysV;
        return Ok(if found_by_name { Probe::WrongSize(at, before) } else { Probe::Foreign });
    }
    let header = match attach(&at.place) {
        Ok(segment) => SegmentHeader(segment),
        Err(Errno::EAGAIN) => return Err(in_use(&at)),
        Err(errno) => return unless_gone(errno),
    };
    // Only now is it safe: one marked for removal before we attached would be ours alone, and its key somebody
    // else's.
    match at.place.stat() {
        Ok(stat) if stat.doomed => Ok(Probe::Nothing),
        Ok(_) => Ok(Probe::Attached(at, header, before)),
        Err(errno) => unless_gone(errno),
    }
}

/// Whether nothing was ever written to a memory of the wrong size.
///
/// # Errors
/// [`Error::Corrupt`] if something was: then its end is missing.
pub(in crate::channel) fn check_blank(at: &SegmentRef, stat: &Stat) -> Result<(), Error> {
    let header = match Window::attach(&at.place) {
        Ok(window) => (0..window.count().min(layout::HEADER_BYTES / layout::WORD)).all(|word| window.word(word) == 0),
        // It is empty, or has gone.
        Err(Errno::EINVAL | Errno::ENOENT | Errno::EIDRM) => true,
        Err(errno) => return Err(Error::system(&at.channel, at.place.kind().looking(), errno)),
    };
    let what = Corruption::Header { field: "its own size", value: stat.bytes as u64 };
    if header { Ok(()) } else { Err(Error::Corrupt { at: at.clone(), what }) }
}

/// Why what is in a slot of this kind is not used, whoever put it there.
pub(in crate::channel) fn refusal(config: &Config, slot: &Slot) -> Error {
    let channel = config.name.clone();
    let (path, remote) = (slot.directory().unwrap_or(Path::new("")).to_path_buf(), slot.remote());
    match (remote, slot.refusal(config.access)) {
        (Some(file_system), _) => MemoryError::Remote { channel, path, file_system }.into(),
        (None, Some(error)) => error.into(),
        // It looks as it should, and cannot be opened all the same.
        (None, None) => {
            let path = slot.path().unwrap_or_default();
            folder::Error::System { doing: "use", path, errno: Errno::EACCES }.into()
        }
    }
}

/// Whose segment it is, by its header.
pub(in crate::channel) enum Verdict {
    Ours,
    /// It has our name, and is sound, but was made for another key file: before a reboot, or in another place.
    Estranged,
    HalfMade {
        /// The size of a lane in bytes, from the size of the segment.
        capacity: u64,
    },
    Foreign,
}

/// Decides by its header whose segment this is. Nothing is written to it.
///
/// # Errors
/// If it is ours but cannot be used.
pub(in crate::channel) fn classify<W: Words>(
    access: Access,
    identity: &Identity,
    at: &SegmentRef,
    header: &SegmentHeader<W>,
    stat: &Stat,
) -> Result<Verdict, Error> {
    let Some(capacity) = layout::capacity_of(stat.bytes) else { return Ok(Verdict::Foreign) };
    // Any program may have a segment at our key. What is found by its name is the channel's, whatever is in it.
    let found_by_name = at.place.kind() != MemoryKind::SysV;
    let is_ours = found_by_name || header.belongs_to(identity);
    let made_for = if found_by_name { header.claimed_identity() } else { *identity };
    let corrupt = |field, value| Error::Corrupt { at: at.clone(), what: Corruption::Header { field, value } };
    match header.magic() {
        // All layouts up to ours have the identity in the same place. We do not know where a newer one has it.
        layout::MAGIC if header.version() > layout::VERSION => {
            Err(Error::Version { at: at.clone(), found: header.version() })
        }
        layout::MAGIC if header.version() < layout::VERSION && is_ours => {
            Err(Error::Version { at: at.clone(), found: header.version() })
        }
        layout::MAGIC if !is_ours => Ok(Verdict::Foreign),
        layout::MAGIC if stat.mode & !(access.segment_mode() | AT_AGREED_KEY) != 0 => {
            Err(Error::TooOpen { at: at.clone(), mode: stat.mode })
        }
        layout::MAGIC => match header.capacity() {
            Ok(_) if header.belongs_to(identity) => Ok(Verdict::Ours),
            Ok(_) => Ok(Verdict::Estranged),
            Err(what) => Err(Error::Corrupt { at: at.clone(), what }),
        },
        // Less than the complete identity proves nothing, so we must be its creator.
        0 if header.is_unfinished(&made_for, capacity) && (is_mine(stat) || is_ours) => {
            Ok(Verdict::HalfMade { capacity })
        }
        // Ours, and used: initialising it again would throw away what is waiting there, perhaps even under a living peer.
        magic if found_by_name || (magic == 0 && is_ours) => Err(corrupt("the magic number", magic)),
        _ => Ok(Verdict::Foreign),
    }
}
