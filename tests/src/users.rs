//! Users and groups of a test's own: entries in `/etc/passwd` and `/etc/group` that nobody else sees.
//!
//! Whether somebody is in a group is asked of the system's user database, so a test about groups needs users that it knows.
//! They stand in copies of the two files, mounted over them in a mount namespace of the test's own thread, which the
//! programs that it starts inherit. <https://man7.org/linux/man-pages/man7/mount_namespaces.7.html>

use crate::alone::own_mounts;
use crate::root::{needs_root, not_run};
use nix::mount::{MsFlags, mount};
use std::fmt::Write as _;
use std::fs::{self, Permissions};
use std::io::Write as _;
use std::os::unix::fs::PermissionsExt;

/// Gives this thread, and the programs it starts from now on, these users (the name, and the number, which is that of a group
/// of its own too) and groups (the name, the number, and who is in it) beside the machine's; whether they have them. Only root
/// can: a test that is given none says that it tried nothing.
pub fn users(users: &[(&str, u32)], groups: &[(&str, u32, &[&str])]) -> bool {
    if !needs_root() {
        return false;
    }
    if !own_mounts() {
        not_run("a namespace of mounts");
        return false;
    }
    let (mut passwd, mut group) = (String::new(), String::new());
    for (name, id) in users {
        let _ = writeln!(passwd, "{name}:x:{id}:{id}::/nonexistent:/bin/sh");
        let _ = writeln!(group, "{name}:x:{id}:");
    }
    for (name, id, members) in groups {
        let _ = writeln!(group, "{name}:x:{id}:{}", members.join(","));
    }
    for (path, more) in [("/etc/passwd", passwd), ("/etc/group", group)] {
        let mut copy = tempfile::NamedTempFile::new().expect("a temporary file");
        let before = fs::read(path).expect("the machine's own");
        copy.write_all(&before).and_then(|()| copy.write_all(more.as_bytes())).expect("a copy");
        fs::set_permissions(copy.path(), Permissions::from_mode(0o644)).expect("rights");
        // The mount outlives the copy's name.
        mount(Some(copy.path()), path, None::<&str>, MsFlags::MS_BIND, None::<&str>).expect("a mount");
    }
    true
}
