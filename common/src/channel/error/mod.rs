//! What can go wrong with a channel. Each message names the thing and the way out; where that is a command with arguments of
//! this run's own, `cli` adds it.

mod corruption;
mod item;
mod memory;
mod recv;
mod send;

pub use corruption::Corruption;
pub use item::{ItemType, Misfit};
pub use memory::MemoryError;
pub use recv::{RecvError, RecvTimeoutError, TryRecvError};
pub use send::{SendTimeoutError, TrySendError};

use super::name::{ChannelName, InvalidName};
use super::role::Role;
use super::segment_ref::SegmentRef;
use crate::hint::{errno_of, hint, shell_word, user_text};
use crate::key::Key;
use crate::memory::MemoryKind;
use crate::presence::Holder;
use crate::ring::Backlog;
use crate::{folder, layout};
use nix::errno::Errno;
use std::path::{Path, PathBuf};
use std::time::SystemTime;
use std::{fmt, io};

/// Why a channel could not be opened or used. Its message names the thing, and often what a person can do about it.
///
/// ```
/// use shmchat::{Channel, Error, Role};
///
/// # let folder = tempfile::tempdir()?;
/// # let channel = Channel::named("lobby".parse()?).dir(folder.path());
/// let first = channel.attach(Role::Reader)?;
/// let error = channel.attach(Role::Reader).unwrap_err();
/// match &error {
///     Error::RoleTaken { role, .. } => assert_eq!(*role, Role::Reader),
///     _ => return Err(error.into()),
/// }
/// assert!(error.to_string().starts_with("a reader is already running on channel lobby"));
/// # drop(first);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The name is no channel name.
    #[error(transparent)]
    Name(#[from] InvalidName),
    /// The capacity is no power of two from 64 KiB to 1 GiB.
    #[error(
        "{0} bytes is an invalid capacity: expected a power of two from {min} to {max}",
        min = layout::MIN_CAPACITY, max = layout::MAX_CAPACITY
    )]
    Capacity(u64),
    /// The folder, or something in it, cannot be used.
    #[error(transparent)]
    Folder(#[from] folder::Error),
    /// Another living process has the role.
    #[error("a {role} is already running on channel {channel}{holder}; quit it first or choose another channel", holder = HolderText(*.holder))]
    RoleTaken {
        /// The channel.
        channel: ChannelName,
        /// The role.
        role: Role,
        /// Who has it, if its lock file says so.
        holder: Option<Holder>,
    },
    /// The channel's key file holds something else.
    #[error("{path} holds no channel id, so it is not ours; move it away with: mv {word} {word}.old", path = .0.display(), word = shell_word(.0))]
    KeyFile(PathBuf),
    /// All project ids lead to segments of other channels or programs.
    #[error(
        "channel {channel}: other segments have all its keys (from {first} on); see them with: ipcs -m; or choose another channel"
    )]
    NoFreeKey {
        /// The channel.
        channel: ChannelName,
        /// The first key tried.
        first: Key,
    },
    /// The key file that both sides agreed on ([`Channel::key_file`](crate::Channel::key_file)) cannot be used.
    #[error("channel {channel}: cannot derive the key from {path}: {errno}{}", touch(path, *.errno), path = .path.display(), errno = .errno.desc())]
    NoKeyFile {
        /// The channel.
        channel: ChannelName,
        /// The file.
        path: PathBuf,
        /// The system's error number.
        errno: Errno,
    },
    /// The only key that may be used belongs to another program's segment.
    #[error(
        "{at}: this segment belongs to another program (owner {})", user_text(*.owner)
    )]
    KeyTaken {
        /// Which segment.
        at: SegmentRef,
        /// The user id that it belongs to.
        owner: u32,
    },
    /// The channel is in use, at another key than the one you asked for.
    #[error("{at}: the channel is in use at this key, not at the one you chose: {}", in_use(*.living, *.holder, .waiting, *.checkpoint))]
    OtherKey {
        /// Which segment.
        at: SegmentRef,
        /// Who lives there, if anybody does.
        living: Option<Role>,
        /// Its process, if the lock file says so.
        holder: Option<Holder>,
        /// What waits there.
        waiting: Backlog,
        /// Whose checkpoint is kept there, if one is.
        checkpoint: Option<Role>,
    },
    /// The channel is in use, with another kind of memory than the one you asked for.
    #[error("{at}: the channel uses {} memory, not {chosen}: {}", .at.place.kind(), in_use(*.living, *.holder, .waiting, *.checkpoint))]
    OtherMemory {
        /// Which memory.
        at: SegmentRef,
        /// The kind that was asked for.
        chosen: MemoryKind,
        /// Who lives there, if anybody does.
        living: Option<Role>,
        /// Its process, if the lock file says so.
        holder: Option<Holder>,
        /// What waits there.
        waiting: Backlog,
        /// Whose checkpoint is kept there, if one is.
        checkpoint: Option<Role>,
    },
    /// The memory with the channel's name is in use by a process that has another key file of the channel: in another folder,
    /// or because somebody has replaced the one in this folder.
    #[error("{at} is in use by a process with another key file of the channel{}; quit it first; find it with: {}", .folder.as_ref().map(|folder| format!(" (in {})", folder.to_string_lossy().escape_debug())).unwrap_or_default(), .at.place.search())]
    InUseElsewhere {
        /// Which memory.
        at: SegmentRef,
        /// The folder of that key file, as the memory says.
        folder: Option<PathBuf>,
    },
    /// The memory cannot be created where it belongs.
    #[error(transparent)]
    Memory(#[from] MemoryError),
    /// Another version of this library made the segment.
    #[error("{at} has layout version {found}, and this program uses {expected}; finish with the program that created it", expected = layout::VERSION)]
    Version {
        /// Which segment.
        at: SegmentRef,
        /// The version found.
        found: u64,
    },
    /// Other users may read or write the segment.
    #[error("{at} is open to others (mode {mode:04o})")]
    TooOpen {
        /// Which segment.
        at: SegmentRef,
        /// Its permission bits.
        mode: u32,
    },
    /// The shared words make no sense: the other side is broken or hostile.
    #[error("{at}: {what}; the other side is broken")]
    Corrupt {
        /// Which segment.
        at: SegmentRef,
        /// What makes no sense.
        what: Corruption,
    },
    /// Somebody has cut the memory's file short while it was in use, or a file system that copies on write has no room left. What
    /// was waiting in it may be lost.
    /// [`handle_sigbus`](crate::handle_sigbus) says who gets this error.
    #[error(
        "{at}: somebody has cut this file short while it was in use{}, and what was waiting in it may be lost",
        or_full(at)
    )]
    Cut {
        /// Which memory.
        at: SegmentRef,
    },
    /// Somebody removed the segment while it was in use. What waited in it is lost.
    #[error("{at} was removed while in use, by {} or at a logout, and what was waiting in it is lost; start again", if at.place.kind() == MemoryKind::SysV { "ipcrm" } else { "rm" })]
    Removed {
        /// Which segment.
        at: SegmentRef,
    },
    /// Somebody removed or replaced the key file while it was in use. Nobody can find the segment any more.
    #[error("{at}: its key file {path} was removed or replaced while in use, so nobody can find it any more; {}. Start again", kept(at), path = .path.display())]
    KeyGone {
        /// Which segment.
        at: SegmentRef,
        /// The key file.
        path: PathBuf,
    },
    /// Somebody removed, replaced or closed a doorbell while it was in use. What waits stays.
    #[error("{at}: the {role}'s doorbell {path} was removed, replaced or closed while in use; what is waiting stays. Start again, on both sides", path = .path.display())]
    DoorbellGone {
        /// Which segment.
        at: SegmentRef,
        /// Whose doorbell.
        role: Role,
        /// The doorbell.
        path: PathBuf,
    },
    /// Somebody removed or replaced this side's lock file while it was in use. What waits stays.
    #[error("{at}: the {role}'s lock file {path} was removed or replaced while in use, so others think this {role} has gone; what is waiting stays. Start again", path = .path.display())]
    LockGone {
        /// Which segment.
        at: SegmentRef,
        /// Whose lock file: this side's.
        role: Role,
        /// The lock file.
        path: PathBuf,
    },
    /// Somebody moved the channel's folder, or a directory above it, while it was in use. What waits stays.
    #[error("{at}: its folder {path} was moved or replaced while in use, so no new process can find it; what is waiting stays{}", moved(.path, .now.as_deref()), path = .path.display())]
    FolderGone {
        /// Which segment.
        at: SegmentRef,
        /// Where the folder was.
        path: PathBuf,
        /// Where it is now, if that is known.
        now: Option<PathBuf>,
    },
    /// Another process holds the channel's lock and does not go on. The lock is never held for long.
    #[error("channel {channel}: another process{} holds its lock and makes no progress; {}", HolderText(*.holder), wake(*.holder))]
    Busy {
        /// The channel.
        channel: ChannelName,
        /// Who, if the lock file says so.
        holder: Option<Holder>,
    },
    /// Only the user who created a group's segment can remove it.
    #[error("{at} was created by {}, and only that user can remove it", user_text(*.owner))]
    NotOwner {
        /// Which segment.
        at: SegmentRef,
        /// That user's id.
        owner: u32,
    },
    /// The channel was to be synced, and its memory is on no disk.
    #[error("{at} is on no disk and is gone after a power cut, so it cannot be synced; only a mapped file can")]
    NoDisk {
        /// Which segment.
        at: SegmentRef,
    },
    /// The channel was to be synced, and the other side is there and does not sync.
    #[error("{at} is not synced, and that cannot be changed while the {other} is there; quit it, and start both again")]
    NotSynced {
        /// Which segment.
        at: SegmentRef,
        /// Who is there.
        other: Role,
    },
    /// The message is too long for a call that does not wait.
    #[error(
        "channel {channel}: a message of {bytes} bytes can only be sent by a call that waits; up to {limit} bytes go without waiting"
    )]
    TooLong {
        /// The channel.
        channel: ChannelName,
        /// The message's length, in bytes.
        bytes: usize,
        /// The longest message that goes at once, in bytes.
        limit: usize,
    },
    /// The two sides send and receive items of different types.
    #[error(
        "channel {channel}: the {sender}'s items are {ours} here and {theirs} by agreement; use one type on both sides. Another one can be agreed on when the {other} is gone and nothing waits in the lane"
    )]
    OtherType {
        /// The channel.
        channel: ChannelName,
        /// Who sends the items.
        sender: Role,
        /// The other side, which must go before another type can be agreed.
        other: Role,
        /// What this side asked for.
        ours: Box<ItemType>,
        /// What was agreed before.
        theirs: Box<ItemType>,
    },
    /// A message comes next that is no items. It stays in the lane until it is received as a message.
    #[error(
        "channel {channel}: the message at {position} does not consist of items of type {item}: {misfit}. It stays in the lane until you receive it as a message"
    )]
    NoItems {
        /// The channel.
        channel: ChannelName,
        /// Where in the lane it is, in bytes ever written.
        position: u64,
        /// What was to be received.
        item: Box<ItemType>,
        /// What it is.
        misfit: Misfit,
    },
    /// An item is longer than a record of this channel's lanes.
    #[error(
        "channel {channel}: an item of type {item} does not fit in a record of {limit} bytes; use a channel of a larger capacity, or send it as a message"
    )]
    ItemTooLong {
        /// The channel.
        channel: ChannelName,
        /// What was to be sent or received.
        item: Box<ItemType>,
        /// The most bytes of a record.
        limit: usize,
    },
    /// The system refused something.
    #[error("channel {channel}: cannot {doing}: {errno}{hint}", errno = .errno.desc(), hint = hint(.doing, *.errno))]
    System {
        /// The channel.
        channel: ChannelName,
        /// What was to be done: a verb and its object.
        doing: &'static str,
        /// The system's error number.
        #[source]
        errno: Errno,
    },
}

