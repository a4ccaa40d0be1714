//! A channel by its name: how to open it, and how to look after it.

use super::admin::clean::Cleaned;
use super::admin::error::AdminError;
use super::admin::orphan::Orphan;
use super::admin::ownership::Ownership;
use super::admin::segments::Segments;
use super::admin::status::Status;
use super::config::{Config, KeyChoice};
use super::endpoint::Endpoint;
use super::error::Error;
use super::name::ChannelName;
use super::peer::Presence;
use super::role::Role;
use super::{admin, attach};
use crate::folder::Access;
use crate::layout::{self, DEFAULT_CAPACITY, is_capacity};
use crate::memory::MemoryKind;
use std::num::NonZeroU8;
use std::path::PathBuf;

/// A channel that is not open yet: its name, and how to open it.
///
/// Both sides must give the same name, directory, [`access`](Self::access) and key. The capacity counts only for the side
/// that creates the segment.
///
/// ```
/// use shmchat::{Channel, Role};
/// # let folder = tempfile::tempdir()?;
///
/// let channel = Channel::named("lobby".parse()?).dir(folder.path()).display_name("Ada");
/// let mut writer = channel.attach(Role::Writer)?;
/// let mut reader = channel.attach(Role::Reader)?; // usually in another process
/// writer.send("hello")?;
/// assert_eq!(reader.recv()?.bytes, b"hello");
/// # reader.receiver().acknowledge()?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
#[must_use = "nothing is opened before it is attached"]
pub struct Channel(Config);

impl Channel {
    /// The smallest capacity: 64 KiB.
    pub const MIN_CAPACITY: u64 = layout::MIN_CAPACITY;

    /// The largest capacity: 1 GiB.
    pub const MAX_CAPACITY: u64 = layout::MAX_CAPACITY;

    /// Opens the channel `name` in `role`, in your default directory and with the default capacity of 1 MiB.
    ///
    /// ```no_run
    /// use shmchat::{Channel, Role};
    ///
    /// let mut writer = Channel::open("lobby", Role::Writer)?;
    /// writer.send("hello")?;
    /// # Ok::<(), shmchat::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::Name`] if `name` is no channel name, and whatever [`attach`](Self::attach) returns.
    pub fn open(name: &str, role: Role) -> Result<Endpoint, Error> {
        Channel::named(name.parse()?).attach(role)
    }

    /// The channel `name`, for [`attach`](Self::attach) to open.
    pub fn named(name: ChannelName) -> Self {
        let (capacity, display_name) = (DEFAULT_CAPACITY, String::new());
        let (base, access, key, memory) = (None, Access::Owner, KeyChoice::default(), None);
        Channel(Config { name, base, access, key, memory, capacity, sync: false, display_name, shows: None })
    }

    /// The channel that an orphan segment belongs to, if it is a group's channel in another directory: only the user who created
    /// such a segment can remove it, so this finds the channel from anywhere. [`clean`](Self::clean) it like any other. `None` for
    /// any other orphan.
    ///
    /// ```
    /// use shmchat::{Channel, admin};
    /// # let folder = tempfile::tempdir()?;
    ///
    /// // Removes what other members of our groups have left us to remove.
    /// for orphan in admin::orphans(Some(folder.path()), &[])? {
    ///     if let Some(channel) = Channel::of_orphan(&orphan) {
    ///         channel.clean(false)?;
    ///     }
    /// }
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn of_orphan(orphan: &Orphan) -> Option<Self> {
        let Ownership::Elsewhere { base, channel } = &orphan.whose else { return None };
        let access = orphan.segment.access();
        (access != Access::Owner).then(|| Channel::named(channel.clone()).dir(base).access(access))
    }

    /// The channel's name.
    pub fn name(&self) -> &ChannelName {
        &self.0.name
    }

    /// Who may use the channel. The example is at [`Access`].
    pub fn who(&self) -> Access {
        self.0.access
    }

    /// Sets the directory in which the channel's folder lies. If never called, it is [`Access::default_dir`].
    pub fn dir(mut self, base: impl Into<PathBuf>) -> Self {
        self.0.base = Some(base.into());
        self
    }

    /// Opens the channel to the members of a group as well. If never called, it is for you alone. Both sides must say the same.
    ///
    /// Only the user who created the segment can remove it. If another member is the last to leave, it stays, for the next start or
    /// for its creator to [`clean`](Self::clean). The example is at [`Access`].
    pub fn access(mut self, access: Access) -> Self {
        self.0.access = access;
        self
    }

