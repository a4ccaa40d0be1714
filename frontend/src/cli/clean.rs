//! `reader --clean`: removes what no living process holds, and says what.
//!
//! | what there is | of a named CHANNEL | of all |
//! | --- | --- | --- |
//! | nothing, or nothing that anybody needs | removed and said, code 0 | the same |
//! | somebody lives there | an error that says who, code 4 | said, and no failure: nothing was to be cleaned |
//! | a segment of its whose header was written over | an error that names it, code 1; with `--force` removed | the same, and the others are cleaned |
//! | a segment at its key that nobody can tell from another program's | an error that names it, code 5, also with `--force` | the same, and the others are cleaned |
//! | messages wait | an error that says how many, code 1; with `--force` removed | the same, and the others are cleaned |
//!
//! Without a CHANNEL also the segments of this user whose folder is gone are removed, by the same rules; with `--dir` only
//! those that were made for a channel in that folder, so that who works in one place does not touch another. Without
//! `--dir` also those that this user has created for a group's channel, wherever that is: nobody else can remove them.

use super::advisor::Advisor;
use super::args::Shared;
use super::channels::channels;
use super::console::{say, tell};
use super::failure::Failure;
use super::prepare::{keep_to_ourselves, start_logging};
use crate::text::{counted, messages_waiting, visible};
use shmchat::Backlog;
use shmchat::admin::{AdminError, Cleaned, Orphan, Ownership, orphans};
use shmchat::{Channel, ChannelName, Error};
use std::fmt;

/// Removes what no living process holds: of the channel that was named, or of all.
pub fn clean(shared: &Shared, force: bool) -> Result<(), Failure> {
    let advisor = Advisor::of(shared);
    clean_all(shared, force, &advisor).map_err(|failure| advisor.advise(failure))
}

fn clean_all(shared: &Shared, force: bool, advisor: &Advisor) -> Result<(), Failure> {
    keep_to_ourselves();
    start_logging(shared, false)?;
    let (_, channels) = channels(shared)?;
    let mut failures = Failures { first: None, advisor };
    let one = shared.channel.is_some();
    let mut known = Vec::new();
    for channel in channels {
        if !one && let Ok(Some(status)) = channel.status() {
            // What stays of it has been said by then.
            known.extend(status.segment.map(|segment| segment.shmid));
        }
        let cleaned = channel.clean(force);
        // What keeps them from being looked at, that has reported.
        let damaged = channel.damaged().unwrap_or_default();
        known.extend(damaged.iter().map(|orphan| orphan.segment.shmid));
        let reported = match cleaned {
            Ok(None) if !damaged.is_empty() => Ok(()),
            Ok(cleaned) => {
                tell(&CleanReport { channel: channel.name(), cleaned, beside_damaged: !damaged.is_empty() }.to_string())
            }
            Err(AdminError::Channel(error @ Error::RoleTaken { .. })) if !one => {
                tell(&format!("left as it is: {error}"))
            }
            Err(error) => Err(error.into()),
        };
        failures.note(reported);
        for orphan in damaged {
            failures.note(clean_orphan(&orphan, force, one));
        }
    }
    if !one {
        for orphan in orphans(shared.dir.as_deref(), &known)? {
            match Channel::of_orphan(&orphan).filter(|_| shared.dir.is_none()) {
                Some(channel) => failures.note(clean_elsewhere(&channel)),
                None => failures.note(clean_orphan(&orphan, force, false)),
            }
        }
    }
    failures.first.map_or(Ok(()), Err)
}

/// The first failure, which makes the exit code and is said at the end; the others are said at once, and nothing stops for
/// one.
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

/// Cleans a group's channel in another place, in which we have created a segment that only we can remove: where nobody is and
/// nothing waits, without anybody having asked for that channel. So nothing that is in use is a failure, and no force is used.
fn clean_elsewhere(channel: &Channel) -> Result<(), Failure> {
    match channel.clean(false) {
        Ok(cleaned) => tell(&CleanReport { channel: channel.name(), cleaned, beside_damaged: false }.to_string()),
        Err(error @ (AdminError::Channel(Error::RoleTaken { .. }) | AdminError::MessagesWait { .. })) => {
            tell(&format!("left as it is: {error}"))
        }
        Err(error) => Err(error.into()),
    }
}

/// Cleans a segment up; that somebody uses it is a failure only where it was `asked` for.
fn clean_orphan(orphan: &Orphan, force: bool, asked: bool) -> Result<(), Failure> {
    let shmid = orphan.segment.shmid;
    match orphan.clean(force) {
        Ok(false) => Ok(()),
        Ok(true) => {
            let folder = orphan.folder.as_ref().map(|folder| visible(&folder.to_string_lossy()).into_owned());
            let whose = match (&orphan.whose, folder) {
                (Ownership::Damaged(channel), _) => format!("damaged, of channel {channel}"),
                (_, Some(folder)) => format!("of {folder}, which is gone or was renamed"),
                (_, None) => "of an older layout version".into(),
            };
            tell(&format!("shmid {shmid}, {whose}: removed{}", lost(&orphan.waiting.unwrap_or_default())))
        }
        Err(error @ AdminError::OrphanInUse { .. }) if !asked => tell(&format!("left as it is: {error}")),
        Err(error) => Err(error.into()),
    }
}

fn lost(waiting: &Backlog) -> String {
    if waiting.is_empty() { String::new() } else { format!(" with {}", messages_waiting(waiting.messages)) }
}

/// What was removed of a channel.
struct CleanReport<'a> {
    channel: &'a ChannelName,
    /// None if there was nothing.
    cleaned: Option<Cleaned>,
    /// There is a damaged segment too, which is reported by itself.
    beside_damaged: bool,
}

impl fmt::Display for CleanReport<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let channel = self.channel;
        let Some(Cleaned { segment, waiting, doorbells, .. }) = &self.cleaned else {
            return write!(f, "channel {channel}: nothing to remove");
        };
        match segment {
            Some(at) => write!(f, "{at}: removed the segment{}", lost(waiting))?,
            None if self.beside_damaged => write!(f, "channel {channel}")?,
            None => write!(f, "channel {channel}: no segment")?,
        }
        let and = if segment.is_some() { " and" } else { ", removed" };
        match *doorbells {
            0 => Ok(()),
            doorbells => write!(f, "{and} {}", counted(doorbells as u64, "doorbell")),
        }
    }
}
