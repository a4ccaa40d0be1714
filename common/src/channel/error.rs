//! What can go wrong with a channel. Each message names the thing and the way out.

#![forbid(unsafe_code)]

use super::{ChannelName, Role, Whose};
use crate::key::Key;
use crate::presence::Holder;
use crate::remedy::{quoted, remedy};
use crate::ring::Corrupt;
use crate::segment::SegmentId;
use crate::{folder, layout};
use nix::errno::Errno;
use std::fmt;
use std::path::{Path, PathBuf};

/// Which segment of which channel.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct At {
    /// The channel.
    pub channel: ChannelName,
    /// Its key.
    pub key: Key,
    /// Its segment's number.
    pub shmid: SegmentId,
}

impl fmt::Display for At {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "channel {} (key {}, shmid {})", self.channel, self.key, self.shmid)
    }
}

/// Why a channel could not be opened or used.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The name is none.
    #[error(transparent)]
    Name(#[from] super::InvalidName),
    /// The capacity is none.
    #[error(
        "a capacity of {0} bytes will not do: it is a power of two from {min} to {max}",
        min = layout::MIN_CAPACITY, max = layout::MAX_CAPACITY
    )]
    Capacity(u64),
    /// The folder, or something in it, cannot be used.
    #[error(transparent)]
    Folder(#[from] folder::Error),
    /// Another living process has the role.
    #[error("a {role} is already here on channel {channel}{holder}; quit it first or choose another channel", holder = HolderText(*.holder))]
    RoleTaken {
        /// The channel.
        channel: ChannelName,
        /// The role.
        role: Role,
        /// Who has it, if its lock file says so.
        holder: Option<Holder>,
    },
    /// The key file holds something else.
    #[error("{path} holds no channel id; it is not ours, move it away", path = .0.display())]
    KeyFile(PathBuf),
    /// All project ids lead to other programs' segments.
    #[error(
        "channel {channel}: other programs' segments stand at all its keys (from {first}); see `ipcs -m`, or choose another channel"
    )]
    NoFreeKey {
        /// The channel.
        channel: ChannelName,
        /// The first key tried.
        first: Key,
    },
    /// The file that both sides have agreed on for the key cannot be used.
    #[error("channel {channel}: cannot take the key from {path}: {errno}; make that file, or name one that is there with --key-file", path = .path.display(), errno = .errno.desc())]
    NoKeyFile {
        /// The channel.
        channel: ChannelName,
        /// The file.
        path: PathBuf,
        /// What the system said.
        errno: Errno,
    },
    /// At the one key that may be used stands another program's segment.
    #[error(
        "{at}: that segment is another program's, of uid {owner}; choose another --project-id or --key-file, both sides"
    )]
    KeyTaken {
        /// Which segment.
        at: At,
        /// Whose it is.
        owner: u32,
    },
    /// The channel is in use by another key than was asked for.
    #[error("{at}: that is the key that this channel is in use by, {}; start with the same --key-file and --project-id as there, or none", in_use(*.living, *.holder, *.waiting))]
    OtherKey {
        /// Which segment.
        at: At,
        /// Who lives there.
        living: Option<Role>,
        /// Which process that is, if its lock file says so.
        holder: Option<Holder>,
        /// How many messages wait there.
        waiting: u64,
    },
    /// The segment was made by another version.
    #[error("{at} has layout version {found}, this program speaks {expected}; finish with the program that made it, or remove it with all that waits there: ipcrm -m {shmid}", expected = layout::VERSION, shmid = at.shmid)]
    Version {
        /// Which segment.
        at: At,
        /// The version found.
        found: u64,
    },
    /// Others may read or write the segment.
    #[error("{at} is open to others (mode {mode:04o}); if you do not know why, remove it with: ipcrm -m {shmid}", shmid = at.shmid)]
    TooOpen {
        /// Which segment.
        at: At,
        /// Its rights.
        mode: u32,
    },
    /// The shared words make no sense: the other side is broken or hostile.
    #[error("{at}: {what}; the other side is broken. Start afresh with: reader --clean --force {channel}", channel = at.channel)]
    Corrupt {
        /// Which segment.
        at: At,
        /// What makes no sense.
        what: Nonsense,
    },
    /// Someone removed the segment under us.
    #[error("{at} was removed while in use, by ipcrm or at a logout, and what waited in it is lost; start again")]
    Removed {
        /// Which segment.
        at: At,
    },
    /// Someone removed or replaced the key file under us.
    #[error("{at}: its key file {path} was removed or replaced while in use, so that nobody can find it any more; what waits in it is lost when you end. Start again", path = .path.display())]
    KeyGone {
        /// Which segment.
        at: At,
        /// The key file.
        path: PathBuf,
    },
    /// A bell was removed, replaced or closed under us.
    #[error("{at}: the {role}'s bell {path} was removed, replaced or closed while in use; what waits stays. Start again, both sides", path = .path.display())]
    BellGone {
        /// Which segment.
        at: At,
        /// Whose bell.
        role: Role,
        /// The bell.
        path: PathBuf,
    },
    /// Someone removed or replaced our lock file under us.
    #[error("{at}: the {role}'s lock file {path} was removed or replaced while in use, so that others take this {role} for gone; what waits stays. Start again", path = .path.display())]
    LockGone {
        /// Which segment.
        at: At,
        /// Whose lock file: ours.
        role: Role,
        /// The lock file.
        path: PathBuf,
    },
    /// Someone moved the channel's folder, or one that it lies in, under us.
    #[error("{at}: its folder {path} was moved or replaced while in use, so that nobody who starts finds it; what waits stays{}", moved(.path, .now.as_deref()), path = .path.display())]
    FolderGone {
        /// Which segment.
        at: At,
        /// Where the folder was.
        path: PathBuf,
        /// Where it is now, if that is known.
        now: Option<PathBuf>,
    },
    /// Somebody holds the channel's lock, which is never held for long.
    #[error("channel {channel}: another process{holder} holds its lock and does not go on; if it is stopped, let it go on (kill -CONT PID) or end it", holder = HolderText(*.holder))]
    Busy {
        /// The channel.
        channel: ChannelName,
        /// Who, if the lock file says so.
        holder: Option<Holder>,
    },
    /// Only who created a group's segment can remove it.
    #[error("{at} was created by uid {owner}, who alone can remove it: have that user run reader --clean")]
    NotOwner {
        /// Which segment.
        at: At,
        /// Who.
        owner: u32,
    },
    /// Messages wait where something was to be removed.
    #[error("{at}: {} there; read {} with: reader {channel}, or remove {1} with --force", wait(*.messages), if *.messages == 1 { "it" } else { "them" }, channel = at.channel)]
    MessagesWait {
        /// Which segment.
        at: At,
        /// How many.
        messages: u64,
    },
    /// Somebody has a segment attached that belongs to no channel that can be found.
    #[error("shmid {shmid}: {attached} {} attached; see who with: grep -l SYSV /proc/[0-9]*/maps", if *attached == 1 { "process has it" } else { "processes have it" })]
    StrayInUse {
        /// Which segment.
        shmid: SegmentId,
        /// How many times.
        attached: u64,
    },
    /// A segment that belongs to no channel that can be found has something in it.
    #[error("shmid {shmid}: {}; remove it with: reader --clean --force, or ipcrm -m {shmid}", stray(whose, *.messages))]
    StrayWaits {
        /// Which segment.
        shmid: SegmentId,
        /// Why it belongs to none.
        whose: Whose,
        /// How many messages wait there, if that can be told.
        messages: Option<u64>,
    },
    /// A segment that nobody can tell from another program's stands at a channel's key.
    #[error(
        "shmid {shmid} stands at key {key} of channel {channel}, and nothing in it says whose it is; if no program of yours needs it, remove it with: ipcrm -m {shmid}"
    )]
    StrayUnknown {
        /// The channel.
        channel: ChannelName,
        /// The key.
        key: Key,
        /// Which segment.
        shmid: SegmentId,
    },
    /// The system says no about segments that are no channel's.
    #[error("cannot {doing}: {errno}{remedy}", errno = .errno.desc(), remedy = remedy(.doing, *.errno))]
    Segments {
        /// The verb and its object.
        doing: &'static str,
        /// What the system said.
        errno: Errno,
    },
    /// A message is too long to be sent without blocking.
    #[error(
        "channel {channel}: a message of {bytes} bytes can only be sent by a call that waits; up to {limit} bytes go at once"
    )]
    TooLong {
        /// The channel.
        channel: ChannelName,
        /// The message's size.
        bytes: usize,
        /// The largest that goes at once.
        limit: usize,
    },
    /// Nothing came, or no room, in the time given.
    #[error("channel {channel}: gave up, {what}")]
    Timeout {
        /// The channel.
        channel: ChannelName,
        /// What did not come.
        what: &'static str,
    },
    /// The system said no.
    #[error("channel {channel}: cannot {doing}: {errno}{remedy}", errno = .errno.desc(), remedy = remedy(.doing, *.errno))]
    System {
        /// The channel.
        channel: ChannelName,
        /// The verb and its object.
        doing: &'static str,
        /// What the system said.
        #[source]
        errno: Errno,
    },
}

