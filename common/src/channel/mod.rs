//! A channel: `open(name, role)` gives an [`Endpoint`] that sends on one lane and receives on the other.
//!
//! ```text
//!              to-writer ◄──────── rings ────────┐
//!   ┌──────────┐                              ┌──────────┐
//!   │  writer  │ ── lane messages ──────────► │  reader  │
//!   │ Endpoint │ ◄─────────── lane replies ── │ Endpoint │
//!   └──────────┘                              └──────────┘
//!        └──────── rings ────────► to-reader
//! ```
//!
//! | file | what it does |
//! | --- | --- |
//! | `attach` | the one path for first start, restart and recovery |
//! | `find` | whose segment stands at the channel's keys |
//! | `endpoint` | what a process holds once attached, and when it rings |
//! | `peer` | the other side: absent, here, quit or gone |
//! | `sleep` | waiting for something to do |
//! | `intact` | whether one can still be found and rung, whatever was done to the folder |
//! | `send`, `receive` | the calls, with and without waiting, singly and in batches |
//! | `iterate` | messages as an iterator |
//! | `encoder`, `decoder` | messages into records and back |
//! | `in_place` | messages written and read where they stand |
//! | `header` | the segment's header by field |
//! | `keys` | at which keys the segment may stand |
//! | `inspect` | a look at the segment, for the person at the screen |
//! | `quit` | leaving in good order |
//! | `clean` | cleaning up after those who did not |
//! | `damaged` | segments at its keys whose header somebody has written over |
//! | `status`, `summary`, `orphan` | what there is, for people to read: of a channel, in a segment, and of segments whose folder is gone |
//!
//! # Crash behaviour
//! What others find changes only at the steps below, each a point of [`fault`](crate::fault) at which a test build can be
//! made to die. `tests/crash_points` dies at all of them, in both roles, alone and beside a living peer, and holds this
//! table against what is found.
//!
//! "Gone", "quit": the peer is woken, by the hang-up if by nothing else, says so, and gets all that was accepted. A peer
//! that starts only after the death says the same if something waits for it, else "absent".
//!
//! | killed at | what a living peer sees | what the next start does |
//! | --- | --- | --- |
//! | `folder-made` | nobody: it would have made this itself | uses the folder |
//! | `folder-ready` | nothing | uses the folder |
//! | `role-locked` | nothing | takes the role: its lock is free |
//! | `role-taken` | nothing | the same |
//! | `channel-locked` | nothing | the same; the channel's lock is free too |
//! | `key-file-made` | nobody: it would have made this itself | fills the key file |
//! | `key-file-filled` | nobody: it would have made this itself | creates the segment |
//! | `segment-created` | nobody: it would have made this itself | finishes the segment: it is all zero |
//! | `header-begun` | nobody: it would have made this itself | finishes it: nothing but a part of our id stands there |
//! | `header-half-made` | nobody: it would have made this itself | finishes it: it has our id and no magic |
//! | `header-named` | nobody: it would have made this itself | finishes it: it has our id and no magic, and a path may be any |
//! | `header-made` | nobody: it would have made this itself | uses the segment |
//! | `stale-state-reset` | nobody: its state would not be stale | uses the segment |
//! | `first-bell-made` | nothing | makes the other bell |
//! | `bells-made` | nothing | uses the bells |
//! | `bell-opened` | nothing | the same |
//! | `peer-record-stored` | nothing | the same: `state` is still the last life's |
//! | `present-stored` | not rung yet, nothing; "gone" if it looks | begins a new life |
//! | `channel-unlocked` | the same | the same |
//! | `far-bell-opened` | the same | the same; not alone: nobody's bell would be open |
//! | `attached` | "gone" | the same |
//! | `payload-stored` | "gone"; not the message | writes over it |
//! | `message-half-stored` | "gone"; nothing of the message | writes over it |
//! | `tail-stored` | "gone", and the message | goes on after the message |
//! | `flag-claimed` | the same; it is woken by the hang-up | the same |
//! | `rung` | the same | the same |
//! | `record-copied` | "gone"; what was handed over before is taken, this waits | is handed this |
//! | `before-acknowledge` | "gone"; what was handed over last waits | is handed that again |
//! | `head-stored` | "gone"; that is taken, and its room free | is handed what follows, and unmarked lines again |
//! | `mark-stored` | "gone"; what is before the mark is taken, to the byte | is handed what is behind it, the rest of a message first |
//! | `flag-raised` | "gone"; may ring once in vain | lowers the flag |
//! | `falling-asleep` | the same | the same |
//! | `woken` | the same | the same, and looks at the ring: it needs no bell |
//! | `bell-emptied` | the same | the same |
//! | `flag-lowered` | "gone" | looks at the ring |
//! | `quitting` | "gone"; all that was handed over is taken | goes on after it |
//! | `quit-locked` | the same | the same; the channel's lock is free |
//! | `quit-stored` | "quit"; it is woken by the hang-up | takes up what waits |
//! | `quit-rung` | "quit" | the same |
//! | `segment-removed` | nobody: only the last one out removes | makes a new segment, uses the bells |
//! | `first-bell-removed` | nobody: only the last one out removes | makes a new segment and that bell |
//! | `bells-removed` | nobody: only the last one out removes | makes all anew |
//! | `role-released` | "quit" | takes up what waits, or makes all anew |
//! | `clean-locked` | nobody: a clean-up needs both roles | finds all as it was |
//! | `clean-segment-removed` | nobody: a clean-up needs both roles | makes a new segment, uses the bells |
//! | `clean-first-bell-removed` | nobody: a clean-up needs both roles | makes a new segment and that bell |
//! | `clean-bells-removed` | nobody: a clean-up needs both roles | makes all anew |
//!
//! A message longer than half the lane goes in parts, and each part is a record of its own to these rules: if its sender
//! dies, the receiver drops what it has of the message and says so with the next one; if its receiver dies, the successor
//! gets only the rest.

