//! All segments and all POSIX memory, listed once, for a look at many channels.

use super::error::AdminError;
use crate::key::Key;
use crate::memory::{self, Location, Slot, Stat};
use std::collections::HashSet;

/// All segments of the system, and all POSIX memory with a channel's name, as they were listed at one moment.
///
/// To look for a channel's segment at other keys than its own, one must list every segment. Whoever looks at many channels lists
/// them once with this.
///
/// ```
/// use shmchat::{Access, Channel, Role, admin::{Segments, channels_in}};
///
/// # let folder = tempfile::tempdir()?;
/// for name in ["kitchen", "attic"] {
///     Channel::named(name.parse()?).dir(folder.path()).attach(Role::Writer)?.quit()?;
/// }
/// let segments = Segments::list()?;
/// let mut used = Vec::new();
/// for name in channels_in(folder.path(), Access::Owner)? {
///     let channel = Channel::named(name).dir(folder.path());
///     used.extend(channel.status_among(&segments)?.and_then(|status| status.segment).map(|segment| segment.place));
///     used.extend(channel.damaged_among(&segments)?.into_iter().map(|orphan| orphan.segment.place));
/// }
/// assert!(used.is_empty(), "both have quit");
/// assert!(segments.orphans(Some(folder.path()), &used).is_empty());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct Segments {
    pub(super) all: Vec<(Location, Stat)>,
    keys: HashSet<Key>,
}

impl Segments {
    /// Lists them.
    ///
    /// # Errors
    /// [`AdminError::Segments`] if the system does not list its segments.
    pub fn list() -> Result<Self, AdminError> {
        let all = memory::all().map_err(|errno| AdminError::Segments { doing: "list every segment", errno })?;
        let keys = all.iter().filter_map(|(place, _)| place.key()).collect();
        Ok(Segments { all, keys })
    }

    /// Whether something may be in this slot: no segment had the key of one that is left out.
    pub(super) fn may_have(&self, slot: &Slot) -> bool {
        if let Slot::SysV(key) = slot { self.keys.contains(key) } else { true }
    }
}
