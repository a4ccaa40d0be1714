//! Removing all of a channel, its folder too, so that nothing is left of it.
//!
//! Somebody may be waiting for one of its locks, or may be about to open a file in the folder. So:
//!
//! 1. Both roles and the channel's `lock` are held, as by `clean`, which goes first. Nobody is there, nothing waits.
//! 2. The folder of its mapped file is removed, if it has one apart, and then the key file. From now on a start makes another
//!    one, and so another key.
//! 3. The lock files are removed, `lock` last: until then nobody else gets past it.
//! 4. The folder is removed. If somebody has made a file in it by now, it stays, and is theirs.
//!
//! Whoever waited for a lock finds that its file is gone, and starts over (`locate::locks`).
//!
//! A folder in which something else lies stays as it is, and so does one that only somebody else may remove, or in which
//! a segment with one of its keys lies that nothing else leads to (`damaged`).

use super::clean::{Cleaned, clean_locked, lock_out};
use super::damaged::damaged;
use super::error::AdminError;
use crate::channel::config::Config;
use crate::channel::error::Error;
use crate::channel::locate::files::{KEY_FILE, LOCK_FILE, state_folder};
use crate::channel::locate::keys::Keys;
use crate::channel::role::Role;
use crate::fault::{Point, point};

/// All that may lie in a folder that is removed.
const FILES: [&str; 4] = [KEY_FILE, Role::Writer.lock_file(), Role::Reader.lock_file(), LOCK_FILE];

/// See [`Channel::forget`](crate::Channel::forget).
pub(in crate::channel) fn forget(config: &Config, force: bool) -> Result<Option<Cleaned>, AdminError> {
    let keys = Keys::chosen(config)?;
    let Some(entered) = lock_out(config)? else { return Ok(None) };
    let folder = &entered.folder;
    let mut cleaned = clean_locked(config, keys, folder, force)?;
    if !damaged(config, None)?.is_empty() || !folder.may_be_removed(&FILES).map_err(Error::from)? {
        return Ok(cleaned.if_anything());
    }
    // While no start can be on its way to it. If a file is in it, it stays.
    if let Some(folder) = state_folder(config)? {
        folder.remove().map_err(Error::from)?;
    }
    folder.remove_file(KEY_FILE).map_err(Error::from)?;
    point(Point::ForgetKeyRemoved);
    for role in [Role::Writer, Role::Reader] {
        folder.remove_file(role.lock_file()).map_err(Error::from)?;
    }
    point(Point::ForgetRolesRemoved);
    folder.remove_file(LOCK_FILE).map_err(Error::from)?;
    point(Point::ForgetLocksRemoved);
    cleaned.folder = folder.remove().map_err(Error::from)?;
    point(Point::ForgetFolderRemoved);
    Ok(Some(cleaned))
}