mod attach;
mod clean;
mod damaged;
mod decoder;
mod encoder;
mod endpoint;
mod error;
mod find;
mod header;
mod in_place;
mod inspect;
mod intact;
mod iterate;
mod keys;
mod name;
mod orphan;
mod peer;
mod quit;
mod receive;
mod send;
mod sleep;
mod status;
mod summary;

pub use clean::Cleaned;
pub use decoder::{DEFAULT_MESSAGE_LIMIT, Decoder, Envelope, InPlace, Message, Reached};
pub use encoder::{Encoder, Outgoing, Part};
pub use endpoint::Endpoint;
pub use error::{Corruption, Error, SegmentRef};
pub use in_place::{View, WriteSlot};
pub use inspect::{Inspection, Rings};
pub use iterate::{Iter, OwnedMessage};
pub use name::{ChannelName, InvalidName};
pub use orphan::{Orphan, Ownership, orphans};
pub use peer::{Peer, Presence};
pub use quit::QuitReport;
pub use receive::Received;
pub use sleep::Interest;
pub use status::{Condition, Status};
pub use summary::SegmentStatus;

use crate::folder::{Access, Folder, default_base};
use crate::layout::{DEFAULT_CAPACITY, Lane, is_capacity};
use keys::KeyChoice;
use std::fmt;
use std::num::NonZeroU8;
use std::path::PathBuf;

/// One of the two sides of a channel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// Sends on the lane of messages.
    Writer = 0,
    /// Sends on the lane of replies.
    Reader = 1,
}

impl Role {
    /// The other side.
    pub fn other(self) -> Self {
        match self {
            Role::Writer => Role::Reader,
            Role::Reader => Role::Writer,
        }
    }

    /// The lane that this role sends on.
    fn sends_on(self) -> Lane {
        match self {
            Role::Writer => Lane::Messages,
            Role::Reader => Lane::Replies,
        }
    }

    /// The file that this role locks for its whole life.
    fn lock_file(self) -> &'static str {
        match self {
            Role::Writer => "writer.lock",
            Role::Reader => "reader.lock",
        }
    }

    /// The FIFO that this role sleeps on.
    fn bell_file(self) -> &'static str {
        match self {
            Role::Writer => "to-writer",
            Role::Reader => "to-reader",
        }
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Role::Writer => "writer",
            Role::Reader => "reader",
        })
    }
}

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
pub struct Channel {
    name: ChannelName,
    base: Option<PathBuf>,
    access: Access,
    key: KeyChoice,
    capacity: u64,
    display_name: String,
}

