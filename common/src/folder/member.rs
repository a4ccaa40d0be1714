//! Who is in a group, according to the system's user database.
//!
//! The database may be a directory server at the other end of a network, so each question is asked only once per
//! process. A user who is removed from a group in the meantime counts as a member until the process ends; the kernel
//! lets a process keep its own groups just as long. <https://man7.org/linux/man-pages/man3/getgrouplist.3.html>

use nix::errno::Errno;
use nix::unistd::{Gid, Uid, User, geteuid, getgrouplist};
use std::ffi::CString;
use std::sync::{Mutex, PoisonError};

/// What a user is to a group.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Standing {
    /// In it; or root, who gets everywhere; or ourselves.
    Member,
    /// Not in it.
    Outsider,
    /// The database does not know the user, or cannot be asked.
    Unknown,
}

/// What the database said, by user and group.
static ASKED: Mutex<Vec<((u32, u32), Standing)>> = Mutex::new(Vec::new());

/// What a user is to a group.
pub(super) fn standing(user: u32, group: u32) -> Standing {
    if user == 0 || user == geteuid().as_raw() {
        return Standing::Member;
    }
    let mut asked = ASKED.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some((_, standing)) = asked.iter().find(|(who, _)| *who == (user, group)) {
        return *standing;
    }
    // It may work next time.
    let Ok(standing) = ask(user, group) else { return Standing::Unknown };
    asked.push(((user, group), standing));
    standing
}

fn ask(user: u32, group: u32) -> Result<Standing, Errno> {
    let Some(found) = User::from_uid(Uid::from_raw(user))? else { return Ok(Standing::Unknown) };
    let name = CString::new(found.name).map_err(|_| Errno::EINVAL)?;
    let is_in = getgrouplist(&name, found.gid)?.contains(&Gid::from_raw(group));
    Ok(if is_in { Standing::Member } else { Standing::Outsider })
}
