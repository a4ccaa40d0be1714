//! Where the system says no: the number, and what the user can do, which ends an error's line; and the words that commands
//! are made of, so that they work when they are pasted.
//!
//! The same number means different things of different objects: a segment finds "no space" in a table of the kernel's, a file on a
//! disk. So the verb and its object are looked at too.

use nix::errno::Errno;
use nix::unistd::{Gid, Group, Uid, User};
use std::ffi::OsStr;
use std::io;

/// A word as a shell takes it: quoted where it needs to be.
pub fn shell_word(word: impl AsRef<OsStr>) -> String {
    let word = word.as_ref().to_string_lossy();
    let plain = |c: char| c.is_ascii_alphanumeric() || "/._-+:@%,=".contains(c);
    match !word.is_empty() && word.chars().all(plain) {
        true => word.into_owned(),
        false => format!("'{}'", word.replace('\'', "'\\''")),
    }
}

/// A group as it is typed: its name, else its number.
pub fn group_word(group: u32) -> String {
    let found = Group::from_gid(Gid::from_raw(group)).ok().flatten();
    found.map_or(group.to_string(), |group| shell_word(group.name))
}

/// A user for people to read: the number, which is certain, and the name if there is one.
pub fn user_text(user: u32) -> String {
    let found = User::from_uid(Uid::from_raw(user)).ok().flatten();
    found.map_or(format!("uid {user}"), |found| format!("uid {user} ({})", found.name))
}

/// What the system said; std hides the number in a kind.
pub fn errno_of(error: &io::Error) -> Errno {
    Errno::from_raw(error.raw_os_error().unwrap_or_default())
}

/// The way out, to be put behind the error's own words; empty where there is none to name.
pub fn hint(doing: &str, errno: Errno) -> &'static str {
    let (segment, path) = (doing.ends_with("segment"), doing == "path" || doing.ends_with("key file"));
    match errno {
        // shmget(2): SHMMNI segments are there, or SHMALL pages are in use.
        Errno::ENOSPC if segment => "; raise kernel.shmmni and kernel.shmall (see ipcs -m, ipcs -lm)",
        // epoll_ctl(2)
        Errno::ENOSPC if doing.ends_with("doorbell") => "; raise fs.epoll.max_user_watches",
        Errno::ENOSPC => "; make room on the disk (see df and df -i)",
        Errno::ENOMEM if segment => "; free some memory",
        Errno::ENOMEM => "; free some memory, then start again",
        // shmget(2): the size is above SHMMAX.
        Errno::EINVAL if segment => "; raise kernel.shmmax (ipcs -lm)",
        Errno::EMFILE => "; allow this process more open files (ulimit -n)",
        Errno::ENFILE => "; too many files are open in the whole system (see /proc/sys/fs/file-nr)",
        Errno::EACCES | Errno::EPERM | Errno::EROFS if path => "; get permission for it",
        Errno::EACCES | Errno::EPERM if segment => "; see who made it and with which rights: ipcs -m, ipcs -cm",
        // flock(2): a network's file system without its lock server.
        Errno::ENOLCK => "; the file system there cannot lock files",
        Errno::EIO => "; the device fails (see dmesg)",
        // A pipe that someone set to O_NONBLOCK for all who share it.
        Errno::EAGAIN => "; it is full and set not to wait: have it read, or send it to a file",
        _ => "",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::Path;

    #[test]
    fn a_path_is_quoted_where_a_shell_would_split_it() {
        assert_eq!(shell_word(Path::new("/tmp/a-b_c.d")), "/tmp/a-b_c.d");
        assert_eq!(shell_word(Path::new("/tmp/it's mine")), r"'/tmp/it'\''s mine'");
    }

    #[test]
    fn no_space_is_the_kernels_for_a_segment_and_the_disks_for_a_file() {
        assert!(hint("create the segment", Errno::ENOSPC).contains("kernel.shmmni"));
        assert!(hint("write standard output", Errno::ENOSPC).contains("df"));
    }

    #[test]
    fn a_word_is_one_word_to_the_shell_whatever_is_in_it() {
        assert_eq!(shell_word("/srv/a-room.1"), "/srv/a-room.1");
        for word in ["", "a room", "it's", "$HOME", "~", "a;b", "`id`", "a\nb", "*", "ä", "\"\\"] {
            let echoed =
                std::process::Command::new("sh").arg("-c").arg(format!("printf %s {}", shell_word(word))).output();
            assert_eq!(String::from_utf8(echoed.unwrap().stdout).unwrap(), word);
        }
    }
}
