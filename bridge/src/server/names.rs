//! The names of streams and subjects.
//!
//! | what | name |
//! | --- | --- |
//! | the stream from writer to reader | `shmchat-CHANNEL-messages`, or `STREAM-messages` |
//! | the stream from reader to writer | `shmchat-CHANNEL-replies`, or `STREAM-replies` |
//! | the one subject of each | `shmchat.CHANNEL.messages`, `.replies`, or `PREFIX.CHANNEL.…` |
//! | to ask who is there in a role | `shmchat.CHANNEL.reader.here`, `.writer.here`, or `PREFIX.CHANNEL.…` |
//!
//! A dot in a channel's name, which would divide a subject and which a stream's name may not have, is written `=2E`. `=` is in
//! no channel's name, so no two channels have the same.

use crate::cli::StreamOptions;
use shmchat::{ChannelName, Role};
use std::fmt;

/// Which way a stream carries messages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// From writer to reader.
    Messages,
    /// From reader to writer.
    Replies,
}

impl Direction {
    /// What a bridge publishes that has this role on its machine: it receives what the other role sends there.
    pub fn published_by(role: Role) -> Self {
        match role {
            Role::Reader => Direction::Messages,
            Role::Writer => Direction::Replies,
        }
    }

    /// What it takes from the server.
    pub fn taken_by(role: Role) -> Self {
        Self::published_by(role.other())
    }
}

impl fmt::Display for Direction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Direction::Messages => "messages",
            Direction::Replies => "replies",
        })
    }
}

/// The names of a channel's streams and subjects.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StreamNames {
    stream: String,
    subject: String,
}

impl StreamNames {
    /// Those of this channel.
    pub fn of(channel: &ChannelName, options: &StreamOptions) -> Self {
        let channel = channel.as_str().replace('.', "=2E");
        let stream = options.name.clone().unwrap_or_else(|| format!("shmchat-{channel}"));
        let prefix = options.subject.as_deref().unwrap_or("shmchat");
        StreamNames { stream, subject: format!("{prefix}.{channel}") }
    }

    /// The stream's name.
    pub fn stream(&self, direction: Direction) -> String {
        format!("{}-{direction}", self.stream)
    }

    /// The only subject of that stream.
    pub fn subject(&self, direction: Direction) -> String {
        format!("{}.{direction}", self.subject)
    }

    /// The subject to ask whether a bridge is there in this role.
    pub fn here(&self, role: Role) -> String {
        format!("{}.{role}.here", self.subject)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(channel: &str, name: Option<&str>, subject: Option<&str>) -> StreamNames {
        let options = StreamOptions {
            name: name.map(str::to_owned),
            subject: subject.map(str::to_owned),
            replicas: None,
            max_bytes: None,
            max_age: None,
            storage: None,
        };
        StreamNames::of(&channel.parse().expect("a channel's name"), &options)
    }

    #[test]
    fn names_follow_from_the_channels_unless_options_say_otherwise() {
        let plain = names("logs", None, None);
        assert_eq!(plain.stream(Direction::Messages), "shmchat-logs-messages");
        assert_eq!(plain.subject(Direction::Replies), "shmchat.logs.replies");
        assert_eq!(plain.here(Role::Reader), "shmchat.logs.reader.here");
        let chosen = names("logs", Some("store"), Some("acme.chat"));
        assert_eq!(chosen.stream(Direction::Replies), "store-replies");
        assert_eq!(chosen.subject(Direction::Messages), "acme.chat.logs.messages");
    }

    #[test]
    fn a_dot_in_a_channels_name_divides_nothing() {
        let dotted = names("build.7", None, None);
        assert_eq!(dotted.stream(Direction::Messages), "shmchat-build=2E7-messages");
        assert_eq!(dotted.subject(Direction::Messages), "shmchat.build=2E7.messages");
        assert_ne!(dotted, names("build-7", None, None));
    }

    #[test]
    fn each_direction_has_one_publisher() {
        for role in [Role::Reader, Role::Writer] {
            assert_eq!(Direction::published_by(role), Direction::taken_by(role.other()));
            assert_ne!(Direction::published_by(role), Direction::taken_by(role));
        }
        assert_eq!(Direction::published_by(Role::Reader), Direction::Messages);
    }
}
