//! Advice: commands for you to type, with the arguments that this run was started with.
//!
//! The library knows channels but no arguments. So commands that work when pasted are put together here and appended to the
//! error message. Paths are absolute, since you may paste them into another user's shell.

use super::args::Shared;
use super::failure::Failure;
use super::place::Place;
use crate::pipe::Framing;
use crate::{exec, pipe, tui};
use nix::errno::Errno;
use nix::unistd::geteuid;
use shmchat::Access;
use shmchat::admin::AdminError;
use shmchat::error::{FolderError, MemoryError};
use shmchat::hint::{group_word, shell_word, user_text};
use shmchat::inspect::Location;
use shmchat::{ChannelName, Error, MemoryKind};
use std::path::{Path, absolute};

/// Those of this run's arguments that a pasted command needs.
#[derive(Clone, Debug)]
pub(super) struct Advisor {
    /// The arguments that lead to a channel, or to all in its directory: what comes after the channel's name.
    place: String,
    /// Those of them that make a segment's key.
    key: String,
    /// The format of this run's messages in a pipe.
    framing: Framing,
}

impl Advisor {
    /// The arguments of this run.
    pub(super) fn of(shared: &Shared) -> Self {
        Advisor { framing: shared.framing(), ..Advisor::of_place(&shared.place) }
    }

    /// Those of them that lead to a channel.
    pub(super) fn of_place(place: &Place) -> Self {
        let access = place.access().unwrap_or_default();
        let dir = place.dir.as_deref().map(|dir| path("--dir", dir)).unwrap_or_default();
        let key_file = place.key_file.as_deref().map(|file| path("--key-file", file)).unwrap_or_default();
        let project_id = place.project_id.map(|id| format!(" --project-id {id}")).unwrap_or_default();
        let (place, key) = (dir + &access_arguments(access), key_file + &project_id);
        Advisor { place, key, framing: Framing::default() }
    }

    /// The arguments that lead to a channel in another directory.
    pub(super) fn at(base: &Path, access: Access) -> Self {
        let dir = if base == access.default_dir() { String::new() } else { path("--dir", base) };
        Advisor { place: dir + &access_arguments(access), key: String::new(), framing: Framing::default() }
    }

    /// Those of them that lead to this memory: whoever names a key doesn't get to one that has none.
    fn towards(&self, place: &Location) -> Self {
        let key = if place.key().is_some() { self.key.clone() } else { String::new() };
        Advisor { key, ..self.clone() }
    }

    /// A `reader` command.
    pub(super) fn reader(&self, what: &str, channel: Option<&ChannelName>) -> String {
        let blank = if what.is_empty() { "" } else { " " };
        self.command(&format!("reader{blank}{what}"), channel)
    }

    /// A command that takes the same arguments.
    fn command(&self, what: &str, channel: Option<&ChannelName>) -> String {
        let args = format!("{}{}", self.place, self.key);
        match channel {
            None => format!("{what}{args}"),
            // Otherwise it would be taken for an option.
            Some(name) if name.as_str().starts_with('-') => format!("{what}{args} -- {name}"),
            Some(name) => format!("{what} {name}{args}"),
        }
    }

    /// What is wrong, and the command that helps.
    pub(super) fn sentence(&self, error: &Error) -> String {
        self.advice(error).map_or(error.to_string(), |advice| format!("{error}; {advice}"))
    }

    /// The failure, with the command that helps.
    pub(super) fn advise(&self, failure: Failure) -> Failure {
        let advice = match &failure {
            Failure::Channel(error)
            | Failure::Pipe(pipe::Error::Channel(error))
            | Failure::Pool(exec::Error::Channel(error))
            | Failure::Screen(tui::Error::Channel(error)) => self.advice(error),
            Failure::Admin(AdminError::MessagesWait { at, waiting }) => {
                let them = if waiting.messages > 1 { "them" } else { "it" };
                let advisor = self.towards(&at.place);
                let [read, remove] = ["", "--clean --force"].map(|what| advisor.reader(what, Some(&at.channel)));
                Some(format!(
                    "read {them} with: {read}; or {}",
                    owner_can(&at.place, &format!("remove {them}"), &remove)
                ))
            }
            Failure::Admin(AdminError::CheckpointKept { at, role }) => {
                let advisor = self.towards(&at.place);
                let remove = advisor.reader("--clean --force", Some(&at.channel));
                let bridge = advisor.command(&format!("shmchat-bridge --role {role}"), Some(&at.channel));
                Some(format!("take it up with: {bridge}; or {}", owner_can(&at.place, "remove it", &remove)))
            }
            Failure::Folder { errno, .. } => self.system("path", *errno),
            Failure::Admin(AdminError::Segments { doing, errno }) => self.system(doing, *errno),
            Failure::NoChannel { .. } => Some(format!("list the channels with: {}", self.reader("--status", None))),
            Failure::Pipe(pipe::Error::Torn { channel }) => {
                let framing = if self.framing == Framing::Nul { "--framing nul" } else { "" };
                Some(format!("print what comes next with: {}", self.reader(framing, Some(channel))))
            }
            _ => None,
        };
        match advice {
            Some(advice) => Failure::Advised { failure: Box::new(failure), advice },
            None => failure,
        }
    }

