//! The channel's folder, and the files in it that everybody uses.

use crate::channel::config::Config;
use crate::channel::error::Error;
use crate::channel::header::SegmentHeader;
use crate::folder::{self, FileId, Folder};
use crate::layout::Words;
use nix::errno::Errno;
use std::os::unix::fs::MetadataExt;

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
    match Folder::open_existing(&config.base(), config.name.as_str(), config.access) {
        Ok(folder) => Ok(Some(folder)),
        Err(folder::Error::System { errno: Errno::ENOENT, .. }) => Ok(None),
        Err(error) => Err(error.into()),
    }
}