impl Error {
    pub(super) fn system(channel: &ChannelName, doing: &'static str, errno: Errno) -> Self {
        Error::System { channel: channel.clone(), doing, errno }
    }

    /// The same, of what std says.
    pub(super) fn io(channel: &ChannelName, doing: &'static str, error: &io::Error) -> Self {
        Error::system(channel, doing, errno_of(error))
    }
}

/// What becomes of a memory whose key file is gone: the next start finds one by its name.
fn kept(at: &SegmentRef) -> &'static str {
    match at.place.kind() {
        MemoryKind::File => "what is waiting in it stays",
        MemoryKind::SysV | MemoryKind::Posix => "what is waiting in it is lost when you quit",
    }
}

/// What else it may be if the file has its size. A file system that copies on write may need new room for a page that has some.
fn or_full(at: &SegmentRef) -> &'static str {
    let is_whole = at.place.stat().is_ok_and(|stat| layout::capacity_of(stat.bytes).is_some());
    if is_whole { ", or the disk is full" } else { "" }
}

/// How a folder gets back to where it was.
fn moved(path: &Path, now: Option<&Path>) -> String {
    match now {
        Some(now) => format!(
            " in {now}. Move it back and start again: mv -T {} {}",
            shell_word(now),
            shell_word(path),
            now = now.display()
        ),
        None => ". Start again".into(),
    }
}