    fn advice(&self, error: &Error) -> Option<String> {
        Some(match error {
            Error::Corrupt { at, .. } | Error::Cut { at } => {
                owner_can(&at.place, "start afresh", &self.reader("--clean --force", Some(&at.channel)))
            }
            Error::Version { at, .. } => {
                let command = at.place.removal();
                format!("or {}", owner_can(&at.place, "remove it and everything in it", &command))
            }
            Error::TooOpen { at, .. } => {
                let command = at.place.removal();
                format!("if you do not know why, {}", owner_can(&at.place, "remove it", &command))
            }
            Error::NoFreeKey { .. } => {
                // Wherever their channels were.
                "or remove those of yours that nobody can find any more with: reader --clean".into()
            }
            Error::NoKeyFile { errno, .. } => {
                let or = if *errno == Errno::ENOENT { "or " } else { "" };
                format!("{or}choose another file with --key-file")
            }
            Error::KeyTaken { .. } => "choose another --project-id or --key-file, on both sides".into(),
            Error::OtherKey { .. } => {
                "start with the same --key-file and --project-id as there, or with neither".into()
            }
            Error::OtherMemory { at, chosen, .. } => {
                // A key asks for a segment, also without `--memory`.
                let asked = match self.key.as_str() {
                    "" => format!("--memory {chosen}"),
                    _ => "--key-file, --project-id and --memory".into(),
                };
                let look = self.towards(&at.place).reader("--status", Some(&at.channel));
                format!("start without {asked}, or see it with: {look}")
            }
            Error::Memory(MemoryError::NoRoom { .. }) => "or choose a smaller --capacity, or another --memory".into(),
            Error::Folder(error) => return folder_advice(error, self),
            Error::System { doing, errno, .. } => return self.system(doing, *errno),
            Error::NotOwner { at, .. } => {
                format!("have that user run: {}", self.reader("--clean", Some(&at.channel)))
            }
            _ => return None,
        })
    }

    /// How an option can help if the system refuses.
    fn system(&self, doing: &str, errno: Errno) -> Option<String> {
        let (segment, memory) = (doing.ends_with("segment"), doing.ends_with("memory"));
        let path = memory || doing == "path" || doing.ends_with("key file");
        Some(match errno {
            Errno::ENOSPC if segment => "or remove those of yours that nobody needs with: reader --clean".into(),
            Errno::ENOMEM if memory => "or choose a smaller --capacity".into(),
            Errno::ENOMEM | Errno::EINVAL if segment => "or choose a smaller --capacity".into(),
            // Where POSIX memory lies, nobody can choose.
            Errno::EACCES | Errno::EPERM | Errno::EROFS if memory => {
                "or choose another --memory, or a file's place with --dir".into()
            }
            Errno::EACCES | Errno::EPERM | Errno::EROFS if path => "or choose another place with --dir".into(),
            Errno::ENODEV | Errno::ENOLCK if memory => "choose another --memory".into(),
            Errno::ENOLCK => "choose another place with --dir".into(),
            Errno::EACCES | Errno::ENOENT if doing.ends_with("boot") => "or choose another --memory".into(),
            _ => return None,
        })
    }
}

impl Place {
    /// The failure, with the command that helps if there is one.
    pub fn advise(&self, failure: Failure) -> Failure {
        Advisor::of_place(self).advise(failure)
    }
}

/// How an option can help if something in the file system cannot be used.
fn folder_advice(error: &FolderError, advisor: &Advisor) -> Option<String> {
    // What is open to a group and to nobody else may well be a group's channel that was opened without `--group`.
    let groups = |group: &u32| format!("if it is a group's channel, add:{}", access_arguments(Access::Group(*group)));
    Some(match error {
        FolderError::NotOurs { group: None, .. } => "choose another place with --dir".into(),
        FolderError::NotOurs { group: Some(group), .. } => {
            format!("choose another place with --dir; or, {}", groups(group))
        }
        FolderError::NotAMembers { .. } => "choose another channel, or another place with --dir".into(),
        FolderError::WrongKind { .. } => "or choose another place with --dir".into(),
        FolderError::TooOpen { group: Some(group), .. } => format!("or, {}", groups(group)),
        FolderError::System { errno, .. } => return advisor.system("path", *errno),
        _ => return None,
    })
}

fn path(option: &str, path: &Path) -> String {
    format!(" {option} {}", shell_word(absolute(path).unwrap_or(path.into())))
}

fn access_arguments(access: Access) -> String {
    match access {
        Access::Owner => String::new(),
        Access::Group(group) => format!(" --mode 0660 --group {}", group_word(group)),
    }
}

/// The command that removes a memory or, if we may not, who can run it. A file lies in a folder from which every member of its
/// group may remove it.
fn owner_can(place: &Location, what: &str, command: &str) -> String {
    let me = geteuid();
    match place.stat() {
        _ if place.kind() == MemoryKind::File => format!("{what} with: {command}"),
        Ok(stat) if !me.is_root() && ![stat.uid, stat.creator].contains(&me.as_raw()) => {
            format!("{} can {what} with: {command}", user_text(stat.uid))
        }
        _ => format!("{what} with: {command}"),
    }
}
