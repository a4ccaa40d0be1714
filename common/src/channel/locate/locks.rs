//! Who may do what: the role's lock, and the channel's.
//!
//! A channel's folder can be removed, with its lock files, by somebody who holds all of them (`admin::forget`). Whoever
//! waited for one of those locks then holds the lock of a file that nobody else can find. So whoever has taken a lock
//! checks that its file is still the one with that name, and starts over if not. Once it is, it stays: to remove it one
//! must hold it.

use super::files::LOCK_FILE;
use crate::channel::config::Config;
use crate::channel::error::Error;
use crate::channel::name::ChannelName;
use crate::channel::role::Role;
use crate::fault::{Mutant, Point, point, sabotaged};
use crate::folder::{self, Folder};
use crate::presence::{Attempt, BUSY, DYING, Holder, Lock};
use nix::errno::Errno;
use nix::unistd::getpid;
use std::fs::File;
use std::time::SystemTime;

/// How often to start over: each time somebody has removed the folder in the meantime.
const ATTEMPTS: usize = 100;

/// What a start and a clean-up hold: the folder, the locks of these roles, and the channel's.
#[derive(Debug)]
pub(in crate::channel) struct Entered<const N: usize> {
    pub(in crate::channel) folder: Folder,
    pub(in crate::channel) roles: [Lock; N],
    pub(in crate::channel) guard: Lock,
}

/// Opens the folder, creating it or not as `open` does, and takes the locks. `None` if `open` finds no folder.
///
/// # Errors
/// [`Error::RoleTaken`] if somebody has one of the roles.
pub(in crate::channel) fn enter<const N: usize>(
    config: &Config,
    roles: [Role; N],
    me: Holder,
    open: impl Fn() -> Result<Option<Folder>, Error>,
) -> Result<Option<Entered<N>>, Error> {
    let mut attempts = ATTEMPTS;
    loop {
        attempts -= 1;
        let folder = match open() {
            Ok(Some(folder)) => folder,
            Ok(None) => return Ok(None),
            Err(error) if attempts > 0 && is_gone(&error) => continue,
            Err(error) => return Err(error),
        };
        point(Point::FolderReady);
        match take_all(config, &folder, roles, me) {
            Ok(Some((roles, guard))) => return Ok(Some(Entered { folder, roles, guard })),
            Ok(None) if attempts > 0 => {}
            Ok(None) => return Err(Error::Busy { channel: config.name.clone(), holder: None }),
            // It was removed before we had made our files in it, or is being removed: a file that we have just made may be gone
            // before its folder is.
            Err(error) if attempts > 0 && is_gone(&error) => {}
            Err(error) => return Err(error),
        }
    }
}

/// `None` if a lock's file was removed while we waited for it.
fn take_all<const N: usize>(
    config: &Config,
    folder: &Folder,
    roles: [Role; N],
    me: Holder,
) -> Result<Option<([Lock; N], Lock)>, Error> {
    let mut taken = Vec::with_capacity(N);
    for role in roles {
        let lock = take_role(&config.name, folder, role, me)?;
        if !is_in_place(&config.name, folder, role.lock_file(), &lock)? {
            return Ok(None);
        }
        taken.push(lock);
    }
    point(Point::RoleTaken);
    let guard = lock(&config.name, folder)?;
    if !is_in_place(&config.name, folder, LOCK_FILE, &guard)? {
        return Ok(None);
    }
    point(Point::ChannelLocked);
    Ok(taken.try_into().ok().map(|roles| (roles, guard)))
}

/// Whether the file of this lock is still the one with this name.
fn is_in_place(channel: &ChannelName, folder: &Folder, name: &str, lock: &Lock) -> Result<bool, Error> {
    let locked = lock.place().map_err(|errno| Error::system(channel, "look at the locks", errno))?;
    Ok(folder.place(name)? == Some(locked) || sabotaged(Mutant::TrustOldLock))
}

fn is_gone(error: &Error) -> bool {
    matches!(error, Error::Folder(folder::Error::System { errno: Errno::ENOENT, .. }))
}

/// Takes the role's lock, or says who has it.
fn take_role(channel: &ChannelName, folder: &Folder, role: Role, me: Holder) -> Result<Lock, Error> {
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
