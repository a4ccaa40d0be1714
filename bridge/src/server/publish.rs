//! Publishing, and what the server may answer.

use crate::outbound::{Expected, Publication};
use crate::wire::header;
use async_nats::jetstream::context::{PublishAckFuture, PublishError, PublishErrorKind};
use async_nats::jetstream::message::PublishMessage;
use async_nats::jetstream::{self, ErrorCode};
use async_nats::{HeaderMap, Subject};
use std::error::Error as _;

/// The headers of ours, as they travel: what they add to a payload at most, in bytes.
pub const HEADER_BYTES: usize = 512;

/// Error 10164: the same as 10071, from a newer server's cluster.
const WRONG_LAST_SEQUENCE_IN_CLUSTER: ErrorCode = ErrorCode(10_164);

/// Sends a publication, which the server stores only if the stream's last message is the one `expected`. What this gives
/// is the acknowledgement to come; nothing is stored before.
///
/// # Errors
/// Whatever the client says.
pub async fn send<R>(
    context: &jetstream::Context,
    subject: &Subject,
    publication: &Publication<R>,
    expected: &Expected,
) -> Result<PublishAckFuture, PublishError> {
    let heading = &publication.heading;
    let mut headers = HeaderMap::new();
    heading.write(&mut headers);
    // By stream, not by subject: a cluster refuses a second publication on a subject while one is on its way (error 10164,
    // seen with 2.15 and three replicas). The subject is alone in its stream, so both are the same number.
    headers.insert(header::EXPECTED_SEQUENCE, expected.sequence.to_string());
    if let Some(id) = &expected.id {
        headers.insert(header::EXPECTED_ID, id.as_str());
    }
    headers.insert(header::MESSAGE_ID, publication.id());
    let message = PublishMessage::build().headers(headers).payload(publication.payload.clone());
    context.send_publish(subject.clone(), message).await
}

/// Why a publication was not stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// The stream's end is not what we thought.
    Overtaken,
    /// The stream is gone.
    NoStream,
    /// No answer came; it may be stored or not.
    Unanswered,
    /// The server does not want it now: full, or out of resources. In its words.
    Unwilling(String),
}

impl From<&PublishError> for Refusal {
    fn from(error: &PublishError) -> Refusal {
        let code = || {
            let source = error.source()?;
            source.downcast_ref::<jetstream::Error>().map(|error| (error.error_code(), error.to_string()))
        };
        match error.kind() {
            PublishErrorKind::WrongLastSequence | PublishErrorKind::WrongLastMessageId => Refusal::Overtaken,
            PublishErrorKind::StreamNotFound => Refusal::NoStream,
            PublishErrorKind::TimedOut | PublishErrorKind::BrokenPipe => Refusal::Unanswered,
            _ => match code() {
                Some((WRONG_LAST_SEQUENCE_IN_CLUSTER, _)) => Refusal::Overtaken,
                Some((_, text)) => Refusal::Unwilling(text),
                None => Refusal::Unwilling(error.to_string()),
            },
        }
    }
}
