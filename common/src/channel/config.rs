//! How a channel is to be opened.

use super::name::ChannelName;
use super::peer::Presence;
use crate::folder::Access;
use std::num::NonZeroU8;
use std::path::PathBuf;

/// How to open a channel, and where to find it.
#[derive(Clone, Debug)]
pub(super) struct Config {
    pub(super) name: ChannelName,
    /// The directory that holds the channels; `None` for the user's default.
    pub(super) base: Option<PathBuf>,
    pub(super) access: Access,
    pub(super) key: KeyChoice,
    /// The size of each lane in bytes, if a start creates the segment.
    pub(super) capacity: u64,
    pub(super) display_name: String,
    /// What it shows from the start in place of its own presence.
    pub(super) shows: Option<Presence>,
}

impl Config {
    pub(super) fn base(&self) -> PathBuf {
        self.base.clone().unwrap_or_else(|| self.access.default_dir())
    }
}

/// What the user chose for the key.
#[derive(Clone, Debug, Default)]
pub(super) struct KeyChoice {
    /// The file that the key is derived from; `None` for the channel's own.
    pub(super) file: Option<PathBuf>,
    /// The project id.
    pub(super) project_id: Option<NonZeroU8>,
}
