//! How a channel is to be opened.

use super::name::ChannelName;
use super::peer::Presence;
use crate::folder::Access;
use crate::memory::{MemoryKind, Rights};
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
    /// The kind of memory; `None` for the kind that is there, or System V.
    pub(super) memory: Option<MemoryKind>,
    /// The size of each lane in bytes, if a start creates the segment.
    pub(super) capacity: u64,
    /// Whether to bring to the disk what is accepted and acknowledged.
    pub(super) sync: bool,
    pub(super) display_name: String,
    /// What it shows from the start in place of its own presence.
    pub(super) shows: Option<Presence>,
}

impl Config {
    pub(super) fn base(&self) -> PathBuf {
        self.base.clone().unwrap_or_else(|| self.access.default_dir())
    }

    /// Where the folder for a mapped file lies, if not with the others.
    pub(super) fn state_base(&self) -> Option<PathBuf> {
        if self.needs_state_base() { self.access.state_dir() } else { None }
    }

    /// Whether a file in the channel's own folder would not outlive a reboot.
    pub(super) fn needs_state_base(&self) -> bool {
        self.access == Access::Owner && self.base() == self.access.default_dir()
    }

    /// The kind that was asked for. Only a segment has a key.
    pub(super) fn chosen(&self) -> Option<MemoryKind> {
        let key = self.key.file.is_some() || self.key.project_id.is_some();
        self.memory.or_else(|| key.then_some(MemoryKind::SysV))
    }

    /// Whether a memory of this kind may be used.
    pub(super) fn takes(&self, kind: MemoryKind) -> bool {
        self.chosen().is_none_or(|chosen| chosen == kind)
    }

    /// What a memory gets when it is created.
    pub(super) fn rights(&self) -> Rights {
        let group = match self.access {
            Access::Owner => None,
            Access::Group(group) => Some(group),
        };
        Rights { mode: self.access.segment_mode(), group }
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
