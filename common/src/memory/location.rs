//! Where one memory is, and what can be done with it there: one small interface for all kinds.
//!
//! A [`Slot`] is a place in which a channel's memory may be. A [`Location`] is one memory that was found or created there: if
//! another one takes its place, it is not that one.

use super::file::{self, RingFile};
use super::kind::MemoryKind;
use super::opened::{self, Hold, Rights};
use super::posix::{self, PosixObject};
use super::stat::Stat;
use super::sysv::{self, SegmentId};
use crate::fault::{Mutant, sabotaged};
use crate::folder::{self, Access, Folder};
use crate::hint::shell_word;
use crate::key::{ChannelId, Key};
use nix::errno::Errno;
use nix::fcntl::OFlag;
use nix::sys::statfs::statfs;
use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// A place in which a channel's memory may be.
#[derive(Clone, Debug)]
pub enum Slot {
    /// The segment at this key.
    SysV(Key),
    /// The memory in `/dev/shm` with this channel's name.
    Posix(ChannelId),
    /// The file in this folder.
    File(Arc<Folder>),
}

impl Slot {
    /// Of which kind the memory there would be.
    pub fn kind(&self) -> MemoryKind {
        match self {
            Slot::SysV(_) => MemoryKind::SysV,
            Slot::Posix(_) => MemoryKind::Posix,
            Slot::File(_) => MemoryKind::File,
        }
    }

    /// What is there. `ENOENT` if nothing is; `EACCES` for what cannot be a memory of ours.
    pub fn find(&self) -> Result<Location, Errno> {
        Ok(match self {
            Slot::SysV(key) => Location::SysV { key: *key, shmid: sysv::find(*key)? },
            Slot::Posix(id) => Location::Posix(posix::find(*id)?),
            Slot::File(folder) => Location::File(file::find(folder)?),
        })
    }

    /// Creates a memory of zeros; `EEXIST` if something is there. All of its room is reserved.
    pub fn create(&self, bytes: usize, rights: Rights) -> Result<Location, Errno> {
        self.create_held(bytes, rights).map(|(place, _)| place)
    }

    /// The same, and nobody else can attach it while it is held; `EAGAIN` if somebody has just removed it, or is about to:
    /// until it is held, it looks like what a dead creator left.
    pub fn create_held(&self, bytes: usize, rights: Rights) -> Result<(Location, Hold), Errno> {
        let (place, file) = match self {
            Slot::SysV(key) => {
                let shmid = sysv::create_for(*key, bytes, rights)?;
                return Ok((Location::SysV { key: *key, shmid }, Hold::default()));
            }
            Slot::Posix(id) => posix::create(*id).map(|(object, file)| (Location::Posix(object), file))?,
            Slot::File(folder) => file::create(folder).map(|(ring, file)| (Location::File(ring), file))?,
        };
        let remove = |_: &Errno| {
            // If it cannot be removed, that is no news beside what went wrong.
            let _ = place.remove();
        };
        let hold = if sabotaged(Mutant::CreateUnheld) { Ok(Hold::new(file)) } else { place.hold(file) };
        let hold = match hold {
            Err(Errno::EAGAIN | Errno::ENOENT | Errno::EIDRM) => return Err(Errno::EAGAIN),
            hold => hold.inspect_err(remove)?,
        };
        opened::make(&*hold.file()?, bytes, rights).inspect_err(remove)?;
        Ok((place, hold))
    }

    /// Where to look for it in the file system; `None` for a segment.
    pub fn path(&self) -> Option<PathBuf> {
        match self {
            Slot::SysV(_) => None,
            Slot::Posix(id) => Some(posix::path(*id)),
            Slot::File(folder) => Some(folder.path().join(file::RING_FILE)),
        }
    }

    /// The directory whose file system has to have room for it; `None` for a segment.
    pub fn directory(&self) -> Option<&Path> {
        match self {
            Slot::SysV(_) => None,
            Slot::Posix(_) => Some(posix::directory()),
            Slot::File(folder) => Some(folder.path()),
        }
    }

