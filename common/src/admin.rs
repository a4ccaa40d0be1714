//! Looking after channels: what there is of one ([`Channel::status`](crate::Channel::status)), cleaning up after processes that
//! did not quit in good order ([`Channel::clean`](crate::Channel::clean)), and segments whose folder is gone ([`orphans`]).
//!
//! The crate page has a chapter on it. This lists what waits in every channel of a directory:
//!
//! ```
//! use shmchat::{Access, Channel, admin};
//! # let folder = tempfile::tempdir()?;
//! # Channel::named("lobby".parse()?).dir(folder.path()).attach(shmchat::Role::Writer)?.quit()?;
//!
//! for name in admin::channels_in(folder.path(), Access::Owner)? {
//!     if let Some(status) = Channel::named(name).dir(folder.path()).status()? {
//!         let [messages, replies] = status.lanes.map(Option::unwrap_or_default);
//!         println!("{}: {}", status.channel, messages.and(replies));
//!     }
//! }
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

pub use crate::channel::{
    AdminError, Cleaned, Condition, Orphan, Ownership, SegmentStatus, Segments, Status, channels_in, dir_exists,
    orphans,
};
