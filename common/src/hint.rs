//! Words for error messages: what to do where the system refused something, and names and paths as a shell takes them.
//!
//! ```
//! use nix::errno::Errno;
//! use shmchat::hint;
//!
//! let error = std::io::Error::from_raw_os_error(24); // EMFILE
//! let text = hint::hint("open the doorbell", hint::errno_of(&error));
//! assert_eq!(text, "; allow this process more open files (ulimit -n)");
//! assert_eq!(hint::errno_of(&error), Errno::EMFILE);
//! ```

use nix::errno::Errno;
use nix::unistd::{Gid, Group, Uid, User};
use std::ffi::OsStr;
use std::io;

/// A word as a shell takes it: in quotes if it needs them.
///
/// ```
/// use shmchat::hint::shell_word;
///
/// assert_eq!(shell_word("/tmp/plain"), "/tmp/plain");
/// assert_eq!(shell_word("two words"), "'two words'");
/// ```
#[must_use]
pub fn shell_word(word: impl AsRef<OsStr>) -> String {
    let word = word.as_ref().to_string_lossy();
    let plain = |c: char| c.is_ascii_alphanumeric() || "/._-+:@%,=".contains(c);
    match !word.is_empty() && word.chars().all(plain) {
        true => word.into_owned(),
        false => format!("'{}'", word.replace('\'', "'\\''")),
    }
}

/// A group as you would type it: its name if it has one, else its number.
///
/// ```
/// assert_eq!(shmchat::hint::group_word(0), "root");
/// assert_eq!(shmchat::hint::group_word(3_999_999_999), "3999999999");
/// ```
#[must_use]
pub fn group_word(group: u32) -> String {
    let found = Group::from_gid(Gid::from_raw(group)).ok().flatten();
    found.map_or(group.to_string(), |group| shell_word(group.name))
}

/// A user for people to read: the number, which is certain, and the name if there is one.
///
/// ```
/// assert_eq!(shmchat::hint::user_text(0), "uid 0 (root)");
/// assert_eq!(shmchat::hint::user_text(3_999_999_999), "uid 3999999999");
/// ```
#[must_use]
pub fn user_text(user: u32) -> String {
    let found = User::from_uid(Uid::from_raw(user)).ok().flatten();
    found.map_or(format!("uid {user}"), |found| format!("uid {user} ({})", found.name))
}

/// The system's error number. [`io::Error`] keeps it, but [`io::ErrorKind`] hides it. `Errno::UnknownErrno` if there is
/// none. The example is at the [module](self).
#[must_use]
pub fn errno_of(error: &io::Error) -> Errno {
    Errno::from_raw(error.raw_os_error().unwrap_or_default())
}

/// What you can do about it, to be appended to the error's own words. Empty if there is nothing to say.
///
/// `doing` is what was refused, a verb and its object, because the same number means different things for different
/// objects: "no space" for a segment is about a table in the kernel, for a file about the disk.
///
/// ```
/// use nix::errno::Errno;
/// use shmchat::hint::hint;
///
/// assert_eq!(hint("write the log", Errno::ENOSPC), "; make room on the disk (see df and df -i)");
/// assert!(hint("create the segment", Errno::ENOSPC).contains("kernel.shmmni"));
/// assert_eq!(hint("write the log", Errno::EBADF), "");
/// ```
#[must_use]
pub fn hint(doing: &str, errno: Errno) -> &'static str {
    let (segment, memory) = (doing.ends_with("segment"), doing.ends_with("memory"));
    let path = memory || doing == "path" || doing.ends_with("key file");
    match errno {
        // shmget(2): SHMMNI segments are there, or SHMALL pages are in use.
        Errno::ENOSPC if segment => "; raise kernel.shmmni and kernel.shmall (see ipcs -m, ipcs -lm)",
        // epoll_ctl(2)
        Errno::ENOSPC if doing.ends_with("doorbell") => "; raise fs.epoll.max_user_watches",
        Errno::ENOSPC => "; make room on the disk (see df and df -i)",
        Errno::ENOMEM if segment || memory => "; free some memory",
        Errno::ENOMEM => "; free some memory, then start again",
        // shmget(2): the size is above SHMMAX.
        Errno::EINVAL if segment => "; raise kernel.shmmax (ipcs -lm)",
        Errno::EMFILE => "; allow this process more open files (ulimit -n)",
        Errno::ENFILE => "; too many files are open in the whole system (see /proc/sys/fs/file-nr)",
        Errno::EACCES | Errno::EPERM | Errno::EROFS if path => "; get permission for it",
        Errno::EACCES | Errno::EPERM if segment => {
            "; see who created it, and with which permissions: ipcs -m, ipcs -cm"
        }
        // flock(2): a network's file system without its lock server.
        Errno::ENOLCK => "; the file system there cannot lock files",
        Errno::EIO => "; the device is failing (see dmesg)",
        // mmap(2)
        Errno::ENODEV if memory => "; the file system there cannot map a shared file",
        Errno::EACCES | Errno::ENOENT if doing.ends_with("boot") => "; have /proc mounted",
        // fork(2): RLIMIT_NPROC, or the control group's limit.
        Errno::EAGAIN if doing.starts_with("start") => "; allow this user more processes (ulimit -u)",
        // A pipe that someone set to O_NONBLOCK for all who share it.
        Errno::EAGAIN => "; it is full and non-blocking: have it read, or write to a file instead",
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
    fn try_again_is_about_processes_for_a_command_and_about_a_full_pipe_for_a_stream() {
        assert!(hint("start a command", Errno::EAGAIN).contains("ulimit -u"));
        assert!(hint("write standard output", Errno::EAGAIN).contains("non-blocking"));
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
