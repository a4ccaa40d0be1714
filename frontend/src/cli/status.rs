//! `reader --status`: what there is of a channel, or of all, and which segments of ours belong to none.
//!
//! For people: a paragraph of at most 80 columns each. With `--json` an object per channel and line, and one more for each
//! segment at its keys that was damaged (`corrupt`) or that nobody can tell from another program's (`unknown`):
//!
//! | field | what it is |
//! | --- | --- |
//! | `channel`, `folder` | its name and its folder; null where a segment does not tell |
//! | `condition` | `whole`, `empty` (no segment, nobody there), `half-made`, `removed` (a segment that was removed under somebody), `corrupt`, `other-version`, `open-to-others`, `unusable`; of a segment that belongs to no channel there: `orphan` (nobody finds it any more), `elsewhere` (say `--dir`), `unknown` |
//! | `problem` | the sentence that says what is wrong and the way out, or null |
//! | `key`, `shmid`, `bytes`, `capacity`, `mode`, `owner`, `group`, `attached` | its segment: key and mode as text (`"0x6e0114e5"`, `"0600"`), owner and group as ids, bytes of all of it and of each lane, how many have it attached; null where there is none |
//! | `writer`, `reader` | an object: `presence` (`here`, `quit`, `died`, `nobody`), `name`, `pid`, `uid`, `since` (RFC 3339, UTC), null where unknown |
//! | `messages`, `replies` | what waits from writer to reader, and the other way: an object of `empty`, `count` (0 and not `empty`: the rest of a message), `bytes` and `since` (when the oldest was said, or null); null where it cannot be told |
//!
//! What a terminal would obey or hide is escaped in it, as in [`crate::framing::json`].

mod report;

use super::args::Shared;
use super::exit::Failure;
use super::typed::Typed;
use super::{channels, keep_to_ourselves, start_logging, tell};
use crate::text::escaped;
use chrono::{DateTime, SecondsFormat, Utc};
use serde::Serialize;
use shmchat::channel::{
    ChannelName, Condition, Error, Orphan, Ownership, Peer, Presence, SegmentStatus, Status, orphans,
};
use shmchat::folder::Access;
use shmchat::layout;
use shmchat::ring::Backlog;
use std::path::Path;

/// Shows what there is: of the channel that was named, or of all.
pub fn status(shared: &Shared, json: bool) -> Result<(), Failure> {
    let typed = Typed::of(shared);
    show(shared, json, &typed).map_err(|failure| typed.advise(failure))
}

fn show(shared: &Shared, json: bool, typed: &Typed) -> Result<(), Failure> {
    keep_to_ourselves();
    start_logging(shared, false)?;
    let (base, channels) = channels(shared)?;
    let mut entries = Vec::new();
    let mut known = Vec::new();
    for channel in channels {
        let name = channel.name();
        match channel.status() {
            Ok(Some(status)) => {
                known.extend(status.segment.map(|segment| segment.shmid));
                entries.push(Entry::of_channel(status, typed));
            }
            // It went while we listed, or it never was.
            Ok(None) if shared.channel.is_none() => {}
            Ok(None) => return Err(Failure::NoChannel { channel: name.clone(), path: base }),
            Err(error) if shared.channel.is_none() => entries.push(Entry::unreadable(name, &base, &error, typed)),
            Err(error) => return Err(error.into()),
        }
        // What keeps them from being looked at has been told.
        for orphan in channel.damaged().unwrap_or_default() {
            known.push(orphan.segment.shmid);
            entries.push(Entry::of_stray(orphan, typed));
        }
    }
    if shared.channel.is_none() {
        entries
            .extend(orphans(shared.dir.as_deref(), &known)?.into_iter().map(|orphan| Entry::of_stray(orphan, typed)));
    }
    if entries.is_empty() && !json {
        return tell(&format!("no channels in {}", report::path(&base)));
    }
    for entry in entries {
        let text = if json { entry.json() } else { report::paragraph(&entry) };
        tell(&text)?;
    }
    Ok(())
}

