//! What somebody says of a channel before it is open.

use super::name::ChannelName;
use crate::folder::Access;
use std::num::NonZeroU8;
use std::path::PathBuf;

/// How a channel is opened, and found.
#[derive(Clone, Debug)]
pub(super) struct Config {
    pub(super) name: ChannelName,
    /// The folder that channel folders lie in; the user's default if none is said.
    pub(super) base: Option<PathBuf>,
    pub(super) access: Access,
    pub(super) key: KeyChoice,
    /// Bytes of each lane, if a start creates the segment.
    pub(super) capacity: u64,
    pub(super) display_name: String,
}

impl Config {
    pub(super) fn base(&self) -> PathBuf {
        self.base.clone().unwrap_or_else(|| self.access.default_dir())
    }
}

/// What the user says of the key.
#[derive(Clone, Debug, Default)]
pub(super) struct KeyChoice {
    /// The file whose key it is; the channel's own if none is said.
    pub(super) file: Option<PathBuf>,
    /// The project id.
    pub(super) project_id: Option<NonZeroU8>,
}
