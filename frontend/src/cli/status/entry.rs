//! What is shown about a channel, or about a segment that belongs to none: the fields of the JSON object.

use crate::cli::advisor::Advisor;
use crate::text::{escaped, rfc3339};
use serde::Serialize;
use shmchat::Access;
use shmchat::Backlog;
use shmchat::admin::{Condition, Orphan, Ownership, SegmentStatus, Status};
use shmchat::inspect::{LAYOUT_VERSION, capacity_of};
use shmchat::{Channel, ChannelName, Error, Peer, Presence, Role};
use std::path::Path;
use std::time::SystemTime;

/// What is shown about a channel, or about a segment that belongs to none.
#[derive(Debug, Serialize)]
pub(super) struct StatusEntry {
    pub(super) channel: Option<String>,
    pub(super) folder: Option<String>,
    pub(super) condition: &'static str,
    pub(super) problem: Option<String>,
    pub(super) memory: Option<String>,
    pub(super) path: Option<String>,
    pub(super) key: Option<String>,
    pub(super) shmid: Option<i32>,
    pub(super) bytes: Option<usize>,
    pub(super) capacity: Option<u64>,
    pub(super) mode: Option<String>,
    pub(super) owner: Option<u32>,
    pub(super) group: Option<u32>,
    pub(super) attached: Option<u64>,
    pub(super) writer: Option<RoleStatus>,
    pub(super) reader: Option<RoleStatus>,
    pub(super) messages: Option<LaneStatus>,
    pub(super) replies: Option<LaneStatus>,
    pub(super) kept_for: Option<Vec<String>>,
    pub(super) synced: Option<bool>,
}

/// Who has a role, or had it.
#[derive(Debug, Serialize)]
pub(super) struct RoleStatus {
    pub(super) presence: &'static str,
    pub(super) name: Option<String>,
    pub(super) pid: Option<u32>,
    pub(super) uid: Option<u32>,
    pub(super) stands_in: bool,
    pub(super) since: Option<String>,
    #[serde(skip)]
    pub(super) since_time: Option<SystemTime>,
}

/// What is waiting in a lane.
#[derive(Debug, Serialize)]
pub(super) struct LaneStatus {
    pub(super) empty: bool,
    pub(super) count: u64,
    pub(super) bytes: u64,
    pub(super) since: Option<String>,
    #[serde(skip)]
    pub(super) since_time: Option<SystemTime>,
}

impl RoleStatus {
    fn of(peer: &Peer) -> Self {
        let presence = match peer.presence {
            Presence::Absent => "nobody",
            Presence::Here => "here",
            Presence::Quit => "quit",
            Presence::Gone => "died",
        };
        let shown = peer.presence != Presence::Absent && peer.pid != 0;
        let known = shown || peer.stands_in;
        let since_time = peer.since.filter(|_| known);
        RoleStatus {
            presence,
            name: shown.then(|| peer.name.clone()).filter(|name| !name.is_empty()),
            pid: known.then_some(peer.pid),
            // If the lock file alone told, it does not say.
            uid: known.then_some(peer.uid),
            stands_in: peer.stands_in,
            since: since_time.map(rfc3339),
            since_time,
        }
    }
}

impl LaneStatus {
    fn of(backlog: &Backlog) -> Self {
        let &Backlog { messages: count, bytes, oldest, .. } = backlog;
        LaneStatus { empty: backlog.is_empty(), count, bytes, since: oldest.map(rfc3339), since_time: oldest }
    }
}

impl StatusEntry {
    /// Whether somebody is there, or a segment: otherwise nothing is waiting.
    pub(super) fn is_in_use(&self) -> bool {
        self.memory.is_some() || !["empty", "half-made"].contains(&self.condition)
    }

    fn new(channel: Option<&ChannelName>, folder: Option<&Path>, condition: &'static str) -> Self {
        StatusEntry {
            channel: channel.map(ChannelName::to_string),
            folder: folder.map(|folder| folder.to_string_lossy().into_owned()),
            condition,
            problem: None,
            memory: None,
            path: None,
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
            kept_for: None,
            synced: None,
        }
    }

    fn with_segment(mut self, segment: &SegmentStatus) -> Self {
        self.memory = Some(segment.place.kind().to_string());
        self.path = segment.place.path().map(|path| path.to_string_lossy().into_owned());
        self.key = segment.place.key().map(|key| key.to_string());
        self.shmid = segment.place.shmid().map(|shmid| shmid.0);
        self.bytes = Some(segment.bytes);
        self.capacity = capacity_of(segment.bytes);
        self.mode = Some(format!("{:04o}", segment.mode));
        self.owner = Some(segment.owner);
        self.group = Some(segment.group);
        self.attached = segment.attached;
        self
    }

