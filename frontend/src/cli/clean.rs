//! `reader --clean` and `reader --forget`: remove what no living process uses, and report it.
//!
//! | what there is | with a CHANNEL | without one |
//! | --- | --- | --- |
//! | nothing that anybody needs | removed and reported, with the folder, code 0 | the same |
//! | no such channel | an error, code 1, as for `--status` | |
//! | a living process | an error that names it and says how to end it, code 4 | reported, and not a failure: there was nothing to clean |
//! | a process with another key file of the channel, in its memory | an error that says how to find it, code 5 | reported, and not a failure |
//! | a segment of the channel with an overwritten header | an error that names it, code 1; removed with `--force` | the same, and the others are cleaned |
//! | a segment with its key that may be another program's | an error that names it, code 5, even with `--force` | the same, and the others are cleaned |
//! | waiting messages | an error that says how many, code 1; removed with `--force` | the same, and the others are cleaned |
//! | a bridge's place: how far it has come | an error that says how to start the bridge again, code 1; removed with `--force` | the same, and the others are cleaned |
//!
//! A folder stays if something lies in it that is not the channel's, or if only another user may remove it. For `--forget` that
//! is an error.
//!
//! Without a CHANNEL, this user's segments whose folder is gone are removed too, by the same rules. With `--dir`, only those
//! made for a channel in that directory, so that work in one directory never touches another. Without `--dir`, also those
//! that this user created for a group's channel, wherever it is: nobody else can remove them.

use super::advisor::Advisor;
use super::args::Shared;
use super::channels::channels;
use super::console::{say, tell};
use super::failure::Failure;
use super::prepare::{set_up_process, start_logging};
use super::upkeep::Extent;
use crate::text::{counted, local_time, messages_waiting, visible, visible_line};
use nix::unistd::geteuid;
use shmchat::Backlog;
use shmchat::admin::{AdminError, Cleaned, Orphan, Ownership, orphans};
use shmchat::hint::user_text;
use shmchat::{Channel, ChannelName, Error, MemoryKind, Presence, Role};
use std::fmt;

/// Removes what no living process uses: of the named channel, or of all.
pub fn clean(shared: &Shared, extent: Extent) -> Result<(), Failure> {
    let advisor = Advisor::of(shared);
    clean_all(shared, extent, &advisor).map_err(|failure| advisor.advise(failure))
}

fn clean_all(shared: &Shared, extent: Extent, advisor: &Advisor) -> Result<(), Failure> {
    let Extent { force, all } = extent;
    set_up_process()?;
    start_logging(&shared.log, false)?;
    let (base, channels) = channels(shared)?;
    let mut failures = Failures { first: None, advisor };
    let one = shared.channel.is_some();
    let mut known = Vec::new();
    for channel in channels {
        // If it cannot be looked at, the clean-up says why.
        let status = channel.status();
        if one && let Ok(None) = status {
            return Err(Failure::NoChannel { channel: channel.name().clone(), path: base });
        }
        // If it stays, that has been reported by then.
        known.extend(status.ok().flatten().and_then(|status| status.segment).map(|segment| segment.place));
        let cleaned = channel.forget(force);
        // If they cannot be looked at, the clean-up has reported why.
        let damaged = channel.damaged().unwrap_or_default();
        known.extend(damaged.iter().map(|orphan| orphan.segment.place.clone()));
        let reported = match cleaned {
            Ok(None) if !damaged.is_empty() => Ok(()),
            Ok(cleaned) if all && damaged.is_empty() && !cleaned.as_ref().is_some_and(|cleaned| cleaned.folder) => {
                let path = base.join(channel.name().as_str());
                Err(Failure::FolderStays { channel: channel.name().clone(), path })
            }
            Ok(cleaned) => tell(&CleanReport { channel: channel.name(), cleaned }.to_string()),
            Err(AdminError::Channel(error @ (Error::RoleTaken { .. } | Error::InUseElsewhere { .. }))) if !one => {
                tell(&format!("left alone: {error}"))
            }
            Err(AdminError::Channel(error @ Error::RoleTaken { .. })) => Err(in_use(&channel, error)),
            Err(error) => Err(error.into()),
        };
        let mut is_clean = reported.is_ok();
        failures.note(reported);
        for orphan in &damaged {
            let reported = clean_orphan(orphan, force, one);
            is_clean &= reported.is_ok();
            failures.note(reported);
        }
        if is_clean && !damaged.is_empty() {
            // Only now may the folder go, which led to them.
            let cleaned = channel.forget(force).map_err(Failure::from);
            failures.note(cleaned.and_then(|cleaned| match cleaned {
                None => Ok(()),
                cleaned => tell(&CleanReport { channel: channel.name(), cleaned }.to_string()),
            }));
        }
    }
    if !one {
        for orphan in orphans(shared.place.dir.as_deref(), &known)? {
            match Channel::of_orphan(&orphan).filter(|_| shared.place.dir.is_none()) {
                Some(channel) => failures.note(clean_elsewhere(&channel)),
                None => failures.note(clean_orphan(&orphan, force, false)),
            }
        }
    }
    failures.first.map_or(Ok(()), Err)
}

