//! The options about streams.

use super::{headings, units};
use clap::{Args, ValueEnum};
use std::num::NonZeroU64;
use std::time::Duration;

/// The server takes up to 255 bytes, and a suffix follows: see [`StreamNames`](crate::server::StreamNames).
const LONGEST_STREAM: usize = 200;

/// The server takes up to 4096 bytes in a line that has a subject in it; the rest of ours is some hundred.
const LONGEST_SUBJECT: usize = 1024;

/// The streams' names, and what they are like if this run creates them.
#[derive(Clone, Debug, Args)]
pub struct StreamOptions {
    /// The streams' name [default: shmchat-CHANNEL]
    ///
    /// There are two, NAME-messages and NAME-replies. Both bridges of a channel use the same name. A dot in the channel's name
    /// is written as =2E here.
    #[arg(long = "stream", value_name = "NAME", value_parser = stream, help_heading = headings::STREAM)]
    pub name: Option<String>,

    /// How the subjects begin [default: shmchat]
    ///
    /// They are PREFIX.CHANNEL.messages and .replies, and PREFIX.CHANNEL.ROLE.here to ask who is there. Both bridges of a
    /// channel use the same prefix.
    #[arg(long, value_name = "PREFIX", value_parser = subject, help_heading = headings::STREAM)]
    pub subject: Option<String>,

    /// Servers that store each message [default: 1]
    ///
    /// 1, 3 or 5 of a cluster. This and the next options only matter if this run creates the streams; existing ones stay as
    /// they are. With 1, what was sent survives a crash of the server, and with 3, the loss of one of them.
    #[arg(long, value_name = "N", value_parser = replicas, allow_negative_numbers = true, help_heading = headings::STREAM)]
    pub replicas: Option<usize>,

    /// The most that each stream stores [default: no limit]
    ///
    /// Such as 512MiB or 10GiB. When it is full, messages wait in the channel. Only for streams that this run creates.
    #[arg(long, value_name = "SIZE", value_parser = units::size, help_heading = headings::STREAM)]
    pub max_bytes: Option<NonZeroU64>,

    /// Drop messages older than this [default: never]
    ///
    /// Such as 90s, 12h or 7d. What the other bridge has not taken by then is lost, and it says so. Only for streams that this
    /// run creates.
    #[arg(long, value_name = "TIME", value_parser = units::duration, help_heading = headings::STREAM)]
    pub max_age: Option<Duration>,

    /// Store messages in: file (default) or memory
    ///
    /// What is in memory is gone when the server stops. Only for streams that this run creates.
    #[arg(long, value_name = "WHERE", value_enum, help_heading = headings::STREAM)]
    pub storage: Option<Storage>,
}

/// Where a server stores a stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Storage {
    /// On its disk
    File,
    /// Until it stops
    Memory,
}

/// How many servers store a message: as many as the server takes.
fn replicas(text: &str) -> Result<usize, String> {
    let number = text.parse().ok().filter(|number| (1..=5).contains(number));
    number.ok_or_else(|| "expected a number of servers from 1 to 5".to_owned())
}

/// A stream's name, as the server takes it. <https://docs.nats.io/nats-concepts/jetstream/streams>
fn stream(text: &str) -> Result<String, String> {
    let allowed = |c: char| c.is_ascii_graphic() && !"./\\*>".contains(c);
    let valid = (1..=LONGEST_STREAM).contains(&text.len()) && text.chars().all(allowed);
    valid.then(|| text.to_owned()).ok_or_else(|| {
        format!("expected up to {LONGEST_STREAM} visible ASCII characters other than . * > / \\, such as shmchat-logs")
    })
}

/// The first tokens of a subject. What begins with `$` or `_` is the server's own.
/// <https://docs.nats.io/nats-concepts/subjects>
fn subject(text: &str) -> Result<String, String> {
    let allowed = |c: char| c.is_ascii_graphic() && !"*>".contains(c);
    let tokens =
        text.len() <= LONGEST_SUBJECT && text.split('.').all(|token| !token.is_empty() && token.chars().all(allowed));
    (tokens && !text.starts_with(['$', '_'])).then(|| text.to_owned()).ok_or_else(|| {
        "expected words of visible ASCII characters with dots between them, not starting with $ or _, such as acme.shmchat"
            .to_owned()
    })
}

#[cfg(test)]
mod tests {
    use super::{stream, subject};

    #[test]
    fn a_streams_name_is_one_that_the_server_takes() {
        let longest = "a".repeat(200);
        for text in ["a", "shmchat-logs", "A_b=2E", &longest] {
            assert_eq!(stream(text).as_deref(), Ok(text));
        }
        let long = "a".repeat(201);
        for text in ["", "a.b", "a b", "a*", ">", "a/b", "a\\b", "a\tb", "ä", "a\u{1b}", &long] {
            assert!(stream(text).is_err(), "{text:?}");
        }
    }

    #[test]
    fn a_prefix_has_no_wildcard_no_empty_word_and_is_not_the_servers() {
        for text in ["shmchat", "acme.shmchat", "a-b.c_d", "a$"] {
            assert_eq!(subject(text).as_deref(), Ok(text));
        }
        let long = "a".repeat(1025);
        for text in ["", ".", "a.", ".a", "a..b", "a.*", "a.>", "a b", "$JS.API", "_INBOX", "ä", "a\u{7f}", &long] {
            assert!(subject(text).is_err(), "{text:?}");
        }
    }
}