    /// Takes the key from `file`, as `ftok(3)` does, instead of the channel's own key file: for programs that must agree on a key
    /// by other means. The file must exist; it is never written to. Then only this one key is tried, and both sides must say the
    /// same. The id in the channel's folder still tells its segment from others.
    ///
    /// ```
    /// use shmchat::{Channel, Role};
    /// use std::num::NonZeroU8;
    ///
    /// # let folder = tempfile::tempdir()?;
    /// # let channel = Channel::named("lobby".parse()?).dir(folder.path());
    /// let agreed = tempfile::NamedTempFile::new()?;
    /// let project = NonZeroU8::new(42).expect("not 0");
    /// let writer = channel.key_file(agreed.path()).project_id(project).attach(Role::Writer)?;
    /// assert_eq!(writer.segment().key().map(|key| key.0 >> 24), Some(42)); // what `ftok(agreed, 42)` gives
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn key_file(mut self, file: impl Into<PathBuf>) -> Self {
        self.0.key.file = Some(file.into());
        self
    }

    /// Sets the project id of `ftok(3)`. Then only this one key is tried, and both sides must say the same. If never called, 110 to
    /// 255 are tried in order. The example is at [`key_file`](Self::key_file).
    pub fn project_id(mut self, id: NonZeroU8) -> Self {
        self.0.key.project_id = Some(id);
        self
    }

    /// Chooses the kind of memory. If never called, a start uses whatever is there, and creates a System V segment if nothing is.
    ///
    /// ```
    /// use shmchat::{Channel, Error, MemoryKind, Role};
    ///
    /// # let folder = tempfile::tempdir()?;
    /// # let channel = Channel::named("lobby".parse()?).dir(folder.path());
    /// let writer = channel.clone().memory(MemoryKind::Posix).attach(Role::Writer)?;
    /// let reader = channel.attach(Role::Reader)?; // finds it, whatever kind it is
    /// assert_eq!(reader.segment(), writer.segment());
    /// drop(reader);
    /// let other = channel.memory(MemoryKind::File).attach(Role::Reader);
    /// assert!(matches!(other, Err(Error::OtherMemory { .. })), "the writer is there");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// The [key](Self::key_file) is a segment's: whoever chooses one has chosen System V.
    pub fn memory(mut self, kind: MemoryKind) -> Self {
        self.0.memory = Some(kind);
        self
    }

    /// Sets the size of each lane, in bytes, if this start creates the segment: a power of two from
    /// [`MIN_CAPACITY`](Self::MIN_CAPACITY) to [`MAX_CAPACITY`](Self::MAX_CAPACITY). If never called, it is 1 MiB.
    ///
    /// ```
    /// use shmchat::{Channel, Error};
    ///
    /// let channel = Channel::named("lobby".parse()?).capacity(Channel::MIN_CAPACITY)?;
    /// assert!(matches!(channel.capacity(100_000), Err(Error::Capacity(100_000))));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::Capacity`] for any other number.
    pub fn capacity(mut self, bytes: u64) -> Result<Self, Error> {
        if !is_capacity(bytes) {
            return Err(Error::Capacity(bytes));
        }
        self.0.capacity = bytes;
        Ok(self)
    }

    /// Chooses whether the channel is synced. A synced channel loses nothing in a power cut: a sending call returns only when
    /// what it accepted is on the disk, and the receiver's acknowledgements are there before the sender may use their room
    /// again. That costs an `fdatasync` for each batch. Only a mapped file can be synced. How far a receiver has got inside a
    /// block of lines is not: those that it has acknowledged may come again after a power cut.
    ///
    /// It is a property of the channel, so if one side asks for it, both do it, also in later lives; `false` means "as it
    /// is". Whoever asks for it must come before the other side, if the channel is not synced yet.
    pub fn sync(mut self, sync: bool) -> Self {
        self.0.sync = sync;
        self
    }

    /// Sets the name that the other side sees in [`Peer::name`](crate::Peer) and in each message that is sent: up to 64 bytes
    /// of it.
    pub fn display_name(mut self, name: impl Into<String>) -> Self {
        self.0.display_name = name.into();
        self
    }

    /// Stands for somebody elsewhere from the start: the other side never sees this process itself. See
    /// [`Endpoint::stand_in`].
    pub fn stand_in(mut self, shows: Presence) -> Self {
        self.0.shows = Some(shows);
        self
    }

    /// Opens the channel in `role`. This creates whatever is not there, and takes up what an earlier process left.
    ///
    /// ```
    /// use shmchat::{Channel, Error, Role};
    ///
    /// # let folder = tempfile::tempdir()?;
    /// # let channel = Channel::named("lobby".parse()?).dir(folder.path());
    /// let first = channel.attach(Role::Writer)?;
    /// match channel.attach(Role::Writer) {
    ///     Err(Error::RoleTaken { holder, .. }) => assert_eq!(holder.map(|it| it.pid), Some(std::process::id())),
    ///     other => panic!("{other:?}"),
    /// }
    /// # drop(first);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::RoleTaken`] if a living process has the role; any other [`Error`] if the folder or the segment cannot be used.
    pub fn attach(&self, role: Role) -> Result<Endpoint, Error> {
        attach::attach(&self.0, role)
    }

