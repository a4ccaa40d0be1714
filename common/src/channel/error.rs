//! What can go wrong with a channel. Each message names the thing and the way out; where that is a command with arguments of
//! this run's own, `cli` adds it.

use super::{ChannelName, Ownership, Role};
use crate::hint::{hint, shell_word, user_text};
use crate::key::Key;
use crate::presence::Holder;
use crate::ring::{Backlog, Corrupt};
use crate::segment::SegmentId;
use crate::{folder, layout};
use nix::errno::Errno;
use std::fmt;
use std::path::{Path, PathBuf};

/// Which segment of which channel.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SegmentRef {
    /// The channel.
    pub channel: ChannelName,
    /// Its key.
    pub key: Key,
    /// Its segment's number.
    pub shmid: SegmentId,
}

impl fmt::Display for SegmentRef {
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
        "{0} bytes is an invalid capacity: expected a power of two from {min} to {max}",
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
    #[error("{path} holds no channel id, so it is not ours; move it away with: mv {word} {word}.old", path = .0.display(), word = shell_word(.0))]
    KeyFile(PathBuf),
    /// All project ids lead to segments of other channels, or of other programs.
    #[error(
        "channel {channel}: other segments stand at all its keys (from {first}); see them with: ipcs -m; remove those of yours that nobody finds any more with: reader --clean; or choose another channel"
    )]
    NoFreeKey {
        /// The channel.
        channel: ChannelName,
        /// The first key tried.
        first: Key,
    },
    /// The file that both sides have agreed on for the key cannot be used.
    #[error("channel {channel}: cannot take the key from {path}: {errno}; {}choose another file with --key-file", touch(path, *.errno), path = .path.display(), errno = .errno.desc())]
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
        "{at}: that segment is another program's, of {}; choose another --project-id or --key-file, on both sides", user_text(*.owner)
    )]
    KeyTaken {
        /// Which segment.
        at: SegmentRef,
        /// Whose it is.
        owner: u32,
    },
    /// The channel is in use by another key than was asked for.
    #[error("{at}: the channel is in use at this key, not at the one you chose: {}; start with the same --key-file and --project-id as there, or with neither", in_use(*.living, *.holder, .waiting))]
    OtherKey {
        /// Which segment.
        at: SegmentRef,
        /// Who lives there.
        living: Option<Role>,
        /// Which process that is, if its lock file says so.
        holder: Option<Holder>,
        /// What waits there.
        waiting: Backlog,
    },
    /// The segment was made by another version.
    #[error("{at} has layout version {found}, and this program uses {expected}; finish with the program that made it", expected = layout::VERSION)]
    Version {
        /// Which segment.
        at: SegmentRef,
        /// The version found.
        found: u64,
    },
    /// Others may read or write the segment.
    #[error("{at} is open to others (mode {mode:04o})")]
    TooOpen {
        /// Which segment.
        at: SegmentRef,
        /// Its rights.
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
    /// Someone removed the segment under us.
    #[error("{at} was removed while in use, by ipcrm or at a logout, and what waited in it is lost; start again")]
    Removed {
        /// Which segment.
        at: SegmentRef,
    },
    /// Someone removed or replaced the key file under us.
    #[error("{at}: its key file {path} was removed or replaced while in use, so that nobody can find it any more; what waits in it is lost when you end. Start again", path = .path.display())]
    KeyGone {
        /// Which segment.
        at: SegmentRef,
        /// The key file.
        path: PathBuf,
    },
    /// A bell was removed, replaced or closed under us.
    #[error("{at}: the {role}'s doorbell {path} was removed, replaced or closed while in use; what waits stays. Start again, both sides", path = .path.display())]
    BellGone {
        /// Which segment.
        at: SegmentRef,
        /// Whose bell.
        role: Role,
        /// The bell.
        path: PathBuf,
    },
    /// Someone removed or replaced our lock file under us.
    #[error("{at}: the {role}'s lock file {path} was removed or replaced while in use, so that others take this {role} for gone; what waits stays. Start again", path = .path.display())]
    LockGone {
        /// Which segment.
        at: SegmentRef,
        /// Whose lock file: ours.
        role: Role,
        /// The lock file.
        path: PathBuf,
    },
    /// Someone moved the channel's folder, or one that it lies in, under us.
    #[error("{at}: its folder {path} was moved or replaced while in use, so that nobody who starts finds it; what waits stays{}", moved(.path, .now.as_deref()), path = .path.display())]
    FolderGone {
        /// Which segment.
        at: SegmentRef,
        /// Where the folder was.
        path: PathBuf,
        /// Where it is now, if that is known.
        now: Option<PathBuf>,
    },
    /// Somebody holds the channel's lock, which is never held for long.
    #[error("channel {channel}: another process{} holds its lock and does not go on; {}", HolderText(*.holder), wake(*.holder))]
    Busy {
        /// The channel.
        channel: ChannelName,
        /// Who, if the lock file says so.
        holder: Option<Holder>,
    },
    /// Only who created a group's segment can remove it.
    #[error("{at} was created by {}, who alone can remove it", user_text(*.owner))]
    NotOwner {
        /// Which segment.
        at: SegmentRef,
        /// Who.
        owner: u32,
    },
    /// Messages wait where something was to be removed.
    #[error("{at}: {waiting} there")]
    MessagesWait {
        /// Which segment.
        at: SegmentRef,
        /// What waits.
        waiting: Backlog,
    },
    /// Somebody has a segment attached that belongs to no channel that can be found.
    #[error("shmid {shmid}: {attached} {} attached; see who with: grep -lsE ' {shmid} +/SYSV' /proc/[0-9]*/maps", if *attached == 1 { "process has it" } else { "processes have it" })]
    OrphanInUse {
        /// Which segment.
        shmid: SegmentId,
        /// How many times.
        attached: u64,
    },
    /// A segment that belongs to no channel that can be found has something in it.
    #[error("shmid {shmid}: {}; remove it with: ipcrm -m {shmid}", orphan(whose, *.waiting))]
    OrphanWaits {
        /// Which segment.
        shmid: SegmentId,
        /// Why it belongs to none.
        whose: Ownership,
        /// What waits there, if that can be told.
        waiting: Option<Backlog>,
    },
    /// A segment that nobody can tell from another program's stands at a channel's key.
    #[error(
        "shmid {shmid} stands at key {key} of channel {channel}, and nothing in it says whose it is; if no program of yours needs it, remove it with: ipcrm -m {shmid}"
    )]
    OrphanUnknown {
        /// The channel.
        channel: ChannelName,
        /// The key.
        key: Key,
        /// Which segment.
        shmid: SegmentId,
    },
    /// The system says no about segments that are no channel's.
    #[error("cannot {doing}: {errno}{hint}", errno = .errno.desc(), hint = hint(.doing, *.errno))]
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
    #[error("channel {channel}: cannot {doing}: {errno}{hint}", errno = .errno.desc(), hint = hint(.doing, *.errno))]
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
pub enum Corruption {
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

/// What is to be said of an orphan segment before it is removed.
fn orphan(whose: &Ownership, waiting: Option<Backlog>) -> String {
    match (whose, waiting) {
        (Ownership::Version(version), _) => format!("it has layout version {version}, so what waits in it is unknown"),
        (Ownership::Damaged(channel), _) => {
            format!("it was channel {channel}'s, its header is damaged, and what waits in it is unknown")
        }
        (_, Some(waiting)) => format!("its folder is gone or was renamed, and {waiting} in it"),
        (_, None) => "its folder is gone or was renamed, and what stands in it makes no sense".into(),
    }
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
    let command = || format!("make it with: touch {}; or ", shell_word(path));
    if errno == Errno::ENOENT { command() } else { String::new() }
}

/// How to let a stopped process go on.
fn wake(holder: Option<Holder>) -> String {
    let wake = |Holder { pid, .. }| format!("if it is stopped, let it go on with: kill -CONT {pid}; or end it");
    holder.map_or("find out which one, and let it go on or end it".into(), wake)
}

/// Why a segment is in use.
fn in_use(living: Option<Role>, holder: Option<Holder>, waiting: &Backlog) -> String {
    let living = living.map(|role| format!("a {role} is there{}", HolderText(holder)));
    let waiting = (!waiting.is_empty()).then(|| format!("{waiting} there"));
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
