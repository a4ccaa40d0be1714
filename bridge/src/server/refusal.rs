//! What JetStream says, as an error with its way out.

use crate::failure::Failure;
use async_nats::jetstream::context::{RequestError, RequestErrorKind};
use async_nats::jetstream::{Error, ErrorCode};

/// What JetStream says to a request about a stream, if it is not what was asked for.
#[derive(Debug)]
pub(super) enum Refusal {
    /// There is no such stream.
    Missing,
    /// There is one of that name that is not the same.
    Exists,
    /// Another stream has the subject.
    Overlap,
    /// Not now: a cluster without a leader, a server that is busy or away.
    NotNow(String),
    /// It will stay like that.
    Final(Failure),
}

impl Refusal {
    /// What an answer says.
    pub(super) fn of_answer(error: &Error, doing: &'static str, stream: &str, servers: &str) -> Self {
        let no_jetstream = |account| Refusal::Final(Failure::NoJetStream { servers: servers.to_owned(), account });
        let advice = match error.error_code() {
            ErrorCode::STREAM_NOT_FOUND => return Refusal::Missing,
            ErrorCode::STREAM_NAME_EXIST => return Refusal::Exists,
            ErrorCode::STREAM_SUBJECT_OVERLAP => return Refusal::Overlap,
            ErrorCode::JETSTREAM_NOT_ENABLED => return no_jetstream(false),
            ErrorCode::JETSTREAM_NOT_ENABLED_FOR_ACCOUNT => return no_jetstream(true),
            ErrorCode::CLUSTER_NOT_AVAILABLE
            | ErrorCode::CLUSTER_NOT_ACTIVE
            | ErrorCode::CLUSTER_NOT_LEADER
            | ErrorCode::CLUSTER_INCOMPLETE
            | ErrorCode::STREAM_OFFLINE
            | ErrorCode::STREAM_TOO_MANY_REQUESTS => return Refusal::NotNow(error.to_string()),
            ErrorCode::STREAM_REPLICAS_NOT_SUPPORTED => "; a single server takes --replicas 1 only",
            ErrorCode::CLUSTER_NO_PEERS => {
                "; choose --replicas as the servers of the cluster allow, and check their limits"
            }
            ErrorCode::STREAM_MAX_BYTES_REQUIRED => "; this account needs a limit: add --max-bytes SIZE",
            ErrorCode::STORAGE_RESOURCES_EXCEEDED
            | ErrorCode::MEMORY_RESOURCES_EXCEEDED
            | ErrorCode::INSUFFICIENT_RESOURCES
            | ErrorCode::ACCOUNT_RESOURCES_EXCEEDED
            | ErrorCode::STREAM_MAX_STREAM_BYTES_EXCEEDED => {
                "; choose a smaller --max-bytes, or make room (see: nats account info)"
            }
            ErrorCode::MAXIMUM_STREAMS_LIMIT => "; remove a stream that nobody needs (see: nats stream ls)",
            _ => "",
        };
        let (stream, why) = (stream.to_owned(), error.to_string());
        Refusal::Final(Failure::JetStream { doing, stream, why, advice })
    }

    /// What it means that there is no answer.
    pub(super) fn of_silence(error: &RequestError, doing: &'static str, stream: &str, servers: &str) -> Self {
        match error.kind() {
            RequestErrorKind::NoResponders => {
                Refusal::Final(Failure::NoJetStream { servers: servers.to_owned(), account: false })
            }
            RequestErrorKind::TimedOut => Refusal::NotNow("no answer".into()),
            RequestErrorKind::InvalidSubject | RequestErrorKind::Other => Refusal::Final(Failure::JetStream {
                doing,
                stream: stream.to_owned(),
                why: crate::text::cause(error),
                advice: "",
            }),
        }
    }
}
