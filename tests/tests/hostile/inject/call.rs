//! A system call as strace writes it down, what it is for, and how it can fail.

use super::target::{Target, place};
use nix::errno::Errno;
use std::path::{Path, PathBuf};

/// A call that a program made.
#[derive(Clone, Debug)]
pub(crate) struct Call {
    /// Its name, as strace calls it on this machine.
    pub(crate) name: String,
    /// Its arguments, as strace writes them.
    args: String,
    /// The how-manyth of this name it is in its thread, from 1: what strace counts.
    pub(crate) ordinal: usize,
    /// It was made to fail.
    pub(crate) injected: bool,
    /// It comes after std has set the program up, and is not a command's that is about to start.
    pub(crate) in_main: bool,
}

/// std's last call before `main` that can be told from others: the stack on which an overflow is reported.
const MAIN_BEGINS: &str = "ss_sp=0x";

/// All calls in a log that `strace -f -y -o` wrote.
pub(crate) fn parse(log: &str) -> Vec<Call> {
    let mut calls: Vec<Call> = Vec::new();
    let mut counts = std::collections::HashMap::new();
    let (mut in_main, mut first) = (false, None);
    for line in log.lines() {
        let Some((thread, rest)) = line.trim_start().split_once(' ') else { continue };
        let is_first = *first.get_or_insert(thread) == thread;
        let rest = rest.trim_start();
        if let Some(resumed) = rest.strip_prefix("<... ") {
            // The end of a call that another thread's, or a child's, interrupted; it is this thread's last.
            let name = resumed.split(' ').next().unwrap_or_default();
            if is_first
                && rest.ends_with("(INJECTED)")
                && let Some(call) = calls.iter_mut().rev().find(|call| call.name == name && call.in_main)
            {
                call.injected = true;
            }
            continue;
        }
        let Some((name, args)) = rest.split_once('(') else { continue };
        if !name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_') {
            continue;
        }
        let count = counts.entry((thread.to_owned(), name.to_owned())).or_insert(0);
        *count += 1;
        calls.push(Call {
            name: name.to_owned(),
            args: args.trim_end_matches(" <unfinished ...>").to_owned(),
            ordinal: *count,
            injected: rest.ends_with("(INJECTED)"),
            in_main: in_main && is_first,
        });
        in_main |= name == "sigaltstack" && args.contains(MAIN_BEGINS);
    }
    calls
}

/// Calls that are never made to fail, and why not.
pub(crate) const LEFT_OUT: [(&str, &[&str]); 5] = [
    (
        "of the allocator, whose failure ends any program in Rust",
        &["brk", "mmap", "mprotect", "mremap", "munmap", "madvise"],
    ),
    (
        "that cannot fail",
        &["exit", "exit_group", "getegid", "geteuid", "getgid", "getpgrp", "getpid", "gettid", "getuid", "sched_yield"],
    ),
    (
        "that fail only for arguments that are wrong",
        &["rt_sigprocmask", "rt_sigaction", "shmdt", "sigaltstack", "set_robust_list", "rseq", "umask", "getcwd"],
    ),
    (
        "whose errors std retries or ignores; and a `close` that strace makes fail closes nothing, as it never is",
        &["clock_nanosleep", "close", "futex"],
    ),
    ("made before main", &["execve", "prctl", "prlimit64", "sched_getaffinity"]),
];

/// Whose a call is.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Site {
    /// Never made to fail.
    LeftOut,
    /// The C library's or the log's, for the user's name or the local time: there are others on another machine, and no
    /// failure of theirs may matter.
    Library,
    /// Ours: the call by its ordinary name, and what it is about.
    Ours(&'static str, String),
    /// None that this test knows.
    Unknown,
}

