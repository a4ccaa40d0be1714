//! Making what lies in a folder: under its name with its rights, or not at all.

use super::access::{Access, Thing};
use crate::fault::{Point, point};
use nix::errno::Errno;
use nix::fcntl::{self, OFlag, RenameFlags, renameat2};
use nix::sys::stat::{FchmodatFlags, Mode, fchmod, fchmodat, mkdirat};
use nix::unistd::{UnlinkatFlags, fchown, getpid, mkfifoat, unlinkat};
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::path::Path;

/// Makes `name` and gives it its group and rights; false if something is there already.
///
/// What is for a group gets its name only when all is set: another member who found it earlier would be refused. And it
/// is its owner's alone until it is the group's: between `chmod` and `chown` it would be open to whatever group its
/// creator happens to be in. What is for its owner alone has its name at once, since a process that dies in between then
/// leaves no other.
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
    // Left by a process that had our id and died here.
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

/// For its owner alone, whoever it is for.
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

/// Opens what was just created, whose rights are as the umask left them, and sets its group and then its rights. What
/// cannot be finished is removed.
fn finish(parent: BorrowedFd<'_>, name: &Path, thing: Thing, access: Access) -> Result<(), Errno> {
    let mode = access.mode(thing);
    let flags = CAREFUL | if thing.is_folder() { OFlag::O_DIRECTORY } else { OFlag::O_RDWR };
    let opened = match openat(parent, name, flags, Mode::empty()) {
        // A strict umask has taken our own rights away: they are given back first, by name.
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
        // Last, also because chown takes some of the rights away.
        fchmod(&made, mode)
    });
    if finished.is_err() {
        remove(parent, name, thing);
    }
    finished
}

/// That it cannot be removed either is not what went wrong.
fn remove(parent: BorrowedFd<'_>, name: &Path, thing: Thing) {
    let how = if thing.is_folder() { UnlinkatFlags::RemoveDir } else { UnlinkatFlags::NoRemoveDir };
    let _ = unlinkat(parent, name, how);
}

/// `open(2)`, again while a signal interrupts it: on a network's or a user's own file system it may wait.
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
