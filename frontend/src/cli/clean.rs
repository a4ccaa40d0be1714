//! `reader --clean`: removes what no living process uses, and reports it.
//!
//! | what there is | with a CHANNEL | without one |
//! | --- | --- | --- |
//! | nothing, or nothing that anybody needs | removed and reported, code 0 | the same |
//! | a living process | an error that names it, code 4 | reported, and not a failure: there was nothing to clean |
//! | a segment of the channel with an overwritten header | an error that names it, code 1; removed with `--force` | the same, and the others are cleaned |
//! | a segment with its key that may be another program's | an error that names it, code 5, even with `--force` | the same, and the others are cleaned |
//! | waiting messages | an error that says how many, code 1; removed with `--force` | the same, and the others are cleaned |
//!
//! Without a CHANNEL, this user's segments whose folder is gone are removed too, by the same rules. With `--dir`, only those
//! made for a channel in that directory, so that work in one directory never touches another. Without `--dir`, also those
//! that this user created for a group's channel, wherever it is: nobody else can remove them.

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

/// Removes what no living process uses: of the named channel, or of all.
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
            // If it stays, that has been reported by then.
            known.extend(status.segment.map(|segment| segment.shmid));
        }
        let cleaned = channel.clean(force);
        // If they cannot be looked at, the clean-up has reported why.
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
        Ok(cleaned) => tell(&CleanReport { channel: channel.name(), cleaned, beside_damaged: false }.to_string()),
        Err(error @ (AdminError::Channel(Error::RoleTaken { .. }) | AdminError::MessagesWait { .. })) => {
            tell(&format!("left as it is: {error}"))
        }
        Err(error) => Err(error.into()),
    }
}

/// Cleans up a segment. If a process uses it, that is a failure only if it was `asked` for.
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
    /// `None` if there was nothing.
    cleaned: Option<Cleaned>,
    /// There is a damaged segment too, which is reported separately.
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
