//! What can go wrong with a channel. Each message names the thing and the way out; where that is a command with arguments of
//! this run's own, `cli` adds it.

mod corruption;
mod recv;
mod send;

pub use corruption::Corruption;
pub use recv::{RecvError, RecvTimeoutError, TryRecvError};
pub use send::{SendTimeoutError, TrySendError};

use super::name::{ChannelName, InvalidName};
use super::role::Role;
use super::segment_ref::SegmentRef;
use crate::hint::{errno_of, hint, shell_word, user_text};
use crate::key::Key;
use crate::presence::Holder;
use crate::ring::Backlog;
use crate::{folder, layout};
use nix::errno::Errno;
use std::path::{Path, PathBuf};
use std::time::SystemTime;
use std::{fmt, io};

/// Why a channel could not be opened or used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The name is none.
    #[error(transparent)]
    Name(#[from] InvalidName),
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
        "channel {channel}: other segments stand at all its keys (from {first}); see them with: ipcs -m; or choose another channel"
    )]
    NoFreeKey {
        /// The channel.
        channel: ChannelName,
        /// The first key tried.
        first: Key,
    },
    /// The file that both sides have agreed on for the key cannot be used.
    #[error("channel {channel}: cannot take the key from {path}: {errno}{}", touch(path, *.errno), path = .path.display(), errno = .errno.desc())]
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
        "{at}: that segment is another program's, of {}", user_text(*.owner)
    )]
    KeyTaken {
        /// Which segment.
        at: SegmentRef,
        /// Whose it is.
        owner: u32,
    },
    /// The channel is in use by another key than was asked for.
    #[error("{at}: the channel is in use at this key, not at the one you chose: {}", in_use(*.living, *.holder, .waiting))]
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

impl Error {
    pub(super) fn system(channel: &ChannelName, doing: &'static str, errno: Errno) -> Self {
        Error::System { channel: channel.clone(), doing, errno }
    }

    /// The same, of what std says.
    pub(super) fn io(channel: &ChannelName, doing: &'static str, error: &io::Error) -> Self {
        Error::system(channel, doing, errno_of(error))
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
    let command = || format!("; make it with: touch {}", shell_word(path));
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
                match SystemTime::now().duration_since(since).unwrap_or_default().as_secs() {
                    seconds @ 0..120 => write!(f, " (pid {pid}, for {seconds} s)"),
                    seconds @ 120..7200 => write!(f, " (pid {pid}, for {} min)", seconds / 60),
                    seconds => write!(f, " (pid {pid}, for {} h)", seconds / 3600),
                }
            }
        }
    }
}
