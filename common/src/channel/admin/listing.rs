//! Which channels there are.

use crate::channel::error::Error;
use crate::channel::locate::files::{KEY_FILE, LOCK_FILE};
use crate::channel::name::ChannelName;
use crate::folder::{Access, Folder, base_exists};
use crate::memory::RING_FILE;
use std::path::Path;
use std::{fs, io};

/// Whether the directory that channels lie in is there.
///
/// ```
/// use shmchat::{Access, admin};
/// # let folder = tempfile::tempdir()?;
///
/// assert!(admin::dir_exists(folder.path(), Access::Owner)?);
/// assert!(!admin::dir_exists(&folder.path().join("other"), Access::Owner)?);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// [`Error::Folder`] if it is there, but a channel could not be opened in it: it is no directory, it is another user's,
/// or it is open to others.
pub fn dir_exists(base: &Path, access: Access) -> Result<bool, Error> {
    Ok(base_exists(base, access)?)
}

/// The names of all channels whose folders lie in `base`, sorted.
///
/// Some of them may be impossible to open; opening one says why. In the [default directory](Access::default_dir) the list has
/// everything that stands where a channel should. Elsewhere, where other things may lie too, it has what holds a key file, or a
/// channel's mapped file.
///
/// ```
/// use shmchat::{Access, Channel, Role, admin};
/// # let folder = tempfile::tempdir()?;
///
/// for name in ["kitchen", "attic"] {
///     Channel::named(name.parse()?).dir(folder.path()).attach(Role::Writer)?.quit()?;
/// }
/// let names = admin::channels_in(folder.path(), Access::Owner)?;
/// assert_eq!(names.iter().map(|name| name.as_str()).collect::<Vec<_>>(), ["attic", "kitchen"]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// If the directory cannot be read, or is not there.
pub fn channels_in(base: &Path, access: Access) -> io::Result<Vec<ChannelName>> {
    use io::ErrorKind::{Interrupted, NotADirectory, NotFound, PermissionDenied};
    let is_default = base == access.default_dir();
    // Those of which only a mapped file is left, since a reboot or a logout.
    let mut names = if is_default { with_rings(access) } else { Vec::new() };
    let entries = loop {
        match fs::read_dir(base) {
            // std retries opening files when a signal interrupts it, but not directories.
            Err(error) if error.kind() == Interrupted => {}
            Err(error) if error.kind() == NotFound && !names.is_empty() => return Ok(names),
            entries => break entries?,
        }
    };
    for entry in entries {
        let entry = entry?;
        let Some(name) = entry.file_name().to_str().and_then(|name| name.parse::<ChannelName>().ok()) else {
            continue;
        };
        let find = |file| entry.path().join(file).metadata();
        let is_channel = match find(KEY_FILE) {
            Ok(key) => key.is_file(),
            // What waits in a mapped file waits for the next key file too. Nothing else would lead to it.
            Err(error) if error.kind() == NotFound => find(RING_FILE).is_ok() && find(LOCK_FILE).is_ok(),
            Err(error) => !matches!(error.kind(), NotADirectory | PermissionDenied),
        };
        let expected = is_default || name == ChannelName::default();
        let refused = || Folder::open_existing(base, name.as_str(), access).is_err();
        if is_channel || (expected && refused()) {
            names.push(name);
        }
    }
    names.sort();
    names.dedup();
    Ok(names)
}

/// The channels that have a mapped file where those lie by default.
fn with_rings(access: Access) -> Vec<ChannelName> {
    let Some(entries) = access.state_dir().and_then(|base| fs::read_dir(base).ok()) else { return Vec::new() };
    let rings = entries.flatten().filter(|entry| entry.path().join(RING_FILE).symlink_metadata().is_ok());
    let mut names: Vec<_> = rings.filter_map(|entry| entry.file_name().to_str()?.parse::<ChannelName>().ok()).collect();
    names.sort();
    names
}
