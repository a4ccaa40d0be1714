//! Attached memory: where it becomes a slice of atomic words.
//!
//! This is one of the five modules of the library that contain `unsafe`: for attaching, and for the one place where the
//! mapping becomes that slice. Everything above works on it in safe code, but for two: [`crate::descriptor`] lets the
//! kernel read and write it, and `ring::copy::vector` copies it in assembler.
//!
//! A file's descriptor stays open beside its mapping, because it shows others that the file is in use: see `opened`.

#![allow(unsafe_code)]

use super::guard::Watched;
use super::location::Location;
use super::opened::{self, Hold};
use super::sysv::{SegmentId, stat};
use crate::layout::{WORD, Words};
use crate::sync::AtomicU64;
use nix::errno::Errno;
use nix::fcntl::OFlag;
use nix::sys::mman::{MapFlags, ProtFlags, mmap, munmap};
use nix::unistd::fdatasync;
use std::ffi::c_void;
use std::fmt;
use std::fs::File;
use std::num::NonZeroUsize;
use std::ptr::NonNull;
use std::sync::Arc;

/// An attached memory. Clones share one mapping, which is detached with the last of them.
#[derive(Clone)]
pub struct Segment {
    mapping: Arc<Mapping>,
}

struct Mapping {
    place: Location,
    base: NonNull<AtomicU64>,
    words: usize,
    /// The file that is mapped; `None` for a segment.
    file: Option<Mapped>,
}

/// A mapped file.
struct Mapped {
    /// How long the mapping is.
    length: NonZeroUsize,
    /// Open as long as it is mapped.
    file: Arc<File>,
    /// Whether it was cut short; `None` if the [guard](super::guard) has no room for it.
    watched: Option<Watched>,
}

/// How to attach a memory.
#[derive(Clone, Copy)]
enum Way<'a> {
    /// For reading and writing. A file is marked as in use.
    Use,
    /// The same, of one that is held.
    Held(&'a Hold),
    /// For reading only, which is no use.
    Look,
}

// SAFETY: a mapping is shared memory of atomic words; it may be used and detached from any thread.
unsafe impl Send for Mapping {}
// SAFETY: as above: all access is through `&[AtomicU64]`.
unsafe impl Sync for Mapping {}

impl Mapping {
    fn attach(place: &Location, way: Way<'_>) -> Result<Self, Errno> {
        // Only relaxed loads of words that the machine loads in one go are allowed on read-only memory: see [`Window`].
        let read_only = matches!(way, Way::Look) && cfg!(target_pointer_width = "64");
        match place {
            Location::SysV { shmid, .. } => Mapping::of_segment(place, *shmid, read_only),
            Location::Posix(_) | Location::File(_) => Mapping::of_file(place, way, read_only),
        }
    }

    /// <https://man7.org/linux/man-pages/man2/shmat.2.html>
    fn of_segment(place: &Location, id: SegmentId, read_only: bool) -> Result<Self, Errno> {
        let flags = if read_only { libc::SHM_RDONLY } else { 0 };
        // SAFETY: with a null address the kernel maps the segment where nothing of ours is.
        let address = unsafe { libc::shmat(id.0, std::ptr::null(), flags) };
        if address as isize == -1 {
            return Err(Errno::last());
        }
        let base = NonNull::new(address.cast::<AtomicU64>()).ok_or(Errno::EFAULT)?;
        let mut mapping = Mapping { place: place.clone(), base, words: 0, file: None };
        // Read the size after attaching: a segment never changes it, and this one cannot disappear while we hold it.
        mapping.words = stat(id)?.bytes / WORD;
        Ok(mapping)
    }

    /// <https://man7.org/linux/man-pages/man2/mmap.2.html>
    fn of_file(place: &Location, way: Way<'_>, read_only: bool) -> Result<Self, Errno> {
        let open = || place.open(if read_only { OFlag::O_RDONLY } else { OFlag::O_RDWR }).map(Arc::new);
        let file = match way {
            Way::Use => {
                let file = open()?;
                opened::show_use(&file)?;
                file
            }
            Way::Held(hold) => hold.file()?,
            Way::Look => open()?,
        };
        let bytes = opened::stat_of(&nix::sys::stat::fstat(&file)?)?.bytes;
        let words = bytes / WORD;
        // An empty file cannot be mapped.
        let length = NonZeroUsize::new(words * WORD).ok_or(Errno::EINVAL)?;
        let write = if read_only { ProtFlags::empty() } else { ProtFlags::PROT_WRITE };
        // SAFETY: without an address the kernel maps the file where nothing of ours is.
        let address = unsafe { mmap(None, length, ProtFlags::PROT_READ | write, MapFlags::MAP_SHARED, &file, 0) };
        let base = address?;
        let mapped = Mapped { length, file, watched: Watched::new(base, length.get()) };
        Ok(Mapping { place: place.clone(), base: base.cast(), words, file: Some(mapped) })
    }
}