/// Who is in the channel, and how to end it; the error alone if nobody is seen there.
fn in_use(channel: &Channel, error: Error) -> Failure {
    let status = channel.status().ok().flatten();
    let roles = status.map(|status| status.roles).into_iter().flatten().zip(["writer", "reader"]);
    let here: Vec<_> =
        roles.filter(|(role, _)| (role.presence == Presence::Here || role.stands_in) && role.pid != 0).collect();
    let Some((first, _)) = here.first() else { return error.into() };
    let who = here.iter().map(|(peer, role)| {
        let since = peer.since.map(|since| format!(", since {}", local_time(since))).unwrap_or_default();
        format!("{role} {} (pid {}{since})", visible_line(&peer.name), peer.pid)
    });
    let pids: Vec<_> = here.iter().map(|(peer, _)| peer.pid.to_string()).collect();
    let them = if here.len() == 1 { "it" } else { "them" };
    let uid = first.uid;
    let how = match geteuid().is_root() || geteuid().as_raw() == uid {
        true => format!("end {them} with"),
        false => format!("{} can end {them} with", user_text(uid)),
    };
    let who = format!("{}; {how}: kill {}", who.collect::<Vec<_>>().join(" and "), pids.join(" "));
    Failure::InUse { channel: channel.name().clone(), who }
}

/// The first failure, which decides the exit code and is reported at the end. The others are reported at once. None of them
/// stops the clean-up.
struct Failures<'a> {
    first: Option<Failure>,
    advisor: &'a Advisor,
}

impl Failures<'_> {
    fn note(&mut self, result: Result<(), Failure>) {
        match (result, &self.first) {
            (Err(failure), None) => self.first = Some(failure),
            (Err(failure), Some(_)) => say(&self.advisor.advise(failure).to_string()),
            (Ok(()), _) => {}
        }
    }
}

/// Cleans a group's channel in another directory, in which we created a segment that only we can remove. Nobody asked for that
/// channel by name: so it is cleaned only if nobody is there and nothing is waiting, never by force, and if it is in use,
/// that is not a failure.
fn clean_elsewhere(channel: &Channel) -> Result<(), Failure> {
    match channel.clean(false) {
        Ok(cleaned) => tell(&CleanReport { channel: channel.name(), cleaned }.to_string()),
        Err(
            error @ (AdminError::Channel(Error::RoleTaken { .. } | Error::InUseElsewhere { .. })
            | AdminError::MessagesWait { .. }
            | AdminError::CheckpointKept { .. }),
        ) => tell(&format!("left alone: {error}")),
        Err(error) => Err(error.into()),
    }
}

/// Cleans up a segment. If a process uses it, that is a failure only if it was `asked` for.
fn clean_orphan(orphan: &Orphan, force: bool, asked: bool) -> Result<(), Failure> {
    let place = &orphan.segment.place;
    let memory = place.shmid().map_or_else(|| place.to_string(), |shmid| format!("shmid {shmid}"));
    match orphan.clean(force) {
        Ok(false) => Ok(()),
        Ok(true) => {
            let folder = orphan.folder.as_ref().map(|folder| visible(&folder.to_string_lossy()).into_owned());
            let whose = match (&orphan.whose, folder) {
                (Ownership::Damaged(channel), _) => format!("damaged, of channel {channel}"),
                (_, Some(folder)) => format!("of {folder}, which is gone or was renamed"),
                (_, None) => "of an older layout version".into(),
            };
            tell(&format!("{memory}, {whose}: removed{}", lost(&orphan.waiting.unwrap_or_default(), orphan.checkpoint)))
        }
        Err(error @ AdminError::OrphanInUse { .. }) if !asked => tell(&format!("left alone: {error}")),
        Err(error) => Err(error.into()),
    }
}

/// What a memory is called.
fn noun(kind: MemoryKind) -> &'static str {
    match kind {
        MemoryKind::SysV => "segment",
        MemoryKind::Posix => "shared memory",
        MemoryKind::File => "file",
    }
}

fn lost(waiting: &Backlog, checkpoint: Option<Role>) -> String {
    match checkpoint {
        _ if !waiting.is_empty() => format!(" with {}", messages_waiting(waiting.messages)),
        Some(_) => " with a bridge's place".into(),
        None => String::new(),
    }
}

/// What was removed of a channel.
struct CleanReport<'a> {
    channel: &'a ChannelName,
    /// `None` if there was nothing.
    cleaned: Option<Cleaned>,
}

impl fmt::Display for CleanReport<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let channel = self.channel;
        let Some(Cleaned { segment, waiting, checkpoint, doorbells, folder, .. }) = &self.cleaned else {
            return write!(f, "channel {channel}: nothing to remove");
        };
        let doorbells = (*doorbells > 0).then(|| counted((*doorbells).into(), "doorbell"));
        let what = [
            segment.as_ref().map(|at| format!("the {}{}", noun(at.place.kind()), lost(waiting, *checkpoint))),
            doorbells,
            folder.then(|| "the folder".to_owned()),
        ];
        let what: Vec<_> = what.into_iter().flatten().collect();
        match segment {
            Some(at) => write!(f, "{at}: removed ")?,
            None => write!(f, "channel {channel}: removed ")?,
        }
        match &what[..] {
            [start @ .., last] if !start.is_empty() => write!(f, "{} and {last}", start.join(", ")),
            what => write!(f, "{}", what.concat()),
        }
    }
}
