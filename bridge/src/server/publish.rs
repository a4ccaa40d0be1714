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
    let message = PublishMessage::build().headers(headers(publication, expected)).payload(publication.payload.clone());
    context.send_publish(subject.clone(), message).await
}

fn headers<R>(publication: &Publication<R>, expected: &Expected) -> HeaderMap {
    let mut headers = HeaderMap::new();
    publication.heading.write(&mut headers);
    // By stream, not by subject: a cluster refuses a second publication on a subject while one is on its way (error 10164,
    // seen with 2.15 and three replicas). The subject is alone in its stream, so both are the same number.
    headers.insert(header::EXPECTED_SEQUENCE, expected.sequence.to_string());
    if let Some(id) = &expected.id {
        headers.insert(header::EXPECTED_ID, id.as_str());
    }
    headers.insert(header::MESSAGE_ID, publication.id());
    headers
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::{Heading, Taken};
    use bytes::Bytes;

    /// No end-to-end test fails without the expected number: for two minutes the server knows the ids of what it stored, and the
    /// receiver drops positions that it has.
    #[test]
    fn a_publication_says_what_it_expects_and_its_headers_fit_in_what_is_left_for_them() {
        let taken = Some(Taken { stream: u64::MAX, sequence: u64::MAX, offset: u64::MAX - 1 });
        let heading = Heading { ring: u64::MAX, range: 1 << 61..(1 << 62) - 1, bridge: u64::MAX, taken };
        let publication =
            Publication { heading, payload: Bytes::new(), reached: None::<()>, number: u64::MAX, again: u32::MAX };
        let expected = Expected { sequence: u64::MAX, id: Some(publication.id()) };
        let headers = headers(&publication, &expected);
        let get = |name| headers.get(name).map(|value| value.as_str().to_owned());
        assert_eq!(get("Nats-Expected-Last-Sequence"), Some(u64::MAX.to_string()));
        assert_eq!((get("Nats-Expected-Last-Msg-Id"), get("Nats-Msg-Id")), (expected.id.clone(), expected.id));
        // As they travel: "NATS/1.0", and each with a colon, a space and the end of a line.
        let bytes: usize = headers
            .iter()
            .flat_map(|(name, values)| values.iter().map(move |value| (name, value)))
            .map(|(name, value)| AsRef::<str>::as_ref(name).len() + value.as_str().len() + 4)
            .sum();
        assert!(bytes + 12 <= HEADER_BYTES, "{bytes} bytes of headers");
    }
}