/// What is shown of a channel, or of a segment that is none's.
#[derive(Debug, Serialize)]
struct Entry {
    channel: Option<String>,
    folder: Option<String>,
    condition: &'static str,
    problem: Option<String>,
    key: Option<String>,
    shmid: Option<i32>,
    bytes: Option<usize>,
    capacity: Option<u64>,
    mode: Option<String>,
    owner: Option<u32>,
    group: Option<u32>,
    attached: Option<u64>,
    writer: Option<Role>,
    reader: Option<Role>,
    messages: Option<Lane>,
    replies: Option<Lane>,
}

#[derive(Debug, Serialize)]
struct Role {
    presence: &'static str,
    name: Option<String>,
    pid: Option<u32>,
    uid: Option<u32>,
    since: Option<String>,
    #[serde(skip)]
    since_ns: u64,
}

#[derive(Debug, Serialize)]
struct Lane {
    empty: bool,
    count: u64,
    bytes: u64,
    since: Option<String>,
    #[serde(skip)]
    since_ns: Option<u64>,
}

/// Nanoseconds since the epoch as text; none where they are beyond any calendar.
fn time(ns: u64) -> Option<String> {
    let ns = i64::try_from(ns).ok()?;
    Some(DateTime::<Utc>::from_timestamp_nanos(ns).to_rfc3339_opts(SecondsFormat::Nanos, true))
}

impl Role {
    fn of(peer: &Peer) -> Self {
        let presence = match peer.presence {
            Presence::Absent => "nobody",
            Presence::Here => "here",
            Presence::Quit => "quit",
            Presence::Gone => "died",
        };
        let known = peer.presence != Presence::Absent && peer.pid != 0;
        let since_ns = if known { peer.since } else { 0 };
        Role {
            presence,
            name: known.then(|| peer.name.clone()).filter(|name| !name.is_empty()),
            pid: known.then_some(peer.pid),
            // Where only the lock file told, that does not.
            uid: known.then_some(peer.uid),
            since: known.then(|| time(peer.since)).flatten(),
            since_ns,
        }
    }
}

impl Lane {
    fn of(backlog: &Backlog) -> Self {
        let &Backlog { messages: count, bytes, oldest, .. } = backlog;
        Lane { empty: backlog.is_empty(), count, bytes, since: oldest.and_then(time), since_ns: oldest }
    }
}

impl Entry {
    fn new(channel: Option<&ChannelName>, folder: Option<&Path>, condition: &'static str) -> Self {
        Entry {
            channel: channel.map(ChannelName::to_string),
            folder: folder.map(|folder| folder.to_string_lossy().into_owned()),
            condition,
            problem: None,
            key: None,
            shmid: None,
            bytes: None,
            capacity: None,
            mode: None,
            owner: None,
            group: None,
            attached: None,
            writer: None,
            reader: None,
            messages: None,
            replies: None,
        }
    }

    fn with_segment(mut self, segment: &SegmentStatus) -> Self {
        self.key = Some(segment.key.to_string());
        self.shmid = Some(segment.shmid.0);
        self.bytes = Some(segment.bytes);
        self.capacity = layout::capacity_of(segment.bytes);
        self.mode = Some(format!("{:04o}", segment.mode));
        self.owner = Some(segment.owner);
        self.group = Some(segment.group);
        self.attached = Some(segment.attached);
        self
    }