impl Channel {
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
        Channel { name, base: None, access: Access::Owner, key: KeyChoice::default(), capacity, display_name }
    }

    /// The channel's name.
    pub fn name(&self) -> &ChannelName {
        &self.name
    }

    /// Who may use it.
    pub fn who(&self) -> Access {
        self.access
    }

    /// Where channel folders lie.
    #[must_use]
    pub fn dir(mut self, base: impl Into<PathBuf>) -> Self {
        self.base = Some(base.into());
        self
    }

    /// Opens the channel to the members of a group as well; to its owner alone if never called. Both sides must say
    /// the same. Only who created the segment can remove it, so it stays when another member is the last to leave, for
    /// the next start or the creator's [`clean`](Self::clean).
    #[must_use]
    pub fn access(mut self, access: Access) -> Self {
        self.access = access;
        self
    }

    /// Takes the key from `file`, as `ftok(3)` does, instead of the channel's own key file: for who must agree on a key by
    /// other means. The file must exist; it is never written to. Then only that one key is tried, and both sides must say
    /// the same; what tells the channel's segment from others is still the id in its folder.
    #[must_use]
    pub fn key_file(mut self, file: impl Into<PathBuf>) -> Self {
        self.key.file = Some(file.into());
        self
    }

    /// The project id of `ftok(3)`. Then only that one key is tried, and both sides must say the same.
    #[must_use]
    pub fn project_id(mut self, id: NonZeroU8) -> Self {
        self.key.project_id = Some(id);
        self
    }

    fn base(&self) -> PathBuf {
        self.base.clone().unwrap_or_else(|| default_base(self.access))
    }

    /// Bytes of each lane, if this start creates the segment: a power of two, 64 KiB to 1 GiB.
    pub fn capacity(mut self, bytes: u64) -> Result<Self, Error> {
        if !is_capacity(bytes) {
            return Err(Error::Capacity(bytes));
        }
        self.capacity = bytes;
        Ok(self)
    }

    /// The name shown to the other side: up to 64 bytes of it.
    #[must_use]
    pub fn display_name(mut self, name: impl Into<String>) -> Self {
        self.display_name = name.into();
        self
    }

    /// Opens the channel in `role`.
    ///
    /// # Errors
    /// Any [`Error`]: a role that is taken, a folder or segment that is not ours.
    pub fn attach(&self, role: Role) -> Result<Endpoint, Error> {
        attach::attach(self, role)
    }

    /// Removes the channel's segment and bells if no living process holds a role. None where there is nothing to
    /// remove. At whatever key the segment stands; one of an older layout only with `force`, and where nobody is attached.
    ///
    /// The folder with its key and lock files stays: who waits for a lock may wait for it in that very file, and a new key
    /// file would be another key.
    ///
    /// # Errors
    /// [`Error::RoleTaken`] where someone lives there; [`Error::MessagesWait`] where messages wait, unless `force`.
    pub fn clean(&self, force: bool) -> Result<Option<Cleaned>, Error> {
        clean::clean(self, force)
    }

    /// Segments at the channel's keys that no start uses, since somebody has written over their headers: what
    /// [`clean`](Self::clean) and [`status`](Self::status) take for another program's, as a start does.
    ///
    /// # Errors
    /// Where its folder or key file cannot be used.
    pub fn damaged(&self) -> Result<Vec<Orphan>, Error> {
        damaged::damaged(self)
    }

    /// What there is of the channel, for people to read: see [`Status`]. Nothing is made, taken or changed, and whoever is
    /// at work there is not disturbed. None where the channel has no folder.
    ///
    /// # Errors
    /// Where its folder or key file cannot be used. What is wrong with a segment stands in the answer.
    pub fn status(&self) -> Result<Option<Status>, Error> {
        status::status(self)
    }

    /// The names of all channels whose folders lie in `base`, sorted: what holds a key file, also behind a symbolic link.
    ///
    /// Some that cannot be opened are among them, so that who goes on to open one says why. In the default place, which is ours
    /// alone or our group's, those are all that stand where a channel should; elsewhere there may be other things and other
    /// people's, and it is the one that is opened when no name is given.
    pub fn all_in(base: &std::path::Path, access: Access) -> std::io::Result<Vec<ChannelName>> {
        use std::io::ErrorKind::{Interrupted, NotADirectory, NotFound, PermissionDenied};
        let mut names = Vec::new();
        let entries = loop {
            match std::fs::read_dir(base) {
                // std opens files again when a signal interrupts it, but not folders.
                Err(error) if error.kind() == Interrupted => {}
                entries => break entries?,
            }
        };
        let is_default = base == default_base(access);
        for entry in entries {
            let entry = entry?;
            let Some(name) = entry.file_name().to_str().and_then(|name| name.parse::<ChannelName>().ok()) else {
                continue;
            };
            let is_channel = match entry.path().join(find::KEY_FILE).metadata() {
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
}
