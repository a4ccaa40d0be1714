//! At which keys a channel's segment may stand: those of its own key file, or the one that both sides have agreed on.
//!
//! The key only finds the segment. Whose it is, the random id in the channel's folder says, also where the key is that of
//! another file: so that file is looked at and never written to, and one that belongs to several channels, or to another
//! program, leads to a segment that is refused, not to a wrong one.

use super::ChannelName;
use super::error::Error;
use crate::hint::errno_of;
use crate::key::{Identity, Key, PROJECT_IDS, ftok};
use std::num::NonZeroU8;
use std::os::unix::fs::MetadataExt;
use std::path::PathBuf;

/// What the user says of the key.
#[derive(Clone, Debug, Default)]
pub(super) struct KeyChoice {
    /// The file whose key it is; the channel's own if none is said.
    pub(super) file: Option<PathBuf>,
    /// The project id.
    pub(super) project_id: Option<NonZeroU8>,
}

/// The keys to look at.
#[derive(Clone, Copy, Debug)]
pub(super) enum Keys {
    /// Those of the channel's own key file, one project id after the other.
    Own,
    /// The one of the channel's own key file and this project id.
    Id(u8),
    /// This one.
    Agreed(Key),
}

impl KeyChoice {
    /// Finds out which keys these are.
    ///
    /// # Errors
    /// [`Error::NoKeyFile`] where the file that was named cannot be looked at.
    pub(super) fn keys(&self, channel: &ChannelName) -> Result<Keys, Error> {
        let id = self.project_id.map(NonZeroU8::get);
        match &self.file {
            None => Ok(id.map_or(Keys::Own, Keys::Id)),
            // Like ftok(3), through links.
            Some(path) => match path.metadata() {
                Ok(file) => Ok(Keys::Agreed(ftok(file.dev(), file.ino(), id.unwrap_or(*PROJECT_IDS.start())))),
                Err(error) => {
                    let (channel, path) = (channel.clone(), path.clone());
                    Err(Error::NoKeyFile { channel, path, errno: errno_of(&error) })
                }
            },
        }
    }
}

impl Keys {
    /// The keys, in the order in which they are tried.
    pub(super) fn of(self, identity: &Identity) -> impl Iterator<Item = Key> {
        let (agreed, ids) = match self {
            Keys::Own => (None, Some(PROJECT_IDS)),
            Keys::Id(id) => (None, Some(id..=id)),
            Keys::Agreed(key) => (Some(key), None),
        };
        let identity = *identity;
        agreed.into_iter().chain(ids.into_iter().flatten().map(move |id| identity.key(id)))
    }
}