    /// How many bytes are free there, and how many there are.
    pub fn room(&self) -> Option<(u64, u64)> {
        let found = statfs(self.directory()?).ok()?;
        let block = u64::try_from(found.block_size()).ok()?;
        Some((found.blocks_available().saturating_mul(block), found.blocks().saturating_mul(block)))
    }

    /// Why what is there cannot be used, if the file system tells.
    pub fn refusal(&self, access: Access) -> Option<folder::Error> {
        // If it cannot be looked at now, that is no reason why it could not be used before.
        let found = folder::look_at_file(&self.path()?, access).err();
        found.filter(|error| !matches!(error, folder::Error::System { .. }))
    }

    /// Which file system there is refused, because other machines may share it.
    pub fn remote(&self) -> Option<&'static str> {
        match self {
            Slot::File(folder) => file::shared_with_other_machines(folder).ok().flatten(),
            Slot::SysV(_) | Slot::Posix(_) => None,
        }
    }
}

/// Where one memory is: part of [`SegmentRef`](crate::inspect::SegmentRef) and
/// [`SegmentStatus`](crate::admin::SegmentStatus).
///
/// ```
/// use shmchat::inspect::Location;
/// use shmchat::{Channel, MemoryKind, Role};
///
/// # let folder = tempfile::tempdir()?;
/// # let channel = Channel::named("lobby".parse()?).dir(folder.path());
/// let writer = channel.memory(MemoryKind::File).attach(Role::Writer)?;
/// let Location::File(ring) = &writer.segment().place else { panic!("it is a file") };
/// assert_eq!(ring.path(), folder.path().join("lobby/ring"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Location {
    /// A System V segment.
    SysV {
        /// Its key. 0 if it is marked for removal.
        key: Key,
        /// Its number.
        shmid: SegmentId,
    },
    /// POSIX memory.
    Posix(PosixObject),
    /// A mapped file.
    File(RingFile),
}

impl Location {
    /// The segment of this number.
    ///
    /// # Errors
    /// As for [`stat`](Self::stat).
    pub fn of_segment(shmid: SegmentId) -> Result<Self, Errno> {
        Ok(Location::SysV { key: sysv::key_of(shmid)?, shmid })
    }

    /// Of which kind it is.
    pub fn kind(&self) -> MemoryKind {
        match self {
            Location::SysV { .. } => MemoryKind::SysV,
            Location::Posix(_) => MemoryKind::Posix,
            Location::File(_) => MemoryKind::File,
        }
    }

    /// A segment's key.
    pub fn key(&self) -> Option<Key> {
        if let Location::SysV { key, .. } = self { Some(*key) } else { None }
    }

    /// A segment's number.
    pub fn shmid(&self) -> Option<SegmentId> {
        if let Location::SysV { shmid, .. } = self { Some(*shmid) } else { None }
    }

    /// The path of what is a file.
    pub fn path(&self) -> Option<PathBuf> {
        match self {
            Location::SysV { .. } => None,
            Location::Posix(object) => Some(object.path()),
            Location::File(file) => Some(file.path()),
        }
    }

    /// The command that removes it, as a shell takes it.
    pub fn removal(&self) -> String {
        match self {
            Location::SysV { shmid, .. } => format!("ipcrm -m {shmid}"),
            Location::Posix(object) => format!("rm {}", shell_word(object.path())),
            Location::File(file) => format!("rm {}", shell_word(file.path())),
        }
    }

    /// The command that finds the processes that have it attached.
    pub fn search(&self) -> String {
        let pattern = match self {
            Location::SysV { shmid, .. } => format!("-lsE ' {shmid} +/SYSV'"),
            Location::Posix(object) => format!("-lsF {}", shell_word(object.path())),
            Location::File(file) => format!("-lsF {}", shell_word(file.path())),
        };
        format!("grep {pattern} /proc/[0-9]*/maps")
    }