/// How to make a key file that is not there.
fn touch(path: &Path, errno: Errno) -> String {
    let command = || format!("; make it with: touch {}", shell_word(path));
    if errno == Errno::ENOENT { command() } else { String::new() }
}

/// How to let a stopped process go on.
fn wake(holder: Option<Holder>) -> String {
    let wake = |Holder { pid, .. }| format!("if it is stopped, resume it with: kill -CONT {pid}; or end it");
    holder.map_or("find out which one, and resume or end it".into(), wake)
}

/// Why a segment is in use.
fn in_use(living: Option<Role>, holder: Option<Holder>, waiting: &Backlog, checkpoint: Option<Role>) -> String {
    let living = living.map(|role| format!("a {role} is there{}", HolderText(holder)));
    let waiting = (!waiting.is_empty()).then(|| format!("{waiting} there"));
    let kept = checkpoint.map(|_| "a bridge's place is kept there".to_owned());
    living.into_iter().chain(waiting).chain(kept).collect::<Vec<_>>().join(" and ")
}

struct HolderText(Option<Holder>);

impl fmt::Display for HolderText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            None => Ok(()),
            Some(Holder { pid, since }) => {
                match SystemTime::now().duration_since(since).unwrap_or_default().as_secs() {
                    seconds @ 0..120 => write!(f, " (pid {pid}, started {seconds} s ago)"),
                    seconds @ 120..7200 => write!(f, " (pid {pid}, started {} min ago)", seconds / 60),
                    seconds => write!(f, " (pid {pid}, started {} h ago)", seconds / 3600),
                }
            }
        }
    }
}