impl Call {
    /// Whose the call is; the channel folders lie in `dir`.
    pub(crate) fn site(&self, dir: &Path) -> Site {
        let left_out = LEFT_OUT.iter().any(|(_, names)| names.contains(&self.name.as_str()));
        let maps_file = self.name == "mmap" && self.args.contains("MAP_SHARED");
        // std asks for F_GETFD before each `close`, in builds with debug assertions. To make our own end non-blocking cannot fail.
        let of_descriptor = ["F_GETFD", "F_SETFL", "FIONBIO"].iter().any(|what| self.args.contains(what));
        if (left_out && !maps_file) || of_descriptor {
            return Site::LeftOut;
        }
        if self.args.contains("GRND_INSECURE")
            || matches!(self.name.as_str(), "socket" | "connect" | "sendto" | "poll_nscd")
        {
            return Site::Library;
        }
        let target = self.target(dir);
        if target == Target::Elsewhere {
            return Site::Library;
        }
        let has = |flag: &str| self.args.contains(flag);
        let (call, of) = match self.name.as_str() {
            "access" => ("access", "the command".to_owned()),
            "clone" | "clone3" | "vfork" => ("clone", "a command".to_owned()),
            "epoll_create1" => ("epoll_create1", "the bell".to_owned()),
            "epoll_ctl" => ("epoll_ctl", self.descriptor(1).map_or(String::new(), |path| place(&path, dir).text())),
            "epoll_wait" | "epoll_pwait" => ("epoll_wait", "the bell".to_owned()),
            "poll" | "ppoll" => ("poll", self.waited_for()),
            "fchmod" => ("fchmod", target.text()),
            "fcntl" if has("F_DUPFD_CLOEXEC") => ("fcntl, to copy the descriptor", target.text()),
            "fcntl" if has("F_GETPIPE_SZ") => ("fcntl, how much a pipe holds", target.text()),
            "fcntl" if has("F_OFD_SETLK") => ("fcntl, to lock", target.text()),
            "fcntl" if has("F_OFD_GETLK") => ("fcntl, whether it is locked", target.text()),
            "fcntl" => ("fcntl, to enlarge a pipe", target.text()),
            "fallocate" => ("fallocate", target.text()),
            "fdatasync" => ("fdatasync", target.text()),
            "fsync" => ("fsync", target.text()),
            "fstatfs" => ("fstatfs", target.text()),
            "flock" if has("LOCK_UN") => ("flock, to unlock", target.text()),
            "flock" if has("LOCK_NB") => ("flock, if it is free", target.text()),
            "flock" => ("flock, waiting", target.text()),
            "fstat" | "newfstatat" | "statx" | "stat" | "lstat" => ("fstat, statx", target.text()),
            "ftruncate" => ("ftruncate", target.text()),
            "getdents64" => ("getdents64", target.text()),
            "getrandom" => ("getrandom", "the channel's id".to_owned()),
            "membarrier" if has("REGISTER") => ("membarrier, to register", "this process".to_owned()),
            "membarrier" => ("membarrier", "the other side".to_owned()),
            "inotify_init1" => ("inotify_init1", "the folder's watch".to_owned()),
            "inotify_add_watch" => ("inotify_add_watch", "the folder's watch".to_owned()),
            "ioctl" => ("ioctl, whether it is a terminal", target.text()),
            "kill" => ("kill", "a command's group".to_owned()),
            "lseek" => ("lseek", target.text()),
            "memfd_create" => ("memfd_create", "the message".to_owned()),
            "mmap" => ("mmap", target.text()),
            "mkdirat" | "mkdir" => ("mkdirat", target.text()),
            "mknodat" | "mknod" => ("mknodat", target.text()),
            "openat" | "open" if has("O_WRONLY") && matches!(target, Target::Bell(_)) => {
                ("openat, to ring", target.text())
            }
            "openat" | "open" => ("openat", target.text()),
            "read" => ("read", target.text()),
            "pidfd_open" => ("pidfd_open", "a command".to_owned()),
            "pipe2" => ("pipe2", "a command's pipe".to_owned()),
            "pwrite64" => ("pwrite", target.text()),
            "pwritev2" => ("pwritev2", target.text()),
            "pread64" => ("pread, who holds it", target.text()),
            "shmat" => ("shmat", "the segment".to_owned()),
            "shmctl" if has("IPC_RMID") => ("shmctl, to remove", "the segment".to_owned()),
            "shmctl" if has("SHM_INFO") || has("SHM_STAT") => ("shmctl, to list", "the segments".to_owned()),
            "shmctl" => ("shmctl, to look", "the segment".to_owned()),
            "shmget" if has("IPC_CREAT") => ("shmget, to create", "the segment".to_owned()),
            "shmget" => ("shmget, to find", "the segment".to_owned()),
            "socketpair" => ("socketpair", "the signals".to_owned()),
            "unlinkat" | "unlink" => ("unlinkat", target.text()),
            "rmdir" => ("rmdir", target.text()),
            "wait4" | "waitid" => ("wait4", "a command".to_owned()),
            "write" => ("write", target.text()),
            _ => return Site::Unknown,
        };
        Site::Ours(call, of)
    }

