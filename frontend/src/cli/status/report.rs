//! The report for people: a paragraph of at most 80 columns per channel.

use super::entry::{LaneStatus, RoleStatus, StatusEntry};
use crate::text::{local_time, visible_line};
use nix::unistd::{Gid, Group, Uid, User};
use std::fmt::Write;
use std::path::Path;

/// Columns of a paragraph. A single longer word, such as a path, is not broken, nor is a command: you are to paste it.
const WIDTH: usize = 80;

/// Columns before a row's text.
const INDENT: usize = 12;

/// How many characters of a name are shown.
const NAME: usize = 24;

/// A path, safe to print on a terminal.
pub(super) fn path(path: &Path) -> String {
    visible_line(&path.to_string_lossy())
}

/// Everything known about a channel, or about a segment that belongs to none.
pub(super) fn paragraph(entry: &StatusEntry) -> String {
    let memory = match (entry.shmid, &entry.path) {
        (Some(shmid), _) => Some(format!("segment {shmid}")),
        (None, path) => path.as_ref().map(|path| visible_line(path)),
    };
    let mut text = match (&entry.channel, entry.condition, memory) {
        (Some(channel), "elsewhere", Some(memory)) => {
            format!("{memory}, of channel {channel} in another directory")
        }
        (Some(channel), "empty", _) => return format!("channel {channel}: no segment, nobody connected"),
        (Some(channel), ..) => format!("channel {channel}"),
        (None, _, Some(memory)) => format!("{memory}, of no channel here"),
        (None, ..) => String::new(),
    };
    if let Some(segment) = segment(entry) {
        row(&mut text, if entry.path.is_some() { "memory" } else { "segment" }, &segment);
    }
    for (label, role) in [("writer", &entry.writer), ("reader", &entry.reader)] {
        if let Some(role) = role {
            row(&mut text, label, &who(role));
        }
    }
    if entry.condition == "whole" {
        row(&mut text, "messages", &waiting(entry.messages.as_ref()));
        row(&mut text, "replies", &waiting(entry.replies.as_ref()));
        for role in entry.kept_for.iter().flatten() {
            row(&mut text, "bridge", &format!("its place is kept here, role {role}"));
        }
    }
    if let (None, Some(folder)) = (&entry.channel, &entry.folder) {
        row(&mut text, "made for", &path(folder.as_ref()));
    }
    if let Some(problem) = &entry.problem {
        row(&mut text, "but", &visible_line(problem));
    }
    text
}

/// What comes before a command.
const LEAD: &str = "with: ";

/// Cuts a text where it may be broken: between words, but not inside a command.
fn pieces(text: &str) -> Vec<&str> {
    let mut pieces = Vec::new();
    let mut rest = text;
    while let Some(at) = rest.find(LEAD) {
        let (before, command) = rest.split_at(at + LEAD.len());
        pieces.extend(before.trim_end().split(' '));
        let (command, after) = command.split_at(command_length(command));
        pieces.push(command);
        rest = after.trim_start();
    }
    if !rest.is_empty() || pieces.is_empty() {
        pieces.extend(rest.split(' '));
    }
    pieces
}

/// Where a command ends: at the first semicolon outside quotes, after which the sentence continues.
fn command_length(text: &str) -> usize {
    let (mut quoted, mut escaped) = (false, false);
    for (at, c) in text.char_indices() {
        match c {
            _ if escaped => escaped = false,
            '\'' => quoted = !quoted,
            '\\' if !quoted => escaped = true,
            ';' if !quoted => return at + 1,
            _ => {}
        }
    }
    text.len()
}

/// Appends a labelled row, broken between words.
fn row(text: &mut String, label: &str, content: &str) {
    let _ = write!(text, "\n  {label:<width$}", width = INDENT - 2);
    let mut column = INDENT;
    for (index, word) in pieces(content).into_iter().enumerate() {
        let width = word.chars().count();
        if index > 0 && column + 1 + width > WIDTH {
            let _ = write!(text, "\n{:INDENT$}", "");
            column = INDENT;
        } else if index > 0 {
            text.push(' ');
            column += 1;
        }
        text.push_str(word);
        column += width;
    }
}