impl Segment {
    /// Attaches a memory for reading and writing, at an address that the kernel chooses. `ENOENT`, `EIDRM` or `EINVAL` if
    /// it has gone; `EAGAIN` if somebody [holds](Hold) it.
    pub fn attach(place: &Location) -> Result<Self, Errno> {
        Ok(Segment { mapping: Arc::new(Mapping::attach(place, Way::Use)?) })
    }

    /// The same for a file that we hold, which nobody else can attach until [`share`](Self::share). A segment is attached as
    /// always.
    pub fn attach_held(place: &Location, hold: &Hold) -> Result<Self, Errno> {
        Ok(Segment { mapping: Arc::new(Mapping::attach(place, Way::Held(hold))?) })
    }

    /// Makes sure that nobody else uses it until [`share`](Self::share); `EAGAIN` if somebody does. A segment may always be used.
    pub fn exclude(&self) -> Result<(), Errno> {
        self.mapping.file.as_ref().map_or(Ok(()), |mapped| opened::exclude_others(&mapped.file))
    }

    /// Lets others attach it too.
    pub fn share(&self) -> Result<(), Errno> {
        self.mapping.file.as_ref().map_or(Ok(()), |mapped| opened::show_use(&mapped.file))
    }

    /// Which memory it is.
    pub fn place(&self) -> &Location {
        &self.mapping.place
    }

    /// Whether what is in it is still there after a reboot.
    pub fn outlives_boot(&self) -> bool {
        self.place().kind().outlives_boot()
    }

    /// Brings everything that was written to it so far to the disk, if it is on one.
    /// <https://man7.org/linux/man-pages/man2/fdatasync.2.html>
    pub fn sync(&self) -> Result<(), Errno> {
        match &self.mapping.file {
            // One that was interrupted has told of no failure, and tells of it the next time.
            Some(mapped) if self.outlives_boot() => opened::again_if_interrupted(|| fdatasync(&mapped.file)),
            _ => Ok(()),
        }
    }

    /// Bytes of the mapping, in whole words.
    pub fn bytes(&self) -> usize {
        self.mapping.words * WORD
    }

    /// Whether an access before this has met the end of a file that somebody has cut short: what was loaded may be zeros, and
    /// what was stored may be lost. Never without the guard: then that access was the end.
    #[inline]
    pub fn is_cut(&self) -> bool {
        let watched = self.mapping.file.as_ref().and_then(|mapped| mapped.watched.as_ref());
        watched.is_some_and(Watched::is_cut)
    }
}

impl AsRef<[AtomicU64]> for Segment {
    #[inline]
    fn as_ref(&self) -> &[AtomicU64] {
        let mapping = &*self.mapping;
        // SAFETY: `base` is page-aligned and stays mapped for `words` words while `self.mapping` lives, which the
        // slice's lifetime is bound to; every bit pattern is an AtomicU64, and other processes' writes to it are
        // atomic words too, or at worst garbage in them.
        unsafe { std::slice::from_raw_parts(mapping.base.as_ptr(), mapping.words) }
    }
}

impl fmt::Debug for Segment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Segment").field("place", self.place()).field("bytes", &self.bytes()).finish()
    }
}

/// A memory attached for reading only: its words can be loaded but never stored to, which would be a fault.
///
/// Only relaxed loads of words that the machine loads in one go are allowed on read-only memory (`std::sync::atomic`,
/// "Atomic accesses to read-only memory"). Machines whose pointers are shorter than a word may need a store for such a
/// load; there, the mapping is for reading and writing, but nobody writes to it.
#[derive(Debug)]
pub struct Window(Segment);

impl Window {
    /// Attaches a memory for reading. Errors as for [`Segment::attach`].
    pub fn attach(place: &Location) -> Result<Self, Errno> {
        Ok(Window(Segment { mapping: Arc::new(Mapping::attach(place, Way::Look)?) }))
    }

    /// Bytes of the mapping, in whole words.
    pub fn bytes(&self) -> usize {
        self.0.bytes()
    }
}

impl Words for Window {
    #[inline]
    fn word(&self, index: usize) -> u64 {
        self.0.word(index)
    }

    fn count(&self) -> usize {
        self.0.count()
    }
}

impl Drop for Mapping {
    /// <https://man7.org/linux/man-pages/man2/shmdt.2.html>, <https://man7.org/linux/man-pages/man2/munmap.2.html>
    fn drop(&mut self) {
        let base = self.base.cast::<c_void>();
        let done = match &mut self.file {
            Some(Mapped { length, watched, .. }) => {
                // Before something else is mapped there.
                *watched = None;
                // SAFETY: `base` is what mmap gave for this length, and the last handle to it is going.
                unsafe { munmap(base, length.get()) }
            }
            None => {
                // SAFETY: `base` is what shmat gave, and the last handle to it is going.
                let result = unsafe { libc::shmdt(base.as_ptr()) };
                Errno::result(result).map(drop)
            }
        };
        debug_assert_eq!(done, Ok(()), "detached twice");
    }
}
