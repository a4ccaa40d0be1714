//! Whose segment is at a key.
//!
//! PostgreSQL's rule: what is not certainly ours is foreign, and stays untouched (`src/backend/port/sysv_shmem.c`).

use crate::channel::config::Config;
use crate::channel::error::{Corruption, Error};
use crate::channel::header::SegmentHeader;
use crate::channel::segment_ref::SegmentRef;
use crate::folder::Access;
use crate::key::{Identity, Key};
use crate::layout::{self, Words};
use crate::memory::{self, SegmentId, Stat};
use nix::errno::Errno;

/// Set in the mode of a segment whose key does not come from its channel's own key file, because its users agreed on
/// another file. `shmat(2)` asks for the right to execute only with `SHM_EXEC`, so the bit gives nobody any rights; but
/// the kernel lists it. So a start knows which of a user's segments may belong to the channel although their keys don't
/// tell, and attaches only those. Attaching each of 1,000 takes 10 to 20 ms; listing them takes 0.6.
pub(super) const AT_AGREED_KEY: u32 = 0o100;

/// Whether a segment may be a channel's, of any version and at any key, by what the kernel lists of it. So of the segments
/// of other programs hardly any need to be attached, which takes some 10 µs each.
///
/// No key of ours is private, since a project id is never 0. The key of a segment that is marked for removal is lost.
pub(in crate::channel) fn may_be_a_channels(stat: &Stat) -> bool {
    layout::capacity_of(stat.bytes).is_some() && (stat.doomed || stat.key.project_id() != 0)
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

/// A segment at a key.
pub(in crate::channel) enum Probe<W> {
    Nothing,
    /// It has a size that none of ours has, or we may not look into it.
    Foreign,
    /// It may be ours. With what the kernel said about it before we attached it.
    Attached(SegmentRef, SegmentHeader<W>, Stat),
}

/// Looks for a segment at `key` that may be ours, and attaches it.
pub(in crate::channel) fn probe<W>(
    config: &Config,
    key: Key,
    attach: impl Fn(SegmentId) -> Result<W, Errno>,
) -> Result<Probe<W>, Error> {
    // A segment that disappears between two of these calls, or that we may not look at.
    let unless_gone = |errno| match errno {
        Errno::ENOENT | Errno::EINVAL | Errno::EIDRM => Ok(Probe::Nothing),
        Errno::EACCES | Errno::EPERM => Ok(Probe::Foreign),
        errno => Err(Error::system(&config.name, "look at the segment", errno)),
    };
    let shmid = match memory::find(key) {
        Ok(shmid) => shmid,
        Err(errno) => return unless_gone(errno),
    };
    let before = match memory::stat(shmid) {
        Ok(stat) => stat,
        Err(errno) => return unless_gone(errno),
    };
    if layout::capacity_of(before.bytes).is_none() || !may_be_ours(config.access, &before) {
        return Ok(Probe::Foreign);
    }
    let header = match attach(shmid) {
        Ok(segment) => SegmentHeader(segment),
        Err(errno) => return unless_gone(errno),
    };
    // Only now is it safe: one marked for removal before we attached would be ours alone, and its key somebody
    // else's.
    match memory::stat(shmid) {
        Ok(stat) if stat.doomed => Ok(Probe::Nothing),
        Ok(_) => Ok(Probe::Attached(SegmentRef { channel: config.name.clone(), key, shmid }, header, before)),
        Err(errno) => unless_gone(errno),
    }
}

/// Whose segment it is, by its header.
pub(in crate::channel) enum Verdict {
    Ours,
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
    let corrupt = |field, value| Error::Corrupt { at: at.clone(), what: Corruption::Header { field, value } };
    match header.magic() {
        // All layouts up to ours have the identity in the same place. We do not know where a newer one has it.
        layout::MAGIC if header.version() > layout::VERSION => {
            Err(Error::Version { at: at.clone(), found: header.version() })
        }
        layout::MAGIC if header.version() < layout::VERSION && header.belongs_to(identity) => {
            Err(Error::Version { at: at.clone(), found: header.version() })
        }
        layout::MAGIC if !header.belongs_to(identity) => Ok(Verdict::Foreign),
        layout::MAGIC if stat.mode & !(access.segment_mode() | AT_AGREED_KEY) != 0 => {
            Err(Error::TooOpen { at: at.clone(), mode: stat.mode })
        }
        layout::MAGIC => match header.capacity() {
            Ok(_) => Ok(Verdict::Ours),
            Err(what) => Err(Error::Corrupt { at: at.clone(), what }),
        },
        // Less than the complete identity proves nothing, so we must be its creator.
        0 if header.is_unfinished(identity, capacity) && (is_mine(stat) || header.belongs_to(identity)) => {
            Ok(Verdict::HalfMade { capacity })
        }
        // Ours, and used: initialising it again would throw away what is waiting there, perhaps even under a living peer.
        0 if header.belongs_to(identity) => Err(corrupt("the magic number", 0)),
        _ => Ok(Verdict::Foreign),
    }
}
