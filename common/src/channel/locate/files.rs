//! The channel's folder, and the files in it that everybody uses.

use crate::channel::config::Config;
use crate::channel::error::{Error, MemoryError};
use crate::channel::header::SegmentHeader;
use crate::folder::{self, FileId, Folder};
use crate::layout::Words;
use crate::memory::{MemoryKind, RING_FILE};
use nix::errno::Errno;
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::sync::Arc;

/// The file that `ftok` gets, and that holds the channel's id.
pub(in crate::channel) const KEY_FILE: &str = "key";

/// Locked around create, attach and remove.
pub(in crate::channel) const LOCK_FILE: &str = "lock";

/// Whether the header says that the segment belongs to this folder, however the path is spelled.
pub(in crate::channel) fn says_folder<W: Words>(header: &SegmentHeader<W>, folder: &Folder) -> Result<bool, Error> {
    let Some(Ok(said)) = header.folder().map(|path| path.symlink_metadata()) else { return Ok(false) };
    Ok(folder.place(".")? == Some(FileId { device: said.dev(), inode: said.ino() }))
}

/// The folder of an existing channel; `None` if there is none.
pub(in crate::channel) fn existing_folder(config: &Config) -> Result<Option<Folder>, Error> {
    Ok(existing(config, &config.base())?)
}

fn existing(config: &Config, base: &Path) -> Result<Option<Folder>, folder::Error> {
    match Folder::open_existing(base, config.name.as_str(), config.access) {
        Ok(folder) => Ok(Some(folder)),
        Err(folder::Error::System { errno: Errno::ENOENT, .. }) => Ok(None),
        Err(error) => Err(error),
    }
}

/// The folder that outlives a reboot, if that lies apart from the channel's folder; `None` if there is none.
///
/// # Errors
/// If it cannot be used. One that we may not even look for, or that is another user's (`sudo` may keep `HOME`), has nothing of
/// ours in it, and does not matter to a channel of another kind.
pub(in crate::channel) fn state_folder(config: &Config) -> Result<Option<Folder>, Error> {
    let Some(base) = config.state_base() else { return Ok(None) };
    match existing(config, &base) {
        Err(folder::Error::System { .. } | folder::Error::NotOurs { .. })
            if config.chosen() != Some(MemoryKind::File) =>
        {
            Ok(None)
        }
        found => Ok(found?),
    }
}

/// The folder for the channel's mapped file: its own, or one that outlives a reboot. `None` if there is none.
///
/// # Errors
/// As for [`state_folder`].
pub(in crate::channel) fn ring_folder(config: &Config, home: &Folder) -> Result<Option<Arc<Folder>>, Error> {
    let folder = if config.needs_state_base() { state_folder(config)? } else { Some(home.try_clone()?) };
    Ok(folder.map(Arc::new))
}

/// The same; it is made if it is missing.
pub(in crate::channel) fn make_ring_folder(config: &Config, home: &Folder) -> Result<Arc<Folder>, Error> {
    if let Some(folder) = ring_folder(config, home)? {
        return Ok(folder);
    }
    let base = config.state_base().ok_or(MemoryError::NoHome { channel: config.name.clone() })?;
    Ok(Arc::new(Folder::open_or_create(&base, config.name.as_str(), config.access)?))
}

/// The folder that holds the channel's mapped file, if that lies apart from the channel's folder, which may be gone since a
/// reboot.
pub(in crate::channel) fn waiting_ring(config: &Config) -> Result<Option<Arc<Folder>>, Error> {
    match state_folder(config)? {
        Some(folder) if folder.place(RING_FILE)?.is_some() => Ok(Some(Arc::new(folder))),
        _ => Ok(None),
    }
}