    /// The errors that the man page knows for this call, of those that an honest caller can meet: no bug, no signal
    /// handler.
    pub(crate) fn errors(&self, dir: &Path) -> &'static [Errno] {
        use Errno::{
            EACCES, EAGAIN, EBUSY, EINTR, EINVAL, EIO, EMFILE, ENFILE, ENODEV, ENOLCK, ENOMEM, ENOSPC, ENOSYS, ENOTTY,
            EOPNOTSUPP, EPERM, EPIPE,
        };
        let target = self.target(dir);
        let (stream, bell) = (matches!(target, Target::Stream(_)), matches!(target, Target::Bell(_)));
        let pipe = target == Target::Ours("a command's pipe");
        match self.name.as_str() {
            "access" => &[EACCES],
            "clone" | "clone3" | "vfork" => &[EAGAIN, ENOMEM],
            "connect" | "socket" | "sendto" => &[EACCES, EMFILE, ENOMEM],
            "epoll_create1" | "socketpair" | "memfd_create" | "pidfd_open" => &[EMFILE, ENFILE, ENOMEM],
            "fallocate" => &[EINTR, ENOSPC, EIO, EOPNOTSUPP],
            "fdatasync" | "fsync" => &[EINTR, ENOSPC, EIO],
            "fstatfs" => &[EINTR, ENOMEM, EIO],
            "kill" => &[EPERM],
            "mmap" => &[ENOMEM, ENODEV],
            "pipe2" => &[EMFILE, ENFILE],
            "pwrite64" => &[EINTR, ENOSPC, ENOMEM],
            "wait4" | "waitid" => &[EINTR],
            "epoll_ctl" => &[ENOMEM, ENOSPC],
            "epoll_wait" | "epoll_pwait" => &[EINTR, ENOMEM],
            "poll" | "ppoll" => &[EINTR, ENOMEM],
            "fchmod" => &[EPERM, EIO],
            "fcntl" if self.args.contains("F_DUPFD_CLOEXEC") => &[EMFILE],
            // A kernel that does not know it. EBADF, for what is no pipe, would end a debug build: it asks the same call, F_GETFD,
            // whether what it closes was closed before.
            "fcntl" if self.args.contains("F_GETPIPE_SZ") => &[EINVAL],
            "fcntl" if self.args.contains("F_OFD_") => &[EINTR, ENOLCK],
            "fcntl" => &[EPERM, EBUSY, ENOMEM],
            // EAGAIN is an answer: held by another.
            "flock" if self.args.contains("LOCK_UN") => &[ENOLCK],
            "flock" => &[EINTR, ENOLCK],
            "fstat" | "newfstatat" | "statx" | "stat" | "lstat" if self.args.contains("AT_EMPTY_PATH") => {
                &[ENOMEM, EIO]
            }
            "fstat" => &[ENOMEM, EIO],
            "newfstatat" | "statx" | "stat" | "lstat" => &[EACCES, ENOMEM, EIO],
            "ftruncate" => &[EINTR, EIO],
            "getdents64" => &[EIO, ENOMEM],
            "getrandom" => &[EINTR, ENOSYS],
            "membarrier" => &[ENOSYS, EPERM],
            "inotify_init1" => &[EMFILE, ENFILE, ENOMEM],
            "inotify_add_watch" => &[EACCES, ENOMEM, ENOSPC],
            "ioctl" => &[ENOTTY, EIO],
            "lseek" => &[EIO],
            "mkdirat" | "mkdir" | "mknodat" | "mknod" => &[EACCES, ENOSPC, ENOMEM],
            "openat" | "open" if self.args.contains("O_CREAT") => &[EINTR, EACCES, EMFILE, ENFILE, ENOMEM, ENOSPC],
            "openat" | "open" => &[EINTR, EACCES, EMFILE, ENFILE, ENOMEM],
            "read" if bell || pipe => &[EINTR, EAGAIN],
            "read" if stream => &[EINTR, EAGAIN, EIO],
            "read" | "pread64" => &[EINTR, EIO],
            "pwritev2" => &[EINTR, EAGAIN, ENOSPC, EPIPE, EIO, EOPNOTSUPP, ENOSYS],
            "shmat" => &[EACCES, ENOMEM, ENFILE],
            "shmctl" if self.args.contains("IPC_RMID") => &[EACCES, EPERM],
            "shmctl" => &[EACCES, ENOMEM],
            "shmget" if self.args.contains("IPC_CREAT") => &[EACCES, ENOSPC, ENOMEM],
            "shmget" => &[EACCES, ENOMEM],
            "unlinkat" | "unlink" | "rmdir" => &[EACCES, EIO, ENOMEM],
            // EAGAIN (it rings already) and EPIPE (nobody is there) would be lies, and a ring the less.
            "write" if bell => &[EINTR, ENOMEM],
            "write" if pipe => &[EINTR, EAGAIN, EPIPE],
            "write" if stream => &[EINTR, EAGAIN, ENOSPC, EPIPE, EIO],
            "write" => &[EINTR, ENOSPC, EIO],
            _ => &[],
        }
    }

    /// Whether this is a write to standard output.
    pub(crate) fn writes_output(&self) -> bool {
        matches!(self.name.as_str(), "write" | "pwritev2") && self.args.starts_with("1<")
    }

    /// Whether this is a write to standard error.
    pub(crate) fn writes_errors(&self) -> bool {
        self.name == "write" && self.args.starts_with("2<")
    }

    /// What the call works on.
    fn target(&self, dir: &Path) -> Target {
        let number = self.args.split(['<', ',', ')']).next().unwrap_or_default();
        let by_path = ["openat", "newfstatat", "statx", "mkdirat", "mknodat", "unlink", "unlinkat", "rmdir"];
        let by_path = by_path.contains(&self.name.as_str());
        let quoted = self.args.split('"').nth(1).filter(|text| by_path && !text.is_empty());
        if quoted.is_none() {
            match number {
                "0" => return Target::Stream("standard input"),
                "1" => return Target::Stream("standard output"),
                "2" => return Target::Stream("standard error"),
                _ => {}
            }
        }
        match (self.descriptor(0), quoted) {
            (Some(parent), Some(name)) => place(&parent.join(name), dir),
            (Some(path), None) => place(&path, dir),
            (None, Some(path)) if path.starts_with('/') => place(Path::new(path), dir),
            (None, _) => Target::None,
        }
    }

    /// The path that strace puts behind the `index`th descriptor among the arguments.
    fn descriptor(&self, index: usize) -> Option<PathBuf> {
        let text = self.args.split('<').nth(index + 1)?.split('>').next()?;
        Some(PathBuf::from(text))
    }

    /// The descriptors that a poll watches, by what they are.
    fn waited_for(&self) -> String {
        let mut names = Vec::new();
        for (what, name) in [("fd=0<", "input"), ("fd=1<", "output")] {
            if self.args.contains(what) {
                names.push(name);
            }
        }
        if self.args.contains("[eventpoll]") {
            names.push("the bell");
        }
        if self.args.contains("[pidfd]") {
            names.push("commands");
        }
        if self.args.contains("<socket:[") {
            names.push("signals");
        }
        names.join(" + ")
    }
}
