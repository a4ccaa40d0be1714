//! Which channels there are.

use crate::channel::error::Error;
use crate::channel::locate::files::KEY_FILE;
use crate::channel::name::ChannelName;
use crate::folder::{Access, Folder, base_exists};
use std::path::Path;
use std::{fs, io};

/// Whether the folder that channel folders lie in is there.
///
/// # Errors
/// Where it is not as a start demands it.
pub fn dir_exists(base: &Path, access: Access) -> Result<bool, Error> {
    Ok(base_exists(base, access)?)
}

/// The names of all channels whose folders lie in `base`, sorted: what holds a key file, also behind a symbolic link.
///
/// Some that cannot be opened are among them, so that who goes on to open one says why. In the default place, which is ours
/// alone or our group's, those are all that stand where a channel should; elsewhere there may be other things and other
/// people's, and it is the one that is opened when no name is given.
pub fn channels_in(base: &Path, access: Access) -> io::Result<Vec<ChannelName>> {
    use io::ErrorKind::{Interrupted, NotADirectory, NotFound, PermissionDenied};
    let mut names = Vec::new();
    let entries = loop {
        match fs::read_dir(base) {
            // std opens files again when a signal interrupts it, but not folders.
            Err(error) if error.kind() == Interrupted => {}
            entries => break entries?,
        }
    };
    let is_default = base == access.default_dir();
    for entry in entries {
        let entry = entry?;
        let Some(name) = entry.file_name().to_str().and_then(|name| name.parse::<ChannelName>().ok()) else {
            continue;
        };
        let is_channel = match entry.path().join(KEY_FILE).metadata() {
            Ok(key) => key.is_file(),
            Err(error) => !matches!(error.kind(), NotFound | NotADirectory | PermissionDenied),
        };
        let expected = is_default || name == ChannelName::default();
        let refused = || Folder::open_existing(base, name.as_str(), access).is_err();
        if is_channel || (expected && refused()) {
            names.push(name);
        }
    }
    names.sort();
    Ok(names)
}
