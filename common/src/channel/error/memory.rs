//! Why a memory cannot be created where it was asked for.

use crate::channel::name::ChannelName;
use crate::hint::shell_word;
use nix::errno::Errno;
use std::path::{Path, PathBuf};

/// Why a memory that is a file cannot be used or created where it belongs: part of [`Error::Memory`](crate::Error::Memory).
///
/// ```
/// use shmchat::error::MemoryError;
///
/// fn told(error: &MemoryError) -> String {
///     match error {
///         MemoryError::NoRoom { path, free, .. } => format!("only {free} bytes are free in {}", path.display()),
///         other => other.to_string(),
///     }
/// }
/// # let _ = told;
/// ```
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum MemoryError {
    /// The file system is full, or a quota is used up.
    #[error(
        "channel {channel}: no room in {path}: {needed} bytes are needed, and {free} of {size} are free ({errno}); make room there{}",
        enlarge(path), path = path.display(), errno = errno.desc()
    )]
    NoRoom {
        /// The channel.
        channel: ChannelName,
        /// The directory.
        path: PathBuf,
        /// How many bytes it takes.
        needed: u64,
        /// How many bytes are free there.
        free: u64,
        /// How many bytes there are.
        size: u64,
        /// The system's error number.
        errno: Errno,
    },
    /// The file system may be shared with other machines, or does not keep all mappings of a file in step.
    #[error(
        "channel {channel}: {path} is on a {file_system} file system, where two processes need not see the same memory; choose a local directory with --dir",
        path = path.display()
    )]
    Remote {
        /// The channel.
        channel: ChannelName,
        /// The directory.
        path: PathBuf,
        /// What kind of file system it is.
        file_system: &'static str,
    },
    /// Nothing says where the user's own files lie.
    #[error(
        "channel {channel}: no place for its file: nothing says where your home is; set XDG_STATE_HOME, or choose a directory with --dir"
    )]
    NoHome {
        /// The channel.
        channel: ChannelName,
    },
}

/// How to get more room, if it is not a disk.
fn enlarge(path: &Path) -> String {
    match path == Path::new("/dev/shm") {
        true => format!(", or as root enlarge it with: mount -o remount,size=256M {}", shell_word(path)),
        false => String::new(),
    }
}