    pub(super) fn of_channel(status: Status, advisor: &Advisor) -> Self {
        let Status { channel, folder, condition, segment, roles, lanes, checkpoints, synced, .. } = status;
        let (word, problem) = match &condition {
            Condition::Whole => ("whole", None),
            Condition::Empty => ("empty", None),
            Condition::HalfMade => {
                let what = "incomplete: the process that creates it died or is still at work; the next start finishes it; remove it with:";
                ("half-made", Some(format!("{what} {}", advisor.reader("--clean", Some(&channel)))))
            }
            Condition::Removed => {
                let what =
                    "its memory was removed by ipcrm or rm, or at a logout; a process that uses it says so and ends";
                ("removed", Some(format!("{what} when it next does something, and can be started again")))
            }
            Condition::Unusable(error) => (word_for(error), Some(advisor.sentence(error))),
            _ => ("unknown", None),
        };
        let mut entry = StatusEntry::new(Some(&channel), Some(&folder), word);
        entry.problem = problem;
        if let Some(segment) = &segment {
            entry = entry.with_segment(segment);
        }
        if let Condition::Whole | Condition::Empty | Condition::Removed = condition {
            let [writer, reader] = &roles;
            (entry.writer, entry.reader) = (Some(RoleStatus::of(writer)), Some(RoleStatus::of(reader)));
        }
        if let Condition::Whole = condition {
            let [messages, replies] = lanes.map(|lane| lane.as_ref().map(LaneStatus::of));
            (entry.messages, entry.replies) = (messages, replies);
            let bridges = [Role::Writer, Role::Reader].into_iter().filter(|&role| checkpoints[role as usize]);
            entry.kept_for = Some(bridges.map(|role| role.to_string()).collect());
            entry.synced = Some(synced);
        }
        entry
    }

    /// A channel that cannot be looked at: its folder or key file is not as it should be.
    pub(super) fn unreadable(channel: &ChannelName, base: &Path, error: &Error, advisor: &Advisor) -> Self {
        let folder = base.join(channel.as_str());
        StatusEntry {
            problem: Some(advisor.sentence(error)),
            ..StatusEntry::new(Some(channel), Some(&folder), word_for(error))
        }
    }

    pub(super) fn of_orphan(orphan: Orphan, advisor: &Advisor) -> Self {
        let (there, is_empty) = (Channel::of_orphan(&orphan), orphan.is_empty());
        let Orphan { segment, whose, folder, waiting, checkpoint, .. } = orphan;
        let waiting = match waiting {
            None => "its contents are unknown".to_owned(),
            Some(waiting) if waiting.is_empty() && checkpoint.is_some() => "a bridge's place is kept in it".to_owned(),
            Some(waiting) => format!("{waiting} in it"),
        };
        let removal = segment.place.removal();
        let (channel, word, problem) = match whose {
            Ownership::Nobodys => {
                let command = if is_empty { advisor.reader("--clean", None) } else { removal };
                let gone = "its folder or key file is gone or was renamed";
                (None, "orphan", format!("{gone}, and {waiting}; remove it with: {command}"))
            }
            Ownership::Elsewhere { base, channel } => {
                let access = there.map_or(Access::Owner, |there| there.who());
                let command = Advisor::at(&base, access).reader("--status", Some(&channel));
                (Some(channel), "elsewhere", format!("it belongs to another directory; see it with: {command}"))
            }
            Ownership::Version(version) => {
                let speaks = LAYOUT_VERSION;
                let problem = format!(
                    "it has layout version {version}, and this program uses {speaks}; finish with the program that created it, or remove it and everything in it with: {removal}"
                );
                (None, "other-version", problem)
            }
            Ownership::Damaged(channel) => {
                let problem = "its header was overwritten, so no process can find it, and its contents are unknown";
                let command = advisor.reader("--clean --force", Some(&channel));
                (Some(channel), "corrupt", format!("{problem}; remove it with: {command}"))
            }
            Ownership::AtKey(channel) => {
                let problem = format!(
                    "it has a key of channel {channel}, but nothing in it says whose it is; if nobody needs it, remove it with: {removal}"
                );
                (None, "unknown", problem)
            }
            Ownership::Removed => (
                None,
                "removed",
                "it was removed while in use, and disappears with the last process that uses it".into(),
            ),
            _ => {
                let problem = format!(
                    "where it belongs is unknown, and {waiting}; if nobody needs it, remove it with: {removal}"
                );
                (None, "unknown", problem)
            }
        };
        let entry = StatusEntry::new(channel.as_ref(), folder.as_deref(), word).with_segment(&segment);
        StatusEntry { problem: Some(problem), ..entry }
    }

    pub(super) fn json(&self) -> String {
        escaped(&serde_json::to_string(self).unwrap_or_default()).into_owned()
    }
}

/// The condition that an error means.
fn word_for(error: &Error) -> &'static str {
    match error {
        Error::Corrupt { .. } => "corrupt",
        Error::Version { .. } => "other-version",
        Error::TooOpen { .. } => "open-to-others",
        _ => "unusable",
    }
}
