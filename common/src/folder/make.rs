//! Creates the contents of a folder: under the final name with the final permissions, or not at all.

use super::access::{Access, Thing};
use crate::fault::{Point, point};
use nix::errno::Errno;
use nix::fcntl::{self, OFlag, RenameFlags, renameat2};
use nix::sys::stat::{FchmodatFlags, Mode, fchmod, fchmodat, mkdirat};
use nix::unistd::{UnlinkatFlags, fchown, getpid, mkfifoat, unlinkat};
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::path::Path;

/// Creates `name` and sets its group and permissions; false if something is there already.
///
/// A thing for a group gets its name only after everything is set: otherwise another member who found it earlier would
/// be refused. And it is private to its owner until it belongs to the group: between `chmod` and `chown` it would be
/// open to whatever group its creator happens to be in. A private thing has its name at once, so that a process that
/// dies in between leaves no other one.
pub(super) fn appear(parent: BorrowedFd<'_>, name: &Path, thing: Thing, access: Access) -> Result<bool, Errno> {
    if access == Access::Owner {
        return match create(parent, name, thing) {
            Ok(()) => finish(parent, name, thing, access).map(|()| true),
            Err(Errno::EEXIST) => Ok(false),
            Err(errno) => Err(errno),
        };
    }
    let file_name = name.file_name().unwrap_or_default().to_string_lossy();
    let first_name = name.with_file_name(format!(".{file_name}.{}", getpid()));
    // Left by a process that had our process id and died here.
    remove(parent, &first_name, thing);
    create(parent, &first_name, thing)?;
    finish(parent, &first_name, thing, access)?;
    let named = renameat2(parent, &first_name, parent, name, RenameFlags::RENAME_NOREPLACE);
    if named.is_err() {
        remove(parent, &first_name, thing);
    }
    match named {
        Ok(()) => Ok(true),
        Err(Errno::EEXIST) => Ok(false),
        Err(errno) => Err(errno),
    }
}

/// Creates it privately, whoever it is for.
fn create(parent: BorrowedFd<'_>, name: &Path, thing: Thing) -> Result<(), Errno> {
    let mode = Access::Owner.mode(thing);
    match thing {
        Thing::Base | Thing::Folder => mkdirat(parent, name, mode)?,
        Thing::Fifo => mkfifoat(parent, name, mode)?,
        Thing::File => drop(openat(parent, name, OFlag::O_RDWR | OFlag::O_CREAT | OFlag::O_EXCL | CAREFUL, mode)?),
    }
    Ok(())
}

/// Never through a link, never waiting, never inherited.
const CAREFUL: OFlag = OFlag::O_NOFOLLOW.union(OFlag::O_NONBLOCK).union(OFlag::O_CLOEXEC);

/// Opens what was just created, with the permissions that the umask left, and sets its group and then its permissions.
/// If that fails, removes it.
fn finish(parent: BorrowedFd<'_>, name: &Path, thing: Thing, access: Access) -> Result<(), Errno> {
    let mode = access.mode(thing);
    let flags = CAREFUL | if thing.is_folder() { OFlag::O_DIRECTORY } else { OFlag::O_RDWR };
    let opened = match openat(parent, name, flags, Mode::empty()) {
        // A strict umask has taken our own permissions away: give them back first, by name.
        Err(Errno::EACCES) => fchmodat(parent, name, mode & Mode::S_IRWXU, FchmodatFlags::NoFollowSymlink)
            .and_then(|()| openat(parent, name, flags, Mode::empty())),
        opened => opened,
    };
    let finished = opened.and_then(|made| {
        if let Some(group) = access.group() {
            fchown(&made, None, Some(group.into()))?;
        }
        if thing.is_folder() {
            point(Point::FolderMade);
        }
        // Last, also because chown clears some of the permissions.
        fchmod(&made, mode)
    });
    if finished.is_err() {
        remove(parent, name, thing);
    }
    finished
}

/// Removes it, ignoring errors: they are not what went wrong.
fn remove(parent: BorrowedFd<'_>, name: &Path, thing: Thing) {
    let how = if thing.is_folder() { UnlinkatFlags::RemoveDir } else { UnlinkatFlags::NoRemoveDir };
    let _ = unlinkat(parent, name, how);
}

/// `open(2)`, repeated if a signal interrupts it: it may block on a network file system or in user space.
pub(super) fn open(path: &Path, flags: OFlag, mode: Mode) -> Result<OwnedFd, Errno> {
    openat(fcntl::AT_FDCWD, path, flags, mode)
}

/// `openat(2)`, in the same way.
pub(super) fn openat<Fd: AsFd, P: AsRef<Path>>(
    parent: Fd,
    name: P,
    flags: OFlag,
    mode: Mode,
) -> Result<OwnedFd, Errno> {
    loop {
        match fcntl::openat(&parent, name.as_ref(), flags, mode) {
            Err(Errno::EINTR) => {}
            result => return result,
        }
    }
}