    /// Removes the channel's segment and doorbells, whatever key the segment has, if no living process holds a role. `None` if there
    /// is nothing to remove. A segment with messages goes only with `force`, and so does one of an older layout, if nobody has it
    /// attached.
    ///
    /// The folder stays, with its key and lock files, so that the channel keeps its key. [`forget`](Self::forget) removes that too.
    ///
    /// ```
    /// use shmchat::{Channel, Role, admin::AdminError};
    ///
    /// # let folder = tempfile::tempdir()?;
    /// # let channel = Channel::named("lobby".parse()?).dir(folder.path());
    /// let mut writer = channel.attach(Role::Writer)?;
    /// writer.send("anybody?")?;
    /// assert!(channel.clean(true).is_err(), "the writer is still there");
    /// writer.quit()?;
    /// assert!(matches!(channel.clean(false), Err(AdminError::MessagesWait { .. })));
    /// assert_eq!(channel.clean(true)?.map(|cleaned| cleaned.waiting.messages), Some(1));
    /// assert!(channel.clean(true)?.is_none());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::RoleTaken`] if a process is there; [`AdminError::MessagesWait`] if messages wait, and
    /// [`AdminError::CheckpointKept`] if a sender keeps its place there, and you do not force it.
    pub fn clean(&self, force: bool) -> Result<Option<Cleaned>, AdminError> {
        admin::clean::clean(&self.0, force)
    }

    /// Does what [`clean`](Self::clean) does, and removes the channel's folder too, so that nothing is left of the channel. `None` if
    /// there is no folder, or nothing that may be removed. A process that starts meanwhile makes the channel anew.
    ///
    /// The folder stays if something lies in it that is not the channel's, if only another user may remove it, or if
    /// [`damaged`](Self::damaged) finds something.
    ///
    /// ```
    /// use shmchat::{Channel, Role};
    ///
    /// # let folder = tempfile::tempdir()?;
    /// # let channel = Channel::named("lobby".parse()?).dir(folder.path());
    /// channel.attach(Role::Writer)?.quit()?;
    /// let forgotten = channel.forget(false)?.expect("its folder was there");
    /// assert!(forgotten.folder && channel.status()?.is_none());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// As for [`clean`](Self::clean).
    pub fn forget(&self, force: bool) -> Result<Option<Cleaned>, AdminError> {
        admin::forget::forget(&self.0, force)
    }

    /// Finds segments at the channel's keys that no start uses, because somebody has written over their headers.
    /// [`clean`](Self::clean) and [`status`](Self::status) take them for another program's, as a start does;
    /// [`Orphan::clean`](crate::admin::Orphan::clean) removes those that are certainly the channel's.
    ///
    /// ```
    /// # use shmchat::{Channel, Role};
    /// # let folder = tempfile::tempdir()?;
    /// # let channel = Channel::named("lobby".parse()?).dir(folder.path());
    /// # let writer = channel.attach(Role::Writer)?;
    /// for orphan in channel.damaged()? {
    ///     println!("{} of {} bytes: {:?}", orphan.segment.place, orphan.segment.bytes, orphan.whose);
    /// }
    /// # assert!(channel.damaged()?.is_empty());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// If the channel's folder or key file cannot be used.
    pub fn damaged(&self) -> Result<Vec<Orphan>, Error> {
        admin::damaged::damaged(&self.0, None)
    }

    /// The same, among segments that were [listed](Segments::list) before. The example is at [`Segments`].
    ///
    /// # Errors
    /// As for [`damaged`](Self::damaged).
    pub fn damaged_among(&self, segments: &Segments) -> Result<Vec<Orphan>, Error> {
        admin::damaged::damaged(&self.0, Some(segments))
    }

    /// Says what there is of the channel, for people to read. It makes, takes and changes nothing, and disturbs nobody. `None` if the
    /// channel has no folder. The example is at [`Status`].
    ///
    /// # Errors
    /// If the channel's folder or key file cannot be used. What is wrong with a segment is part of the answer:
    /// [`Condition::Unusable`](crate::admin::Condition::Unusable).
    pub fn status(&self) -> Result<Option<Status>, Error> {
        admin::status::status(&self.0, None)
    }

    /// The same, with the segments that were [listed](Segments::list) before. The example is at [`Segments`].
    ///
    /// # Errors
    /// As for [`status`](Self::status).
    pub fn status_among(&self, segments: &Segments) -> Result<Option<Status>, Error> {
        admin::status::status(&self.0, Some(segments))
    }
}

#[cfg(test)]
mod tests {
    use crate::{Channel, Endpoint, Error, OwnedMessage};

    #[test]
    fn what_a_program_keeps_can_go_to_another_thread() {
        fn is_send<T: Send>() {}
        is_send::<Channel>();
        is_send::<Endpoint>();
        is_send::<Error>();
        is_send::<OwnedMessage>();
    }
}
