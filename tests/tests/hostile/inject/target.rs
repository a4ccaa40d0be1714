//! What a call works on: a file, a stream, or one of the channel's things.

use std::path::Path;

/// The config file, below `XDG_CONFIG_HOME`.
pub(crate) const CONFIG_FILE: &str = "shmchat/config.toml";

/// The file for dead letters, and the log of jobs.
pub(crate) const DEAD_LETTERS: &str = "dead.jsonl";
pub(crate) const JOB_LOG: &str = "jobs.log";

/// What a call works on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Target {
    None,
    Stream(&'static str),
    Bell(&'static str),
    Signals,
    Ours(&'static str),
    Elsewhere,
}

impl Target {
    pub(super) fn text(&self) -> String {
        match self {
            Target::Stream(name) | Target::Bell(name) | Target::Ours(name) => (*name).to_owned(),
            Target::Signals => "the signals".to_owned(),
            Target::None | Target::Elsewhere => String::new(),
        }
    }
}

/// Which of the channel's things stands at `path`.
pub(super) fn place(path: &Path, dir: &Path) -> Target {
    let text = path.to_string_lossy();
    match text.as_ref() {
        "anon_inode:inotify" => return Target::Ours("the folder's watch"),
        "anon_inode:[eventpoll]" => return Target::Ours("the bell's epoll"),
        "anon_inode:[pidfd]" => return Target::Ours("a command"),
        "/memfd:message" => return Target::Ours("the message"),
        "/proc/sys/kernel/random/boot_id" => return Target::Ours("the boot's id"),
        _ => {}
    }
    if path.ends_with(CONFIG_FILE) {
        return Target::Ours("the config file");
    }
    if path.ends_with(DEAD_LETTERS) {
        return Target::Ours("the dead letters");
    }
    if path.ends_with(JOB_LOG) {
        return Target::Ours("the log of jobs");
    }
    if text.starts_with("pipe:[") {
        return Target::Ours("a command's pipe");
    }
    if text.starts_with("socket:[") {
        return Target::Signals;
    }
    if text == "/dev/shm" {
        return Target::Ours("the directory of POSIX memory");
    }
    if text.starts_with("/dev/shm/shmchat-") {
        return Target::Ours("the POSIX memory");
    }
    let Ok(inside) = path.strip_prefix(dir) else { return Target::Elsewhere };
    match inside.to_string_lossy().trim_end_matches("(deleted)") {
        "" | "lobby/.." => Target::Ours("the folder of channels"),
        "lobby" => Target::Ours("the channel's folder"),
        "lobby/key" => Target::Ours("the key file"),
        "lobby/lock" => Target::Ours("the channel's lock"),
        "lobby/ring" => Target::Ours("the mapped file"),
        "lobby/reader.lock" => Target::Ours("the reader's lock"),
        "lobby/to-reader" => Target::Bell("the reader's bell"),
        "lobby/to-writer" => Target::Bell("the writer's bell"),
        "lobby/writer.lock" => Target::Ours("the writer's lock"),
        _ => Target::Elsewhere,
    }
}
