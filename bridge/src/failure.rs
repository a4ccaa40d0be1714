//! Why a bridge ended, and its exit code. Each message names the thing and the way out; none holds a secret.

use crate::text::list;
use frontend::cli::Ending;
use nix::errno::Errno;
use nix::sys::signal::Signal;
use shmchat::hint::{hint, shell_word};
use shmchat::{ChannelName, Role};
use std::path::PathBuf;
use std::time::Duration;

/// Why a bridge ended.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// The arguments, or the environment, do not fit together.
    #[error("{0} (see --help)")]
    Usage(String),
    /// The channel on this machine, the log, or the signals.
    #[error(transparent)]
    Local(#[from] frontend::cli::Failure),
    /// A file that was named cannot be read.
    #[error("cannot read the file of {option}, {}: {}{}", path.display(), errno.desc(), hint("path", *errno))]
    File {
        /// The option that names it.
        option: &'static str,
        /// Where it is.
        path: PathBuf,
        /// Why.
        errno: Errno,
    },
    /// A file does not hold what it should.
    #[error("the file of {option}, {}, {what}", path.display())]
    Content {
        /// The option that names it.
        option: &'static str,
        /// Where it is.
        path: PathBuf,
        /// What is wrong with it.
        what: String,
    },
    /// No server answered in time.
    #[error("no NATS server at {servers} within {} s: {why}; check --server, or start one with: nats-server -js", limit.as_secs_f64())]
    Unreachable {
        /// Which were tried.
        servers: String,
        /// For how long.
        limit: Duration,
        /// Why the last attempt failed.
        why: String,
    },
    /// The server does not take the login.
    #[error("the NATS server at {servers} refuses {whom}; {advice}")]
    Refused {
        /// Which.
        servers: String,
        /// Who wanted in.
        whom: String,
        /// What to do.
        advice: &'static str,
    },
    /// No encrypted connection comes about.
    #[error(
        "no TLS with the NATS server at {servers}: {why}; check --tls-ca, --tls-cert and --tls-key, or use nats:// with a server that has no TLS"
    )]
    Tls {
        /// Which.
        servers: String,
        /// Why.
        why: String,
    },
    /// The server is too old.
    #[error("the NATS server at {servers} is version {version}, and a bridge needs 2.9 or later")]
    TooOld {
        /// Which.
        servers: String,
        /// Its version.
        version: String,
    },
    /// There is no JetStream.
    #[error("the NATS server at {servers} has no JetStream{}; {}",
        if *.account { " for this account" } else { "" },
        if *.account { "enable it for the account in the server's configuration" } else { "start it with: nats-server -js" })]
    NoJetStream {
        /// Which.
        servers: String,
        /// Whether it has one, but not for us.
        account: bool,
    },
    /// The server forbids what a bridge has to do.
    #[error(
        "the NATS server does not allow this login to {what}; allow it in the server's configuration, or use another login"
    )]
    Denied {
        /// What, and on which subject.
        what: String,
    },
    /// JetStream says no.
    #[error("cannot {doing} the stream {stream}: {why}{advice}")]
    JetStream {
        /// What was tried, a verb.
        doing: &'static str,
        /// The stream.
        stream: String,
        /// The server's words.
        why: String,
        /// What to do, with what separates it from the rest. Empty if there is nothing to say.
        advice: &'static str,
    },
    /// JetStream does not answer, or not yet.
    #[error("JetStream did not answer about the stream {stream} within {} s: {why}; look with: nats stream info {}", limit.as_secs_f64(), shell_word(stream))]
    Silent {
        /// The stream.
        stream: String,
        /// For how long.
        limit: Duration,
        /// Why.
        why: String,
    },
    /// A stream is there that a bridge cannot use.
    #[error(
        "the stream {stream} cannot carry a channel: {}; look with: nats stream info {}, or choose another with --stream",
        list(wrong),
        shell_word(stream)
    )]
    Shape {
        /// The stream.
        stream: String,
        /// Each trait that is wrong.
        wrong: Vec<String>,
    },
    /// Another stream has the subject.
    #[error("the subject {subject} belongs to another stream{}; choose another subject with --subject, on both sides", other.as_ref().map(|name| format!(", {name}")).unwrap_or_default())]
    Overlap {
        /// The subject.
        subject: String,
        /// The other stream, if it can be told.
        other: Option<String>,
    },
    /// Another bridge is there in this role.
    #[error("another bridge is the {role} of channel {channel} at the NATS server: {who}")]
    RoleTaken {
        /// The channel.
        channel: ChannelName,
        /// The role.
        role: Role,
        /// What the other bridge says of itself.
        who: String,
    },
    /// The runtime does not start.
    #[error("cannot wait for the network: {}{}", .0.desc(), hint("wait for the network", *.0))]
    Runtime(Errno),
    /// Nothing moved for as long as `--timeout` says.
    #[error("timed out: nothing came or went for {} s", limit.as_secs_f64())]
    Idle {
        /// For how long.
        limit: Duration,
    },
    /// The runtime cannot wait for a descriptor.
    #[error("cannot wait for a descriptor: {0}")]
    Watch(std::io::Error),
    /// A signal ended it in good order.
    #[error("ended by {0}")]
    Signal(Signal),
}

/// The exit codes, as `--help` and the man page tell them.
pub const EXIT_CODES: [(&str, &str); 7] = [
    ("0", "done"),
    ("1", "an error"),
    ("2", "wrong usage"),
    ("3", "timeout"),
    ("4", "the role is taken, here or by another bridge"),
    ("5", "the segment or the stream is foreign, corrupt or of another version"),
    ("128+n", "ended by signal n"),
];

impl From<shmchat::Error> for Failure {
    fn from(error: shmchat::Error) -> Self {
        Failure::Local(error.into())
    }
}

impl Ending for Failure {
    fn code(&self) -> u8 {
        match self {
            Failure::Local(failure) => failure.code(),
            Failure::Usage(_) => 2,
            Failure::Unreachable { .. } | Failure::Silent { .. } | Failure::Idle { .. } => 3,
            Failure::RoleTaken { .. } => 4,
            Failure::Shape { .. } | Failure::Overlap { .. } => 5,
            Failure::Signal(signal) => 128 + *signal as u8,
            _ => 1,
        }
    }

    fn is_signal(&self) -> bool {
        matches!(self, Failure::Signal(_) | Failure::Local(frontend::cli::Failure::Signal(_)))
    }
}