fn segment(entry: &StatusEntry) -> Option<String> {
    let mut text = match &entry.path {
        Some(path) => {
            let synced = if entry.synced == Some(true) { ", synced" } else { "" };
            format!("{} {}{synced}", entry.memory.as_ref()?, visible_line(path))
        }
        None => format!("key {}, shmid {}", entry.key.as_ref()?, entry.shmid?),
    };
    let _ = write!(text, ", {} bytes", entry.bytes?);
    if let Some(capacity) = entry.capacity {
        let _ = write!(text, " in lanes of {capacity}");
    }
    let owner = entry.owner?;
    let user = User::from_uid(Uid::from_raw(owner)).ok().flatten().map_or(owner.to_string(), |user| user.name);
    let _ = write!(text, ", {} {user}", entry.mode.as_ref()?);
    if entry.mode.as_ref()?.as_bytes()[2] != b'0' {
        let group = entry.group?;
        let name = Group::from_gid(Gid::from_raw(group)).ok().flatten().map_or(group.to_string(), |group| group.name);
        let _ = write!(text, ":{name}");
    }
    if let Some(attached) = entry.attached {
        let _ = write!(text, ", {attached} attached");
    }
    Some(text)
}

fn who(role: &RoleStatus) -> String {
    let mut text = String::new();
    if let Some(name) = &role.name {
        let name = visible_line(name);
        let cut = if name.chars().nth(NAME).is_some() { "…" } else { "" };
        let _ = write!(text, "{}{cut}, ", name.chars().take(NAME).collect::<String>());
    }
    let (Some(pid), Some(uid)) = (role.pid, role.uid) else {
        return if role.presence == "here" { "somebody".into() } else { role.presence.into() };
    };
    if !role.stands_in {
        let _ = write!(text, "pid {pid}, uid {uid}, ");
    }
    match role.presence {
        "here" => drop(write!(text, "since {}", role.since_time.map_or("long ago".into(), local_time))),
        "died" => text.push_str("disconnected unexpectedly"),
        other => text.push_str(other),
    }
    if role.stands_in {
        let _ = write!(text, "; pid {pid}, uid {uid}, stands in");
    }
    text
}

fn waiting(lane: Option<&LaneStatus>) -> String {
    match lane {
        None => "too busy to count".into(),
        Some(LaneStatus { empty: true, .. }) => "nothing waiting".into(),
        Some(LaneStatus { count, bytes, since_time, .. }) => {
            let what = match count {
                0 => "the rest of a message is waiting".into(),
                1 => "1 waiting".into(),
                count => format!("{count} waiting"),
            };
            let since = since_time.map(|since| format!(", since {}", local_time(since))).unwrap_or_default();
            format!("{what}, {bytes} bytes{since}")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::{Duration, UNIX_EPOCH};

    #[test]
    fn a_row_is_broken_between_words_and_keeps_its_place() {
        let mut text = String::from("channel lobby");
        row(&mut text, "but", &"word ".repeat(40));
        assert!(text.lines().all(|line| line.chars().count() <= WIDTH), "{text}");
        assert!(text.lines().skip(2).all(|line| line.starts_with("            word")), "{text}");
    }

    #[test]
    fn a_command_is_not_broken_wherever_it_stands() {
        let command =
            r"reader --clean --force lobby --dir '/srv/it'\''s a long; long name with: blanks' --mode 0660 --group g";
        for content in [format!("wrong; start afresh with: {command}"), format!("mend it with: {command}; or go away")]
        {
            let mut text = String::from("channel lobby");
            row(&mut text, "but", &content);
            assert!(text.lines().any(|line| line.trim().trim_end_matches(';') == command), "{text}");
            assert_eq!(
                text.split_whitespace().skip(3).collect::<Vec<_>>(),
                content.split_whitespace().collect::<Vec<_>>()
            );
        }
        let plain = ["", "one", "one two", "one two  three"];
        assert!(plain.iter().all(|text| pieces(text) == text.split(' ').collect::<Vec<_>>()));
    }

    #[test]
    fn what_others_wrote_never_reaches_the_terminal_raw() {
        let role = RoleStatus {
            presence: "here",
            name: Some("\u{1b}[2Jeve\n".repeat(9)),
            pid: Some(1),
            uid: Some(2),
            stands_in: false,
            since: None,
            since_time: Some(UNIX_EPOCH + Duration::from_nanos(u64::MAX)),
        };
        let shown = who(&role);
        assert!(shown.starts_with("␛[2Jeve␊") && !shown.contains(['\u{1b}', '\n']), "{shown}");
    }
}
