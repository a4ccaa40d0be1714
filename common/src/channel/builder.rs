//! A channel by its name: how to open it, and how to look after it.

use super::admin::clean::Cleaned;
use super::admin::error::AdminError;
use super::admin::orphan::Orphan;
use super::admin::ownership::Ownership;
use super::admin::status::Status;
use super::config::{Config, KeyChoice};
use super::endpoint::Endpoint;
use super::error::Error;
use super::name::ChannelName;
use super::role::Role;
use super::{admin, attach};
use crate::folder::Access;
use crate::layout::{self, DEFAULT_CAPACITY, is_capacity};
use std::num::NonZeroU8;
use std::path::PathBuf;

/// A channel that is not open yet: its name, and how to open it.
///
/// ```no_run
/// use shmchat::{Channel, Role};
///
/// let mut writer = Channel::open("lobby", Role::Writer)?;
/// writer.send("hello")?;
/// # Ok::<(), shmchat::Error>(())
/// ```
#[derive(Clone, Debug)]
#[must_use = "nothing is opened before it is attached"]
pub struct Channel(Config);

impl Channel {
    /// Bytes of the smallest lane.
    pub const MIN_CAPACITY: u64 = layout::MIN_CAPACITY;

    /// Bytes of the largest lane.
    pub const MAX_CAPACITY: u64 = layout::MAX_CAPACITY;

    /// Opens the channel `name` in `role`, in the user's default place, with the default capacity.
    ///
    /// # Errors
    /// Any [`Error`]: a name that is none, a role that is taken, a folder or segment that is not ours.
    pub fn open(name: &str, role: Role) -> Result<Endpoint, Error> {
        Channel::named(name.parse()?).attach(role)
    }

    /// The channel `name`, to be opened by [`attach`](Self::attach).
    pub fn named(name: ChannelName) -> Self {
        let (capacity, display_name) = (DEFAULT_CAPACITY, String::new());
        let (base, access, key) = (None, Access::Owner, KeyChoice::default());
        Channel(Config { name, base, access, key, capacity, display_name })
    }

    /// The channel that an orphan segment belongs to, if that is one of a group's in another place: only who created such a
    /// segment can remove it, and so has to find it from anywhere. To be cleaned like any other; what cannot be told of it,
    /// its folder tells.
    pub fn of_orphan(orphan: &Orphan) -> Option<Self> {
        let Ownership::Elsewhere { base, channel } = &orphan.whose else { return None };
        let access = orphan.segment.access();
        (access != Access::Owner).then(|| Channel::named(channel.clone()).dir(base).access(access))
    }

    /// The channel's name.
    pub fn name(&self) -> &ChannelName {
        &self.0.name
    }

    /// Who may use it.
    pub fn who(&self) -> Access {
        self.0.access
    }

    /// Where channel folders lie.
    pub fn dir(mut self, base: impl Into<PathBuf>) -> Self {
        self.0.base = Some(base.into());
        self
    }

    /// Opens the channel to the members of a group as well; to its owner alone if never called. Both sides must say
    /// the same. Only who created the segment can remove it, so it stays when another member is the last to leave, for
    /// the next start or the creator's [`clean`](Self::clean).
    pub fn access(mut self, access: Access) -> Self {
        self.0.access = access;
        self
    }

    /// Takes the key from `file`, as `ftok(3)` does, instead of the channel's own key file: for who must agree on a key by
    /// other means. The file must exist; it is never written to. Then only that one key is tried, and both sides must say
    /// the same; what tells the channel's segment from others is still the id in its folder.
    pub fn key_file(mut self, file: impl Into<PathBuf>) -> Self {
        self.0.key.file = Some(file.into());
        self
    }

    /// The project id of `ftok(3)`. Then only that one key is tried, and both sides must say the same.
    pub fn project_id(mut self, id: NonZeroU8) -> Self {
        self.0.key.project_id = Some(id);
        self
    }

    /// Bytes of each lane, if this start creates the segment: a power of two, 64 KiB to 1 GiB.
    pub fn capacity(mut self, bytes: u64) -> Result<Self, Error> {
        if !is_capacity(bytes) {
            return Err(Error::Capacity(bytes));
        }
        self.0.capacity = bytes;
        Ok(self)
    }

    /// The name shown to the other side: up to 64 bytes of it.
    pub fn display_name(mut self, name: impl Into<String>) -> Self {
        self.0.display_name = name.into();
        self
    }

    /// Opens the channel in `role`.
    ///
    /// # Errors
    /// Any [`Error`]: a role that is taken, a folder or segment that is not ours.
    pub fn attach(&self, role: Role) -> Result<Endpoint, Error> {
        attach::attach(&self.0, role)
    }

    /// Removes the channel's segment and bells if no living process holds a role. None where there is nothing to
    /// remove. At whatever key the segment stands; one of an older layout only with `force`, and where nobody is attached.
    ///
    /// The folder with its key and lock files stays: who waits for a lock may wait for it in that very file, and a new key
    /// file would be another key.
    ///
    /// # Errors
    /// [`Error::RoleTaken`] where someone lives there; [`AdminError::MessagesWait`] where messages wait, unless `force`.
    pub fn clean(&self, force: bool) -> Result<Option<Cleaned>, AdminError> {
        admin::clean::clean(&self.0, force)
    }

    /// Segments at the channel's keys that no start uses, since somebody has written over their headers: what
    /// [`clean`](Self::clean) and [`status`](Self::status) take for another program's, as a start does.
    ///
    /// # Errors
    /// Where its folder or key file cannot be used.
    pub fn damaged(&self) -> Result<Vec<Orphan>, Error> {
        admin::damaged::damaged(&self.0)
    }

    /// What there is of the channel, for people to read: see [`Status`]. Nothing is made, taken or changed, and whoever is
    /// at work there is not disturbed. None where the channel has no folder.
    ///
    /// # Errors
    /// Where its folder or key file cannot be used. What is wrong with a segment stands in the answer.
    pub fn status(&self) -> Result<Option<Status>, Error> {
        admin::status::status(&self.0)
    }
}