/// What in a segment makes no sense.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Nonsense {
    /// In a lane.
    #[error(transparent)]
    Lane(#[from] Corrupt),
    /// In the header.
    #[error("its header says {value:#x} where {field} should stand")]
    Header {
        /// Which field.
        field: &'static str,
        /// What stands there.
        value: u64,
    },
    /// In the order of records.
    #[error("the record at {position} does not continue the message before it")]
    Sequence {
        /// Where in the lane.
        position: u64,
    },
}

/// "1 message waits", "2 messages wait".
pub(super) fn wait(messages: u64) -> String {
    if messages == 1 { "1 message waits".into() } else { format!("{messages} messages wait") }
}

/// What is to be said of a stray segment before it is removed.
fn stray(whose: &Whose, messages: Option<u64>) -> String {
    match (whose, messages) {
        (Whose::Version(version), _) => format!("it has layout version {version}, and what waits in it cannot be told"),
        (Whose::Damaged(channel), _) => {
            format!("it was channel {channel}'s, its header is damaged, and what waits in it cannot be told")
        }
        (_, Some(messages)) => format!("its folder is gone or was renamed, and {} in it", wait(messages)),
        (_, None) => "its folder is gone or was renamed, and what stands in it makes no sense".into(),
    }
}

/// How a folder gets back to where it was.
fn moved(path: &Path, now: Option<&Path>) -> String {
    match now {
        Some(now) => format!(
            " in {now}. Move it back and start again: mv -T {} {}",
            quoted(now),
            quoted(path),
            now = now.display()
        ),
        None => ". Start again".into(),
    }
}

/// Why a segment is in use.
fn in_use(living: Option<Role>, holder: Option<Holder>, waiting: u64) -> String {
    let living = living.map(|role| format!("a {role} is there{}", HolderText(holder)));
    let waiting = (waiting > 0).then(|| format!("{} there", wait(waiting)));
    living.into_iter().chain(waiting).collect::<Vec<_>>().join(" and ")
}

struct HolderText(Option<Holder>);

impl fmt::Display for HolderText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            None => Ok(()),
            Some(Holder { pid, since }) => {
                let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
                match (now.as_nanos() as u64).saturating_sub(since) / 1_000_000_000 {
                    seconds @ 0..120 => write!(f, " (pid {pid}, for {seconds} s)"),
                    seconds @ 120..7200 => write!(f, " (pid {pid}, for {} min)", seconds / 60),
                    seconds => write!(f, " (pid {pid}, for {} h)", seconds / 3600),
                }
            }
        }
    }
}
