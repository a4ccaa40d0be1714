//! Who may do what: the role's lock, and the channel's.

use super::files::LOCK_FILE;
use crate::channel::error::Error;
use crate::channel::name::ChannelName;
use crate::channel::role::Role;
use crate::folder::Folder;
use crate::presence::{Attempt, BUSY, DYING, Holder, Lock};
use nix::unistd::getpid;
use std::fs::File;
use std::time::SystemTime;

/// Takes the role's lock, or says who has it.
pub(in crate::channel) fn take_role(
    channel: &ChannelName,
    folder: &Folder,
    role: Role,
    me: Holder,
) -> Result<Lock, Error> {
    let file = folder.open_file(role.lock_file())?;
    match Lock::take(file, me, DYING).map_err(|error| Error::io(channel, "lock the role", &error))? {
        Attempt::Taken(lock) => Ok(lock),
        Attempt::WouldBlock(holder) => Err(Error::RoleTaken { channel: channel.clone(), role, holder }),
    }
}

/// Takes the channel's `lock`. It waits for it, because the lock is held only around create, attach and remove.
pub(in crate::channel) fn lock(channel: &ChannelName, folder: &Folder) -> Result<Lock, Error> {
    take_lock(channel, folder.open_file(LOCK_FILE)?)
}

/// The same; `None` if its file, or the folder, has been removed.
pub(in crate::channel) fn lock_if_there(channel: &ChannelName, folder: &Folder) -> Result<Option<Lock>, Error> {
    folder.open_if_there(LOCK_FILE)?.map(|file| take_lock(channel, file)).transpose()
}

fn take_lock(channel: &ChannelName, file: File) -> Result<Lock, Error> {
    match Lock::take(file, me(), BUSY) {
        Ok(Attempt::Taken(lock)) => Ok(lock),
        Ok(Attempt::WouldBlock(holder)) => Err(Error::Busy { channel: channel.clone(), holder }),
        Err(error) => Err(Error::io(channel, "lock the channel", &error)),
    }
}

/// This life of this process, distinguished from all others by the time.
pub(in crate::channel) fn me() -> Holder {
    Holder { pid: getpid().as_raw() as u32, since: SystemTime::now() }
}
