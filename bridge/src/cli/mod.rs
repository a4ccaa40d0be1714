//! The command line.
//!
//! From the bottom up: a file imports only from those above it in this list.
//!
//! | file | what it does |
//! | --- | --- |
//! | `headings` | the headings of the options |
//! | `secret` | passwords and the like: where they come from, and that nobody sees them |
//! | `units` | sizes and durations, as people write them |
//! | `server` | the options that lead to a server, and the login that they and the environment make |
//! | `stream` | the options about streams |

mod headings;
mod secret;
mod server;
mod stream;
mod units;

pub use secret::Secret;
pub use server::{Credentials, Login, ServerOptions};
pub use stream::{Storage, StreamOptions};

use crate::failure::EXIT_CODES;
use clap::Parser;
use clap::builder::{PossibleValuesParser, TypedValueParser};
use frontend::cli::{Logging, Place, Program, heading, seconds};
use shmchat::{ChannelName, Role};
use std::time::Duration;

/// Carry a channel to another machine, over NATS JetStream
///
/// Run one bridge on each machine: beside the writer with --role reader, and beside the reader with --role writer. Each plays
/// the part of whoever is not there, and neither writer nor reader needs to know. What was sent waits in the channel until the
/// server has stored it, and in the server until the other bridge has taken it.
#[derive(Clone, Debug, Parser)]
#[command(name = "shmchat-bridge", version)]
pub struct Arguments {
    /// The channel to carry
    ///
    /// A name of 1 to 64 letters, digits, '.', '_' and '-', not starting with a dot. It has the same name on both machines.
    #[arg(help_heading = heading::PLACE)]
    pub channel: ChannelName,

    /// What the bridge is on this machine: reader or writer
    ///
    /// Where the writer is, the bridge is the reader; where the reader is, it is the writer.
    #[arg(long, value_name = "ROLE", value_parser = role(), help_heading = headings::BRIDGE)]
    pub role: Role,

    /// Wait up to MS for more before sending [default: 0]
    ///
    /// Messages that come while others are under way travel together anyway. This makes for fewer and larger publications at
    /// the cost of as many milliseconds, up to 1000.
    #[arg(long, value_name = "MS", value_parser = units::milliseconds, default_value = "0", hide_default_value = true, allow_negative_numbers = true, help_heading = headings::BRIDGE)]
    pub linger: Duration,

    /// Give up after SECONDS without progress
    ///
    /// At the start, without a server that answers; later, without a message that comes or goes, whether or not the server is
    /// there. Without this option, a bridge waits for as long as it takes.
    #[arg(long, value_name = "SECONDS", value_parser = seconds, allow_negative_numbers = true, help_heading = headings::BRIDGE)]
    pub timeout: Option<f64>,

    /// Where the server is, and how to log in.
    #[command(flatten)]
    pub server: ServerOptions,

    /// The streams.
    #[command(flatten)]
    pub stream: StreamOptions,

    /// Where the channel is, and who may use it.
    #[command(flatten)]
    pub place: Place,

    /// What is logged, and where to.
    #[command(flatten)]
    pub log: Logging,
}

impl Arguments {
    /// How long to wait without progress.
    pub fn limit(&self) -> Option<Duration> {
        self.timeout.map(Duration::from_secs_f64)
    }
}

/// How the help and the man page describe the program.
const PROGRAM: Program = Program {
    usage: "shmchat-bridge CHANNEL --role ROLE [OPTIONS]",
    examples: &[
        ("shmchat-bridge logs --role reader --server nats://hub", "where the writer is"),
        ("shmchat-bridge logs --role writer --server nats://hub", "where the reader is"),
        ("nats stream info shmchat-logs-messages", "what is under way"),
    ],
    exit_codes: &EXIT_CODES,
    has_screen: false,
    see_also: &[("reader", 1), ("writer", 1), ("nats-server", 1)],
};

/// Parses the arguments. Ends the process if you asked for something else than a run, or if they are wrong.
pub fn parse() -> Arguments {
    frontend::cli::parse_as(&PROGRAM)
}

fn role() -> impl TypedValueParser<Value = Role> {
    let roles = PossibleValuesParser::new(["reader", "writer"]);
    roles.map(|role| if role == "reader" { Role::Reader } else { Role::Writer })
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    /// The arguments of a command line.
    fn parsed(line: &str) -> Result<Arguments, String> {
        Arguments::try_parse_from(line.split(' ')).map_err(|error| error.to_string())
    }

    #[test]
    fn the_definitions_hold_together() {
        Arguments::command().debug_assert();
    }

    #[test]
    fn a_channel_and_a_role_are_enough() {
        let arguments = parsed("shmchat-bridge logs --role writer").expect("a command line");
        assert_eq!((arguments.channel.as_str(), arguments.role), ("logs", Role::Writer));
        assert_eq!((arguments.linger, arguments.limit()), (Duration::ZERO, None));
    }

    #[test]
    fn neither_channel_nor_role_is_guessed() {
        assert!(parsed("shmchat-bridge --role writer").unwrap_err().contains("<CHANNEL>"));
        assert!(parsed("shmchat-bridge logs").unwrap_err().contains("--role"));
        assert!(parsed("shmchat-bridge logs --role both").unwrap_err().contains("reader, writer"));
    }

    #[test]
    fn what_is_out_of_range_is_refused_with_what_is_expected() {
        for (option, expected) in [
            ("--linger 1001", "0 to 1000"),
            ("--linger -1", "0 to 1000"),
            ("--replicas 6", "1 to 5"),
            ("--replicas 0", "1 to 5"),
            ("--max-bytes 12MB", "such as 512MiB"),
            ("--max-age 7", "such as 90s"),
            ("--stream a.b", "such as"),
            ("--subject a..b", "such as"),
            ("--storage disk", "file, memory"),
        ] {
            let said = parsed(&format!("shmchat-bridge logs --role writer {option}")).unwrap_err();
            assert!(said.contains(expected), "{option}: {said}");
        }
    }
}
