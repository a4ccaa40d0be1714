//! The keys that a channel's segment may have: those of its own key file, or the one that both sides agreed on.
//!
//! The key only finds the segment. The random id in the channel's folder says whose it is, even if the key comes from
//! another file. So that file is never written to; and if several channels or another program use it, the segment found
//! is refused, never confused.

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
    /// The one of the channel's own key file with this project id.
    Id(u8),
    /// This one.
    Agreed(Key),
}

impl Keys {
    /// The keys that the user chose.
    ///
    /// # Errors
    /// [`Error::NoKeyFile`] if the chosen file cannot be looked at.
    pub(in crate::channel) fn chosen(config: &Config) -> Result<Self, Error> {
        let id = config.key.project_id.map(NonZeroU8::get);
        let Some(path) = &config.key.file else { return Ok(id.map_or(Keys::Own, Keys::Id)) };
        // Like ftok(3), this follows links.
        match path.metadata() {
            Ok(file) => Ok(Keys::Agreed(ftok(file.dev(), file.ino(), id.unwrap_or(*PROJECT_IDS.start())))),
            Err(error) => {
                let (channel, path) = (config.name.clone(), path.clone());
                Err(Error::NoKeyFile { channel, path, errno: errno_of(&error) })
            }
        }
    }

    /// The keys, in the order in which to try them.
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