    fn of_channel(status: Status, typed: &Typed) -> Self {
        let Status { channel, folder, condition, segment, roles, lanes } = status;
        let (word, problem) = match &condition {
            Condition::Whole => ("whole", None),
            Condition::Empty => ("empty", None),
            Condition::HalfMade => {
                let what = "half-made by a start that died or is at work; the next start finishes it; remove it with:";
                ("half-made", Some(format!("{what} {}", typed.reader("--clean", Some(&channel)))))
            }
            Condition::Removed => {
                let what = "its segment was removed by ipcrm or at a logout; whoever is there says so and ends";
                ("removed", Some(format!("{what} when next at work, and can be started again")))
            }
            Condition::Unusable(error) => (word_for(error), Some(typed.sentence(error))),
        };
        let mut entry = Entry::new(Some(&channel), Some(&folder), word);
        entry.problem = problem;
        if let Some(segment) = &segment {
            entry = entry.with_segment(segment);
        }
        if let Condition::Whole | Condition::Empty | Condition::Removed = condition {
            let [writer, reader] = &roles;
            (entry.writer, entry.reader) = (Some(Role::of(writer)), Some(Role::of(reader)));
        }
        if let Condition::Whole = condition {
            let [messages, replies] = lanes.map(|lane| lane.as_ref().map(Lane::of));
            (entry.messages, entry.replies) = (messages, replies);
        }
        entry
    }

    /// A channel that may not be looked at: its folder or key file is not as it should be.
    fn unreadable(channel: &ChannelName, base: &Path, error: &Error, typed: &Typed) -> Self {
        let folder = base.join(channel.as_str());
        Entry { problem: Some(typed.sentence(error)), ..Entry::new(Some(channel), Some(&folder), word_for(error)) }
    }

    fn of_stray(orphan: Orphan, typed: &Typed) -> Self {
        let (there, is_empty) = (orphan.group_channel(), orphan.is_empty());
        let Orphan { segment, whose, folder, waiting } = orphan;
        let waiting = match waiting {
            None => "what waits in it is unknown".to_owned(),
            Some(waiting) => format!("{waiting} in it"),
        };
        let shmid = segment.shmid;
        let (channel, word, problem) = match whose {
            Ownership::Nobodys => {
                let command = if is_empty { typed.reader("--clean", None) } else { format!("ipcrm -m {shmid}") };
                let gone = "its folder or key file is gone or was renamed";
                (None, "orphan", format!("{gone}, and {waiting}; remove it with: {command}"))
            }
            Ownership::Elsewhere { base, channel } => {
                let access = there.map_or(Access::Owner, |there| there.who());
                let command = Typed::at(&base, access).reader("--status", Some(&channel));
                (Some(channel), "elsewhere", format!("it belongs to another place; see it with: {command}"))
            }
            Ownership::Version(version) => {
                let speaks = layout::VERSION;
                let problem = format!(
                    "it has layout version {version}, and this program uses {speaks}; finish with the program that made it, or remove it and all that waits in it with: ipcrm -m {shmid}"
                );
                (None, "other-version", problem)
            }
            Ownership::Damaged(channel) => {
                let problem = "its header was written over, so that no start finds it, and what waits in it is unknown";
                let command = typed.reader("--clean --force", Some(&channel));
                (Some(channel), "corrupt", format!("{problem}; remove it with: {command}"))
            }
            Ownership::AtKey(channel) => {
                let problem = format!(
                    "it stands at a key of channel {channel}, and nothing in it says whose it is; if nobody needs it: ipcrm -m {shmid}"
                );
                (None, "unknown", problem)
            }
            Ownership::Removed => {
                (None, "removed", "it was removed while in use, and goes with the last that uses it".into())
            }
            Ownership::Unknown => {
                let problem = format!(
                    "where it belongs is unknown, and {waiting}; if nobody needs it, remove it with: ipcrm -m {shmid}"
                );
                (None, "unknown", problem)
            }
        };
        let entry = Entry::new(channel.as_ref(), folder.as_deref(), word).with_segment(&segment);
        Entry { problem: Some(problem), ..entry }
    }

    fn json(&self) -> String {
        escaped(&serde_json::to_string(self).unwrap_or_default()).into_owned()
    }
}

/// The condition that an error stands for.
fn word_for(error: &Error) -> &'static str {
    match error {
        Error::Corrupt { .. } => "corrupt",
        Error::Version { .. } => "other-version",
        Error::TooOpen { .. } => "open-to-others",
        _ => "unusable",
    }
}