    /// Asks the kernel about it.
    ///
    /// ```
    /// use shmchat::{Channel, Role, inspect};
    ///
    /// # let folder = tempfile::tempdir()?;
    /// # let channel = Channel::named("lobby".parse()?).dir(folder.path());
    /// let writer = channel.attach(Role::Writer)?;
    /// let stat = writer.segment().place.stat()?;
    /// assert_eq!(inspect::capacity_of(stat.bytes), Some(writer.capacity()));
    /// assert_eq!((stat.mode, stat.attached, stat.doomed), (0o600, Some(1), false));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// ENOENT, EINVAL or EIDRM if it is gone; EACCES if this process may not look at it.
    pub fn stat(&self) -> Result<Stat, Errno> {
        match self {
            Location::SysV { shmid, .. } => sysv::stat(*shmid),
            Location::Posix(object) => object.stat(),
            Location::File(file) => file.stat(),
        }
    }

    /// Whether anybody has it attached.
    ///
    /// # Errors
    /// As for [`stat`](Self::stat).
    pub fn is_in_use(&self) -> Result<bool, Errno> {
        match self {
            Location::SysV { shmid, .. } => Ok(sysv::stat(*shmid)?.attached.is_some_and(|attached| attached > 0)),
            Location::Posix(_) | Location::File(_) => opened::is_in_use(self.open(OFlag::O_RDONLY)?),
        }
    }

    /// Keeps others from using it. A segment may always be used.
    ///
    /// # Errors
    /// EAGAIN if somebody uses it; as for [`stat`](Self::stat).
    pub(crate) fn exclude(&self) -> Result<Hold, Errno> {
        match self {
            Location::SysV { .. } => Ok(Hold::default()),
            Location::Posix(_) | Location::File(_) => self.hold(self.open(OFlag::O_RDWR)?),
        }
    }

    fn hold(&self, file: std::fs::File) -> Result<Hold, Errno> {
        opened::exclude_others(&file)?;
        // Whoever removes it holds it before.
        self.stat()?;
        Ok(Hold::new(file))
    }

    /// Removes it: nobody finds it any more, and its memory is freed when the last process lets go of it.
    ///
    /// # Errors
    /// As for [`stat`](Self::stat); EPERM or EACCES if it is not ours to remove.
    pub fn remove(&self) -> Result<(), Errno> {
        match self {
            Location::SysV { shmid, .. } => sysv::remove(*shmid),
            Location::Posix(object) => object.remove(),
            Location::File(file) => file.remove(),
        }
    }

    /// Brings its name to the disk, if it is on one: that it is there, and in folders that are there.
    /// <https://man7.org/linux/man-pages/man2/fsync.2.html>
    pub fn sync_name(&self) -> Result<(), Errno> {
        if let Location::File(file) = self { file.sync_name() } else { Ok(()) }
    }

    /// Opens what is a file.
    pub(super) fn open(&self, access: OFlag) -> Result<std::fs::File, Errno> {
        match self {
            Location::SysV { .. } => Err(Errno::EINVAL),
            Location::Posix(object) => object.open(access),
            Location::File(file) => file.open(access),
        }
    }

    /// Gives it to a group again, if its creator died before doing so.
    pub fn share(&self, rights: Rights) -> Result<(), Errno> {
        match (self, rights.group) {
            (Location::SysV { shmid, .. }, Some(group)) => sysv::share(*shmid, group, rights.mode),
            (Location::SysV { .. }, None) => Ok(()),
            (Location::Posix(_) | Location::File(_), _) => opened::share(&self.open(OFlag::O_RDWR)?, rights),
        }
    }
}

impl fmt::Display for Location {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Location::SysV { key, shmid } => write!(f, "key {key}, shmid {shmid}"),
            Location::Posix(object) => object.fmt(f),
            Location::File(file) => file.fmt(f),
        }
    }
}

/// All segments of the system, including those that we may not read.
pub fn segments() -> Result<Vec<(Location, Stat)>, Errno> {
    Ok(sysv::all()?.into_iter().map(|(key, shmid, stat)| (Location::SysV { key, shmid }, stat)).collect())
}

/// The same, and all POSIX memory of channels. It may change while we read it. Mapped files are not among them: only their
/// channel leads to one.
pub fn all() -> Result<Vec<(Location, Stat)>, Errno> {
    let mut all = segments()?;
    all.extend(posix::all()?.into_iter().map(|(object, stat)| (Location::Posix(object), stat)));
    Ok(all)
}
