//! At which keys a channel's segment may stand: those of its own key file, or the one that both sides have agreed on.
//!
//! The key only finds the segment. Whose it is, the random id in the channel's folder says, also where the key is that of
//! another file: so that file is looked at and never written to, and one that belongs to several channels, or to another
//! program, leads to a segment that is refused, not to a wrong one.

use crate::channel::config::Config;
use crate::channel::error::Error;
use crate::hint::errno_of;
use crate::key::{Identity, Key, PROJECT_IDS, ftok};
use std::num::NonZeroU8;
use std::os::unix::fs::MetadataExt;

/// The keys to look at.
#[derive(Clone, Copy, Debug)]
pub(in crate::channel) enum Keys {
    /// Those of the channel's own key file, one project id after the other.
    Own,
    /// The one of the channel's own key file and this project id.
    Id(u8),
    /// This one.
    Agreed(Key),
}

impl Keys {
    /// Those that somebody has chosen.
    ///
    /// # Errors
    /// [`Error::NoKeyFile`] where the file that was named cannot be looked at.
    pub(in crate::channel) fn chosen(config: &Config) -> Result<Self, Error> {
        let id = config.key.project_id.map(NonZeroU8::get);
        let Some(path) = &config.key.file else { return Ok(id.map_or(Keys::Own, Keys::Id)) };
        // Like ftok(3), through links.
        match path.metadata() {
            Ok(file) => Ok(Keys::Agreed(ftok(file.dev(), file.ino(), id.unwrap_or(*PROJECT_IDS.start())))),
            Err(error) => {
                let (channel, path) = (config.name.clone(), path.clone());
                Err(Error::NoKeyFile { channel, path, errno: errno_of(&error) })
            }
        }
    }

    /// The keys, in the order in which they are tried.
    pub(in crate::channel) fn of(self, identity: &Identity) -> impl Iterator<Item = Key> {
        let (agreed, ids) = match self {
            Keys::Own => (None, Some(PROJECT_IDS)),
            Keys::Id(id) => (None, Some(id..=id)),
            Keys::Agreed(key) => (Some(key), None),
        };
        let identity = *identity;
        agreed.into_iter().chain(ids.into_iter().flatten().map(move |id| identity.key(id)))
    }
}
